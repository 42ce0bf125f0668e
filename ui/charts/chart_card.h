// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/line_chart.h"
#include "ui/widgets/basics.h"

class QMenu;

namespace torchdeck::ui {

/// What one entry of a legend shows.
struct LegendEntry {
    QString name;
    QColor SeriesColors::*color = &SeriesColors::blue;
    Qt::PenStyle pen = Qt::SolidLine;
    QString value; ///< latest, or empty
};

/// Colour keys with the latest values, on as many lines as the width asks for.
class LegendRow : public QWidget {
    Q_OBJECT
public:
    explicit LegendRow(QWidget *parent = nullptr);
    void setEntries(std::vector<LegendEntry> entries);
    void setValue(int entry, const QString &value);
    [[nodiscard]] QString text() const; ///< "box 1.234, cls 0.801": also the accessible description
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void fitHeight(); ///< fixed, not by hasHeightForWidth(): that would let the layout stretch the chart
    [[nodiscard]] int entryWidth(const LegendEntry &entry) const;
    [[nodiscard]] int lineHeight() const;
    std::vector<LegendEntry> m_entries;
};

/// A card with a title, what the x axis counts, a legend and a chart; its menu changes the axis, shows the values
/// as a table and exports.
class ChartCard : public Card {
    Q_OBJECT
public:
    ChartCard(const QString &title, const QString &axisWords, QWidget *parent = nullptr);
    void addToHead(QWidget *widget); ///< between title and menu
    void exportTo(const QString &file); ///< by its ending; a problem is told by notice()
    [[nodiscard]] QMenu *menu() const { return m_menu; }
    [[nodiscard]] LineChart *chart() const { return m_chart; }
    [[nodiscard]] LegendRow *legend() const { return m_legend; }
    [[nodiscard]] QString title() const { return m_title; }

Q_SIGNALS:
    void notice(const QString &sentence, bool error);

private:
    void buildMenu();
    void askExport();

    QString m_title;
    QString m_axisWords;
    LegendRow *m_legend;
    LineChart *m_chart;
    QHBoxLayout *m_head;
    QMenu *m_menu;
    IconButton *m_showAll; ///< only while zoomed
};

} // namespace torchdeck::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/runs/run_record.h"

#include <QtCore/QHash>
#include <QtWidgets/QWidget>

class QComboBox;
class QLabel;
class QSlider;
class QStackedWidget;
class QTabBar;
class QTableView;

namespace torchdeck::ui {

class ArgumentDiffModel;
class ChartCard;
class LineChart;
class ToggleSwitch;

/// Curves of any number of runs over each other, and their arguments side by side.
class RunCompare : public QWidget {
    Q_OBJECT
public:
    explicit RunCompare(QWidget *parent = nullptr);

    /// Runs that changed or are new are asked for by curvesWanted().
    void setRuns(const QVector<RunSummary> &runs);
    void setCurves(const QString &folder, const RunCurves &curves);
    void setMetric(const QString &name);
    void setSmoothing(double weight);
    void highlight(const QString &folder); ///< "" = none

    [[nodiscard]] LineChart *chart() const;
    [[nodiscard]] ArgumentDiffModel *differences() const { return m_diff; }
    [[nodiscard]] QString metric() const;
    [[nodiscard]] QString folderOfLine(int line) const { return m_lineFolders.value(line); }

Q_SIGNALS:
    void curvesWanted(const QString &folder);
    void runPicked(const QString &folder); ///< its curve was clicked
    void notice(const QString &sentence, bool error);

private:
    [[nodiscard]] QWidget *buildCurves();
    [[nodiscard]] QWidget *buildArguments();
    void updateMetrics();
    void redraw();
    void drawEvents();
    void scheduleRedraw();

    struct Loaded {
        qint64 stamp = 0;
        qint64 size = 0;
        RunCurves curves;
    };
    QVector<RunSummary> m_runs;
    QHash<QString, Loaded> m_curves;
    QStringList m_lineFolders;
    QString m_highlighted;
    double m_smoothing = 0;
    bool m_redrawPending = false;
    ChartCard *m_card;
    QComboBox *m_metric;
    QSlider *m_slider;
    ArgumentDiffModel *m_diff;
    QTableView *m_table;
    QTabBar *m_tabs;
    QStackedWidget *m_pages;
};

} // namespace torchdeck::ui

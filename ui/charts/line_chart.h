// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/series_buffer.h"
#include "ui/theme.h"

#include <QtCharts/QChartView>

#include <functional>

class QLineSeries;
class QValueAxis;

namespace torchdeck::ui {

struct SeriesStyle {
    QString name;
    QColor SeriesColors::*color = &SeriesColors::blue;
    double width = 2.0;
    Qt::PenStyle pen = Qt::SolidLine;
    double opacity = 1.0;
    bool inTooltip = true;
};

/// One chart with one pair of axes: lines, readable ticks, a crosshair with the values under the pointer, and
/// words while there is nothing to show. Follows light and dark by its palette.
class LineChart : public QChartView {
    Q_OBJECT
public:
    explicit LineChart(QWidget *parent = nullptr);

    int addLine(const SeriesStyle &style);
    void setLine(int line, const std::vector<ChartPoint> &points);
    void clearLines();
    [[nodiscard]] int lineCount() const { return static_cast<int>(m_lines.size()); }
    [[nodiscard]] int pointCount(int line) const;
    [[nodiscard]] const SeriesStyle &style(int line) const;

    /// Axes around what the lines hold; `fromZero` keeps 0 as the lower bound of y. Call after setLine().
    void fitAxes(bool integerX, bool fromZero);
    void setYLimit(double maximum) { m_yLimit = maximum; } ///< a bound that y never passes (1 for ratios)
    void setXWords(std::function<QString(double)> words) { m_xWords = std::move(words); }
    void setYWords(std::function<QString(double)> words) { m_yWords = std::move(words); }
    void setEmptyText(const QString &text);
    [[nodiscard]] bool isEmpty() const { return m_empty; }
    [[nodiscard]] int plotColumns() const; ///< width of the plot in pixels, at least 64

protected:
    void changeEvent(QEvent *event) override;
    void drawForeground(QPainter *painter, const QRectF &rect) override;
    void leaveEvent(QEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    struct Line {
        SeriesStyle style;
        QLineSeries *series = nullptr;
    };
    void applyColors();
    void drawEmptyText(QPainter &painter);
    void drawCrosshair(QPainter &painter);
    void drawTooltip(QPainter &painter, const QPointF &anchor, const QString &title,
                     const std::vector<std::pair<int, double>> &values);

    QChart *m_chart;
    QValueAxis *m_x;
    QValueAxis *m_y;
    std::vector<Line> m_lines;
    std::function<QString(double)> m_xWords, m_yWords;
    QString m_emptyText;
    double m_yLimit = std::numeric_limits<double>::infinity();
    bool m_empty = true;
    bool m_hovering = false;
    QPointF m_pointer;
    bool m_coloring = false;
};

} // namespace torchdeck::ui

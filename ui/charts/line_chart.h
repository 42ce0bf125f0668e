// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/decimated_line.h"
#include "ui/charts/nice_axis.h"
#include "ui/theme.h"

#include <QtCharts/QChartView>

#include <functional>
#include <optional>

class QAbstractAxis;
class QLineSeries;
class QLogValueAxis;
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

/// A vertical line with a few words: something happened at `x`.
struct ChartMarker {
    double x = 0;
    QString label;
    QColor SeriesColors::*color = nullptr; ///< of the line it belongs to; null: of all
};

/// One chart with one pair of axes: lines of any length, readable ticks, a crosshair with the values under the
/// pointer, zoom and pan along x, a logarithmic y axis on demand, and words while there is nothing to show.
/// Qt Charts lays out axes and grid; the lines are painted here from what a pixel column can show, because its
/// series also build outlines for hit tests at each change, which takes tens of milliseconds. Follows light and dark by its palette.
///
/// Mouse: drag over a part to see only it; drag moves once zoomed (Shift + drag zooms further); Ctrl + wheel
/// zooms at the pointer; double click shows everything. Keys: + - 0 and the arrows.
class LineChart : public QChartView {
    Q_OBJECT
public:
    explicit LineChart(QWidget *parent = nullptr);
    [[nodiscard]] QSize sizeHint() const override { return { 320, 180 }; } ///< not the scene's: it grows with its place

    int addLine(const SeriesStyle &style);
    void removeLines(); ///< their styles too
    void setLine(int line, std::vector<ChartPoint> points);
    void clearLines();
    [[nodiscard]] int lineCount() const { return static_cast<int>(m_lines.size()); }
    [[nodiscard]] int pointCount(int line) const; ///< points drawn now
    [[nodiscard]] const std::vector<ChartPoint> &points(int line) const;
    [[nodiscard]] const SeriesStyle &style(int line) const;
    void setLineOpacity(int line, double opacity);
    void setHighlighted(int line); ///< the others step back; -1 = none

    /// Axes around what the lines hold; `fromZero` keeps 0 as the lower bound of y. Call after setLine(). A part
    /// that was zoomed into stays in view.
    void fitAxes(bool integerX, bool fromZero);
    /// For lines that get longer all the time: the x axis ends a little beyond them, so that it is laid out anew now and
    /// then only (Qt Charts needs milliseconds for it).
    void setGrowing(bool on) { m_growing = on; }
    void setYLimit(double maximum) { m_yLimit = maximum; } ///< a bound that y never passes (1 for ratios)
    void setXWords(std::function<QString(double)> words) { m_xWords = std::move(words); }
    void setYWords(std::function<QString(double)> words) { m_yWords = std::move(words); }
    void setMarkers(std::vector<ChartMarker> markers); ///< by rising x
    [[nodiscard]] const std::vector<ChartMarker> &markers() const { return m_markers; }
    void setEmptyText(const QString &text);
    [[nodiscard]] bool isEmpty() const { return m_empty; }
    [[nodiscard]] int plotColumns() const; ///< width of the plot in pixels, at least 64

    // View
    void setView(double x0, double x1); ///< emits nothing
    void resetView();
    [[nodiscard]] bool isZoomed() const { return m_view.has_value(); }
    [[nodiscard]] std::pair<double, double> view() const; ///< the part of x in view
    void zoomBy(double factor, double around); ///< < 1 = closer; emits viewChanged
    void panBy(double part); ///< of the width in view; emits viewChanged
    void setLogarithmic(bool on);
    [[nodiscard]] bool isLogarithmic() const { return m_log; }
    void setCrosshair(std::optional<double> x); ///< of a linked chart; emits nothing

Q_SIGNALS:
    void viewChanged(double x0, double x1, bool zoomed);
    void crosshairMoved(double x);
    void crosshairLeft();
    void lineClicked(int line);

protected:
    void changeEvent(QEvent *event) override;
    void drawForeground(QPainter *painter, const QRectF &rect) override;
    void keyPressEvent(QKeyEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;

private:
    struct Line {
        SeriesStyle style;
        DecimatedLine data;
        std::vector<ChartPoint> drawn; ///< of the part in view
    };
    enum class Drag { None, Select, Pan };

    void applyColors();
    void configure(QValueAxis *axis, NiceAxis &shown, const NiceAxis &wanted);
    void fitView(); ///< axes and drawn points for the part in view
    void setUserView(double x0, double x1);
    [[nodiscard]] std::pair<double, double> fullRange() const;
    [[nodiscard]] double valueAt(double pixel) const;
    [[nodiscard]] double pixelAt(double x) const;
    [[nodiscard]] std::optional<double> yPixel(double y) const;
    [[nodiscard]] int lineNear(const QPointF &at) const; ///< -1 when none is within a few pixels
    void drawLines(QPainter &painter);
    void drawLine(QPainter &painter, std::size_t number, bool thin);
    void drawMarkers(QPainter &painter);
    void drawMarkerWords(QPainter &painter);
    void drawEmptyText(QPainter &painter);
    void drawCrosshair(QPainter &painter);
    void drawSelection(QPainter &painter);
    void drawTooltip(QPainter &painter, const QPointF &anchor, const QString &title,
                     const std::vector<std::pair<int, double>> &values);

    QPixmap m_base; ///< axes, grid and labels as they are now: most repaints change the lines only
    bool m_baseStale = true;
    bool m_bare = false; ///< m_base is being drawn: without the lines
    bool m_growing = false;
    NiceAxis m_shownX, m_shownY;
    bool m_axesSet = false;
    QChart *m_chart;
    QValueAxis *m_x;
    QValueAxis *m_y;
    QLogValueAxis *m_logY;
    QLineSeries *m_anchor; ///< empty: gives the axes their domain
    std::vector<Line> m_lines;
    std::vector<ChartMarker> m_markers;
    std::function<QString(double)> m_xWords, m_yWords;
    QString m_emptyText;
    double m_yLimit = std::numeric_limits<double>::infinity();
    bool m_integerX = false, m_fromZero = true;
    bool m_empty = true;
    bool m_log = false;
    bool m_hovering = false;
    std::optional<double> m_linked; ///< crosshair of another chart
    std::optional<std::pair<double, double>> m_view;
    Drag m_drag = Drag::None;
    QPointF m_pressed;
    std::pair<double, double> m_pressedView;
    QPointF m_pointer;
    int m_highlighted = -1;
    bool m_coloring = false;
};

} // namespace torchdeck::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/line_chart.h"

#include "ui/format.h"

#include <QtCharts/QLineSeries>
#include <QtCharts/QLogValueAxis>
#include <QtCharts/QValueAxis>
#include <QtWidgets/QGraphicsLayout>

#include <algorithm>
#include <cmath>

namespace torchdeck::ui {

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

/// A bound at or beyond `x1` that stays the same while x1 grows by a few hundredths.
double roomToGrow(double x0, double x1)
{
    if (!(x1 > x0))
        return x1;
    const double unit = std::pow(10, std::floor(std::log10(x1 - x0))) * 0.05;
    return x0 + std::ceil((x1 - x0) / unit - 1e-9) * unit;
}

} // namespace

LineChart::LineChart(QWidget *parent)
    : QChartView(new QChart, parent) // a chart set later would leave the one it brings to us
    , m_chart(chart())
    , m_x(new QValueAxis(m_chart))
    , m_y(new QValueAxis(m_chart))
    , m_logY(new QLogValueAxis(m_chart))
    , m_anchor(new QLineSeries(m_chart))
    , m_xWords([](double x) { return compactNumber(x); })
    , m_yWords([](double y) { return metricWords(y); })
{
    setRenderHint(QPainter::Antialiasing);
    setMouseTracking(true);
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::TabFocus);
    setBackgroundBrush(Qt::NoBrush);
    viewport()->setAutoFillBackground(false);
    setMinimumSize(160, 120);
    m_chart->setBackgroundVisible(false);
    m_chart->setPlotAreaBackgroundVisible(false);
    m_chart->legend()->hide();
    m_chart->setMargins(QMargins(0, 0, 0, 0));
    m_chart->layout()->setContentsMargins(0, 0, 0, 0);
    m_chart->setAnimationOptions(QChart::NoAnimation);
    m_chart->setLocalizeNumbers(true);
    m_chart->addAxis(m_x, Qt::AlignBottom);
    m_chart->addAxis(m_y, Qt::AlignLeft);
    m_chart->addSeries(m_anchor);
    m_anchor->attachAxis(m_x);
    m_anchor->attachAxis(m_y);
    m_x->setGridLineVisible(false);
    m_logY->setBase(10);
    m_logY->setMinorTickCount(-1);
    m_logY->setMinorGridLineVisible(false);
    m_logY->setLabelFormat(QStringLiteral("%.1g"));
    m_chart->setVisible(false);
    setViewportUpdateMode(QGraphicsView::FullViewportUpdate);
    for (QValueAxis *axis : { m_x, m_y }) {
        axis->setTickType(QValueAxis::TicksDynamic);
        axis->setTickAnchor(0);
    }
    connect(scene(), &QGraphicsScene::changed, this, [this] {
        m_baseStale = true;
        viewport()->update();
    });
    applyColors();
}

/// Every setter of an axis has it laid out anew, also when nothing changes.
void LineChart::configure(QValueAxis *axis, NiceAxis &shown, const NiceAxis &wanted)
{
    if (m_axesSet && shown == wanted)
        return;
    if (!m_axesSet || shown.step != wanted.step)
        axis->setTickInterval(wanted.step);
    if (!m_axesSet || shown.decimals != wanted.decimals || shown.scientific != wanted.scientific)
        axis->setLabelFormat(wanted.scientific ? QStringLiteral("%.1e")
                                               : QStringLiteral("%.%1f").arg(wanted.decimals));
    axis->setRange(wanted.minimum, wanted.maximum);
    shown = wanted;
    m_baseStale = true;
}

int LineChart::addLine(const SeriesStyle &style)
{
    m_lines.push_back({ style, {}, {} });
    return lineCount() - 1;
}

void LineChart::removeLines()
{
    m_lines.clear();
    m_highlighted = -1;
    m_empty = true;
    m_chart->setVisible(false);
    viewport()->update();
}

void LineChart::setLine(int line, std::vector<ChartPoint> points)
{
    m_lines.at(static_cast<std::size_t>(line)).data.setPoints(std::move(points));
}

void LineChart::clearLines()
{
    for (Line &line : m_lines) {
        line.data.setPoints({});
        line.drawn.clear();
    }
    m_empty = true;
    m_view.reset();
    m_chart->setVisible(false);
    viewport()->update();
}

int LineChart::pointCount(int line) const
{
    return static_cast<int>(m_lines.at(static_cast<std::size_t>(line)).drawn.size());
}

const std::vector<ChartPoint> &LineChart::points(int line) const
{
    return m_lines.at(static_cast<std::size_t>(line)).data.points();
}

const SeriesStyle &LineChart::style(int line) const
{
    return m_lines.at(static_cast<std::size_t>(line)).style;
}

void LineChart::setLineOpacity(int line, double opacity)
{
    m_lines.at(static_cast<std::size_t>(line)).style.opacity = opacity;
    viewport()->update();
}

void LineChart::setHighlighted(int line)
{
    if (line == m_highlighted)
        return;
    m_highlighted = line;
    viewport()->update();
}

std::pair<double, double> LineChart::fullRange() const
{
    double x0 = inf, x1 = -inf;
    for (const Line &line : m_lines) {
        if (line.data.empty())
            continue;
        x0 = std::min(x0, line.data.points().front().x);
        x1 = std::max(x1, line.data.points().back().x);
    }
    return { x0, x1 };
}

void LineChart::fitAxes(bool integerX, bool fromZero)
{
    m_integerX = integerX;
    m_fromZero = fromZero;
    const auto [x0, x1] = fullRange();
    m_empty = !(x1 >= x0);
    m_chart->setVisible(!m_empty);
    if (!m_empty)
        fitView();
}

void LineChart::fitView()
{
    const auto [full0, full1] = fullRange();
    auto [x0, x1] = m_view.value_or(std::pair { full0, full1 });
    if (m_growing && !m_view)
        x1 = roomToGrow(x0, x1);
    const int columns = plotColumns();
    double y0 = inf, y1 = -inf;
    for (Line &line : m_lines) {
        const auto [low, high] = line.data.range(x0, x1, m_log);
        y0 = std::min(y0, low);
        y1 = std::max(y1, high);
        line.drawn = line.data.visible(x0, x1, columns, m_log);
    }
    const int xTicks = std::clamp(columns / 70, 2, 10);
    configure(m_x, m_shownX, tightAxis(x0, x1, xTicks, m_integerX && x1 - x0 >= 2));
    if (!(y1 >= y0)) {
        y0 = m_log ? 0.1 : 0;
        y1 = 1;
    }
    if (m_log) {
        m_logY->setRange(std::pow(10, std::floor(std::log10(y0) + 1e-9)),
                         std::pow(10, std::max(std::ceil(std::log10(y1) - 1e-9),
                                               std::floor(std::log10(y0) + 1e-9) + 1)));
    } else {
        const int yTicks = std::clamp(height() / 36, 2, 6);
        const bool zero = m_fromZero && !m_view; // zoomed in, the detail counts
        NiceAxis y = niceAxis(zero ? std::min(0.0, y0) : y0, y1, yTicks);
        y.maximum = std::min(y.maximum, std::max(m_yLimit, y1));
        configure(m_y, m_shownY, y);
        m_axesSet = true;
    }
    viewport()->update();
}

std::pair<double, double> LineChart::view() const { return m_view.value_or(fullRange()); }

void LineChart::setView(double x0, double x1)
{
    if (!(x1 > x0))
        return;
    m_view = { x0, x1 };
    if (!m_empty)
        fitView();
}

void LineChart::resetView()
{
    m_view.reset();
    if (!m_empty)
        fitView();
}

void LineChart::setUserView(double x0, double x1)
{
    const auto [full0, full1] = fullRange();
    const double width = std::max(x1 - x0, (full1 - full0) * 1e-6);
    if (!(full1 > full0))
        return;
    if (width >= full1 - full0) {
        resetView();
        Q_EMIT viewChanged(full0, full1, false);
        return;
    }
    x0 = std::clamp(x0, full0, full1 - width); // the data never leaves the plot
    setView(x0, x0 + width);
    Q_EMIT viewChanged(x0, x0 + width, true);
}

void LineChart::zoomBy(double factor, double around)
{
    const auto [x0, x1] = view();
    setUserView(around - (around - x0) * factor, around + (x1 - around) * factor);
}

void LineChart::panBy(double part)
{
    if (!m_view)
        return;
    const double step = (m_view->second - m_view->first) * part;
    setUserView(m_view->first + step, m_view->second + step);
}

void LineChart::setLogarithmic(bool on)
{
    if (on == m_log)
        return;
    m_log = on;
    QAbstractAxis *from = m_y, *to = m_logY;
    if (!on)
        std::swap(from, to);
    m_anchor->detachAxis(from);
    m_chart->removeAxis(from); // kept by us
    from->setParent(m_chart);
    m_chart->addAxis(to, Qt::AlignLeft);
    m_anchor->attachAxis(to);
    applyColors();
    if (!m_empty)
        fitView();
}

void LineChart::setMarkers(std::vector<ChartMarker> markers)
{
    m_markers = std::move(markers);
    viewport()->update();
}

void LineChart::setEmptyText(const QString &text)
{
    m_emptyText = text;
    viewport()->update();
}

int LineChart::plotColumns() const
{
    const double width = m_empty ? this->width() - 60.0 : m_chart->plotArea().width();
    return std::max(64, static_cast<int>(width));
}

void LineChart::applyColors()
{
    const Theme &theme = themeFor(palette());
    const QFont font = scaledFont(this->font(), 0.85);
    for (QAbstractAxis *axis : { static_cast<QAbstractAxis *>(m_x), static_cast<QAbstractAxis *>(m_y),
                                 static_cast<QAbstractAxis *>(m_logY) }) {
        axis->setLabelsBrush(theme.textMuted);
        axis->setLabelsFont(font);
        axis->setGridLinePen(QPen(theme.grid, 1));
        axis->setLinePen(QPen(theme.border, 1));
    }
    m_y->setLineVisible(false);
    m_logY->setLineVisible(false);
    m_baseStale = true;
    viewport()->update();
}

void LineChart::changeEvent(QEvent *event)
{
    QChartView::changeEvent(event);
    const bool looks = event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange
        || event->type() == QEvent::StyleChange;
    if (looks && !m_coloring) {
        m_coloring = true; // setting pens may come back here through the style
        applyColors();
        m_coloring = false;
    }
}

} // namespace torchdeck::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/line_chart.h"

#include "ui/charts/nice_axis.h"
#include "ui/format.h"

#include <QtCharts/QLineSeries>
#include <QtCharts/QValueAxis>
#include <QtGui/QMouseEvent>
#include <QtGui/QPainterPath>
#include <QtWidgets/QGraphicsLayout>

#include <algorithm>
#include <cmath>

namespace torchdeck::ui {

namespace {

constexpr int fewPoints = 20; ///< up to here each point gets a dot: one epoch alone draws no line

void configure(QValueAxis *axis, const NiceAxis &nice)
{
    axis->setTickType(QValueAxis::TicksDynamic);
    axis->setTickAnchor(0);
    axis->setTickInterval(nice.step);
    axis->setLabelFormat(nice.scientific ? QStringLiteral("%.1e")
                                         : QStringLiteral("%.%1f").arg(nice.decimals));
    axis->setRange(nice.minimum, nice.maximum);
}

/// The point nearest to `x`; points are ordered by x.
QPointF nearest(const QList<QPointF> &points, double x)
{
    auto it = std::lower_bound(points.cbegin(), points.cend(), x,
                               [](const QPointF &p, double value) { return p.x() < value; });
    if (it == points.cend())
        return points.back();
    if (it != points.cbegin() && x - std::prev(it)->x() < it->x() - x)
        --it;
    return *it;
}

} // namespace

LineChart::LineChart(QWidget *parent)
    : QChartView(parent)
    , m_chart(new QChart)
    , m_x(new QValueAxis(m_chart))
    , m_y(new QValueAxis(m_chart))
    , m_xWords([](double x) { return compactNumber(x); })
    , m_yWords([](double y) { return metricWords(y); })
{
    setChart(m_chart);
    setRenderHint(QPainter::Antialiasing);
    setMouseTracking(true);
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::NoFocus);
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
    m_x->setGridLineVisible(false);
    m_chart->setVisible(false);
    applyColors();
}

int LineChart::addLine(const SeriesStyle &style)
{
    auto *series = new QLineSeries(m_chart);
    series->setName(style.name);
    m_chart->addSeries(series);
    series->attachAxis(m_x);
    series->attachAxis(m_y);
    m_lines.push_back({ style, series });
    applyColors();
    return lineCount() - 1;
}

void LineChart::setLine(int line, const std::vector<ChartPoint> &points)
{
    QList<QPointF> list;
    list.reserve(static_cast<qsizetype>(points.size()));
    for (const ChartPoint &point : points)
        list.append({ point.x, point.y });
    Line &target = m_lines.at(static_cast<std::size_t>(line));
    target.series->setPointsVisible(target.style.inTooltip && points.size() <= fewPoints);
    target.series->replace(list);
}

void LineChart::clearLines()
{
    for (Line &line : m_lines)
        line.series->clear();
    m_empty = true;
    m_chart->setVisible(false);
    viewport()->update();
}

int LineChart::pointCount(int line) const
{
    return static_cast<int>(m_lines.at(static_cast<std::size_t>(line)).series->count());
}

const SeriesStyle &LineChart::style(int line) const
{
    return m_lines.at(static_cast<std::size_t>(line)).style;
}

void LineChart::fitAxes(bool integerX, bool fromZero)
{
    double x0 = std::numeric_limits<double>::infinity(), x1 = -x0, y0 = x0, y1 = -x0;
    for (const Line &line : m_lines) {
        const auto points = line.series->points();
        for (const QPointF &point : points) {
            x0 = std::min(x0, point.x());
            x1 = std::max(x1, point.x());
            y0 = std::min(y0, point.y());
            y1 = std::max(y1, point.y());
        }
    }
    m_empty = !(x1 >= x0);
    m_chart->setVisible(!m_empty);
    if (m_empty)
        return;
    const int xTicks = std::clamp(plotColumns() / 70, 2, 10);
    const int yTicks = std::clamp(height() / 36, 2, 6);
    configure(m_x, tightAxis(x0, x1, xTicks, integerX));
    NiceAxis y = niceAxis(fromZero ? std::min(0.0, y0) : y0, y1, yTicks);
    y.maximum = std::min(y.maximum, std::max(m_yLimit, y1));
    configure(m_y, y);
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
    for (QValueAxis *axis : { m_x, m_y }) {
        axis->setLabelsBrush(theme.textMuted);
        axis->setLabelsFont(font);
        axis->setGridLinePen(QPen(theme.grid, 1));
        axis->setLinePen(QPen(theme.border, 1));
    }
    m_y->setLineVisible(false);
    for (const Line &line : m_lines) {
        QColor color = theme.series.*(line.style.color);
        color.setAlphaF(static_cast<float>(line.style.opacity));
        QPen pen(color, line.style.width, line.style.pen, Qt::RoundCap, Qt::RoundJoin);
        pen.setCosmetic(true);
        line.series->setPen(pen);
        line.series->setMarkerSize(line.style.width + 0.6);
    }
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

void LineChart::resizeEvent(QResizeEvent *event) { QChartView::resizeEvent(event); }

void LineChart::mouseMoveEvent(QMouseEvent *event)
{
    QChartView::mouseMoveEvent(event);
    m_pointer = event->position();
    m_hovering = true;
    if (!m_empty)
        viewport()->update();
}

void LineChart::leaveEvent(QEvent *event)
{
    QChartView::leaveEvent(event);
    m_hovering = false;
    viewport()->update();
}

void LineChart::drawForeground(QPainter *painter, const QRectF &)
{
    painter->save();
    painter->resetTransform();
    if (m_empty)
        drawEmptyText(*painter);
    else if (m_hovering)
        drawCrosshair(*painter);
    painter->restore();
}

void LineChart::drawEmptyText(QPainter &painter)
{
    const Theme &theme = themeFor(palette());
    painter.setPen(theme.textFaint);
    painter.setFont(font());
    painter.drawText(viewport()->rect().adjusted(space::l, 0, -space::l, 0),
                     Qt::AlignCenter | Qt::TextWordWrap, m_emptyText);
}

void LineChart::drawCrosshair(QPainter &painter)
{
    const QRectF plot = m_chart->plotArea();
    if (!plot.adjusted(-6, -6, 6, 6).contains(m_pointer))
        return;
    const Theme &theme = themeFor(palette());
    const double wanted = m_chart->mapToValue(m_pointer).x();
    std::vector<std::pair<int, double>> values;
    double at = std::numeric_limits<double>::quiet_NaN();
    for (int i = 0; i < lineCount(); ++i) {
        const Line &line = m_lines[static_cast<std::size_t>(i)];
        if (!line.style.inTooltip || line.series->count() == 0)
            continue;
        const QPointF point = nearest(line.series->points(), wanted);
        if (std::isnan(at) || std::abs(point.x() - wanted) < std::abs(at - wanted))
            at = point.x();
        values.emplace_back(i, point.y());
    }
    if (values.empty())
        return;
    const double x = m_chart->mapToPosition({ at, 0 }).x();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(theme.borderStrong, 1));
    painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
    for (const auto &[line, value] : values) {
        const QPointF dot = m_chart->mapToPosition({ at, value });
        painter.setPen(QPen(theme.surface, 1.5));
        painter.setBrush(theme.series.*(m_lines[static_cast<std::size_t>(line)].style.color));
        painter.drawEllipse(dot, 4, 4);
    }
    drawTooltip(painter, { x, m_pointer.y() }, m_xWords(at), values);
}

void LineChart::drawTooltip(QPainter &painter, const QPointF &anchor, const QString &title,
                            const std::vector<std::pair<int, double>> &values)
{
    const Theme &theme = themeFor(palette());
    const QFont font = scaledFont(this->font(), 0.9);
    const QFontMetrics metrics(font);
    int nameWidth = metrics.horizontalAdvance(title), valueWidth = 0;
    for (const auto &[line, value] : values) {
        nameWidth = std::max(nameWidth, metrics.horizontalAdvance(style(line).name) + 16);
        valueWidth = std::max(valueWidth, metrics.horizontalAdvance(m_yWords(value)));
    }
    const int rowHeight = metrics.height() + 2;
    const QSizeF size(nameWidth + valueWidth + 36, rowHeight * (static_cast<int>(values.size()) + 1) + 14);
    QRectF box(anchor + QPointF(12, -size.height() / 2), size);
    if (box.right() > viewport()->width())
        box.moveRight(anchor.x() - 12);
    box.moveTop(std::clamp(box.top(), 0.0, std::max(0.0, viewport()->height() - size.height() - 1)));
    painter.setPen(QPen(theme.borderStrong, 1));
    painter.setBrush(theme.surface);
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
    painter.setFont(font);
    painter.setPen(theme.textMuted);
    QRectF row(box.left() + 10, box.top() + 7, box.width() - 20, rowHeight);
    painter.drawText(row, Qt::AlignVCenter, title);
    for (const auto &[line, value] : values) {
        row.translate(0, rowHeight);
        painter.setPen(QPen(theme.series.*(style(line).color), 3, style(line).pen, Qt::FlatCap));
        painter.drawLine(QPointF(row.left(), row.center().y()), QPointF(row.left() + 11, row.center().y()));
        painter.setPen(theme.text);
        painter.drawText(row.adjusted(16, 0, 0, 0), Qt::AlignVCenter | Qt::AlignLeft, style(line).name);
        painter.drawText(row, Qt::AlignVCenter | Qt::AlignRight, m_yWords(value));
    }
}

} // namespace torchdeck::ui

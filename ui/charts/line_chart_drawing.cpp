// SPDX-License-Identifier: GPL-3.0-or-later
// How a chart paints its lines and the events along them.
#include "ui/charts/line_chart.h"

#include <QtCharts/QValueAxis>

#include <algorithm>
#include <array>
#include <cmath>

namespace torchdeck::ui {

namespace {

constexpr int fewPoints = 20; ///< up to here each point gets a dot: one epoch alone draws no line
constexpr double dimmed = 0.25; ///< opacity of the lines beside a highlighted one
constexpr int mostThickLines = 12;
constexpr double noiseTravel = 12; ///< ups and downs in multiples of the plot's width
constexpr std::size_t markerRows = 3;

void drawPieces(QPainter &painter, const QPolygonF &polygon)
{
    QVector<QLineF> lines;
    lines.reserve(polygon.size());
    for (qsizetype i = 1; i < polygon.size(); ++i)
        lines.append(QLineF(polygon[i - 1], polygon[i]));
    painter.drawLines(lines);
}

} // namespace

/// The scene (axes, grid, labels) is drawn once and kept: it costs more than all lines.
void LineChart::paintEvent(QPaintEvent *)
{
    const qreal ratio = viewport()->devicePixelRatioF();
    const QSize size = viewport()->size() * ratio;
    if (m_baseStale || m_base.size() != size || m_base.devicePixelRatio() != ratio) {
        m_base = QPixmap(size);
        m_base.setDevicePixelRatio(ratio);
        m_base.fill(Qt::transparent);
        QPainter base(&m_base);
        base.setRenderHints(renderHints());
        m_bare = true;
        render(&base, QRectF(QPointF(), QSizeF(viewport()->size())), viewport()->rect());
        m_bare = false;
        m_baseStale = false;
    }
    QPainter painter(viewport());
    painter.drawPixmap(0, 0, m_base);
    painter.setRenderHints(renderHints());
    drawForeground(&painter, viewport()->rect());
}

void LineChart::drawForeground(QPainter *painter, const QRectF &)
{
    if (m_bare)
        return;
    painter->save();
    if (m_empty) {
        drawEmptyText(*painter);
    } else {
        drawMarkers(*painter);
        drawLines(*painter);
        drawMarkerWords(*painter);
        drawSelection(*painter);
        drawCrosshair(*painter);
    }
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

void LineChart::drawLines(QPainter &painter)
{
    painter.save();
    painter.setClipRect(m_chart->plotArea().adjusted(0, -2, 1, 2));
    const bool thin =
        std::count_if(m_lines.begin(), m_lines.end(), [](const Line &line) { return line.style.inTooltip; })
        > mostThickLines;
    for (std::size_t i = 0; i < m_lines.size(); ++i) {
        if (static_cast<int>(i) != m_highlighted)
            drawLine(painter, i, thin);
    }
    if (m_highlighted >= 0 && m_highlighted < lineCount())
        drawLine(painter, static_cast<std::size_t>(m_highlighted), false);
    painter.restore();
}

void LineChart::drawLine(QPainter &painter, std::size_t number, bool thin)
{
    const Line &line = m_lines[number];
    const QRectF plot = m_chart->plotArea();
    QPolygonF polygon;
    polygon.reserve(static_cast<qsizetype>(line.drawn.size()));
    double travel = 0;
    for (const ChartPoint &point : line.drawn) {
        if (const auto y = yPixel(point.y)) {
            const QPointF at(pixelAt(point.x), std::clamp(*y, plot.top() - 4000, plot.bottom() + 4000));
            travel += polygon.isEmpty() ? 0 : std::abs(at.y() - polygon.back().y());
            polygon.append(at);
        }
    }
    // A line that fills its columns with noise is an area: a wide pen shows nothing more and costs ten times
    // as much.
    const bool noise = travel > noiseTravel * plot.width();
    const bool front = static_cast<int>(number) == m_highlighted;
    QColor color = themeFor(palette()).series.*(line.style.color);
    color.setAlphaF(static_cast<float>(line.style.opacity * (m_highlighted >= 0 && !front ? dimmed : 1.0)));
    const double width = noise || thin ? 1.0 : line.style.width + (front ? 1.2 : 0);
    // Many points: as single pieces, which Qt fills directly. Outlining a whole wide line costs it ten times
    // as much; where pieces meet, nobody sees the difference.
    const bool pieces =
        width > 1 && polygon.size() > fewPoints && line.style.pen == Qt::SolidLine && color.alpha() == 255;
    QPen pen(color, width, noise ? Qt::SolidLine : line.style.pen,
             pieces          ? Qt::SquareCap
                 : width > 1 ? Qt::RoundCap
                             : Qt::FlatCap,
             width > 1 && !pieces ? Qt::RoundJoin : Qt::BevelJoin);
    pen.setCosmetic(true);
    painter.setRenderHint(QPainter::Antialiasing, !noise);
    painter.setPen(pen);
    painter.setBrush(Qt::NoBrush);
    if (pieces)
        drawPieces(painter, polygon);
    else
        painter.drawPolyline(polygon);
    if (!line.style.inTooltip || polygon.size() > fewPoints || thin)
        return;
    painter.setPen(Qt::NoPen);
    painter.setBrush(color);
    for (const QPointF &at : polygon)
        painter.drawEllipse(at, line.style.width + 0.4, line.style.width + 0.4);
}

void LineChart::drawMarkers(QPainter &painter)
{
    const Theme &theme = themeFor(palette());
    const QRectF plot = m_chart->plotArea();
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing, false);
    for (const ChartMarker &marker : m_markers) {
        if (marker.x < m_x->min() || marker.x > m_x->max())
            continue;
        const double x = std::round(pixelAt(marker.x)) + 0.5;
        painter.setPen(QPen(marker.color ? theme.series.*marker.color : theme.textFaint, 1, Qt::DashLine));
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
    }
    painter.restore();
}

/// After everything else, so that no line crosses them. Labels share a few rows; one that finds no room is told by its
/// line alone.
void LineChart::drawMarkerWords(QPainter &painter)
{
    const Theme &theme = themeFor(palette());
    const QRectF plot = m_chart->plotArea();
    const QFont font = scaledFont(this->font(), 0.8);
    const QFontMetrics metrics(font);
    const double rowHeight = metrics.height() + 3;
    std::array<double, markerRows> taken;
    taken.fill(plot.left());
    QColor back = theme.surface;
    back.setAlphaF(0.88F);
    painter.save();
    painter.setFont(font);
    painter.setRenderHint(QPainter::Antialiasing);
    for (const ChartMarker &marker : m_markers) {
        if (marker.x < m_x->min() || marker.x > m_x->max())
            continue;
        const QString label = metrics.elidedText(marker.label, Qt::ElideRight, int(plot.width()) - 8);
        const double width = metrics.horizontalAdvance(label) + 8;
        const double left =
            std::clamp(std::round(pixelAt(marker.x)) + 3.5, plot.left(), std::max(plot.left(), plot.right() - width));
        for (std::size_t row = 0; row < markerRows; ++row) {
            if (left < taken[row])
                continue;
            taken[row] = left + width + 2;
            const QRectF box(left, plot.top() + 2 + double(row) * rowHeight, width, rowHeight - 1);
            painter.setPen(Qt::NoPen);
            painter.setBrush(back);
            painter.drawRoundedRect(box, 3, 3);
            painter.setPen(theme.textMuted);
            painter.drawText(box, Qt::AlignCenter, label);
            break;
        }
    }
    painter.restore();
}

} // namespace torchdeck::ui

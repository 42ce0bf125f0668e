// SPDX-License-Identifier: GPL-3.0-or-later
// What the pointer and the keys do on a chart, and what is drawn under the pointer.
#include "ui/charts/line_chart.h"

#include <QtCharts/QLogValueAxis>
#include <QtCharts/QValueAxis>
#include <QtGui/QMouseEvent>

#include <algorithm>
#include <cmath>

namespace torchdeck::ui {

namespace {

constexpr double catchPixels = 7; ///< a click this near to a line is on it
constexpr double smallestDrag = 5; ///< pixels; less is a click
constexpr double wheelStep = 0.8; ///< zoom of one notch
constexpr int mostTipRows = 12;

double distanceToSegment(const QPointF &at, const QPointF &a, const QPointF &b)
{
    const QPointF way = b - a;
    const double length = QPointF::dotProduct(way, way);
    const double part = length > 0 ? std::clamp(QPointF::dotProduct(at - a, way) / length, 0.0, 1.0) : 0.0;
    const QPointF off = at - (a + way * part);
    return std::hypot(off.x(), off.y());
}

} // namespace

double LineChart::valueAt(double pixel) const
{
    const QRectF plot = m_chart->plotArea();
    const double part = plot.width() > 0 ? (pixel - plot.left()) / plot.width() : 0;
    return m_x->min() + part * (m_x->max() - m_x->min());
}

double LineChart::pixelAt(double x) const
{
    const QRectF plot = m_chart->plotArea();
    const double width = m_x->max() - m_x->min();
    return plot.left() + (width > 0 ? (x - m_x->min()) / width : 0) * plot.width();
}

std::optional<double> LineChart::yPixel(double y) const
{
    const QRectF plot = m_chart->plotArea();
    double low = m_y->min(), high = m_y->max();
    if (m_log) {
        if (y <= 0)
            return {};
        low = std::log10(m_logY->min());
        high = std::log10(m_logY->max());
        y = std::log10(y);
    }
    return high > low ? std::optional(plot.bottom() - (y - low) / (high - low) * plot.height()) : std::nullopt;
}

int LineChart::lineNear(const QPointF &at) const
{
    int best = -1;
    double nearest = catchPixels;
    for (int i = lineCount() - 1; i >= 0; --i) { // drawn last, seen first
        const auto &points = m_lines[static_cast<std::size_t>(i)].drawn;
        QPointF before;
        bool had = false;
        for (const ChartPoint &point : points) {
            const auto y = yPixel(point.y);
            if (!y)
                continue;
            const QPointF here(pixelAt(point.x), *y);
            const double off = distanceToSegment(at, had ? before : here, here);
            if (off < nearest) {
                nearest = off;
                best = i;
            }
            before = here;
            had = true;
        }
    }
    return best;
}

void LineChart::setCrosshair(std::optional<double> x)
{
    m_linked = x;
    viewport()->update();
}

void LineChart::mousePressEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton || m_empty || !m_chart->plotArea().contains(event->position())) {
        QChartView::mousePressEvent(event);
        return;
    }
    m_pressed = event->position();
    m_pressedView = view();
    m_drag = m_view && !(event->modifiers() & Qt::ShiftModifier) ? Drag::Pan : Drag::Select;
    setFocus(Qt::MouseFocusReason);
    event->accept();
}

void LineChart::mouseMoveEvent(QMouseEvent *event)
{
    m_pointer = event->position();
    m_hovering = true;
    if (m_empty)
        return;
    if (m_drag == Drag::Pan && m_chart->plotArea().width() > 0) {
        const double scale = (m_pressedView.second - m_pressedView.first) / m_chart->plotArea().width();
        const double step = (m_pressed.x() - m_pointer.x()) * scale;
        setUserView(m_pressedView.first + step, m_pressedView.second + step);
    }
    viewport()->setCursor(m_drag == Drag::Pan ? Qt::ClosedHandCursor
                              : m_view        ? Qt::OpenHandCursor
                                              : Qt::CrossCursor);
    Q_EMIT crosshairMoved(valueAt(m_pointer.x()));
    viewport()->update();
}

void LineChart::mouseReleaseEvent(QMouseEvent *event)
{
    const Drag drag = std::exchange(m_drag, Drag::None);
    if (drag == Drag::None) {
        QChartView::mouseReleaseEvent(event);
        return;
    }
    const double width = std::abs(event->position().x() - m_pressed.x());
    if (width < smallestDrag) {
        if (const int line = lineNear(event->position()); line >= 0)
            Q_EMIT lineClicked(line);
    } else if (drag == Drag::Select) {
        const double a = valueAt(m_pressed.x()), b = valueAt(event->position().x());
        setUserView(std::min(a, b), std::max(a, b));
    }
    viewport()->update();
}

void LineChart::mouseDoubleClickEvent(QMouseEvent *)
{
    m_drag = Drag::None;
    if (m_empty)
        return;
    resetView();
    const auto [x0, x1] = view();
    Q_EMIT viewChanged(x0, x1, false);
}

void LineChart::wheelEvent(QWheelEvent *event)
{
    // Without Ctrl the wheel scrolls the page the chart stands on.
    if (m_empty || !(event->modifiers() & Qt::ControlModifier)) {
        event->ignore();
        return;
    }
    zoomBy(std::pow(wheelStep, event->angleDelta().y() / 120.0), valueAt(event->position().x()));
    event->accept();
}

void LineChart::keyPressEvent(QKeyEvent *event)
{
    const auto [x0, x1] = view();
    switch (event->key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        return zoomBy(wheelStep, (x0 + x1) / 2);
    case Qt::Key_Minus:
        return zoomBy(1 / wheelStep, (x0 + x1) / 2);
    case Qt::Key_Left:
        return panBy(-0.1);
    case Qt::Key_Right:
        return panBy(0.1);
    case Qt::Key_0:
        return setUserView(x0, std::numeric_limits<double>::infinity());
    default:
        QChartView::keyPressEvent(event);
    }
}

void LineChart::leaveEvent(QEvent *event)
{
    QChartView::leaveEvent(event);
    m_hovering = false;
    Q_EMIT crosshairLeft();
    viewport()->update();
}

void LineChart::resizeEvent(QResizeEvent *event)
{
    QChartView::resizeEvent(event);
    if (!m_empty)
        fitView(); // columns follow the width
}

void LineChart::drawSelection(QPainter &painter)
{
    if (m_drag != Drag::Select || std::abs(m_pointer.x() - m_pressed.x()) < smallestDrag)
        return;
    const QRectF plot = m_chart->plotArea();
    const double left = std::clamp(std::min(m_pointer.x(), m_pressed.x()), plot.left(), plot.right());
    const double right = std::clamp(std::max(m_pointer.x(), m_pressed.x()), plot.left(), plot.right());
    QColor fill = themeFor(palette()).accent;
    fill.setAlphaF(0.14F);
    painter.fillRect(QRectF(left, plot.top(), right - left, plot.height()), fill);
}

void LineChart::drawCrosshair(QPainter &painter)
{
    const QRectF plot = m_chart->plotArea();
    const bool here = m_hovering && plot.adjusted(-6, -6, 6, 6).contains(m_pointer);
    if (!here && !m_linked)
        return;
    const double wanted = here ? valueAt(m_pointer.x()) : *m_linked;
    if (wanted < m_x->min() || wanted > m_x->max())
        return;
    const Theme &theme = themeFor(palette());
    std::vector<std::pair<int, double>> values;
    double at = std::numeric_limits<double>::quiet_NaN();
    for (int i = 0; i < lineCount(); ++i) {
        const Line &line = m_lines[static_cast<std::size_t>(i)];
        if (!line.style.inTooltip || line.data.empty())
            continue;
        const ChartPoint &point = line.data.points()[line.data.nearest(wanted)];
        if (std::isnan(at) || std::abs(point.x - wanted) < std::abs(at - wanted))
            at = point.x;
        values.emplace_back(i, point.y);
    }
    if (values.empty())
        return;
    const double x = std::clamp(pixelAt(at), plot.left(), plot.right());
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(theme.borderStrong, 1));
    painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
    for (const auto &[line, value] : values) {
        const auto y = yPixel(value);
        if (!y || *y < plot.top() - 1 || *y > plot.bottom() + 1)
            continue;
        painter.setPen(QPen(theme.surface, 1.5));
        painter.setBrush(theme.series.*(m_lines[static_cast<std::size_t>(line)].style.color));
        painter.drawEllipse(QPointF(x, *y), 4, 4);
    }
    if (values.size() > mostTipRows && here) { // of many lines, those near the pointer
        std::sort(values.begin(), values.end(), [this](const auto &a, const auto &b) {
            return std::abs(yPixel(a.second).value_or(-1e9) - m_pointer.y())
                < std::abs(yPixel(b.second).value_or(-1e9) - m_pointer.y());
        });
        values.resize(mostTipRows);
        std::sort(values.begin(), values.end(), [](const auto &a, const auto &b) { return a.second > b.second; });
    }
    if (values.size() <= mostTipRows)
        drawTooltip(painter, { x, here ? m_pointer.y() : plot.center().y() }, m_xWords(at), values);
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

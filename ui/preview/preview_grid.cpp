// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/preview/preview_grid.h"

#include "ui/results/image_entry.h"
#include "ui/theme.h"

#include <QtCore/QFileInfo>
#include <QtGui/QKeyEvent>
#include <QtGui/QPainter>
#include <QtWidgets/QToolTip>

#include <algorithm>
#include <map>
#include <set>

namespace torchdeck::ui {

namespace {

constexpr int gap = 6;
constexpr double fadedOpacity = 0.35;
constexpr double mostGrowth = 4; ///< small pictures grow, but not to mush

QImage viewOf(const engine::PreviewImage &image)
{
    using Pixels = std::shared_ptr<const std::vector<std::uint8_t>>;
    auto *keeper = new Pixels(image.rgb);
    return { image.rgb->data(), image.width, image.height, qsizetype { 3 } * image.width, QImage::Format_RGB888,
             [](void *pixels) { delete static_cast<Pixels *>(pixels); }, keeper };
}

std::vector<ImageBox> boxesOf(const engine::PreviewImage &image, const QStringList &names)
{
    std::vector<ImageBox> boxes;
    boxes.reserve(image.boxes.size());
    for (const engine::PreviewBox &box : image.boxes)
        boxes.push_back({ ImageBox::Kind::Label,
                          QRectF(QPointF(double(box.x1), double(box.y1)), QPointF(double(box.x2), double(box.y2))),
                          box.classId, names.value(box.classId, QString::number(box.classId)), 1 });
    return boxes;
}

} // namespace

PreviewGrid::PreviewGrid(QWidget *parent)
    : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setMinimumSize(360, 360);
    setAccessibleName(tr("Training images"));
    m_scaling.setInterval(0);
    connect(&m_scaling, &QTimer::timeout, this, &PreviewGrid::scaleNext);
}

void PreviewGrid::fade()
{
    for (Cell &cell : m_cells)
        cell.faded = true;
    m_words.clear();
    update();
}

void PreviewGrid::setImage(int cell, const engine::PreviewImage &image)
{
    Cell &place = m_cells.at(static_cast<std::size_t>(cell));
    place = { viewOf(image), {}, image, false };
    m_scaling.start();
    if (cell == m_current)
        setCurrent(cell);
    update(m_zoomed == cell ? rect() : cellRect(cell).adjusted(-2, -2, 2, 2));
}

void PreviewGrid::keep(int count)
{
    for (int i = 0; i < cells; ++i) {
        Cell &cell = m_cells[static_cast<std::size_t>(i)];
        if (i >= count)
            cell = {};
        cell.faded = false;
    }
    if (m_zoomed >= count)
        setZoomed(-1);
    setCurrent(std::clamp(m_current, 0, std::max(0, count - 1)));
    update();
}

void PreviewGrid::clear(const QString &words)
{
    m_cells = {};
    m_words = words;
    setZoomed(-1);
    setCurrent(0);
    update();
}

void PreviewGrid::setClassNames(const QStringList &names)
{
    m_names = names;
    update();
}

void PreviewGrid::setBoxesShown(bool on)
{
    m_boxes = on;
    update();
}

int PreviewGrid::shownImages() const
{
    return static_cast<int>(std::ranges::count_if(
        m_cells, [](const Cell &cell) { return !cell.full.isNull() && !cell.faded; }));
}

QString PreviewGrid::words(int cell) const
{
    const Cell &one = m_cells.at(static_cast<std::size_t>(cell));
    if (one.full.isNull())
        return {};
    std::map<int, int> counts;
    for (const engine::PreviewBox &box : one.image.boxes)
        ++counts[box.classId];
    QStringList classes;
    for (const auto &[id, count] : counts)
        classes << tr("%1 %2").arg(count).arg(m_names.value(id, QString::number(id)));
    const QString file = QFileInfo(QString::fromStdString(one.image.source.string())).fileName();
    return classes.isEmpty() ? tr("%1: no boxes").arg(file)
                             : tr("%1: %2").arg(file, classes.join(QStringLiteral(", ")));
}

QList<int> PreviewGrid::classesShown() const
{
    std::set<int> ids;
    for (const Cell &cell : m_cells) {
        for (const engine::PreviewBox &box : cell.image.boxes)
            ids.insert(box.classId);
    }
    return { ids.begin(), ids.end() };
}

QRect PreviewGrid::cellRect(int cell) const
{
    const int side = std::max(1, (std::min(width(), height()) - (columns - 1) * gap) / columns);
    const int whole = columns * side + (columns - 1) * gap;
    const QPoint corner((width() - whole) / 2, (height() - whole) / 2);
    return { corner + QPoint(cell % columns, cell / columns) * (side + gap), QSize(side, side) };
}

int PreviewGrid::cellAt(QPoint position) const
{
    for (int cell = 0; cell < cells; ++cell) {
        if (cellRect(cell).contains(position) && !m_cells[static_cast<std::size_t>(cell)].full.isNull())
            return cell;
    }
    return -1;
}

void PreviewGrid::setCurrent(int cell)
{
    m_current = cell;
    setAccessibleDescription(words(cell));
    Q_EMIT currentChanged(cell);
    update();
}

void PreviewGrid::setZoomed(int cell)
{
    if (cell == m_zoomed || (cell >= 0 && m_cells[static_cast<std::size_t>(cell)].full.isNull()))
        return;
    m_zoomed = cell;
    if (cell >= 0)
        setCurrent(cell);
    Q_EMIT zoomChanged(cell);
    update();
}

QRectF PreviewGrid::target(const Cell &cell, const QRectF &room) const
{
    const QSizeF size(cell.full.size());
    const QSizeF fitted = size.scaled(room.size().boundedTo(size * mostGrowth), Qt::KeepAspectRatio);
    return { room.center() - QPointF(fitted.width(), fitted.height()) / 2, fitted };
}

/// One smooth copy at the size of the grid; the timer calls again while one is missing.
void PreviewGrid::scaleNext()
{
    for (int i = 0; i < cells; ++i) {
        Cell &cell = m_cells[static_cast<std::size_t>(i)];
        if (cell.full.isNull())
            continue;
        const QSize wanted = (target(cell, cellRect(i)).size() * devicePixelRatioF()).toSize();
        if (cell.small.size() == wanted || wanted.isEmpty())
            continue;
        cell.small = cell.full.scaled(wanted, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
        update(cellRect(i));
        return;
    }
    m_scaling.stop();
}

void PreviewGrid::paintCell(QPainter &painter, const Cell &cell, const QRectF &room, bool large) const
{
    const QRectF place = target(cell, room);
    painter.setOpacity(cell.faded ? fadedOpacity : 1);
    if (large)
        painter.drawImage(place, cell.full);
    else
        painter.drawImage(place, cell.small.isNull() ? cell.full : cell.small);
    if (m_boxes) {
        const double scale = place.width() / cell.full.width();
        if (large)
            drawBoxes(painter, boxesOf(cell.image, m_names), place, scale, palette());
        else
            drawOutlines(painter, boxesOf(cell.image, m_names), place, scale, palette());
    }
    painter.setOpacity(1);
}

void PreviewGrid::paintEvent(QPaintEvent *event)
{
    QPainter painter(this);
    const Theme &theme = themeFor(palette());
    if (!m_words.isEmpty()) {
        painter.setPen(theme.textFaint);
        painter.drawText(rect().adjusted(space::xl, 0, -space::xl, 0), Qt::AlignCenter | Qt::TextWordWrap, m_words);
        return;
    }
    if (m_zoomed >= 0) {
        painter.setRenderHint(QPainter::SmoothPixmapTransform);
        painter.setFont(scaledFont(font(), 0.88));
        paintCell(painter, m_cells[static_cast<std::size_t>(m_zoomed)], rect(), true);
        return;
    }
    for (int i = 0; i < cells; ++i) {
        const QRect place = cellRect(i);
        const Cell &cell = m_cells[static_cast<std::size_t>(i)];
        if (!event->rect().intersects(place.adjusted(-3, -3, 3, 3)))
            continue;
        painter.fillRect(place, theme.hover);
        if (!cell.full.isNull())
            paintCell(painter, cell, place, false);
        if (hasFocus() && i == m_current && !cell.full.isNull()) {
            painter.setPen(QPen(theme.accent, 2));
            painter.setBrush(Qt::NoBrush);
            painter.drawRect(place.adjusted(-2, -2, 1, 1));
        }
    }
}

void PreviewGrid::resizeEvent(QResizeEvent *) { m_scaling.start(); }

void PreviewGrid::mousePressEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton)
        return;
    setZoomed(m_zoomed >= 0 ? -1 : cellAt(event->pos()));
}

void PreviewGrid::mouseMoveEvent(QMouseEvent *event)
{
    const bool hand = m_zoomed >= 0 || cellAt(event->pos()) >= 0;
    setCursor(hand ? Qt::PointingHandCursor : Qt::ArrowCursor);
}

void PreviewGrid::keyPressEvent(QKeyEvent *event)
{
    const bool zoomed = m_zoomed >= 0;
    int step = 0;
    switch (event->key()) {
    case Qt::Key_Left:
        step = -1;
        break;
    case Qt::Key_Right:
        step = 1;
        break;
    case Qt::Key_Up:
        step = zoomed ? -1 : -columns;
        break;
    case Qt::Key_Down:
        step = zoomed ? 1 : columns;
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space:
        setZoomed(zoomed ? -1 : m_current);
        return;
    case Qt::Key_Escape:
        if (zoomed) {
            setZoomed(-1);
            return;
        }
        [[fallthrough]];
    default:
        QWidget::keyPressEvent(event);
        return;
    }
    const int next = m_current + step;
    if (next < 0 || next >= cells || m_cells[static_cast<std::size_t>(next)].full.isNull())
        return;
    zoomed ? setZoomed(next) : setCurrent(next);
}

bool PreviewGrid::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        auto *help = static_cast<QHelpEvent *>(event);
        const int cell = m_zoomed >= 0 ? m_zoomed : cellAt(help->pos());
        if (cell >= 0)
            QToolTip::showText(help->globalPos(), words(cell), this);
        else
            QToolTip::hideText();
        return true;
    }
    return QWidget::event(event);
}

ClassLegend::ClassLegend(QWidget *parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setFont(scaledFont(font(), 0.92));
}

void ClassLegend::setClasses(const QList<int> &ids, const QStringList &names)
{
    m_ids = ids;
    m_names = names;
    QStringList words;
    for (const int id : ids)
        words << names.value(id, QString::number(id));
    setAccessibleName(words.join(QStringLiteral(", ")));
    setToolTip(accessibleName());
    update();
}

QSize ClassLegend::sizeHint() const { return { 200, fontMetrics().height() + 4 }; }

QSize ClassLegend::minimumSizeHint() const { return { 60, sizeHint().height() }; }

void ClassLegend::paintEvent(QPaintEvent *)
{
    constexpr int chip = 10;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Theme &theme = themeFor(palette());
    const QFontMetrics metrics = fontMetrics();
    const int reserved = metrics.horizontalAdvance(QStringLiteral("+000"));
    int x = 0;
    for (qsizetype i = 0; i < m_ids.size(); ++i) {
        const QString name = m_names.value(m_ids[i], QString::number(m_ids[i]));
        const int wide = chip + space::xs + metrics.horizontalAdvance(name);
        const bool last = i + 1 == m_ids.size();
        if (x + wide + (last ? 0 : reserved) > width()) {
            painter.setPen(theme.textMuted);
            painter.drawText(QRect(x, 0, width() - x, height()), Qt::AlignVCenter,
                             QStringLiteral("+%1").arg(m_ids.size() - i));
            return;
        }
        painter.setPen(Qt::NoPen);
        painter.setBrush(classColor(m_ids[i], palette()));
        painter.drawRoundedRect(QRectF(x, (height() - chip) / 2.0, chip, chip), 2, 2);
        painter.setPen(theme.textMuted);
        painter.drawText(QRect(x + chip + space::xs, 0, wide, height()), Qt::AlignVCenter, name);
        x += wide + space::m;
    }
}

} // namespace torchdeck::ui

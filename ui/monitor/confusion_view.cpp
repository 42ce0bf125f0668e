// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/monitor/confusion_view.h"

#include "ui/theme.h"

#include <QtCore/QLocale>
#include <QtGui/QHelpEvent>
#include <QtGui/QPainter>
#include <QtWidgets/QScrollArea>
#include <QtWidgets/QToolTip>

#include <algorithm>
#include <cmath>

namespace torchdeck::ui {

namespace {

constexpr double nameShare = 0.22; ///< of the width, at most
constexpr int mostNameWidth = 110;
constexpr int bareMargin = 18; ///< without names: room for the axis words
constexpr int smallestNamedCell = 11;
constexpr int smallestNumberCell = 26;
constexpr double mostZoom = 8;

/// The window's: a transparent background leaves the widget's own palette black.
const Theme &themeOf(const QWidget &widget) { return themeFor(widget.window()->palette()); }

QColor between(const QColor &a, const QColor &b, double part)
{
    const auto mix = [part](int x, int y) { return static_cast<int>(std::lround(x + (y - x) * part)); };
    return { mix(a.red(), b.red()), mix(a.green(), b.green()), mix(a.blue(), b.blue()) };
}

} // namespace

ConfusionView::ConfusionView(QWidget *parent)
    : QWidget(parent)
{
    setMouseTracking(true);
    setFocusPolicy(Qt::TabFocus);
    setMinimumSize(200, 200);
    setAccessibleName(tr("Confusion matrix"));
}

void ConfusionView::setMatrix(const engine::ConfusionMatrix &matrix, const QStringList &names)
{
    m_matrix = matrix;
    m_names = names;
    m_columnSums.assign(static_cast<std::size_t>(side()), 0);
    for (int truth = 0; truth < side(); ++truth) {
        for (int predicted = 0; predicted < side(); ++predicted)
            m_columnSums[static_cast<std::size_t>(truth)] += double(m_matrix.at(predicted, truth));
    }
    if (m_cell.x() >= side() || m_cell.y() >= side())
        m_cell = { -1, -1 };
    setAccessibleDescription(worstMistakes(3).join(QStringLiteral(", ")));
    rebuild();
}

void ConfusionView::setNormalized(bool on)
{
    m_normalized = on;
    rebuild();
}

double ConfusionView::part(int predicted, int truth) const
{
    const double count = double(m_matrix.at(predicted, truth));
    const double sum = m_columnSums[static_cast<std::size_t>(truth)];
    return sum > 0 ? count / sum : 0;
}

void ConfusionView::rebuild()
{
    const int n = side();
    m_image = n > 0 ? QImage(n, n, QImage::Format_RGB32) : QImage();
    const Theme &theme = themeOf(*this);
    double most = 1;
    if (!m_normalized && n > 0)
        most = std::max<double>(1, double(*std::ranges::max_element(m_matrix.counts)));
    for (int predicted = 0; predicted < n; ++predicted) {
        auto *line = reinterpret_cast<QRgb *>(m_image.scanLine(predicted));
        for (int truth = 0; truth < n; ++truth) {
            const double value =
                m_normalized ? part(predicted, truth) : double(m_matrix.at(predicted, truth)) / most;
            // The square root lets rare mistakes be seen beside a strong diagonal.
            line[truth] = between(theme.field, theme.series.blue, std::sqrt(value)).rgb();
        }
    }
    update();
}

QString ConfusionView::nameOf(int index) const
{
    return index == m_matrix.classes ? tr("background") : m_names.value(index, QString::number(index));
}

QString ConfusionView::cellWords(int predicted, int truth) const
{
    if (predicted < 0 || truth < 0 || predicted >= side() || truth >= side())
        return {};
    const int background = m_matrix.classes;
    const QString count = QLocale().toString(qlonglong(m_matrix.at(predicted, truth)));
    const QString share = QLocale().toString(100 * part(predicted, truth), 'f', 1);
    if (predicted == background && truth == background)
        return {};
    if (predicted == background)
        return tr("%1: %2 not found (%3 % of them)").arg(nameOf(truth), count, share);
    if (truth == background)
        return tr("%1: %2 found where nothing is").arg(nameOf(predicted), count);
    if (truth == predicted)
        return tr("%1: %2 found rightly (%3 % of them)").arg(nameOf(truth), count, share);
    return tr("%1 taken for %2: %3 times (%4 % of them)").arg(nameOf(truth), nameOf(predicted), count, share);
}

QStringList ConfusionView::worstMistakes(int count) const
{
    struct Mistake {
        std::int64_t times;
        int predicted, truth;
    };
    std::vector<Mistake> all;
    for (int predicted = 0; predicted < m_matrix.classes; ++predicted) {
        for (int truth = 0; truth < m_matrix.classes; ++truth) {
            if (predicted != truth && m_matrix.at(predicted, truth) > 0)
                all.push_back({ m_matrix.at(predicted, truth), predicted, truth });
        }
    }
    const auto wanted = std::min(all.size(), static_cast<std::size_t>(count));
    std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(wanted), all.end(),
                      [](const Mistake &a, const Mistake &b) { return a.times > b.times; });
    QStringList words;
    for (std::size_t i = 0; i < wanted; ++i)
        words << tr("%1 taken for %2 %n time(s)", nullptr, static_cast<int>(all[i].times))
                     .arg(nameOf(all[i].truth), nameOf(all[i].predicted));
    return words;
}

QRectF ConfusionView::gridRect() const
{
    const double room = std::min(width(), height());
    double margin = std::min<double>(mostNameWidth, room * nameShare);
    if (side() > 0 && (room - margin) / side() < smallestNamedCell)
        margin = bareMargin;
    const double length = std::max(40.0, room - margin - 2);
    return { margin + (width() - margin - 2 - length) / 2, 1, length, length };
}

QRect ConfusionView::cellRect(int predicted, int truth) const
{
    const QRectF grid = gridRect();
    const double step = grid.width() / std::max(1, side());
    return QRectF(grid.left() + truth * step, grid.top() + predicted * step, step, step).toAlignedRect();
}

void ConfusionView::paintEvent(QPaintEvent *event)
{
    QPainter painter(this);
    const Theme &theme = themeOf(*this);
    if (side() == 0) {
        painter.setPen(theme.textFaint);
        painter.drawText(rect(), Qt::AlignCenter | Qt::TextWordWrap,
                         tr("Appears after the first validation"));
        return;
    }
    const QRectF grid = gridRect();
    painter.drawImage(grid, m_image);
    const double step = grid.width() / side();
    painter.setPen(QPen(theme.border, 1));
    if (step >= 8) {
        for (int i = 1; i < side(); ++i) {
            painter.drawLine(QPointF(grid.left() + i * step, grid.top()),
                             QPointF(grid.left() + i * step, grid.bottom()));
            painter.drawLine(QPointF(grid.left(), grid.top() + i * step),
                             QPointF(grid.right(), grid.top() + i * step));
        }
    }
    painter.drawRect(grid);
    drawNames(painter, grid);
    if (step >= smallestNumberCell)
        drawNumbers(painter, grid, event->rect());
    if (m_cell.x() >= 0) {
        painter.setPen(QPen(theme.text, 1.5));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(QRectF(cellRect(m_cell.y(), m_cell.x())).adjusted(0, 0, -1, -1));
    }
}

void ConfusionView::drawNames(QPainter &painter, const QRectF &grid)
{
    const Theme &theme = themeOf(*this);
    const double step = grid.width() / side();
    painter.setPen(theme.textMuted);
    painter.setFont(scaledFont(font(), step < 16 ? 0.72 : 0.85));
    const QFontMetricsF metrics(painter.font());
    const double room = std::min<double>(mostNameWidth, std::min(width(), height()) * nameShare);
    if (step < smallestNamedCell) { // the axes at least
        painter.drawText(QRectF(grid.left(), grid.bottom() + 2, grid.width(), bareMargin), Qt::AlignCenter,
                         tr("true"));
        painter.save();
        painter.translate(grid.left() - 2, grid.center().y());
        painter.rotate(-90);
        painter.drawText(QRectF(-100, -bareMargin, 200, bareMargin), Qt::AlignCenter, tr("predicted"));
        painter.restore();
        return;
    }
    for (int i = 0; i < side(); ++i) {
        const QString name = metrics.elidedText(nameOf(i), Qt::ElideRight, room - 8);
        painter.drawText(QRectF(grid.left() - room, grid.top() + i * step, room - 6, step),
                         Qt::AlignRight | Qt::AlignVCenter, name);
        painter.save();
        painter.translate(grid.left() + (i + 0.5) * step, grid.bottom() + 6);
        if (metrics.horizontalAdvance(name) < step - 4) {
            painter.drawText(QRectF(-step / 2, -2, step, metrics.height()), Qt::AlignCenter, name);
        } else {
            painter.rotate(-90);
            painter.drawText(QRectF(-room, -step / 2, room - 2, step), Qt::AlignRight | Qt::AlignVCenter,
                             name);
        }
        painter.restore();
    }
}

void ConfusionView::drawNumbers(QPainter &painter, const QRectF &grid, const QRect &exposed)
{
    const double step = grid.width() / side();
    painter.setFont(scaledFont(font(), step < 40 ? 0.72 : 0.85));
    for (int predicted = 0; predicted < side(); ++predicted) {
        for (int truth = 0; truth < side(); ++truth) {
            const QRect cell = cellRect(predicted, truth);
            const std::int64_t count = m_matrix.at(predicted, truth);
            if (count == 0 || !cell.intersects(exposed))
                continue;
            const QColor fill = m_image.pixelColor(truth, predicted);
            painter.setPen(fill.lightnessF() > 0.55F ? QColor(0x10, 0x14, 0x1a) : QColor(Qt::white));
            painter.drawText(cell, Qt::AlignCenter,
                             m_normalized ? QLocale().toString(part(predicted, truth), 'f', 2)
                                          : QLocale().toString(qlonglong(count)));
        }
    }
}

/// A cell's meaning, or the whole name where only its beginning had room.
QString ConfusionView::wordsAt(QPoint place) const
{
    if (side() == 0)
        return {};
    const QRectF grid = gridRect();
    const double step = grid.width() / side();
    const int column = static_cast<int>(std::floor((place.x() - grid.left()) / step));
    const int row = static_cast<int>(std::floor((place.y() - grid.top()) / step));
    const bool inRow = row >= 0 && row < side(), inColumn = column >= 0 && column < side();
    if (inRow && inColumn)
        return cellWords(row, column);
    if (inRow && place.x() < grid.left())
        return nameOf(row);
    return inColumn && place.y() > grid.bottom() ? nameOf(column) : QString();
}

void ConfusionView::setCell(QPoint cell)
{
    if (cell == m_cell)
        return;
    m_cell = cell;
    Q_EMIT cellChanged(cell.x() < 0 ? QString() : cellWords(cell.y(), cell.x()));
    update();
}

void ConfusionView::mouseMoveEvent(QMouseEvent *event)
{
    const QRectF grid = gridRect();
    if (side() == 0 || !grid.contains(event->position()))
        return setCell({ -1, -1 });
    const double step = grid.width() / side();
    setCell({ std::min(side() - 1, static_cast<int>((event->position().x() - grid.left()) / step)),
              std::min(side() - 1, static_cast<int>((event->position().y() - grid.top()) / step)) });
}

void ConfusionView::leaveEvent(QEvent *event)
{
    QWidget::leaveEvent(event);
    setCell({ -1, -1 });
}

bool ConfusionView::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        auto *help = static_cast<QHelpEvent *>(event);
        const QString words = wordsAt(help->pos());
        if (words.isEmpty())
            event->ignore();
        QToolTip::showText(help->globalPos(), words, this);
        return true;
    }
    return QWidget::event(event);
}

void ConfusionView::keyPressEvent(QKeyEvent *event)
{
    QPoint cell = m_cell.x() < 0 ? QPoint(0, 0) : m_cell;
    switch (event->key()) {
    case Qt::Key_Left:
        cell.rx() -= 1;
        break;
    case Qt::Key_Right:
        cell.rx() += 1;
        break;
    case Qt::Key_Up:
        cell.ry() -= 1;
        break;
    case Qt::Key_Down:
        cell.ry() += 1;
        break;
    default:
        return QWidget::keyPressEvent(event);
    }
    if (side() > 0)
        setCell({ std::clamp(cell.x(), 0, side() - 1), std::clamp(cell.y(), 0, side() - 1) });
}

void ConfusionView::wheelEvent(QWheelEvent *event)
{
    if (!(event->modifiers() & Qt::ControlModifier)) {
        event->ignore();
        return;
    }
    m_zoom = std::clamp(m_zoom * std::pow(1.25, event->angleDelta().y() / 120.0), 1.0, mostZoom);
    for (QWidget *up = parentWidget(); up; up = up->parentWidget()) {
        if (auto *scroll = qobject_cast<QScrollArea *>(up)) {
            const QSize base = scroll->viewport()->size();
            const int length = static_cast<int>(std::min(base.width(), base.height()) * m_zoom);
            setMinimumSize(m_zoom > 1.01 ? QSize(length, length) : QSize(200, 200));
            break;
        }
    }
    event->accept();
}

void ConfusionView::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        rebuild();
}

} // namespace torchdeck::ui

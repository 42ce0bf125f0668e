// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/upload_queue_delegate.h"

#include "ui/theme.h"
#include "ui/upload_queue_model.h"
#include "ui/widgets/basics.h"

#include <QtGui/QMouseEvent>
#include <QtGui/QPainter>

namespace torchdeck::ui {

namespace {

constexpr int padding = 10;
constexpr int buttonSize = 26;
constexpr int pillPadding = 4;
constexpr int maximumErrorLines = 3;

using M = UploadQueueModel;

Tone stateTone(hub::UploadState state)
{
    switch (state) {
    case hub::UploadState::Waiting:
    case hub::UploadState::Paused:
        return Tone::Neutral;
    case hub::UploadState::Sending:
        return Tone::Accent;
    case hub::UploadState::Retrying:
    case hub::UploadState::Offline:
        return Tone::Warning;
    case hub::UploadState::NeedsKey:
    case hub::UploadState::Failed:
        return Tone::Danger;
    }
    return Tone::Neutral;
}

struct Fonts {
    explicit Fonts(const QFont &base)
        : title(scaledFont(base, 1.0, QFont::DemiBold))
        , small(scaledFont(base, 0.88))
        , titleMetrics(title)
        , smallMetrics(small)
    {
    }
    /// The first line holds the title and the state's pill.
    [[nodiscard]] int firstLine() const { return qMax(titleMetrics.height(), smallMetrics.height() + pillPadding); }
    QFont title, small;
    QFontMetrics titleMetrics, smallMetrics;
};

int errorHeight(const Fonts &fonts, const QString &error, int width)
{
    if (error.isEmpty())
        return 0;
    const int wanted =
        fonts.smallMetrics.boundingRect(QRect(0, 0, width, 10000), Qt::TextWordWrap, error).height();
    return qMin(wanted, maximumErrorLines * fonts.smallMetrics.lineSpacing()) + 2;
}

bool showsButtons(const QStyleOptionViewItem &option)
{
    return option.state & (QStyle::State_MouseOver | QStyle::State_Selected);
}

QRect discardRect(const QRect &row)
{
    return { row.right() - padding - buttonSize + 4, row.top() + 5, buttonSize, buttonSize };
}

QRect retryRect(const QRect &row) { return discardRect(row).translated(-buttonSize - 2, 0); }

void paintButton(QPainter &painter, const QRect &rect, const QString &icon, const Theme &theme, bool enabled,
                 qreal ratio)
{
    painter.setPen(QPen(theme.border, 1));
    painter.setBrush(theme.surface);
    painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5);
    painter.setOpacity(enabled ? 1.0 : 0.4);
    painter.drawPixmap(rect.topLeft() + QPoint(5, 5), themedPixmap(icon, theme.text, 16, ratio));
    painter.setOpacity(1.0);
}

void paintState(QPainter &painter, const QRect &line, const QStyleOptionViewItem &option,
                const QModelIndex &index, const Fonts &fonts, int *width)
{
    const auto state = static_cast<hub::UploadState>(index.data(M::StateRole).toInt());
    const QString words = index.data(M::StateWordsRole).toString();
    *width = fonts.smallMetrics.horizontalAdvance(words) + 16;
    const QRect pill(line.right() - *width + 1, line.top(), *width, fonts.smallMetrics.height() + pillPadding);
    painter.setPen(Qt::NoPen);
    painter.setBrush(toneSoftColor(option.palette, stateTone(state)));
    painter.drawRoundedRect(pill, pill.height() / 2.0, pill.height() / 2.0);
    painter.setFont(fonts.small);
    painter.setPen(toneColor(option.palette, stateTone(state)));
    painter.drawText(pill, Qt::AlignCenter, words);
}

} // namespace

UploadQueueDelegate::UploadQueueDelegate(QObject *parent)
    : QStyledItemDelegate(parent)
{
}

QSize UploadQueueDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const Fonts fonts(option.font);
    const int width = qMax(120, option.rect.width() - 2 * padding);
    int height = 2 * padding + fonts.firstLine() + 2 + fonts.smallMetrics.height() + 3;
    height += errorHeight(fonts, index.data(M::ErrorRole).toString(), width);
    height += fonts.smallMetrics.height();
    if (index.data(M::ProgressRole).toDouble() >= 0)
        height += 8;
    return { width, height };
}

void UploadQueueDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option,
                                const QModelIndex &index) const
{
    const Theme &theme = themeFor(option.palette);
    const Fonts fonts(option.font);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    if (option.state & QStyle::State_Selected)
        painter->fillRect(option.rect, theme.accentSoft);
    else if (option.state & QStyle::State_MouseOver)
        painter->fillRect(option.rect, theme.hover);
    painter->setPen(QPen(theme.border, 1));
    painter->drawLine(option.rect.bottomLeft(), option.rect.bottomRight());

    QRect line = option.rect.adjusted(padding, padding, -padding, 0);
    line.setHeight(fonts.firstLine());
    int taken = 0;
    const bool buttons = showsButtons(option);
    if (buttons) {
        const qreal ratio = option.widget ? option.widget->devicePixelRatioF() : 1.0;
        paintButton(*painter, retryRect(option.rect), QStringLiteral("refresh"), theme,
                    index.data(M::CanRetryRole).toBool(), ratio);
        paintButton(*painter, discardRect(option.rect), QStringLiteral("trash"), theme, true, ratio);
        taken = 2 * buttonSize + 4;
    } else {
        paintState(*painter, line, option, index, fonts, &taken);
    }
    painter->setFont(fonts.title);
    painter->setPen(theme.text);
    const QString title = index.sibling(index.row(), M::What).data().toString();
    painter->drawText(line.adjusted(0, 0, -taken - 6, 0), Qt::AlignVCenter,
                      fonts.titleMetrics.elidedText(title, Qt::ElideRight, line.width() - taken - 6));

    line.translate(0, line.height() + 2);
    line.setHeight(fonts.smallMetrics.height());
    QStringList facts;
    for (const int role : { int(M::RunRole), int(M::HistoryRole), int(M::TechnicalRole) }) {
        if (const QString fact = index.data(role).toString(); !fact.isEmpty())
            facts << fact;
    }
    painter->setFont(fonts.small);
    painter->setPen(theme.textMuted);
    const QString factLine = facts.join(QStringLiteral(" \u00b7 "));
    painter->drawText(
        line, Qt::AlignVCenter,
        fonts.smallMetrics.elidedText(factLine, Qt::ElideRight, line.width() - (buttons ? taken : 0)));
    line.translate(0, line.height() + 3);

    const QString error = index.data(M::ErrorRole).toString();
    if (const int height = errorHeight(fonts, error, line.width()); height > 0) {
        painter->setPen(theme.text);
        painter->drawText(QRect(line.topLeft(), QSize(line.width(), height)),
                          Qt::TextWordWrap | Qt::AlignTop | Qt::AlignLeft, error);
        line.translate(0, height);
    }
    const double progress = index.data(M::ProgressRole).toDouble();
    painter->setPen(progress >= 0 ? theme.textMuted : theme.accent);
    const QString next = progress >= 0 ? index.data(M::ProgressWordsRole).toString()
                                       : tr("Next try: %1").arg(index.data(M::NextTryRole).toString());
    painter->drawText(line, Qt::AlignVCenter, next);
    if (progress >= 0) {
        const QRectF track(line.left(), line.bottom() + 4, line.width(), 4);
        painter->setPen(Qt::NoPen);
        painter->setBrush(theme.border);
        painter->drawRoundedRect(track, 2, 2);
        painter->setBrush(theme.accent);
        painter->drawRoundedRect(QRectF(track.topLeft(), QSizeF(track.width() * progress, 4)), 2, 2);
    }
    painter->restore();
}

bool UploadQueueDelegate::editorEvent(QEvent *event, QAbstractItemModel *, const QStyleOptionViewItem &option,
                                      const QModelIndex &index)
{
    if (event->type() != QEvent::MouseButtonRelease)
        return false;
    const auto *mouse = static_cast<QMouseEvent *>(event);
    if (mouse->button() != Qt::LeftButton)
        return false;
    const qint64 id = index.data(M::IdRole).toLongLong();
    if (retryRect(option.rect).contains(mouse->position().toPoint()) && index.data(M::CanRetryRole).toBool())
        Q_EMIT retryClicked(id);
    else if (discardRect(option.rect).contains(mouse->position().toPoint()))
        Q_EMIT discardClicked(id);
    else
        return false;
    return true;
}

} // namespace torchdeck::ui

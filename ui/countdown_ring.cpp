// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/countdown_ring.h"

#include "ui/format.h"
#include "ui/theme.h"

#include <QtGui/QPainter>

#include <algorithm>

namespace torchdeck::ui {

namespace {

constexpr int ringSize = 46;

QString titleOf(CountdownKind kind)
{
    switch (kind) {
    case CountdownKind::Metrics:
        return CountdownRing::tr("Metrics");
    case CountdownKind::Checkpoint:
        return CountdownRing::tr("Checkpoint");
    case CountdownKind::Heartbeat:
        return CountdownRing::tr("Heartbeat");
    }
    return {};
}

QString waitingWords(CountdownKind kind, int waiting)
{
    switch (kind) {
    case CountdownKind::Metrics:
        return waiting > 0 ? CountdownRing::tr("%n epoch(s) waiting", nullptr, waiting)
                           : CountdownRing::tr("nothing waiting");
    case CountdownKind::Checkpoint:
        return waiting > 0 ? CountdownRing::tr("%n checkpoint(s) waiting", nullptr, waiting)
                           : CountdownRing::tr("nothing waiting");
    case CountdownKind::Heartbeat:
        return {};
    }
    return {};
}

QString idleWords(CountdownKind kind, int waiting)
{
    if (waiting > 0)
        return waitingWords(kind, waiting);
    switch (kind) {
    case CountdownKind::Metrics:
        return CountdownRing::tr("sent as epochs finish");
    case CountdownKind::Checkpoint:
        return CountdownRing::tr("sent while a run trains");
    case CountdownKind::Heartbeat:
        return CountdownRing::tr("beats while a run trains");
    }
    return {};
}

QString countingWords(CountdownKind kind, const QString &in)
{
    return kind == CountdownKind::Heartbeat ? CountdownRing::tr("next beat %1").arg(in)
                                            : CountdownRing::tr("next send %1").arg(in);
}

/// The deadline has passed: the next value goes out at once.
QString openWords(CountdownKind kind, int waiting)
{
    switch (kind) {
    case CountdownKind::Metrics:
        return waiting > 0 ? CountdownRing::tr("sending now") : CountdownRing::tr("ready for the next epoch");
    case CountdownKind::Checkpoint:
        return waiting > 0 ? CountdownRing::tr("sending now")
                           : CountdownRing::tr("ready for the next checkpoint");
    case CountdownKind::Heartbeat:
        return CountdownRing::tr("beating now");
    }
    return {};
}

} // namespace

CountdownWords countdownWords(CountdownKind kind, const hub::Countdown &countdown, hub::TimePoint now)
{
    CountdownWords words;
    words.title = titleOf(kind);
    if (!countdown.deadline) {
        words.sentence = idleWords(kind, countdown.waiting);
        return words;
    }
    const auto left = timeLeft(*countdown.deadline, now);
    words.running = true;
    words.counting = left.count() > 0;
    words.clock = countdownClock(left);
    const auto full = std::max<qint64>(1, countdown.interval.count());
    words.fraction = std::clamp(static_cast<double>(left.count()) / static_cast<double>(full), 0.0, 1.0);
    if (!words.counting) {
        words.sentence = openWords(kind, countdown.waiting);
        return words;
    }
    QStringList parts { countingWords(kind, inWords(*countdown.deadline, now)) };
    if (const QString waiting = waitingWords(kind, countdown.waiting); !waiting.isEmpty())
        parts << waiting;
    if (!countdown.cause.isEmpty())
        parts << countdown.cause;
    words.sentence = parts.join(QStringLiteral(", "));
    return words;
}

CountdownRing::CountdownRing(CountdownKind kind, QWidget *parent)
    : QWidget(parent)
    , m_kind(kind)
    , m_words(countdownWords(kind, {}, {}))
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAccessibleName(m_words.title);
}

void CountdownRing::setCountdown(const hub::Countdown &countdown, hub::TimePoint now)
{
    m_countdown = countdown;
    sample(now);
}

void CountdownRing::sample(hub::TimePoint now)
{
    m_words = countdownWords(m_kind, m_countdown, now);
    setAccessibleDescription(m_words.sentence);
    setToolTip(m_words.sentence);
    update();
}

QSize CountdownRing::sizeHint() const { return { 240, std::max(ringSize, 3 * fontMetrics().height()) + 2 }; }

QSize CountdownRing::minimumSizeHint() const { return { 160, sizeHint().height() }; }

void CountdownRing::paintEvent(QPaintEvent *)
{
    const Theme &theme = themeFor(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF circle(2, (height() - ringSize) / 2.0, ringSize - 2, ringSize - 2);
    paintRing(painter, circle);

    const int left = ringSize + space::m;
    const QFont title = scaledFont(font(), 1.0, QFont::DemiBold);
    const QFont words = scaledFont(font(), 0.9);
    const QFontMetrics titleMetrics(title), wordMetrics(words);
    const QRect room(left, 0, width() - left, height());
    const int wordHeight =
        wordMetrics.boundingRect(QRect(0, 0, room.width(), 1000), Qt::TextWordWrap, m_words.sentence)
            .height();
    const int shown = std::min(wordHeight, 2 * wordMetrics.lineSpacing());
    int y = (height() - titleMetrics.height() - shown) / 2;
    painter.setFont(title);
    painter.setPen(theme.text);
    painter.drawText(QRect(room.left(), y, room.width(), titleMetrics.height()), Qt::AlignVCenter,
                     m_words.title);
    y += titleMetrics.height();
    painter.setFont(words);
    painter.setPen(m_countdown.cause.isEmpty() ? theme.textMuted : theme.warning);
    painter.drawText(QRect(room.left(), y, room.width(), shown), Qt::TextWordWrap | Qt::AlignTop,
                     m_words.sentence);
}

void CountdownRing::paintRing(QPainter &painter, const QRectF &circle)
{
    const Theme &theme = themeFor(palette());
    constexpr double thickness = 4;
    const QRectF arc = circle.adjusted(thickness / 2, thickness / 2, -thickness / 2, -thickness / 2);
    painter.setPen(QPen(theme.border, thickness));
    painter.setBrush(Qt::NoBrush);
    painter.drawEllipse(arc);
    if (!m_words.running) {
        painter.setPen(QPen(theme.textFaint, 2, Qt::SolidLine, Qt::RoundCap));
        painter.drawLine(arc.center() - QPointF(4, 0), arc.center() + QPointF(4, 0));
        return;
    }
    const QColor color = m_countdown.cause.isEmpty() ? theme.accent : theme.warning;
    if (m_words.counting) {
        painter.setPen(QPen(color, thickness, Qt::SolidLine, Qt::RoundCap));
        painter.drawArc(arc, 90 * 16, static_cast<int>(m_words.fraction * 360 * 16));
    } else { // open: a full ring in the colour of success, with a tick instead of 0:00
        painter.setPen(QPen(theme.success, thickness));
        painter.drawEllipse(arc);
        painter.drawPixmap(QPointF(arc.center() - QPointF(9, 9)),
                           themedPixmap(QStringLiteral("check"), theme.success, 18, devicePixelRatioF()));
        return;
    }
    painter.setFont(scaledFont(font(),
                               m_words.clock.size() > 5       ? 0.62
                                   : m_words.clock.size() > 4 ? 0.75
                                                              : 0.85,
                               QFont::DemiBold));
    painter.setPen(theme.text);
    painter.drawText(arc, Qt::AlignCenter, m_words.clock);
}

} // namespace torchdeck::ui

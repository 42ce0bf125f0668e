// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/types.h"

#include <QtWidgets/QWidget>

namespace torchdeck::ui {

enum class CountdownKind { Metrics, Checkpoint, Heartbeat };

/// What one countdown says: the name, and a sentence such as "next send in 2 s, 1 epoch waiting".
struct CountdownWords {
    QString title;
    QString sentence;
    QString clock; ///< inside the ring: "0:02"; empty when not running
    double fraction = 0; ///< of the ring that is left, 0..1
    bool running = false; ///< a deadline is set
    bool counting = false; ///< it lies ahead
};
[[nodiscard]] CountdownWords countdownWords(CountdownKind kind, const hub::Countdown &countdown,
                                            hub::TimePoint now);

/// A ring that empties towards the deadline, with words beside it.
class CountdownRing : public QWidget {
    Q_OBJECT
public:
    explicit CountdownRing(CountdownKind kind, QWidget *parent = nullptr);
    void setCountdown(const hub::Countdown &countdown, hub::TimePoint now);
    void sample(hub::TimePoint now);
    [[nodiscard]] bool counting() const { return m_words.counting; }
    [[nodiscard]] const CountdownWords &words() const { return m_words; }
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    void paintRing(QPainter &painter, const QRectF &circle);

    CountdownKind m_kind;
    hub::Countdown m_countdown;
    CountdownWords m_words;
};

} // namespace torchdeck::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// How the window says times, sizes and numbers. Pure functions, in the user's language and locale.

#include "hub/types.h"

#include <QtCore/QString>

namespace torchdeck::ui {

/// "42 s", "3 min 05 s", "2 h 10 min", "3 d 4 h". Negative or non-finite: "-".
[[nodiscard]] QString durationWords(double seconds);
/// For a countdown: "0:42", "14:05", "1:02:09".
[[nodiscard]] QString countdownClock(std::chrono::milliseconds left);
/// Time left until `deadline`, never below zero.
[[nodiscard]] std::chrono::milliseconds timeLeft(hub::TimePoint deadline, hub::TimePoint now);
/// "in 2 s", "in 14 min 05 s"; "now" at and after the deadline. Rounded up, so that it never says 0 too
/// early.
[[nodiscard]] QString inWords(hub::TimePoint deadline, hub::TimePoint now);
/// "812 B", "12.3 MB".
[[nodiscard]] QString bytesWords(qint64 bytes);
/// "1,234".
[[nodiscard]] QString countWords(qint64 value);
/// "0.612": metrics and losses, three digits after the point; "-" for a non-finite number.
[[nodiscard]] QString metricWords(double value);
/// A cell of a CSV table (RFC 4180): in quotes where it holds a comma, a quote or a line break.
[[nodiscard]] QByteArray csvCell(const QString &text);
/// Learning rates and other small numbers: "0.00143", "1.2e-05".
[[nodiscard]] QString compactNumber(double value);

} // namespace torchdeck::ui

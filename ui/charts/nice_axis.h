// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace torchdeck::ui {

/// An axis people can read: bounds on multiples of a step of 1, 2 or 5 times a power of ten.
struct NiceAxis {
    double minimum = 0;
    double maximum = 1;
    double step = 0.5;
    int decimals = 1; ///< digits after the point that tell the ticks apart
    bool scientific = false; ///< steps so small or large that labels need an exponent
    friend bool operator==(const NiceAxis &, const NiceAxis &) = default;
};

/// Axis around [low, high] with about `ticks` steps. `integers` keeps the step at 1 or more (epochs).
/// Non-finite or empty ranges give a usable axis too.
[[nodiscard]] NiceAxis niceAxis(double low, double high, int ticks, bool integers = false);

/// The same ticks, but bounds kept exactly at [low, high] (for a time axis that grows).
[[nodiscard]] NiceAxis tightAxis(double low, double high, int ticks, bool integers = false);

} // namespace torchdeck::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/nice_axis.h"

#include <algorithm>
#include <cmath>

namespace torchdeck::ui {

namespace {

double niceStep(double rough)
{
    const double power = std::pow(10.0, std::floor(std::log10(rough)));
    const double part = rough / power;
    const double nice = part <= 1.0 + 1e-9 ? 1 : part <= 2.0 + 1e-9 ? 2 : part <= 5.0 + 1e-9 ? 5 : 10;
    return nice * power;
}

void fillLabels(NiceAxis &axis)
{
    axis.decimals = std::clamp(static_cast<int>(-std::floor(std::log10(axis.step) + 1e-9)), 0, 12);
    const double largest = std::max(std::abs(axis.minimum), std::abs(axis.maximum));
    axis.scientific = axis.decimals > 4 || largest >= 1e6;
}

} // namespace

NiceAxis tightAxis(double low, double high, int ticks, bool integers)
{
    NiceAxis axis;
    if (!std::isfinite(low) || !std::isfinite(high)) {
        low = 0;
        high = 1;
    }
    if (high < low)
        std::swap(low, high);
    // A flat line is shown in the middle of a small range, not blown up to rounding noise.
    const double smallest = integers ? 1.0 : std::max(1e-9, std::abs(high) * 0.02);
    if (high - low < smallest) {
        low = integers ? low : (low + high - smallest) / 2;
        high = low + smallest;
    }
    axis.step = niceStep((high - low) / std::max(1, ticks));
    if (integers)
        axis.step = std::max(1.0, std::round(axis.step));
    axis.minimum = low;
    axis.maximum = high;
    fillLabels(axis);
    return axis;
}

NiceAxis niceAxis(double low, double high, int ticks, bool integers)
{
    NiceAxis axis = tightAxis(low, high, ticks, integers);
    axis.minimum = std::floor(axis.minimum / axis.step + 1e-9) * axis.step;
    axis.maximum = std::ceil(axis.maximum / axis.step - 1e-9) * axis.step;
    if (axis.maximum <= axis.minimum)
        axis.maximum = axis.minimum + axis.step;
    fillLabels(axis);
    return axis;
}

} // namespace torchdeck::ui

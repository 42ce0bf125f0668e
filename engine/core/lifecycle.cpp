// SPDX-License-Identifier: GPL-3.0-or-later
#include "torchdeck/engine/lifecycle.h"

namespace torchdeck::engine {

double metricValue(const Metrics &metrics, std::string_view key, double fallback)
{
    for (const auto &[name, value] : metrics) {
        if (name == key)
            return value;
    }
    return fallback;
}

} // namespace torchdeck::engine

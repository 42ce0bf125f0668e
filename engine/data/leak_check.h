// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/data/dataset.h"
#include "engine/data/problem.h"

#include <stop_token>
#include <vector>

namespace torchdeck::engine {

/// Validation images that are also training images, by path or by content: they make the metrics look better
/// than they are.
[[nodiscard]] std::vector<ScanProblem> findLeaks(const std::vector<Sample> &train,
                                                 const std::vector<Sample> &val, std::stop_token stop);

} // namespace torchdeck::engine

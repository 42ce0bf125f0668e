// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/data/batch.h"
#include "engine/eval/matching.h"

#include <vector>

namespace torchdeck::engine {

/// Sees every batch of an evaluation with what was found in it, in pixels of the network's input.
class EvaluationListener {
public:
    virtual ~EvaluationListener() = default;
    virtual void onBatch(const Batch &batch, std::int64_t index,
                         const std::vector<std::vector<Detection>> &detections) = 0;
};

} // namespace torchdeck::engine

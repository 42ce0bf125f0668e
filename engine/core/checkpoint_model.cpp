// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/checkpoint_model.h"

#include "engine/core/memory_budget.h"
#include "engine/core/weight_transfer.h"
#include "engine/nn/start_weights.h"

namespace torchdeck::engine {

std::shared_ptr<nn::DetectionModel> modelOf(const Checkpoint &checkpoint)
{
    constexpr std::int64_t slack = 64 << 20; // for what is made on the way
    std::int64_t values = 0;
    for (const auto &[name, tensor] : checkpoint.ema)
        values += tensor.numel();
    const nn::StartWeights overwritten; // before the budget: giving the generator back must not be refused
    const MemoryBudget budget(
        slack + 3 * values * static_cast<std::int64_t>(sizeof(float)),
        EngineError(ErrorKind::Argument,
                    "The checkpoint describes a model far larger than the weights in it: it is damaged.", "model"));
    return std::make_shared<nn::DetectionModel>(specOf(checkpoint),
                                                static_cast<std::int64_t>(checkpoint.classNames.size()));
}

} // namespace torchdeck::engine

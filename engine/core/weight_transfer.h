// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/core/checkpoint.h"
#include "engine/nn/model.h"

namespace torchdeck::engine {

/// The spec of a checkpoint's model. The width of the class branch depends on the number of classes a model
/// was first made for and outlives a change of it, so it is read off the weights.
[[nodiscard]] nn::ModelSpec specOf(const Checkpoint &checkpoint);

/// Gives `spec` the class branch width of `source`, so that fine-tuning keeps the branch's hidden layers,
/// when the head's inputs are as wide in both; `classes` of the new model.
void adoptClassWidth(nn::ModelSpec &spec, const Checkpoint &source, std::int64_t classes);

struct WeightTransfer {
    std::size_t taken = 0, total = 0; ///< tensors of the model
    std::size_t classesByName = 0; ///< class rows found under their name
};

/// Starts `model` from a checkpoint: every tensor whose name and shape match. With `byName`, rows of the
/// class layers follow the class names where the two lists differ; classes without a namesake keep their
/// start values.
WeightTransfer transferWeights(nn::DetectionModel &model, const Checkpoint &source,
                               const std::vector<std::string> &classNames, bool byName);

} // namespace torchdeck::engine

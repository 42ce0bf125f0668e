// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/train_config.h"

#include <torch/nn/module.h>

namespace torchdeck::engine {

/// The layers that `freeze` names. Their parameters are not trained and their normalisation keeps its
/// statistics; the fixed convolution of the box distribution is always among them.
class FrozenLayers {
public:
    explicit FrozenLayers(const TrainConfig &config);

    /// Switches gradients off. Throws EngineError (Argument, "freeze") for a layer that the model has not,
    /// and when nothing would be left to train.
    void freeze(torch::nn::Module &model) const;
    /// After each train(): the frozen normalisation layers go back to evaluation.
    void holdStatistics(torch::nn::Module &model) const;

private:
    [[nodiscard]] bool names(const std::string &member) const;

    std::vector<std::string> m_prefixes; ///< "model.22.cv2."
};

} // namespace torchdeck::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/nn/model.h"

#include <c10/core/Device.h>

namespace torchdeck::engine {

/// A checkpoint made ready to run: weights on the device, eval mode.
struct LoadedModel {
    std::shared_ptr<nn::DetectionModel> model;
    std::vector<std::string> names;
    TrainConfig trainedWith;
    c10::Device device { c10::kCPU };

    /// `asked` (0 = as trained) rounded up to the stride.
    [[nodiscard]] int imageSize(int asked) const;
};

/// Throws EngineError: no such file, not a checkpoint, no such device.
[[nodiscard]] LoadedModel loadModel(const std::string &checkpoint, const std::string &device);

} // namespace torchdeck::engine

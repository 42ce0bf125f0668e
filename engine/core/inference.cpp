// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/inference.h"

#include "engine/core/checkpoint.h"
#include "engine/core/checkpoint_model.h"
#include "engine/core/devices.h"

namespace torchdeck::engine {

int LoadedModel::imageSize(int asked) const
{
    const int stride = static_cast<int>(model->strides().back());
    const int size = asked > 0 ? asked : trainedWith.imgsz;
    return (size + stride - 1) / stride * stride;
}

LoadedModel loadModel(const std::string &checkpoint, const std::string &device)
{
    LoadedModel loaded;
    const Checkpoint c = loadCheckpoint(checkpoint, "model");
    loaded.device = chooseDevice(device);
    loaded.names = c.classNames;
    loaded.trainedWith = c.config;
    loaded.model = modelOf(c);
    loadState(*loaded.model, c.ema);
    loaded.model->to(loaded.device);
    loaded.model->eval();
    return loaded;
}

} // namespace torchdeck::engine

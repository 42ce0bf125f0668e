// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/data/batch.h"
#include "engine/eval/matching.h"

#include <filesystem>
#include <string>
#include <vector>

namespace torchdeck::engine::plots {

/// What to write on one image of a batch.
struct PictureBox {
    float x1 = 0, y1 = 0, x2 = 0, y2 = 0; ///< pixels of the batch
    int classId = 0;
    float confidence = -1; ///< negative: ground truth, no number is shown
};

struct BatchPicture {
    const Batch *batch = nullptr;
    std::vector<std::vector<PictureBox>> boxes; ///< one list an image
    std::vector<std::string> titles; ///< one an image
};

/// Up to sixteen images of the batch side by side, longest side at most 1920 pixels. Throws EngineError
/// (Storage).
void writeBatchPicture(const std::filesystem::path &file, const BatchPicture &picture,
                       const std::vector<std::string> &names);

} // namespace torchdeck::engine::plots

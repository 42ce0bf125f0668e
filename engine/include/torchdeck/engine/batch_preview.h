// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/train_config.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace torchdeck::engine {

struct PreviewBox {
    int classId = 0;
    float x1 = 0, y1 = 0, x2 = 0, y2 = 0; ///< pixels of the preview image
};

/// A training image as the network gets it.
struct PreviewImage {
    int number = 0; ///< 0-based place in the epoch
    int width = 0, height = 0;
    std::shared_ptr<const std::vector<std::uint8_t>> rgb; ///< [height, width, 3], never null
    std::vector<PreviewBox> boxes;
    std::filesystem::path source; ///< the file it begins with; mosaic and mixing add others
};

/// What the images of a preview have in common.
struct PreviewFacts {
    std::vector<std::string> classNames;
    std::int64_t trainImages = 0;
    int epoch = 0; ///< 0-based
    int imgsz = 0; ///< after rounding to the model's stride
    bool mosaicClosed = false; ///< by close_mosaic, in this epoch
    int smallest = 0, largest = 0; ///< sides to which multi_scale resizes batches afterwards; 0 = it does not
    std::vector<std::string> problems; ///< images that could not be decoded; others stand in for them
};

/// Makes the first images of an epoch as a run with the same arguments would train on them, with the run's own
/// loader: same pixels, same boxes (a checkpoint as `model` counts as one of stride 32). No torch. The index of
/// the data set is kept for the next call; one call at a time.
class BatchPreviewer {
public:
    BatchPreviewer();
    ~BatchPreviewer();
    BatchPreviewer(const BatchPreviewer &) = delete;
    BatchPreviewer &operator=(const BatchPreviewer &) = delete;

    /// The first `count` images of epoch `epoch` (0-based), each given to `show` on this thread, in order. Blocking;
    /// a stop is obeyed between two images. Throws EngineError: Argument or Dataset, with the field to blame.
    PreviewFacts make(const TrainConfig &config, int epoch, int count,
                      const std::function<void(PreviewImage)> &show, const std::stop_token &stop);
    void forget(); ///< the data set is read again by the next call

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace torchdeck::engine

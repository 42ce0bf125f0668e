// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/predictor.h"

#include <memory>
#include <stop_token>

namespace torchdeck::engine {

/// A checkpoint kept in memory for one image after the other, for a service that answers many requests. One thread at a
/// time.
class ImagePredictor {
public:
    /// Reads the checkpoint, some hundred milliseconds. Throws EngineError (Argument; field "model": not a checkpoint
    /// or not one of a detector, field "device").
    ImagePredictor(const std::filesystem::path &checkpoint, const std::string &device);
    ~ImagePredictor();
    ImagePredictor(const ImagePredictor &) = delete;
    ImagePredictor &operator=(const ImagePredictor &) = delete;

    [[nodiscard]] int trainedSize() const; ///< pixels, the imgsz it was trained with

    /// Finds objects in an image file of an unknown sender: JPEG, PNG or WebP by its content, whole, and of at most
    /// `maxPixels`; nothing else is decoded. Takes imgsz, conf, iou, maxDet, classes, rect and agnosticNms of `how`.
    /// Throws EngineError (Argument; field "source": the image, sentences without its path; else the
    /// argument's name; Resources, "imgsz": more than 4 GiB of memory would be needed; Resources without a field: `stop` was
    /// requested, which ends it between two layers).
    [[nodiscard]] ImagePredictions predict(const std::filesystem::path &image, const PredictConfig &how,
                                           std::stop_token stop = {});

    static constexpr std::int64_t maxPixels = 64'000'000;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace torchdeck::engine

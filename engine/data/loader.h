// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/data/batch.h"
#include "engine/data/dataset.h"
#include "torchdeck/engine/train_config.h"

#include <memory>
#include <optional>

namespace torchdeck::engine {

/// Augmentation of one training image; values are TrainConfig's.
struct AugmentOptions {
    double hsvH = 0.015, hsvS = 0.7, hsvV = 0.4;
    double degrees = 0, translate = 0.1, scale = 0.5, shear = 0, perspective = 0;
    double flipud = 0, fliplr = 0.5, bgr = 0;
    double scaleLow = 0, scaleHigh = 0; ///< factors instead of 1 -+ scale, when high > 0
    double mosaic = 1.0, mixup = 0, cutmix = 0;
    double copyPaste = 0; ///< only where labels have outlines
    bool copyPasteMixup = false; ///< from another image instead of the mirrored one
};

struct LoaderOptions {
    int batch = 16;
    int imgsz = 640;
    int stride = 32;
    int threads = 2; ///< prefetch threads, >= 1
    int prefetch = 4; ///< batches kept ready
    bool training =
        true; ///< shuffle and augment; otherwise rectangular letterboxed batches, pad 0.5, in order
    bool rect = true; ///< validation only: batches shaped by aspect ratio; false = square
    bool rectTraining = false; ///< the same for training: no mosaic or mixing, and no shuffling
    std::string cache = "auto";
    std::uint64_t seed = 0;
    /// Of `ranks` processes that share every batch this is number `rank`: it makes the images rank, rank + ranks,
    /// ... of a batch, as one process would make them. A small last batch may leave a rank none.
    int rank = 0, ranks = 1;
    bool keepImages = true; ///< false: hardly any decoded image is kept, whatever `cache` says (a preview)
    int neighbourBatch = 0; ///< `batch` as mosaic neighbours in very large sets go by it; 0 = batch
    /// Batches come without pixels, with what to make them from (Batch::unfinished): the same images with the same labels, for
    /// a device that warps faster than the loader's threads. They then read and decode, and lay mosaics side by side.
    bool composeLater = false;
    AugmentOptions augment;
};

/// Prefetching loader. Everything an image depends on comes from (seed, epoch, position), so batches are the
/// same for any number of threads. Start an epoch, then take its batches; an exception in a loader thread is
/// rethrown by next(). One consumer thread.
class Loader {
public:
    Loader(std::shared_ptr<const Dataset> dataset, LoaderOptions options);
    ~Loader(); ///< stops and joins the threads, also mid-epoch
    Loader(const Loader &) = delete;
    Loader &operator=(const Loader &) = delete;

    [[nodiscard]] std::int64_t batches() const; ///< per epoch, the last may be smaller
    [[nodiscard]] std::int64_t images() const;

    /// Begins epoch `epoch` (any order: resume starts late). `mosaic` false closes mosaic (and all that mixes
    /// images) for this epoch. `attempt` above 0 repeats an epoch with other images and augmentation.
    void startEpoch(int epoch, bool mosaic = true, int attempt = 0);
    /// Starts preparing epoch `epoch` in the background before startEpoch() asks for it (while validation
    /// runs); a startEpoch() with other arguments drops what was prepared.
    void prepareEpoch(int epoch, bool mosaic = true);
    /// Next batch of the epoch, or nothing at its end.
    [[nodiscard]] std::optional<Batch> next();
    /// Images that could not be decoded so far (each once), with the reason; they are replaced, not trained
    /// on.
    [[nodiscard]] std::vector<std::string> problems() const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace torchdeck::engine

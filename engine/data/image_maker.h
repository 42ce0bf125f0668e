// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/data/augment.h"
#include "engine/data/epoch_plan.h"
#include "engine/data/image_store.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace torchdeck::engine {

/// Makes single images of batches: augmented for training, letterboxed for validation. Thread-safe.
class ImageMaker {
public:
    ImageMaker(std::shared_ptr<const Dataset> dataset, const LoaderOptions &options);

    /// Writes RGB pixels of `shape` to `pixels`, or, when that is null, gives what they are to be made from
    /// (MadeImage::unfinished). The result depends only on (seed, key, order, position).
    [[nodiscard]] MadeImage make(const EpochKey &key, const std::vector<std::size_t> &order,
                                 std::int64_t position, PixelSize shape, std::uint8_t *pixels);
    [[nodiscard]] std::vector<std::string> problems() const { return m_store.problems(); }

private:
    /// The image, or the next one in the set that can be decoded. Throws EngineError when none can.
    [[nodiscard]] SourceImage usable(std::size_t index, std::size_t &used);
    [[nodiscard]] std::size_t neighbourOf(const std::vector<std::size_t> &order, std::int64_t position,
                                          Rng &rng) const;
    [[nodiscard]] MadeImage planForTraining(const EpochKey &key, const std::vector<std::size_t> &order,
                                            std::int64_t position, PixelSize shape, cv::Mat &target,
                                            ImageRecipe &recipe);
    [[nodiscard]] MadeImage planForValidation(std::size_t index, PixelSize shape, ImageRecipe &recipe);

    std::shared_ptr<const Dataset> m_dataset;
    LoaderOptions m_options;
    std::int64_t m_window = 0; ///< neighbours come from this many last positions; 0 = from the whole set
    ImageStore m_store;
};

} // namespace torchdeck::engine

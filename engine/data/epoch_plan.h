// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// One epoch of a loader: the order of its images, which of them are being made, and the batches that are
// ready. Nothing here locks: the loader calls it under its mutex (except batchAt() and the const accessors of
// fixed values).

#include "engine/data/batch.h"
#include "engine/data/geometry.h"
#include "engine/data/loader.h"

#include <cstdint>
#include <exception>
#include <memory>
#include <vector>

namespace torchdeck::engine {

/// Batch shapes of an epoch; the order of the images where it is fixed.
struct BatchShapes {
    std::vector<std::size_t> order; ///< validation and rectangular training only
    std::vector<PixelSize> shapes; ///< one per batch
};
[[nodiscard]] BatchShapes batchShapes(const Dataset &dataset, const LoaderOptions &options);

/// Which pass over the data: everything random is drawn from its stream.
struct EpochKey {
    int epoch = 0;
    bool mosaic = true;
    int attempt = 0; ///< above 0: the epoch is repeated with other random numbers
    [[nodiscard]] std::uint64_t stream() const
    {
        return static_cast<std::uint64_t>(epoch) + (static_cast<std::uint64_t>(attempt) << 32);
    }
    friend bool operator==(const EpochKey &, const EpochKey &) = default;
};

/// Sample indices in the order of an epoch.
[[nodiscard]] std::vector<std::size_t> epochOrder(const Dataset &dataset, const LoaderOptions &options,
                                                  const BatchShapes &shapes, const EpochKey &key);

/// One made image, apart from its pixels.
struct MadeImage {
    std::vector<BoxLabel> labels;
    ImageGeometry geometry;
    UnfinishedImage unfinished; ///< when composed later
};

struct BatchInWork {
    PixelSize shape;
    std::vector<std::uint8_t> pixels; ///< allocated when the first image is taken, unless composed later
    std::vector<MadeImage> slots;
    std::size_t waiting = 0; ///< images not made yet
    /// Null when composed later.
    [[nodiscard]] std::uint8_t *pixelsOf(std::size_t slot)
    {
        return pixels.empty() ? nullptr : pixels.data()
            + slot * 3 * static_cast<std::size_t>(shape.width) * static_cast<std::size_t>(shape.height);
    }
};

class EpochPlan {
public:
    EpochPlan(const EpochKey &key, std::vector<std::size_t> order, const LoaderOptions &options,
              const BatchShapes &shapes);

    [[nodiscard]] const EpochKey &key() const { return m_key; }
    [[nodiscard]] const std::vector<std::size_t> &order() const { return m_order; }

    /// Hands out the next image unless its batch lies `ahead` or more batches beyond the consumer.
    bool takePosition(std::int64_t ahead, std::int64_t &position);
    [[nodiscard]] bool allTaken() const { return m_taken == static_cast<std::int64_t>(m_order.size()); }
    [[nodiscard]] std::int64_t unconsumedBatches() const;
    [[nodiscard]] BatchInWork &batchAt(std::int64_t position);
    /// Where the image lies in its batch here.
    [[nodiscard]] std::size_t slotAt(std::int64_t position) const;
    /// True when the consumer should look: a batch became complete, or an image failed.
    bool imageDone(std::int64_t position, const std::exception_ptr &error);

    [[nodiscard]] bool consumed() const { return m_consumed == static_cast<std::int64_t>(m_batches.size()); }
    [[nodiscard]] bool nextReady() const;
    [[nodiscard]] const std::exception_ptr &error() const { return m_error; }
    [[nodiscard]] Batch takeBatch();

private:
    void skipOthers(); ///< from m_taken to this rank's next image

    EpochKey m_key;
    std::vector<std::size_t> m_order;
    std::int64_t m_batchSize;
    std::int64_t m_rank, m_ranks;
    bool m_composeLater;
    std::vector<BatchInWork> m_batches;
    std::int64_t m_taken = 0, m_consumed = 0;
    std::exception_ptr m_error;
};
using PlanPtr = std::shared_ptr<EpochPlan>;

} // namespace torchdeck::engine

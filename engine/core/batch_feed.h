// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/core/side_stream.h"
#include "engine/data/loader.h"

#include <optional>

namespace torchdeck::engine {

struct FedBatch {
    Batch batch;
    at::Tensor images; ///< [B, 3, H, W] as imagesToTensor() gives them; undefined: not made yet
};

/// Takes a loader's batches to the device. `ahead`: one batch is copied (and augmented) on a stream of its own while the batch
/// before it is trained; what a GPU wants. Otherwise batches pass as they are. One thread.
class BatchFeed {
public:
    BatchFeed(Loader &loader, const c10::Device &device, bool ahead);

    /// Before the first batch of an epoch that the loader has started.
    void restart();
    /// The next batch; none at the end of the epoch. What the loader throws goes through.
    [[nodiscard]] std::optional<FedBatch> next();
    /// Begins with the batch after it. To be called when the work of the present one is queued; may wait for the loader.
    void stage();

private:
    [[nodiscard]] std::optional<FedBatch> fetch();

    Loader &m_loader;
    c10::Device m_device;
    bool m_ahead;
    SideStream m_side;
    std::optional<FedBatch> m_staged;
    bool m_ended = false;
};

} // namespace torchdeck::engine

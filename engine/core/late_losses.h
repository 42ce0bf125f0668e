// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Event.h>

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

namespace torchdeck::engine {

/// What there is to tell of a batch beside its losses.
struct BatchNote {
    std::int64_t index = 0; ///< in its epoch
    std::int64_t images = 0, instances = 0;
    int width = 0; ///< of the network's input, pixels
    bool stepped = false; ///< the optimizer stepped after it
};

struct BatchLosses {
    BatchNote note;
    std::array<double, 3> items {}; ///< box, cls, dfl
};

/// Losses of batches, in order, read from the device when it has got that far: to ask for those of the batch just queued would
/// make the caller wait for it, and the device then for the caller. One thread.
class LateLosses {
public:
    /// Queues a copy of items [3].
    void push(const at::Tensor &items, const BatchNote &note);
    /// The oldest ones unless no more than `mayWait` are under way; waits for them where the device is not there yet.
    [[nodiscard]] std::optional<BatchLosses> take(std::size_t mayWait);
    void clear() { m_underWay.clear(); }

private:
    struct UnderWay {
        BatchNote note;
        at::Tensor host;
        std::unique_ptr<c10::Event> copied; ///< none: it was on the CPU
    };
    std::deque<UnderWay> m_underWay;
};

} // namespace torchdeck::engine

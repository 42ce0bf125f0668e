// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Event.h>
#include <c10/core/Stream.h>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace torchdeck::engine {

/// A second queue of a GPU's work, which goes on beside the first. On the CPU work is done at once and there is nothing to
/// wait for. One thread.
class SideStream {
public:
    explicit SideStream(const c10::Device &device);

    /// Calls `work`; its tensor operations go to the side stream.
    void run(const std::function<void()> &work);
    /// What comes next on the current stream waits for all that has been run, and may use `made`, which was made there.
    void join(const std::vector<at::Tensor> &made);

private:
    std::optional<c10::Stream> m_stream; ///< none on the CPU
    std::unique_ptr<c10::Event> m_done;
};

} // namespace torchdeck::engine

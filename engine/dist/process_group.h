// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/error.h"
#include "torchdeck/engine/ranks.h"

#include <ATen/core/Tensor.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace torchdeck::engine {

/// Another process of the training is gone or silent; what() says so in one sentence.
class RankFailure : public EngineError {
public:
    using EngineError::EngineError;
};

/// The processes of one training: LibTorch's c10d over Gloo (TCP); sums of GPU tensors over NCCL, see useDevice(). Every rank
/// must make the same calls in the same order, from one thread at a time. A peer that dies closes its connections, so every call that waits
/// throws RankFailure at once; a peer that hangs is given up after the call's patience.
class ProcessGroup {
public:
    static constexpr std::chrono::seconds connectPatience { 30 };
    /// A step of a slow peer: its loader, its first kernels.
    static constexpr std::chrono::seconds stepPatience { 600 };
    /// A sum over GPUs when all ranks have queued it: only a rank that is gone takes longer.
    static constexpr std::chrono::seconds devicePatience { 20 };
    /// While rank 0 reads the data set or validates, which may take long.
    static constexpr std::chrono::hours longPatience { 24 };

    /// Meets the others at ranks.address:port. Throws RankFailure when they are not there in connectPatience.
    explicit ProcessGroup(const Ranks &ranks);
    ~ProcessGroup(); ///< closes the connections
    ProcessGroup(const ProcessGroup &) = delete;
    ProcessGroup &operator=(const ProcessGroup &) = delete;

    [[nodiscard]] const Ranks &ranks() const { return m_ranks; }
    [[nodiscard]] bool isMain() const { return m_ranks.rank == 0; }

    /// Before the first sum, with the device of this rank: sums of GPU tensors go over NCCL where every rank can (its CUDA
    /// module was built with it), else over Gloo by way of the CPU. NCCL does not notice that a peer is gone.
    void useDevice(const c10::Device &device);
    /// Before the first wait for sums that this rank has queued: returns when all ranks have queued theirs. Needed by NCCL alone.
    void meet();

    /// A sum that is under way.
    class Pending {
    public:
        void wait(); ///< throws RankFailure; over NCCL, when it is not done in devicePatience

    private:
        friend class ProcessGroup;
        struct Work;
        std::shared_ptr<Work> m_work;
    };
    /// Starts adding `tensor` (contiguous) up over the ranks, in place.
    [[nodiscard]] Pending startSum(const at::Tensor &tensor);
    void sum(const at::Tensor &tensor) { startSum(tensor).wait(); }
    /// Rank 0's values into `tensor` of every rank; any layout.
    void broadcast(at::Tensor tensor);
    [[nodiscard]] std::string broadcastText(std::string text);
    /// Every rank's values, by rank; all give the same number of them.
    [[nodiscard]] std::vector<std::vector<double>>
    gather(const std::vector<double> &values, std::chrono::milliseconds patience = stepPatience);

private:
    struct Impl;
    Ranks m_ranks;
    std::unique_ptr<Impl> m_impl;
};

} // namespace torchdeck::engine

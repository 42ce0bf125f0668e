// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/dist/process_group.h"

#include <torch/nn/module.h>

#include <memory>

namespace torchdeck::engine {

/// Gradients of one model, averaged over the ranks while backward still goes on (Li et al. 2020, "PyTorch
/// Distributed: Experiences on Accelerating Data Parallel Training"): parameters are grouped into buckets, last
/// layers first, and a bucket's all-reduce starts from the hook of its last gradient. One training thread.
class DataParallel {
public:
    explicit DataParallel(const Ranks &ranks); ///< connects; throws RankFailure
    ~DataParallel();

    [[nodiscard]] ProcessGroup &group() { return m_group; }
    [[nodiscard]] const Ranks &ranks() const { return m_group.ranks(); }
    [[nodiscard]] bool isMain() const { return m_group.isMain(); }

    /// Takes rank 0's parameters and buffers and hooks the parameters that are trained.
    void attach(torch::nn::Module &model);
    /// Rank 0's parameters and buffers again.
    void synchronise(torch::nn::Module &model);

    /// Before each backward, on every rank, then the backward (or none: a rank without images), then
    /// finishBackward(), after which grad() is the mean over the ranks of what each rank had accumulated. As all
    /// ranks had the same gradients before, those stay; a parameter without gradient anywhere keeps none.
    void beginBackward();
    void finishBackward();

    /// With TORCHDECK_RANK_TRACE=FOLDER (for tests): appends the iteration and a hash of the parameters' bits to
    /// FOLDER/rank<N>.txt.
    void traceParameters(const torch::nn::Module &model, std::int64_t iteration) const;

private:
    struct Reducer;
    ProcessGroup m_group;
    std::shared_ptr<Reducer> m_reducer;
};

} // namespace torchdeck::engine

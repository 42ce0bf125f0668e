// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <mutex>

namespace torchdeck::engine::nn {

/// While it lives, this thread alone builds models. LibTorch draws the start values of every module from the process's
/// one generator: a prediction that builds its model just then would change the weights that a training's seed gives.
/// Whoever makes a DetectionModel holds one. Any thread, not twice in one.
class StartWeights {
public:
    explicit StartWeights(std::uint64_t seed); ///< they count: drawn from this seed
    StartWeights(); ///< they are overwritten: nobody's random numbers move
    ~StartWeights();
    StartWeights(const StartWeights &) = delete;
    StartWeights &operator=(const StartWeights &) = delete;

private:
    std::unique_lock<std::mutex> m_alone;
    at::Tensor m_before; ///< the generator's state, where it goes back to
};

} // namespace torchdeck::engine::nn

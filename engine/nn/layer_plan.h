// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/nn/model_spec.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace torchdeck::engine::nn {

/// The activation after every Conv.
struct Activation {
    enum class Kind { SiLU, ReLU, ReLU6, LeakyReLU, Hardswish, Mish, GELU, ELU };
    Kind kind = Kind::SiLU;
    double slope = 0.01; ///< LeakyReLU, ELU's alpha
};

/// A feature map of a square image.
struct MapShape {
    std::int64_t channels = 0;
    std::int64_t size = 0; ///< height = width, in cells
};

/// Map size after a convolution; 0 when the kernel does not fit.
[[nodiscard]] std::int64_t convolvedSize(std::int64_t size, std::int64_t kernel, std::int64_t stride,
                                         std::int64_t padding, std::int64_t dilation);

/// One layer after scaling: what to build and what it is fed with. Its options were checked by the module's
/// rule.
struct LayerPlan {
    int index = 0;
    std::vector<int> from; ///< absolute layer indices; -1 = the image
    std::string module;
    int copies = 1; ///< > 1: a sequence of equal modules (modules without a repeats argument of their own)
    std::vector<std::int64_t> inChannels; ///< one per `from`
    std::int64_t outChannels = 0; ///< 0 for a head
    std::map<std::string, double> options; ///< by the rule: "k", "s", "n", "shortcut" ...
    int line = 0;

    [[nodiscard]] double number(const std::string &name) const { return options.at(name); }
    [[nodiscard]] std::int64_t integer(const std::string &name) const
    {
        return static_cast<std::int64_t>(options.at(name));
    }
    [[nodiscard]] bool flag(const std::string &name) const { return options.at(name) != 0.0; }
};

/// A whole network, ready to be built: every channel, repeat and connection is known.
struct NetworkPlan {
    std::vector<LayerPlan> layers; ///< the last one is the head
    std::vector<std::int64_t> strides; ///< of the head's levels, pixels per cell, rising
    Activation activation;
};

/// Scales `spec` for `nc` classes and `channels` image channels. Torch-free. Throws EngineError (Argument,
/// "model") with file:line for unknown modules, bad arguments and maps that do not fit together.
[[nodiscard]] NetworkPlan planNetwork(const ModelSpec &spec, std::int64_t nc, std::int64_t channels = 3);

/// Names of all modules a spec may use, sorted.
[[nodiscard]] std::vector<std::string> knownModules();

/// The name in `names` nearest to `name` by edit distance, or empty when none is near (a third of its
/// length).
[[nodiscard]] std::string nearestName(std::string_view name, std::span<const std::string> names);

} // namespace torchdeck::engine::nn

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace torchdeck::engine::nn {

/// A YAML argument: null, bool, integer, float, text or list of integers.
using SpecValue =
    std::variant<std::monostate, bool, std::int64_t, double, std::string, std::vector<std::int64_t>>;

/// One row `[from, repeats, module, args]` of the field's YAML grammar, before scaling.
struct SpecLayer {
    std::vector<int> from; ///< -1 = previous layer, else absolute index
    int repeats = 1;
    std::string module;
    std::vector<SpecValue> args;
    int line = 0; ///< 1-based in the file, for messages
};

struct ModelScale {
    double depth = 1, width = 1;
    std::int64_t maxChannels = 1024;
};

/// An architecture as written: `nc`, `scales`, `backbone`, `head`. Torch-free.
struct ModelSpec {
    std::string name; ///< "yolov8n": family stem plus scale letter
    std::string file; ///< what messages call it: the path given, or "yolov8n.yaml"
    std::string scaleName; ///< "n"; empty when neither the name nor the file gives one
    ModelScale scale;
    std::int64_t nc = 80;
    std::int64_t regMax = 16; ///< DFL bins; 1 = no DFL
    std::int64_t classWidth = 0; ///< channels of the head's class branch; 0 = by the number of classes
    bool end2end = false; ///< a second, one-to-one head beside the usual one
    std::string activation; ///< empty = SiLU
    std::vector<SpecLayer> backbone, head;
    std::string yaml; ///< the text it came from, kept in checkpoints
};

/// `name` is a built-in ("yolov8n.yaml", "yolov8n", any of n/s/m/l/x) or a user's file; "yolov8n.yaml" that
/// does not exist as a file is read from yolov8.yaml with scale n. Throws EngineError (Argument, "model"):
/// unknown model (with the built-in names), broken YAML or unknown module with file:line.
[[nodiscard]] ModelSpec loadModelSpec(const std::string &name);
/// From kept text (checkpoints): `name` still carries the scale letter.
[[nodiscard]] ModelSpec parseModelSpec(const std::string &yaml, const std::string &name);
[[nodiscard]] std::vector<std::string> builtinModelNames();

} // namespace torchdeck::engine::nn

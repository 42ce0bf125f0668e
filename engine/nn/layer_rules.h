// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// The torch-free half of the module registry: what arguments a module takes and what comes out of it. The
// other half (builders, by the same names) is in block_builders.cpp; a test holds the two together.

#include "engine/nn/layer_plan.h"

#include <optional>

namespace torchdeck::engine::nn {

constexpr std::int64_t kMaxChannels = 16384;

/// What a rule sees: the row as written, its inputs, and the plan it fills in.
class RuleContext {
public:
    RuleContext(const ModelSpec &spec, const SpecLayer &row, std::int64_t nc, std::vector<MapShape> inputs,
                LayerPlan &plan);

    [[nodiscard]] const std::vector<MapShape> &inputs() const { return m_inputs; }
    [[nodiscard]] const ModelSpec &spec() const { return m_spec; }
    [[nodiscard]] int repeats() const { return m_repeats; } ///< after depth scaling
    [[nodiscard]] LayerPlan &plan() { return m_plan; }
    [[nodiscard]] std::size_t arguments() const { return m_row.args.size(); } ///< as many as the row gives
    [[nodiscard]] bool uses(std::string_view module) const; ///< any row of the model
    MapShape output; ///< filled in by the rule

    /// Argument `position` within [minimum, maximum]; absent or null = `fallback`, or an error when there is
    /// none.
    std::int64_t integer(std::size_t position, const char *what, std::optional<std::int64_t> fallback,
                         std::int64_t minimum, std::int64_t maximum);
    double number(std::size_t position, const char *what, double fallback, double minimum, double maximum);
    bool flag(std::size_t position, const char *what, bool fallback);
    std::string text(std::size_t position, const char *what, const std::string &fallback);
    /// Output channels: argument `position`, limited and widened by the model's scale to a multiple of 8.
    std::int64_t scaledChannels(std::size_t position);
    /// Refuses arguments behind the last one a module knows.
    void atMost(std::size_t count);
    [[noreturn]] void fail(const std::string &sentence) const;

private:
    [[nodiscard]] const SpecValue *argument(std::size_t position) const;

    const ModelSpec &m_spec;
    const SpecLayer &m_row;
    std::int64_t m_nc;
    std::vector<MapShape> m_inputs;
    LayerPlan &m_plan;
    int m_repeats = 1;
};

struct ModuleRule {
    const char *name;
    bool manyInputs; ///< takes a list of maps
    bool ownRepeats; ///< `repeats` goes into the module instead of stacking copies of it
    bool head; ///< ends the network
    void (*apply)(RuleContext &context);
};

[[nodiscard]] std::span<const ModuleRule> moduleRules();

/// Throws EngineError (Argument, "model"): "FILE:LINE: sentence".
[[noreturn]] void failAtLine(const ModelSpec &spec, int line, const std::string &sentence);

} // namespace torchdeck::engine::nn

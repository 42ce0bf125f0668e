// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/nn/layer_rules.h"

#include "torchdeck/engine/error.h"

#include <algorithm>
#include <cmath>

namespace torchdeck::engine::nn {

namespace {

std::int64_t roundedUpTo8(double value) { return static_cast<std::int64_t>(std::ceil(value / 8.0)) * 8; }

} // namespace

void failAtLine(const ModelSpec &spec, int line, const std::string &sentence)
{
    throw EngineError(ErrorKind::Argument, spec.file + ":" + std::to_string(line) + ": " + sentence + ".",
                      "model");
}

RuleContext::RuleContext(const ModelSpec &spec, const SpecLayer &row, std::int64_t nc,
                         std::vector<MapShape> inputs, LayerPlan &plan)
    : m_spec(spec)
    , m_row(row)
    , m_nc(nc)
    , m_inputs(std::move(inputs))
    , m_plan(plan)
{
    // Round half to even, as the field's reference does.
    m_repeats = row.repeats > 1
        ? std::max(1, static_cast<int>(std::nearbyint(row.repeats * spec.scale.depth)))
        : row.repeats;
}

const SpecValue *RuleContext::argument(std::size_t position) const
{
    if (position >= m_row.args.size() || std::holds_alternative<std::monostate>(m_row.args[position])) {
        return nullptr;
    }
    return &m_row.args[position];
}

bool RuleContext::uses(std::string_view module) const
{
    const auto isIt = [module](const SpecLayer &row) { return row.module == module; };
    return std::ranges::any_of(m_spec.backbone, isIt) || std::ranges::any_of(m_spec.head, isIt);
}

void RuleContext::fail(const std::string &sentence) const
{
    failAtLine(m_spec, m_row.line, m_row.module + ": " + sentence);
}

void RuleContext::atMost(std::size_t count)
{
    if (m_row.args.size() > count) {
        fail("takes at most " + std::to_string(count) + " arguments here, not "
             + std::to_string(m_row.args.size()));
    }
}

std::int64_t RuleContext::integer(std::size_t position, const char *what,
                                  std::optional<std::int64_t> fallback, std::int64_t minimum,
                                  std::int64_t maximum)
{
    const SpecValue *value = argument(position);
    const std::string where = "argument " + std::to_string(position + 1) + " (" + what + ")";
    if (!value) {
        if (!fallback) {
            fail(where + " is missing");
        }
        return *fallback;
    }
    std::int64_t result = 0;
    if (const auto *i = std::get_if<std::int64_t>(value)) {
        result = *i;
    } else if (const auto *s = std::get_if<std::string>(value); s && *s == "nc") {
        result = m_nc;
    } else {
        fail(where + " must be a whole number");
    }
    if (result < minimum || result > maximum) {
        fail(where + " is " + std::to_string(result) + ", but must lie between " + std::to_string(minimum)
             + " and " + std::to_string(maximum));
    }
    return result;
}

double RuleContext::number(std::size_t position, const char *what, double fallback, double minimum,
                           double maximum)
{
    const SpecValue *value = argument(position);
    if (!value) {
        return fallback;
    }
    double result = 0;
    if (const auto *i = std::get_if<std::int64_t>(value)) {
        result = static_cast<double>(*i);
    } else if (const auto *d = std::get_if<double>(value)) {
        result = *d;
    } else {
        fail("argument " + std::to_string(position + 1) + " (" + what + ") must be a number");
    }
    if (!(result >= minimum && result <= maximum)) {
        fail("argument " + std::to_string(position + 1) + " (" + what + ") is out of range");
    }
    return result;
}

bool RuleContext::flag(std::size_t position, const char *what, bool fallback)
{
    const SpecValue *value = argument(position);
    if (!value) {
        return fallback;
    }
    if (const auto *b = std::get_if<bool>(value)) {
        return *b;
    }
    fail("argument " + std::to_string(position + 1) + " (" + what + ") must be True or False");
}

std::string RuleContext::text(std::size_t position, const char *what, const std::string &fallback)
{
    const SpecValue *value = argument(position);
    if (!value) {
        return fallback;
    }
    if (const auto *s = std::get_if<std::string>(value)) {
        return *s;
    }
    fail("argument " + std::to_string(position + 1) + " (" + what + ") must be a word");
}

std::int64_t RuleContext::scaledChannels(std::size_t position)
{
    const std::int64_t base =
        std::min(integer(position, "channels", std::nullopt, 1, kMaxChannels), m_spec.scale.maxChannels);
    const std::int64_t scaled = roundedUpTo8(static_cast<double>(base) * m_spec.scale.width);
    if (scaled < 1 || scaled > kMaxChannels) {
        fail("gives " + std::to_string(scaled) + " channels after scaling, but 1 to "
             + std::to_string(kMaxChannels) + " are possible");
    }
    return scaled;
}

} // namespace torchdeck::engine::nn

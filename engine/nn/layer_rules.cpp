// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/nn/layer_rules.h"

#include "torchdeck/engine/error.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace torchdeck::engine::nn {

namespace {

constexpr std::int64_t kMaxChannels = 16384;

std::int64_t roundedUpTo8(double value) { return static_cast<std::int64_t>(std::ceil(value / 8.0)) * 8; }

void checkGroups(const RuleContext &c, std::int64_t in, std::int64_t out, std::int64_t groups)
{
    if (in % groups != 0 || out % groups != 0) {
        c.fail("groups " + std::to_string(groups) + " must divide both the " + std::to_string(in)
               + " input and the " + std::to_string(out) + " output channels");
    }
}

// Conv: [channels, kernel=1, stride=1, padding=auto, groups=1, dilation=1, activation=True]
void convRule(RuleContext &c)
{
    c.atMost(7);
    auto &o = c.plan().options;
    const std::int64_t out = c.scaledChannels(0);
    const std::int64_t k = c.integer(1, "kernel", 1, 1, 63);
    const std::int64_t s = c.integer(2, "stride", 1, 1, 16);
    const std::int64_t d = c.integer(5, "dilation", 1, 1, 16);
    const std::int64_t p = c.integer(3, "padding", d * (k - 1) / 2, 0, 63);
    const std::int64_t g = c.integer(4, "groups", 1, 1, kMaxChannels);
    checkGroups(c, c.inputs()[0].channels, out, g);
    o = { { "k", double(k) }, { "s", double(s) }, { "p", double(p) },
          { "g", double(g) }, { "d", double(d) }, { "act", c.flag(6, "activation", true) ? 1.0 : 0.0 } };
    c.output = { out, convolvedSize(c.inputs()[0].size, k, s, p, d) };
}

// DWConv: [channels, kernel=1, stride=1, dilation=1, activation=True]; groups = gcd(in, out)
void depthwiseRule(RuleContext &c)
{
    c.atMost(5);
    const std::int64_t out = c.scaledChannels(0);
    const std::int64_t k = c.integer(1, "kernel", 1, 1, 63);
    const std::int64_t s = c.integer(2, "stride", 1, 1, 16);
    const std::int64_t d = c.integer(3, "dilation", 1, 1, 16);
    const std::int64_t p = d * (k - 1) / 2;
    const std::int64_t g = std::gcd(c.inputs()[0].channels, out);
    c.plan().options = { { "k", double(k) }, { "s", double(s) },
                         { "p", double(p) }, { "g", double(g) },
                         { "d", double(d) }, { "act", c.flag(4, "activation", true) ? 1.0 : 0.0 } };
    c.output = { out, convolvedSize(c.inputs()[0].size, k, s, p, d) };
}

// Bottleneck: [channels, shortcut=True, groups=1, kernels=(3, 3) fixed, expansion=0.5]
void bottleneckRule(RuleContext &c)
{
    c.atMost(3);
    const std::int64_t out = c.scaledChannels(0);
    const std::int64_t g = c.integer(2, "groups", 1, 1, kMaxChannels);
    checkGroups(c, out / 2, out, g);
    c.plan().options = { { "shortcut", c.flag(1, "shortcut", true) ? 1.0 : 0.0 }, { "g", double(g) } };
    c.output = { out, c.inputs()[0].size };
}

// C2f: [channels, shortcut=False, groups=1, expansion=0.5]
void c2fRule(RuleContext &c)
{
    c.atMost(4);
    const std::int64_t out = c.scaledChannels(0);
    const std::int64_t g = c.integer(2, "groups", 1, 1, kMaxChannels);
    const double e = c.number(3, "expansion", 0.5, 0.01, 4.0);
    const auto hidden = static_cast<std::int64_t>(static_cast<double>(out) * e);
    if (hidden < 1) {
        c.fail("the expansion " + std::to_string(e) + " leaves no hidden channel");
    }
    checkGroups(c, hidden, hidden, g);
    c.plan().options = { { "n", double(c.repeats()) },
                         { "shortcut", c.flag(1, "shortcut", false) ? 1.0 : 0.0 },
                         { "g", double(g) },
                         { "hidden", double(hidden) } };
    c.output = { out, c.inputs()[0].size };
}

// SPPF: [channels, kernel=5, pools=3, shortcut=False]
void sppfRule(RuleContext &c)
{
    c.atMost(4);
    const std::int64_t out = c.scaledChannels(0);
    const std::int64_t k = c.integer(1, "kernel", 5, 1, 63);
    if (k % 2 == 0) {
        c.fail("the kernel must be odd, not " + std::to_string(k));
    }
    if (c.inputs()[0].channels < 2) {
        c.fail("needs at least 2 input channels");
    }
    c.plan().options = { { "k", double(k) },
                         { "n", double(c.integer(2, "pools", 3, 1, 16)) },
                         { "shortcut", c.flag(3, "shortcut", false) ? 1.0 : 0.0 } };
    c.output = { out, c.inputs()[0].size };
}

// nn.Upsample: [size=None, scale factor, mode=nearest]
void upsampleRule(RuleContext &c)
{
    c.atMost(3);
    if (c.integer(0, "size", 0, 0, 0) != 0) {
        c.fail("the output size must be None: give a scale factor");
    }
    const std::int64_t factor = c.integer(1, "scale factor", std::nullopt, 1, 16);
    const std::string mode = c.text(2, "mode", "nearest");
    if (mode != "nearest" && mode != "bilinear") {
        c.fail("mode '" + mode + "' is not known: use nearest or bilinear");
    }
    c.plan().options = { { "scale", double(factor) }, { "bilinear", mode == "bilinear" ? 1.0 : 0.0 } };
    c.output = { c.inputs()[0].channels, c.inputs()[0].size * factor };
}

// Concat: [dimension=1]
void concatRule(RuleContext &c)
{
    c.atMost(1);
    if (c.integer(0, "dimension", 1, 0, 3) != 1) {
        c.fail("only dimension 1 (channels) can be joined");
    }
    c.output = { 0, c.inputs()[0].size };
    for (const MapShape &map : c.inputs()) {
        if (map.size != c.output.size) {
            c.fail("joins maps of different sizes (" + std::to_string(c.output.size) + " and "
                   + std::to_string(map.size) + " cells at a 1024 px image): check `from`");
        }
        c.output.channels += map.channels;
    }
}

// Detect: [nc]
void detectRule(RuleContext &c)
{
    c.atMost(1);
    const std::int64_t nc = c.integer(0, "nc", std::nullopt, 1, kMaxChannels);
    c.plan().options = { { "nc", double(nc) }, { "regMax", double(c.spec().regMax) } };
    c.output = { 0, 0 };
}

} // namespace

std::int64_t convolvedSize(std::int64_t size, std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                           std::int64_t dilation)
{
    const std::int64_t covered = size + 2 * padding - dilation * (kernel - 1) - 1;
    return covered < 0 ? 0 : covered / stride + 1;
}

std::span<const ModuleRule> moduleRules()
{
    static constexpr ModuleRule rules[] = {
        { "Bottleneck", false, false, false, bottleneckRule },
        { "C2f", false, true, false, c2fRule },
        { "Concat", true, false, false, concatRule },
        { "Conv", false, false, false, convRule },
        { "DWConv", false, false, false, depthwiseRule },
        { "Detect", true, false, true, detectRule },
        { "SPPF", false, false, false, sppfRule },
        { "nn.Upsample", false, false, false, upsampleRule },
    };
    return rules;
}

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

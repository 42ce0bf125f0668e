// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/nn/layer_rules.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace torchdeck::engine::nn {

namespace {

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

/// Channels inside a partial block: argument `position` is their share of the output's.
std::int64_t hiddenChannels(RuleContext &c, std::int64_t out, std::size_t position)
{
    const double e = c.number(position, "expansion", 0.5, 0.01, 4.0);
    const auto hidden = static_cast<std::int64_t>(static_cast<double>(out) * e);
    if (hidden < 1) {
        c.fail("the expansion " + std::to_string(e) + " leaves no hidden channel");
    }
    return hidden;
}

/// Attention takes one head for every 64 channels.
void checkHeads(const RuleContext &c, std::int64_t channels)
{
    const std::int64_t heads = std::max<std::int64_t>(channels / 64, 1);
    if (channels < 2 || channels % heads != 0) {
        c.fail("attention over " + std::to_string(channels) + " channels does not divide into "
               + std::to_string(heads) + " heads: choose a number of channels that gives a multiple of 64");
    }
}

// C2f, C2, C3: [channels, shortcut, groups=1, expansion=0.5]
void partialRule(RuleContext &c, bool shortcut)
{
    c.atMost(4);
    const std::int64_t out = c.scaledChannels(0);
    const std::int64_t g = c.integer(2, "groups", 1, 1, kMaxChannels);
    const std::int64_t hidden = hiddenChannels(c, out, 3);
    checkGroups(c, hidden, hidden, g);
    c.plan().options = { { "n", double(c.repeats()) },
                         { "shortcut", c.flag(1, "shortcut", shortcut) ? 1.0 : 0.0 },
                         { "g", double(g) },
                         { "hidden", double(hidden) } };
    c.output = { out, c.inputs()[0].size };
}

void c2fRule(RuleContext &c) { partialRule(c, false); }
void c2c3Rule(RuleContext &c) { partialRule(c, true); }

// C1: [channels]
void c1Rule(RuleContext &c)
{
    c.atMost(1);
    c.plan().options = { { "n", double(c.repeats()) } };
    c.output = { c.scaledChannels(0), c.inputs()[0].size };
}

// C3k2: [channels, C3k inside=False, expansion=0.5, attention=False, groups=1, shortcut=True]
void c3k2Rule(RuleContext &c)
{
    c.atMost(6);
    const std::int64_t out = c.scaledChannels(0);
    const std::string &scale = c.spec().scaleName;
    // The field builds its larger sizes with C3k inside, whatever the row says.
    const bool large = scale == "m" || scale == "l" || scale == "x";
    const bool c3k = c.flag(1, "C3k inside", false) || large;
    const std::int64_t hidden = hiddenChannels(c, out, 2);
    const bool attention = c.flag(3, "attention", false);
    const std::int64_t g = c.integer(4, "groups", 1, 1, kMaxChannels);
    if (hidden < 2) {
        c.fail("the expansion leaves " + std::to_string(hidden) + " hidden channel, but it is halved again");
    }
    if (attention) {
        checkHeads(c, hidden);
    }
    checkGroups(c, hidden / 2, c3k && !attention ? hidden / 2 : hidden, g);
    c.plan().options = { { "n", double(c.repeats()) },
                         { "c3k", c3k ? 1.0 : 0.0 },
                         { "attention", attention ? 1.0 : 0.0 },
                         { "g", double(g) },
                         { "shortcut", c.flag(5, "shortcut", true) ? 1.0 : 0.0 },
                         { "hidden", double(hidden) } };
    c.output = { out, c.inputs()[0].size };
}

// C2PSA, C2fPSA, PSA: [channels, expansion=0.5]; the number of channels must stay
void psaRule(RuleContext &c)
{
    c.atMost(2);
    const std::int64_t out = c.scaledChannels(0);
    if (out != c.inputs()[0].channels) {
        c.fail("must keep its " + std::to_string(c.inputs()[0].channels) + " channels, not give "
               + std::to_string(out));
    }
    const std::int64_t hidden = hiddenChannels(c, out, 1);
    checkHeads(c, hidden);
    c.plan().options = { { "n", double(c.repeats()) }, { "hidden", double(hidden) } };
    c.output = { out, c.inputs()[0].size };
}

// GhostConv: [channels, kernel=1, stride=1, groups=1, activation=True]
void ghostRule(RuleContext &c)
{
    c.atMost(5);
    const std::int64_t out = c.scaledChannels(0);
    const std::int64_t k = c.integer(1, "kernel", 1, 1, 63);
    const std::int64_t s = c.integer(2, "stride", 1, 1, 16);
    const std::int64_t g = c.integer(3, "groups", 1, 1, kMaxChannels);
    checkGroups(c, c.inputs()[0].channels, out / 2, g);
    c.plan().options = { { "k", double(k) },
                         { "s", double(s) },
                         { "g", double(g) },
                         { "act", c.flag(4, "activation", true) ? 1.0 : 0.0 } };
    c.output = { out, convolvedSize(c.inputs()[0].size, k, s, (k - 1) / 2, 1) };
}

// SCDown: [channels, kernel, stride]
void scDownRule(RuleContext &c)
{
    c.atMost(3);
    const std::int64_t k = c.integer(1, "kernel", std::nullopt, 1, 63);
    const std::int64_t s = c.integer(2, "stride", std::nullopt, 1, 16);
    c.plan().options = { { "k", double(k) }, { "s", double(s) } };
    c.output = { c.scaledChannels(0), convolvedSize(c.inputs()[0].size, k, s, (k - 1) / 2, 1) };
}

// SPPF: [channels, kernel=5, pools=3, shortcut=False]. Rows that say nothing of pools are older than YOLO26
// and mean the form with an activation after the first convolution.
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
                         { "shortcut", c.flag(3, "shortcut", false) ? 1.0 : 0.0 },
                         { "firstAct", c.arguments() <= 2 ? 1.0 : 0.0 } };
    c.output = { out, c.inputs()[0].size };
}

// nn.MaxPool2d: [kernel, stride=kernel, padding=0]
void maxPoolRule(RuleContext &c)
{
    c.atMost(3);
    const std::int64_t k = c.integer(0, "kernel", std::nullopt, 1, 63);
    const std::int64_t s = c.integer(1, "stride", k, 1, 16);
    const std::int64_t p = c.integer(2, "padding", 0, 0, k / 2);
    c.plan().options = { { "k", double(k) }, { "s", double(s) }, { "p", double(p) } };
    c.output = { c.inputs()[0].channels, convolvedSize(c.inputs()[0].size, k, s, p, 1) };
}

// nn.Identity: []
void identityRule(RuleContext &c)
{
    c.atMost(0);
    c.output = c.inputs()[0];
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

// Detect: [nc]. Networks of YOLO11's blocks have depthwise class branches, older ones plain convolutions.
void detectRule(RuleContext &c)
{
    c.atMost(1);
    const std::int64_t nc = c.integer(0, "nc", std::nullopt, 1, kMaxChannels);
    c.plan().options = { { "nc", double(nc) },
                         { "regMax", double(c.spec().regMax) },
                         { "depthwise", c.uses("C3k2") ? 1.0 : 0.0 },
                         { "end2end", c.spec().end2end ? 1.0 : 0.0 } };
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
        { "C1", false, true, false, c1Rule },
        { "C2", false, true, false, c2c3Rule },
        { "C2PSA", false, true, false, psaRule },
        { "C2f", false, true, false, c2fRule },
        { "C2fPSA", false, true, false, psaRule },
        { "C3", false, true, false, c2c3Rule },
        { "C3k2", false, true, false, c3k2Rule },
        { "Concat", true, false, false, concatRule },
        { "Conv", false, false, false, convRule },
        { "DWConv", false, false, false, depthwiseRule },
        { "Detect", true, false, true, detectRule },
        { "GhostConv", false, false, false, ghostRule },
        { "PSA", false, false, false, psaRule },
        { "SCDown", false, false, false, scDownRule },
        { "SPPF", false, false, false, sppfRule },
        { "nn.Identity", false, false, false, identityRule },
        { "nn.MaxPool2d", false, false, false, maxPoolRule },
        { "nn.Upsample", false, false, false, upsampleRule },
    };
    return rules;
}

} // namespace torchdeck::engine::nn

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/interop/module_table.h"

#include "engine/nn/blocks.h"

#include <ATen/ops/empty.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>

#include <algorithm>
#include <cctype>
#include <cmath>

namespace torchdeck::engine::interop {

namespace {

constexpr std::string_view containers = "torch.nn.modules.container";
constexpr std::string_view activations = "torch.nn.modules.activation";
constexpr std::string_view blocks = "ultralytics.nn.modules.block";
constexpr std::string_view convolutions = "ultralytics.nn.modules.conv";

void integer(PickleWriter &out, std::string_view name, std::int64_t value)
{
    out.key(name);
    out.integer(value);
}

void real(PickleWriter &out, std::string_view name, double value)
{
    out.key(name);
    out.real(value);
}

void boolean(PickleWriter &out, std::string_view name, bool value)
{
    out.key(name);
    out.boolean(value);
}

void none(PickleWriter &out, std::string_view name)
{
    out.key(name);
    out.none();
}

void integers(PickleWriter &out, std::string_view name, std::initializer_list<std::int64_t> values)
{
    out.key(name);
    out.mark();
    for (const std::int64_t value : values)
        out.integer(value);
    out.tuple();
}

const torch::nn::Conv2dImpl &convolutionOf(const torch::nn::Module &module, const char *child)
{
    const auto block = module.named_children()[child];
    return *block->named_children()["conv"]->as<torch::nn::Conv2dImpl>();
}

std::int64_t inOf(const torch::nn::Module &module, const char *child)
{
    return convolutionOf(module, child).options.in_channels();
}

std::int64_t outOf(const torch::nn::Module &module, const char *child)
{
    return convolutionOf(module, child).options.out_channels();
}

void conv2d(const ModuleContext &c, PickleWriter &out, TensorWriter &)
{
    const auto &o = c.module.as<torch::nn::Conv2dImpl>()->options;
    const auto *given = std::get_if<torch::ExpandingArray<2>>(&o.padding());
    const std::int64_t p0 = given ? (*given)->at(0) : 0, p1 = given ? (*given)->at(1) : 0;
    integer(out, "in_channels", o.in_channels());
    integer(out, "out_channels", o.out_channels());
    integers(out, "kernel_size", { o.kernel_size()->at(0), o.kernel_size()->at(1) });
    integers(out, "stride", { o.stride()->at(0), o.stride()->at(1) });
    integers(out, "padding", { p0, p1 });
    integers(out, "dilation", { o.dilation()->at(0), o.dilation()->at(1) });
    boolean(out, "transposed", false);
    integers(out, "output_padding", { 0, 0 });
    integer(out, "groups", o.groups());
    out.key("padding_mode");
    out.text("zeros");
    integers(out, "_reversed_padding_repeated_twice", { p1, p1, p0, p0 });
}

void batchNorm2d(const ModuleContext &c, PickleWriter &out, TensorWriter &)
{
    const auto &o = c.module.as<torch::nn::BatchNorm2dImpl>()->options;
    integer(out, "num_features", o.num_features());
    real(out, "eps", o.eps());
    real(out, "momentum", o.momentum().value_or(0.1));
    boolean(out, "affine", true);
    boolean(out, "track_running_stats", true);
}

void inplace(const ModuleContext &, PickleWriter &out, TensorWriter &) { boolean(out, "inplace", true); }

void leakyRelu(const ModuleContext &c, PickleWriter &out, TensorWriter &)
{
    real(out, "negative_slope", c.activation.slope);
    boolean(out, "inplace", true);
}

void gelu(const ModuleContext &, PickleWriter &out, TensorWriter &)
{
    out.key("approximate");
    out.text("none");
}

void elu(const ModuleContext &c, PickleWriter &out, TensorWriter &)
{
    real(out, "alpha", c.activation.slope);
    boolean(out, "inplace", true);
}

void relu6(const ModuleContext &, PickleWriter &out, TensorWriter &)
{
    real(out, "min_val", 0);
    real(out, "max_val", 6);
    boolean(out, "inplace", true);
}

/// SPPF's own pool, or a layer.
void maxPool(const ModuleContext &c, PickleWriter &out, TensorWriter &)
{
    const std::int64_t kernel = c.layer.integer("k");
    integer(out, "kernel_size", kernel);
    integer(out, "stride", c.parent ? 1 : c.layer.integer("s"));
    integer(out, "padding", c.parent ? kernel / 2 : c.layer.integer("p"));
    integer(out, "dilation", 1);
    boolean(out, "return_indices", false);
    boolean(out, "ceil_mode", false);
}

void upsample(const ModuleContext &c, PickleWriter &out, TensorWriter &)
{
    out.key("name");
    out.text("Upsample");
    none(out, "size");
    real(out, "scale_factor", c.layer.number("scale"));
    out.key("mode");
    out.text(c.layer.flag("bilinear") ? "bilinear" : "nearest");
    none(out, "align_corners");
    none(out, "recompute_scale_factor");
}

void concat(const ModuleContext &, PickleWriter &out, TensorWriter &) { integer(out, "d", 1); }

/// A layer's `shortcut` option goes for all bottlenecks inside; without the option they have one.
void bottleneck(const ModuleContext &c, PickleWriter &out, TensorWriter &)
{
    const auto option = c.layer.options.find("shortcut");
    const bool wanted = option == c.layer.options.end() || option->second != 0;
    boolean(out, "add", wanted && inOf(c.module, "cv1") == outOf(c.module, "cv2"));
}

void halves(const ModuleContext &c, PickleWriter &out, TensorWriter &)
{
    integer(out, "c", outOf(c.module, "cv1") / 2);
}

void sppf(const ModuleContext &c, PickleWriter &out, TensorWriter &)
{
    integer(out, "n", c.layer.integer("n"));
    boolean(out, "add", c.layer.flag("shortcut") && inOf(c.module, "cv1") == outOf(c.module, "cv2"));
}

void dfl(const ModuleContext &c, PickleWriter &out, TensorWriter &) { integer(out, "c1", c.model.regMax()); }

/// Widths as the convolutions have them: q and k of all heads, then v of the block's own width.
void attention(const ModuleContext &c, PickleWriter &out, TensorWriter &)
{
    const std::int64_t width = inOf(c.module, "qkv");
    const std::int64_t heads = std::max<std::int64_t>(width / 64, 1);
    const std::int64_t keyWidth = (outOf(c.module, "qkv") - width) / 2 / heads;
    integer(out, "num_heads", heads);
    integer(out, "head_dim", width / heads);
    integer(out, "key_dim", keyWidth);
    real(out, "scale", 1 / std::sqrt(double(keyWidth)));
}

void psaBlock(const ModuleContext &, PickleWriter &out, TensorWriter &) { boolean(out, "add", true); }

void detect(const ModuleContext &c, PickleWriter &out, TensorWriter &tensors)
{
    integer(out, "nc", c.model.classes());
    integer(out, "nl", static_cast<std::int64_t>(c.model.strides().size()));
    integer(out, "reg_max", c.model.regMax());
    integer(out, "no", c.model.classes() + 4 * c.model.regMax());
    boolean(out, "inplace", true);
    out.key("stride");
    tensors.tensor(strideTensor(c.model));
}

// Modules found by what they are
constexpr ModuleRow conv2dRow { "torch.nn.modules.conv", "Conv2d", conv2d };
constexpr ModuleRow batchNormRow { "torch.nn.modules.batchnorm", "BatchNorm2d", batchNorm2d };
constexpr ModuleRow identityRow { "torch.nn.modules.linear", "Identity" };
constexpr ModuleRow maxPoolRow { "torch.nn.modules.pooling", "MaxPool2d", maxPool };
constexpr ModuleRow listRow { containers, "ModuleList" };
constexpr ModuleRow sequenceRow { containers, "Sequential" };
constexpr ModuleRow copiesRow { containers, "Sequential" }; ///< of one layer, repeated
constexpr ModuleRow convRow { convolutions, "Conv" };
constexpr ModuleRow depthwiseRow { convolutions, "DWConv" };
constexpr ModuleRow bottleneckRow { blocks, "Bottleneck", bottleneck };
constexpr ModuleRow c3Row { blocks, "C3" };
constexpr ModuleRow c3kRow { blocks, "C3k" };
constexpr ModuleRow attentionRow { blocks, "Attention", attention };
constexpr ModuleRow psaBlockRow { blocks, "PSABlock", psaBlock };
constexpr ModuleRow dflRow { blocks, "DFL", dfl };

struct LayerRow {
    std::string_view module; ///< as in the YAML
    ModuleRow row;
    bool inner = false; ///< its "m" is a ModuleList
};

/// A layer of the network by its name in the YAML.
constexpr LayerRow layerRows[] = {
    { "Bottleneck", { blocks, "Bottleneck", bottleneck } },
    { "C1", { blocks, "C1" } },
    { "C2", { blocks, "C2", halves } },
    { "C2PSA", { blocks, "C2PSA", halves } },
    { "C2f", { blocks, "C2f", halves }, true },
    { "C2fPSA", { blocks, "C2fPSA", halves }, true },
    { "C3", { blocks, "C3" } },
    { "C3k2", { blocks, "C3k2", halves }, true },
    { "Concat", { convolutions, "Concat", concat } },
    { "Conv", { convolutions, "Conv" } },
    { "DWConv", { convolutions, "DWConv" } },
    { "Detect", { "ultralytics.nn.modules.head", "Detect", detect } },
    { "GhostConv", { convolutions, "GhostConv" } },
    { "PSA", { blocks, "PSA", halves } },
    { "SCDown", { blocks, "SCDown" } },
    { "SPPF", { blocks, "SPPF", sppf } },
    { "nn.Identity", { "torch.nn.modules.linear", "Identity" } },
    { "nn.MaxPool2d", { "torch.nn.modules.pooling", "MaxPool2d", maxPool } },
    { "nn.Upsample", { "torch.nn.modules.upsampling", "Upsample", upsample } },
};

constexpr ModuleRow siluRow { activations, "SiLU", inplace, true };
constexpr ModuleRow reluRow { activations, "ReLU", inplace, true };
constexpr ModuleRow relu6Row { activations, "ReLU6", relu6, true };
constexpr ModuleRow leakyReluRow { activations, "LeakyReLU", leakyRelu, true };
constexpr ModuleRow hardswishRow { activations, "Hardswish", inplace, true };
constexpr ModuleRow mishRow { activations, "Mish", inplace, true };
constexpr ModuleRow geluRow { activations, "GELU", gelu, true };
constexpr ModuleRow eluRow { activations, "ELU", elu, true };

const ModuleRow &activationRow(const nn::ActivationFunction &function, const nn::Activation &activation)
{
    if (function.isIdentity())
        return identityRow;
    using Kind = nn::Activation::Kind;
    switch (activation.kind) {
    case Kind::SiLU:
        return siluRow;
    case Kind::ReLU:
        return reluRow;
    case Kind::ReLU6:
        return relu6Row;
    case Kind::LeakyReLU:
        return leakyReluRow;
    case Kind::Hardswish:
        return hardswishRow;
    case Kind::Mish:
        return mishRow;
    case Kind::GELU:
        return geluRow;
    case Kind::ELU:
        return eluRow;
    }
    return siluRow;
}

[[noreturn]] void unknown(const ModuleContext &c)
{
    throw FormatError("'" + c.name + "' of layer " + std::to_string(c.layer.index) + " (" + c.layer.module
                      + ") has no counterpart in Ultralytics' classes");
}

const LayerRow *findLayerRow(const std::string &module)
{
    const auto it = std::ranges::find(layerRows, std::string_view(module), &LayerRow::module);
    return it == std::end(layerRows) ? nullptr : it;
}

/// A part of a layer, by the names of its own parts.
const ModuleRow &innerRow(const ModuleContext &c)
{
    const auto children = c.module.named_children();
    const auto has = [&](const char *name) { return children.contains(name); };
    if (has("conv") && has("bn")) {
        const auto &conv = *children["conv"]->as<torch::nn::Conv2dImpl>();
        return conv.options.groups() > 1 && c.layer.module == "Detect" ? depthwiseRow : convRow;
    }
    if (has("qkv"))
        return attentionRow;
    if (has("attn") && has("ffn"))
        return psaBlockRow;
    if (has("cv3") && has("m"))
        return c.layer.module == "C3k2" ? c3kRow : c3Row;
    if (has("cv1") && has("cv2"))
        return bottleneckRow;
    if (has("conv"))
        return dflRow;
    if (!children.is_empty() && std::isdigit(static_cast<unsigned char>(children[0].key()[0])) != 0) {
        const LayerRow *layer = findLayerRow(c.layer.module);
        const bool direct = layer && c.parent->name == layer->row.name;
        return direct && (layer->inner || c.layer.module == "Detect") ? listRow : sequenceRow;
    }
    if (children.is_empty() && c.name == "dfl")
        return identityRow;
    if (children.is_empty() && c.name == "m" && c.layer.module == "SPPF")
        return maxPoolRow;
    unknown(c);
}

} // namespace

bool isConvolution(const torch::nn::Module &module) { return module.as<torch::nn::Conv2dImpl>() != nullptr; }

bool hasBias(const torch::nn::Module &convolution)
{
    return convolution.as<torch::nn::Conv2dImpl>()->options.bias();
}

at::Tensor strideTensor(const nn::DetectionModel &model)
{
    const auto levels = static_cast<std::int64_t>(model.strides().size());
    const at::Tensor strides = at::empty({ levels }, at::kFloat);
    std::ranges::copy(model.strides(), strides.mutable_data_ptr<float>());
    return strides;
}

const ModuleRow &moduleRow(const ModuleContext &c)
{
    if (isConvolution(c.module))
        return conv2dRow;
    if (c.module.as<torch::nn::BatchNorm2dImpl>())
        return batchNormRow;
    if (const auto *function = c.module.as<nn::ActivationFunction>())
        return activationRow(*function, c.activation);
    if (!c.parent && c.layer.copies > 1)
        return copiesRow;
    if (c.parent && c.parent != &copiesRow)
        return innerRow(c);
    const LayerRow *row = findLayerRow(c.layer.module);
    if (!row)
        unknown(c);
    return row->row;
}

} // namespace torchdeck::engine::interop

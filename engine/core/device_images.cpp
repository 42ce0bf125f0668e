// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/device_images.h"

#include "engine/data/geometry.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/where.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <vector>

namespace torchdeck::engine {

namespace {

// OpenCV's: a coordinate is a sum of a part by column and a part by row in 1/1024 pixel, rounded to 1/32 pixel.
constexpr int coordinateBits = 10, weightBits = 5;
constexpr int halfStep = 1 << (coordinateBits - weightBits - 1);
constexpr int weightOne = 1 << weightBits;
constexpr int divisionBits = 12; // of its division tables
constexpr int levels = 256;
constexpr int hueShift = 32; // hues come as -30 ... 150: the table begins this much below 0

/// Bytes of a source with a frame of one grey pixel, which stands for everything outside.
std::int64_t framedPixels(const UnfinishedImage &image)
{
    return std::int64_t { image.width + 2 } * (image.height + 2);
}

/// Where everything lies in the buffer that goes to the device; offsets in words of four bytes, pixels behind them.
struct BufferPlan {
    explicit BufferPlan(const Batch &batch)
        : images(batch.size)
        , height(batch.height)
        , width(batch.width)
    {
        const auto &all = batch.unfinished;
        hsv = std::ranges::any_of(all, [](const UnfinishedImage &i) { return !i.finish.hsv.empty(); });
        swap = std::ranges::any_of(all, [](const UnfinishedImage &i) { return i.finish.swapChannels; });
        rows = images * 2 * width;
        sizes = rows + images * 2 * height;
        divisions = sizes + images * facts;
        tables = divisions + (hsv ? 2 * levels : 0);
        circle = tables + (hsv ? images * 3 * levels : 0);
        words = circle + (hsv ? 9 : 0);
        std::int64_t next = 0;
        for (const UnfinishedImage &image : all) {
            first.push_back(next);
            next += framedPixels(image);
        }
        pixels = next;
    }
    [[nodiscard]] std::int64_t bytes() const { return 4 * words + 3 * pixels; }

    std::int64_t images, height, width;
    bool hsv = false, swap = false;
    std::int64_t columns = 0; ///< [images, 2, width] what a column adds to x and y
    std::int64_t rows = 0; ///< [images, 2, height] the same of a row
    static constexpr std::int64_t facts = 5;
    /// [images, facts] of the source width, height and number of its first pixel; whether channels are swapped; where the
    /// image's tables begin
    std::int64_t sizes = 0;
    std::int64_t divisions = 0; ///< [2, levels] OpenCV's reciprocals for saturation and hue
    std::int64_t tables = 0; ///< float [images, 3, levels] new hue in sixths of the circle, saturation and value in 0..1
    std::int64_t circle = 0; ///< float [3, 3] see fromHsv()
    std::int64_t words = 0, pixels = 0;
    std::vector<std::int64_t> first; ///< pixel of each source's frame
};

int fixedPoint(double value)
{
    constexpr double most = (1 << 30) - 1; // the sum of two stays an int
    return static_cast<int>(std::nearbyint(std::clamp(value * (1 << coordinateBits), -most, most)));
}

/// Flips are nothing but the coordinates in the opposite order.
void writeCoordinates(const BufferPlan &plan, const UnfinishedImage &image, std::int64_t index, std::int32_t *words)
{
    const std::array<double, 6> &m = image.toSource;
    std::int32_t *const columns = words + plan.columns + index * 2 * plan.width;
    std::int32_t *const rows = words + plan.rows + index * 2 * plan.height;
    for (std::int64_t i = 0; i < plan.width; ++i) {
        const auto x = static_cast<double>(image.finish.flipHorizontal ? plan.width - 1 - i : i);
        columns[i] = fixedPoint(m[0] * x);
        columns[plan.width + i] = fixedPoint(m[3] * x);
    }
    for (std::int64_t i = 0; i < plan.height; ++i) {
        const auto y = static_cast<double>(image.finish.flipVertical ? plan.height - 1 - i : i);
        rows[i] = fixedPoint(m[1] * y + m[2]) + halfStep;
        rows[plan.height + i] = fixedPoint(m[4] * y + m[5]) + halfStep;
    }
    std::int32_t *const size = words + plan.sizes + index * BufferPlan::facts;
    size[0] = image.width;
    size[1] = image.height;
    size[2] = static_cast<std::int32_t>(plan.first[static_cast<std::size_t>(index)]) + image.width + 2 + 1;
    size[3] = image.finish.swapChannels ? 1 : 0;
    size[4] = static_cast<std::int32_t>(index * 3 * levels);
}

void writeTable(const BufferPlan &plan, const UnfinishedImage &image, std::int64_t index, float *words)
{
    float *const table = words + plan.tables + index * 3 * levels;
    const std::vector<std::uint8_t> &hsv = image.finish.hsv;
    for (int i = 0; i < levels; ++i) {
        const int hue = std::clamp(i - hueShift < 0 ? i - hueShift + 180 : i - hueShift, 0, levels - 1);
        const auto entry = [&](int level, int channel) {
            return static_cast<float>(hsv.empty() ? level : hsv[static_cast<std::size_t>(3 * level + channel)]);
        };
        table[i] = entry(hue, 0) * (6.f / 180.f);
        table[levels + i] = entry(i, 1) * (1.f / 255.f);
        table[2 * levels + i] = entry(i, 2) * (1.f / 255.f);
    }
}

void writeColours(const BufferPlan &plan, std::int32_t *words, float *floats)
{
    for (int i = 0; i < levels; ++i) {
        const double level = std::max(i, 1); // 0 is never divided by
        words[plan.divisions + i] = i == 0 ? 0 : static_cast<std::int32_t>(std::nearbyint((255 << divisionBits) / level));
        words[plan.divisions + levels + i] =
            i == 0 ? 0 : static_cast<std::int32_t>(std::nearbyint((180 << divisionBits) / (6. * level)));
    }
    constexpr float circle[] { 3, 2, 4, /**/ -1, 1, 1, /**/ 2, -1, -1 };
    std::copy(std::begin(circle), std::end(circle), floats + plan.circle);
}

void writeFramed(const UnfinishedImage &image, std::uint8_t *to)
{
    const std::size_t row = std::size_t { 3 } * static_cast<std::size_t>(image.width), pitch = row + 6;
    std::memset(to, borderLevel, pitch + 3);
    to += pitch + 3;
    for (int y = 0; y < image.height; ++y, to += pitch) {
        std::memcpy(to, image.source.get() + static_cast<std::size_t>(y) * image.rowBytes, row);
        std::memset(to + row, borderLevel, 6);
    }
    std::memset(to, borderLevel, pitch - 3);
}

/// All that the device needs, on the device.
at::Tensor sent(const Batch &batch, const BufferPlan &plan, const c10::Device &device)
{
    at::Tensor buffer = at::empty(
        { plan.bytes() }, at::TensorOptions(at::kByte).pinned_memory(device.is_cuda()));
    auto *const bytes = buffer.mutable_data_ptr<std::uint8_t>();
    auto *const words = reinterpret_cast<std::int32_t *>(bytes);
    auto *const floats = reinterpret_cast<float *>(bytes);
    if (plan.hsv)
        writeColours(plan, words, floats);
    at::parallel_for(0, plan.images, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            const UnfinishedImage &image = batch.unfinished[static_cast<std::size_t>(i)];
            writeCoordinates(plan, image, i, words);
            if (plan.hsv)
                writeTable(plan, image, i, floats);
            writeFramed(image, bytes + 4 * plan.words + 3 * plan.first[static_cast<std::size_t>(i)]);
        }
    });
    return buffer.to(device, /*non_blocking=*/true);
}

/// The buffer's parts as tensors.
struct DeviceParts {
    DeviceParts(const at::Tensor &buffer, const BufferPlan &plan)
    {
        const at::Tensor words = buffer.narrow(0, 0, 4 * plan.words);
        const at::Tensor ints = words.view(at::kInt), floats = words.view(at::kFloat);
        columns = ints.narrow(0, plan.columns, plan.images * 2 * plan.width).view({ plan.images, 2, plan.width });
        rows = ints.narrow(0, plan.rows, plan.images * 2 * plan.height).view({ plan.images, 2, plan.height });
        sizes = ints.narrow(0, plan.sizes, plan.images * BufferPlan::facts).view({ plan.images, BufferPlan::facts });
        pixels = buffer.narrow(0, 4 * plan.words, 3 * plan.pixels).view({ plan.pixels, 3 });
        if (!plan.hsv)
            return;
        divisions = ints.narrow(0, plan.divisions, 2 * levels).view({ 2, levels });
        tables = floats.narrow(0, plan.tables, plan.images * 3 * levels);
        circle = floats.narrow(0, plan.circle, 9).view({ 3, 3 });
    }
    at::Tensor columns, rows, sizes, pixels, divisions, tables, circle;
};

/// Coordinates of one axis: the two neighbours, -1 and the size standing for everything outside, and the second one's weight.
struct Axis {
    Axis(const DeviceParts &parts, std::int64_t axis, std::int64_t first, std::int64_t count)
    {
        const at::Tensor size = parts.sizes.narrow(0, first, count).select(1, axis).view({ count, 1, 1 });
        low = parts.columns.narrow(0, first, count).select(1, axis).unsqueeze(1)
            + parts.rows.narrow(0, first, count).select(1, axis).unsqueeze(2);
        low.bitwise_right_shift_(coordinateBits - weightBits);
        weight = low.bitwise_and(weightOne - 1).to(at::kShort).view({ -1, 1 });
        low.bitwise_right_shift_(weightBits);
        high = at::minimum(low + 1, size).clamp_min_(-1);
        low = at::minimum(low, size).clamp_min_(-1);
    }
    at::Tensor low, high, weight;
};

/// Warps images [first, first + count): levels as int [count * height * width, 3].
at::Tensor warp(const DeviceParts &parts, std::int64_t first, std::int64_t count)
{
    const Axis x(parts, 0, first, count);
    Axis y(parts, 1, first, count);
    const at::Tensor sizes = parts.sizes.narrow(0, first, count);
    const at::Tensor pitch = (sizes.select(1, 0) + 2).view({ count, 1, 1 });
    const at::Tensor origin = sizes.select(1, 2).view({ count, 1, 1 });
    const at::Tensor opposite = weightOne - x.weight;
    const auto rowOf = [&](at::Tensor &row) { // weightOne times its level
        row.mul_(pitch).add_(origin);
        at::Tensor level = at::index_select(parts.pixels, 0, (row + x.low).view(-1)) * opposite;
        return level.add_(at::index_select(parts.pixels, 0, row.add_(x.high).view(-1)) * x.weight);
    };
    const at::Tensor upper = rowOf(y.low), lower = rowOf(y.high);
    const at::Tensor weight = y.weight.to(at::kInt);
    at::Tensor level = upper * (weightOne - weight);
    level.add_(lower * weight);
    return level.add_(1 << (2 * weightBits - 1)).bitwise_right_shift_(2 * weightBits);
}

struct Hsv {
    at::Tensor hue, saturation, value;
};

/// OpenCV's, with its fixed-point divisions; hues below 0 are left as they are.
Hsv toHsv(const at::Tensor &rgb, const at::Tensor &divisions)
{
    const at::Tensor r = rgb.select(1, 0), g = rgb.select(1, 1), b = rgb.select(1, 2);
    Hsv hsv;
    hsv.value = at::maximum(at::maximum(r, g), b);
    const at::Tensor range = hsv.value - at::minimum(at::minimum(r, g), b);
    const auto divided = [&](const at::Tensor &number, std::int64_t which, const at::Tensor &by) {
        return at::index_select(divisions.select(0, which), 0, by)
            .mul_(number)
            .add_(1 << (divisionBits - 1))
            .bitwise_right_shift_(divisionBits);
    };
    hsv.saturation = divided(range, 0, hsv.value);
    const at::Tensor ofBlue = (r - g).add_(range, 4), ofGreen = (b - r).add_(range, 2);
    const at::Tensor sector =
        at::where(hsv.value.eq(r), g - b, at::where(hsv.value.eq(g), ofGreen, ofBlue));
    hsv.hue = divided(sector, 1, range);
    return hsv;
}

/// Levels [m, 3] with decimals, which OpenCV's vector code cuts off. A colour's share of grey is
/// clamp(offset + sign * |hue - centre|, 0, 1), hue in sixths.
at::Tensor fromHsv(const Hsv &hsv, const at::Tensor &circle)
{
    at::Tensor level = (hsv.hue.unsqueeze(1) - circle[0]).abs_();
    level.mul_(circle[1]).add_(circle[2]).clamp_(0, 1);
    level.mul_(hsv.saturation.unsqueeze(1)).neg_().add_(1);
    return level.mul_(hsv.value.unsqueeze(1)).mul_(255.f);
}

at::Tensor recoloured(const at::Tensor &rgb, const DeviceParts &parts, std::int64_t first, std::int64_t count)
{
    const Hsv old = toHsv(rgb, parts.divisions);
    const at::Tensor begin = parts.sizes.narrow(0, first, count).select(1, 4).unsqueeze(1);
    const auto looked = [&](const at::Tensor &level, std::int64_t offset) {
        const at::Tensor index = level.reshape({ count, -1 }) + begin;
        return at::index_select(parts.tables, 0, index.view(-1).add_(offset));
    };
    return fromHsv({ looked(old.hue, hueShift), looked(old.saturation, levels), looked(old.value, 2 * levels) },
                   parts.circle);
}

/// Images that only lie somewhere on grey, as those of validation do: copied, one after the other. False when one needs more.
bool placed(const Batch &batch, const BufferPlan &plan, const DeviceParts &parts, const at::Tensor &made)
{
    std::vector<std::optional<Shift>> places;
    for (const UnfinishedImage &image : batch.unfinished) {
        const FinalSteps &f = image.finish;
        if (!f.hsv.empty() || f.flipHorizontal || f.flipVertical || f.swapChannels)
            return false;
        places.push_back(shiftInside(image.toSource, { image.width, image.height }, { batch.width, batch.height }));
        if (!places.back())
            return false;
    }
    made.fill_(std::int64_t { borderLevel });
    for (std::size_t i = 0; i < places.size(); ++i) {
        const std::int64_t width = batch.unfinished[i].width, height = batch.unfinished[i].height;
        const at::Tensor source = parts.pixels.narrow(0, plan.first[i], framedPixels(batch.unfinished[i]))
                                      .view({ height + 2, width + 2, 3 })
                                      .narrow(0, 1, height)
                                      .narrow(1, 1, width);
        made[static_cast<std::int64_t>(i)]
            .narrow(0, places[i]->top, height)
            .narrow(1, places[i]->left, width)
            .copy_(source);
    }
    return true;
}

/// Pixels only.
Batch partOf(const Batch &batch, int begin, int end)
{
    Batch part;
    part.size = end - begin;
    part.height = batch.height;
    part.width = batch.width;
    part.unfinished.assign(batch.unfinished.begin() + begin, batch.unfinished.begin() + end);
    return part;
}

} // namespace

at::Tensor composeOnDevice(const Batch &batch, const c10::Device &device, const ComposeLimits &limits)
{
    const at::NoGradGuard noGrad;
    const BufferPlan plan(batch);
    if (plan.pixels > limits.sourcePixels && batch.size > 1) {
        const int half = batch.size / 2;
        return at::cat({ composeOnDevice(partOf(batch, 0, half), device, limits),
                         composeOnDevice(partOf(batch, half, batch.size), device, limits) });
    }
    at::Tensor made = at::empty({ plan.images, plan.height, plan.width, 3 }, at::TensorOptions(at::kByte).device(device));
    const DeviceParts parts(sent(batch, plan, device), plan);
    if (placed(batch, plan, parts, made))
        return made;
    const std::int64_t perImage = plan.height * plan.width;
    const std::int64_t together = std::max<std::int64_t>(1, limits.temporaries / (perImage * composeTemporaries));
    for (std::int64_t first = 0; first < plan.images; first += together) {
        const std::int64_t count = std::min(together, plan.images - first);
        at::Tensor level = warp(parts, first, count);
        if (plan.hsv)
            level = recoloured(level, parts, first, count);
        const at::Tensor to = made.narrow(0, first, count);
        to.copy_(level.view({ count, plan.height, plan.width, 3 }));
        if (plan.swap) {
            const at::Tensor swapped = parts.sizes.narrow(0, first, count).select(1, 3).ne(0).view({ count, 1, 1, 1 });
            to.copy_(at::where(swapped, to.flip(3), to));
        }
    }
    return made;
}

} // namespace torchdeck::engine

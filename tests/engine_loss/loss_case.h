// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// One case of reference.json and its predictions, computed as make_reference.py computes them.

#include "engine/loss/detection_loss.h"

#include <ATen/ATen.h>

#include <QJsonArray>
#include <QJsonObject>

#include <cstdint>
#include <vector>

namespace torchdeck::test {

/// Integer hash spread over [-0.5, 0.5): equal in Python and here to the last bit.
inline at::Tensor noise(std::int64_t count, std::uint32_t seed)
{
    at::Tensor result = at::empty({ count }, at::kFloat);
    auto *out = result.mutable_data_ptr<float>();
    for (std::int64_t i = 0; i < count; ++i) {
        std::uint32_t v = static_cast<std::uint32_t>(i) + seed * 0x9E3779B9u;
        v ^= v >> 16;
        v *= 0x7FEB352Du;
        v ^= v >> 15;
        v *= 0x846CA68Bu;
        v ^= v >> 16;
        out[i] = static_cast<float>(static_cast<double>(v >> 8) / 16777216.0 - 0.5);
    }
    return result;
}

inline at::Tensor tensorOf(const QJsonValue &value)
{
    std::vector<float> numbers;
    for (const QJsonValue &item : value.toArray())
        numbers.push_back(static_cast<float>(item.toDouble()));
    return at::tensor(numbers, at::kFloat);
}

struct LossCase {
    std::int64_t height = 0, width = 0, images = 0, classes = 0, regMax = 0;
    engine::nn::HeadOutput output;
    engine::DetectionTargets targets;
    engine::DetectionLossOptions options;

    explicit LossCase(const QJsonObject &item)
        : height(item["height"].toInteger())
        , width(item["width"].toInteger())
        , images(item["images"].toInteger())
        , classes(item["classes"].toInteger())
        , regMax(item["regMax"].toInteger())
    {
        std::vector<at::Tensor> anchors, strides;
        for (const std::int64_t stride : { 8, 16, 32 }) {
            const at::Tensor y = at::arange(height / stride, at::kFloat) + 0.5f;
            const at::Tensor x = at::arange(width / stride, at::kFloat) + 0.5f;
            const auto grid = at::meshgrid({ y, x }, "ij");
            anchors.push_back(at::stack({ grid[1], grid[0] }, -1).view({ -1, 2 }));
            strides.push_back(at::full({ y.numel() * x.numel(), 1 }, static_cast<float>(stride)));
        }
        output.anchors = at::cat(anchors);
        output.strides = at::cat(strides);
        const std::int64_t count = output.anchors.size(0);
        const auto seed = static_cast<std::uint32_t>(item["seed"].toInt());
        at::Tensor boxes = noise(images * 4 * regMax * count, seed).view({ images, 4, regMax, count }) * 4;
        boxes = regMax > 1 ? boxes - at::arange(regMax, at::kFloat).view({ 1, 1, regMax, 1 }) * 0.25
                           : boxes + 2.5;
        output.boxes = boxes.view({ images, 4 * regMax, count }).contiguous();
        output.scores = noise(images * classes * count, seed + 1).view({ images, classes, count }) * 4 - 2;

        options.topk = item["topk"].toInt();
        options.keep = item["keep"].toInt();
        const at::Tensor rows = tensorOf(item["truth"]).view({ -1, 6 });
        targets.imageIndex = rows.select(1, 0).to(at::kLong);
        targets.classes = rows.select(1, 1).to(at::kLong);
        targets.boxes = rows.slice(1, 2, 6).contiguous();
    }

    [[nodiscard]] engine::DetectionLoss loss() const { return { classes, regMax, options }; }
};

} // namespace torchdeck::test

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/image_matches.h"

#include "engine/core/detection_files.h"
#include "engine/ops/boxes.h"

#include <algorithm>
#include <cstdio>

namespace torchdeck::engine {

namespace {

constexpr float leastConfidence = 0.05F;
constexpr std::size_t mostDetections = 100;
constexpr float rightIou = 0.5F;

float overlap(const Detection &a, const TruthBox &b)
{
    const float w = std::min(a.x2, b.x2) - std::max(a.x1, b.x1),
                h = std::min(a.y2, b.y2) - std::max(a.y1, b.y1);
    if (w <= 0 || h <= 0)
        return 0;
    const float both = w * h;
    return both / ((a.x2 - a.x1) * (a.y2 - a.y1) + (b.x2 - b.x1) * (b.y2 - b.y1) - both);
}

} // namespace

SeenImage seeImage(const Batch &batch, std::size_t i, const std::vector<Detection> &detections,
                   const Dataset &dataset, int imgsz)
{
    const ImageGeometry &geometry = batch.geometry[i];
    SeenImage seen { geometry.index, geometry.originalWidth, geometry.originalHeight, {}, {} };
    for (const Detection &detection : detections) { // by falling confidence
        if (detection.confidence < leastConfidence || seen.found.size() >= mostDetections)
            break;
        seen.found.push_back(detection);
    }
    toPicture(seen.found, validationMap(seen.width, seen.height, imgsz, batch.width, batch.height), seen.width,
              seen.height);
    const auto width = static_cast<float>(seen.width), height = static_cast<float>(seen.height);
    for (const BoxLabel &label : dataset.samples[static_cast<std::size_t>(geometry.index)].labels)
        seen.truth.push_back({ (label.x - label.w / 2) * width, (label.y - label.h / 2) * height,
                               (label.x + label.w / 2) * width, (label.y + label.h / 2) * height,
                               label.classId });
    return seen;
}

BoxClaims claimBoxes(const std::vector<Detection> &found, const std::vector<TruthBox> &truth)
{
    BoxClaims claims { std::vector<int>(found.size(), -1), std::vector<int>(truth.size(), -1) };
    for (std::size_t d = 0; d < found.size(); ++d) {
        float most = rightIou;
        int best = -1;
        for (std::size_t t = 0; t < truth.size(); ++t) {
            const float iou = overlap(found[d], truth[t]);
            if (claims.foundBy[t] < 0 && truth[t].classId == found[d].classId && iou >= most) {
                most = iou;
                best = static_cast<int>(t);
            }
        }
        claims.truthOf[d] = best;
        if (best >= 0)
            claims.foundBy[static_cast<std::size_t>(best)] = static_cast<int>(d);
    }
    return claims;
}

std::string boxText(int classId, double x1, double y1, double x2, double y2, double score, int mark)
{
    char text[160];
    std::snprintf(text, sizeof text, "[%d, %.2f, %.2f, %.2f, %.2f, %.4f, %d]", classId, x1, y1, x2, y2, score,
                  mark);
    return text;
}

std::string namesText(const std::vector<std::string> &names)
{
    std::string out = "[";
    for (std::size_t i = 0; i < names.size(); ++i)
        out += (i ? ", " : "") + jsonString(names[i]);
    return out + "]";
}

} // namespace torchdeck::engine

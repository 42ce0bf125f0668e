// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/boxes.h"

#include "engine/data/geometry.h"

#include <algorithm>
#include <cmath>

namespace torchdeck::engine {
namespace {

float clip(double value, int limit)
{
    return static_cast<float>(std::clamp(value, 0.0, static_cast<double>(std::max(limit, 0))));
}

} // namespace

CornerBox toCorners(const CentreBox &box)
{
    const float halfWidth = box.width / 2, halfHeight = box.height / 2;
    return { box.x - halfWidth, box.y - halfHeight, box.x + halfWidth, box.y + halfHeight };
}

CentreBox toCentre(const CornerBox &box)
{
    return { (box.x1 + box.x2) / 2, (box.y1 + box.y2) / 2, box.x2 - box.x1, box.y2 - box.y1 };
}

float boxIou(const CornerBox &a, const CornerBox &b)
{
    const float width = std::min(a.x2, b.x2) - std::max(a.x1, b.x1);
    const float height = std::min(a.y2, b.y2) - std::max(a.y1, b.y1);
    if (!(width > 0 && height > 0))
        return 0;
    const float inter = width * height;
    const float all = (a.x2 - a.x1) * (a.y2 - a.y1) + (b.x2 - b.x1) * (b.y2 - b.y1) - inter;
    const float iou = inter / all;
    return std::isfinite(iou) ? iou : 0;
}

LetterboxMap letterboxMap(int pictureWidth, int pictureHeight, int inputWidth, int inputHeight)
{
    if (pictureWidth <= 0 || pictureHeight <= 0 || inputWidth <= 0 || inputHeight <= 0)
        return {};
    const double gain = std::min(static_cast<double>(inputWidth) / pictureWidth,
                                 static_cast<double>(inputHeight) / pictureHeight);
    // nearbyint: halves go to the even side, as the loader's own rounding does.
    const double width = std::max(std::nearbyint(pictureWidth * gain), 1.0);
    const double height = std::max(std::nearbyint(pictureHeight * gain), 1.0);
    return { width / pictureWidth, height / pictureHeight, std::nearbyint((inputWidth - width) / 2 - 0.1),
             std::nearbyint((inputHeight - height) / 2 - 0.1) };
}

LetterboxMap validationMap(int pictureWidth, int pictureHeight, int imgsz, int inputWidth, int inputHeight)
{
    if (pictureWidth <= 0 || pictureHeight <= 0 || inputWidth <= 0 || inputHeight <= 0)
        return {};
    const PixelSize scaled = fittedSize({ pictureWidth, pictureHeight }, imgsz);
    const Letterbox box = letterbox(scaled, { inputWidth, inputHeight });
    return { static_cast<double>(scaled.width) / pictureWidth * box.ratio,
             static_cast<double>(scaled.height) / pictureHeight * box.ratio, static_cast<double>(box.left),
             static_cast<double>(box.top) };
}

PredictionShape predictionShape(int pictureWidth, int pictureHeight, int wantedWidth, int wantedHeight,
                                int stride, bool minimal)
{
    PredictionShape shape;
    const double gain = std::min(static_cast<double>(wantedHeight) / pictureHeight,
                                 static_cast<double>(wantedWidth) / pictureWidth);
    shape.resizedWidth = std::max(static_cast<int>(std::nearbyint(pictureWidth * gain)), 1);
    shape.resizedHeight = std::max(static_cast<int>(std::nearbyint(pictureHeight * gain)), 1);
    int across = wantedWidth - shape.resizedWidth, down = wantedHeight - shape.resizedHeight;
    if (minimal) {
        across %= stride;
        down %= stride;
    }
    // An odd pixel of padding goes right and below.
    shape.left = across / 2;
    shape.right = across - shape.left;
    shape.top = down / 2;
    shape.bottom = down - shape.top;
    return shape;
}

CornerBox toPicture(const CornerBox &box, const LetterboxMap &map, int pictureWidth, int pictureHeight)
{
    return { clip((box.x1 - map.padX) / map.gainX, pictureWidth),
             clip((box.y1 - map.padY) / map.gainY, pictureHeight),
             clip((box.x2 - map.padX) / map.gainX, pictureWidth),
             clip((box.y2 - map.padY) / map.gainY, pictureHeight) };
}

void toPicture(std::vector<Detection> &detections, const LetterboxMap &map, int pictureWidth,
               int pictureHeight)
{
    for (Detection &item : detections) {
        const CornerBox box =
            toPicture(CornerBox { item.x1, item.y1, item.x2, item.y2 }, map, pictureWidth, pictureHeight);
        item.x1 = box.x1;
        item.y1 = box.y1;
        item.x2 = box.x2;
        item.y2 = box.y2;
    }
}

} // namespace torchdeck::engine

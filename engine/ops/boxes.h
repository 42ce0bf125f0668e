// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/eval/matching.h"

#include <vector>

namespace torchdeck::engine {

/// Corners of a box; pixels or any other unit.
struct CornerBox {
    float x1 = 0, y1 = 0, x2 = 0, y2 = 0;
};

/// Centre and sides of a box.
struct CentreBox {
    float x = 0, y = 0, width = 0, height = 0;
};

[[nodiscard]] CornerBox toCorners(const CentreBox &box);
[[nodiscard]] CentreBox toCentre(const CornerBox &box);

/// Intersection over union; 0 when the union is empty or a number is not finite.
[[nodiscard]] float boxIou(const CornerBox &a, const CornerBox &b);

/// How a picture was laid into the network's input: input = picture * gain + pad.
struct LetterboxMap {
    double gainX = 1, gainY = 1;
    double padX = 0, padY = 0; ///< pixels of the input, left and top
};

/// The map of a picture scaled to fit and centred, sides rounded as the loader rounds them.
[[nodiscard]] LetterboxMap letterboxMap(int pictureWidth, int pictureHeight, int inputWidth, int inputHeight);
/// The map of a picture that was first scaled to a long side of `imgsz`, as validation does, then laid in.
[[nodiscard]] LetterboxMap validationMap(int pictureWidth, int pictureHeight, int imgsz, int inputWidth,
                                         int inputHeight);

/// Where prediction lays a picture: scaled to fit, centred, and padded to the whole of `wanted`, or
/// (`minimal`) only to the next multiple of the stride.
struct PredictionShape {
    int resizedWidth = 0, resizedHeight = 0;
    int left = 0, right = 0, top = 0, bottom = 0; ///< padding, pixels

    [[nodiscard]] int width() const { return resizedWidth + left + right; }
    [[nodiscard]] int height() const { return resizedHeight + top + bottom; }
};
[[nodiscard]] PredictionShape predictionShape(int pictureWidth, int pictureHeight, int wantedWidth,
                                              int wantedHeight, int stride, bool minimal);

/// Moves boxes from the network's input back to the picture and clips them to it.
[[nodiscard]] CornerBox toPicture(const CornerBox &box, const LetterboxMap &map, int pictureWidth,
                                  int pictureHeight);
void toPicture(std::vector<Detection> &detections, const LetterboxMap &map, int pictureWidth,
               int pictureHeight);

} // namespace torchdeck::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Geometry of resizing, letterboxing, mosaic and warping, without pixels. Boxes are corner boxes in pixels.

#include "engine/data/batch.h"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace torchdeck::engine {

struct PixelSize {
    int width = 0, height = 0;
    friend bool operator==(const PixelSize &, const PixelSize &) = default;
};

struct PixelBox {
    int classId = 0;
    float x1 = 0, y1 = 0, x2 = 0, y2 = 0;
};

/// Normalised labels of an image drawn `size` large at (x, y), scaled by `gain`.
[[nodiscard]] std::vector<PixelBox> toPixels(const std::vector<BoxLabel> &labels, PixelSize size, float x = 0,
                                             float y = 0, float gain = 1);
[[nodiscard]] BoxLabel toNormalised(const PixelBox &box, PixelSize size);
/// Clips to [0, size] and drops boxes that keep no area.
void clipBoxes(std::vector<PixelBox> &boxes, PixelSize size);

/// Size with the long side equal to imgsz; the short side rounds up.
[[nodiscard]] PixelSize fittedSize(PixelSize original, int imgsz);

/// Shape of a batch whose images' height/width ratios lie in [low, high], `pad` strides larger: half a
/// stride in validation, none in training.
[[nodiscard]] PixelSize rectShape(double low, double high, int imgsz, int stride, double pad = 0.5);

/// Where an image goes inside a larger canvas; never enlarges.
struct Letterbox {
    PixelSize resized;
    int left = 0, top = 0;
    double ratio = 1;
};
[[nodiscard]] Letterbox letterbox(PixelSize image, PixelSize canvas);

/// Row-major 3x3, maps source pixels to target pixels.
using Matrix3 = std::array<double, 9>;
[[nodiscard]] Matrix3 multiply(const Matrix3 &a, const Matrix3 &b);
[[nodiscard]] Matrix3 inverse(const Matrix3 &m);
struct Point {
    double x = 0, y = 0;
};
[[nodiscard]] Point transformPoint(const Matrix3 &m, Point p);

struct Shift {
    int left = 0, top = 0;
};
/// Where a source lies in its image when the warp back (UnfinishedImage::toSource) only shifts it, by whole pixels, and leaves
/// it inside.
[[nodiscard]] std::optional<Shift> shiftInside(const std::array<double, 6> &toSource, PixelSize source,
                                               PixelSize image);

struct WarpParameters {
    double perspectiveX = 0, perspectiveY = 0; ///< per pixel
    double degrees = 0; ///< counter-clockwise
    double scale = 1;
    double shearX = 0, shearY = 0; ///< degrees
    double translateX = 0.5, translateY = 0.5; ///< of the target's size; 0.5 = centred
};
/// Centres the source, then perspective, rotation and scale, shear, and translation into the target.
[[nodiscard]] Matrix3 warpMatrix(const WarpParameters &parameters, PixelSize source, PixelSize target);

/// Boxes seen through `m`: the bounds of the four warped corners, clipped to the target. Boxes that became
/// smaller than 2 px, thinner than 1:100 or smaller than a tenth of their scaled area are dropped.
[[nodiscard]] std::vector<PixelBox> warpBoxes(const std::vector<PixelBox> &boxes, const Matrix3 &m,
                                              double scale, PixelSize target);

/// Whether a box is still worth learning after a warp: not below 2 px or thinner than 1:100, and larger than
/// `smallestPart` of its area before, scaled.
[[nodiscard]] bool keepsEnough(const PixelBox &before, const PixelBox &after, double scale,
                               double smallestPart = 0.1);

/// One quarter of a mosaic: the canvas rectangle [x1, x2) x [y1, y2) shows the image whose own corner lies at
/// (offsetX, offsetY).
struct MosaicTile {
    int x1 = 0, y1 = 0, x2 = 0, y2 = 0;
    int offsetX = 0, offsetY = 0;
};
/// Tile `index` (0 top left, 1 top right, 2 bottom left, 3 bottom right) on a square canvas around the
/// centre.
[[nodiscard]] MosaicTile mosaicTile(int index, PixelSize image, int centreX, int centreY, int canvas);

} // namespace torchdeck::engine

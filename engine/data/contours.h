// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Objects with outlines, for data sets whose labels are polygons: boxes follow the outline, not their own
// corners, and objects can be cut out.

#include "engine/data/dataset.h"
#include "engine/data/geometry.h"

#include <opencv2/core.hpp>

#include <vector>

namespace torchdeck::engine {

using Contour = std::vector<cv::Point2f>; ///< closed, pixels

/// The objects of an image: either none has a contour or each one has.
struct Objects {
    std::vector<PixelBox> boxes;
    std::vector<Contour> contours; ///< empty, or one a box
    [[nodiscard]] bool outlined() const { return !contours.empty(); }
    void append(const Objects &more);
};

/// The outline's corners and further points between them, 1000 in all (one more than the longest outline of
/// the image has, when that is longer), normalised as before.
[[nodiscard]] Contour resampledOutline(const Outline &outline, std::size_t points);

/// Normalised labels of an image drawn `size` large at (x, y). `outlines` may be null or empty.
[[nodiscard]] Objects placeObjects(const std::vector<BoxLabel> &labels, const std::vector<Outline> *outlines,
                                   PixelSize size, float x = 0, float y = 0);

/// Clips to [0, size] and drops objects that keep no area.
void clipObjects(Objects &objects, PixelSize size);

/// Bounds of the part of a contour inside the image, empty when there is none.
[[nodiscard]] PixelBox visibleBounds(const Contour &contour, PixelSize size);

/// warpBoxes() for objects: with contours the box is the warped outline's, and a hundredth of the area is
/// enough to be kept.
[[nodiscard]] Objects warpObjects(const Objects &objects, const Matrix3 &m, double scale, PixelSize target);

} // namespace torchdeck::engine

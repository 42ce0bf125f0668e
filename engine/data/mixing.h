// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Augmentations that bring a second image into the first one, after both have their final size.

#include "engine/data/contours.h"
#include "engine/data/rng.h"

namespace torchdeck::engine {

/// image * part + other * (1 - part), decimals cut off; the objects of both.
void mixImages(cv::Mat &image, Objects &objects, const cv::Mat &other, const Objects &more, double part);

/// A rectangle for CutMix (arXiv 1905.04899): `side` of the image's sides about a centre, clipped.
[[nodiscard]] cv::Rect cutRectangle(PixelSize size, double side, int centreX, int centreY);
/// One whose share of the image is uniform and whose centre is anywhere.
[[nodiscard]] cv::Rect drawCutRectangle(Rng &rng, PixelSize size);

[[nodiscard]] bool coversNothing(const Objects &objects, const cv::Rect &rectangle);
/// Puts one of three random rectangles of `other` into `image`, one that covers no object of it and shows
/// some of the other's; nothing happens when there is none.
void cutMix(cv::Mat &image, Objects &objects, const cv::Mat &other, const Objects &more, Rng &rng);
/// The part of the above that draws nothing: `rectangle` is pasted when it shows an object.
void pasteRectangle(cv::Mat &image, Objects &objects, const cv::Mat &other, const Objects &more,
                    const cv::Rect &rectangle);

/// Copy-paste (arXiv 2012.07177): cuts `part` of those objects of `other` out that would hide little of the
/// image's own, the least hiding ones first.
void pasteObjects(cv::Mat &image, Objects &objects, const cv::Mat &other, const Objects &more, double part);
/// The same with the image's own objects, mirrored.
void pasteMirrored(cv::Mat &image, Objects &objects, double part);

} // namespace torchdeck::engine

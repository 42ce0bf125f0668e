// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/contours.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>

namespace torchdeck::engine {

namespace {

constexpr std::size_t kPoints = 1000;
constexpr double kOutlinedPart = 0.01; ///< of the area, to be kept by a warp

/// Grows to hold the points given to it.
struct Bounds {
    PixelBox box { 0, 1e30f, 1e30f, -1e30f, -1e30f };
    void add(float x, float y)
    {
        box.x1 = std::min(box.x1, x);
        box.y1 = std::min(box.y1, y);
        box.x2 = std::max(box.x2, x);
        box.y2 = std::max(box.y2, y);
    }
    [[nodiscard]] bool empty() const { return box.x1 > box.x2; }
};

/// Adds the points where the edge a-b crosses the image's border.
void addCrossings(Bounds &bounds, cv::Point2f a, cv::Point2f b, float width, float height)
{
    const cv::Point2f step = b - a;
    for (const float limit : { 0.0f, width }) {
        const float t = (limit - a.x) / step.x, y = a.y + t * step.y;
        if (step.x != 0 && t >= 0 && t <= 1 && y >= 0 && y <= height)
            bounds.add(limit, y);
    }
    for (const float limit : { 0.0f, height }) {
        const float t = (limit - a.y) / step.y, x = a.x + t * step.x;
        if (step.y != 0 && t >= 0 && t <= 1 && x >= 0 && x <= width)
            bounds.add(x, limit);
    }
}

} // namespace

void Objects::append(const Objects &more)
{
    boxes.insert(boxes.end(), more.boxes.begin(), more.boxes.end());
    contours.insert(contours.end(), more.contours.begin(), more.contours.end());
}

Contour resampledOutline(const Outline &outline, std::size_t points)
{
    const std::size_t corners = outline.size() / 2;
    const auto corner = [&](std::size_t i) {
        return cv::Point2f(outline[2 * (i % corners)], outline[2 * (i % corners) + 1]);
    };
    Contour contour;
    contour.reserve(points);
    if (corners == points) {
        for (std::size_t i = 0; i < corners; ++i)
            contour.push_back(corner(i));
        return contour;
    }
    // Evenly spaced along the corners' numbers, the corners themselves among them, the first one at both
    // ends.
    const std::size_t even = corners + 1 < points ? points - corners - 1 : points;
    const bool keepCorners = corners + 1 < points;
    const double step = even > 1 ? static_cast<double>(corners) / static_cast<double>(even - 1) : 0;
    std::size_t next = 0;
    for (std::size_t i = 0; i < even; ++i) {
        const double place =
            i + 1 == even && even > 1 ? static_cast<double>(corners) : static_cast<double>(i) * step;
        for (; keepCorners && static_cast<double>(next) <= place && next <= corners; ++next)
            contour.push_back(corner(next));
        const auto before = std::min(static_cast<std::size_t>(place), corners - 1);
        const double part = place - static_cast<double>(before);
        const cv::Point2d a = corner(before), b = corner(before + 1);
        const cv::Point2d between = a + (b - a) * part;
        contour.emplace_back(static_cast<float>(between.x), static_cast<float>(between.y));
    }
    for (; keepCorners && next <= corners; ++next)
        contour.push_back(corner(next));
    return contour;
}

Objects placeObjects(const std::vector<BoxLabel> &labels, const std::vector<Outline> *outlines,
                     PixelSize size, float x, float y)
{
    Objects objects { toPixels(labels, size, x, y), {} };
    if (!outlines || outlines->empty())
        return objects;
    std::size_t longest = 0;
    for (const Outline &outline : *outlines)
        longest = std::max(longest, outline.size() / 2);
    const std::size_t points = longest > kPoints ? longest + 1 : kPoints;
    const auto width = static_cast<float>(size.width), height = static_cast<float>(size.height);
    for (const Outline &outline : *outlines) {
        objects.contours.push_back(resampledOutline(outline, points));
        for (cv::Point2f &p : objects.contours.back())
            p = { p.x * width + x, p.y * height + y };
    }
    return objects;
}

void clipObjects(Objects &objects, PixelSize size)
{
    if (!objects.outlined()) {
        clipBoxes(objects.boxes, size);
        return;
    }
    const auto width = static_cast<float>(size.width), height = static_cast<float>(size.height);
    Objects kept;
    for (std::size_t i = 0; i < objects.boxes.size(); ++i) {
        std::vector<PixelBox> one { objects.boxes[i] };
        clipBoxes(one, size);
        if (one.empty())
            continue;
        kept.boxes.push_back(one.front());
        kept.contours.push_back(std::move(objects.contours[i]));
        for (cv::Point2f &p : kept.contours.back())
            p = { std::clamp(p.x, 0.0f, width), std::clamp(p.y, 0.0f, height) };
    }
    objects = std::move(kept);
}

PixelBox visibleBounds(const Contour &contour, PixelSize size)
{
    const auto width = static_cast<float>(size.width), height = static_cast<float>(size.height);
    Bounds all, seen;
    for (const cv::Point2f &p : contour) {
        all.add(p.x, p.y);
        if (p.x >= 0 && p.y >= 0 && p.x <= width && p.y <= height)
            seen.add(p.x, p.y);
    }
    const PixelBox &a = all.box;
    if (all.empty() || a.x2 < 0 || a.y2 < 0 || a.x1 > width || a.y1 > height)
        return {};
    if (a.x1 >= 0 && a.y1 >= 0 && a.x2 <= width && a.y2 <= height)
        return a;
    for (std::size_t i = 0; i < contour.size(); ++i)
        addCrossings(seen, contour[i], contour[(i + 1) % contour.size()], width, height);
    for (const cv::Point2f corner :
         { cv::Point2f(0, 0), cv::Point2f(width, 0), cv::Point2f(0, height), cv::Point2f(width, height) }) {
        if (cv::pointPolygonTest(contour, corner, false) >= 0)
            seen.add(corner.x, corner.y);
    }
    return seen.empty() ? PixelBox {} : seen.box;
}

Objects warpObjects(const Objects &objects, const Matrix3 &m, double scale, PixelSize target)
{
    Objects warped;
    if (!objects.outlined()) {
        warped.boxes = warpBoxes(objects.boxes, m, scale, target);
        return warped;
    }
    const auto width = static_cast<float>(target.width), height = static_cast<float>(target.height);
    for (std::size_t i = 0; i < objects.boxes.size(); ++i) {
        Contour contour;
        contour.reserve(objects.contours[i].size());
        for (const cv::Point2f &p : objects.contours[i]) {
            const Point moved = transformPoint(m, { p.x, p.y });
            contour.emplace_back(static_cast<float>(moved.x), static_cast<float>(moved.y));
        }
        PixelBox box = visibleBounds(contour, target);
        box.classId = objects.boxes[i].classId;
        for (cv::Point2f &p : contour) {
            p.x = std::min(std::max(p.x, box.x1), box.x2);
            p.y = std::min(std::max(p.y, box.y1), box.y2);
        }
        box = { box.classId, std::clamp(box.x1, 0.0f, width), std::clamp(box.y1, 0.0f, height),
                std::clamp(box.x2, 0.0f, width), std::clamp(box.y2, 0.0f, height) };
        if (!keepsEnough(objects.boxes[i], box, scale, kOutlinedPart))
            continue;
        warped.boxes.push_back(box);
        warped.contours.push_back(std::move(contour));
    }
    return warped;
}

} // namespace torchdeck::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/mixing.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace torchdeck::engine {

namespace {

constexpr int kRectangles = 3;
constexpr double kShownPart = 0.1, kOutlinedShownPart = 0.01;
constexpr double kHiddenPart = 0.3; ///< of an object, from which nothing may be pasted over it
constexpr double kTiny = 1e-7;

/// Share of `box` that lies inside `area`.
double coveredPart(const PixelBox &area, const PixelBox &box)
{
    const double width = std::max(0.0f, std::min(area.x2, box.x2) - std::max(area.x1, box.x1));
    const double height = std::max(0.0f, std::min(area.y2, box.y2) - std::max(area.y1, box.y1));
    return width * height / (static_cast<double>(box.x2 - box.x1) * (box.y2 - box.y1) + kTiny);
}

PixelBox boxOf(const cv::Rect &r)
{
    return { 0, static_cast<float>(r.x), static_cast<float>(r.y), static_cast<float>(r.x + r.width),
             static_cast<float>(r.y + r.height) };
}

} // namespace

void mixImages(cv::Mat &image, Objects &objects, const cv::Mat &other, const Objects &more, double part)
{
    // Truncates like an integer conversion: addWeighted rounds to nearest, so half a level is taken off.
    cv::addWeighted(image, part, other, 1 - part, -0.4999, image);
    objects.append(more);
}

cv::Rect cutRectangle(PixelSize size, double side, int centreX, int centreY)
{
    const int halfWidth = static_cast<int>(size.width * side) / 2;
    const int halfHeight = static_cast<int>(size.height * side) / 2;
    const cv::Rect wanted(cv::Point(centreX - halfWidth, centreY - halfHeight),
                          cv::Point(centreX + halfWidth, centreY + halfHeight));
    return wanted & cv::Rect(0, 0, size.width, size.height);
}

cv::Rect drawCutRectangle(Rng &rng, PixelSize size)
{
    const double side = std::sqrt(1 - rng.uniform());
    const auto x = static_cast<int>(rng.below(static_cast<std::uint64_t>(size.width)));
    const auto y = static_cast<int>(rng.below(static_cast<std::uint64_t>(size.height)));
    return cutRectangle(size, side, x, y);
}

bool coversNothing(const Objects &objects, const cv::Rect &rectangle)
{
    return std::ranges::none_of(objects.boxes,
                                [&](const PixelBox &box) { return coveredPart(boxOf(rectangle), box) > 0; });
}

void cutMix(cv::Mat &image, Objects &objects, const cv::Mat &other, const Objects &more, Rng &rng)
{
    std::vector<cv::Rect> free;
    for (int i = 0; i < kRectangles; ++i) {
        const cv::Rect rectangle = drawCutRectangle(rng, { image.cols, image.rows });
        if (coversNothing(objects, rectangle))
            free.push_back(rectangle);
    }
    if (!free.empty())
        pasteRectangle(image, objects, other, more, free[rng.below(free.size())]);
}

void pasteRectangle(cv::Mat &image, Objects &objects, const cv::Mat &other, const Objects &more,
                    const cv::Rect &rectangle)
{
    const PixelBox area = boxOf(rectangle);
    const double enough = objects.outlined() ? kOutlinedShownPart : kShownPart;
    const bool outlined = objects.outlined() && more.outlined();
    const std::size_t before = objects.boxes.size();
    for (std::size_t i = 0; i < more.boxes.size(); ++i) {
        const PixelBox &box = more.boxes[i];
        if (coveredPart(area, box) < enough)
            continue;
        objects.boxes.push_back({ box.classId, std::clamp(box.x1, area.x1, area.x2),
                                  std::clamp(box.y1, area.y1, area.y2), std::clamp(box.x2, area.x1, area.x2),
                                  std::clamp(box.y2, area.y1, area.y2) });
        if (outlined) {
            objects.contours.push_back(more.contours[i]);
            for (cv::Point2f &p : objects.contours.back())
                p = { std::clamp(p.x, area.x1, area.x2), std::clamp(p.y, area.y1, area.y2) };
        }
    }
    if (!outlined)
        objects.contours.clear();
    if (objects.boxes.size() > before)
        other(rectangle).copyTo(image(rectangle));
}

void pasteObjects(cv::Mat &image, Objects &objects, const cv::Mat &other, const Objects &more, double part)
{
    std::vector<std::pair<double, std::size_t>> fitting; // most hidden share of an own object, object
    for (std::size_t i = 0; i < more.contours.size(); ++i) {
        double hidden = 0;
        for (const PixelBox &own : objects.boxes)
            hidden = std::max(hidden, coveredPart(more.boxes[i], own));
        if (hidden < kHiddenPart)
            fitting.emplace_back(hidden, i);
    }
    std::stable_sort(fitting.begin(), fitting.end(),
                     [](const auto &a, const auto &b) { return a.first < b.first; });
    fitting.resize(static_cast<std::size_t>(std::nearbyint(part * static_cast<double>(fitting.size()))));
    if (fitting.empty())
        return;
    cv::Mat mask = cv::Mat::zeros(image.size(), CV_8U);
    for (const auto &[hidden, i] : fitting) {
        std::vector<cv::Point> outline;
        for (const cv::Point2f &p : more.contours[i])
            outline.emplace_back(static_cast<int>(p.x), static_cast<int>(p.y));
        cv::drawContours(mask, std::vector<std::vector<cv::Point>> { outline }, -1, cv::Scalar(1),
                         cv::FILLED);
        objects.boxes.push_back(more.boxes[i]);
        objects.contours.push_back(more.contours[i]);
    }
    other.copyTo(image, mask);
}

void pasteMirrored(cv::Mat &image, Objects &objects, double part)
{
    cv::Mat mirrored;
    cv::flip(image, mirrored, 1);
    Objects turned = objects;
    const auto width = static_cast<float>(image.cols);
    for (PixelBox &box : turned.boxes)
        box = { box.classId, width - box.x2, box.y1, width - box.x1, box.y2 };
    for (Contour &contour : turned.contours) {
        for (cv::Point2f &p : contour)
            p.x = width - p.x;
    }
    pasteObjects(image, objects, mirrored, turned, part);
}

} // namespace torchdeck::engine

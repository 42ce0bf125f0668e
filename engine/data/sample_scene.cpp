// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/sample_scene.h"

#include "engine/data/rng.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>

namespace torchdeck::engine {

namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr int kShift = 4; // fractional bits of OpenCV's polygon coordinates

enum class Shape { Circle, Square, Triangle, Star };

struct Object {
    Shape shape = Shape::Circle;
    std::vector<Point> outline;
    PixelBox box;
    double area = 0; ///< pixels of its mask
};

/// Hue in turns, saturation and value in 0..1, as BGR.
cv::Scalar colour(double hue, double saturation, double value)
{
    const auto channel = [&](double offset) {
        const double k = std::fmod(offset + hue * 6, 6.0);
        return 255 * (value - value * saturation * std::max(0.0, std::min({ k, 4 - k, 1.0 })));
    };
    return { channel(1), channel(3), channel(5) };
}

cv::Scalar dullColour(Rng &rng)
{
    return colour(rng.uniform(), rng.uniform(0, 0.25), rng.uniform(0.2, 0.85));
}

/// Smooth random field: a small grid of random colours, enlarged.
cv::Mat cloud(Rng &rng, PixelSize size, int cells, const cv::Scalar &middle, double reach)
{
    cv::Mat grid(cells, cells, CV_32FC3);
    for (int y = 0; y < cells; ++y) {
        for (int x = 0; x < cells; ++x) {
            const double light = rng.uniform(-reach, reach);
            for (int c = 0; c < 3; ++c)
                grid.at<cv::Vec3f>(y, x)[c] =
                    static_cast<float>(middle[c] + light + rng.uniform(-reach, reach) / 4);
        }
    }
    cv::Mat field;
    cv::resize(grid, field, cv::Size(size.width, size.height), 0, 0, cv::INTER_CUBIC);
    return field;
}

cv::Mat gradient(Rng &rng, PixelSize size, const cv::Scalar &from, const cv::Scalar &to)
{
    cv::Mat field(size.height, size.width, CV_32FC3);
    const double angle = rng.uniform(0, 2 * kPi);
    const double dx = std::cos(angle) / size.width, dy = std::sin(angle) / size.height;
    for (int y = 0; y < size.height; ++y) {
        for (int x = 0; x < size.width; ++x) {
            const double part =
                std::clamp(0.5 + (x - size.width / 2.0) * dx + (y - size.height / 2.0) * dy, 0.0, 1.0);
            for (int c = 0; c < 3; ++c)
                field.at<cv::Vec3f>(y, x)[c] = static_cast<float>(from[c] + (to[c] - from[c]) * part);
        }
    }
    return field;
}

void addStripes(Rng &rng, cv::Mat &field)
{
    const double angle = rng.uniform(0, kPi), period = rng.uniform(8, 40), strength = rng.uniform(4, 14);
    for (int y = 0; y < field.rows; ++y) {
        for (int x = 0; x < field.cols; ++x) {
            const double wave = std::sin(2 * kPi * (x * std::cos(angle) + y * std::sin(angle)) / period);
            field.at<cv::Vec3f>(y, x) += cv::Vec3f::all(static_cast<float>(wave * strength));
        }
    }
}

cv::Mat background(Rng &rng, PixelSize size)
{
    cv::Mat field;
    const cv::Scalar first = dullColour(rng);
    if (rng.below(2) == 0)
        field = gradient(rng, size, first, dullColour(rng));
    else
        field = cloud(rng, size, rng.between(3, 12), first, 35);
    if (rng.below(3) == 0)
        addStripes(rng, field);
    cv::Mat image;
    field.convertTo(image, CV_8UC3);
    const int scratches = rng.between(0, 6);
    for (int i = 0; i < scratches; ++i) {
        const cv::Point a(rng.between(0, size.width - 1), rng.between(0, size.height - 1));
        const cv::Point b(rng.between(0, size.width - 1), rng.between(0, size.height - 1));
        const int width = rng.between(1, 3);
        cv::line(image, a, b, dullColour(rng), width, cv::LINE_AA);
    }
    return image;
}

std::vector<Point> outlineOf(Shape shape, Rng &rng, Point centre, double radius)
{
    int corners = 0;
    double inner = 1, turn = rng.uniform(0, 2 * kPi);
    switch (shape) {
    case Shape::Circle:
        corners = 96;
        break;
    case Shape::Square:
        corners = 4;
        turn = kPi / 4 + rng.uniform(-0.3, 0.3);
        break;
    case Shape::Triangle:
        corners = 3;
        turn = -kPi / 2 + rng.uniform(-0.4, 0.4);
        break;
    case Shape::Star:
        corners = 10;
        inner = rng.uniform(0.4, 0.5);
        break;
    }
    const double stretch = rng.uniform(0.88, 1.12);
    std::vector<Point> outline;
    for (int i = 0; i < corners; ++i) {
        const double reach = radius * (i % 2 == 1 ? inner : 1.0), angle = turn + 2 * kPi * i / corners;
        outline.push_back(
            { centre.x + reach * std::cos(angle) * stretch, centre.y + reach * std::sin(angle) / stretch });
    }
    return outline;
}

Object placeObject(Rng &rng, PixelSize size)
{
    Object object;
    object.shape = static_cast<Shape>(rng.below(4));
    const double side = std::min(size.width, size.height);
    const double radius = side * rng.uniform(0.10, 0.45) / 2;
    const Point centre { rng.uniform(radius * 0.8, size.width - radius * 0.8),
                         rng.uniform(radius * 0.8, size.height - radius * 0.8) };
    object.outline = outlineOf(object.shape, rng, centre, radius);
    object.box = { static_cast<int>(object.shape), 1e9f, 1e9f, -1e9f, -1e9f };
    for (const Point &p : object.outline) {
        const auto x = static_cast<float>(std::clamp(p.x, 0.0, static_cast<double>(size.width)));
        const auto y = static_cast<float>(std::clamp(p.y, 0.0, static_cast<double>(size.height)));
        object.box = { object.box.classId, std::min(object.box.x1, x), std::min(object.box.y1, y),
                       std::max(object.box.x2, x), std::max(object.box.y2, y) };
    }
    return object;
}

cv::Mat maskOf(const Object &object, PixelSize size)
{
    cv::Mat mask = cv::Mat::zeros(size.height, size.width, CV_8UC1);
    std::vector<cv::Point> points;
    for (const Point &p : object.outline) // OpenCV's pixel centres lie at whole numbers, ours at halves
        points.emplace_back(static_cast<int>(std::lround((p.x - 0.5) * (1 << kShift))),
                            static_cast<int>(std::lround((p.y - 0.5) * (1 << kShift))));
    cv::fillPoly(mask, std::vector<std::vector<cv::Point>> { points }, 255, cv::LINE_AA, kShift);
    return mask;
}

void paint(Rng &rng, cv::Mat &image, const cv::Mat &mask)
{
    const PixelSize size { image.cols, image.rows };
    const double hue = rng.uniform(), value = rng.uniform(0.55, 1.0);
    const cv::Scalar base = colour(hue, rng.uniform(0.6, 1.0), value);
    cv::Mat fill;
    if (rng.below(2) == 0)
        gradient(rng, size, base, base * rng.uniform(0.6, 0.9)).convertTo(fill, CV_8UC3);
    else
        cloud(rng, size, rng.between(4, 16), base, 18).convertTo(fill, CV_8UC3);
    for (int y = 0; y < image.rows; ++y) {
        for (int x = 0; x < image.cols; ++x) {
            const int alpha = mask.at<std::uint8_t>(y, x);
            if (alpha == 0)
                continue;
            auto &pixel = image.at<cv::Vec3b>(y, x);
            const auto &ink = fill.at<cv::Vec3b>(y, x);
            for (int c = 0; c < 3; ++c)
                pixel[c] = static_cast<std::uint8_t>((ink[c] * alpha + pixel[c] * (255 - alpha) + 127) / 255);
        }
    }
}

/// Whether everything placed so far stays at least two thirds visible when `mask` lies on top.
bool leavesOthersVisible(const std::vector<cv::Mat> &visible, const std::vector<Object> &objects,
                         const cv::Mat &mask)
{
    constexpr double kVisiblePart = 0.66;
    for (std::size_t i = 0; i < objects.size(); ++i) {
        cv::Mat left;
        cv::subtract(visible[i], mask, left);
        if (cv::countNonZero(left > 127) < kVisiblePart * objects[i].area)
            return false;
    }
    return true;
}

void addObjects(Rng &rng, SampleScene &scene, PixelSize size, int wanted)
{
    std::vector<Object> objects;
    std::vector<cv::Mat> visible;
    for (int attempt = 0; attempt < wanted * 8 && static_cast<int>(objects.size()) < wanted; ++attempt) {
        Object object = placeObject(rng, size);
        const cv::Mat mask = maskOf(object, size);
        object.area = cv::countNonZero(mask > 127);
        if (object.area < 16 || !leavesOthersVisible(visible, objects, mask))
            continue;
        for (cv::Mat &other : visible)
            cv::subtract(other, mask, other);
        paint(rng, scene.image, mask);
        visible.push_back(mask);
        scene.boxes.push_back(object.box);
        objects.push_back(std::move(object));
    }
}

void disturb(Rng &rng, cv::Mat &image)
{
    const int bars = rng.below(3) == 0 ? rng.between(1, 2) : 0; // something in front of the shapes
    for (int i = 0; i < bars; ++i) {
        const cv::Point a(rng.between(0, image.cols - 1), 0),
            b(rng.between(0, image.cols - 1), image.rows - 1);
        const int width = rng.between(2, std::max(2, image.cols / 60));
        cv::line(image, a, b, dullColour(rng), width, cv::LINE_AA);
    }
    if (rng.below(4) == 0)
        cv::GaussianBlur(image, image, cv::Size(5, 5), rng.uniform(0.6, 1.6));
    const double strength = rng.uniform(1, 9);
    for (int y = 0; y < image.rows; ++y) {
        auto *row = image.ptr<std::uint8_t>(y);
        for (int x = 0; x < image.cols * 3; ++x) {
            // Sum of four uniform bytes: close enough to a bell curve, and exact everywhere.
            const std::uint64_t bits = rng.next();
            const int sum =
                static_cast<int>((bits & 255) + (bits >> 8 & 255) + (bits >> 16 & 255) + (bits >> 24 & 255));
            row[x] = cv::saturate_cast<std::uint8_t>(row[x] + (sum - 510) / 147.0 * strength);
        }
    }
}

} // namespace

const std::vector<std::string> &sampleClasses()
{
    static const std::vector<std::string> names { "circle", "square", "triangle", "star" };
    return names;
}

SampleScene drawScene(std::uint64_t seed, std::uint64_t split, std::uint64_t index, PixelSize size)
{
    Rng rng(seed, split, index);
    SampleScene scene;
    scene.image = background(rng, size);
    constexpr std::uint64_t kEmptyOneIn = 20; // a detector must also learn to stay silent
    const bool empty = index > 0 && rng.below(kEmptyOneIn) == 0;
    if (!empty)
        addObjects(rng, scene, size, rng.between(2, 8));
    disturb(rng, scene.image);
    return scene;
}

} // namespace torchdeck::engine

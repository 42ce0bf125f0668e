// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/geometry.h"

#include <algorithm>
#include <cmath>

namespace torchdeck::engine {

namespace {

constexpr double kPi = 3.14159265358979323846;

int ceilToInt(double value) { return static_cast<int>(std::ceil(value)); }
int roundToInt(double value)
{
    return static_cast<int>(std::nearbyint(value));
} // half to even, as Python rounds

} // namespace

std::vector<PixelBox> toPixels(const std::vector<BoxLabel> &labels, PixelSize size, float x, float y,
                               float gain)
{
    std::vector<PixelBox> boxes;
    boxes.reserve(labels.size());
    const auto width = static_cast<float>(size.width), height = static_cast<float>(size.height);
    for (const BoxLabel &label : labels) {
        boxes.push_back({ label.classId, (label.x - label.w / 2) * width * gain + x,
                          (label.y - label.h / 2) * height * gain + y,
                          (label.x + label.w / 2) * width * gain + x,
                          (label.y + label.h / 2) * height * gain + y });
    }
    return boxes;
}

BoxLabel toNormalised(const PixelBox &box, PixelSize size)
{
    const auto width = static_cast<float>(size.width), height = static_cast<float>(size.height);
    return { box.classId, (box.x1 + box.x2) / 2 / width, (box.y1 + box.y2) / 2 / height,
             (box.x2 - box.x1) / width, (box.y2 - box.y1) / height };
}

void clipBoxes(std::vector<PixelBox> &boxes, PixelSize size)
{
    const auto width = static_cast<float>(size.width), height = static_cast<float>(size.height);
    for (PixelBox &box : boxes) {
        box.x1 = std::clamp(box.x1, 0.0f, width);
        box.x2 = std::clamp(box.x2, 0.0f, width);
        box.y1 = std::clamp(box.y1, 0.0f, height);
        box.y2 = std::clamp(box.y2, 0.0f, height);
    }
    std::erase_if(boxes, [](const PixelBox &box) { return box.x2 <= box.x1 || box.y2 <= box.y1; });
}

PixelSize fittedSize(PixelSize original, int imgsz)
{
    const int longest = std::max(original.width, original.height);
    if (longest == imgsz || longest == 0)
        return original;
    const double r = static_cast<double>(imgsz) / longest;
    return { std::min(ceilToInt(original.width * r), imgsz),
             std::min(ceilToInt(original.height * r), imgsz) };
}

PixelSize rectShape(double low, double high, int imgsz, int stride, double pad)
{
    double width = 1, height = 1;
    if (high < 1)
        height = high;
    else if (low > 1)
        width = 1 / low;
    const auto side = [&](double part) { return ceilToInt(part * imgsz / stride + pad) * stride; };
    return { side(width), side(height) };
}

Letterbox letterbox(PixelSize image, PixelSize canvas)
{
    Letterbox box;
    box.ratio = std::min({ static_cast<double>(canvas.height) / image.height,
                           static_cast<double>(canvas.width) / image.width, 1.0 });
    box.resized = { std::max(roundToInt(image.width * box.ratio), 1),
                    std::max(roundToInt(image.height * box.ratio), 1) };
    // An odd pixel of padding goes right and below.
    box.left = roundToInt((canvas.width - box.resized.width) / 2.0 - 0.1);
    box.top = roundToInt((canvas.height - box.resized.height) / 2.0 - 0.1);
    return box;
}

Matrix3 multiply(const Matrix3 &a, const Matrix3 &b)
{
    Matrix3 product {};
    for (std::size_t row = 0; row < 3; ++row) {
        for (std::size_t column = 0; column < 3; ++column) {
            for (std::size_t k = 0; k < 3; ++k)
                product[row * 3 + column] += a[row * 3 + k] * b[k * 3 + column];
        }
    }
    return product;
}

Matrix3 inverse(const Matrix3 &m)
{
    const Matrix3 adjugate {
        m[4] * m[8] - m[5] * m[7], m[2] * m[7] - m[1] * m[8], m[1] * m[5] - m[2] * m[4],
        m[5] * m[6] - m[3] * m[8], m[0] * m[8] - m[2] * m[6], m[2] * m[3] - m[0] * m[5],
        m[3] * m[7] - m[4] * m[6], m[1] * m[6] - m[0] * m[7], m[0] * m[4] - m[1] * m[3]
    };
    const double determinant = m[0] * adjugate[0] + m[1] * adjugate[3] + m[2] * adjugate[6];
    Matrix3 result {};
    for (std::size_t i = 0; i < result.size(); ++i)
        result[i] = adjugate[i] / determinant;
    return result;
}

Point transformPoint(const Matrix3 &m, Point p)
{
    const double w = m[6] * p.x + m[7] * p.y + m[8];
    return { (m[0] * p.x + m[1] * p.y + m[2]) / w, (m[3] * p.x + m[4] * p.y + m[5]) / w };
}

std::optional<Shift> shiftInside(const std::array<double, 6> &toSource, PixelSize source, PixelSize image)
{
    const double left = -toSource[2], top = -toSource[5];
    if (toSource[0] != 1 || toSource[1] != 0 || toSource[3] != 0 || toSource[4] != 1 || left != std::floor(left)
        || top != std::floor(top) || left < 0 || top < 0 || left + source.width > image.width
        || top + source.height > image.height)
        return std::nullopt;
    return Shift { static_cast<int>(left), static_cast<int>(top) };
}

Matrix3 warpMatrix(const WarpParameters &p, PixelSize source, PixelSize target)
{
    const double angle = p.degrees * kPi / 180;
    const double c = p.scale * std::cos(angle), s = p.scale * std::sin(angle);
    const Matrix3 centre { 1, 0, -source.width / 2.0, 0, 1, -source.height / 2.0, 0, 0, 1 };
    const Matrix3 perspective { 1, 0, 0, 0, 1, 0, p.perspectiveX, p.perspectiveY, 1 };
    const Matrix3 rotation { c, s, 0, -s, c, 0, 0, 0, 1 };
    const Matrix3 shear {
        1, std::tan(p.shearX * kPi / 180), 0, std::tan(p.shearY * kPi / 180), 1, 0, 0, 0, 1
    };
    const Matrix3 translation {
        1, 0, p.translateX * target.width, 0, 1, p.translateY * target.height, 0, 0, 1
    };
    return multiply(translation, multiply(shear, multiply(rotation, multiply(perspective, centre))));
}

std::vector<PixelBox> warpBoxes(const std::vector<PixelBox> &boxes, const Matrix3 &m, double scale,
                                PixelSize target)
{
    std::vector<PixelBox> result;
    result.reserve(boxes.size());
    for (const PixelBox &box : boxes) {
        PixelBox warped { box.classId, 1e30f, 1e30f, -1e30f, -1e30f };
        for (const Point corner : { Point { box.x1, box.y1 }, Point { box.x2, box.y1 },
                                    Point { box.x1, box.y2 }, Point { box.x2, box.y2 } }) {
            const Point p = transformPoint(m, corner);
            warped.x1 = std::min(warped.x1, static_cast<float>(p.x));
            warped.y1 = std::min(warped.y1, static_cast<float>(p.y));
            warped.x2 = std::max(warped.x2, static_cast<float>(p.x));
            warped.y2 = std::max(warped.y2, static_cast<float>(p.y));
        }
        const auto clipX = [&](float x) { return std::clamp(x, 0.0f, static_cast<float>(target.width)); };
        const auto clipY = [&](float y) { return std::clamp(y, 0.0f, static_cast<float>(target.height)); };
        warped = { box.classId, clipX(warped.x1), clipY(warped.y1), clipX(warped.x2), clipY(warped.y2) };
        if (keepsEnough(box, warped, scale))
            result.push_back(warped);
    }
    return result;
}

bool keepsEnough(const PixelBox &before, const PixelBox &after, double scale, double smallestPart)
{
    constexpr float kSmallestSide = 2, kThinnest = 100;
    constexpr double kTiny = 1e-16;
    const float width = after.x2 - after.x1, height = after.y2 - after.y1;
    const double area = static_cast<double>(width) * height;
    const double full = static_cast<double>(before.x2 - before.x1) * (before.y2 - before.y1) * scale * scale;
    return width > kSmallestSide && height > kSmallestSide && width < kThinnest * height
        && height < kThinnest * width && area / (full + kTiny) > smallestPart;
}

MosaicTile mosaicTile(int index, PixelSize image, int centreX, int centreY, int canvas)
{
    const bool right = index % 2 == 1, below = index >= 2;
    MosaicTile tile;
    tile.offsetX = right ? centreX : centreX - image.width;
    tile.offsetY = below ? centreY : centreY - image.height;
    tile.x1 = std::max(tile.offsetX, 0);
    tile.y1 = std::max(tile.offsetY, 0);
    tile.x2 = right ? std::min(centreX + image.width, canvas) : centreX;
    tile.y2 = below ? std::min(centreY + image.height, canvas) : centreY;
    return tile;
}

} // namespace torchdeck::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/plots/drawing.h"

#include "engine/core/atomic_file.h"

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <vector>

namespace torchdeck::engine::plots {

namespace {

constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;
constexpr double kCapHeight = 21; ///< of that font at scale 1

/// Okabe and Ito's set without its yellow, which no white label can be read on, then darker and lighter
/// turns.
constexpr std::array<std::uint32_t, 20> kPalette {
    0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7, 0xe69f00, 0x56b4e9, 0x8c564b, 0x6a3d9a, 0x3c8d2f, 0xb2182b,
    0x1b9e9e, 0x7f7f7f, 0xa6761d, 0x4053d3, 0xe7298a, 0x66a61e, 0x005f73, 0x9a031e, 0x5e548e, 0x386641,
};

double scaleOf(const TextStyle &style) { return style.capHeight / kCapHeight; }

int thicknessOf(const TextStyle &style)
{
    return std::max(1, static_cast<int>(std::lround(style.capHeight / (style.bold ? 6.0 : 11.5))));
}

int shift(Align align, int width)
{
    return align == Align::Left ? 0 : align == Align::Right ? width : width / 2;
}

} // namespace

cv::Scalar classColour(int classId)
{
    const std::uint32_t rgb = kPalette[static_cast<std::size_t>(std::max(classId, 0)) % kPalette.size()];
    return { double(rgb & 255), double(rgb >> 8 & 255), double(rgb >> 16 & 255) };
}

cv::Scalar textOn(const cv::Scalar &background)
{
    const double light = 0.114 * background[0] + 0.587 * background[1] + 0.299 * background[2];
    return light > 150 ? ink : white;
}

std::string drawableName(const std::string &name, int classId)
{
    const bool plain = std::ranges::all_of(name, [](unsigned char c) { return c >= 32 && c < 127; });
    return plain && !name.empty() ? name : "class " + std::to_string(classId);
}

std::string fitted(const std::string &text, double capHeight, int width)
{
    const TextStyle style { capHeight };
    if (textWidth(text, style) <= width)
        return text;
    std::string cut = text;
    while (cut.size() > 1 && textWidth(cut + "..", style) > width)
        cut.pop_back();
    return cut + "..";
}

int textWidth(const std::string &text, const TextStyle &style)
{
    int baseline = 0;
    return cv::getTextSize(text, kFont, scaleOf(style), thicknessOf(style), &baseline).width;
}

void drawText(cv::Mat &image, const std::string &text, cv::Point at, const TextStyle &style)
{
    cv::putText(image, text, { at.x - shift(style.align, textWidth(text, style)), at.y }, kFont,
                scaleOf(style), style.colour, thicknessOf(style), cv::LINE_AA);
}

void drawTextUpwards(cv::Mat &image, const std::string &text, cv::Point at, const TextStyle &style)
{
    const int width = textWidth(text, style), margin = static_cast<int>(style.capHeight);
    const int above = 2 * margin, below = margin;
    const cv::Rect place(at.x - above, at.y - width - margin + shift(style.align, width), above + below,
                         width + 2 * margin);
    const cv::Rect seen = place & cv::Rect(0, 0, image.cols, image.rows);
    if (seen.empty())
        return;
    // Turned so that the text lies flat, drawn over what is there, and turned back.
    cv::Mat patch(place.size(), image.type(), white), flat;
    const cv::Rect inPatch = seen - place.tl();
    image(seen).copyTo(patch(inPatch));
    cv::rotate(patch, flat, cv::ROTATE_90_CLOCKWISE);
    TextStyle left = style;
    left.align = Align::Left;
    drawText(flat, text, { margin, above }, left);
    cv::rotate(flat, patch, cv::ROTATE_90_COUNTERCLOCKWISE);
    patch(inPatch).copyTo(image(seen));
}

void drawBox(cv::Mat &image, const cv::Rect2d &box, const std::string &label, const cv::Scalar &colour,
             int lineWidth)
{
    const cv::Point from(static_cast<int>(box.x), static_cast<int>(box.y));
    const cv::Point to(static_cast<int>(box.x + box.width), static_cast<int>(box.y + box.height));
    cv::rectangle(image, from, to, colour, lineWidth, cv::LINE_AA);
    if (label.empty())
        return;
    const TextStyle style { std::max(8.0, 5.0 * lineWidth), textOn(colour) };
    const int pad = std::max(2, lineWidth), width = textWidth(label, style) + 2 * pad;
    const int height = static_cast<int>(style.capHeight * 1.35) + 2 * pad;
    const int left = std::clamp(from.x - lineWidth / 2, 0, std::max(0, image.cols - width));
    const int top = from.y >= height ? from.y - height : from.y;
    cv::rectangle(image, { left, top }, { left + width, top + height }, colour, cv::FILLED);
    drawText(image, label, { left + pad, top + pad + static_cast<int>(style.capHeight) }, style);
}

void writePicture(const std::filesystem::path &file, const cv::Mat &image)
{
    std::vector<std::uint8_t> bytes;
    cv::imencode(file.extension().string(), image, bytes,
                 file.extension() == ".png" ? std::vector<int> { cv::IMWRITE_PNG_COMPRESSION, 3 }
                                            : std::vector<int> { cv::IMWRITE_JPEG_QUALITY, 95 });
    writeFileAtomically(file, { reinterpret_cast<const char *>(bytes.data()), bytes.size() });
}

} // namespace torchdeck::engine::plots

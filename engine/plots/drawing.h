// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Colours and text of everything the engine draws. Images are BGR bytes, sizes pixels.

#include <opencv2/core.hpp>

#include <filesystem>
#include <string>

namespace torchdeck::engine::plots {

const cv::Scalar ink(50, 42, 36), faint(150, 142, 136), grid(232, 228, 224), white(255, 255, 255);

/// One colour a class, colour-blind-safe as far as that goes, coming round after twenty.
[[nodiscard]] cv::Scalar classColour(int classId);
/// Black or white, whichever reads better on `background`.
[[nodiscard]] cv::Scalar textOn(const cv::Scalar &background);

/// What the built-in font can draw of a class's name: the name, or "class N" when it is not plain ASCII.
[[nodiscard]] std::string drawableName(const std::string &name, int classId);
/// Cut to what fits into `width` pixels, with two dots for the rest.
[[nodiscard]] std::string fitted(const std::string &text, double capHeight, int width);

enum class Align { Left, Centre, Right };

struct TextStyle {
    double capHeight = 20; ///< of a capital letter
    cv::Scalar colour = ink;
    Align align = Align::Left;
    bool bold = false;
};
[[nodiscard]] int textWidth(const std::string &text, const TextStyle &style);
/// `at`: where the baseline begins, is centred or ends.
void drawText(cv::Mat &image, const std::string &text, cv::Point at, const TextStyle &style);
/// Reading upwards; `at`: where the baseline begins, is centred or ends, seen along the text.
void drawTextUpwards(cv::Mat &image, const std::string &text, cv::Point at, const TextStyle &style);

/// A box with its label, which is kept inside the image; an empty label draws none.
void drawBox(cv::Mat &image, const cv::Rect2d &box, const std::string &label, const cv::Scalar &colour,
             int lineWidth);

/// Encodes by the file's extension (.png, .jpg) and writes atomically. Throws EngineError (Storage).
void writePicture(const std::filesystem::path &file, const cv::Mat &image);

} // namespace torchdeck::engine::plots

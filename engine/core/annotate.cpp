// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/annotate.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <array>

namespace torchdeck::engine {

namespace {

/// Okabe and Ito's colour-blind-safe set, BGR.
const std::array<cv::Scalar, 8> palette { cv::Scalar(178, 114, 0),  cv::Scalar(0, 94, 213),
                                          cv::Scalar(115, 158, 0),  cv::Scalar(167, 121, 204),
                                          cv::Scalar(0, 159, 230),  cv::Scalar(233, 180, 86),
                                          cv::Scalar(66, 228, 240), cv::Scalar(60, 60, 60) };

} // namespace

cv::Mat annotate(const cv::Mat &image, const std::vector<Prediction> &boxes,
                 const std::vector<std::string> &names)
{
    cv::Mat drawn = image.clone();
    const int thickness = std::max(1, static_cast<int>((image.rows + image.cols) / 2 * 0.003));
    const double fontScale = thickness / 3.0 + 0.2;
    for (auto it = boxes.rbegin(); it != boxes.rend(); ++it) { // the surest on top
        const cv::Scalar &colour = palette[static_cast<std::size_t>(it->classId) % palette.size()];
        const cv::Point from(static_cast<int>(it->x1), static_cast<int>(it->y1));
        const cv::Point to(static_cast<int>(it->x2), static_cast<int>(it->y2));
        cv::rectangle(drawn, from, to, colour, thickness, cv::LINE_AA);
        const auto id = static_cast<std::size_t>(it->classId);
        char text[160];
        std::snprintf(text, sizeof text, "%.100s %.2f", id < names.size() ? names[id].c_str() : "?",
                      it->confidence);
        int baseline = 0;
        const cv::Size size =
            cv::getTextSize(text, cv::FONT_HERSHEY_SIMPLEX, fontScale, thickness, &baseline);
        const int top = from.y - size.height - 6 >= 0 ? from.y - size.height - 6 : from.y;
        cv::rectangle(drawn, { from.x, top }, { from.x + size.width + 4, top + size.height + 6 }, colour,
                      cv::FILLED);
        cv::putText(drawn, text, { from.x + 2, top + size.height + 3 }, cv::FONT_HERSHEY_SIMPLEX, fontScale,
                    { 255, 255, 255 }, thickness, cv::LINE_AA);
    }
    return drawn;
}

} // namespace torchdeck::engine

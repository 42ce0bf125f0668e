// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/annotate.h"

#include "engine/plots/drawing.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace torchdeck::engine {

cv::Mat annotate(const cv::Mat &image, const std::vector<Prediction> &boxes,
                 const std::vector<std::string> &names, const AnnotateOptions &options)
{
    cv::Mat drawn = image.clone();
    if (!options.boxes)
        return drawn;
    const int width = options.lineWidth > 0
        ? options.lineWidth
        : std::max(2, static_cast<int>(std::lround((image.rows + image.cols) / 2.0 * 0.003)));
    for (auto it = boxes.rbegin(); it != boxes.rend(); ++it) { // the surest on top
        const auto id = static_cast<std::size_t>(it->classId);
        std::string label;
        if (options.labels)
            label = plots::drawableName(id < names.size() ? names[id] : "", it->classId);
        if (options.labels && options.confidences) {
            char text[16];
            std::snprintf(text, sizeof text, " %.2f", it->confidence);
            label += text;
        }
        plots::drawBox(drawn, { it->x1, it->y1, it->x2 - it->x1, it->y2 - it->y1 }, label,
                       plots::classColour(it->classId), width);
    }
    return drawn;
}

} // namespace torchdeck::engine

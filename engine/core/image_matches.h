// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/core/evaluation_listener.h"
#include "engine/data/dataset.h"

#include <string>
#include <vector>

namespace torchdeck::engine {

/// One image of a validation with what was found in it and what is there, in pixels of the picture.
struct SeenImage {
    std::int64_t sample = 0; ///< in the data set
    int width = 0, height = 0; ///< of the picture
    std::vector<Detection> found; ///< by falling confidence, over 0.05, at most 100
    std::vector<TruthBox> truth;
};

/// Image `i` of a batch, brought back from the network's input to the picture.
[[nodiscard]] SeenImage seeImage(const Batch &batch, std::size_t i, const std::vector<Detection> &detections,
                                 const Dataset &dataset, int imgsz);

/// Who found what: detections by falling confidence each claim the free truth of their class they overlap most, IoU 0.5
/// at least. A detection's claim depends on surer ones only, so it holds for every threshold of confidence.
struct BoxClaims {
    std::vector<int> truthOf; ///< a detection: the truth it claims, or -1
    std::vector<int> foundBy; ///< a truth: the detection that claims it, or -1
};
[[nodiscard]] BoxClaims claimBoxes(const std::vector<Detection> &found, const std::vector<TruthBox> &truth);

/// "[class, x1, y1, x2, y2, score, mark]" of worst_images.json and pinned_images.jsonl.
[[nodiscard]] std::string boxText(int classId, double x1, double y1, double x2, double y2, double score, int mark);
/// "[\"a\", \"b\"]"
[[nodiscard]] std::string namesText(const std::vector<std::string> &names);

} // namespace torchdeck::engine

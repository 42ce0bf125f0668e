// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/nms.h"

#include "engine/ops/boxes.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace torchdeck::engine {
namespace {

struct Candidate {
    float confidence = 0;
    std::int32_t anchor = 0;
    std::int32_t classId = 0;
};

/// By falling confidence; equal ones by anchor, then class, so that the result never depends on the sort.
bool before(const Candidate &a, const Candidate &b)
{
    if (a.confidence != b.confidence)
        return a.confidence > b.confidence;
    return a.anchor != b.anchor ? a.anchor < b.anchor : a.classId < b.classId;
}

std::vector<Candidate> everyClassOver(float conf, const float *scores, int classes, int anchors)
{
    std::vector<Candidate> result;
    for (int c = 0; c < classes; ++c) {
        const float *row = scores + static_cast<std::ptrdiff_t>(c) * anchors;
        for (int a = 0; a < anchors; ++a) {
            if (row[a] > conf)
                result.push_back({ row[a], a, c });
        }
    }
    return result;
}

std::vector<Candidate> bestClassOver(float conf, const float *scores, int classes, int anchors)
{
    std::vector<float> best(scores, scores + anchors);
    std::vector<std::int32_t> bestClass(static_cast<std::size_t>(anchors), 0);
    for (int c = 1; c < classes; ++c) { // row by row: the compiler can do many anchors at once
        const float *row = scores + static_cast<std::ptrdiff_t>(c) * anchors;
        for (int a = 0; a < anchors; ++a) {
            const bool better = row[a] > best[a];
            best[a] = better ? row[a] : best[a];
            bestClass[a] = better ? c : bestClass[a];
        }
    }
    std::vector<Candidate> result;
    for (int a = 0; a < anchors; ++a) {
        if (best[a] > conf)
            result.push_back({ best[a], a, bestClass[a] });
    }
    return result;
}

/// Boxes kept so far, one bucket for each class (a single one when agnostic).
class KeptBoxes {
public:
    KeptBoxes(int buckets, float threshold)
        : m_buckets(static_cast<std::size_t>(buckets))
        , m_threshold(threshold)
    {
    }

    /// Keeps the box unless one already kept in the bucket overlaps it more than the threshold.
    bool add(int bucket, const CornerBox &box)
    {
        auto &kept = m_buckets[static_cast<std::size_t>(bucket)];
        const float area = (box.x2 - box.x1) * (box.y2 - box.y1);
        for (const Kept &other : kept) {
            const float width = std::min(box.x2, other.box.x2) - std::max(box.x1, other.box.x1);
            const float height = std::min(box.y2, other.box.y2) - std::max(box.y1, other.box.y1);
            if (!(width > 0 && height > 0))
                continue;
            const float inter = width * height;
            if (inter / (area + other.area - inter) > m_threshold)
                return false;
        }
        kept.push_back({ box, area });
        return true;
    }

private:
    struct Kept {
        CornerBox box;
        float area = 0;
    };

    std::vector<std::vector<Kept>> m_buckets;
    float m_threshold;
};

} // namespace

std::vector<Detection> nonMaxSuppression(const float *prediction, int classes, int anchors,
                                         const NmsOptions &options)
{
    std::vector<Detection> result;
    if (!prediction || classes < 1 || anchors < 1 || options.maxDet < 1 || options.maxCandidates < 1)
        return result;
    const float *scores = prediction + static_cast<std::ptrdiff_t>(4) * anchors;
    std::vector<Candidate> candidates = options.multiLabel && classes > 1
        ? everyClassOver(options.conf, scores, classes, anchors)
        : bestClassOver(options.conf, scores, classes, anchors);
    if (candidates.size() > static_cast<std::size_t>(options.maxCandidates)) {
        std::nth_element(candidates.begin(), candidates.begin() + options.maxCandidates, candidates.end(),
                         before);
        candidates.resize(static_cast<std::size_t>(options.maxCandidates));
    }

    KeptBoxes kept(options.agnostic ? 1 : classes, options.iou);
    // Sorted a growing block at a time: with maxDet reached early most of the tail is never sorted.
    std::size_t sorted = 0;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        if (i == sorted) {
            const auto from = candidates.begin() + static_cast<std::ptrdiff_t>(sorted);
            sorted = std::min(candidates.size(), std::max<std::size_t>(2 * sorted, 1024));
            const auto to = candidates.begin() + static_cast<std::ptrdiff_t>(sorted);
            if (to != candidates.end())
                std::nth_element(from, to, candidates.end(), before);
            std::sort(from, to, before);
        }
        const Candidate &item = candidates[i];
        const float *at = prediction + item.anchor;
        const std::ptrdiff_t row = anchors;
        const CornerBox box = toCorners({ at[0], at[row], at[2 * row], at[3 * row] });
        if (!std::isfinite(box.x1 + box.y1 + box.x2 + box.y2))
            continue;
        if (kept.add(options.agnostic ? 0 : item.classId, box)) {
            result.push_back({ box.x1, box.y1, box.x2, box.y2, item.confidence, item.classId });
            if (result.size() == static_cast<std::size_t>(options.maxDet))
                break;
        }
    }
    return result;
}

} // namespace torchdeck::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/nms.h"

#include "engine/ops/boxes.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace torchdeck::engine {
namespace {

constexpr int kBlock = 64; ///< scores looked at together
constexpr float kClassShift = 7680; ///< pixels between the classes' planes

/// A candidate as one number, so that rising numbers are falling confidences; equal ones by anchor, then
/// class, and the result never depends on the sort.
using Candidate = std::uint64_t;

/// `confidence` is over a threshold of at least 0, and positive floats order as their bits do.
Candidate candidate(float confidence, int anchor, int classId, int classes)
{
    const std::uint64_t place = static_cast<std::uint64_t>(anchor) * static_cast<std::uint64_t>(classes)
        + static_cast<std::uint64_t>(classId);
    return static_cast<std::uint64_t>(~std::bit_cast<std::uint32_t>(confidence)) << 32 | place;
}

float confidenceOf(Candidate item) { return std::bit_cast<float>(~static_cast<std::uint32_t>(item >> 32)); }

std::uint32_t placeOf(Candidate item) { return static_cast<std::uint32_t>(item); }

/// Calls found(i) for every score over `conf`; few are, so whole blocks are passed over at once.
template <typename Found> void eachOver(float conf, const float *row, int count, Found found)
{
    int i = 0;
    for (; i + kBlock <= count; i += kBlock) {
        int over = 0;
        for (int k = 0; k < kBlock; ++k)
            over |= row[i + k] > conf;
        if (!over)
            continue;
        for (int k = i; k < i + kBlock; ++k) {
            if (row[k] > conf)
                found(k);
        }
    }
    for (; i < count; ++i) {
        if (row[i] > conf)
            found(i);
    }
}

std::vector<char> allowedClasses(const std::vector<int> &wanted, int classes)
{
    std::vector<char> allowed(static_cast<std::size_t>(classes), wanted.empty());
    for (const int id : wanted) {
        if (id >= 0 && id < classes)
            allowed[static_cast<std::size_t>(id)] = 1;
    }
    return allowed;
}

std::vector<Candidate> everyClassOver(const NmsOptions &options, const float *scores, int classes,
                                      int anchors)
{
    const std::vector<char> allowed = allowedClasses(options.classes, classes);
    std::vector<Candidate> result;
    for (int c = 0; c < classes; ++c) {
        if (allowed[static_cast<std::size_t>(c)])
            eachOver(options.conf, scores + static_cast<std::ptrdiff_t>(c) * anchors, anchors,
                     [&, row = scores + static_cast<std::ptrdiff_t>(c) * anchors](int a) {
                         result.push_back(candidate(row[a], a, c, classes));
                     });
    }
    return result;
}

/// Best score of every anchor, and whose it is.
struct BestClasses {
    std::vector<float> scores;
    std::vector<std::int32_t> classes;
};

BestClasses bestClasses(const float *scores, int classes, int anchors)
{
    BestClasses best { { scores, scores + anchors },
                       std::vector<std::int32_t>(static_cast<std::size_t>(anchors), 0) };
    float *top = best.scores.data();
    std::int32_t *whose = best.classes.data();
    for (int c = 1; c < classes; ++c) { // row by row: the compiler can do many anchors at once
        const float *row = scores + static_cast<std::ptrdiff_t>(c) * anchors;
        for (int a = 0; a < anchors; ++a) {
            const bool better = row[a] > top[a];
            top[a] = better ? row[a] : top[a];
            whose[a] = better ? c : whose[a];
        }
    }
    return best;
}

std::vector<Candidate> bestClassOver(const NmsOptions &options, const float *scores, int classes, int anchors)
{
    const std::vector<char> allowed = allowedClasses(options.classes, classes);
    const BestClasses best = bestClasses(scores, classes, anchors);
    std::vector<Candidate> result;
    eachOver(options.conf, best.scores.data(), anchors, [&](int a) {
        const int c = best.classes[static_cast<std::size_t>(a)];
        if (allowed[static_cast<std::size_t>(c)])
            result.push_back(candidate(best.scores[static_cast<std::size_t>(a)], a, c, classes));
    });
    return result;
}

void keepBest(std::vector<Candidate> &candidates, std::size_t count)
{
    if (candidates.size() <= count)
        return;
    std::nth_element(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(count),
                     candidates.end());
    candidates.resize(count);
}

int anchorOf(Candidate item, int classes)
{
    return static_cast<int>(placeOf(item) / static_cast<std::uint32_t>(classes));
}

int classOf(Candidate item, int classes)
{
    return static_cast<int>(placeOf(item) % static_cast<std::uint32_t>(classes));
}

CornerBox boxAt(const float *prediction, int anchor, int anchors)
{
    const float *at = prediction + anchor;
    const std::ptrdiff_t row = anchors;
    return toCorners({ at[0], at[row], at[2 * row], at[3 * row] });
}

/// Boxes kept so far in one class (or in all, when agnostic), coordinate by coordinate so that many are
/// compared at once.
class KeptBoxes {
public:
    /// Keeps the box unless one already kept overlaps it more than the threshold.
    bool add(const CornerBox &box, float threshold)
    {
        const float area = (box.x2 - box.x1) * (box.y2 - box.y1);
        const std::size_t count = m_areas.size();
        constexpr std::size_t kStep = 16;
        for (std::size_t first = 0; first < count; first += kStep) {
            const std::size_t last = std::min(count, first + kStep);
            int covered = 0;
            for (std::size_t i = first; i < last; ++i) {
                const float width = std::min(box.x2, m_x2[i]) - std::max(box.x1, m_x1[i]);
                const float height = std::min(box.y2, m_y2[i]) - std::max(box.y1, m_y1[i]);
                const float inter = std::max(width, 0.0f) * std::max(height, 0.0f);
                covered |= inter / (area + m_areas[i] - inter) > threshold;
            }
            if (covered)
                return false;
        }
        m_x1.push_back(box.x1);
        m_y1.push_back(box.y1);
        m_x2.push_back(box.x2);
        m_y2.push_back(box.y2);
        m_areas.push_back(area);
        return true;
    }

private:
    std::vector<float> m_x1, m_y1, m_x2, m_y2, m_areas;
};

/// The same box in its class's plane: the field tells classes apart by moving them far from each other, and
/// what single precision loses there decides between boxes that overlap just so.
CornerBox shifted(const CornerBox &box, int classId, bool agnostic)
{
    const float by = agnostic ? 0.0f : static_cast<float>(classId) * kClassShift;
    return { box.x1 + by, box.y1 + by, box.x2 + by, box.y2 + by };
}

} // namespace

std::vector<Detection> nonMaxSuppression(const float *prediction, int classes, int anchors,
                                         const NmsOptions &options)
{
    std::vector<Detection> result;
    if (!prediction || classes < 1 || anchors < 1 || options.maxDet < 1 || options.maxCandidates < 1)
        return result;
    const float *scores = prediction + static_cast<std::ptrdiff_t>(4) * anchors;
    std::vector<Candidate> candidates = options.multiLabel && classes > 1
        ? everyClassOver(options, scores, classes, anchors)
        : bestClassOver(options, scores, classes, anchors);
    keepBest(candidates, static_cast<std::size_t>(options.maxCandidates));

    std::vector<KeptBoxes> kept(static_cast<std::size_t>(options.agnostic ? 1 : classes));
    // Sorted a growing block at a time: with maxDet reached early most of the tail is never sorted.
    std::size_t sorted = 0;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        if (i == sorted) {
            const auto from = candidates.begin() + static_cast<std::ptrdiff_t>(sorted);
            sorted = std::min(candidates.size(), std::max<std::size_t>(2 * sorted, 1024));
            const auto to = candidates.begin() + static_cast<std::ptrdiff_t>(sorted);
            if (to != candidates.end())
                std::nth_element(from, to, candidates.end());
            std::sort(from, to);
        }
        const int classId = classOf(candidates[i], classes);
        const CornerBox box = boxAt(prediction, anchorOf(candidates[i], classes), anchors);
        if (!std::isfinite(box.x1 + box.y1 + box.x2 + box.y2))
            continue;
        KeptBoxes &plane = kept[static_cast<std::size_t>(options.agnostic ? 0 : classId)];
        if (plane.add(shifted(box, classId, options.agnostic), options.iou)) {
            result.push_back({ box.x1, box.y1, box.x2, box.y2, confidenceOf(candidates[i]), classId });
            if (result.size() == static_cast<std::size_t>(options.maxDet))
                break;
        }
    }
    return result;
}

std::vector<Detection> topDetections(const float *prediction, int classes, int anchors, int considered,
                                     const NmsOptions &options)
{
    std::vector<Detection> result;
    if (!prediction || classes < 1 || anchors < 1 || considered < 1 || options.maxDet < 1)
        return result;
    considered = std::min(considered, anchors);
    const float *scores = prediction + static_cast<std::ptrdiff_t>(4) * anchors;
    const BestClasses best = bestClasses(scores, classes, anchors);
    std::vector<Candidate> anchorsByScore;
    eachOver(0, best.scores.data(), anchors, [&](int a) {
        const auto at = static_cast<std::size_t>(a);
        anchorsByScore.push_back(candidate(best.scores[at], a, best.classes[at], classes));
    });
    keepBest(anchorsByScore, static_cast<std::size_t>(considered));
    std::vector<Candidate> pairs;
    for (const Candidate item : anchorsByScore) {
        const int a = anchorOf(item, classes);
        if (options.agnostic) {
            pairs.push_back(item);
            continue;
        }
        for (int c = 0; c < classes; ++c) {
            if (const float score = scores[static_cast<std::ptrdiff_t>(c) * anchors + a]; score > 0)
                pairs.push_back(candidate(score, a, c, classes));
        }
    }
    keepBest(pairs, static_cast<std::size_t>(considered));
    std::sort(pairs.begin(), pairs.end());
    const std::vector<char> allowed = allowedClasses(options.classes, classes);
    for (const Candidate item : pairs) {
        if (result.size() == static_cast<std::size_t>(options.maxDet) || !(confidenceOf(item) > options.conf))
            break;
        const int classId = classOf(item, classes);
        const CornerBox box = boxAt(prediction, anchorOf(item, classes), anchors);
        if (allowed[static_cast<std::size_t>(classId)] && std::isfinite(box.x1 + box.y1 + box.x2 + box.y2))
            result.push_back({ box.x1, box.y1, box.x2, box.y2, confidenceOf(item), classId });
    }
    return result;
}

} // namespace torchdeck::engine

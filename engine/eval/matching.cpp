// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/eval/matching.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace torchdeck::engine {
namespace {

constexpr float kIouEps = 1e-7f;

/// Counted from the nearer end, which is how the field's linspace rounds in single precision.
const std::array<float, kIouThresholds> &iouThresholds()
{
    static const auto values = [] {
        std::array<float, kIouThresholds> result {};
        const float first = 0.5f, last = 0.95f,
                    step = (last - first) / static_cast<float>(kIouThresholds - 1);
        for (std::size_t i = 0; i < kIouThresholds; ++i) {
            result[i] = i < kIouThresholds / 2 ? first + step * static_cast<float>(i)
                                               : last - step * static_cast<float>(kIouThresholds - 1 - i);
        }
        return result;
    }();
    return values;
}

float overlap(const TruthBox &truth, const Detection &detection)
{
    const float width = std::min(truth.x2, detection.x2) - std::max(truth.x1, detection.x1);
    const float height = std::min(truth.y2, detection.y2) - std::max(truth.y1, detection.y1);
    if (!(width > 0 && height > 0))
        return 0;
    const float inter = width * height;
    const float truthArea = (truth.x2 - truth.x1) * (truth.y2 - truth.y1);
    const float area = (detection.x2 - detection.x1) * (detection.y2 - detection.y1);
    return inter / (truthArea + area - inter + kIouEps);
}

/// One image's truth, sorted by class; remembers at which thresholds each box is taken.
class OpenTruth {
public:
    explicit OpenTruth(const std::vector<TruthBox> &truth)
    {
        m_boxes.reserve(truth.size());
        for (const TruthBox &box : truth)
            m_boxes.push_back({ &box, 0 });
        std::stable_sort(m_boxes.begin(), m_boxes.end(), byClass);
        m_overlaps.resize(truth.size());
    }

    [[nodiscard]] std::vector<std::pair<int, int>> classes() const
    {
        std::vector<std::pair<int, int>> counts;
        for (const Box &item : m_boxes) {
            if (counts.empty() || counts.back().first != item.box->classId)
                counts.emplace_back(item.box->classId, 0);
            ++counts.back().second;
        }
        return counts;
    }

    /// Bit t: correct at threshold t.
    std::uint16_t claim(const Detection &detection)
    {
        const TruthBox key { 0, 0, 0, 0, detection.classId };
        const auto [first, last] = std::equal_range(m_boxes.begin(), m_boxes.end(), Box { &key, 0 }, byClass);
        const auto count = static_cast<std::size_t>(last - first);
        float best = 0;
        for (std::size_t i = 0; i < count; ++i) {
            m_overlaps[i] = overlap(*first[static_cast<std::ptrdiff_t>(i)].box, detection);
            best = std::max(best, m_overlaps[i]);
        }
        std::uint16_t right = 0;
        for (std::size_t t = 0; t < kIouThresholds && best >= iouThresholds()[t]; ++t) {
            const auto bit = static_cast<std::uint16_t>(1u << t);
            std::size_t chosen = 0;
            float most = 0;
            for (std::size_t i = 0; i < count; ++i) {
                if (!(first[static_cast<std::ptrdiff_t>(i)].taken & bit) && m_overlaps[i] > most) {
                    most = m_overlaps[i];
                    chosen = i;
                }
            }
            if (most >= iouThresholds()[t]) {
                first[static_cast<std::ptrdiff_t>(chosen)].taken |= bit;
                right |= bit;
            }
        }
        return right;
    }

private:
    struct Box {
        const TruthBox *box;
        std::uint16_t taken;
    };
    static bool byClass(const Box &a, const Box &b) { return a.box->classId < b.box->classId; }

    std::vector<Box> m_boxes;
    std::vector<float> m_overlaps;
};

} // namespace

MatchedImage matchImage(const std::vector<Detection> &detections, const std::vector<TruthBox> &truth)
{
    MatchedImage result;
    OpenTruth open(truth);
    result.truth = open.classes();
    result.detections.reserve(detections.size());
    for (const Detection &detection : detections) {
        if (std::isfinite(detection.confidence)) // else it has no place in the order
            result.detections.push_back({ detection.confidence, detection.classId, open.claim(detection) });
    }
    return result;
}

std::vector<std::pair<int, int>> confusionCells(const std::vector<Detection> &detections,
                                                const std::vector<TruthBox> &truth, int classes, float conf,
                                                float iou)
{
    const auto known = [classes](int id) { return id >= 0 && id < classes; };
    std::vector<std::pair<int, int>> cells;
    std::vector<char> taken(truth.size(), 0);
    for (const Detection &detection : detections) {
        if (!(detection.confidence > conf) || !known(detection.classId))
            continue;
        std::size_t chosen = truth.size();
        float most = iou;
        for (std::size_t i = 0; i < truth.size(); ++i) {
            const float value = taken[i] || !known(truth[i].classId) ? 0 : overlap(truth[i], detection);
            if (value > most) {
                most = value;
                chosen = i;
            }
        }
        if (chosen < truth.size())
            taken[chosen] = 1;
        cells.emplace_back(detection.classId, chosen < truth.size() ? truth[chosen].classId : classes);
    }
    for (std::size_t i = 0; i < truth.size(); ++i) {
        if (!taken[i] && known(truth[i].classId))
            cells.emplace_back(classes, truth[i].classId);
    }
    return cells;
}

} // namespace torchdeck::engine

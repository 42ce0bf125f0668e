// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/eval/detection_metrics.h"

#include "engine/eval/average_precision.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <map>

namespace torchdeck::engine {
namespace {

constexpr std::size_t kThresholds = 10; ///< IoU 0.50:0.05:0.95
constexpr float kIouEps = 1e-7f;
constexpr double kF1Eps = 1e-16;
constexpr std::size_t kSmoothingReach = 50; ///< a tenth of the confidence axis, split to both sides

/// Counted from the nearer end, which is how the field's linspace rounds in single precision.
const std::array<float, kThresholds> &iouThresholds()
{
    static const auto values = [] {
        std::array<float, kThresholds> result {};
        const float first = 0.5f, last = 0.95f, step = (last - first) / static_cast<float>(kThresholds - 1);
        for (std::size_t i = 0; i < kThresholds; ++i) {
            result[i] = i < kThresholds / 2 ? first + step * static_cast<float>(i)
                                            : last - step * static_cast<float>(kThresholds - 1 - i);
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

struct ScoredDetection {
    float confidence = 0;
    std::uint16_t right = 0; ///< bit t: correct at threshold t
};

struct ClassRecord {
    std::int64_t images = 0;
    std::int64_t instances = 0;
    std::vector<ScoredDetection> detections;
};

/// One image's truth of one class; remembers at which thresholds each box is taken.
struct OpenTruth {
    std::vector<const TruthBox *> boxes;
    std::vector<std::uint16_t> taken;

    std::uint16_t claim(const Detection &detection)
    {
        m_overlaps.clear();
        float best = 0;
        for (const TruthBox *box : boxes) {
            m_overlaps.push_back(overlap(*box, detection));
            best = std::max(best, m_overlaps.back());
        }
        std::uint16_t right = 0;
        for (std::size_t t = 0; t < kThresholds && best >= iouThresholds()[t]; ++t) {
            const auto bit = static_cast<std::uint16_t>(1u << t);
            std::size_t chosen = 0;
            float most = 0;
            for (std::size_t i = 0; i < boxes.size(); ++i) {
                if (!(taken[i] & bit) && m_overlaps[i] > most) {
                    most = m_overlaps[i];
                    chosen = i;
                }
            }
            if (most >= iouThresholds()[t]) {
                taken[chosen] |= bit;
                right |= bit;
            }
        }
        return right;
    }

private:
    std::vector<float> m_overlaps;
};

} // namespace

struct DetectionMetrics::Impl {
    std::vector<std::string> names;
    std::map<int, ClassRecord> classes;

    [[nodiscard]] std::string nameOf(int classId) const
    {
        const auto place = static_cast<std::size_t>(classId);
        return classId >= 0 && place < names.size() ? names[place] : std::to_string(classId);
    }
};

namespace {

/// What one class contributes once all images are in.
struct ClassScore {
    ClassMetrics metrics;
    ConfidenceCurves curves;
};

ClassScore scoreClass(const ClassRecord &record)
{
    std::vector<ScoredDetection> sorted = record.detections;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto &a, const auto &b) { return a.confidence > b.confidence; });
    std::vector<float> confidences;
    confidences.reserve(sorted.size());
    for (const ScoredDetection &item : sorted)
        confidences.push_back(item.confidence);

    ClassScore result;
    result.metrics.images = record.images;
    result.metrics.instances = record.instances;
    const auto truths = static_cast<std::size_t>(record.instances);
    std::vector<std::uint8_t> right(sorted.size());
    double sum = 0;
    for (std::size_t t = 0; t < kThresholds; ++t) {
        for (std::size_t i = 0; i < sorted.size(); ++i)
            right[i] = (sorted[i].right >> t) & 1u;
        const double ap = averagePrecision(right, truths);
        sum += ap;
        if (t == 0) {
            result.metrics.map50 = ap;
            result.curves = confidenceCurves(confidences, right, truths);
        }
    }
    result.metrics.map5095 = sum / static_cast<double>(kThresholds);
    return result;
}

/// Step of the confidence axis with the best smoothed mean F1.
std::size_t bestStep(const std::vector<ClassScore> &scores)
{
    ConfidenceCurve mean {};
    for (const ClassScore &score : scores) {
        for (std::size_t i = 0; i < kConfidenceSteps; ++i) {
            const double p = score.curves.precision[i], r = score.curves.recall[i];
            mean[i] += 2 * p * r / (p + r + kF1Eps);
        }
    }
    for (double &value : mean)
        value /= static_cast<double>(scores.size());
    const ConfidenceCurve curve = smoothed(mean, kSmoothingReach);
    return static_cast<std::size_t>(std::max_element(curve.begin(), curve.end()) - curve.begin());
}

} // namespace

DetectionMetrics::DetectionMetrics(std::vector<std::string> classNames)
    : m_impl(std::make_unique<Impl>())
{
    m_impl->names = std::move(classNames);
}

DetectionMetrics::~DetectionMetrics() = default;
DetectionMetrics::DetectionMetrics(DetectionMetrics &&) noexcept = default;

void DetectionMetrics::addImage(const std::vector<Detection> &detections, const std::vector<TruthBox> &truth)
{
    std::map<int, OpenTruth> open;
    for (const TruthBox &box : truth) {
        OpenTruth &entry = open[box.classId];
        entry.boxes.push_back(&box);
        entry.taken.push_back(0);
    }
    for (const auto &[classId, entry] : open) {
        ClassRecord &record = m_impl->classes[classId];
        ++record.images;
        record.instances += static_cast<std::int64_t>(entry.boxes.size());
    }
    for (const Detection &detection : detections) {
        if (!std::isfinite(detection.confidence))
            continue; // it has no place in the order
        const auto entry = open.find(detection.classId);
        const std::uint16_t right = entry == open.end() ? 0 : entry->second.claim(detection);
        m_impl->classes[detection.classId].detections.push_back({ detection.confidence, right });
    }
}

DetectionScores DetectionMetrics::compute() const
{
    std::vector<ClassScore> scores;
    for (const auto &[classId, record] : m_impl->classes) {
        if (record.instances == 0)
            continue; // detections of a class no image holds count for nothing
        scores.push_back(scoreClass(record));
        scores.back().metrics.classId = classId;
        scores.back().metrics.name = m_impl->nameOf(classId);
    }
    DetectionScores result;
    if (scores.empty())
        return result;

    const std::size_t step = bestStep(scores);
    for (ClassScore &score : scores) {
        score.metrics.precision = score.curves.precision[step];
        score.metrics.recall = score.curves.recall[step];
        result.precision += score.metrics.precision;
        result.recall += score.metrics.recall;
        result.map50 += score.metrics.map50;
        result.map5095 += score.metrics.map5095;
        result.classes.push_back(std::move(score.metrics));
    }
    const auto count = static_cast<double>(result.classes.size());
    result.precision /= count;
    result.recall /= count;
    result.map50 /= count;
    result.map5095 /= count;
    result.fitness = result.map5095;
    return result;
}

} // namespace torchdeck::engine

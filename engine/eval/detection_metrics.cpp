// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/eval/detection_metrics.h"

#include "engine/eval/average_precision.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>

namespace torchdeck::engine {
namespace {

constexpr double kF1Eps = 1e-16;
constexpr std::size_t kSmoothingReach = 50; ///< a tenth of the confidence axis, split to both sides

struct ScoredDetection {
    float confidence = 0;
    std::uint16_t right = 0; ///< bit t: correct at threshold t
};

struct ClassRecord {
    std::int64_t images = 0;
    std::int64_t instances = 0;
    std::vector<ScoredDetection> detections;
};

/// What one class contributes once all images are in.
struct ClassScore {
    ClassMetrics metrics;
    ConfidenceCurves curves;
    std::vector<float> precisionAtRecall;

    [[nodiscard]] double f1(std::size_t step) const
    {
        const double p = curves.precision[step], r = curves.recall[step];
        return 2 * p * r / (p + r + kF1Eps);
    }
};

/// Ranks of the correct ones, 1 = surest, for each threshold.
std::array<std::vector<std::uint32_t>, kIouThresholds> hitsOf(const std::vector<ScoredDetection> &sorted)
{
    std::array<std::vector<std::uint32_t>, kIouThresholds> hits;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        for (std::size_t t = 0; t < kIouThresholds && sorted[i].right >> t; ++t) {
            if ((sorted[i].right >> t) & 1u)
                hits[t].push_back(static_cast<std::uint32_t>(i + 1));
        }
    }
    return hits;
}

ClassScore scoreClass(const ClassRecord &record)
{
    std::vector<ScoredDetection> sorted = record.detections;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto &a, const auto &b) { return a.confidence > b.confidence; });
    ClassScore result;
    result.metrics.images = record.images;
    result.metrics.instances = record.instances;
    result.precisionAtRecall.assign(kConfidenceSteps, 0.0f);
    if (sorted.empty())
        return result;

    const auto truths = static_cast<std::size_t>(record.instances);
    const auto hits = hitsOf(sorted);
    double sum = 0;
    for (std::size_t t = 0; t < kIouThresholds; ++t) {
        const PrecisionEnvelope envelope(hits[t], sorted.size(), truths);
        const double ap = envelope.area();
        sum += ap;
        if (t == 0) {
            result.metrics.map50 = ap;
            result.precisionAtRecall = envelope.sampled(kConfidenceSteps);
        }
    }
    result.metrics.map5095 = sum / static_cast<double>(kIouThresholds);

    std::vector<float> confidences;
    std::vector<std::uint8_t> right;
    confidences.reserve(sorted.size());
    right.reserve(sorted.size());
    for (const ScoredDetection &item : sorted) {
        confidences.push_back(item.confidence);
        right.push_back(item.right & 1u);
    }
    result.curves = confidenceCurves(confidences, right, truths);
    return result;
}

/// Step of the confidence axis with the best smoothed mean F1.
std::size_t bestStep(const std::vector<ClassScore> &scores)
{
    ConfidenceCurve mean {};
    for (const ClassScore &score : scores) {
        for (std::size_t i = 0; i < kConfidenceSteps; ++i)
            mean[i] += score.f1(i);
    }
    for (double &value : mean)
        value /= static_cast<double>(scores.size());
    const ConfidenceCurve curve = smoothed(mean, kSmoothingReach);
    return static_cast<std::size_t>(std::max_element(curve.begin(), curve.end()) - curve.begin());
}

DetectionCurves curvesOf(const std::vector<ClassScore> &scores, std::size_t best)
{
    DetectionCurves result;
    result.best = best;
    for (std::size_t i = 0; i < kConfidenceSteps; ++i)
        result.confidence.push_back(static_cast<float>(unitPoint(i, kConfidenceSteps)));
    result.recall = result.confidence;
    for (const ClassScore &score : scores) {
        ClassCurves one;
        one.classId = score.metrics.classId;
        one.name = score.metrics.name;
        one.map50 = score.metrics.map50;
        one.precision.assign(score.curves.precision.begin(), score.curves.precision.end());
        one.recall.assign(score.curves.recall.begin(), score.curves.recall.end());
        for (std::size_t i = 0; i < kConfidenceSteps; ++i)
            one.f1.push_back(static_cast<float>(score.f1(i)));
        one.precisionAtRecall = score.precisionAtRecall;
        result.classes.push_back(std::move(one));
    }
    return result;
}

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

DetectionMetrics::DetectionMetrics(std::vector<std::string> classNames)
    : m_impl(std::make_unique<Impl>())
{
    m_impl->names = std::move(classNames);
}

DetectionMetrics::~DetectionMetrics() = default;
DetectionMetrics::DetectionMetrics(DetectionMetrics &&) noexcept = default;

void DetectionMetrics::add(const MatchedImage &image)
{
    for (const auto &[classId, count] : image.truth) {
        ClassRecord &record = m_impl->classes[classId];
        ++record.images;
        record.instances += count;
    }
    for (const MatchedImage::Entry &item : image.detections)
        m_impl->classes[item.classId].detections.push_back({ item.confidence, item.right });
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
    result.curves = curvesOf(scores, step);
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

ConfusionMatrix emptyConfusion(int classes)
{
    ConfusionMatrix matrix;
    matrix.classes = classes;
    const auto side = static_cast<std::size_t>(classes + 1);
    matrix.counts.assign(side * side, 0);
    return matrix;
}

void addCells(ConfusionMatrix &matrix, const std::vector<std::pair<int, int>> &cells)
{
    const auto side = static_cast<std::size_t>(matrix.classes + 1);
    for (const auto &[predicted, truth] : cells)
        ++matrix.counts[static_cast<std::size_t>(predicted) * side + static_cast<std::size_t>(truth)];
}

DetectionCurves DetectionCurves::thinned(std::size_t points) const
{
    const std::size_t count = confidence.size();
    if (points < 2 || count <= points)
        return *this;
    const auto pick = [&](const std::vector<float> &from) {
        std::vector<float> values;
        values.reserve(points);
        for (std::size_t i = 0; i < points; ++i)
            values.push_back(from[(i * (count - 1) + (points - 1) / 2) / (points - 1)]);
        return values;
    };
    DetectionCurves result;
    result.best = (best * (points - 1) + (count - 1) / 2) / (count - 1);
    result.confidence = pick(confidence);
    result.recall = pick(recall);
    for (const ClassCurves &one : classes)
        result.classes.push_back({ one.classId, one.name, one.map50, pick(one.precision), pick(one.recall),
                                   pick(one.f1), pick(one.precisionAtRecall) });
    return result;
}

} // namespace torchdeck::engine

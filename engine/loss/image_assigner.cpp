// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/loss/image_assigner.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace torchdeck::engine {
namespace {

constexpr float kIouEps = 1e-7f;
constexpr float kInsideEps = 1e-9f;
constexpr float kMetricEps = 1e-9f;
constexpr float kNoAngle = -10.f;

struct Shape {
    float width = 0, height = 0, angle = 0;
};

float aspectAngle(float width, float height) { return std::atan(width / height); }

/// Complete IoU (arXiv 1911.08287), not below 0.
float clampedCiou(const AssignerTruth &t, const Shape &ts, const AssignerTruth &p, const Shape &ps)
{
    const float inter = std::max(std::min(t.x2, p.x2) - std::max(t.x1, p.x1), 0.f)
        * std::max(std::min(t.y2, p.y2) - std::max(t.y1, p.y1), 0.f);
    if (inter <= 0)
        return 0; // the other terms only subtract
    const float iou = inter / (ts.width * ts.height + ps.width * ps.height - inter + kIouEps);
    const float cw = std::max(t.x2, p.x2) - std::min(t.x1, p.x1);
    const float ch = std::max(t.y2, p.y2) - std::min(t.y1, p.y1);
    const float dx = p.x1 + p.x2 - t.x1 - t.x2;
    const float dy = p.y1 + p.y2 - t.y1 - t.y2;
    const float distance = (dx * dx + dy * dy) / 4 / (cw * cw + ch * ch + kIouEps);
    constexpr float kScale = static_cast<float>(4 / (std::numbers::pi * std::numbers::pi));
    const float turn = ps.angle - ts.angle;
    const float v = kScale * turn * turn;
    return std::max(iou - (distance + v * v / (1 - iou + v + kIouEps)), 0.f);
}

float power(float base, double exponent)
{
    if (exponent == 0.5)
        return std::sqrt(base);
    if (exponent == 1.0)
        return base;
    if (exponent == 6.0) {
        const float square = base * base;
        return square * square * square;
    }
    return std::pow(base, static_cast<float>(exponent));
}

} // namespace

ImageAssigner::Anchors::Anchors(std::span<const float> xy)
{
    const std::size_t count = xy.size() / 2;
    x.reserve(count);
    y.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        const float cx = xy[2 * i], cy = xy[2 * i + 1];
        if (rows.empty() || cy != y.back() || cx <= x.back())
            rows.push_back({ static_cast<std::int64_t>(i), static_cast<std::int64_t>(i), cy });
        x.push_back(cx);
        y.push_back(cy);
        ++rows.back().end;
    }
}

ImageAssigner::ImageAssigner(const Anchors &anchors, const AssignerOptions &options)
    : m_anchors(anchors)
    , m_options(options)
    , m_chosenBy(anchors.x.size())
    , m_chosenTruth(anchors.x.size())
    , m_bestTruth(anchors.x.size())
    , m_chosen(anchors.x.size())
    , m_best(anchors.x.size())
    , m_predictedAngle(anchors.x.size())
{
    m_top.reserve(static_cast<std::size_t>(std::max(options.topk, 0)) + 1);
}

void ImageAssigner::reset()
{
    m_result.clear();
    std::fill(m_chosenBy.begin(), m_chosenBy.end(), 0);
    std::fill(m_best.begin(), m_best.end(), Candidate {});
    std::fill(m_predictedAngle.begin(), m_predictedAngle.end(), kNoAngle);
}

const std::vector<AssignedAnchor> &ImageAssigner::assign(const float *predicted, const float *logits,
                                                         std::span<const AssignerTruth> truth)
{
    reset();
    for (std::size_t i = 0; i < truth.size(); ++i)
        visitTruth(static_cast<int>(i), truth[i], predicted, logits);
    resolve(truth);
    return m_result;
}

void ImageAssigner::visitTruth(int index, const AssignerTruth &truth, const float *predicted,
                               const float *logits)
{
    // Sides shorter than the floor grow about the centre, so that small objects find anchors too.
    const float cx = (truth.x1 + truth.x2) / 2, cy = (truth.y1 + truth.y2) / 2;
    const float halfWidth = std::max(truth.x2 - truth.x1, m_options.minSide) / 2;
    const float halfHeight = std::max(truth.y2 - truth.y1, m_options.minSide) / 2;
    const float left = cx - halfWidth, right = cx + halfWidth, top = cy - halfHeight,
                bottom = cy + halfHeight;

    Shape shape { truth.x2 - truth.x1, truth.y2 - truth.y1 + kIouEps, 0 };
    shape.angle = aspectAngle(shape.width, shape.height);
    const auto count = static_cast<std::int64_t>(m_anchors.x.size());
    const float *classLogits = logits + truth.classId * count;
    const float *xs = m_anchors.x.data();

    m_top.clear();
    for (const AnchorRow &row : m_anchors.rows) {
        if (!(row.y - top > kInsideEps && bottom - row.y > kInsideEps))
            continue;
        const float *begin = std::partition_point(xs + row.begin, xs + row.end,
                                                  [left](float x) { return !(x - left > kInsideEps); });
        for (std::int64_t a = begin - xs; a < row.end && right - xs[a] > kInsideEps; ++a) {
            const AssignerTruth box { predicted[a], predicted[count + a], predicted[2 * count + a],
                                      predicted[3 * count + a], 0 };
            Shape own { box.x2 - box.x1, box.y2 - box.y1 + kIouEps, m_predictedAngle[a] };
            if (own.angle == kNoAngle)
                own.angle = m_predictedAngle[a] = aspectAngle(own.width, own.height);
            const float overlap = clampedCiou(truth, shape, box, own);
            if (!(overlap > 0))
                continue;
            const float score = 1 / (1 + std::exp(-classLogits[a]));
            const Candidate candidate { a, power(score, m_options.alpha) * power(overlap, m_options.beta),
                                        overlap };
            if (overlap > m_best[a].overlap) {
                m_best[a] = candidate;
                m_bestTruth[a] = index;
            }
            keepBest(candidate);
        }
    }
    for (const Candidate &candidate : m_top) {
        ++m_chosenBy[candidate.anchor];
        m_chosenTruth[candidate.anchor] = index;
        m_chosen[candidate.anchor] = candidate;
    }
}

/// A metric of 0 cannot give a target above 0, so such an anchor is never a candidate.
void ImageAssigner::keepBest(const Candidate &candidate)
{
    const auto limit = static_cast<std::size_t>(std::max(m_options.topk, 0));
    if (!(candidate.metric > 0)
        || (m_top.size() == limit && (limit == 0 || candidate.metric <= m_top.back().metric)))
        return;
    const auto place =
        std::upper_bound(m_top.begin(), m_top.end(), candidate,
                         [](const Candidate &a, const Candidate &b) { return a.metric > b.metric; });
    m_top.insert(place, candidate);
    if (m_top.size() > limit)
        m_top.pop_back();
}

void ImageAssigner::resolve(std::span<const AssignerTruth> truth)
{
    for (std::size_t a = 0; a < m_chosenBy.size(); ++a) {
        // Wanted by several: goes to the truth box it overlaps most, even one that did not choose it.
        if (m_chosenBy[a] > 1) {
            m_chosen[a] = m_best[a];
            m_chosenTruth[a] = m_bestTruth[a];
        }
    }
    if (m_options.keep > 0)
        thinOut(truth.size());
    std::vector<float> bestMetric(truth.size(), 0.f), bestOverlap(truth.size(), 0.f);
    for (std::size_t a = 0; a < m_chosenBy.size(); ++a) {
        if (m_chosenBy[a] == 0)
            continue;
        const auto t = static_cast<std::size_t>(m_chosenTruth[a]);
        bestMetric[t] = std::max(bestMetric[t], m_chosen[a].metric);
        bestOverlap[t] = std::max(bestOverlap[t], m_chosen[a].overlap);
    }
    for (std::size_t a = 0; a < m_chosenBy.size(); ++a) {
        if (m_chosenBy[a] == 0)
            continue;
        const auto t = static_cast<std::size_t>(m_chosenTruth[a]);
        const float score = m_chosen[a].metric * bestOverlap[t] / (bestMetric[t] + kMetricEps);
        m_result.push_back({ static_cast<std::int64_t>(a), truth[t], score });
    }
}

void ImageAssigner::thinOut(std::size_t truths)
{
    std::vector<std::vector<std::size_t>> owned(truths);
    for (std::size_t a = 0; a < m_chosenBy.size(); ++a) {
        if (m_chosenBy[a] > 0)
            owned[static_cast<std::size_t>(m_chosenTruth[a])].push_back(a);
    }
    const auto keep = static_cast<std::size_t>(m_options.keep);
    for (std::vector<std::size_t> &anchors : owned) {
        if (anchors.size() <= keep)
            continue;
        std::stable_sort(anchors.begin(), anchors.end(), [this](std::size_t a, std::size_t b) {
            return m_chosen[a].metric > m_chosen[b].metric;
        });
        for (std::size_t i = keep; i < anchors.size(); ++i)
            m_chosenBy[anchors[i]] = 0;
    }
}

} // namespace torchdeck::engine

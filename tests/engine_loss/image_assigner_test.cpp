// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/loss/image_assigner.h"

#include <QTest>

#include <algorithm>
#include <cmath>

using namespace torchdeck::engine;

namespace {

constexpr int kSide = 8; ///< anchors per row and column, 8 pixels apart
constexpr int kAnchors = kSide * kSide;

std::vector<float> grid()
{
    std::vector<float> result;
    for (int y = 0; y < kSide; ++y) {
        for (int x = 0; x < kSide; ++x)
            result.insert(result.end(), { 8.f * x + 4, 8.f * y + 4 });
    }
    return result;
}

/// Every anchor predicts `box`.
std::vector<float> everywhere(const AssignerTruth &box)
{
    std::vector<float> result;
    for (const float value : { box.x1, box.y1, box.x2, box.y2 })
        result.insert(result.end(), kAnchors, value);
    return result;
}

} // namespace

class ImageAssignerTest : public QObject {
    Q_OBJECT

    const std::vector<float> m_grid = grid();
    const ImageAssigner::Anchors m_anchors { m_grid };

private Q_SLOTS:
    void rowsAreFound()
    {
        QCOMPARE(m_anchors.rows.size(), std::size_t { kSide });
        QCOMPARE(m_anchors.rows[2].begin, std::int64_t { 2 * kSide });
        QCOMPARE(m_anchors.rows[2].end, std::int64_t { 3 * kSide });
        QCOMPARE(m_anchors.rows[2].y, 20.f);
    }

    void onlyCentresInsideAreTaken()
    {
        const AssignerTruth truth { 9, 17, 35, 39, 0 };
        const auto predicted = everywhere(truth);
        const std::vector<float> logits(kAnchors, 0.f);
        ImageAssigner assigner(m_anchors, { 100, 0.5, 6.0, 16 });
        const auto &result = assigner.assign(predicted.data(), logits.data(), { &truth, 1 });
        QCOMPARE(result.size(), std::size_t { 3 * 3 }); // x 12, 20, 28 and y 20, 28, 36
        for (const AssignedAnchor &item : result) {
            const float x = m_grid[2 * item.anchor], y = m_grid[2 * item.anchor + 1];
            QVERIFY(x > truth.x1 && x < truth.x2 && y > truth.y1 && y < truth.y2);
            QVERIFY(std::abs(item.score - 1) < 1e-3f); // all are the best: target = best overlap = 1
        }
    }

    void theBestFewAreTaken()
    {
        const AssignerTruth truth { 0, 0, 64, 64, 0 };
        const auto predicted = everywhere(truth);
        std::vector<float> logits(kAnchors, -3.f);
        for (const int anchor : { 5, 17, 40 })
            logits[anchor] = 2.f;
        ImageAssigner assigner(m_anchors, { 3, 0.5, 6.0, 16 });
        const auto &result = assigner.assign(predicted.data(), logits.data(), { &truth, 1 });
        QCOMPARE(result.size(), std::size_t { 3 });
        QCOMPARE(result[0].anchor, 5);
        QCOMPARE(result[1].anchor, 17);
        QCOMPARE(result[2].anchor, 40);
    }

    /// Wanted by two: the truth box it overlaps most gets it, whatever the scores say.
    void overlapSettlesDisputes()
    {
        const AssignerTruth truths[] = { { 0, 0, 64, 60, 0 }, { 0, 0, 64, 40, 1 } };
        const auto predicted = everywhere({ 0, 0, 64, 42, 0 });
        std::vector<float> logits(2 * kAnchors, 0.f);
        std::fill_n(logits.begin(), kAnchors, 4.f); // class 0 is sure of itself
        ImageAssigner assigner(m_anchors, { 64, 0.5, 6.0, 16 });
        const auto &result = assigner.assign(predicted.data(), logits.data(), truths);
        QVERIFY(!result.empty());
        for (const AssignedAnchor &item : result) {
            const bool inBoth = m_grid[2 * item.anchor + 1] < 40;
            QCOMPARE(item.truth.classId, inBoth ? std::int64_t { 1 } : std::int64_t { 0 });
        }
    }

    void smallBoxesReachTheNextCentres()
    {
        const AssignerTruth truth { 30, 30, 33, 33, 0 }; // holds no centre at all
        const auto predicted = everywhere(truth);
        const std::vector<float> logits(kAnchors, 0.f);
        ImageAssigner assigner(m_anchors, { 10, 0.5, 6.0, 16 });
        QCOMPARE(assigner.assign(predicted.data(), logits.data(), { &truth, 1 }).size(), std::size_t { 4 });
        ImageAssigner exact(m_anchors, { 10, 0.5, 6.0, 0 });
        QVERIFY(exact.assign(predicted.data(), logits.data(), { &truth, 1 }).empty());
    }

    void nothingCarriesOverToTheNextImage()
    {
        const AssignerTruth truth { 0, 0, 64, 64, 0 };
        const auto near = everywhere(truth), far = everywhere({ 500, 500, 600, 600, 0 });
        const std::vector<float> logits(kAnchors, 0.f);
        ImageAssigner assigner(m_anchors, {});
        QCOMPARE(assigner.assign(near.data(), logits.data(), { &truth, 1 }).size(), std::size_t { 10 });
        QVERIFY(assigner.assign(far.data(), logits.data(), { &truth, 1 }).empty());
        QVERIFY(assigner.assign(near.data(), logits.data(), {}).empty());
    }

    void targetFollowsTheMetric()
    {
        const AssignerTruth truth { 0, 0, 64, 64, 0 };
        auto predicted = everywhere({ 0, 0, 64, 48, 0 }); // same for all: only scores differ
        std::vector<float> logits(kAnchors, -50.f);
        logits[3] = 0.f;
        logits[9] = std::log(1.f / 3.f); // half of the score 0.5
        ImageAssigner assigner(m_anchors, { 2, 0.5, 6.0, 16 });
        const auto &result = assigner.assign(predicted.data(), logits.data(), { &truth, 1 });
        QCOMPARE(result.size(), std::size_t { 2 });
        QVERIFY(std::abs(result[1].score / result[0].score - std::sqrt(0.5f)) < 1e-4f);
        QVERIFY(result[0].score < 0.75f && result[0].score > 0.7f); // the overlap, less the distance term
    }
};

QTEST_APPLESS_MAIN(ImageAssignerTest)
#include "image_assigner_test.moc"

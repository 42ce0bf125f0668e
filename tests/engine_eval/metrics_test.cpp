// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/eval/average_precision.h"
#include "engine/eval/detection_metrics.h"
#include "tests/engine_eval/reference_file.h"

#include <QTest>

#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

using namespace torchdeck::engine;
using torchdeck::test::numbers;

namespace {

std::vector<Detection> detectionsOf(const QJsonObject &image)
{
    const auto boxes = numbers<float>(image["boxes"]), confidences = numbers<float>(image["confidences"]);
    const auto classes = numbers<int>(image["classes"]);
    std::vector<Detection> result;
    for (std::size_t i = 0; i < classes.size(); ++i)
        result.push_back({ boxes[4 * i], boxes[4 * i + 1], boxes[4 * i + 2], boxes[4 * i + 3], confidences[i],
                           classes[i] });
    return result;
}

std::vector<TruthBox> truthOf(const QJsonObject &image)
{
    const auto boxes = numbers<float>(image["truth"]);
    const auto classes = numbers<int>(image["truthClasses"]);
    std::vector<TruthBox> result;
    for (std::size_t i = 0; i < classes.size(); ++i)
        result.push_back({ boxes[4 * i], boxes[4 * i + 1], boxes[4 * i + 2], boxes[4 * i + 3], classes[i] });
    return result;
}

std::vector<std::string> namesOf(int classes)
{
    std::vector<std::string> result;
    for (int i = 0; i < classes; ++i)
        result.push_back("class " + std::to_string(i));
    return result;
}

#define COMPARE_NEAR(got, wanted, tolerance)                                                                 \
    QVERIFY2(std::abs((got) - (wanted)) <= (tolerance),                                                      \
             qPrintable(QStringLiteral("%1 is not %2").arg(got, 0, 'g', 12).arg(wanted, 0, 'g', 12)))

const TruthBox kTruth { 10, 10, 30, 30, 0 };
const Detection kHit { 10, 10, 30, 30, 0.9f, 0 };
const Detection kMiss { 100, 100, 120, 120, 0.5f, 0 };

} // namespace

class MetricsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void sameAsTheReference_data()
    {
        QTest::addColumn<QJsonObject>("item");
        const QJsonArray cases = torchdeck::test::referenceFile()["metrics"].toArray();
        QVERIFY(!cases.isEmpty());
        for (const QJsonValue &value : cases)
            QTest::newRow(qPrintable(value.toObject()["name"].toString())) << value.toObject();
    }

    void sameAsTheReference()
    {
        QFETCH(QJsonObject, item);
        const int classes = item["classes"].toInt();
        DetectionMetrics metrics(namesOf(classes));
        for (const QJsonValue &image : item["images"].toArray())
            metrics.addImage(detectionsOf(image.toObject()), truthOf(image.toObject()));
        const DetectionScores scores = metrics.compute();

        const auto mean = numbers<double>(item["mean"]);
        COMPARE_NEAR(scores.precision, mean[0], 1e-6);
        COMPARE_NEAR(scores.recall, mean[1], 1e-6);
        COMPARE_NEAR(scores.map50, mean[2], 1e-6);
        COMPARE_NEAR(scores.map5095, mean[3], 1e-6);
        COMPARE_NEAR(scores.fitness, item["fitness"].toDouble(), 1e-6);
        const QJsonArray perClass = item["perClass"].toArray();
        QCOMPARE(static_cast<qsizetype>(scores.classes.size()), perClass.size());
        for (qsizetype i = 0; i < perClass.size(); ++i) {
            const ClassMetrics &got = scores.classes[static_cast<std::size_t>(i)];
            const QJsonObject wanted = perClass[i].toObject();
            const auto values = numbers<double>(wanted["scores"]);
            QCOMPARE(got.classId, wanted["classId"].toInt());
            QCOMPARE(got.name, "class " + std::to_string(got.classId));
            QCOMPARE(got.images, wanted["images"].toInteger());
            QCOMPARE(got.instances, wanted["instances"].toInteger());
            COMPARE_NEAR(got.precision, values[0], 1e-6);
            COMPARE_NEAR(got.recall, values[1], 1e-6);
            COMPARE_NEAR(got.map50, values[2], 1e-6);
            COMPARE_NEAR(got.map5095, values[3], 1e-6);
        }
    }

    void curvesAsTheReference_data() { sameAsTheReference_data(); }

    void curvesAsTheReference()
    {
        QFETCH(QJsonObject, item);
        DetectionMetrics metrics(namesOf(item["classes"].toInt()));
        for (const QJsonValue &image : item["images"].toArray())
            metrics.addImage(detectionsOf(image.toObject()), truthOf(image.toObject()));
        const DetectionCurves curves = metrics.compute().curves;
        const QJsonArray wanted = item["curves"].toArray();
        QCOMPARE(static_cast<qsizetype>(curves.classes.size()), wanted.size());
        for (qsizetype c = 0; c < wanted.size(); ++c) {
            const ClassCurves &got = curves.classes[static_cast<std::size_t>(c)];
            const QJsonObject points = wanted[c].toObject();
            const std::pair<const char *, const std::vector<float> *> lines[] {
                { "precision", &got.precision },
                { "recall", &got.recall },
                { "f1", &got.f1 },
                { "precisionAtRecall", &got.precisionAtRecall },
            };
            for (const auto &[name, line] : lines) {
                const auto values = numbers<double>(points[QLatin1String(name)]);
                QCOMPARE(line->size(), std::size_t { 1000 });
                for (std::size_t i = 0; i < values.size(); ++i)
                    COMPARE_NEAR(double((*line)[37 * i]), values[i], 1e-6);
            }
        }
    }

    void confusionAsTheReference_data() { sameAsTheReference_data(); }

    void confusionAsTheReference()
    {
        QFETCH(QJsonObject, item);
        const QJsonArray cases = item["confusion"].toArray();
        QCOMPARE(cases.size(), qsizetype { 2 });
        for (const QJsonValue &value : cases) {
            const int classes = item["classes"].toInt();
            ConfusionMatrix matrix = emptyConfusion(classes);
            for (const QJsonValue &image : item["images"].toArray())
                addCells(matrix,
                         confusionCells(detectionsOf(image.toObject()), truthOf(image.toObject()), classes,
                                        static_cast<float>(value["conf"].toDouble())));
            QCOMPARE(matrix.counts, numbers<std::int64_t>(value["counts"]));
        }
    }

    void confusionByHand()
    {
        // The surer detection of another class takes the object, the right one is then of nothing.
        const std::vector<TruthBox> truth { { 0, 0, 10, 10, 0 }, { 50, 50, 60, 60, 1 } };
        const std::vector<Detection> found { { 0, 0, 10, 10, 0.9f, 1 },
                                             { 0, 0, 10, 9, 0.8f, 0 },
                                             { 50, 50, 60, 60, 0.2f, 1 } };
        ConfusionMatrix matrix = emptyConfusion(2);
        addCells(matrix, confusionCells(found, truth, 2, 0.25f));
        QCOMPARE(matrix.at(1, 0), std::int64_t { 1 });
        QCOMPARE(matrix.at(0, 2), std::int64_t { 1 });
        QCOMPARE(matrix.at(2, 1), std::int64_t { 1 }); // 0.2 is below the threshold
        QCOMPARE(std::accumulate(matrix.counts.begin(), matrix.counts.end(), std::int64_t { 0 }),
                 std::int64_t { 3 });
    }

    void thinnedCurvesKeepEndsAndBest()
    {
        DetectionMetrics metrics(namesOf(1));
        metrics.addImage({ kHit, kMiss }, { kTruth });
        const DetectionCurves curves = metrics.compute().curves, thin = curves.thinned(101);
        QCOMPARE(thin.confidence.size(), std::size_t { 101 });
        QCOMPARE(thin.confidence.front(), 0.f);
        QCOMPARE(thin.confidence.back(), 1.f);
        QCOMPARE(thin.classes[0].precision.size(), std::size_t { 101 });
        QCOMPARE(thin.classes[0].recall.back(), curves.classes[0].recall.back());
        COMPARE_NEAR(double(thin.confidence[thin.best]), double(curves.confidence[curves.best]), 0.006);
        QCOMPARE(curves.thinned(1000).confidence.size(), std::size_t { 1000 });
    }

    void perfectDetectionsScoreOne()
    {
        DetectionMetrics metrics(namesOf(1));
        metrics.addImage({ kHit }, { kTruth });
        const DetectionScores scores = metrics.compute();
        COMPARE_NEAR(scores.precision, 1.0, 1e-12);
        COMPARE_NEAR(scores.recall, 1.0, 1e-12);
        COMPARE_NEAR(scores.map50, 0.995, 1e-12); // the field's sentinel takes half of the last of 100 steps
        COMPARE_NEAR(scores.map5095, 0.995, 1e-12);
    }

    void averagePrecisionByHand()
    {
        // Right, wrong, right of two: envelope 1 below recall 0.5, 2/3 from there on, the last step falling
        // to 0.
        const std::vector<std::uint8_t> right { 1, 0, 1 };
        const double wanted = 0.49 + 0.01 * (1 + 2.0 / 3) / 2 + 0.49 * 2.0 / 3 + 0.01 * (2.0 / 3) / 2;
        COMPARE_NEAR(averagePrecision(right, 2), wanted, 1e-12);
        QCOMPARE(averagePrecision({}, 2), 0.0);
        QCOMPARE(averagePrecision(right, 0), 0.0);
    }

    void secondDetectionOfOneObjectIsWrong()
    {
        DetectionMetrics metrics(namesOf(1));
        Detection copy = kHit;
        copy.confidence = 0.8f;
        metrics.addImage({ kHit, copy, { 50, 50, 70, 70, 0.7f, 0 } }, { kTruth, { 50, 50, 70, 70, 0 } });
        COMPARE_NEAR(metrics.compute().map50, averagePrecision(std::vector<std::uint8_t> { 1, 0, 1 }, 2),
                     1e-12);
    }

    /// The surer detection claims first, even where a less sure one fits that object better.
    void confidenceDecidesWhoClaims()
    {
        DetectionMetrics metrics(namesOf(1));
        const Detection sure { 10, 10, 30, 26, 0.9f, 0 }, exact { 10, 10, 30, 30, 0.4f, 0 };
        metrics.addImage({ sure, exact }, { kTruth });
        // IoU 0.8: right at seven thresholds, where `exact` is wrong; at the other three it is the other way
        // round.
        const double first = 0.995, second = 0.5 - 0.005 * 0.5;
        COMPARE_NEAR(metrics.compute().map50, first, 1e-12);
        COMPARE_NEAR(metrics.compute().map5095, (7 * first + 3 * second) / 10, 1e-9);
    }

    void anotherClassNeverMatches()
    {
        DetectionMetrics metrics(namesOf(2));
        Detection other = kHit;
        other.classId = 1;
        metrics.addImage({ other }, { kTruth });
        const DetectionScores scores = metrics.compute();
        QCOMPARE(scores.classes.size(), std::size_t { 1 });
        QCOMPARE(scores.classes[0].classId, 0);
        QCOMPARE(scores.map50, 0.0);
    }

    void imagesMayComeInAnyOrder()
    {
        DetectionMetrics forward(namesOf(1)), backward(namesOf(1));
        const std::vector<TruthBox> truth { kTruth };
        forward.addImage({ kHit, kMiss }, truth);
        forward.addImage({ kMiss }, {});
        forward.addImage({}, truth);
        backward.addImage({}, truth);
        backward.addImage({ kMiss }, {});
        backward.addImage({ kHit, kMiss }, truth);
        QCOMPARE(forward.compute().map5095, backward.compute().map5095);
        QCOMPARE(forward.compute().precision, backward.compute().precision);
        QCOMPARE(forward.compute().classes[0].images, std::int64_t { 2 });
    }

    void nothingGivesZerosAndNoClasses()
    {
        const DetectionScores scores = DetectionMetrics(namesOf(3)).compute();
        QCOMPARE(scores.map5095, 0.0);
        QCOMPARE(scores.fitness, 0.0);
        QVERIFY(scores.classes.empty());
    }

    void brokenNumbersAreLeftOut()
    {
        const float nan = std::numeric_limits<float>::quiet_NaN();
        DetectionMetrics metrics({});
        Detection unsure = kHit, shapeless = kMiss;
        unsure.confidence = nan;
        shapeless.x1 = nan;
        metrics.addImage({ kHit, unsure, shapeless }, { kTruth });
        const DetectionScores scores = metrics.compute();
        COMPARE_NEAR(scores.map50, 0.995, 1e-12);
        QCOMPARE(scores.classes[0].name, std::string("0")); // no name known: its number
    }
};

QTEST_APPLESS_MAIN(MetricsTest)
#include "metrics_test.moc"

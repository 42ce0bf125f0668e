// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/boxes.h"
#include "engine/ops/nms.h"
#include "tests/engine_eval/reference_file.h"

#include <QTest>

#include <cmath>
#include <limits>
#include <random>

using namespace torchdeck::engine;
using torchdeck::test::numbers;

namespace {

NmsOptions optionsOf(const QJsonObject &item)
{
    NmsOptions options;
    options.conf = static_cast<float>(item["conf"].toDouble());
    options.iou = static_cast<float>(item["iou"].toDouble());
    options.maxDet = item["maxDet"].toInt();
    options.maxCandidates = item["maxCandidates"].toInt();
    options.agnostic = item["agnostic"].toBool();
    options.multiLabel = item["multiLabel"].toBool();
    options.classes = numbers<int>(item["wanted"]);
    return options;
}

/// [4 + classes, anchors] of crowded boxes.
std::vector<float> crowd(int classes, int anchors, unsigned seed)
{
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> unit(0, 1);
    std::vector<float> result(static_cast<std::size_t>((4 + classes) * anchors));
    for (int a = 0; a < anchors; ++a) {
        const float groupX = static_cast<float>(a % 5), groupY = static_cast<float>(a % 3);
        result[a] = 40 + 60 * groupX + 10 * unit(random);
        result[anchors + a] = 40 + 90 * groupY + 10 * unit(random);
        result[2 * anchors + a] = 30 + 60 * unit(random);
        result[3 * anchors + a] = 30 + 60 * unit(random);
        for (int c = 0; c < classes; ++c)
            result[(4 + c) * anchors + a] = unit(random);
    }
    return result;
}

CornerBox cornersOf(const Detection &item) { return { item.x1, item.y1, item.x2, item.y2 }; }

} // namespace

class NmsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void sameAsTheReference_data()
    {
        QTest::addColumn<QJsonObject>("item");
        const QJsonArray cases = torchdeck::test::referenceFile()["nms"].toArray();
        QVERIFY(!cases.isEmpty());
        for (const QJsonValue &value : cases)
            QTest::newRow(qPrintable(value.toObject()["name"].toString())) << value.toObject();
    }

    void sameAsTheReference()
    {
        QFETCH(QJsonObject, item);
        const auto prediction = numbers<float>(item["prediction"]);
        const auto kept = numbers<float>(item["kept"]);
        const auto found = nonMaxSuppression(prediction.data(), item["classes"].toInt(),
                                             item["anchors"].toInt(), optionsOf(item));
        QCOMPARE(found.size(), kept.size() / 6);
        for (std::size_t i = 0; i < found.size(); ++i) {
            const float *row = kept.data() + 6 * i;
            QCOMPARE(found[i].x1, row[0]);
            QCOMPARE(found[i].y1, row[1]);
            QCOMPARE(found[i].x2, row[2]);
            QCOMPARE(found[i].y2, row[3]);
            QCOMPARE(found[i].confidence, row[4]);
            QCOMPARE(found[i].classId, static_cast<int>(row[5]));
        }
    }

    void topDetectionsAsTheReference()
    {
        const QJsonArray cases = torchdeck::test::referenceFile()["top"].toArray();
        QVERIFY(!cases.isEmpty());
        for (const QJsonValue &value : cases) {
            const QJsonObject item = value.toObject();
            const auto prediction = numbers<float>(item["prediction"]), kept = numbers<float>(item["kept"]);
            const auto found =
                topDetections(prediction.data(), item["classes"].toInt(), item["anchors"].toInt(),
                              item["considered"].toInt(), optionsOf(item));
            const QByteArray name = item["name"].toString().toUtf8();
            QVERIFY2(6 * found.size() == kept.size(), name.constData());
            for (std::size_t i = 0; i < found.size(); ++i) {
                const float got[] = {
                    found[i].x1, found[i].y1,         found[i].x2,
                    found[i].y2, found[i].confidence, static_cast<float>(found[i].classId)
                };
                for (std::size_t k = 0; k < 6; ++k)
                    QVERIFY2(std::abs(got[k] - kept[6 * i + k]) < 1e-4f, name.constData());
            }
        }
    }

    void keptBoxesDoNotOverlapAndAreSorted()
    {
        for (const bool agnostic : { false, true }) {
            const auto prediction = crowd(4, 500, 3);
            const NmsOptions options { 0.05f, 0.5f, 300, 30000, agnostic, true };
            const auto found = nonMaxSuppression(prediction.data(), 4, 500, options);
            QVERIFY(found.size() > 5);
            for (std::size_t i = 0; i < found.size(); ++i) {
                QVERIFY(found[i].confidence > options.conf);
                for (std::size_t j = 0; j < i; ++j) {
                    QVERIFY(found[j].confidence >= found[i].confidence);
                    if (agnostic || found[i].classId == found[j].classId)
                        QVERIFY(boxIou(cornersOf(found[i]), cornersOf(found[j])) <= options.iou);
                }
            }
        }
    }

    void suppressingTheResultAgainChangesNothing()
    {
        const int classes = 3;
        const auto prediction = crowd(classes, 400, 11);
        const NmsOptions options { 0.2f, 0.6f, 300, 30000, false, true };
        const auto once = nonMaxSuppression(prediction.data(), classes, 400, options);
        const auto count = static_cast<int>(once.size());
        std::vector<float> again(static_cast<std::size_t>((4 + classes) * count), 0.f);
        for (int i = 0; i < count; ++i) {
            const CentreBox box = toCentre(cornersOf(once[static_cast<std::size_t>(i)]));
            again[i] = box.x;
            again[count + i] = box.y;
            again[2 * count + i] = box.width;
            again[3 * count + i] = box.height;
            const auto &item = once[static_cast<std::size_t>(i)];
            again[(4 + item.classId) * count + i] = item.confidence;
        }
        const auto twice = nonMaxSuppression(again.data(), classes, count, options);
        QCOMPARE(twice.size(), once.size());
        for (std::size_t i = 0; i < once.size(); ++i) {
            QCOMPARE(twice[i].confidence, once[i].confidence);
            QCOMPARE(twice[i].classId, once[i].classId);
            QVERIFY(std::abs(twice[i].x1 - once[i].x1) < 1e-3f);
        }
    }

    void onlyTheBestCandidatesGoIn()
    {
        // Boxes far apart: nothing is suppressed, so the limit alone decides.
        const int anchors = 50;
        std::vector<float> prediction(5 * anchors);
        for (int a = 0; a < anchors; ++a) {
            prediction[a] = static_cast<float>(100 * a);
            prediction[anchors + a] = 10;
            prediction[2 * anchors + a] = prediction[3 * anchors + a] = 20;
            prediction[4 * anchors + a] = 0.3f + 0.01f * static_cast<float>((a * 37) % anchors);
        }
        NmsOptions options;
        options.maxCandidates = 7;
        const auto found = nonMaxSuppression(prediction.data(), 1, anchors, options);
        QCOMPARE(found.size(), std::size_t { 7 });
        for (std::size_t i = 0; i < found.size(); ++i)
            QVERIFY(std::abs(found[i].confidence - (0.3f + 0.01f * static_cast<float>(49 - i))) < 1e-6f);
    }

    void equalConfidencesKeepTheOrderOfTheAnchors()
    {
        const int anchors = 3000; // more than one sorted block
        std::vector<float> prediction(5 * anchors, 0.5f);
        for (int a = 0; a < anchors; ++a)
            prediction[a] = static_cast<float>(10 * a);
        NmsOptions options;
        options.maxDet = anchors;
        const auto found = nonMaxSuppression(prediction.data(), 1, anchors, options);
        QCOMPARE(found.size(), static_cast<std::size_t>(anchors));
        for (int a = 0; a < anchors; ++a)
            QCOMPARE(found[a].x1, static_cast<float>(10 * a) - 0.25f);
    }

    void badNumbersAndEmptyInputsGiveNothing()
    {
        const float nan = std::numeric_limits<float>::quiet_NaN(),
                    inf = std::numeric_limits<float>::infinity();
        const std::vector<float> prediction { nan, 10, 5, 10, inf, 4, 5, 4, 0.9f, nan };
        QVERIFY(nonMaxSuppression(prediction.data(), 1, 2, {}).empty());
        QVERIFY(nonMaxSuppression(nullptr, 1, 2, {}).empty());
        QVERIFY(nonMaxSuppression(prediction.data(), 0, 2, {}).empty());
        QVERIFY(nonMaxSuppression(prediction.data(), 1, 0, {}).empty());
    }
};

QTEST_APPLESS_MAIN(NmsTest)
#include "nms_test.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/boxes.h"
#include "tests/engine_eval/reference_file.h"

#include <QTest>

#include <cmath>
#include <limits>

using namespace torchdeck::engine;
using torchdeck::test::numbers;

class BoxesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void conversionsUndoEachOther()
    {
        const CornerBox corners = toCorners({ 10, 20, 4, 6 });
        QCOMPARE(corners.x1, 8.f);
        QCOMPARE(corners.y1, 17.f);
        QCOMPARE(corners.x2, 12.f);
        QCOMPARE(corners.y2, 23.f);
        const CentreBox centre = toCentre(corners);
        QCOMPARE(centre.x, 10.f);
        QCOMPARE(centre.y, 20.f);
        QCOMPARE(centre.width, 4.f);
        QCOMPARE(centre.height, 6.f);
    }

    void iouByHand_data()
    {
        QTest::addColumn<QVector<float>>("boxes");
        QTest::addColumn<float>("iou");
        const float nan = std::numeric_limits<float>::quiet_NaN();
        QTest::newRow("equal") << QVector<float> { 0, 0, 4, 4, 0, 0, 4, 4 } << 1.f;
        QTest::newRow("half of each") << QVector<float> { 0, 0, 4, 4, 2, 0, 6, 4 } << 8.f / 24.f;
        QTest::newRow("quarter inside") << QVector<float> { 0, 0, 4, 4, 1, 1, 3, 3 } << 0.25f;
        QTest::newRow("touching") << QVector<float> { 0, 0, 4, 4, 4, 0, 8, 4 } << 0.f;
        QTest::newRow("apart on both axes") << QVector<float> { 0, 0, 1, 1, 5, 5, 6, 6 } << 0.f;
        QTest::newRow("no area") << QVector<float> { 1, 1, 1, 1, 1, 1, 1, 1 } << 0.f;
        QTest::newRow("not a number") << QVector<float> { nan, 0, 4, 4, 0, 0, 4, 4 } << 0.f;
    }

    void iouByHand()
    {
        QFETCH(QVector<float>, boxes);
        QFETCH(float, iou);
        const CornerBox a { boxes[0], boxes[1], boxes[2], boxes[3] };
        const CornerBox b { boxes[4], boxes[5], boxes[6], boxes[7] };
        QCOMPARE(boxIou(a, b), iou);
        QCOMPARE(boxIou(b, a), iou);
    }

    void backToThePictureAsTheReference()
    {
        const QJsonArray cases = torchdeck::test::referenceFile()["scale"].toArray();
        QVERIFY(!cases.isEmpty());
        for (const QJsonValue &value : cases) {
            const QJsonObject item = value.toObject();
            const auto picture = numbers<int>(item["picture"]), network = numbers<int>(item["network"]);
            const auto boxes = numbers<float>(item["boxes"]), moved = numbers<float>(item["moved"]);
            const LetterboxMap map = letterboxMap(picture[0], picture[1], network[0], network[1]);
            std::vector<Detection> detections;
            for (std::size_t i = 0; i < boxes.size(); i += 4)
                detections.push_back({ boxes[i], boxes[i + 1], boxes[i + 2], boxes[i + 3], 0.5f, 1 });
            toPicture(detections, map, picture[0], picture[1]);
            for (std::size_t i = 0; i < detections.size(); ++i) {
                const float got[] = { detections[i].x1, detections[i].y1, detections[i].x2,
                                      detections[i].y2 };
                for (std::size_t k = 0; k < 4; ++k)
                    QVERIFY2(std::abs(got[k] - moved[4 * i + k]) < 1e-3f,
                             qPrintable(QStringLiteral("%1 is not %2").arg(got[k]).arg(moved[4 * i + k])));
            }
        }
    }

    void picturesWithoutAreaGiveTheIdentity()
    {
        const LetterboxMap map = letterboxMap(0, 10, 320, 320);
        QCOMPARE(map.gainX, 1.0);
        QCOMPARE(map.padX, 0.0);
    }
};

QTEST_APPLESS_MAIN(BoxesTest)
#include "boxes_test.moc"

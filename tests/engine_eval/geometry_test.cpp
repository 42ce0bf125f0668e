// SPDX-License-Identifier: GPL-3.0-or-later
// Shapes of validation batches and of prediction inputs, and the way back to the picture.
#include "engine/data/epoch_plan.h"
#include "engine/ops/boxes.h"
#include "tests/engine_eval/reference_file.h"

#include <QTest>

#include <cmath>

using namespace torchdeck::engine;
using torchdeck::test::numbers;
using torchdeck::test::referenceFile;

class GeometryTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void validationBatchesAsTheReference()
    {
        const QJsonArray cases = referenceFile()["rect"].toArray();
        QVERIFY(!cases.isEmpty());
        for (const QJsonValue &value : cases) {
            const QJsonObject item = value.toObject();
            Dataset dataset;
            for (const QJsonValue &size : item["sizes"].toArray()) {
                const auto sides = numbers<int>(size);
                Sample sample;
                sample.width = sides[0];
                sample.height = sides[1];
                dataset.samples.push_back(sample);
            }
            LoaderOptions options;
            options.training = false;
            options.batch = item["batch"].toInt();
            options.imgsz = item["imgsz"].toInt();
            options.stride = 32;
            const BatchShapes shapes = batchShapes(dataset, options);
            QCOMPARE(shapes.order, numbers<std::size_t>(item["order"]));
            const QJsonArray wanted = item["shapes"].toArray();
            QCOMPARE(static_cast<qsizetype>(shapes.shapes.size()), wanted.size());
            for (qsizetype i = 0; i < wanted.size(); ++i) {
                const auto sides = numbers<int>(wanted[i]);
                const PixelSize got = shapes.shapes[static_cast<std::size_t>(i)];
                QVERIFY2(got.width == sides[0] && got.height == sides[1],
                         qPrintable(QStringLiteral("batch %1: %2x%3").arg(i).arg(got.width).arg(got.height)));
            }
        }
    }

    void squareBatchesOnRequest()
    {
        Dataset dataset;
        dataset.samples.resize(5);
        for (Sample &sample : dataset.samples)
            sample.width = sample.height = 50;
        LoaderOptions options;
        options.training = false;
        options.rect = false;
        options.batch = 2;
        options.imgsz = 96;
        const BatchShapes shapes = batchShapes(dataset, options);
        QCOMPARE(shapes.shapes.size(), std::size_t { 3 });
        QVERIFY(shapes.shapes[0] == (PixelSize { 96, 96 }));
    }

    void backFromValidationAsTheReference()
    {
        const QJsonArray cases = referenceFile()["validation"].toArray();
        QVERIFY(!cases.isEmpty());
        for (const QJsonValue &value : cases) {
            const QJsonObject item = value.toObject();
            const auto picture = numbers<int>(item["picture"]), network = numbers<int>(item["network"]);
            const auto boxes = numbers<float>(item["boxes"]), moved = numbers<float>(item["moved"]);
            const LetterboxMap map =
                validationMap(picture[0], picture[1], item["imgsz"].toInt(), network[0], network[1]);
            for (std::size_t i = 0; i < boxes.size(); i += 4) {
                const CornerBox got =
                    toPicture(CornerBox { boxes[i], boxes[i + 1], boxes[i + 2], boxes[i + 3] }, map,
                              picture[0], picture[1]);
                const float sides[] = { got.x1, got.y1, got.x2, got.y2 };
                for (std::size_t k = 0; k < 4; ++k)
                    QVERIFY2(std::abs(sides[k] - moved[i + k]) < 2e-3f,
                             qPrintable(QStringLiteral("%1x%2: %3 is not %4")
                                            .arg(picture[0])
                                            .arg(picture[1])
                                            .arg(sides[k])
                                            .arg(moved[i + k])));
            }
        }
    }

    void predictionInputsAsTheReference()
    {
        const QJsonArray cases = referenceFile()["prediction"].toArray();
        QVERIFY(!cases.isEmpty());
        for (const QJsonValue &value : cases) {
            const QJsonObject item = value.toObject();
            const auto picture = numbers<int>(item["picture"]), wanted = numbers<int>(item["wanted"]);
            const PredictionShape shape =
                predictionShape(picture[0], picture[1], wanted[0], wanted[1], 32, item["minimal"].toBool());
            const std::vector<int> got { shape.width(),       shape.height(), shape.resizedWidth,
                                         shape.resizedHeight, shape.left,     shape.top };
            std::vector<int> expected = numbers<int>(item["size"]);
            const auto resized = numbers<int>(item["resized"]);
            expected.insert(expected.end(),
                            { resized[0], resized[1], item["left"].toInt(), item["top"].toInt() });
            QVERIFY2(got == expected,
                     qPrintable(QStringLiteral("%1x%2 into %3x%4")
                                    .arg(picture[0])
                                    .arg(picture[1])
                                    .arg(wanted[0])
                                    .arg(wanted[1])));
        }
    }
};

QTEST_APPLESS_MAIN(GeometryTest)
#include "geometry_test.moc"

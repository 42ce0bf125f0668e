// SPDX-License-Identifier: GPL-3.0-or-later
// Compares with numbers of the real Ultralytics package, made by golden/generate.py.
#include "engine/data/dataset.h"
#include "engine/data/loader.h"
#include "tests/engine_data/painted.h"
#include "tests/engine_data/scratch_set.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <cmath>

using namespace torchdeck::engine;

namespace {

QJsonObject golden()
{
    QFile file(QStringLiteral(TORCHDECK_TEST_FOLDER "/golden/golden.json"));
    return file.open(QIODevice::ReadOnly) ? QJsonDocument::fromJson(file.readAll()).object() : QJsonObject();
}

cv::Mat rgbOf(const QJsonArray &bgr, int width, int height)
{
    cv::Mat image(height, width, CV_8UC3);
    for (qsizetype i = 0; i < bgr.size(); ++i)
        image.data[i / 3 * 3 + 2 - i % 3] = static_cast<std::uint8_t>(bgr[i].toInt());
    return image;
}

BoxLabel labelOf(const QJsonArray &box, int classId)
{
    const auto f = [&](int i) { return static_cast<float>(box[i].toDouble()); };
    return { classId, f(0), f(1), f(2), f(3) };
}

bool close(double a, double b, double tolerance)
{
    if (std::abs(a - b) <= tolerance)
        return true;
    qWarning("%.9g is not %.9g", a, b);
    return false;
}

/// Mean and largest difference stay small: the packages use different OpenCV versions.
bool samePixels(const cv::Mat &ours, const cv::Mat &theirs, double mean, double share)
{
    cv::Mat difference;
    cv::absdiff(ours, theirs, difference);
    difference = difference.reshape(1);
    const double average = cv::mean(difference)[0];
    const double far = cv::countNonZero(difference > 8) / static_cast<double>(difference.total());
    if (average <= mean && far <= share)
        return true;
    qWarning("mean difference %.3f, share beyond 8: %.4f", average, far);
    return false;
}

} // namespace

class ReferenceTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(!golden().isEmpty()); }
    void validationBatches();
    void mosaicAndWarp();
    void hsv();
};

void ReferenceTest::validationBatches()
{
    const QJsonObject root = golden();
    const ScratchSet set;
    set.text("data.yaml", "train: images\nval: images\nnames: [a, b, c]\n");
    std::string rows;
    const QJsonArray boxes = root["boxes"].toArray();
    for (int i = 0; i < boxes.size(); ++i) {
        rows += std::to_string(i);
        for (const auto &value : boxes[i].toArray())
            rows += " " + std::to_string(value.toDouble());
        rows += "\n";
    }
    const QJsonArray sizes = root["sizes"].toArray();
    for (int i = 0; i < sizes.size(); ++i) {
        const std::string name = QStringLiteral("%1").arg(i, 3, 10, QChar('0')).toStdString();
        set.image("images/" + name + ".png", sizes[i][0].toInt(), sizes[i][1].toInt());
        set.text("labels/" + name + ".txt", rows);
    }
    const auto data = indexSplit(readDataYaml(set.yaml()), "val", {}, {});
    for (const auto &value : root["validation"].toArray()) {
        const QJsonObject expected = value.toObject();
        LoaderOptions options;
        options.training = false;
        options.imgsz = expected["imgsz"].toInt();
        options.batch = expected["batch"].toInt();
        Loader loader(data, options);
        loader.startEpoch(0);
        int at = 0;
        while (const auto batch = loader.next()) {
            std::size_t label = 0;
            for (const ImageGeometry &geometry : batch->geometry) {
                const QJsonObject image = expected["images"][at++].toObject();
                QCOMPARE(geometry.index, image["index"].toInteger());
                QCOMPARE(batch->height, image["shape"][0].toInt());
                QCOMPARE(batch->width, image["shape"][1].toInt());
                QVERIFY(close(geometry.gain, image["gain"].toDouble(), 1e-6));
                QCOMPARE(geometry.padX, static_cast<float>(image["pad"][0].toDouble()));
                QCOMPARE(geometry.padY, static_cast<float>(image["pad"][1].toDouble()));
                for (int i = 0; i < boxes.size(); ++i) {
                    const BoxLabel &ours = batch->labels.at(label++);
                    const BoxLabel theirs = labelOf(image["boxes"][i].toArray(), image["classes"][i].toInt());
                    QCOMPARE(ours.classId, theirs.classId);
                    QVERIFY(close(ours.x, theirs.x, 2e-6) && close(ours.y, theirs.y, 2e-6));
                    QVERIFY(close(ours.w, theirs.w, 2e-6) && close(ours.h, theirs.h, 2e-6));
                }
            }
        }
        QCOMPARE(at, static_cast<int>(sizes.size()));
    }
}

void ReferenceTest::mosaicAndWarp()
{
    const QJsonArray cases = golden()["mosaic"].toArray();
    QVERIFY(!cases.isEmpty());
    for (const auto &value : cases) {
        const QJsonObject expected = value.toObject();
        const int side = expected["imgsz"].toInt(), canvas = 2 * side;
        const auto w = [&](int i) { return expected["warp"][i].toDouble(); };
        const WarpParameters warp { w(0), w(1), w(2), w(3), w(4), w(5), w(6), w(7) };
        std::vector<PlacedImage> placed;
        std::vector<PixelBox> boxes;
        for (int i = 0; i < 4; ++i) {
            const QJsonObject image = expected["images"][i].toObject();
            const PixelSize size { image["size"][0].toInt(), image["size"][1].toInt() };
            const MosaicTile tile =
                mosaicTile(i, size, expected["centre"][0].toInt(), expected["centre"][1].toInt(), canvas);
            placed.push_back({ rgbOf(image["bgr"].toArray(), size.width, size.height), tile });
            std::vector<BoxLabel> labels;
            for (const auto &box : expected["boxes_in"][i].toArray())
                labels.push_back(labelOf(box.toArray(), i));
            const auto own =
                toPixels(labels, size, static_cast<float>(tile.offsetX), static_cast<float>(tile.offsetY));
            boxes.insert(boxes.end(), own.begin(), own.end());
        }
        clipBoxes(boxes, { canvas, canvas });
        const Matrix3 m = warpMatrix(warp, { canvas, canvas }, { side, side });
        cv::Mat target(side, side, CV_8UC3);
        warpCanvas(placed, { canvas, canvas }, m, target);
        QVERIFY(samePixels(target, rgbOf(expected["bgr"].toArray(), side, side), 0.6, 0.005));
        const auto warped = warpBoxes(boxes, m, warp.scale, { side, side });
        const QJsonArray theirs = expected["boxes"].toArray();
        QCOMPARE(static_cast<int>(warped.size()), static_cast<int>(theirs.size()));
        for (int i = 0; i < theirs.size(); ++i) {
            const PixelBox &ours = warped[static_cast<std::size_t>(i)];
            QCOMPARE(ours.classId, expected["classes"][i].toInt());
            QVERIFY(close(ours.x1, theirs[i][0].toDouble(), 1e-3)
                    && close(ours.y1, theirs[i][1].toDouble(), 1e-3));
            QVERIFY(close(ours.x2, theirs[i][2].toDouble(), 1e-3)
                    && close(ours.y2, theirs[i][3].toDouble(), 1e-3));
        }
    }
}

void ReferenceTest::hsv()
{
    const QJsonArray cases = golden()["hsv"].toArray();
    QVERIFY(!cases.isEmpty());
    for (const auto &value : cases) {
        const QJsonObject expected = value.toObject();
        cv::Mat image = rgbOf(expected["in"].toArray(), 12, 12);
        const auto gain = [&](int i) { return expected["gains"][i].toDouble(); };
        applyHsv(image, gain(0), gain(1), gain(2));
        QVERIFY(samePixels(image, rgbOf(expected["out"].toArray(), 12, 12), 0.5, 0.0));
    }
}

QTEST_GUILESS_MAIN(ReferenceTest)
#include "tst_reference.moc"

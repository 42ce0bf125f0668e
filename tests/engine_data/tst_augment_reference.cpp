// SPDX-License-Identifier: GPL-3.0-or-later
// Warps, outlines, mixing and rectangular training against the real Ultralytics package (golden/generate.py).
#include "engine/data/label_file.h"
#include "engine/data/loader.h"
#include "engine/data/mixing.h"
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

std::vector<float> floats(const QJsonValue &array)
{
    std::vector<float> values;
    for (const auto &value : array.toArray())
        values.push_back(static_cast<float>(value.toDouble()));
    return values;
}

PixelSize sizeOf(const QJsonValue &size) { return { size[0].toInt(), size[1].toInt() }; }

Contour contourOf(const QJsonValue &corners, std::size_t points = 1000)
{
    return resampledOutline(floats(corners), points);
}

/// Corner boxes, classes counted from `firstClass`.
Objects objectsOf(const QJsonValue &boxes, const QJsonValue &outlines = {}, int firstClass = 0)
{
    Objects objects;
    for (const auto &box : boxes.toArray()) {
        const auto b = floats(box);
        objects.boxes.push_back(
            { firstClass + static_cast<int>(objects.boxes.size()), b[0], b[1], b[2], b[3] });
    }
    for (const auto &outline : outlines.toArray())
        objects.contours.push_back(contourOf(outline));
    return objects;
}

bool close(double a, double b, double tolerance)
{
    if (std::abs(a - b) <= tolerance)
        return true;
    qWarning("%.9g is not %.9g", a, b);
    return false;
}

bool sameBoxes(const std::vector<PixelBox> &ours, const QJsonValue &boxes, const QJsonValue &classes,
               double tolerance)
{
    const QJsonArray theirs = boxes.toArray();
    if (static_cast<int>(ours.size()) != theirs.size()) {
        qWarning("%zu boxes, theirs are %d", ours.size(), static_cast<int>(theirs.size()));
        return false;
    }
    for (std::size_t i = 0; i < ours.size(); ++i) {
        const auto b = floats(theirs[static_cast<qsizetype>(i)]);
        const PixelBox &o = ours[i];
        if (!close(o.x1, b[0], tolerance) || !close(o.y1, b[1], tolerance) || !close(o.x2, b[2], tolerance)
            || !close(o.y2, b[3], tolerance) || o.classId != classes[static_cast<qsizetype>(i)].toInt())
            return false;
    }
    return true;
}

cv::Mat picture(const QJsonValue &png)
{
    const QByteArray bytes = QByteArray::fromBase64(png.toString().toLatin1());
    const std::vector<std::uint8_t> data(bytes.begin(), bytes.end());
    return cv::imdecode(data, cv::IMREAD_COLOR);
}

int differentPixels(const cv::Mat &a, const cv::Mat &b)
{
    cv::Mat difference;
    cv::absdiff(a, b, difference);
    return cv::countNonZero(difference.reshape(1));
}

} // namespace

class AugmentReferenceTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(!golden().isEmpty()); }
    void warps();
    void outlines();
    void visibleParts();
    void mixing();
    void rectangularTraining();
    void polygonRows();
};

void AugmentReferenceTest::warps()
{
    const QJsonArray cases = golden()["warps"].toArray();
    QVERIFY(cases.size() >= 5);
    for (const auto &value : cases) {
        const QJsonObject c = value.toObject();
        const auto p = [&](int i) { return c["parameters"][i].toDouble(); };
        const WarpParameters warp { p(0), p(1), p(2), p(3), p(4), p(5), p(6), p(7) };
        const PixelSize target = sizeOf(c["target"]);
        const Matrix3 m = warpMatrix(warp, sizeOf(c["source"]), target);
        for (int i = 0; i < 9; ++i) {
            const double theirs = c["matrix"][i].toDouble(); // single precision there
            QVERIFY(close(m[static_cast<std::size_t>(i)], theirs, 1e-5 * std::max(1.0, std::abs(theirs))));
        }
        const Objects plain = warpObjects(objectsOf(c["boxes"]), m, warp.scale, target);
        QVERIFY(!plain.outlined());
        QVERIFY(sameBoxes(plain.boxes, c["plain"]["boxes"], c["plain"]["classes"], 2e-3));
        const Objects outlined = warpObjects(objectsOf(c["boxes"], c["outlines"]), m, warp.scale, target);
        QVERIFY(sameBoxes(outlined.boxes, c["outlined"]["boxes"], c["outlined"]["classes"], 2e-3));
        QCOMPARE(outlined.contours.size(), outlined.boxes.size());
    }
}

void AugmentReferenceTest::outlines()
{
    for (const auto &value : golden()["outlines"].toArray()) {
        const QJsonObject c = value.toObject();
        const Contour ours = contourOf(c["corners"], static_cast<std::size_t>(c["points"].toInt()));
        const auto theirs = floats(c["out"]);
        QCOMPARE(2 * ours.size(), theirs.size());
        for (std::size_t i = 0; i < ours.size(); ++i)
            QVERIFY(close(ours[i].x, theirs[2 * i], 1e-6) && close(ours[i].y, theirs[2 * i + 1], 1e-6));
    }
}

void AugmentReferenceTest::visibleParts()
{
    for (const auto &value : golden()["bounds"].toArray()) {
        const QJsonObject c = value.toObject();
        const auto corners = floats(c["corners"]);
        Contour contour;
        for (std::size_t i = 0; i < corners.size(); i += 2)
            contour.emplace_back(corners[i], corners[i + 1]);
        const std::vector<PixelBox> ours { visibleBounds(contour, sizeOf(c["size"])) };
        QVERIFY(sameBoxes(ours, QJsonArray { c["box"] }, QJsonArray { 0 }, 1e-4));
    }
}

void AugmentReferenceTest::mixing()
{
    const QJsonArray cases = golden()["mixing"].toArray();
    QVERIFY(cases.size() >= 7);
    for (const auto &value : cases) {
        const QJsonObject c = value.toObject(), draws = c["draws"].toObject();
        const QString kind = c["kind"].toString();
        cv::Mat image = picture(c["images"][0]);
        const cv::Mat other = picture(c["images"][1]);
        Objects objects = objectsOf(c["first"], c["outlines"][0]);
        const Objects more = objectsOf(c["second"], c["outlines"][1], 10);
        const PixelSize size { image.cols, image.rows };
        if (kind == u"mixup") {
            mixImages(image, objects, other, more, draws["ratio"].toDouble());
        } else if (kind == u"cutmix") {
            const QJsonValue r = draws["rectangle"];
            const cv::Rect rectangle = cutRectangle(size, r[0].toDouble(), r[1].toInt(), r[2].toInt());
            if (coversNothing(objects, rectangle))
                pasteRectangle(image, objects, other, more, rectangle);
        } else if (draws["mode"].toString() == u"flip") {
            pasteMirrored(image, objects, draws["part"].toDouble());
        } else {
            pasteObjects(image, objects, other, more, draws["part"].toDouble());
        }
        QVERIFY(sameBoxes(objects.boxes, c["boxes"], c["classes"], 1e-4));
        QCOMPARE(differentPixels(image, picture(c["out"])), 0);
    }
}

void AugmentReferenceTest::rectangularTraining()
{
    const QJsonObject root = golden();
    const ScratchSet set;
    set.text("data.yaml", "train: images\nval: images\nnames: [a]\n");
    const QJsonArray sizes = root["sizes"].toArray();
    for (int i = 0; i < sizes.size(); ++i) {
        const std::string name = QStringLiteral("%1").arg(i, 3, 10, QChar('0')).toStdString();
        set.image("images/" + name + ".png", sizes[i][0].toInt(), sizes[i][1].toInt());
        set.text("labels/" + name + ".txt", "0 0.5 0.5 0.4 0.4\n");
    }
    const auto data = indexSplit(readDataYaml(set.yaml()), "train", {}, {});
    for (const auto &value : root["rect_training"].toArray()) {
        const QJsonObject c = value.toObject();
        LoaderOptions options;
        options.imgsz = c["imgsz"].toInt();
        options.batch = c["batch"].toInt();
        options.rectTraining = true;
        AugmentOptions &a = options.augment;
        a.translate = a.scale = a.fliplr = a.hsvH = a.hsvS = a.hsvV = 0;
        Loader loader(data, options);
        loader.startEpoch(3);
        int at = 0;
        while (const auto batch = loader.next()) {
            for (std::size_t i = 0; i < batch->geometry.size(); ++i) {
                const QJsonObject image = c["images"][at++].toObject();
                QCOMPARE(batch->geometry[i].index, image["index"].toInteger());
                QCOMPARE(batch->height, image["shape"][0].toInt());
                QCOMPARE(batch->width, image["shape"][1].toInt());
                const auto box = floats(image["boxes"][0]);
                const auto label = std::ranges::find(batch->labelImage, static_cast<int>(i));
                const BoxLabel &ours =
                    batch->labels.at(static_cast<std::size_t>(label - batch->labelImage.begin()));
                QVERIFY(close(ours.x, box[0], 1e-5) && close(ours.y, box[1], 1e-5));
                QVERIFY(close(ours.w, box[2], 1e-5) && close(ours.h, box[3], 1e-5));
            }
        }
        QCOMPARE(at, static_cast<int>(sizes.size()));
    }
}

void AugmentReferenceTest::polygonRows()
{
    const QJsonObject c = golden()["polygons"].toObject();
    std::string text;
    for (const auto &row : c["rows"].toArray())
        text += row.toString().toStdString() + "\n";
    std::vector<ScanProblem> problems;
    const ParsedLabels parsed = parseLabels(text, "labels.txt", { .classes = 3 }, problems);
    QVERIFY(problems.empty());
    QCOMPARE(parsed.outlines.size(), parsed.labels.size());
    QCOMPARE(static_cast<int>(parsed.labels.size()), static_cast<int>(c["boxes"].toArray().size()));
    for (std::size_t i = 0; i < parsed.labels.size(); ++i) {
        const auto box = floats(c["boxes"][static_cast<qsizetype>(i)]);
        const BoxLabel &label = parsed.labels[i];
        QCOMPARE(label.classId, c["classes"][static_cast<qsizetype>(i)].toInt());
        QVERIFY(close(label.x, box[0], 1e-6) && close(label.y, box[1], 1e-6));
        QVERIFY(close(label.w, box[2], 1e-6) && close(label.h, box[3], 1e-6));
        QVERIFY(!parsed.outlines[i].empty());
    }
}

QTEST_GUILESS_MAIN(AugmentReferenceTest)
#include "tst_augment_reference.moc"

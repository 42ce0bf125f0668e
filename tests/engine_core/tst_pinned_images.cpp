// SPDX-License-Identifier: GPL-3.0-or-later
// Boxes of a few validation images, kept after every epoch.
#include "engine/core/pinned_images.h"
#include "torchdeck/engine/pinned_choice.h"

#include <QtCore/QFile>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QTemporaryDir>
#include <QtTest/QtTest>

using namespace torchdeck::engine;

namespace {

constexpr int imgsz = 100; ///< as the pictures, so that boxes stay where they are

/// `images` pictures of 100 x 100 with a box of class 0 at 10..50 and one of class 1 at 60..90.
std::shared_ptr<const Dataset> dataset(const QTemporaryDir &dir, int images)
{
    auto set = std::make_shared<Dataset>();
    set->names = { "cat", "do\"g" };
    for (int i = 0; i < images; ++i) {
        const QString file = dir.filePath(QStringLiteral("%1.png").arg(i));
        QFile(file).open(QIODevice::WriteOnly);
        Sample sample;
        sample.image = file.toStdString();
        sample.width = sample.height = imgsz;
        BoxLabel first, second;
        first.classId = 0;
        first.x = first.y = 0.3F;
        first.w = first.h = 0.4F;
        second.classId = 1;
        second.x = second.y = 0.75F;
        second.w = second.h = 0.3F;
        sample.labels = { first, second };
        set->samples.push_back(sample);
    }
    return set;
}

Batch batchOf(const Dataset &set)
{
    Batch batch;
    batch.size = static_cast<int>(set.samples.size());
    batch.width = batch.height = imgsz;
    for (int i = 0; i < batch.size; ++i)
        batch.geometry.push_back({ i, imgsz, imgsz, 1, 0, 0 });
    return batch;
}

/// The first box well, one that is not there, and the first once more, less sure.
std::vector<std::vector<Detection>> detections(int images, float confidence)
{
    const std::vector<Detection> one { { 11, 10, 50, 49, confidence, 0 },
                                       { 60, 10, 90, 40, 0.4F, 1 },
                                       { 10, 10, 50, 50, 0.2F, 0 },
                                       { 0, 0, 5, 5, 0.01F, 0 } };
    return std::vector<std::vector<Detection>>(static_cast<std::size_t>(images), one);
}

QList<QJsonObject> linesOf(const QTemporaryDir &dir)
{
    QFile file(dir.filePath(QStringLiteral("run/pinned_images.jsonl")));
    QList<QJsonObject> lines;
    if (!file.open(QIODevice::ReadOnly))
        return lines;
    for (const QByteArray &line : file.readAll().split('\n')) {
        if (!line.isEmpty())
            lines << QJsonDocument::fromJson(line).object();
    }
    return lines;
}

struct Run {
    explicit Run(int images)
    {
        QDir(dir.path()).mkdir(QStringLiteral("run"));
        folder = dir.filePath(QStringLiteral("run")).toStdString();
        set = dataset(dir, images);
    }
    void epoch(int number, float confidence = 0.9F, std::size_t limit = PinnedImages::usualLimit) const
    {
        PinnedImages pinned(set, imgsz, folder);
        pinned.onBatch(batchOf(*set), 0, detections(int(set->samples.size()), confidence));
        pinned.keep(number, set->names, 0.3, limit);
    }
    QTemporaryDir dir;
    std::filesystem::path folder;
    std::shared_ptr<const Dataset> set;
};

} // namespace

class TestPinnedImages : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theFirstOnesAreKept()
    {
        const Run run(6);
        run.epoch(0);
        const QList<QJsonObject> lines = linesOf(run.dir);
        QCOMPARE(lines.size(), 1);
        QCOMPARE(lines[0]["epoch"].toInt(), 0);
        QCOMPARE(lines[0]["classes"][1].toString(), QStringLiteral("do\"g"));
        const QJsonArray images = lines[0]["images"].toArray();
        QCOMPARE(images.size(), int(usuallyPinned));
        QCOMPARE(images[0]["image"].toString().toStdString(), run.set->samples[0].image.string());
        const QJsonArray found = images[0]["found"].toArray();
        QCOMPARE(found.size(), 3); // the one at 0.01 is noise
        QCOMPARE(found[0][6].toInt(), 1);
        QCOMPARE(found[1][6].toInt(), 0); // of the right class, at the wrong place
        QCOMPARE(found[2][6].toInt(), 0); // its truth is taken
        const QJsonArray truth = images[0]["truth"].toArray();
        QCOMPARE(truth[0][5].toDouble(), 0.9); // found from this confidence down
        QCOMPARE(truth[1][6].toInt(), 0);
        QVERIFY(std::abs(truth[1][1].toDouble() - 60) < 0.01 && std::abs(truth[1][3].toDouble() - 90) < 0.01);
    }

    void theUserChooses()
    {
        const Run run(6);
        const auto file = [&run](int i) { return run.set->samples[std::size_t(i)].image; };
        writePinnedChoice(run.folder, { file(5), file(2), file(5), "/gone/else.png" });
        QCOMPARE(readPinnedChoice(run.folder).size(), std::size_t(4));
        run.epoch(0);
        QJsonObject line = linesOf(run.dir).last();
        QCOMPARE(line["images"].toArray().size(), 2);
        QCOMPARE(line["images"][0]["image"].toString().toStdString(), file(5).string()); // in the order asked for
        QCOMPARE(line["unknown"].toArray(), QJsonArray { "else.png" });
        writePinnedChoice(run.folder, { "/gone/else.png" }); // none of them is there: better the usual ones than nothing
        run.epoch(1);
        QCOMPARE(linesOf(run.dir).last()["images"].toArray().size(), int(usuallyPinned));
        writePinnedChoice(run.folder, {});
        run.epoch(2);
        QVERIFY(linesOf(run.dir).last()["unknown"].toArray().isEmpty());
        const Run small(2);
        small.epoch(0);
        QCOMPARE(linesOf(small.dir).last()["images"].toArray().size(), 2);
    }

    void aTornLineCostsOnlyItself()
    {
        const Run run(2);
        run.epoch(0);
        QFile file(run.dir.filePath(QStringLiteral("run/pinned_images.jsonl")));
        QVERIFY(file.open(QIODevice::Append));
        file.write("{\"epoch\": 1, \"ima");
        file.close();
        run.epoch(1, 0.8F);
        const QList<QJsonObject> lines = linesOf(run.dir);
        QCOMPARE(lines.size(), 3);
        QVERIFY(lines[1].isEmpty());
        QCOMPARE(lines[2]["epoch"].toInt(), 1);
        PinnedImages::clear(run.folder);
        QVERIFY(!file.exists());
    }

    void theFileIsBounded()
    {
        const Run run(2);
        run.epoch(0);
        const auto one = std::size_t(QFileInfo(run.dir.filePath("run/pinned_images.jsonl")).size());
        const std::size_t limit = one * 10;
        for (int epoch = 1; epoch < 100; ++epoch) {
            run.epoch(epoch, 0.9F, limit);
            QVERIFY(std::size_t(QFileInfo(run.dir.filePath("run/pinned_images.jsonl")).size()) <= limit);
        }
        const QList<QJsonObject> lines = linesOf(run.dir);
        QVERIFY(lines.size() >= 4);
        QCOMPARE(lines.last()["epoch"].toInt(), 99);
        for (int i = 1; i < lines.size(); ++i)
            QVERIFY(lines[i]["epoch"].toInt() > lines[i - 1]["epoch"].toInt());
    }
};

QTEST_GUILESS_MAIN(TestPinnedImages)
#include "tst_pinned_images.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// The preview against the loader that a run with the same arguments makes.
#include "engine/core/training_loaders.h"
#include "torchdeck/engine/batch_preview.h"
#include "torchdeck/engine/error.h"
#include "torchdeck/engine/sample_dataset.h"

#include <QtCore/QTemporaryDir>
#include <QtTest/QtTest>

#include <filesystem>
#include <fstream>

using namespace torchdeck::engine;
namespace fs = std::filesystem;

namespace {

constexpr int cells = 16;

struct Preview {
    PreviewFacts facts;
    std::vector<PreviewImage> images;
};

Preview preview(const TrainConfig &config, int epoch = 0, int count = cells)
{
    BatchPreviewer previewer;
    Preview result;
    result.facts = previewer.make(
        config, epoch, count, [&](PreviewImage image) { result.images.push_back(std::move(image)); }, {});
    return result;
}

bool sameImage(const PreviewImage &image, const Batch &batch, int index)
{
    const std::size_t bytes = image.rgb->size();
    if (image.width != batch.width || image.height != batch.height
        || bytes != std::size_t { 3 } * std::size_t(batch.width) * std::size_t(batch.height))
        return false;
    if (!std::equal(image.rgb->begin(), image.rgb->end(),
                    batch.pixels.begin() + std::ptrdiff_t(bytes * std::size_t(index))))
        return false;
    std::size_t box = 0;
    for (std::size_t i = 0; i < batch.labels.size(); ++i) {
        if (batch.labelImage[i] != index)
            continue;
        if (box >= image.boxes.size() || image.boxes[box].classId != batch.labels[i].classId)
            return false;
        const float centre = (image.boxes[box].x1 + image.boxes[box].x2) / 2;
        if (std::abs(centre - batch.labels[i].x * float(batch.width)) > 0.01F)
            return false;
        ++box;
    }
    return box == image.boxes.size();
}

} // namespace

class TestBatchPreview : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void showsWhatTheRunTrainsOn_data();
    void showsWhatTheRunTrainsOn();
    void followsTheArguments();
    void mosaicClosesAsInTheRun();
    void sizesAreRoundedAndMultiScaleIsTold();
    void badInputIsOneSentence();
    void aStopEndsItBetweenImages();
    void theIndexIsKeptUntilForgotten();

private:
    [[nodiscard]] TrainConfig config() const;
    QTemporaryDir m_folder;
    std::string m_data;
};

void TestBatchPreview::initTestCase()
{
    SampleDatasetOptions options;
    options.trainImages = 21;
    options.valImages = 3;
    options.width = 96;
    options.height = 72;
    m_data = makeSampleDataset(m_folder.filePath("set").toStdString(), options).string();
}

TrainConfig TestBatchPreview::config() const
{
    TrainConfig config;
    config.data = m_data;
    config.model = "yolov8n.yaml";
    config.imgsz = 96;
    config.epochs = 20;
    config.batch = 5;
    config.seed = 7;
    return config;
}

void TestBatchPreview::showsWhatTheRunTrainsOn_data()
{
    QTest::addColumn<QString>("arguments");
    QTest::addColumn<int>("epoch");
    QTest::newRow("usual") << QString() << 0;
    QTest::newRow("later") << QString() << 6;
    QTest::newRow("closed mosaic") << QString() << 15;
    QTest::newRow("mixing") << QStringLiteral("mixup=0.5 cutmix=0.5 degrees=20 shear=5 bgr=0.5") << 1;
    QTest::newRow("large batch") << QStringLiteral("batch=64 flipud=0.5") << 0;
    QTest::newRow("rect") << QStringLiteral("rect=true") << 0;
    QTest::newRow("part of the set") << QStringLiteral("fraction=0.5 classes=[0,2]") << 0;
    QTest::newRow("one class") << QStringLiteral("single_cls=true cache=ram") << 0;
}

void TestBatchPreview::showsWhatTheRunTrainsOn()
{
    QFETCH(QString, arguments);
    QFETCH(int, epoch);
    TrainConfig c = config();
    for (const QString &pair : arguments.split(' ', Qt::SkipEmptyParts))
        QVERIFY(!setTrainArgument(c, pair.section('=', 0, 0).toStdString(), pair.section('=', 1).toStdString()));
    const Preview shown = preview(c, epoch);

    DataYaml yaml = readDataYaml(c.data);
    if (c.singleCls)
        yaml.names = { "item" };
    DatasetOptions options;
    options.singleCls = c.singleCls;
    options.classes = c.classes;
    options.fraction = c.fraction;
    const auto dataset = indexSplit(yaml, "train", options, {});
    const auto loader = makeLoader(c, dataset, true, 32, true);
    loader->startEpoch(epoch, epoch < c.epochs - c.closeMosaic);
    std::size_t number = 0;
    while (const auto batch = loader->next()) {
        for (int i = 0; i < batch->size && number < shown.images.size(); ++i, ++number) {
            QCOMPARE(shown.images[number].number, int(number));
            QVERIFY2(sameImage(shown.images[number], *batch, i), std::to_string(number).c_str());
        }
    }
    QCOMPARE(number, std::min<std::size_t>(cells, dataset->samples.size()));
    QCOMPARE(shown.images.size(), number);
    QCOMPARE(shown.facts.classNames, dataset->names);
}

void TestBatchPreview::followsTheArguments()
{
    const Preview usual = preview(config());
    QVERIFY(*usual.images[0].rgb == *preview(config()).images[0].rgb);
    for (const char *change : { "hsv_v=0", "fliplr=0", "mosaic=0", "scale=0.1", "seed=8" }) {
        TrainConfig changed = config();
        const std::string text = change;
        QVERIFY(!setTrainArgument(changed, text.substr(0, text.find('=')), text.substr(text.find('=') + 1)));
        const Preview other = preview(changed);
        bool differs = false;
        for (std::size_t i = 0; i < cells; ++i)
            differs = differs || *usual.images[i].rgb != *other.images[i].rgb;
        QVERIFY2(differs, change);
    }
}

void TestBatchPreview::mosaicClosesAsInTheRun()
{
    QVERIFY(!preview(config(), 9, 1).facts.mosaicClosed);
    QVERIFY(preview(config(), 10, 1).facts.mosaicClosed);
    TrainConfig never = config();
    never.closeMosaic = 0;
    QVERIFY(!preview(never, 19, 1).facts.mosaicClosed);
}

void TestBatchPreview::sizesAreRoundedAndMultiScaleIsTold()
{
    TrainConfig c = config();
    c.imgsz = 100;
    Preview shown = preview(c, 0, 1);
    QCOMPARE(shown.facts.imgsz, 128);
    QCOMPARE(shown.images[0].width, 128);
    QCOMPARE(shown.facts.smallest, 0);
    c.multiScale = 0.5;
    shown = preview(c, 0, 1);
    QCOMPARE(shown.facts.smallest, 64);
    QCOMPARE(shown.facts.largest, 192);
    for (std::int64_t i = 0; i < 200; ++i) {
        c.imgsz = 128;
        const int drawn = drawBatchSize(c, 32, i);
        QVERIFY(drawn >= shown.facts.smallest && drawn <= shown.facts.largest);
    }
}

void TestBatchPreview::badInputIsOneSentence()
{
    const auto blamed = [](const TrainConfig &bad) -> std::string {
        try {
            (void)preview(bad);
        } catch (const EngineError &error) {
            return std::string(error.what()).empty() ? "no sentence" : error.field();
        }
        return "nothing thrown";
    };
    TrainConfig bad = config();
    bad.data = m_folder.filePath("none/data.yaml").toStdString();
    QCOMPARE(blamed(bad), std::string("data"));
    bad = config();
    bad.lr0 = -1;
    QCOMPARE(blamed(bad), std::string("lr0"));
}

void TestBatchPreview::aStopEndsItBetweenImages()
{
    std::stop_source stop;
    int shown = 0;
    BatchPreviewer previewer;
    (void)previewer.make(
        config(), 0, cells,
        [&](const PreviewImage &) {
            if (++shown == 3)
                stop.request_stop();
        },
        stop.get_token());
    QCOMPARE(shown, 3);
    (void)previewer.make(
        config(), 0, cells, [&](const PreviewImage &) { ++shown; }, stop.get_token());
    QCOMPARE(shown, 3);
}

void TestBatchPreview::theIndexIsKeptUntilForgotten()
{
    SampleDatasetOptions options;
    options.trainImages = 6;
    options.valImages = 2;
    options.width = options.height = 64;
    TrainConfig c = config();
    c.data = makeSampleDataset(m_folder.filePath("other").toStdString(), options).string();
    BatchPreviewer previewer;
    const auto images = [&] { return previewer.make(c, 0, 1, [](const PreviewImage &) { }, {}).trainImages; };
    QCOMPARE(images(), 6);
    fs::path gone;
    for (const auto &entry : fs::recursive_directory_iterator(fs::path(c.data).parent_path())) {
        if (entry.path().string().find("images/train/") != std::string::npos)
            gone = entry.path();
    }
    QVERIFY(fs::remove(gone));
    QCOMPARE(images(), 6); // nothing is read twice
    previewer.forget();
    QCOMPARE(images(), 5);
}

QTEST_APPLESS_MAIN(TestBatchPreview)
#include "tst_batch_preview.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/disk_cache.h"
#include "engine/data/image_recipe.h"
#include "engine/data/image_store.h"
#include "engine/data/loader.h"
#include "engine/data/rng.h"
#include "tests/engine_data/scratch_set.h"

#include <chrono>
#include <cmath>
#include <set>
#include <thread>

using namespace torchdeck::engine;
namespace fs = std::filesystem;

namespace {

constexpr int kImages = 11;

/// Images of different shapes and contents, each with one box.
void fill(const ScratchSet &set, const std::string &split, int images = kImages)
{
    for (int i = 0; i < images; ++i) {
        cv::Mat small(4, 4, CV_8UC3), image;
        for (int k = 0; k < 48; ++k)
            small.data[k] = static_cast<std::uint8_t>(
                Rng(1, static_cast<std::uint64_t>(i), static_cast<std::uint64_t>(k)).below(256));
        cv::resize(small, image, cv::Size(60 + 7 * i, 90 - 3 * i), 0, 0, cv::INTER_LINEAR);
        const std::string name = "i" + std::to_string(100 + i);
        set.image("images/" + split + "/" + name + ".png", image);
        set.text("labels/" + split + "/" + name + ".txt", std::to_string(i % 3) + " 0.5 0.5 0.4 0.4\n");
    }
}

std::shared_ptr<const Dataset> indexed(const ScratchSet &set, const std::string &split = "train")
{
    set.text("data.yaml", "train: images/train\nval: images/val\nnames: [a, b, c]\n");
    return indexSplit(readDataYaml(set.yaml()), split, {}, {});
}

LoaderOptions trainingOptions(int threads = 1)
{
    LoaderOptions options;
    options.batch = 4;
    options.imgsz = 64;
    options.threads = threads;
    options.prefetch = 2;
    options.seed = 5;
    options.augment.mixup = 0.3;
    return options;
}

std::vector<Batch> takeAll(Loader &loader)
{
    std::vector<Batch> batches;
    while (auto batch = loader.next())
        batches.push_back(std::move(*batch));
    return batches;
}

bool same(const std::vector<Batch> &a, const std::vector<Batch> &b)
{
    if (a.size() != b.size())
        return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i].pixels != b[i].pixels || a[i].labelImage != b[i].labelImage
            || a[i].labels.size() != b[i].labels.size())
            return false;
        for (std::size_t k = 0; k < a[i].labels.size(); ++k) {
            const BoxLabel &x = a[i].labels[k], &y = b[i].labels[k];
            if (x.classId != y.classId || x.x != y.x || x.y != y.y || x.w != y.w || x.h != y.h)
                return false;
        }
    }
    return true;
}

} // namespace

class LoaderTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void epochHasEveryImageOnce();
    void sameForAnyThreadCount();
    void epochsAndSeedsDiffer();
    void labelsAreWellFormed();
    void validationOrderAndBoxes();
    void squareValidation();
    void stopsMidEpoch();
    void prepareEpochGivesTheSame();
    void otherEpochDropsWhatWasPrepared();
    void undecodableImageIsReplaced();
    void undecodableValidationImageIsBlank();
    void nothingDecodableIsAnError();
    void aFolderThatIsGoneEndsIt();
    void emptySet();
    void cacheModesGiveTheSamePixels();
    void diskCache();
    void composedLaterIsTheSame_data();
    void composedLaterIsTheSame();
};

void LoaderTest::epochHasEveryImageOnce()
{
    const ScratchSet set;
    fill(set, "train");
    Loader loader(indexed(set), trainingOptions());
    QCOMPARE(loader.images(), kImages);
    QCOMPARE(loader.batches(), 3);
    QVERIFY(!loader.next().has_value()); // no epoch started
    for (int epoch = 0; epoch < 2; ++epoch) {
        loader.startEpoch(epoch);
        const auto batches = takeAll(loader);
        QCOMPARE(batches.size(), std::size_t { 3 });
        QCOMPARE(batches[2].size, 3);
        std::set<std::int64_t> seen;
        for (const Batch &batch : batches) {
            QCOMPARE(batch.pixels.size(), static_cast<std::size_t>(batch.size) * 64 * 64 * 3);
            for (const ImageGeometry &geometry : batch.geometry)
                seen.insert(geometry.index);
        }
        QCOMPARE(seen.size(), std::size_t { kImages });
        QVERIFY(!loader.next().has_value()); // still at the end
    }
}

void LoaderTest::sameForAnyThreadCount()
{
    const ScratchSet set;
    fill(set, "train");
    const auto data = indexed(set);
    Loader one(data, trainingOptions(1)), four(data, trainingOptions(4));
    for (const int epoch : { 0, 7 }) { // also when resumed late
        for (const bool mosaic : { true, false }) {
            one.startEpoch(epoch, mosaic);
            four.startEpoch(epoch, mosaic);
            QVERIFY(same(takeAll(one), takeAll(four)));
        }
    }
}

void LoaderTest::epochsAndSeedsDiffer()
{
    const ScratchSet set;
    fill(set, "train");
    const auto data = indexed(set);
    LoaderOptions other = trainingOptions();
    other.seed = 6;
    Loader a(data, trainingOptions()), b(data, other);
    const auto take = [](Loader &loader, int epoch, bool mosaic) {
        loader.startEpoch(epoch, mosaic);
        return takeAll(loader);
    };
    const auto first = take(a, 0, true);
    QVERIFY(!same(first, take(a, 1, true)));
    QVERIFY(!same(first, take(a, 0, false)));
    QVERIFY(!same(first, take(b, 0, true)));
    QVERIFY(same(first, take(a, 0, true)));
}

void LoaderTest::labelsAreWellFormed()
{
    const ScratchSet set;
    fill(set, "train");
    Loader loader(indexed(set), trainingOptions(2));
    std::size_t labels = 0;
    for (int epoch = 0; epoch < 5; ++epoch) {
        loader.startEpoch(epoch);
        for (const Batch &batch : takeAll(loader)) {
            QCOMPARE(batch.labels.size(), batch.labelImage.size());
            labels += batch.labels.size();
            QVERIFY(std::is_sorted(batch.labelImage.begin(), batch.labelImage.end()));
            for (std::size_t i = 0; i < batch.labels.size(); ++i) {
                const BoxLabel &label = batch.labels[i];
                QVERIFY(batch.labelImage[i] >= 0 && batch.labelImage[i] < batch.size);
                QVERIFY(label.classId >= 0 && label.classId < 3);
                QVERIFY(label.x - label.w / 2 > -1e-5f && label.x + label.w / 2 < 1 + 1e-5f);
                QVERIFY(label.y - label.h / 2 > -1e-5f && label.y + label.h / 2 < 1 + 1e-5f);
            }
        }
    }
    QVERIFY(labels > 60); // mosaics: more than one box an image on average
}

void LoaderTest::validationOrderAndBoxes()
{
    const ScratchSet set;
    fill(set, "val");
    const auto data = indexed(set, "val");
    LoaderOptions options = trainingOptions(3);
    options.training = false;
    Loader loader(data, options);
    for (int round = 0; round < 2; ++round) {
        loader.startEpoch(0);
        double ratio = 0;
        int count = 0;
        while (const auto batch = loader.next()) {
            QCOMPARE(batch->width % 32, 0);
            QCOMPARE(batch->height % 32, 0);
            for (std::size_t i = 0; i < batch->geometry.size(); ++i, ++count) {
                const ImageGeometry &geometry = batch->geometry[i];
                const Sample &sample = data->samples[static_cast<std::size_t>(geometry.index)];
                QCOMPARE(geometry.originalWidth, sample.width);
                QCOMPARE(geometry.originalHeight, sample.height);
                const double own = static_cast<double>(sample.height) / sample.width;
                QVERIFY(own >= ratio);
                ratio = own;
                const BoxLabel &label = batch->labels[i]; // one box an image
                QCOMPARE(batch->labelImage[i], static_cast<int>(i));
                const double x = (label.x * batch->width - geometry.padX) / geometry.gain;
                const double w = label.w * batch->width / geometry.gain;
                const double y = (label.y * batch->height - geometry.padY) / geometry.gain;
                const double tolerance =
                    1.5 / geometry.gain; // one gain for both sides, the short one rounds up
                QVERIFY(std::abs(x - 0.5 * sample.width) < tolerance);
                QVERIFY(std::abs(y - 0.5 * sample.height) < tolerance);
                QVERIFY(std::abs(w - 0.4 * sample.width) < tolerance);
                QCOMPARE(batch->pixels[i * 3 * static_cast<std::size_t>(batch->width * batch->height)],
                         std::uint8_t { 114 }); // the corner is padding
            }
        }
        QCOMPARE(count, kImages);
    }
}

void LoaderTest::squareValidation()
{
    const ScratchSet set;
    fill(set, "val");
    LoaderOptions options = trainingOptions();
    options.training = false;
    options.rect = false;
    Loader loader(indexed(set, "val"), options);
    loader.startEpoch(0);
    std::int64_t expected = 0;
    for (const Batch &batch : takeAll(loader)) {
        QCOMPARE(batch.width, 64);
        QCOMPARE(batch.height, 64);
        for (const ImageGeometry &geometry : batch.geometry)
            QCOMPARE(geometry.index, expected++);
    }
}

void LoaderTest::stopsMidEpoch()
{
    const ScratchSet set;
    fill(set, "train");
    const auto data = indexed(set);
    for (int i = 0; i < 20; ++i) {
        Loader loader(data, trainingOptions(3));
        loader.startEpoch(0);
        if (i % 2 == 0)
            (void)loader.next();
        if (i % 3 == 0)
            loader.prepareEpoch(1);
    } // the destructor must come back
}

void LoaderTest::prepareEpochGivesTheSame()
{
    const ScratchSet set;
    fill(set, "train");
    const auto data = indexed(set);
    Loader plain(data, trainingOptions(2)), preparing(data, trainingOptions(2));
    for (int epoch = 0; epoch < 3; ++epoch) {
        plain.startEpoch(epoch);
        preparing.startEpoch(epoch);
        const auto expected = takeAll(plain);
        std::vector<Batch> got;
        got.push_back(std::move(*preparing.next()));
        preparing.prepareEpoch(epoch + 1); // asked for early: the running epoch still comes first
        preparing.prepareEpoch(epoch + 1);
        for (Batch &batch : takeAll(preparing))
            got.push_back(std::move(batch));
        QVERIFY(same(expected, got));
    }
}

void LoaderTest::otherEpochDropsWhatWasPrepared()
{
    const ScratchSet set;
    fill(set, "train");
    const auto data = indexed(set);
    Loader loader(data, trainingOptions(2)), fresh(data, trainingOptions(1));
    loader.startEpoch(0);
    (void)loader.next();
    loader.prepareEpoch(1, true);
    loader.startEpoch(1, false); // mosaic closed meanwhile, in the middle of epoch 0
    fresh.startEpoch(1, false);
    QVERIFY(same(takeAll(loader), takeAll(fresh)));
}

void LoaderTest::undecodableImageIsReplaced()
{
    const ScratchSet set;
    fill(set, "train");
    const auto data = indexed(set);
    fs::remove(data->samples[3].image); // vanished after it was indexed
    set.text("images/train/i105.png", "nonsense");
    Loader loader(data, trainingOptions(2));
    for (int epoch = 0; epoch < 3; ++epoch) {
        loader.startEpoch(epoch);
        for (const Batch &batch : takeAll(loader)) {
            for (const ImageGeometry &geometry : batch.geometry)
                QVERIFY(geometry.index != 3 && geometry.index != 5);
        }
    }
    const auto problems = loader.problems();
    QCOMPARE(problems.size(), std::size_t { 2 }); // each once
    QVERIFY(contains(problems[0] + problems[1], data->samples[3].image.string()));
    QVERIFY(contains(problems[0], "cannot be decoded"));
}

void LoaderTest::undecodableValidationImageIsBlank()
{
    const ScratchSet set;
    fill(set, "val");
    const auto data = indexed(set, "val");
    fs::remove(data->samples[3].image);
    LoaderOptions options = trainingOptions();
    options.training = false;
    Loader loader(data, options);
    loader.startEpoch(0);
    std::set<std::int64_t> seen;
    std::size_t labels = 0;
    for (const Batch &batch : takeAll(loader)) {
        labels += batch.labels.size();
        for (const ImageGeometry &geometry : batch.geometry)
            seen.insert(geometry.index);
    }
    QCOMPARE(seen.size(), std::size_t { kImages }); // nothing is counted twice
    QCOMPARE(labels, std::size_t { kImages - 1 });
    QCOMPARE(loader.problems().size(), std::size_t { 1 });
}

/// In training and in validation, although some images are in memory still.
void LoaderTest::aFolderThatIsGoneEndsIt()
{
    for (const bool training : { true, false }) {
        const ScratchSet set;
        const char *split = training ? "train" : "val";
        fill(set, split);
        const auto data = indexed(set, split);
        LoaderOptions options = trainingOptions(2);
        options.training = training;
        options.cache = "false";
        Loader loader(data, options);
        fs::remove_all(set.root() / "images");
        loader.startEpoch(0);
        const std::string sentence = sentenceOf([&] { (void)takeAll(loader); });
        QVERIFY2(contains(sentence, (set.root() / "images" / split).string() + " is gone"), sentence.c_str());
    }
}

void LoaderTest::nothingDecodableIsAnError()
{
    const ScratchSet set;
    fill(set, "train");
    const auto data = indexed(set);
    for (const Sample &sample : data->samples)
        fs::remove(sample.image);
    Loader loader(data, trainingOptions(3));
    loader.startEpoch(0);
    const std::string sentence = sentenceOf([&] { (void)loader.next(); });
    QVERIFY(contains(sentence, "None of the 11 images can be decoded any more"));
    QVERIFY(contains(sentenceOf([&] { (void)loader.next(); }), "None of the 11")); // and stays one
    loader.startEpoch(1);
    QVERIFY(!sentenceOf([&] { (void)loader.next(); }).empty());
}

void LoaderTest::emptySet()
{
    Loader loader(std::make_shared<Dataset>(), trainingOptions(2));
    QCOMPARE(loader.batches(), 0);
    loader.startEpoch(0);
    QVERIFY(!loader.next().has_value());
}

void LoaderTest::cacheModesGiveTheSamePixels()
{
    const ScratchSet set, cache;
    fill(set, "train");
    const auto data = indexed(set);
    qputenv("XDG_CACHE_HOME", QByteArray::fromStdString(cache.root().string()));
    std::vector<Batch> expected;
    for (const char *mode : { "false", "auto", "ram", "disk", "disk" }) {
        LoaderOptions options = trainingOptions(2);
        options.cache = mode;
        Loader loader(data, options);
        loader.startEpoch(2);
        const auto batches = takeAll(loader);
        QCOMPARE(batches.size(), std::size_t { 3 });
        QVERIFY(expected.empty() || same(expected, batches));
        expected = batches;
        QVERIFY(loader.problems().empty());
    }
    QVERIFY(!fs::is_empty(cache.root() / "torchdeck" / "images"));
    for (const auto &entry : fs::recursive_directory_iterator(set.root()))
        QVERIFY(entry.is_directory()
                || entry.path().extension() != ".rgb"); // nothing beside the user's images
}

void LoaderTest::diskCache()
{
    const ScratchSet set;
    cv::Mat pixels(5, 7, CV_8UC3);
    cv::randu(pixels, 0, 255);
    const fs::path file = set.root() / "deep" / "x.rgb";
    QVERIFY(writeRawImage(file, pixels, 70, 50));
    int width = 0, height = 0;
    QCOMPARE(cv::norm(readRawImage(file, width, height), pixels, cv::NORM_INF), 0.0);
    QCOMPARE(width, 70);
    QCOMPARE(height, 50);
    std::string bytes = fileBytes(file);
    bytes[60] = static_cast<char>(bytes[60] ^ 1);
    set.text("deep/x.rgb", bytes);
    QVERIFY(readRawImage(file, width, height).empty()); // damaged: decoded anew
    set.text("deep/x.rgb", bytes.substr(0, 30));
    QVERIFY(readRawImage(file, width, height).empty());
    set.text("blocked", "a file where the folder should be");
    QVERIFY(!writeRawImage(set.root() / "blocked" / "x.rgb", pixels, 7, 5));

    set.image("a.png", 10, 10);
    const std::string name = imageCacheName(set.root() / "a.png", 64);
    QCOMPARE(imageCacheName(set.root() / "a.png", 64), name);
    QVERIFY(imageCacheName(set.root() / "a.png", 96) != name);
    fs::last_write_time(set.root() / "a.png", fs::file_time_type::clock::now() - std::chrono::hours(5));
    QVERIFY(imageCacheName(set.root() / "a.png", 64) != name); // the image was replaced
}

void LoaderTest::composedLaterIsTheSame_data()
{
    QTest::addColumn<LoaderOptions>("options");
    QTest::addColumn<bool>("warps"); // and does not settle on the CPU first
    QTest::addColumn<bool>("mosaic");
    LoaderOptions options = trainingOptions(2);
    options.augment.mixup = 0;
    options.augment.degrees = 10;
    options.augment.flipud = options.augment.bgr = 0.5;
    QTest::addRow("affine") << options << true << true;
    QTest::addRow("mosaic closed") << options << true << false;
    options.augment.mixup = options.augment.cutmix = 1;
    QTest::addRow("mixed") << options << false << true;
    options.augment.mixup = options.augment.cutmix = 0;
    options.augment.perspective = 0.001;
    QTest::addRow("perspective") << options << false << true;
    options.augment = {};
    options.rectTraining = true;
    QTest::addRow("rectangular") << options << true << true;
    options.training = false;
    QTest::addRow("validation") << options << true << true;
}

/// Both forms of a batch, the second one kept beyond its loader and a store that keeps nothing.
void LoaderTest::composedLaterIsTheSame()
{
    QFETCH(LoaderOptions, options);
    QFETCH(bool, warps);
    QFETCH(bool, mosaic);
    const ScratchSet set;
    fill(set, "train");
    const auto data = indexed(set);
    fs::remove(data->samples[4].image); // replaced, or blank in validation
    options.cache = "false";
    const auto taken = [&](bool later) {
        options.composeLater = later;
        Loader loader(data, options);
        loader.startEpoch(1, mosaic);
        return takeAll(loader);
    };
    std::vector<Batch> later = taken(true);
    std::size_t warped = 0;
    for (Batch &batch : later) {
        QVERIFY(batch.pixels.empty());
        QCOMPARE(batch.unfinished.size(), std::size_t(batch.size));
        for (const UnfinishedImage &image : batch.unfinished) {
            QCOMPARE(image.finish.hsv.empty(), !options.training);
            warped += image.width != batch.width || image.height != batch.height || image.toSource[2] != 0;
        }
        makePixels(batch);
        QVERIFY(batch.unfinished.empty());
    }
    QVERIFY(warps ? warped > kImages / 2 : warped < kImages / 2);
    QVERIFY(same(taken(false), later));
}

QTEST_GUILESS_MAIN(LoaderTest)
#include "tst_loader.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// Decoded images as the loader keeps them: how many, and from which decoder.
#include "engine/data/image_store.h"
#include "engine/data/rng.h"
#include "tests/engine_data/scratch_set.h"

using namespace torchdeck::engine;

namespace {

std::shared_ptr<const Dataset> indexed(const ScratchSet &set)
{
    set.text("data.yaml", "train: images/train\nval: images/train\nnames: [a, b, c]\n");
    return indexSplit(readDataYaml(set.yaml()), "train", {}, {});
}

} // namespace

class ImageStoreTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void memoryBudget();
    void jpegsAreHalvedByTheirDecoder();
};

void ImageStoreTest::memoryBudget()
{
    const ScratchSet set;
    for (int i = 0; i < 11; ++i) {
        const std::string name = "i" + std::to_string(100 + i);
        set.image("images/train/" + name + ".png", 60 + 7 * i, 90 - 3 * i);
        set.text("labels/train/" + name + ".txt", "0 0.5 0.5 0.4 0.4\n");
    }
    const auto data = indexed(set);
    ImageStoreOptions options;
    options.imgsz = 64;
    options.window = 2;
    options.freeMemory = std::int64_t { 1 } << 30;
    const std::int64_t whole = storedBytes(*data, 64);
    QCOMPARE(ImageStore(data, options).budget(), whole);
    options.freeMemory = whole; // auto keeps well away from the limit
    ImageStore small(data, options);
    QVERIFY(small.budget() < whole);
    for (int round = 0; round < 2; ++round) {
        for (std::size_t i = 0; i < data->samples.size(); ++i)
            QVERIFY(!small.get(i)->pixels.empty());
    }
    options.cache = "ram";
    ImageStore half(data, options);
    QCOMPARE(half.budget(), whole / 2);
    QVERIFY(contains(half.problems().at(0), "cache=ram"));
    QVERIFY(availableMemory() > 0);
}

void ImageStoreTest::jpegsAreHalvedByTheirDecoder()
{
    const ScratchSet set;
    const auto picture = [](int width, int height) {
        cv::Mat small(6, 8, CV_8UC3), image;
        for (int k = 0; k < 144; ++k)
            small.data[k] = static_cast<std::uint8_t>(Rng(2, 3, static_cast<std::uint64_t>(k)).below(256));
        cv::resize(small, image, cv::Size(width, height), 0, 0, cv::INTER_CUBIC);
        return image;
    };
    const std::vector<cv::Size> sizes { { 128, 96 }, { 140, 96 }, { 128, 96 }, { 128, 97 } };
    const char *const names[] = { "a.jpg", "b.jpg", "c.png", "d.jpg" };
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        set.image(std::string("images/train/") + names[i], picture(sizes[i].width, sizes[i].height));
        set.text("labels/train/" + std::string(1, names[i][0]) + ".txt", "0 0.5 0.5 0.4 0.4\n");
    }
    const auto data = indexed(set);
    ImageStoreOptions options;
    options.imgsz = 64;
    ImageStore plain(data, options); // validation's
    options.halveByDecoder = true;
    ImageStore store(data, options);
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        const StoredImagePtr got = store.get(i), exact = plain.get(i);
        QCOMPARE(got->original, (PixelSize { sizes[i].width, sizes[i].height }));
        const PixelSize fitted = fittedSize(got->original, 64);
        cv::Mat wanted = cv::imread(data->samples[i].image.string(), cv::IMREAD_COLOR), difference;
        cv::resize(wanted, wanted, cv::Size(fitted.width, fitted.height), 0, 0, cv::INTER_LINEAR);
        cv::cvtColor(wanted, wanted, cv::COLOR_BGR2RGB);
        QCOMPARE(got->pixels.size(), wanted.size());
        cv::absdiff(got->pixels, wanted, difference);
        const double mean = cv::mean(difference.reshape(1))[0];
        QVERIFY(std::equal(exact->pixels.datastart, exact->pixels.dataend, wanted.datastart));
        QVERIFY2(i == 0 ? mean > 0 && mean < 1 : mean == 0, names[i]); // only the first one's sides are halved
    }
    // Another file by the time it is read.
    cv::imwrite(data->samples[0].image.string(), picture(100, 100));
    const StoredImagePtr other = ImageStore(data, options).get(0);
    QCOMPARE(other->original, (PixelSize { 100, 100 }));
    QCOMPARE(other->pixels.size(), cv::Size(64, 64));
}

QTEST_GUILESS_MAIN(ImageStoreTest)
#include "tst_image_store.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/rng.h"
#include "tests/engine_data/scratch_set.h"
#include "torchdeck/engine/dataset_report.h"
#include "torchdeck/engine/duplicate_check.h"

#include <atomic>

using namespace torchdeck::engine;
namespace fs = std::filesystem;

namespace {

/// A scene of its own for every seed.
cv::Mat scene(int seed, int width = 320, int height = 240)
{
    cv::Mat coarse(6, 8, CV_8UC3), image;
    for (int k = 0; k < 6 * 8 * 3; ++k)
        coarse.data[k] = static_cast<std::uint8_t>(
            Rng(3, static_cast<std::uint64_t>(seed), static_cast<std::uint64_t>(k)).below(256));
    cv::resize(coarse, image, cv::Size(width, height), 0, 0, cv::INTER_CUBIC);
    return image;
}

void add(const ScratchSet &set, const std::string &split, const std::string &file, const cv::Mat &pixels)
{
    set.image("images/" + split + "/" + file, pixels);
    set.text("labels/" + split + "/" + fs::path(file).stem().string() + ".txt", "0 0.5 0.5 0.2 0.2\n");
}

/// Thirty training scenes, ten others to validate on.
void fill(const ScratchSet &set)
{
    set.text("data.yaml", "path: .\ntrain: images/train\nval: images/val\nnames: [thing]\n");
    for (int i = 0; i < 30; ++i)
        add(set, "train", "t" + std::to_string(i) + ".png", scene(i));
    for (int i = 0; i < 10; ++i)
        add(set, "val", "v" + std::to_string(i) + ".png", scene(100 + i));
}

/// A PNG whose chunks are all there and whose pixels are not.
std::string spoiled(std::string bytes)
{
    for (std::size_t at = 8; at + 12 <= bytes.size();) {
        std::size_t length = 0;
        for (std::size_t i = 0; i < 4; ++i)
            length = length << 8 | static_cast<unsigned char>(bytes[at + i]);
        if (bytes.compare(at + 4, 4, "IDAT") == 0)
            bytes.replace(at + 8, length, length, '\0');
        at += 12 + length;
    }
    return bytes;
}

DuplicateReport find(const ScratchSet &set, DuplicateFinder &finder)
{
    return finder.find(set.yaml().string(), {}, {});
}

} // namespace

class TestDuplicateCheck : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void findsWhatLooksTheSame();
    void equalFilesAreTheReportsBusiness();
    void blankAndBrokenPicturesAreNoDuplicates();
    void keepsWhatItRead();
    void tellsProgressAndStops();
    void saysWhatIsWrongWithDataYaml();
};

void TestDuplicateCheck::findsWhatLooksTheSame()
{
    const ScratchSet set;
    fill(set);
    DuplicateFinder finder;
    QVERIFY(find(set, finder).pairs.empty());

    cv::Mat small, bright, shifted;
    cv::resize(scene(4), small, cv::Size(133, 100), 0, 0, cv::INTER_AREA);
    scene(5).convertTo(bright, -1, 0.8, 30);
    shifted = scene(6)(cv::Rect(3, 2, 314, 236)); // the next frame
    add(set, "val", "small.jpg", small);
    add(set, "val", "bright.png", bright);
    add(set, "val", "next.jpg", shifted);
    cv::Mat mirrored;
    cv::flip(scene(7), mirrored, 1);
    add(set, "val", "mirrored.png", mirrored); // another picture, as far as a detector is concerned
    const DuplicateReport report = find(set, finder);
    QCOMPARE(report.images, 44);
    QCOMPARE(report.pairs.size(), std::size_t(3));
    for (const auto &[val, train] : { std::pair("small.jpg", "t4.png"), std::pair("bright.png", "t5.png"),
                                      std::pair("next.jpg", "t6.png") }) {
        const auto pair = std::ranges::find_if(
            report.pairs, [val = val](const DuplicatePair &p) { return p.val.filename() == val; });
        QVERIFY2(pair != report.pairs.end(), val);
        QCOMPARE(pair->train.filename().string(), std::string(train));
        QVERIFY(pair->likeness >= 0.97 && pair->likeness <= 1.0001);
    }
    QVERIFY(report.pairs[0].likeness >= report.pairs[2].likeness);
}

void TestDuplicateCheck::equalFilesAreTheReportsBusiness()
{
    const ScratchSet set;
    fill(set);
    fs::copy_file(set.root() / "images/train/t3.png", set.root() / "images/val/copy.png");
    set.text("labels/val/copy.txt", "0 0.5 0.5 0.2 0.2\n");
    DuplicateFinder finder;
    QVERIFY(find(set, finder).pairs.empty());
    bool told = false;
    for (const DatasetProblem &problem : inspectDataset(set.yaml().string()).problems) {
        if (problem.file.filename() != "copy.png")
            continue;
        told = true;
        QCOMPARE(problem.other.filename().string(), std::string("t3.png"));
        QVERIFY(problem.level == ProblemLevel::Warning);
    }
    QVERIFY(told);
}

void TestDuplicateCheck::blankAndBrokenPicturesAreNoDuplicates()
{
    const ScratchSet set;
    fill(set);
    add(set, "train", "grey.png", cv::Mat(80, 80, CV_8UC3, cv::Scalar(90, 90, 90)));
    add(set, "val", "grey.png", cv::Mat(90, 90, CV_8UC3, cv::Scalar(90, 91, 90)));
    set.text("images/val/torn.png", spoiled(fileBytes(set.root() / "images/train/t1.png")));
    set.text("labels/val/torn.txt", "0 0.5 0.5 0.2 0.2\n");
    DuplicateFinder finder;
    const DuplicateReport report = find(set, finder);
    QVERIFY(report.pairs.empty());
    QCOMPARE(report.unreadable, 1);
}

void TestDuplicateCheck::keepsWhatItRead()
{
    const ScratchSet set;
    fill(set);
    add(set, "val", "twin.jpg", scene(8));
    DuplicateFinder finder;
    QCOMPARE(find(set, finder).pairs.size(), std::size_t(1));
    // Other bytes under the same size and date go unnoticed: nothing was read again.
    const fs::path file = set.root() / "images/train/t8.png";
    const auto date = fs::last_write_time(file);
    set.text("images/train/t8.png", spoiled(fileBytes(file)));
    fs::last_write_time(file, date);
    QCOMPARE(find(set, finder).pairs.size(), std::size_t(1));
    fs::last_write_time(file, date + std::chrono::seconds(5));
    QVERIFY(find(set, finder).pairs.empty());
}

void TestDuplicateCheck::tellsProgressAndStops()
{
    const ScratchSet set;
    fill(set);
    add(set, "val", "twin.jpg", scene(8));
    DuplicateFinder finder;
    std::stop_source stop;
    std::atomic<std::int64_t> most { 0 }, all { 0 };
    DuplicateReport report = finder.find(
        set.yaml().string(),
        [&](std::int64_t done, std::int64_t total) {
            all = total;
            if (done >= 5)
                stop.request_stop();
        },
        stop.get_token());
    QVERIFY(report.stopped);
    QVERIFY(report.pairs.empty());
    QCOMPARE(all.load(), 41);
    report = finder.find(
        set.yaml().string(), [&](std::int64_t done, std::int64_t) { most = std::max(most.load(), done); }, {});
    QVERIFY(!report.stopped);
    QCOMPARE(report.pairs.size(), std::size_t(1));
    QCOMPARE(most.load(), 41);
}

void TestDuplicateCheck::saysWhatIsWrongWithDataYaml()
{
    DuplicateFinder finder;
    QVERIFY(contains(sentenceOf([&] { (void)finder.find("/nowhere/data.yaml", {}, {}); }), "nowhere"));
}

QTEST_APPLESS_MAIN(TestDuplicateCheck)
#include "tst_duplicate_check.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/sample_scene.h"
#include "tests/engine_data/scratch_set.h"
#include "torchdeck/engine/dataset_report.h"
#include "torchdeck/engine/sample_dataset.h"

#include <algorithm>
#include <map>

using namespace torchdeck::engine;
namespace fs = std::filesystem;

namespace {

SampleDatasetOptions smallSet(std::uint64_t seed = 0)
{
    SampleDatasetOptions options;
    options.trainImages = 24;
    options.valImages = 8;
    options.width = 160;
    options.height = 128;
    options.seed = seed;
    return options;
}

std::map<std::string, std::string> contentsOf(const fs::path &folder)
{
    std::map<std::string, std::string> files;
    for (const auto &entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file())
            files[fs::relative(entry.path(), folder).string()] = fileBytes(entry.path());
    }
    return files;
}

} // namespace

class SampleDatasetTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void sameOptionsSameBytes();
    void inspectsWithoutProblems();
    void boxesFitTheShapes();
    void secondRunLeavesItAlone();
    void refusals();
    void cancelling();
};

void SampleDatasetTest::sameOptionsSameBytes()
{
    const ScratchSet set;
    makeSampleDataset(set.root() / "a", smallSet());
    makeSampleDataset(set.root() / "b", smallSet());
    makeSampleDataset(set.root() / "c", smallSet(1));
    const auto a = contentsOf(set.root() / "a");
    QCOMPARE(a.size(), std::size_t { 2 * 32 + 1 });
    QVERIFY(a == contentsOf(set.root() / "b"));
    QVERIFY(a != contentsOf(set.root() / "c"));
    QVERIFY(a.at("images/train/00001.jpg") != a.at("images/val/00001.jpg"));
}

void SampleDatasetTest::inspectsWithoutProblems()
{
    const ScratchSet set;
    const fs::path yaml = makeSampleDataset(set.root() / "shapes/", smallSet());
    QCOMPARE(yaml, set.root() / "shapes" / "data.yaml");
    const DatasetReport report = inspectDataset(yaml.string());
    for (const DatasetProblem &problem : report.problems)
        qWarning("%s", problem.sentence.c_str());
    QVERIFY(report.problems.empty());
    QCOMPARE(report.summary.name, std::string("shapes"));
    QCOMPARE(report.summary.trainImages, 24);
    QCOMPARE(report.summary.valImages, 8);
    QCOMPARE(report.summary.classNames, sampleClasses());
    QCOMPARE(report.trainInstancesPerClass.size(), sampleClasses().size());
    QVERIFY(*std::min_element(report.trainInstancesPerClass.begin(), report.trainInstancesPerClass.end())
            > 3);
    fs::rename(set.root() / "shapes", set.root() / "moved"); // relative: it may be moved
    QVERIFY(inspectDataset((set.root() / "moved").string()).problems.empty());
}

void SampleDatasetTest::boxesFitTheShapes()
{
    int classes[4] = {}, boxes = 0, colourful = 0;
    for (std::uint64_t i = 0; i < 60; ++i) {
        const SampleScene scene = drawScene(3, 0, i, { 200, 160 });
        QCOMPARE(scene.image.size(), cv::Size(200, 160));
        for (const PixelBox &box : scene.boxes) {
            ++classes[box.classId];
            QVERIFY(box.x1 >= 0 && box.y1 >= 0 && box.x2 <= 200 && box.y2 <= 160);
            const float side = std::max(box.x2 - box.x1, box.y2 - box.y1);
            QVERIFY(side > 160 * 0.06 && side < 160 * 0.55);
            const cv::Rect middle(static_cast<int>((box.x1 + box.x2) / 2) - 1,
                                  static_cast<int>((box.y1 + box.y2) / 2) - 1, 3, 3);
            const cv::Scalar colour = cv::mean(scene.image(middle & cv::Rect(0, 0, 200, 160)));
            const auto [low, high] = std::minmax({ colour[0], colour[1], colour[2] });
            colourful += high - low > 0.4 * high ? 1 : 0; // shapes are vivid, the background is dull
            ++boxes;
        }
    }
    QVERIFY(colourful > boxes * 9 / 10); // some middles hide behind a bar
    for (const int count : classes)
        QVERIFY(count > 10);
}

void SampleDatasetTest::secondRunLeavesItAlone()
{
    const ScratchSet set;
    const fs::path folder = set.root() / "shapes";
    fs::create_directories(folder); // an empty folder is welcome
    const fs::path yaml = makeSampleDataset(folder, smallSet());
    const auto written = fs::last_write_time(yaml);
    int calls = 0;
    QCOMPARE(makeSampleDataset(folder, smallSet(), [&](int, int) { return ++calls > 0; }), yaml);
    QCOMPARE(calls, 0);
    QVERIFY(fs::last_write_time(yaml) == written);
}

void SampleDatasetTest::refusals()
{
    const ScratchSet set;
    const auto sentence = [&](const fs::path &folder, const SampleDatasetOptions &options, ErrorKind kind) {
        return sentenceOf([&] { makeSampleDataset(folder, options); }, kind);
    };
    set.text("mine/letter.txt", "dear");
    QVERIFY(contains(sentence(set.root() / "mine", smallSet(), ErrorKind::Argument),
                     "already holds something else"));
    set.text("other/data.yaml", "names: [a]\n");
    QVERIFY(contains(sentence(set.root() / "other", smallSet(), ErrorKind::Argument),
                     "already holds something else"));
    QCOMPARE(fileBytes(set.root() / "mine/letter.txt"), std::string("dear"));
    QVERIFY(contains(sentence(set.root() / "mine/letter.txt", smallSet(), ErrorKind::Argument), "is a file"));
    QVERIFY(contains(sentence(set.root() / "mine/letter.txt/x", smallSet(), ErrorKind::Storage),
                     "cannot be written"));

    makeSampleDataset(set.root() / "shapes", smallSet());
    QVERIFY(contains(sentence(set.root() / "shapes", smallSet(9), ErrorKind::Argument),
                     "made with other settings"));
    fs::remove(set.root() / "shapes/images/train/00003.jpg");
    QVERIFY(contains(sentence(set.root() / "shapes", smallSet(), ErrorKind::Argument), "are missing"));

    SampleDatasetOptions none = smallSet();
    none.valImages = 0;
    QVERIFY(!sentence(set.root() / "none", none, ErrorKind::Argument).empty());
    SampleDatasetOptions tiny = smallSet();
    tiny.width = 8;
    QVERIFY(!sentence(set.root() / "none", tiny, ErrorKind::Argument).empty());
    QVERIFY(!fs::exists(set.root() / "none"));
}

void SampleDatasetTest::cancelling()
{
    const ScratchSet set;
    int last = 0;
    const fs::path yaml = makeSampleDataset(set.root() / "shapes", smallSet(), [&](int done, int total) {
        last = done;
        return total == 32 && done < 5;
    });
    QVERIFY(yaml.empty());
    QCOMPARE(last, 5);
    QVERIFY(fs::is_empty(set.root())); // nothing left behind, no temporary folder either
}

QTEST_GUILESS_MAIN(SampleDatasetTest)
#include "tst_sample_dataset.moc"

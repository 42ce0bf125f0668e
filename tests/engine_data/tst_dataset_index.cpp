// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/dataset.h"
#include "engine/data/image_header.h"
#include "tests/engine_data/scratch_set.h"
#include "torchdeck/engine/dataset_report.h"

#include <algorithm>

#include <sys/stat.h>

using namespace torchdeck::engine;
namespace fs = std::filesystem;

namespace {

std::shared_ptr<const Dataset> indexOf(const ScratchSet &set, const std::string &split = "train",
                                       const DatasetOptions &options = {})
{
    return indexSplit(readDataYaml(set.yaml()), split, options, {});
}

/// JPEG bytes with an EXIF block that holds nothing but an orientation.
std::string jpegWithOrientation(const cv::Mat &image, char orientation)
{
    std::vector<std::uint8_t> bytes;
    cv::imencode(".jpg", image, bytes);
    std::string exif("Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0", 25);
    exif += orientation;
    exif += std::string("\0\0\0\0\0\0", 6);
    const std::string head { '\xff', '\xd8', '\xff', '\xe1', 0, static_cast<char>(exif.size() + 2) };
    return head + exif + std::string(bytes.begin() + 2, bytes.end());
}

} // namespace

class DatasetIndexTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void goodSet();
    void badLabels_data();
    void badLabels();
    void acceptedLabels();
    void singleClassAndFraction();
    void onlyTheWantedClasses();
    void outlinesAreKept();
    void poseLabelsKeepTheirBoxes();
    void lists();
    void corruptImagesAreSkipped();
    void wholeSetUnusable();
    void everyFormatHasItsSize_data();
    void everyFormatHasItsSize();
    void exifRotation();
    void trailingBytesAreNoDamage();
    void reportCollectsEverything();
    void reportMeasuresBoxes();
    void reportFindsLeaks();
    void reportNeverThrows();
    void stopEndsEarly();
};

void DatasetIndexTest::goodSet()
{
    const ScratchSet set;
    set.good();
    const auto data = indexOf(set);
    QCOMPARE(data->samples.size(), std::size_t { 2 });
    QCOMPARE(data->samples[1].width, 50);
    QCOMPARE(data->samples[1].height, 20);
    QCOMPARE(data->samples[1].labels.size(), std::size_t { 2 });
    QCOMPARE(data->samples[1].labels[1].classId, 2);
    QCOMPARE(data->samples[1].labels[1].w, 0.1f);
    QCOMPARE(data->instances, 3);
    QCOMPARE(data->names.size(), std::size_t { 3 });
    QVERIFY(data->problems.empty());
}

void DatasetIndexTest::badLabels_data()
{
    QTest::addColumn<QString>("row");
    QTest::addColumn<QString>("fragment");
    QTest::addRow("class too large") << "3 0.5 0.5 0.1 0.1"
                                     << "Class 3 is not in data.yaml, which names 3 classes";
    QTest::addRow("class negative") << "-1 0.5 0.5 0.1 0.1"
                                    << "The class -1 is not a whole number";
    QTest::addRow("class fraction") << "0.5 0.5 0.5 0.1 0.1"
                                    << "The class 0.5 is not a whole number";
    QTest::addRow("class word") << "cat 0.5 0.5 0.1 0.1"
                                << "'cat' is not a number";
    QTest::addRow("pixels") << "0 320 240 50 60"
                            << "The coordinate 320 is outside 0 to 1";
    QTest::addRow("slightly outside") << "0 0.5 1.2 0.1 0.1"
                                      << "The coordinate 1.2 is outside 0 to 1";
    QTest::addRow("negative") << "0 -0.3 0.5 0.1 0.1"
                              << "The coordinate -0.3 is outside 0 to 1";
    QTest::addRow("negative width") << "0 0.5 0.5 -0.005 0.1"
                                    << "negative width";
    QTest::addRow("four columns") << "0 0.5 0.5 0.1"
                                  << "The row has 4 columns";
    QTest::addRow("six columns") << "0 0.5 0.5 0.1 0.1 0.9"
                                 << "The row has 6 columns";
    QTest::addRow("one column") << "0"
                                << "The row has 1 columns";
    QTest::addRow("even outline") << "0 0.1 0.1 0.2 0.2 0.3 0.3 0.4"
                                  << "The row has 8 columns";
    QTest::addRow("commas") << "0,0.5,0.5,0.1,0.1"
                            << "separated by spaces";
    QTest::addRow("not a number") << "0 nan 0.5 0.1 0.1"
                                  << "'nan' is not a number";
    QTest::addRow("infinite") << "0 inf 0.5 0.1 0.1"
                              << "'inf' is not a number";
    QTest::addRow("overflow") << "0 1e999 0.5 0.1 0.1"
                              << "'1e999' is not a number";
    QTest::addRow("binary") << QString::fromLatin1("\x89PNG \x01") << "is not a number";
    QTest::addRow("very long") << QString(100000, 'x') << "xxx...' is not a number";
}

void DatasetIndexTest::badLabels()
{
    QFETCH(QString, row);
    QFETCH(QString, fragment);
    const ScratchSet set;
    set.good();
    set.text("labels/train/b.txt", "1 0.5 0.5 0.2 0.2\n\n" + row.toLatin1().toStdString() + "\n");
    const std::string sentence = sentenceOf([&] { (void)indexOf(set); });
    QVERIFY(contains(sentence, (set.root() / "labels/train/b.txt").string() + ":3: "));
    QVERIFY(contains(sentence, fragment.toStdString()));
    QVERIFY(sentence.size() < 500);
}

void DatasetIndexTest::acceptedLabels()
{
    const ScratchSet set;
    set.good();
    set.text("labels/train/b.txt",
             "\xef\xbb\xbf" // byte-order mark, tabs, Windows line ends, exponents, plus signs
             "1\t0.5 5e-1  +0.2 0.2\r\n"
             "2.0 0.5 0.5 1.005 1\r\n"
             "1 0.5 0.5 0.2 0.2\r\n" // again
             "0 0.1 0.2 0.5 0.2 0.3 0.6\r\n" // a triangle
             "0 0.5 0.5 0 0.2\r\n" // no width
             "   \r\n");
    const auto data = indexOf(set);
    const auto &labels = data->samples[1].labels;
    QCOMPARE(labels.size(), std::size_t { 3 });
    QCOMPARE(labels[1].classId, 2);
    QCOMPARE(labels[2].x, 0.3f);
    QCOMPARE(labels[2].y, 0.4f);
    QCOMPARE(labels[2].w, 0.4f);
    QCOMPARE(labels[2].h, 0.4f);
    QCOMPARE(data->problems.size(), std::size_t { 3 });
    QVERIFY(contains(data->problems[2].sentence, "used as boxes"));
    QVERIFY(contains(data->problems[0].sentence, "repeated"));
    QCOMPARE(data->problems[0].line, 3);
    QVERIFY(contains(data->problems[1].sentence, "no width"));
    QCOMPARE(data->problems[1].line, 5);
    QCOMPARE(data->problems[1].level, ProblemLevel::Warning);
}

void DatasetIndexTest::singleClassAndFraction()
{
    const ScratchSet set;
    set.good();
    set.text("labels/train/b.txt", "7 0.5 0.5 0.2 0.2\n");
    DatasetOptions options;
    options.singleCls = true;
    const auto data = indexOf(set, "train", options);
    QCOMPARE(data->names.size(), std::size_t { 1 });
    QCOMPARE(data->samples[1].labels[0].classId, 0);
    options.fraction = 0.5;
    QCOMPARE(indexOf(set, "train", options)->samples.size(), std::size_t { 1 });
    QCOMPARE(indexOf(set, "train", options)->samples[0].image.filename(), fs::path("a.png"));
    options.fraction = 0.01;
    QCOMPARE(indexOf(set, "train", options)->samples.size(), std::size_t { 1 });
    QCOMPARE(indexOf(set, "val", options)->samples.size(), std::size_t { 1 });
    options.fraction = 2; // a number of images
    QCOMPARE(indexOf(set, "val", options)->samples.size(), std::size_t { 2 });
    options.fraction = 50;
    QCOMPARE(indexOf(set, "val", options)->samples.size(), std::size_t { 2 });
}

void DatasetIndexTest::onlyTheWantedClasses()
{
    const ScratchSet set;
    set.good();
    DatasetOptions options;
    options.classes = { 1 };
    const auto data = indexOf(set, "train", options);
    QCOMPARE(data->samples.size(), std::size_t { 2 });
    QVERIFY(data->samples[0].labels.empty()); // cats only: background now
    QCOMPARE(data->samples[1].labels.size(), std::size_t { 1 });
    QCOMPARE(data->samples[1].labels[0].classId, 1);
    QCOMPARE(data->names.size(), std::size_t { 3 });
    options.singleCls = true;
    QCOMPARE(indexOf(set, "train", options)->samples[1].labels[0].classId, 0);
}

void DatasetIndexTest::outlinesAreKept()
{
    const ScratchSet set;
    set.good();
    set.text("labels/train/a.txt", "0 0.1 0.1 0.5 0.2 0.3 0.6\n");
    set.text("labels/train/b.txt", "1 0.2 0.2 0.4 0.2 0.4 0.4 0.2 0.4\n");
    const auto data = indexOf(set);
    QCOMPARE(data->samples[0].outlines.size(), std::size_t { 1 });
    QCOMPARE(data->samples[0].outlines[0], (Outline { 0.1f, 0.1f, 0.5f, 0.2f, 0.3f, 0.6f }));
    QCOMPARE(data->samples[0].labels[0].w, 0.4f);
    set.text("labels/train/b.txt", "1 0.2 0.2 0.1 0.1\n");
    QVERIFY(indexOf(set)->samples[0].outlines.empty());
}

void DatasetIndexTest::poseLabelsKeepTheirBoxes()
{
    const ScratchSet set;
    set.good();
    set.text("data.yaml",
             "train: images/train\nval: images/val\nnames: [cat, dog, owl]\nkpt_shape: [2, 3]\n");
    set.text("labels/train/a.txt", "1 0.5 0.5 0.2 0.2 0.4 0.4 2 0.6 0.6 1\n");
    QCOMPARE(indexOf(set)->samples[0].labels.at(0).w, 0.2f);
}

void DatasetIndexTest::lists()
{
    const ScratchSet set;
    set.good();
    set.image("images/train/deeper/e.JPG", 60, 60);
    set.text("labels/train/deeper/e.txt", "0 0.5 0.5 0.5 0.5\n");
    set.image("images/train/.hidden.png", 60, 60);
    QCOMPARE(indexOf(set)->samples.size(),
             std::size_t { 3 }); // folders are searched deep, hidden files left alone

    set.text("lists/train.txt",
             "../images/train/a.png\r\n\n" + (set.root() / "images/train/b.png").string()
                 + "\n./here.png\nimages/train/deeper/e.JPG\nimages/train/gone.png\nnotes.docx\n");
    set.image("lists/here.png", 20, 20);
    set.text("lists/here.txt", "2 0.5 0.5 0.5 0.5\n");
    set.text("data.yaml", "train:\n  - lists/train.txt\nval: images/val\nnames: [cat, dog, owl]\n");
    const auto data = indexOf(set);
    QCOMPARE(data->samples.size(), std::size_t { 4 });
    QCOMPARE(data->corrupt, 1);
    const auto gone =
        std::find_if(data->problems.begin(), data->problems.end(), [](const DatasetProblem &problem) {
            return problem.sentence.find("gone.png does not exist") != std::string::npos;
        });
    QVERIFY(gone != data->problems.end());
    QCOMPARE(gone->file, set.root() / "lists/train.txt");
    QCOMPARE(gone->line, 6);
    const auto notes = std::find_if(data->problems.begin(), data->problems.end(),
                                    [](const DatasetProblem &problem) { return problem.line == 7; });
    QVERIFY(notes != data->problems.end());
}

void DatasetIndexTest::corruptImagesAreSkipped()
{
    const ScratchSet set;
    set.good();
    const char *label = "0 0.5 0.5 0.2 0.2\n";
    cv::Mat noise(64, 64, CV_8UC3);
    cv::randu(noise, 0, 255);
    for (const char *name : { "cut1.jpg", "cut2.png", "cut3.bmp", "cut4.webp" }) {
        set.image("images/train/" + std::string(name), noise);
        const std::string whole = fileBytes(set.root() / "images/train" / name);
        QVERIFY(whole.size() > 100);
        set.text("images/train/" + std::string(name), whole.substr(0, whole.size() * 2 / 3));
        set.text("labels/train/" + fs::path(name).stem().string() + ".txt", label);
    }
    set.text("images/train/empty.jpg", "");
    set.text("images/train/text.jpg", "this is not an image");
    set.text("images/train/photo.heic",
             std::string("\0\0\0\x18"
                         "ftypheic",
                         12));
    set.image("images/train/tiny.png", 5, 5);
    QCOMPARE(::mkfifo((set.root() / "images/train/pipe.png").c_str(), 0600), 0); // must not wait for a writer
    const auto data = indexOf(set);
    QCOMPARE(data->samples.size(), std::size_t { 2 });
    QCOMPARE(data->corrupt, 9);
    QCOMPARE(data->problems.size(), std::size_t { 9 });
    for (const DatasetProblem &problem : data->problems)
        QVERIFY(contains(problem.sentence, "skipped"));
}

void DatasetIndexTest::wholeSetUnusable()
{
    const ScratchSet set;
    set.good();
    const auto sentence = [&] { return sentenceOf([&] { (void)indexOf(set); }); };

    fs::remove(set.root() / "labels/train/a.txt");
    QVERIFY(contains(indexOf(set)->problems.at(0).sentence, "counts as background"));
    QCOMPARE(indexOf(set)->background, 1);
    fs::remove(set.root() / "labels/train/b.txt");
    QVERIFY(contains(sentence(), "None of the 2 images of 'train' has a label file"));
    QVERIFY(contains(sentence(), (set.root() / "labels/train").string()));
    set.text("labels/train/a.txt", "\n");
    QVERIFY(contains(sentence(), "hold no boxes at all"));

    set.text("images/train/a.png", "");
    set.text("images/train/b.png", "nonsense");
    QVERIFY(contains(sentence(), "None of the 2 images of 'train' can be read"));
    QVERIFY(contains(sentence(), "a.png: The image is empty"));

    fs::remove(set.root() / "images/train/a.png");
    fs::remove(set.root() / "images/train/b.png");
    QVERIFY(contains(sentence(), "No images for 'train' here"));
    fs::remove_all(set.root() / "images/train");
    QVERIFY(contains(sentence(), "data.yaml:2: 'train' is " + (set.root() / "images/train").string()));
    QVERIFY(contains(sentenceOf([&] { (void)indexOf(set, "test"); }), "There is no 'test' split"));
}

void DatasetIndexTest::everyFormatHasItsSize_data()
{
    QTest::addColumn<QString>("extension");
    for (const char *extension : { "jpg", "png", "bmp", "webp", "tif", "pfm", "jp2" })
        QTest::addRow("%s", extension) << extension;
}

void DatasetIndexTest::everyFormatHasItsSize()
{
    QFETCH(QString, extension);
    const ScratchSet set;
    const std::string name = "x." + extension.toStdString();
    cv::Mat pixels(37, 53, extension == "pfm" ? CV_32FC3 : CV_8UC3, cv::Scalar(0.4, 0.3, 0.2));
    try {
        set.image(name, pixels);
    } catch (const cv::Exception &) {
        QSKIP("this OpenCV cannot write the format");
    }
    QVERIFY(hasImageExtension(set.root() / name));
    if (cv::imread((set.root() / name).string()).empty())
        QSKIP("this OpenCV cannot read the format");
    const ImageHeader header = readImageHeader(set.root() / name);
    QCOMPARE(header.problem, std::string());
    QCOMPARE(header.width, 53);
    QCOMPARE(header.height, 37);
}

void DatasetIndexTest::exifRotation()
{
    const ScratchSet set;
    for (char orientation = 1; orientation <= 8; ++orientation) {
        set.text("x.jpg", jpegWithOrientation(cv::Mat(30, 50, CV_8UC3, cv::Scalar::all(99)), orientation));
        const ImageHeader header = readImageHeader(set.root() / "x.jpg");
        const cv::Mat decoded = cv::imread((set.root() / "x.jpg").string());
        QCOMPARE(header.problem, std::string());
        QCOMPARE(header.width, orientation >= 5 ? 30 : 50);
        QCOMPARE(header.width, decoded.cols); // what the loader will see
        QCOMPARE(header.height, decoded.rows);
    }
}

void DatasetIndexTest::trailingBytesAreNoDamage()
{
    const ScratchSet set;
    set.image("x.jpg", 40, 30);
    set.text("x.jpg",
             fileBytes(set.root() / "x.jpg") + std::string(70000, 'z')); // some cameras append a video
    QCOMPARE(readImageHeader(set.root() / "x.jpg").problem, std::string());
    QCOMPARE(readImageHeader(set.root() / "x.jpg").width, 40);
}

void DatasetIndexTest::reportCollectsEverything()
{
    const ScratchSet set;
    set.good();
    for (int i = 0; i < 30; ++i)
        set.sample("train", "n" + std::to_string(i) + ".png", "9 0.5 0.5 0.1 0.1\n");
    set.text("images/train/bad.png", "nonsense");
    set.text("labels/val/c.txt", "0 0.5 0.5 0.2\n");
    const DatasetReport report = inspectDataset(set.yaml().string());
    QVERIFY(report.fatal());
    QCOMPARE(report.summary.trainImages, 32);
    QCOMPARE(report.summary.corruptImages, 1);
    QCOMPARE(report.summary.classNames.size(), std::size_t { 3 });
    QCOMPARE(report.trainInstancesPerClass, (std::vector<std::int64_t> { 1, 1, 1 }));
    QCOMPARE(report.valInstancesPerClass, (std::vector<std::int64_t> { 1, 0, 0 }));
    QCOMPARE(report.problems.size(),
             std::size_t { 20 + 1 + 1 }); // capped: 20 of 30, one column count, one image
    QVERIFY(contains(report.problems[19].sentence, "and 10 more like this"));
    QCOMPARE(report.problems[20].file, set.root() / "labels/val/c.txt");
    QCOMPARE(report.problems[20].line, 1);
    QCOMPARE(report.problems[21].level, ProblemLevel::Warning);
}

void DatasetIndexTest::reportMeasuresBoxes()
{
    BoxSizes sizes;
    sizes.add(0.1, 0.1, 0, 0); // no image, no size
    QCOMPARE(sizes.total(), 0);
    QCOMPARE(sizes.below(32, 640), 0);
    sizes.add(0.05, 0.05, 640, 640); // 32 px: medium begins here
    sizes.add(0.0499, 0.0499, 640, 640);
    sizes.add(1, 1, 640, 640);
    sizes.add(0.2, 0.1, 320, 160); // 64 x 16 px of 320: side 32, a tenth of the longer side
    QCOMPARE(sizes.total(), 4);
    QCOMPARE(sizes.below(BoxSizes::small, 640), 1);
    QCOMPARE(sizes.below(BoxSizes::small, 320), 2); // the same boxes, seen smaller
    QCOMPARE(sizes.below(64, 640), 2);
    QCOMPARE(sizes.below(65, 640), 3);
    QCOMPARE(sizes.below(640, 640), 3); // a box as large as the image is not below its size
    QCOMPARE(sizes.below(641, 640), 4);
    QCOMPARE(sizes.below(32, 0), 0);

    const ScratchSet set;
    set.good();
    const DatasetReport report = inspectDataset(set.yaml().string());
    QCOMPARE(report.trainBoxes.total(), report.summary.trainInstances);
    QCOMPARE(report.valBoxes.total(), report.summary.valInstances);
    QVERIFY(report.trainBoxes.total() > 0);
}

void DatasetIndexTest::reportFindsLeaks()
{
    const ScratchSet set;
    set.good();
    QVERIFY(inspectDataset(set.yaml().string()).problems.empty());
    fs::copy_file(set.root() / "images/train/b.png", set.root() / "images/val/z.png");
    set.text("labels/val/z.txt", "1 0.5 0.5 0.2 0.2\n");
    const DatasetReport report = inspectDataset(set.yaml().string());
    QVERIFY(!report.fatal());
    QCOMPARE(report.problems.size(), std::size_t { 1 });
    QVERIFY(contains(report.problems[0].sentence, "The same image is in 'train' as"));
    set.text("data.yaml", "train: images/val\nval: images/val\nnames: [cat, dog, owl]\n");
    QVERIFY(contains(inspectDataset(set.yaml().string()).problems.at(0).sentence, "in 'train' and in 'val'"));
}

void DatasetIndexTest::reportNeverThrows()
{
    for (const char *path : { "", "/not/there.yaml", "/dev/null", "/" }) {
        const DatasetReport report = inspectDataset(path);
        QVERIFY(report.fatal());
        QVERIFY(!report.problems[0].sentence.empty());
    }
}

void DatasetIndexTest::stopEndsEarly()
{
    const ScratchSet set;
    set.good();
    std::stop_source source;
    source.request_stop();
    const auto data = indexSplit(readDataYaml(set.yaml()), "train", {}, source.get_token());
    QVERIFY(data != nullptr);
    QCOMPARE(data->samples.size(), std::size_t { 0 });
}

QTEST_GUILESS_MAIN(DatasetIndexTest)
#include "tst_dataset_index.moc"

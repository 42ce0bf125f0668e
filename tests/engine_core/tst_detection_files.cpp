// SPDX-License-Identifier: GPL-3.0-or-later
// Label files, predictions.json, what source= finds, and frames of images and videos.
#include "engine/core/detection_files.h"
#include "engine/core/frame_source.h"
#include "torchdeck/engine/error.h"

#include <QtCore/QDir>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QTemporaryDir>
#include <QtTest/QtTest>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/videoio.hpp>

using namespace torchdeck::engine;
namespace fs = std::filesystem;

class TestDetectionFiles : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void labelLinesAreTheFields();
    void predictionsAreCocos();
    void categoryNumbers();
    void flatNames();
    void folderTakesImagesThenVideos();
    void patterns();
    void lists();
    void refusals_data();
    void refusals();
    void videoFramesWithStride();
    void brokenFilesComeOnceWithoutPixels();

private:
    void image(const QString &name, int width = 8, int height = 6) const
    {
        QDir(m_dir->path()).mkpath(QFileInfo(name).path());
        QVERIFY(cv::imwrite((m_dir->path() + u'/' + name).toStdString(),
                            cv::Mat(height, width, CV_8UC3, cv::Scalar(9, 99, 199))));
    }
    void text(const QString &name, const QByteArray &bytes) const
    {
        QFile file(m_dir->path() + u'/' + name);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(bytes);
    }
    [[nodiscard]] std::string at(const char *name) const
    {
        return (m_dir->path() + u'/' + name).toStdString();
    }
    [[nodiscard]] static QStringList names(const std::vector<fs::path> &files)
    {
        QStringList list;
        for (const fs::path &file : files)
            list << QString::fromStdString(file.filename().string());
        return list;
    }

    std::unique_ptr<QTemporaryDir> m_dir;
};

void TestDetectionFiles::init() { m_dir = std::make_unique<QTemporaryDir>(); }

void TestDetectionFiles::labelLinesAreTheFields()
{
    const std::vector<Detection> boxes { { 10, 20, 30, 60, 0.5f, 3 }, { 0, 0, 200, 100, 0.123456789f, 0 } };
    QCOMPARE(labelLines(boxes, 200, 100, false), std::string("3 0.1 0.4 0.1 0.4\n0 0.5 0.5 1 1\n"));
    QCOMPARE(labelLines(boxes, 200, 100, true),
             std::string("3 0.1 0.4 0.1 0.4 0.5\n0 0.5 0.5 1 1 0.123457\n"));
    QVERIFY(labelLines({}, 10, 10, true).empty());
}

void TestDetectionFiles::predictionsAreCocos()
{
    CocoPredictions predictions(categoryIds(2, false));
    QCOMPARE(predictions.text(), std::string("[]"));
    predictions.add("/data/000042.jpg", { { 1.23456f, 2, 11.5f, 22, 0.987654f, 1 } });
    predictions.add("/data/a \"b\".png", { { 0, 0, 1, 1, 0.25f, 0 } });
    const QJsonArray rows = QJsonDocument::fromJson(QByteArray::fromStdString(predictions.text())).array();
    QCOMPARE(rows.size(), qsizetype { 2 });
    QCOMPARE(rows[0]["image_id"].toInt(), 42);
    QCOMPARE(rows[0]["file_name"].toString(), QStringLiteral("000042.jpg"));
    QCOMPARE(rows[0]["category_id"].toInt(), 2);
    QCOMPARE(rows[0]["score"].toDouble(), 0.98765);
    const QJsonArray box = rows[0]["bbox"].toArray();
    QCOMPARE(box[0].toDouble(), 1.235);
    QCOMPARE(box[2].toDouble(), 10.265);
    QCOMPARE(box[3].toDouble(), 20.0);
    QCOMPARE(rows[1]["image_id"].toString(), QStringLiteral("a \"b\""));
}

void TestDetectionFiles::categoryNumbers()
{
    QCOMPARE(categoryIds(3, false), (std::vector<int> { 1, 2, 3 }));
    const std::vector<int> coco = categoryIds(80, true);
    QCOMPARE(coco.size(), std::size_t { 80 });
    QCOMPARE(coco[10], 11);
    QCOMPARE(coco[11], 13); // there is no 12
    QCOMPARE(coco.back(), 90);
}

void TestDetectionFiles::flatNames()
{
    const fs::path root = commonFolder({ "/set/a/1.jpg", "/set/b/c/2.jpg", "/set/a/3.jpg" });
    QCOMPARE(root, fs::path("/set"));
    QCOMPARE(flatName("/set/b/c/2.jpg", root), std::string("b_c_2"));
    QCOMPARE(flatName("/set/a/1.jpg", "/set/a"), std::string("1"));
}

void TestDetectionFiles::folderTakesImagesThenVideos()
{
    image("set/b.png");
    image("set/a.JPG");
    image("set/deeper/c.png");
    text("set/notes.md", "x");
    text("set/a.mp4", "x");
    const SourceFiles files = findSourceFiles(at("set"));
    QCOMPARE(names(files.images), (QStringList { "a.JPG", "b.png" }));
    QCOMPARE(names(files.videos), QStringList { "a.mp4" });
    QVERIFY(files.images.front().is_absolute());
}

void TestDetectionFiles::patterns()
{
    image("set/b.png");
    image("set/a.jpg");
    image("set/deeper/c.png");
    QCOMPARE(names(findSourceFiles(at("set/*.png")).images), QStringList { "b.png" });
    QCOMPARE(names(findSourceFiles(at("set/**/*.png")).images), (QStringList { "b.png", "c.png" }));
    image("set/odd[1].png"); // a name that looks like a pattern is a file first
    QCOMPARE(names(findSourceFiles(at("set/odd[1].png")).images), QStringList { "odd[1].png" });
}

void TestDetectionFiles::lists()
{
    image("set/b.png");
    image("set/a.jpg");
    text("list.txt", QByteArray("\xef\xbb\xbfset/b.png\r\n\n  set/a.jpg\n"));
    QCOMPARE(names(findSourceFiles(at("list.txt")).images), (QStringList { "a.jpg", "b.png" }));
    text("list.csv",
         QByteArray("source\n\"") + QByteArray::fromStdString(at("set/a.jpg")) + "\",set/b.png\n");
    QCOMPARE(names(findSourceFiles(at("list.csv")).images), (QStringList { "a.jpg", "b.png" }));
    text("bad.txt", "set/none.png\n");
    QVERIFY_THROWS_EXCEPTION(EngineError, (void)findSourceFiles(at("bad.txt")));
}

void TestDetectionFiles::refusals_data()
{
    QTest::addColumn<QString>("source");
    QTest::addColumn<QString>("part");
    QTest::newRow("nothing") << QString() << QStringLiteral("source=IMAGE");
    QTest::newRow("camera") << QStringLiteral("0") << QStringLiteral("camera");
    QTest::newRow("screen") << QStringLiteral("screen") << QStringLiteral("screen");
    QTest::newRow("network") << QStringLiteral("https://example.org/a.jpg") << QStringLiteral("download it");
    QTest::newRow("missing") << QStringLiteral("/nowhere/a.jpg") << QStringLiteral("/nowhere/a.jpg");
    QTest::newRow("empty pattern") << QStringLiteral("/nowhere/*.jpg")
                                   << QStringLiteral("No images or videos");
}

void TestDetectionFiles::refusals()
{
    QFETCH(QString, source);
    QFETCH(QString, part);
    try {
        (void)findSourceFiles(source.toStdString());
        QFAIL("accepted");
    } catch (const EngineError &error) {
        QCOMPARE(error.field(), std::string("source"));
        QVERIFY2(QString::fromUtf8(error.what()).contains(part), error.what());
    }
}

void TestDetectionFiles::videoFramesWithStride()
{
    {
        cv::VideoWriter writer(at("clip.avi"), cv::VideoWriter::fourcc('M', 'J', 'P', 'G'), 12, { 32, 24 });
        if (!writer.isOpened())
            QSKIP("OpenCV cannot write videos here");
        for (int i = 0; i < 10; ++i)
            writer.write(cv::Mat(24, 32, CV_8UC3, cv::Scalar::all(20 * i)));
    }
    image("still.png");
    SourceFiles files { { at("still.png") }, { at("clip.avi") } };
    FrameReader reader(files, 3);
    QCOMPARE(reader.files(), std::int64_t { 2 });
    const auto still = reader.next();
    QVERIFY(still && !still->video && still->frame == 0 && still->number == 1);
    for (int i = 1; i <= 3; ++i) {
        const auto frame = reader.next();
        QVERIFY(frame && frame->video && !frame->pixels.empty());
        QCOMPARE(frame->frame, std::int64_t { i });
        QCOMPARE(frame->frames, std::int64_t { 3 });
        QCOMPARE(frame->fps, 4.0); // a third of the frames, so that the film keeps its length
        QVERIFY(std::abs(frame->pixels.at<cv::Vec3b>(12, 16)[0] - 20 * (3 * i - 1)) < 8);
    }
    QVERIFY(!reader.next());
}

void TestDetectionFiles::brokenFilesComeOnceWithoutPixels()
{
    text("a.jpg", "no image");
    text("b.mp4", "no video");
    image("c.png");
    FrameReader reader({ { at("a.jpg"), at("c.png") }, { at("b.mp4") } }, 1);
    const auto a = reader.next(), c = reader.next(), b = reader.next();
    QVERIFY(a && a->pixels.empty());
    QVERIFY(c && !c->pixels.empty());
    QVERIFY(b && b->pixels.empty() && b->video);
    QVERIFY(!reader.next());
}

QTEST_APPLESS_MAIN(TestDetectionFiles)
#include "tst_detection_files.moc"

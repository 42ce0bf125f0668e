// SPDX-License-Identifier: GPL-3.0-or-later
// Validation and prediction with a trained model: what they tell and what they leave in their folders.
#include "torchdeck/engine/error.h"
#include "torchdeck/engine/image_predictor.h"
#include "torchdeck/engine/predictor.h"
#include "torchdeck/engine/sample_dataset.h"
#include "torchdeck/engine/validator.h"
#include "training_fixture.h"

#include <QtCore/QDir>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QTemporaryDir>
#include <QtTest/QtTest>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/videoio.hpp>

#include <numeric>

using namespace torchdeck::engine;
namespace fs = std::filesystem;

class TestValPredict : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void trainingLeavesItsPlotsAndCurves();
    void valLeavesTheFieldsFiles();
    void valCountsEveryObjectOnce();
    void valOfSomeClasses();
    void valWithoutFilesMakesNoFolder();
    void predictWritesWhatWasAskedFor();
    void batchesGiveWhatSingleImagesGive();
    void brokenImagesAreSkippedAndNamed();
    void videosBecomeVideos();
    void stopEndsAtTheNextImage();
    void badInput();
    void oneModelForManyImages();
    void imagesOfStrangersAreCheckedFirst();

private:
    [[nodiscard]] std::string at(const char *name) const
    {
        return (m_dir.path() + u'/' + name).toStdString();
    }
    [[nodiscard]] ValConfig valConfig() const
    {
        ValConfig config;
        config.model = m_train.end.best.string();
        config.device = "cpu";
        config.project = at("runs");
        config.conf = 0.0001; // the model has learnt next to nothing
        config.batch = 4;
        return config;
    }
    [[nodiscard]] PredictConfig predictConfig(const std::string &name) const
    {
        PredictConfig config;
        config.model = m_train.end.best.string();
        config.device = "cpu";
        config.project = at("runs");
        config.name = name;
        config.source = at("data/images/val");
        config.conf = 0.0001;
        config.maxDet = 5;
        return config;
    }
    [[nodiscard]] static std::vector<ImagePredictions> run(const PredictConfig &config,
                                                           PredictResult *result = nullptr,
                                                           std::vector<std::string> *logs = nullptr)
    {
        RecordingObserver seen;
        std::vector<ImagePredictions> images;
        const PredictResult got =
            predict(config, seen, [&](const ImagePredictions &one) { images.push_back(one); }, {});
        if (result)
            *result = got;
        if (logs)
            *logs = seen.logs;
        return images;
    }
    [[nodiscard]] static QStringList files(const fs::path &folder)
    {
        return QDir(QString::fromStdString(folder.string()))
            .entryList(QDir::Files | QDir::Dirs | QDir::NoDotAndDotDot);
    }

    QTemporaryDir m_dir;
    RecordingObserver m_train;
};

void TestValPredict::initTestCase()
{
    const std::string data = sampleData(at("data"), 12, 6, 96);
    TrainConfig config = smallConfig(data, at("runs"));
    config.epochs = 1;
    Trainer(config, 1).run(m_train, {});
    QVERIFY2(m_train.finished == 1, m_train.failed.sentence.c_str());
}

void TestValPredict::trainingLeavesItsPlotsAndCurves()
{
    for (const char *file : { "results.png", "confusion_matrix.png", "confusion_matrix_normalized.png",
                              "BoxPR_curve.png", "BoxF1_curve.png", "BoxP_curve.png", "BoxR_curve.png",
                              "val_batch0_labels.jpg", "val_batch0_pred.jpg" }) {
        const cv::Mat picture = cv::imread((m_train.end.saveDir / file).string());
        QVERIFY2(picture.cols > 100 && picture.rows > 100, file);
    }
    const FitEpochEnd &epoch = m_train.epochs.front();
    QCOMPARE(epoch.curves.confidence.size(), std::size_t { 101 });
    QCOMPARE(epoch.curves.classes.size(), epoch.classes.size());
    QCOMPARE(epoch.confusion.classes, 4);
}

void TestValPredict::valLeavesTheFieldsFiles()
{
    ValConfig config = valConfig();
    config.saveTxt = config.saveConf = config.saveJson = true;
    RecordingObserver seen;
    const ValResult result = validate(config, seen, {});
    QCOMPARE(result.saveDir.filename(), fs::path("val"));
    for (const char *file :
         { "confusion_matrix.png", "confusion_matrix_normalized.png", "BoxPR_curve.png", "BoxF1_curve.png",
           "BoxP_curve.png", "BoxR_curve.png", "val_batch0_labels.jpg", "val_batch0_pred.jpg",
           "val_batch1_labels.jpg", "val_batch1_pred.jpg", "predictions.json" })
        QVERIFY2(fs::exists(result.saveDir / file), file);
    QFile json(QString::fromStdString((result.saveDir / "predictions.json").string()));
    QVERIFY(json.open(QIODevice::ReadOnly));
    const QJsonArray rows = QJsonDocument::fromJson(json.readAll()).array();
    QVERIFY(!rows.isEmpty());
    qsizetype lines = 0;
    for (const QString &name : files(result.saveDir / "labels")) {
        QFile labels(QString::fromStdString((result.saveDir / "labels").string()) + u'/' + name);
        QVERIFY(labels.open(QIODevice::ReadOnly));
        for (const QByteArray &line : labels.readAll().trimmed().split('\n')) {
            QCOMPARE(line.split(' ').size(), qsizetype { 6 });
            ++lines;
        }
    }
    QCOMPARE(lines, rows.size());
    const ValResult again = validate(valConfig(), seen, {});
    QCOMPARE(again.saveDir.filename(), fs::path("val2"));
    QCOMPARE(again.metrics, result.metrics);
}

void TestValPredict::valCountsEveryObjectOnce()
{
    RecordingObserver seen;
    const ValResult result = validate(valConfig(), seen, {});
    const ConfusionMatrix &matrix = result.confusion;
    QCOMPARE(matrix.classes, 4);
    for (const ClassMetrics &one : result.classes) {
        std::int64_t column = 0;
        for (int predicted = 0; predicted <= matrix.classes; ++predicted)
            column += matrix.at(predicted, one.classId);
        QCOMPARE(column, one.instances);
    }
    QCOMPARE(matrix.at(4, 4), std::int64_t { 0 });
    QCOMPARE(result.curves.confidence.size(), std::size_t { 1000 });
    QCOMPARE(result.curves.classes.size(), result.classes.size());
    QVERIFY(result.speed.inference > 0);
    QCOMPARE(result.dataset.classNames.size(), std::size_t { 4 });
}

void TestValPredict::valOfSomeClasses()
{
    RecordingObserver seen;
    ValConfig config = valConfig();
    config.plots = false;
    const ValResult all = validate(config, seen, {});
    config.classes = { 1, 2 };
    const ValResult some = validate(config, seen, {});
    QCOMPARE(some.classes.size(), std::size_t { 2 });
    QCOMPARE(some.classes[0].classId, 1);
    QCOMPARE(some.classes[0].instances, all.classes[1].instances);
    config.classes = {};
    config.singleCls = true;
    const ValResult one = validate(config, seen, {});
    QCOMPARE(one.classes.size(), std::size_t { 1 });
    QCOMPARE(one.classes[0].instances,
             std::accumulate(all.classes.begin(), all.classes.end(), std::int64_t { 0 },
                             [](std::int64_t sum, const ClassMetrics &c) { return sum + c.instances; }));
    config.classes = { 1 };
    QCOMPARE(validate(config, seen, {}).classes[0].instances, all.classes[1].instances);
}

void TestValPredict::valWithoutFilesMakesNoFolder()
{
    ValConfig config = valConfig();
    config.plots = false;
    config.project = at("nothing");
    config.rect = false;
    RecordingObserver seen;
    QVERIFY(validate(config, seen, {}).saveDir.empty());
    QVERIFY(!fs::exists(at("nothing")));
}

void TestValPredict::predictWritesWhatWasAskedFor()
{
    PredictConfig config = predictConfig("all");
    config.saveTxt = config.saveConf = config.saveCrop = true;
    PredictResult result;
    const auto images = run(config, &result);
    QCOMPARE(images.size(), std::size_t { 6 });
    QCOMPARE(result.images, std::int64_t { 6 });
    QCOMPARE(result.labelFiles, std::int64_t { 6 });
    std::int64_t boxes = 0, crops = 0;
    for (const ImagePredictions &one : images) {
        boxes += static_cast<std::int64_t>(one.boxes.size());
        QVERIFY(one.boxes.size() <= 5 && !one.boxes.empty());
        QVERIFY(one.summary != "(no detections)");
        QCOMPARE(one.total, std::int64_t { 6 });
        QCOMPARE(one.inputWidth, 64);
        for (const Prediction &box : one.boxes)
            QVERIFY(box.x1 >= 0 && box.y1 >= 0 && box.x2 <= one.width && box.y2 <= one.height);
        const cv::Mat drawn =
            cv::imread((result.saveDir / one.image.filename().replace_extension(".jpg")).string());
        QCOMPARE(drawn.cols, one.width);
    }
    for (const auto &entry : fs::recursive_directory_iterator(result.saveDir / "crops"))
        crops += entry.is_regular_file();
    QCOMPARE(result.detections, boxes);
    QVERIFY(crops > 0 && crops <= boxes); // boxes without area give none
    PredictConfig chosen = predictConfig("chosen");
    chosen.save = false;
    chosen.classes = { 2 };
    for (const ImagePredictions &one : run(chosen, &result)) {
        for (const Prediction &box : one.boxes)
            QCOMPARE(box.classId, 2);
    }
    QVERIFY(result.saveDir.empty());
}

void TestValPredict::batchesGiveWhatSingleImagesGive()
{
    PredictConfig config = predictConfig("batch");
    config.save = false;
    const auto single = run(config);
    config.batch = 4;
    const auto batched = run(config);
    QCOMPARE(batched.size(), single.size());
    for (std::size_t i = 0; i < single.size(); ++i) {
        QCOMPARE(batched[i].image, single[i].image);
        QCOMPARE(batched[i].boxes.size(), single[i].boxes.size());
        for (std::size_t k = 0; k < single[i].boxes.size(); ++k)
            QVERIFY(std::abs(batched[i].boxes[k].x1 - single[i].boxes[k].x1) < 0.5);
    }
}

void TestValPredict::brokenImagesAreSkippedAndNamed()
{
    fs::create_directories(at("mixed"));
    const fs::path good = *fs::directory_iterator(at("data/images/val"));
    fs::copy_file(good, at("mixed/b.jpg"));
    fs::copy_file(good, at("mixed/c.jpg"));
    QFile broken(QString::fromStdString(at("mixed/a.jpg")));
    QVERIFY(broken.open(QIODevice::WriteOnly));
    broken.write("not an image");
    broken.close();
    PredictConfig config = predictConfig("mixed");
    config.source = at("mixed");
    config.batch = 2;
    PredictResult result;
    std::vector<std::string> logs;
    const auto images = run(config, &result, &logs);
    QCOMPARE(images.size(), std::size_t { 3 });
    QCOMPARE(result.images, std::int64_t { 2 });
    QCOMPARE(result.skipped.size(), std::size_t { 1 });
    QVERIFY(QString::fromStdString(result.skipped[0]).contains("a.jpg"));
    QVERIFY(!images[0].problem.empty() && images[1].problem.empty());
    QVERIFY(std::ranges::find(logs, result.skipped[0]) != logs.end());
    QCOMPARE(files(result.saveDir), (QStringList { "b.jpg", "c.jpg" }));
}

void TestValPredict::videosBecomeVideos()
{
    {
        cv::VideoWriter writer(at("clip.avi"), cv::VideoWriter::fourcc('M', 'J', 'P', 'G'), 10, { 96, 64 });
        if (!writer.isOpened())
            QSKIP("OpenCV cannot write videos here");
        for (int i = 0; i < 7; ++i)
            writer.write(cv::Mat(64, 96, CV_8UC3, cv::Scalar(20 * i, 90, 250 - 30 * i)));
    }
    PredictConfig config = predictConfig("video");
    config.source = at("clip.avi");
    config.vidStride = 2;
    config.batch = 2;
    config.saveFrames = config.saveTxt = true;
    PredictResult result;
    const auto frames = run(config, &result);
    QCOMPARE(frames.size(), std::size_t { 3 });
    QCOMPARE(frames[2].frame, std::int64_t { 3 });
    QCOMPARE(frames[2].frames, std::int64_t { 3 });
    QCOMPARE(files(result.saveDir / "clip_frames"),
             (QStringList { "clip_1.jpg", "clip_2.jpg", "clip_3.jpg" }));
    QVERIFY(fs::exists(result.saveDir / "labels/clip_1.txt"));
    cv::VideoCapture drawn((result.saveDir / "clip.avi").string());
    int count = 0;
    for (cv::Mat frame; drawn.read(frame); ++count)
        QCOMPARE(frame.cols, 96);
    QCOMPARE(count, 3);
}

void TestValPredict::stopEndsAtTheNextImage()
{
    std::stop_source stop;
    RecordingObserver seen;
    int images = 0;
    const PredictResult result = predict(
        predictConfig("stopped"), seen,
        [&](const ImagePredictions &) {
            if (++images == 2)
                stop.request_stop();
        },
        stop.get_token());
    QVERIFY(result.stopped);
    QCOMPARE(images, 2);
}

void TestValPredict::badInput()
{
    RecordingObserver seen;
    PredictConfig config = predictConfig("bad");
    config.classes = { 4 };
    QVERIFY_THROWS_EXCEPTION(EngineError, (void)run(config));
    config = predictConfig("bad");
    config.iou = 1.5;
    QVERIFY_THROWS_EXCEPTION(EngineError, (void)run(config));
    ValConfig val = valConfig();
    val.classes = { 9 };
    QVERIFY_THROWS_EXCEPTION(EngineError, (void)validate(val, seen, {}));
    QVERIFY(!fs::exists(at("runs/bad")));
}

void TestValPredict::oneModelForManyImages()
{
    PredictConfig config = predictConfig("single");
    config.save = false;
    const std::vector<ImagePredictions> wanted = run(config);
    ImagePredictor predictor(config.model, "cpu");
    QCOMPARE(predictor.trainedSize(), m_train.start.config.imgsz);
    for (const ImagePredictions &one : wanted) {
        const ImagePredictions got = predictor.predict(one.image, config);
        QCOMPARE(got.boxes.size(), one.boxes.size());
        QVERIFY(!got.boxes.empty());
        for (std::size_t i = 0; i < got.boxes.size(); ++i) {
            QCOMPARE(got.boxes[i].className, one.boxes[i].className);
            QVERIFY(std::abs(got.boxes[i].x1 - one.boxes[i].x1) < 0.01);
            QVERIFY(std::abs(got.boxes[i].confidence - one.boxes[i].confidence) < 1e-5);
        }
        QCOMPARE(got.summary, one.summary);
        QCOMPARE(got.width, one.width);
    }
    config.maxDet = 1;
    QCOMPARE(predictor.predict(wanted.front().image, config).boxes.size(), std::size_t { 1 });
    config.conf = 2;
    QVERIFY_EXCEPTION_THROWN((void)predictor.predict(wanted.front().image, config), EngineError);
    QVERIFY_EXCEPTION_THROWN(ImagePredictor(wanted.front().image, "cpu"), EngineError);
}

void TestValPredict::imagesOfStrangersAreCheckedFirst()
{
    const PredictConfig config = predictConfig("strangers");
    ImagePredictor predictor(config.model, "cpu");
    std::vector<unsigned char> png, bmp;
    const cv::Mat picture(64, 96, CV_8UC3, cv::Scalar(10, 20, 30));
    QVERIFY(cv::imencode(".png", picture, png) && cv::imencode(".bmp", picture, bmp));
    const QByteArray whole(reinterpret_cast<const char *>(png.data()), qsizetype(png.size()));
    QByteArray huge = whole, hidden = whole;
    for (const qsizetype at : { 16, 20 })
        huge.replace(at, 4, QByteArray::fromHex("00010000")); // 65536 pixels
    hidden.insert(8, huge.mid(8, 25)); // a header that only a decoder looks at, before the small one
    const std::pair<QByteArray, const char *> cases[] = {
        { "#!/bin/sh", "JPEG, PNG or WebP" },
        { QByteArray(reinterpret_cast<const char *>(bmp.data()), qsizetype(bmp.size())), "JPEG, PNG or WebP" },
        { whole.left(whole.size() / 2), "cut off" },
        { huge, "64 million" },
        { hidden, "broken" },
    };
    for (const auto &[content, part] : cases) {
        QFile file(m_dir.path() + "/stranger");
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        file.write(content);
        file.close();
        std::string said;
        try {
            (void)predictor.predict(file.fileName().toStdString(), config);
        } catch (const EngineError &error) {
            said = error.what();
            QCOMPARE(error.field(), std::string("source"));
        }
        QVERIFY2(said.find(part) != std::string::npos, said.c_str());
        QVERIFY(said.find("stranger") == std::string::npos);
    }
    QFile file(m_dir.path() + "/stranger");
    QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
    file.write(whole);
    file.close();
    QCOMPARE(predictor.predict(file.fileName().toStdString(), config).width, 96); // whatever its name
}

QTEST_APPLESS_MAIN(TestValPredict)
#include "tst_val_predict.moc"

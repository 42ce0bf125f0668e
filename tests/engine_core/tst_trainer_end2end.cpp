// SPDX-License-Identifier: GPL-3.0-or-later
// Whole runs of a model with two heads under MuSGD, and its detections with and without NMS.
#include "engine/core/atomic_file.h"
#include "engine/core/checkpoint.h"
#include "engine/core/run_folder.h"
#include "torchdeck/engine/predictor.h"
#include "torchdeck/engine/validator.h"
#include "training_fixture.h"

#include <ATen/ops/equal.h>

#include <QtCore/QTemporaryDir>
#include <QtTest/QtTest>

using namespace torchdeck::engine;
namespace fs = std::filesystem;

class TestTrainerEnd2End : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { m_data = sampleData(project("data"), 8, 4, 64); }
    void wholeRun();
    void stopAndResumeEqualsUninterrupted();
    void withAndWithoutSuppression();

private:
    [[nodiscard]] std::string project(const char *name) const
    {
        return (m_dir.path() + u'/' + name).toStdString();
    }
    [[nodiscard]] TrainConfig config(const char *name) const
    {
        TrainConfig config = smallConfig(m_data, project(name));
        config.model = "yolo26n.yaml";
        config.optimizer = "MuSGD";
        config.imgsz = 64;
        config.epochs = 2;
        return config;
    }

    QTemporaryDir m_dir;
    std::string m_data, m_best;
    NamedTensors m_uninterrupted;
};

void TestTrainerEnd2End::wholeRun()
{
    RecordingObserver seen;
    Trainer(config("whole"), 1).run(seen, {});
    QVERIFY2(seen.finished == 1, seen.failed.sentence.c_str());
    const fs::path folder = fs::path(project("whole")) / "train";
    const std::string csv = readFile(folder / "results.csv");
    const std::string header =
        "epoch,time,train/box_loss,train/cls_loss,train/l1_loss,metrics/precision(B),"
        "metrics/recall(B),metrics/mAP50(B),metrics/mAP50-95(B),val/box_loss,val/cls_loss,val/l1_loss,"
        "lr/pg0,lr/pg1,lr/pg2,lr/pg3,lr/pg4,lr/pg5,lr/pg6,lr/pg7\n";
    QCOMPARE(csv.substr(0, header.size()), header);
    m_best = (folder / "weights/best.pt").string();
    m_uninterrupted = loadCheckpoint(folder / "weights/last.pt").ema;
    int second = 0;
    for (const auto &[name, tensor] : m_uninterrupted)
        second += name.find("one2one_") != std::string::npos;
    QCOMPARE(second, 3 * (2 * 6 + 2) + 3 * (4 * 6 + 2));
}

void TestTrainerEnd2End::stopAndResumeEqualsUninterrupted()
{
    std::stop_source stop;
    RecordingObserver first;
    first.atBatch = [&](const BatchEnd &event) {
        if (event.epoch == 1 && event.batch == 0)
            stop.request_stop(); // the balance of the heads has moved by now
    };
    Trainer(config("stopped"), 1).run(first, stop.get_token());
    QCOMPARE(first.stopped, 1);
    TrainConfig resume = config("stopped");
    resume.resume = true;
    RecordingObserver second;
    Trainer(resume, 2).run(second, {});
    QVERIFY2(second.finished == 1, second.failed.sentence.c_str());
    const NamedTensors resumed = loadCheckpoint(second.end.last).ema;
    QCOMPARE(resumed.size(), m_uninterrupted.size());
    for (const auto &[name, tensor] : m_uninterrupted)
        QVERIFY2(at::equal(tensor, resumed.at(name)), name.c_str());
}

void TestTrainerEnd2End::withAndWithoutSuppression()
{
    QVERIFY(!m_best.empty());
    std::vector<std::size_t> counts;
    for (const bool endToEnd : { false, true }) {
        RecordingObserver seen;
        ValConfig val;
        val.model = m_best;
        val.device = "cpu";
        val.project = project("val");
        val.plots = false;
        val.endToEnd = endToEnd;
        QCOMPARE(validate(val, seen, {}).images, std::int64_t(4));
        PredictConfig predictConfig;
        predictConfig.model = m_best;
        predictConfig.source = (fs::path(m_data).parent_path() / "images/val").string();
        predictConfig.project = project("predict");
        predictConfig.device = "cpu";
        predictConfig.conf = 0;
        predictConfig.iou = 0.01;
        predictConfig.endToEnd = endToEnd;
        std::size_t boxes = 0;
        const PredictResult result =
            predict(predictConfig, seen, [&](const ImagePredictions &p) { boxes += p.boxes.size(); }, {});
        QCOMPARE(result.images, std::int64_t(4));
        counts.push_back(boxes);
    }
    // 64 + 16 + 4 anchors an image: suppression at this overlap leaves fewer, the other head keeps all.
    QCOMPARE(counts[1], std::size_t(4 * 84));
    QVERIFY(counts[0] > 0 && counts[0] < counts[1]);
}

QTEST_GUILESS_MAIN(TestTrainerEnd2End)
#include "tst_trainer_end2end.moc"

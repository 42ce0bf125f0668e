// SPDX-License-Identifier: GPL-3.0-or-later
// Whole small runs: lifecycle order, files, stop, resume, determinism.
#include "engine/core/atomic_file.h"
#include "engine/core/checkpoint.h"
#include "engine/core/run_folder.h"
#include "torchdeck/engine/error.h"
#include "torchdeck/engine/predictor.h"
#include "torchdeck/engine/validator.h"
#include "training_fixture.h"

#include <ATen/ops/equal.h>

#include <QtCore/QTemporaryDir>
#include <QtTest/QtTest>

using namespace torchdeck::engine;
namespace fs = std::filesystem;

class TestTrainer : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void wholeRun();
    void valAndPredictUseTheResult();
    void stopAndResumeEqualsUninterrupted();
    void stopBeforeStart();
    void finishedRunCannotResume();
    void earlyStopping();

private:
    [[nodiscard]] std::string project(const char *name) const
    {
        return (m_dir.path() + u'/' + name).toStdString();
    }

    QTemporaryDir m_dir;
    std::string m_data;
    NamedTensors m_uninterrupted;
    std::string m_best;
};

void TestTrainer::initTestCase() { m_data = sampleData(project("data"), 12, 6, 96); }

void TestTrainer::wholeRun()
{
    RecordingObserver seen;
    Trainer(smallConfig(m_data, project("whole")), 7).run(seen, {});
    QVERIFY2(seen.finished == 1, seen.failed.sentence.c_str());
    QCOMPARE(seen.ends(), 1);
    const std::vector<std::string> expected { "pretrain_start", "pretrain_end", "train_start",   "model_save",
                                              "fit_epoch_end",  "model_save",   "fit_epoch_end", "model_save",
                                              "fit_epoch_end",  "final_eval",   "train_end" };
    QCOMPARE(seen.order, expected);
    QCOMPARE(seen.batches.size(), std::size_t(9));
    QCOMPARE(seen.batches.front().run, RunId(7));
    QCOMPARE(seen.ready.batchesPerEpoch, std::int64_t(3));
    const fs::path folder = fs::path(project("whole")) / "train";
    QCOMPARE(seen.start.saveDir, folder);
    for (const char *file : { "args.yaml", "results.csv", "weights/last.pt", "weights/best.pt" })
        QVERIFY2(fs::exists(folder / file), file);
    const std::string csv = readFile(folder / "results.csv");
    const std::string header =
        "epoch,time,train/box_loss,train/cls_loss,train/dfl_loss,metrics/precision(B),"
        "metrics/recall(B),metrics/mAP50(B),metrics/mAP50-95(B),val/box_loss,val/cls_loss,"
        "val/dfl_loss,lr/pg0,lr/pg1,lr/pg2\n";
    QCOMPARE(csv.substr(0, header.size()), header);
    QCOMPARE(RunFolder::readResults(folder).size(), std::size_t(3));
    m_best = (folder / "weights/best.pt").string();
    m_uninterrupted = loadCheckpoint(folder / "weights/last.pt").ema;
    QVERIFY(m_uninterrupted.size() > 300);
    QVERIFY(seen.epochs[2].trainSeconds > 0 && seen.epochs[2].epochSeconds >= seen.epochs[2].trainSeconds);
}

void TestTrainer::valAndPredictUseTheResult()
{
    QVERIFY(!m_best.empty());
    RecordingObserver seen;
    ValConfig config;
    config.model = m_best;
    config.device = "cpu";
    config.batch = 3;
    config.project = project("val");
    const ValResult result = validate(config, seen, {});
    QCOMPARE(result.images, std::int64_t(6));
    QCOMPARE(result.metrics.front().first, std::string("metrics/precision(B)"));
    PredictConfig predictConfig;
    predictConfig.model = m_best;
    predictConfig.source = (fs::path(m_data).parent_path() / "images/val").string();
    predictConfig.project = project("predict");
    predictConfig.conf = 0.0001;
    predictConfig.saveTxt = true;
    int images = 0;
    const PredictResult predicted =
        predict(predictConfig, seen,
                [&](const ImagePredictions &p) {
                    ++images;
                    for (const Prediction &box : p.boxes)
                        QVERIFY(box.x1 >= 0 && box.x2 <= p.width && box.y1 >= 0 && box.y2 <= p.height);
                },
                {});
    QCOMPARE(images, 6);
    QVERIFY(fs::exists(predicted.saveDir / "labels"));
}

void TestTrainer::stopAndResumeEqualsUninterrupted()
{
    std::stop_source stop;
    RecordingObserver first;
    first.atBatch = [&](const BatchEnd &event) {
        if (event.epoch == 1 && event.batch == 1)
            stop.request_stop(); // in the middle of the second epoch
    };
    Trainer(smallConfig(m_data, project("stopped")), 1).run(first, stop.get_token());
    QCOMPARE(first.stopped, 1);
    QCOMPARE(first.ends(), 1);
    QCOMPARE(first.batches.size(), std::size_t(5));
    QVERIFY(first.end.stopped);

    TrainConfig resume = smallConfig(m_data, project("stopped"));
    resume.resume = true;
    RecordingObserver second;
    Trainer(resume, 2).run(second, {});
    QVERIFY2(second.finished == 1, second.failed.sentence.c_str());
    QCOMPARE(second.start.saveDir, first.start.saveDir);
    QCOMPARE(second.batches.size(), std::size_t(4));
    QCOMPARE(std::ranges::count(second.order, "replayed"), 1);
    QCOMPARE(RunFolder::readResults(first.start.saveDir).size(), std::size_t(3));

    const NamedTensors resumed = loadCheckpoint(second.end.last).ema;
    QCOMPARE(resumed.size(), m_uninterrupted.size());
    for (const auto &[name, tensor] : m_uninterrupted)
        QVERIFY2(at::equal(tensor, resumed.at(name)), name.c_str());
}

void TestTrainer::stopBeforeStart()
{
    std::stop_source stop;
    stop.request_stop();
    RecordingObserver seen;
    Trainer(smallConfig(m_data, project("never")), 1).run(seen, stop.get_token());
    QCOMPARE(seen.stopped, 1);
    QVERIFY(!fs::exists(project("never")));
}

void TestTrainer::finishedRunCannotResume()
{
    TrainConfig config = smallConfig(m_data, project("whole"));
    config.resume = true;
    RecordingObserver seen;
    Trainer(config, 1).run(seen, {});
    QCOMPARE(seen.failedCount, 1);
    QVERIFY2(QString::fromStdString(seen.failed.sentence).contains(QLatin1String("finished")),
             seen.failed.sentence.c_str());
    QVERIFY(seen.failed.badInput);
}

void TestTrainer::earlyStopping()
{
    TrainConfig config = smallConfig(m_data, project("patience"));
    config.epochs = 12;
    config.patience = 1;
    config.lr0 = 0; // cannot improve
    config.optimizer = "SGD";
    config.warmupBiasLr = 0;
    config.model = m_best;
    RecordingObserver seen;
    Trainer(config, 1).run(seen, {});
    QVERIFY2(seen.finished == 1, seen.failed.sentence.c_str());
    // Fitness 0 counts as not having begun; then patience never runs out, as in the reference.
    const bool learnt = seen.epochs.front().fitness > 0;
    QCOMPARE(seen.end.earlyStopped, learnt);
    QVERIFY(!learnt || seen.end.epochsDone < 12);
}

QTEST_APPLESS_MAIN(TestTrainer)
#include "tst_trainer.moc"

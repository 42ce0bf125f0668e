// SPDX-License-Identifier: GPL-3.0-or-later
// Whole small runs with the less usual arguments, and what fine-tuning takes over.
#include "engine/core/auto_batch.h"
#include "engine/core/checkpoint.h"
#include "engine/core/run_folder.h"
#include "engine/core/weight_transfer.h"
#include "torchdeck/engine/error.h"
#include "training_fixture.h"

#include <ATen/ops/equal.h>
#include <ATen/ops/rand.h>

#include <QtCore/QTemporaryDir>
#include <QtTest/QtTest>

#include <set>

using namespace torchdeck::engine;
namespace fs = std::filesystem;

class TestTrainerOptions : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void frozenLayersStayAsTheyAre();
    void refusesToFreeze_data();
    void refusesToFreeze();
    void resumesEquallyWithEverythingOn();
    void rectangularBatches();
    void onlySomeClasses();
    void timePlansTheEpochs();
    void resumeSaysWhatItKeeps();
    void fineTuningKeepsTheClassBranch();
    void classRowsFollowTheirNames();
    void randomStartFromACheckpoint();
    void batchFromMeasurements();
    void batchIsChosen();

private:
    [[nodiscard]] std::string project(const char *name) const
    {
        return (m_dir.path() + u'/' + name).toStdString();
    }
    [[nodiscard]] TrainConfig config(const char *name, int epochs) const
    {
        TrainConfig result = smallConfig(m_data, project(name));
        result.epochs = epochs;
        return result;
    }

    QTemporaryDir m_dir;
    std::string m_data;
    std::string m_last;
};

namespace {

Checkpoint randomCheckpoint(const std::string &spec, const std::vector<std::string> &names)
{
    Checkpoint c;
    const nn::ModelSpec parsed = nn::loadModelSpec(spec);
    c.specName = parsed.name;
    c.specYaml = parsed.yaml;
    c.classNames = names;
    const nn::DetectionModel model(parsed, static_cast<std::int64_t>(names.size()));
    for (const auto &[name, tensor] : stateOf(model))
        c.ema[name] = tensor.is_floating_point() ? at::rand(tensor.sizes()) : tensor.clone();
    return c;
}

bool wasTold(const RecordingObserver &seen, const std::string &part)
{
    return std::ranges::any_of(seen.logs,
                               [&](const std::string &line) { return line.find(part) != std::string::npos; });
}

} // namespace

void TestTrainerOptions::initTestCase() { m_data = sampleData(project("data"), 12, 6, 96); }

void TestTrainerOptions::frozenLayersStayAsTheyAre()
{
    RecordingObserver first, second;
    Trainer(config("start", 1), 1).run(first, {});
    QVERIFY2(first.finished == 1, first.failed.sentence.c_str());
    m_last = first.end.last.string();
    TrainConfig frozen = config("frozen", 1);
    frozen.model = m_last;
    frozen.optimizer = "SGD";
    frozen.warmupEpochs = 0;
    frozen.freezeLayers = { "0", "1", "22.cv2" };
    Trainer(frozen, 1).run(second, {});
    QVERIFY2(second.finished == 1, second.failed.sentence.c_str());
    const NamedTensors before = loadCheckpoint(m_last).ema;
    const NamedTensors after = loadCheckpoint(second.end.last).ema;
    int kept = 0, moved = 0;
    for (const auto &[name, tensor] : after) {
        const bool held = name.starts_with("model.0.") || name.starts_with("model.1.")
            || name.starts_with("model.22.cv2.") || name.starts_with("model.22.dfl.");
        const bool same = at::equal(tensor, before.at(name));
        QVERIFY2(!held || same, name.c_str()); // the statistics of normalisation too
        kept += held ? 1 : 0;
        moved += same ? 0 : 1;
    }
    QVERIFY(kept > 20 && moved > 200);
}

void TestTrainerOptions::refusesToFreeze_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("fragment");
    QTest::newRow("all") << "23"
                         << "no layer to train";
    QTest::newRow("unknown layer") << "[40]"
                                   << "the layer 40";
    QTest::newRow("unknown name") << "[22.cv9]"
                                  << "the layer 22.cv9";
}

void TestTrainerOptions::refusesToFreeze()
{
    QFETCH(QString, text);
    QFETCH(QString, fragment);
    TrainConfig config = this->config("unfrozen", 1);
    QVERIFY(!setTrainArgument(config, "freeze", text.toStdString()));
    RecordingObserver seen;
    Trainer(config, 1).run(seen, {});
    QCOMPARE(seen.failed.field, std::string("freeze"));
    QVERIFY2(QString::fromStdString(seen.failed.sentence).contains(fragment), seen.failed.sentence.c_str());
}

void TestTrainerOptions::resumesEquallyWithEverythingOn()
{
    const auto everything = [&](const char *name) {
        TrainConfig c = config(name, 3);
        c.multiScale = 0.5;
        c.mixup = c.cutmix = 0.5;
        c.closeMosaic = 1;
        c.nbs = 8;
        c.workers = 2;
        return c;
    };
    RecordingObserver whole, first, second;
    Trainer(everything("whole"), 1).run(whole, {});
    QVERIFY2(whole.finished == 1, whole.failed.sentence.c_str());
    std::set<int> sizes;
    for (const BatchEnd &batch : whole.batches)
        sizes.insert(batch.imgsz);
    QVERIFY(sizes.size() > 1 && *sizes.begin() >= 32 && *sizes.rbegin() <= 96);
    QVERIFY(std::ranges::all_of(sizes, [](int size) { return size % 32 == 0; }));

    std::stop_source stop;
    first.atBatch = [&](const BatchEnd &event) {
        if (event.epoch == 1 && event.batch == 0)
            stop.request_stop();
    };
    Trainer(everything("parts"), 1).run(first, stop.get_token());
    QCOMPARE(first.stopped, 1);
    TrainConfig resume = everything("parts");
    resume.resume = true;
    Trainer(resume, 1).run(second, {});
    QVERIFY2(second.finished == 1, second.failed.sentence.c_str());
    const NamedTensors once = loadCheckpoint(whole.end.last).ema;
    for (const auto &[name, tensor] : loadCheckpoint(second.end.last).ema)
        QVERIFY2(at::equal(tensor, once.at(name)), name.c_str());
}

void TestTrainerOptions::rectangularBatches()
{
    TrainConfig c = config("rect", 1);
    c.rect = true;
    RecordingObserver seen;
    Trainer(c, 1).run(seen, {});
    QVERIFY2(seen.finished == 1, seen.failed.sentence.c_str());
}

void TestTrainerOptions::onlySomeClasses()
{
    TrainConfig c = config("classes", 1);
    c.classes = { 0 };
    RecordingObserver all, some;
    Trainer(config("all", 1), 1).run(all, {});
    Trainer(c, 1).run(some, {});
    QVERIFY2(some.finished == 1, some.failed.sentence.c_str());
    QVERIFY(some.ready.dataset.trainInstances < all.ready.dataset.trainInstances);
    QCOMPARE(some.ready.dataset.classNames, all.ready.dataset.classNames);
    c.classes = { 77 };
    RecordingObserver refused;
    Trainer(c, 1).run(refused, {});
    QCOMPARE(refused.failed.field, std::string("classes"));
}

void TestTrainerOptions::timePlansTheEpochs()
{
    constexpr int never = 100'000;
    TrainConfig c = config("time", never);
    c.time = 3.0 / 3600;
    RecordingObserver seen;
    Trainer(c, 1).run(seen, {});
    QVERIFY2(seen.finished == 1, seen.failed.sentence.c_str());
    QVERIFY(seen.end.epochsDone < never);
    QCOMPARE(seen.order.back(), std::string("train_end"));
    QVERIFY(std::ranges::find(seen.order, "final_eval") != seen.order.end());
    if (seen.end.epochsDone < 2)
        QSKIP("the first epoch took all the time");
    QVERIFY(seen.batches.back().epochs < never); // planned anew after the first
}

void TestTrainerOptions::resumeSaysWhatItKeeps()
{
    std::stop_source stop;
    RecordingObserver first, second;
    first.atBatch = [&](const BatchEnd &event) {
        if (event.epoch == 0)
            stop.request_stop();
    };
    Trainer(config("kept", 2), 1).run(first, stop.get_token());
    TrainConfig resume = config("kept", 5);
    resume.resume = true;
    resume.lr0 = 0.5;
    resume.patience = 7;
    Trainer(resume, 1).run(second, {});
    QVERIFY2(second.finished == 1, second.failed.sentence.c_str());
    QVERIFY(wasTold(second, "epochs, lr0"));
    QVERIFY(!wasTold(second, "patience;"));
    QCOMPARE(second.end.epochsDone, 2);
}

void TestTrainerOptions::fineTuningKeepsTheClassBranch()
{
    std::vector<std::string> many;
    for (int i = 0; i < 80; ++i)
        many.push_back("thing " + std::to_string(i));
    const Checkpoint source = randomCheckpoint("yolov8n.yaml", many);
    nn::ModelSpec spec = nn::loadModelSpec("yolov8n.yaml");
    adoptClassWidth(spec, source, 3);
    QCOMPARE(spec.classWidth, std::int64_t(80));
    nn::DetectionModel model(spec, 3);
    const WeightTransfer transfer = transferWeights(model, source, { "RBC", "WBC", "Platelets" }, true);
    QCOMPARE(transfer.total, std::size_t(355)); // as the reference says: "Transferred 349/355 items"
    QCOMPARE(transfer.taken, std::size_t(349));
    Checkpoint again;
    again.specName = spec.name;
    again.specYaml = spec.yaml;
    again.ema = stateOf(model);
    QCOMPARE(specOf(again).classWidth, std::int64_t(80)); // read off the weights
    nn::ModelSpec small = nn::loadModelSpec("yolov8s.yaml"); // another neck: nothing to keep
    adoptClassWidth(small, source, 3);
    QCOMPARE(small.classWidth, std::int64_t(0));
}

void TestTrainerOptions::classRowsFollowTheirNames()
{
    const Checkpoint source = randomCheckpoint("yolov8n.yaml", { "cat", "dog", "owl" });
    const std::string last = "model.22.cv3.1.2.weight";
    const std::vector<std::string> names { "Owl", "bat", " cat ", "dog" };
    nn::DetectionModel model(source.specYaml.empty() ? nn::ModelSpec {} : specOf(source), 4);
    const at::Tensor before = stateOf(model).at(last).clone();
    const WeightTransfer transfer = transferWeights(model, source, names, true);
    QCOMPARE(transfer.classesByName, std::size_t(3));
    QCOMPARE(transfer.taken, transfer.total);
    const at::Tensor after = stateOf(model).at(last), theirs = source.ema.at(last);
    QVERIFY(at::equal(after[0], theirs[2]) && at::equal(after[2], theirs[0])
            && at::equal(after[3], theirs[1]));
    QVERIFY(at::equal(after[1], before[1])); // nobody's namesake
    nn::DetectionModel plain(specOf(source), 4);
    QCOMPARE(transferWeights(plain, source, names, false).taken, transfer.total - 6);
    nn::DetectionModel placeholders(specOf(source), 3);
    QCOMPARE(transferWeights(placeholders, source, { "0", "1", "2" }, true).classesByName, std::size_t(0));
}

void TestTrainerOptions::randomStartFromACheckpoint()
{
    TrainConfig c = config("random", 1);
    c.model = m_last;
    c.pretrained = "false";
    RecordingObserver seen;
    Trainer(c, 1).run(seen, {});
    QVERIFY2(seen.finished == 1, seen.failed.sentence.c_str());
    QVERIFY(!wasTold(seen, "Transferred"));
}

void TestTrainerOptions::batchFromMeasurements()
{
    // 100 bytes at rest, 50 an image; from 4 images on no faster.
    const std::vector<BatchProbe> probes {
        { 1, 150, 1.0 }, { 2, 200, 1.1 }, { 4, 300, 2.0 }, { 8, 500, 3.9 }
    };
    QCOMPARE(batchForMemory(probes, 2'150, 1000), 41);
    QCOMPARE(batchForMemory(probes, 2'150, 30), 30);
    QCOMPARE(batchForMemory(probes, 10, 1000), 1);
    QCOMPARE(batchForMemory({ { 1, 100, 1 } }, 1'000, 64), 10);
    QCOMPARE(batchForMemory({ { 1, 100, 1 }, { 2, 100, 1 } }, 1'000, 64), 10); // reused memory
    QCOMPARE(batchForMemory({}, 1'000, 64), 0);
    QCOMPARE(fastEnoughBatch(probes), 4);
    QCOMPARE(fastEnoughBatch({ { 1, 1, 1.0 }, { 2, 2, 2.2 } }), 1);
}

void TestTrainerOptions::batchIsChosen()
{
    TrainConfig c = config("automatic", 1);
    QVERIFY(!setTrainArgument(c, "batch", "-1"));
    RecordingObserver seen;
    Trainer(c, 1).run(seen, {});
    QVERIFY2(seen.finished == 1, seen.failed.sentence.c_str());
    const TrainConfig used = loadCheckpoint(seen.end.last).config;
    QVERIFY(used.batch >= 1 && used.batch <= 12); // never more than there are images
    QVERIFY(wasTold(seen, "batch=" + std::to_string(used.batch) + " chosen"));
    QCOMPARE(RunFolder::readArgs(seen.start.saveDir / "args.yaml").batch, used.batch);
}

QTEST_APPLESS_MAIN(TestTrainerOptions)
#include "tst_trainer_options.moc"

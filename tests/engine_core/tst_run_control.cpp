// SPDX-License-Identifier: GPL-3.0-or-later
// Pausing, changing and stopping real runs while they are going on.
#include "engine/core/checkpoint.h"
#include "engine/core/run_folder.h"
#include "torchdeck/engine/run_control.h"
#include "training_fixture.h"

#include <ATen/ops/equal.h>

#include <QtCore/QTemporaryDir>
#include <QtTest/QtTest>

#include <ctime>
#include <thread>

using namespace torchdeck::engine;
namespace fs = std::filesystem;

namespace {

double processSeconds()
{
    timespec now {};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return double(now.tv_sec) + double(now.tv_nsec) / 1e9;
}

void compareWeights(const NamedTensors &a, const NamedTensors &b)
{
    QCOMPARE(a.size(), b.size());
    for (const auto &[name, tensor] : a)
        QVERIFY2(at::equal(tensor, b.at(name)), name.c_str());
}

std::vector<std::string> kinds(const std::vector<RunEvent> &events)
{
    std::vector<std::string> names;
    for (const RunEvent &event : events)
        names.emplace_back(runEventName(event.kind));
    return names;
}

using Names = std::vector<std::string>;

} // namespace

class TestRunControl : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void aPauseCostsNothingAndChangesNothing();
    void stopWhilePaused();
    void stopAfterEpochSavesAndValidates();
    void stopNowValidatesTheBestModel();
    void skippingTheFinalValidation();
    void changesHoldFromTheNextEpoch();
    void aChangedRunResumesExactly();
    void fewerEpochsThanDone();
    void moreEpochsInTheLastValidation();
    void eventsSurviveOddText();

private:
    [[nodiscard]] std::string project(const char *name) const
    {
        return (m_dir.path() + u'/' + name).toStdString();
    }
    [[nodiscard]] TrainConfig config(const char *name) const { return smallConfig(m_data, project(name)); }

    QTemporaryDir m_dir;
    std::string m_data;
    NamedTensors m_plain;
};

void TestRunControl::initTestCase()
{
    m_data = sampleData(project("data"), 12, 6, 96);
    RecordingObserver seen;
    Trainer(config("plain"), 1).run(seen, {});
    QVERIFY2(seen.finished == 1, seen.failed.sentence.c_str());
    QVERIFY(seen.events.empty());
    QVERIFY(!fs::exists(seen.end.saveDir / "events.csv"));
    m_plain = loadCheckpoint(seen.end.last).ema;
}

void TestRunControl::aPauseCostsNothingAndChangesNothing()
{
    RunControl control;
    RecordingObserver seen;
    std::jthread user;
    double paused = 0, used = 0;
    const double before = processSeconds();
    seen.atBatch = [&](const BatchEnd &event) {
        if (event.epoch == 0 && event.batch == 1)
            control.pause();
    };
    seen.atEvent = [&](const RunEvent &event) {
        if (event.kind != RunEventKind::Paused)
            return;
        user = std::jthread([&] {
            QTest::qSleep(700); // the loader fills its store, threads of the library go to sleep
            const double start = processSeconds();
            const auto clock = std::chrono::steady_clock::now();
            QTest::qSleep(1500);
            used = processSeconds() - start;
            paused = std::chrono::duration<double>(std::chrono::steady_clock::now() - clock).count();
            control.goOn();
        });
    };
    Trainer(config("paused"), 1).run(seen, {}, control);
    QVERIFY2(seen.finished == 1, seen.failed.sentence.c_str());
    QVERIFY(processSeconds() - before > 0 && paused > 0);
    QVERIFY2(used < 0.2 * paused, qPrintable(QString("%1 s of the processor in %2 s").arg(used).arg(paused)));
    QCOMPARE(kinds(seen.events), (Names { "paused", "continued" }));
    QVERIFY2(std::abs(seen.events[0].position - 2.0 / 3.0) < 1e-9, qPrintable(QString::number(seen.events[0].position)));
    // Net time: the pause counts nowhere.
    QVERIFY(seen.events[1].elapsedSeconds - seen.events[0].elapsedSeconds < 0.5 * paused);
    compareWeights(m_plain, loadCheckpoint(seen.end.last).ema);
    QCOMPARE(kinds(readRunEvents(seen.end.saveDir)), (Names { "paused", "continued" }));
}

void TestRunControl::stopWhilePaused()
{
    RunControl control;
    control.pause(); // before the very first batch
    std::stop_source stop;
    RecordingObserver seen;
    std::jthread user;
    seen.atEvent = [&](const RunEvent &event) {
        if (event.kind == RunEventKind::Paused)
            user = std::jthread([&] { stop.request_stop(); });
    };
    Trainer(config("pausedstop"), 1).run(seen, stop.get_token(), control);
    QCOMPARE(seen.stopped, 1);
    QVERIFY(seen.batches.empty());
    TrainConfig resume = config("pausedstop");
    resume.resume = true;
    RecordingObserver second;
    Trainer(resume, 2).run(second, {});
    QVERIFY2(second.finished == 1, second.failed.sentence.c_str());
    compareWeights(m_plain, loadCheckpoint(second.end.last).ema);
    QCOMPARE(kinds(readRunEvents(second.end.saveDir)), (Names { "paused", "stopped", "resumed" }));
}

void TestRunControl::stopAfterEpochSavesAndValidates()
{
    RunControl control;
    RecordingObserver seen;
    seen.atBatch = [&](const BatchEnd &event) {
        if (event.epoch == 0 && event.batch == 0)
            control.stopAfterEpoch(true);
    };
    TrainConfig c = config("afterepoch");
    c.val = false; // and yet the last epoch is measured
    Trainer(c, 1).run(seen, {}, control);
    QCOMPARE(seen.stopped, 1);
    QVERIFY(seen.end.stopped);
    QCOMPARE(seen.end.epochsDone, 1);
    QCOMPARE(seen.batches.size(), std::size_t(3)); // the whole epoch
    QCOMPARE(std::ranges::count(seen.order, "final_eval"), 1);
    QCOMPARE(seen.order.back(), std::string("train_end"));
    QVERIFY(!seen.end.metrics.empty());
    QVERIFY(fs::exists(seen.end.best));
    QCOMPARE(seen.events.size(), std::size_t(1));
    QCOMPARE(seen.events[0].position, 1.0);
    // Taken back in time, it does nothing.
    RunControl undecided;
    RecordingObserver whole;
    whole.atBatch = [&](const BatchEnd &event) { undecided.stopAfterEpoch(event.batch == 0); };
    Trainer(config("undecided"), 1).run(whole, {}, undecided);
    QCOMPARE(whole.finished, 1);
}

void TestRunControl::stopNowValidatesTheBestModel()
{
    std::stop_source stop;
    RecordingObserver seen;
    seen.atBatch = [&](const BatchEnd &event) {
        if (event.epoch == 1 && event.batch == 0)
            stop.request_stop();
    };
    Trainer(config("now"), 1).run(seen, stop.get_token());
    QCOMPARE(seen.stopped, 1);
    QCOMPARE(std::ranges::count(seen.order, "final_eval"), 1);
    QVERIFY(loadCheckpoint(seen.end.last).resumable);
    QCOMPARE(kinds(seen.events), (Names { "stopped" }));
    QVERIFY2(std::abs(seen.events[0].position - 4.0 / 3.0) < 1e-9, qPrintable(QString::number(seen.events[0].position)));
}

void TestRunControl::skippingTheFinalValidation()
{
    std::stop_source stop;
    RunControl control;
    RecordingObserver seen;
    seen.atBatch = [&](const BatchEnd &event) {
        if (event.epoch != 1)
            return;
        control.skipFinalValidation();
        stop.request_stop();
    };
    Trainer(config("skip"), 1).run(seen, stop.get_token(), control);
    QCOMPARE(seen.stopped, 1);
    QCOMPARE(std::ranges::count(seen.order, "final_eval"), 0);
    QVERIFY(loadCheckpoint(seen.end.last).resumable);
}

void TestRunControl::changesHoldFromTheNextEpoch()
{
    const auto rates = [](const RecordingObserver &seen) {
        std::vector<double> values;
        for (const FitEpochEnd &event : seen.epochs) {
            if (!event.finalEval)
                values.push_back(metricValue(event.learningRates, "lr/pg0"));
        }
        return values;
    };
    TrainConfig five = config("five");
    five.epochs = 5;
    RecordingObserver straight;
    Trainer(five, 1).run(straight, {});
    QCOMPARE(rates(straight).size(), std::size_t(5));

    RunControl control;
    RecordingObserver seen;
    seen.atBatch = [&](const BatchEnd &event) {
        if (event.epoch == 1 && event.batch == 1)
            control.change({ 5, 7, 2 });
    };
    Trainer(config("changed"), 1).run(seen, {}, control);
    QVERIFY2(seen.finished == 1, seen.failed.sentence.c_str());
    QCOMPARE(rates(seen).size(), std::size_t(5));
    QVERIFY(rates(seen)[1] != rates(straight)[1]); // still the plan of three
    for (std::size_t epoch = 2; epoch < 5; ++epoch) // from here on a run of five
        QCOMPARE(rates(seen)[epoch], rates(straight)[epoch]);
    QCOMPARE(seen.events.size(), std::size_t(1));
    QCOMPARE(seen.events[0].text, std::string("epochs 3 -> 5, patience 100 -> 7, save_period -1 -> 2"));
    QCOMPARE(seen.events[0].position, 2.0);
    QCOMPARE(seen.events[0].epochs, 5);
    const TrainConfig written = RunFolder::readArgs(seen.end.saveDir / "args.yaml");
    QCOMPARE(written.epochs, 5);
    QCOMPARE(written.patience, 7);
    QCOMPARE(written.savePeriod, 2);
    QVERIFY(fs::exists(seen.end.saveDir / "weights/epoch2.pt"));
    QVERIFY(!fs::exists(seen.end.saveDir / "weights/epoch0.pt"));
}

void TestRunControl::aChangedRunResumesExactly()
{
    const auto change = [](RunControl &control) {
        return [&control](const BatchEnd &event) {
            if (event.epoch == 0 && event.batch == 0)
                control.change({ 4, std::nullopt, std::nullopt });
        };
    };
    RunControl first, second;
    RecordingObserver whole, part, rest;
    whole.atBatch = change(first);
    Trainer(config("wholechange"), 1).run(whole, {}, first);
    QVERIFY2(whole.finished == 1, whole.failed.sentence.c_str());

    std::stop_source stop;
    part.atBatch = [&, ask = change(second)](const BatchEnd &event) {
        ask(event);
        if (event.epoch == 2 && event.batch == 1)
            stop.request_stop();
    };
    Trainer(config("partchange"), 1).run(part, stop.get_token(), second);
    QCOMPARE(part.stopped, 1);
    TrainConfig resume = config("partchange");
    resume.resume = true;
    Trainer(resume, 2).run(rest, {});
    QVERIFY2(rest.finished == 1, rest.failed.sentence.c_str());
    QCOMPARE(RunFolder::readResults(rest.end.saveDir).size(), std::size_t(4));
    compareWeights(loadCheckpoint(whole.end.last).ema, loadCheckpoint(rest.end.last).ema);
    QCOMPARE(kinds(rest.events), (Names { "changed", "stopped", "resumed" }));
    QVERIFY(rest.events[0].replayed && !rest.events[2].replayed);
}

void TestRunControl::fewerEpochsThanDone()
{
    RunControl control;
    RecordingObserver seen;
    seen.atBatch = [&](const BatchEnd &event) {
        if (event.epoch == 1)
            control.change({ 1, std::nullopt, std::nullopt });
    };
    Trainer(config("fewer"), 1).run(seen, {}, control);
    QVERIFY2(seen.finished == 1, seen.failed.sentence.c_str());
    QCOMPARE(seen.end.epochsDone, 2);
    QCOMPARE(seen.events[0].text, std::string("epochs 3 -> 2"));
}

void TestRunControl::moreEpochsInTheLastValidation()
{
    RunControl control;
    class Late : public RecordingObserver {
    public:
        explicit Late(RunControl &c)
            : control(c)
        {
        }
        void onValProgress(const ValProgress &event) override
        {
            if (event.epoch == 2 && !asked) {
                control.change({ 4, std::nullopt, std::nullopt });
                asked = true;
            }
        }
        RunControl &control;
        bool asked = false;
    } seen(control);
    Trainer(config("late"), 1).run(seen, {}, control);
    QVERIFY2(seen.finished == 1, seen.failed.sentence.c_str());
    QCOMPARE(seen.end.epochsDone, 4);
}

void TestRunControl::eventsSurviveOddText()
{
    const fs::path folder = project("odd");
    fs::create_directories(folder);
    RunEvent event;
    event.kind = RunEventKind::Changed;
    event.position = 2.5;
    event.text = "a \"quoted\", line\nand another \"";
    appendRunEvent(folder, event);
    event.kind = RunEventKind::Stopped;
    event.text.clear();
    appendRunEvent(folder, event);
    {
        QFile file(QString::fromStdString((folder / "events.csv").string()));
        QVERIFY(file.open(QIODevice::Append));
        file.write("nonsense\n3,4,unheard of,\"x\"\nnan?,1,paused,\"\"\n7,8,pau");
    }
    const auto events = readRunEvents(folder);
    QCOMPARE(events.size(), std::size_t(2));
    QCOMPARE(events[0].text, std::string("a \"quoted\", line and another \""));
    QCOMPARE(events[0].position, 2.5);
    QVERIFY(events[1].text.empty());
    QVERIFY(readRunEvents(folder / "nowhere").empty());
}

QTEST_APPLESS_MAIN(TestRunControl)
#include "tst_run_control.moc"

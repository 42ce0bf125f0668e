// SPDX-License-Identifier: GPL-3.0-or-later
// The nine rows of the callback table, driven by lifecycle values into a recorder.
#include "app/hub_bridge.h"

#include <QtCore/QJsonDocument>
#include <QtTest/QtTest>

#include <limits>

using namespace torchdeck;
using app::HubBridge;

namespace {

struct Recorder : app::HubSink {
    bool on = true;
    bool key = true;
    QStringList calls;
    QList<hub::RunDescription> runs;
    QMap<int, QJsonObject> metrics;
    QList<QPair<QString, QJsonObject>> events;
    QString bestFile, lastFile, reason;
    double map = -1;

    [[nodiscard]] bool enabled() const override { return on; }
    [[nodiscard]] bool hasKey() const override { return key; }
    void beginRun(const hub::RunDescription &description) override
    {
        calls << "beginRun";
        runs << description;
    }
    void startTimers() override { calls << "startTimers"; }
    void addMetrics(int epoch, const QJsonObject &values) override
    {
        calls << QStringLiteral("addMetrics %1").arg(epoch);
        metrics.insert(epoch, values);
    }
    void modelSaved(int epoch, const QString &file, bool isBest) override
    {
        calls << QStringLiteral("modelSaved %1 %2").arg(epoch).arg(isBest);
        lastFile = file;
    }
    void endRun(const QString &file, double value) override
    {
        calls << "endRun";
        bestFile = file;
        map = value;
    }
    void abandonRun(const QString &why) override
    {
        calls << "abandonRun";
        reason = why;
    }
    void usageEvent(const QString &mode, const QJsonObject &params) override
    {
        events.append({ mode, params });
    }
};

engine::PretrainRoutineStart start(engine::RunId run = 1)
{
    engine::PretrainRoutineStart event;
    event.run = run;
    event.config.model = "/home/someone/models/yolov8n.yaml";
    event.config.data = "/home/someone/secret-client/bccd/data.yaml";
    event.config.epochs = 3;
    event.config.batch = 8;
    event.config.imgsz = 160;
    event.config.patience = 7;
    event.config.device = "cpu";
    event.config.cache = "ram";
    event.saveDir = "/home/someone/runs/detect/train3";
    return event;
}

engine::FitEpochEnd epoch(int index, engine::RunId run = 1)
{
    engine::FitEpochEnd event;
    event.run = run;
    event.epoch = index;
    event.epochs = 3;
    event.trainLosses = { { "train/box_loss", 1.5 + index },
                          { "train/cls_loss", 2.5 },
                          { "train/dfl_loss", 3.5 } };
    event.metrics = { { "metrics/mAP50-95(B)", 0.1 * index }, { "val/box_loss", 4.5 } };
    event.learningRates = { { "lr/pg0", 0.01 } };
    event.model.parameters = 3'011'043;
    event.model.gflops = 8.19444;
    event.model.speedMs = 12.34567;
    return event;
}

engine::TrainEnd trainEnd(engine::RunId run = 1)
{
    engine::TrainEnd event;
    event.run = run;
    event.best = "/home/someone/runs/detect/train3/weights/best.pt";
    event.metrics = { { "metrics/mAP50-95(B)", 0.625 } };
    return event;
}

} // namespace

class TestHubBridge : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void wholeRun()
    {
        Recorder sink;
        HubBridge bridge(sink, -1);
        QStringList messages;
        connect(&bridge, &HubBridge::message, this, [&](const QString &text) { messages << text; });
        bridge.onPretrainRoutineStart(start());
        bridge.onPretrainRoutineEnd({ 1 });
        bridge.onTrainStart({ 1, start().config });
        bridge.onFitEpochEnd(epoch(0));
        engine::ModelSave save;
        save.run = 1;
        save.last = "/x/last.pt";
        save.isBest = true;
        bridge.onModelSave(save);
        bridge.onFitEpochEnd(epoch(1));
        bridge.onTrainEnd(trainEnd());
        engine::Stopped late;
        late.run = late.end.run = 1;
        bridge.onStopped(late); // nothing twice
        QCOMPARE(sink.calls,
                 QStringList({ "beginRun", "startTimers", "addMetrics 0", "modelSaved 0 1", "addMetrics 1",
                               "endRun" }));
        QCOMPARE(sink.lastFile, QStringLiteral("/x/last.pt"));
        QCOMPARE(sink.map, 0.625);
        QVERIFY(sink.bestFile.endsWith("weights/best.pt"));
        QVERIFY(messages.join('\n').contains("Syncing final model..."));
        bridge.onModelKnown(1, "ID", QUrl("http://web/models/ID"));
        QVERIFY(messages.last().contains("View model at http://web/models/ID"));
    }

    void descriptionHasNamesOnly()
    {
        Recorder sink;
        HubBridge bridge(sink, 0);
        auto event = start();
        event.config.model = "/home/someone/runs/detect/train2/weights/best.pt";
        bridge.onPretrainRoutineStart(event);
        const hub::RunDescription run = sink.runs.value(0);
        QCOMPARE(run.run, quint64(1));
        QCOMPARE(run.modelName, QStringLiteral("train3"));
        QCOMPARE(run.architecture, QStringLiteral("best"));
        QCOMPARE(run.parent, QStringLiteral("best.pt"));
        QCOMPARE(run.datasetName, QStringLiteral("bccd"));
        QCOMPARE(run.runFolder, QStringLiteral("/home/someone/runs/detect/train3"));
        QCOMPARE(run.epochs, 3);
        QCOMPARE(run.batch, 8);
        QCOMPARE(run.imgsz, 160);
        QCOMPARE(run.patience, 7);
        QCOMPARE(run.device, QStringLiteral("cpu"));
        QCOMPARE(run.cache, QStringLiteral("ram"));
        auto plain = start(2);
        plain.config.data = "/a/coco8.yaml";
        bridge.onPretrainRoutineStart(plain);
        QCOMPARE(sink.runs.value(1).architecture, QStringLiteral("yolov8n"));
        QVERIFY(sink.runs.value(1).parent.isEmpty());
        QCOMPARE(sink.runs.value(1).datasetName, QStringLiteral("coco8"));
    }

    void firstEpochDescribesTheModel()
    {
        const QJsonObject first = app::epochPayload(epoch(0));
        QCOMPARE(first.value("train/box_loss").toDouble(), 1.5);
        QCOMPARE(first.value("val/box_loss").toDouble(), 4.5);
        QCOMPARE(first.value("model/parameters").toInteger(), 3'011'043);
        QCOMPARE(first.value("model/GFLOPs").toDouble(), 8.194);
        QCOMPARE(first.value("model/speed_PyTorch(ms)").toDouble(), 12.346);
        QVERIFY(!first.contains("lr/pg0"));
        const QJsonObject second = app::epochPayload(epoch(1));
        QVERIFY(!second.contains("model/parameters"));
        QCOMPARE(second.size(), 5);
    }

    void finalEvaluationNeverOverwrites()
    {
        Recorder sink;
        HubBridge bridge(sink, -1);
        bridge.onPretrainRoutineStart(start());
        bridge.onFitEpochEnd(epoch(1));
        bridge.onFitEpochEnd(epoch(2));
        auto last = epoch(2);
        last.finalEval = true;
        last.metrics = { { "metrics/mAP50-95(B)", 0.9 }, { "val/box_loss", 7.0 } };
        last.trainLosses.clear();
        bridge.onFitEpochEnd(last);
        QCOMPARE(sink.metrics.keys(), QList<int>({ 1, 2 }));
        const QJsonObject values = sink.metrics.value(2);
        QCOMPARE(values.value("metrics/mAP50-95(B)").toDouble(), 0.2);
        QCOMPARE(values.value("train/box_loss").toDouble(), 3.5);
        QCOMPARE(values.value("best/metrics/mAP50-95(B)").toDouble(), 0.9);
        QCOMPARE(values.value("best/val/box_loss").toDouble(), 7.0);
    }

    void finalEvaluationWithoutAnEpochIsIgnored()
    {
        Recorder sink;
        HubBridge bridge(sink, -1);
        bridge.onPretrainRoutineStart(start());
        auto only = epoch(5);
        only.finalEval = true;
        bridge.onFitEpochEnd(only);
        QVERIFY(sink.metrics.isEmpty());
    }

    void otherRanksSendNothing()
    {
        Recorder sink;
        HubBridge bridge(sink, 1);
        bridge.onPretrainRoutineStart(start());
        bridge.onPretrainRoutineEnd({ 1 });
        bridge.onTrainStart({ 1, start().config });
        bridge.onValStart({ 0, true, "m.pt", "d.yaml" });
        bridge.onPredictStart({ 0, "m.pt", "s" });
        bridge.onExportStart({ 0, "m.pt", "onnx" });
        bridge.onFitEpochEnd(epoch(0));
        bridge.onModelSave({ 1 });
        bridge.onTrainEnd(trainEnd());
        bridge.onFailed({ 1, "x" });
        bridge.onOptionsChanged();
        QVERIFY(sink.calls.isEmpty());
        QVERIFY(sink.events.isEmpty());
    }

    void rankComesFromTheEnvironment()
    {
        qunsetenv("RANK");
        QCOMPARE(app::rankFromEnvironment(), -1);
        qputenv("RANK", "0");
        QCOMPARE(app::rankFromEnvironment(), 0);
        qputenv("RANK", "1");
        QCOMPARE(app::rankFromEnvironment(), 1);
        qputenv("RANK", "none");
        QCOMPARE(app::rankFromEnvironment(), -1);
        qunsetenv("RANK");
    }

    void toggleOffSendsNothing()
    {
        Recorder sink;
        sink.on = false;
        HubBridge bridge(sink, -1);
        bridge.onPretrainRoutineStart(start());
        bridge.onPretrainRoutineEnd({ 1 });
        bridge.onFitEpochEnd(epoch(0));
        bridge.onTrainEnd(trainEnd());
        QVERIFY(sink.calls.isEmpty());
    }

    void toggleOnMidRunBeginsTheSession()
    {
        Recorder sink;
        sink.on = false;
        HubBridge bridge(sink, -1);
        bridge.onPretrainRoutineStart(start());
        bridge.onPretrainRoutineEnd({ 1 });
        bridge.onFitEpochEnd(epoch(0));
        sink.on = true;
        bridge.onOptionsChanged();
        bridge.onOptionsChanged(); // only one session
        bridge.onFitEpochEnd(epoch(1));
        QCOMPARE(sink.calls, QStringList({ "beginRun", "startTimers", "addMetrics 0", "addMetrics 1" }));
    }

    void missingKeyIsSaidOnce()
    {
        Recorder sink;
        sink.key = false;
        HubBridge bridge(sink, -1);
        QSignalSpy messages(&bridge, &HubBridge::message);
        bridge.onPretrainRoutineStart(start());
        bridge.onFitEpochEnd(epoch(0));
        bridge.onOptionsChanged();
        QVERIFY(sink.calls.isEmpty());
        QCOMPARE(messages.size(), 1);
        QVERIFY(messages.first().first().toString().contains("no API key"));
    }

    void usageEvents()
    {
        Recorder sink;
        HubBridge bridge(sink, -1);
        bridge.onTrainStart({ 1, start().config });
        bridge.onValStart({ 1, false, "yolov8n", "d.yaml" }); // a run's own validation
        bridge.onValStart({ 0, true, "/home/someone/m.pt", "/home/someone/c/data.yaml" });
        bridge.onPredictStart({ 0, "/home/someone/m.pt", "/home/someone/x.jpg" });
        bridge.onExportStart({ 0, "/home/someone/m.pt", "onnx" });
        QStringList modes;
        for (const auto &[mode, params] : sink.events) {
            modes << mode;
            const QByteArray text = QJsonDocument(params).toJson();
            QVERIFY2(!text.contains("someone"), text.constData());
        }
        QCOMPARE(modes, QStringList({ "train", "val", "predict", "export" }));
        QCOMPARE(sink.events.at(1).second.value("data").toString(), QStringLiteral("c"));
        QCOMPARE(sink.events.at(3).second.value("format").toString(), QStringLiteral("onnx"));
    }

    void failureAbandons()
    {
        Recorder sink;
        HubBridge bridge(sink, -1);
        bridge.onPretrainRoutineStart(start());
        engine::Failed failed;
        failed.run = 1;
        failed.sentence = "Disk full.";
        bridge.onFailed(failed);
        QCOMPARE(sink.calls, QStringList({ "beginRun", "abandonRun" }));
        QCOMPARE(sink.reason, QStringLiteral("Disk full."));
    }

    void stopBeforeAnythingWasSavedAbandons()
    {
        Recorder sink;
        HubBridge bridge(sink, -1);
        bridge.onPretrainRoutineStart(start());
        engine::Stopped stopped;
        stopped.run = stopped.end.run = 1;
        bridge.onStopped(stopped);
        QCOMPARE(sink.calls, QStringList({ "beginRun", "abandonRun" }));
    }

    void secondRunGetsItsOwnSession()
    {
        Recorder sink;
        HubBridge bridge(sink, -1);
        bridge.onPretrainRoutineStart(start(1));
        bridge.onTrainEnd(trainEnd(1));
        bridge.onPretrainRoutineStart(start(2));
        bridge.onFitEpochEnd(epoch(0, 1)); // of the first run: stale
        bridge.onFitEpochEnd(epoch(0, 2));
        QCOMPARE(sink.calls, QStringList({ "beginRun", "endRun", "beginRun", "addMetrics 0" }));
    }
};

QTEST_GUILESS_MAIN(TestHubBridge)
#include "tst_hub_bridge.moc"

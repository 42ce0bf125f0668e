// SPDX-License-Identifier: GPL-3.0-or-later
// A real, tiny training through the executable, synced to a real local HUB: JSON, run folder, what the server
// has; then with the server away, and stopped by Ctrl+C.
#include "tests/app/hub_process.h"

#include <QtCore/QCryptographicHash>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtTest/QtTest>

#include <csignal>

namespace {

constexpr int trainLimitMs = 120'000;

QStringList trainLine(const QStringList &more)
{
    return QStringList { "train",      "model=yolov8n.yaml", "data=sample/data.yaml", "imgsz=64", "batch=4",
                         "device=cpu", "workers=1",          "project=runs",          "hub=true", "--json" }
    + more;
}

void makeSample(const Instance &instance)
{
    QCOMPARE(instance.run({ "dataset", "make-sample", "sample", "train=8", "val=4", "imgsz=64" }).code, 0);
}

} // namespace

class TestTrainSynced : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void trainsAndSyncs()
    {
        Instance instance;
        makeSample(instance);
        const HubProcess server(instance);
        server.use(instance);
        const auto result = instance.run(trainLine({ "epochs=2", "name=first" }), trainLimitMs);
        QVERIFY2(result.code == 0, qPrintable(result.err));
        QCOMPARE(result.out.count(u'\n'), 1);
        const QJsonObject json = result.json();
        for (const char *name : { "metrics", "wall_seconds", "median_epoch_seconds", "images_per_second",
                                  "peak_rss_mib", "save_dir", "epochs", "best_epoch", "stopped",
                                  "hub_model_id", "hub_model_url", "hub_pending" })
            QVERIFY2(json.contains(QLatin1String(name)), name);
        QCOMPARE(json.value("epochs").toInt(), 2);
        QCOMPARE(json.value("hub_pending").toInt(-1), 0);
        QVERIFY(json.value("metrics").toObject().contains("metrics/mAP50-95(B)"));
        QVERIFY(json.value("images_per_second").toDouble() > 0);
        const QString folder = json.value("save_dir").toString();
        for (const char *name : { "args.yaml", "results.csv", "weights/last.pt", "weights/best.pt" })
            QVERIFY2(QFile::exists(folder + u'/' + QLatin1String(name)), name);
        QVERIFY(!result.err.contains(server.key));
        for (const char *part : { "epoch 1/2", "batch 1/2", "Syncing final model", "View model at" })
            QVERIFY2(result.err.contains(QLatin1String(part)), qPrintable(result.err));

        const QString model = json.value("hub_model_id").toString();
        QVERIFY(!model.isEmpty());
        QCOMPARE(json.value("hub_model_url").toString(), server.root.toString() + "/models/" + model);
        const auto epochs = server.epochs(model);
        QCOMPARE(epochs.keys(), QList<int>({ 0, 1 }));
        QVERIFY(epochs.value(0).contains("train/box_loss"));
        QVERIFY(epochs.value(0).contains("model/parameters"));
        QVERIFY(epochs.value(1).contains("metrics/mAP50(B)"));
        QVERIFY(epochs.value(1).contains("best/metrics/mAP50(B)"));
        QCOMPARE(instance.run({ "hub", "queue", "--json" }).json().value("pending").toInt(-1), 0);
    }

    void serverAwayThenRetry()
    {
        Instance instance;
        makeSample(instance);
        int port = 0;
        {
            const HubProcess server(instance);
            server.use(instance);
            port = server.root.port();
        }
        const auto result =
            instance.run(trainLine({ "epochs=1", "name=away", "--hub-wait=1" }), trainLimitMs);
        QVERIFY2(result.code == 0, qPrintable(result.err));
        QVERIFY(result.json().value("hub_pending").toInt() > 0);
        QVERIFY(result.err.contains("torchdeck hub queue retry"));
        const auto listed = instance.run({ "hub", "queue", "--json" });
        QCOMPARE(listed.json().value("pending").toInt(), result.json().value("hub_pending").toInt());
        const HubProcess server(instance, port);
        const auto retried = instance.run({ "hub", "queue", "retry" }, trainLimitMs);
        QVERIFY2(retried.code == 0, qPrintable(retried.out + retried.err));
        QCOMPARE(instance.run({ "hub", "queue", "--json" }).json().value("pending").toInt(-1), 0);
        const QByteArray models = server.get("/v1/models");
        const QJsonArray rows =
            QJsonDocument::fromJson(models).object().value("data").toObject().value("results").toArray();
        QCOMPARE(rows.size(), 1);
        QCOMPARE(server.epochs(rows.first().toObject().value("id").toString()).keys(), QList<int>({ 0 }));
    }

    void aRunOfThePastIsPublished()
    {
        Instance instance;
        makeSample(instance);
        const HubProcess server(instance);
        server.use(instance);
        auto line = trainLine({ "epochs=2", "name=past" });
        line.replaceInStrings("hub=true", "hub=false");
        QCOMPARE(instance.run(line, trainLimitMs).code, 0);
        const auto result = instance.run({ "hub", "publish", "runs/past", "--json" }, trainLimitMs);
        QVERIFY2(result.code == 0, qPrintable(result.err));
        QVERIFY(result.json().value("confirmed").toBool());
        const QString model = result.json().value("hub_model_id").toString();
        QCOMPARE(server.epochs(model).keys(), QList<int>({ 0, 1 }));
        // Once more: the same model.
        QCOMPARE(instance.run({ "hub", "publish", "runs/past", "--json" }, trainLimitMs).json().value("hub_model_id").toString(),
                 model);
    }

    void wrongKeyIsSaidAndDoesNotHoldUp()
    {
        Instance instance;
        makeSample(instance);
        const HubProcess server(instance);
        server.use(instance);
        instance.set("HUB_API_KEY", "wrong");
        const auto result = instance.run(trainLine({ "epochs=1", "name=key" }), trainLimitMs);
        QVERIFY2(result.code == 0, qPrintable(result.err));
        QVERIFY(result.json().value("hub_pending").toInt() > 0);
        const auto retried = instance.run({ "hub", "queue", "retry" });
        QCOMPARE(retried.code, 1);
        QVERIFY2(retried.out.contains("key", Qt::CaseInsensitive), qPrintable(retried.out));
    }

    void firstSignalStopsAndSaves()
    {
        Instance instance;
        makeSample(instance);
        const HubProcess server(instance);
        server.use(instance);
        const auto process = instance.start(trainLine({ "epochs=500", "name=stopped" }));
        process->setReadChannel(QProcess::StandardError);
        QByteArray seen;
        while (!seen.contains("done in")) {
            const QByteArray line = Instance::readLine(*process, trainLimitMs);
            QVERIFY2(!line.isEmpty(), seen.constData());
            seen += line;
        }
        process->setReadChannel(QProcess::StandardOutput);
        ::kill(pid_t(process->processId()), SIGINT);
        const auto result = Instance::finish(*process, trainLimitMs);
        QVERIFY2(result.code == 130, qPrintable(result.err));
        const QJsonObject json = result.json();
        QCOMPARE(json.value("stopped").toBool(), true);
        QVERIFY(json.value("epochs").toInt() >= 1);
        QVERIFY(QFile::exists(json.value("save_dir").toString() + "/weights/last.pt"));
        QCOMPARE(json.value("hub_pending").toInt(-1), 0);
    }
};

QTEST_GUILESS_MAIN(TestTrainSynced)
#include "tst_train_synced.moc"

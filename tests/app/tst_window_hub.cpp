// SPDX-License-Identifier: GPL-3.0-or-later
// The window's HUB side against a real local HUB, with a stand-in for the training: switched on and off in the middle
// of a run, an old run published, a stop asked for by the server, the settings and what they say is sent.
#include "app/application.h"
#include "app/recent_log.h"
#include "hub/server/local_hub.h"
#include "tests/hub/fault_proxy.h"
#include "tests/hub/scaled_clock.h"
#include "ui/hub_panel.h"
#include "ui/launch_panel.h"
#include "ui/network_card.h"
#include "ui/runs/run_list_model.h"
#include "ui/runs/runs_page.h"
#include "ui/sent_page.h"
#include "ui/settings_dialog.h"
#include "ui/upload_queue_panel.h"
#include "ui/widgets/basics.h"

#include <QtCore/QDir>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtNetwork/QNetworkReply>
#include <QtTest/QtTest>
#include <QtGui/QAction>
#include <QtWidgets/QLabel>
#include <QtWidgets/QDialogButtonBox>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QMessageBox>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QSpinBox>
#include <QtWidgets/QSystemTrayIcon>
#include <QtWidgets/QTableView>

#include <atomic>
#include <filesystem>
#include <fstream>

using namespace torchdeck;
namespace fs = std::filesystem;

namespace {

/// Epochs happen when the test lets them: `allowed` of them.
struct Stage {
    fs::path folder;
    std::atomic_int allowed { 0 };
    std::atomic_int done { 0 };
    int epochs = 0;
    engine::TrainConfig asked; ///< what the run was started with

    void write(const char *name, const std::string &text) const
    {
        fs::create_directories(folder / "weights");
        std::ofstream(folder / name) << text;
    }
    engine::TrainEnd end(engine::RunId run, bool stopped) const
    {
        engine::TrainEnd end;
        end.run = run;
        end.saveDir = folder;
        end.last = folder / "weights/last.pt";
        end.best = folder / "weights/best.pt";
        end.metrics = { { "metrics/mAP50-95(B)", 0.25 } };
        end.epochsDone = done;
        end.stopped = stopped;
        return end;
    }
    void run(const engine::TrainConfig &config, engine::RunId run, engine::TrainObserver &o, const std::stop_token &stop)
    {
        if (config.existOk)
            folder = fs::path(config.project) / config.name;
        asked = config;
        o.onPretrainRoutineStart({ run, config, folder, false });
        engine::PretrainRoutineEnd ready;
        ready.run = run;
        ready.epochs = epochs;
        o.onPretrainRoutineEnd(ready);
        o.onTrainStart({ run, config });
        while (done < epochs && !stop.stop_requested()) {
            if (done >= allowed) {
                std::this_thread::sleep_for(std::chrono::milliseconds(5));
                continue;
            }
            write("weights/last.pt", "last");
            write("weights/best.pt", "best");
            engine::FitEpochEnd epoch;
            epoch.run = run;
            epoch.epoch = done;
            epoch.epochs = epochs;
            epoch.metrics = { { "metrics/mAP50(B)", done / 64.0 } };
            o.onFitEpochEnd(epoch);
            ++done;
        }
        const bool stopped = done < epochs;
        o.onTrainEnd(end(run, stopped));
        if (stopped)
            o.onStopped({ run, end(run, true) });
        else
            o.onFinished({ run, end(run, false) });
    }
};

} // namespace

class TestWindowHub : public QObject {
    Q_OBJECT
private:
    QTemporaryDir m_dir;
    QNetworkAccessManager m_network;
    std::unique_ptr<hub::server::LocalHub> m_hub;
    std::shared_ptr<Stage> m_stage;
    std::unique_ptr<app::Application> m_app;

    QJsonValue data(const QString &path)
    {
        QNetworkRequest request(QUrl(m_hub->apiRoot().toString() + path));
        request.setRawHeader("x-api-key", m_hub->apiKey().toLatin1());
        auto *reply = m_network.get(request);
        QSignalSpy spy(reply, &QNetworkReply::finished);
        if (!reply->isFinished())
            spy.wait(20'000);
        reply->deleteLater();
        return QJsonDocument::fromJson(reply->readAll()).object().value("data");
    }
    QJsonArray models() { return data("/v1/models").toObject().value("results").toArray(); }
    QList<int> epochsOf(const QString &model)
    {
        QList<int> epochs;
        const auto series = data("/v1/models/" + model + "/metrics").toArray();
        for (const QString &key : series.at(0).toObject().value("data").toObject().keys())
            epochs << key.toInt();
        std::sort(epochs.begin(), epochs.end());
        return epochs;
    }
    void open(const QUrl &api)
    {
        qputenv("ULTRALYTICS_HUB_API", api.toEncoded());
        qputenv("ULTRALYTICS_HUB_WEB", api.toEncoded());
        m_stage = std::make_shared<Stage>();
        m_stage->folder = m_dir.filePath("runs/train").toStdString();
        m_app = std::make_unique<app::Application>(
            [stage = m_stage](const engine::TrainConfig &c, engine::RunId r, engine::TrainObserver &o,
                              const std::stop_token &s, engine::RunControl &) { stage->run(c, r, o, s); });
        m_app->show();
        QTRY_VERIFY(m_app->hub().resolved());
    }
    void start(bool hub, int epochs)
    {
        engine::TrainConfig config;
        config.data = "data.yaml";
        config.model = "yolov8n.yaml";
        config.epochs = m_stage->epochs = epochs;
        config.hub = hub;
        Q_EMIT m_app->window().startRequested(config);
        QTRY_VERIFY(m_app->controller().active());
    }
    [[nodiscard]] QStringList labels() const
    {
        QStringList all;
        for (const QLabel *label : m_app->window().findChildren<QLabel *>())
            all << label->text();
        return all;
    }

private Q_SLOTS:
    void init()
    {
        QVERIFY(QDir(m_dir.path()).removeRecursively() && QDir().mkpath(m_dir.path()));
        for (const char *name : { "CONFIG", "DATA", "STATE", "CACHE" })
            qputenv(QByteArray("XDG_") + name + "_HOME", (m_dir.path() + "/xdg/" + name).toUtf8());
        qunsetenv("RANK");
        m_hub = std::make_unique<hub::server::LocalHub>(
            hub::server::LocalHubOptions { m_dir.filePath("hub"), "127.0.0.1", 0 });
        QVERIFY2(m_hub->start(), qPrintable(m_hub->error()));
        qputenv("HUB_API_KEY", m_hub->apiKey().toUtf8());
    }
    void cleanup()
    {
        if (m_stage)
            m_stage->allowed = 1000;
        m_app.reset();
        m_hub.reset();
    }

    void turnedOnAtEpoch50FollowsFromTheFirst()
    {
        open(m_hub->apiRoot());
        start(false, 56);
        m_stage->allowed = 50;
        QTRY_COMPARE(m_stage->done.load(), 50);
        QCOMPARE(models().size(), 0);
        auto *panel = m_app->window().findChild<ui::HubPanel *>();
        QVERIFY(!panel->toggle()->isChecked());
        panel->toggle()->click();
        QTRY_COMPARE_WITH_TIMEOUT(models().size(), 1, 20'000);
        const QString model = models().at(0).toObject().value("id").toString();
        QTRY_COMPARE_WITH_TIMEOUT(epochsOf(model).size(), 50, 20'000);
        // Off again: the training goes on and nothing is sent.
        panel->toggle()->click();
        m_stage->allowed = 54;
        QTRY_COMPARE(m_stage->done.load(), 54);
        QTest::qWait(200);
        QCOMPARE(epochsOf(model).size(), 50);
        panel->toggle()->click();
        m_stage->allowed = 56;
        QTRY_COMPARE_WITH_TIMEOUT(data("/v1/models/" + model).toObject().value("status").toString(), "trained", 30'000);
        QList<int> all;
        for (int epoch = 0; epoch < 56; ++epoch)
            all << epoch;
        QCOMPARE(epochsOf(model), all);
        QCOMPARE(models().size(), 1);
    }

    void anOldRunIsPublishedFromItsMenu()
    {
        open(m_hub->apiRoot());
        m_stage->write("args.yaml", "task: detect\nmodel: /home/somebody/secret/yolov8n.yaml\ndata: bccd.yaml\nepochs: 3\n");
        m_stage->write("results.csv",
                       "epoch,time,metrics/mAP50(B),metrics/mAP50-95(B)\n1,1,0.1,0.05\n2,2,0.4,0.25\n3,3,0.2,0.1\n");
        m_stage->write("weights/best.pt", "the best weights");
        auto &window = m_app->window();
        window.setRunFolders({ m_dir.filePath("runs") });
        window.showPage(ui::MainWindow::Page::Runs);
        auto *page = window.findChild<ui::RunsPage *>();
        const QString folder = QString::fromStdString(m_stage->folder.string());
        QTRY_VERIFY_WITH_TIMEOUT(page->model()->rowOf(folder) >= 0, 20'000);
        page->selectRun(folder);
        QTRY_VERIFY_WITH_TIMEOUT(page->publishAction()->isEnabled(), 20'000);
        QVERIFY(page->table()->actions().contains(page->publishAction()));
        m_app->hub().setEnabled(true);
        page->publishAction()->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(models().size(), 1, 20'000);
        const QString model = models().at(0).toObject().value("id").toString();
        QTRY_COMPARE_WITH_TIMEOUT(data("/v1/models/" + model).toObject().value("status").toString(), "trained", 30'000);
        QCOMPARE(epochsOf(model), QList<int>({ 0, 1, 2 }));
        const QJsonObject facts = data("/v1/models/" + model).toObject();
        QCOMPARE(facts.value("best_map").toDouble(), 0.25);
        QVERIFY(!QJsonDocument(facts).toJson().contains("somebody"));
        QTRY_VERIFY(m_app->hub().service().items().isEmpty());
    }

    void theServerStopsTheRunAndTheUserIsTold()
    {
        // The local HUB's own answers, but heartbeats carry the wish to stop.
        const auto clock = std::make_shared<ScaledClock>(1);
        FaultProxy proxy(m_hub->apiRoot(), m_hub->apiKey().toLatin1(), clock);
        proxy.stopWish = true;
        open(proxy.url());
        QSignalSpy stopped(&m_app->controller(), &app::TrainingController::stopped);
        start(true, 1000);
        m_stage->allowed = 3;
        QTRY_COMPARE_WITH_TIMEOUT(stopped.size(), 1, 30'000);
        QVERIFY(m_stage->done >= 0 && m_stage->done <= 3);
        QTRY_VERIFY(!labels().filter("HUB asked to stop this run").isEmpty());
        // Saved and synced: what it has so far is there.
        QTRY_COMPARE_WITH_TIMEOUT(models().size(), 1, 20'000);
        const QString model = models().at(0).toObject().value("id").toString();
        QTRY_COMPARE_WITH_TIMEOUT(epochsOf(model).size(), m_stage->done.load(), 20'000);
    }

    QString newModel()
    {
        QNetworkRequest request(QUrl(m_hub->apiRoot().toString() + "/v1/models"));
        request.setRawHeader("x-api-key", m_hub->apiKey().toLatin1());
        request.setHeader(QNetworkRequest::ContentTypeHeader, "application/json");
        auto *reply = m_network.post(request, R"({"meta": {"name": "from the web"}, "config": {"epochs": 4, "imageSize": 96},
            "lineage": {"architecture": {"name": "yolov8n"}}})");
        QSignalSpy spy(reply, &QNetworkReply::finished);
        spy.wait(20'000);
        reply->deleteLater();
        return QJsonDocument::fromJson(reply->readAll()).object().value("data").toObject().value("id").toString();
    }

    void aModelsAddressGoesOnWithThatModel()
    {
        open(m_hub->apiRoot());
        const QString model = newModel();
        auto *launch = m_app->window().findChild<ui::LaunchPanel *>();
        engine::TrainConfig config;
        config.data = "data.yaml";
        config.model = m_hub->apiRoot().toString().toStdString() + "/models/" + model.toStdString() + "?api_key="
            + m_hub->apiKey().toStdString();
        config.project = m_dir.filePath("runs").toStdString();
        config.hub = true;
        m_stage->epochs = 4;
        m_stage->allowed = 4;
        QSignalSpy finished(&m_app->controller(), &app::TrainingController::finished);
        launch->setConfig(config);
        QVERIFY2(!launch->commandLine().contains(m_hub->apiKey()), "the key is neither shown nor kept");
        QVERIFY(launch->commandLine().contains(model));
        launch->start();
        QTRY_COMPARE_WITH_TIMEOUT(finished.size(), 1, 30'000);
        QCOMPARE(m_stage->asked.imgsz, 96);
        QCOMPARE(m_stage->asked.epochs, 4);
        QCOMPARE(m_stage->asked.model, "yolov8n.yaml");
        QTRY_COMPARE_WITH_TIMEOUT(data("/v1/models/" + model).toObject().value("status").toString(), "trained", 30'000);
        QCOMPARE(epochsOf(model), QList<int>({ 0, 1, 2, 3 }));
        QCOMPARE(models().size(), 1);
    }

    void aKeyForAnotherServerIsNotSentAnywhere()
    {
        FaultProxy proxy(m_hub->apiRoot(), m_hub->apiKey().toLatin1(), std::make_shared<ScaledClock>(1));
        open(proxy.url());
        auto *launch = m_app->window().findChild<ui::LaunchPanel *>();
        engine::TrainConfig config;
        config.data = "data.yaml";
        config.model = "https://example.org/models/abc?api_key=key-of-elsewhere";
        launch->setConfig(config);
        launch->start();
        QTRY_COMPARE(launch->state(), ui::LaunchPanel::State::Idle);
        QVERIFY(!labels().filter("choose that server").isEmpty());
        start(true, 1);
        m_stage->allowed = 1;
        QTRY_VERIFY_WITH_TIMEOUT(!models().isEmpty(), 20'000);
        QVERIFY(!proxy.seen.isEmpty());
        for (const auto &seen : proxy.seen)
            QVERIFY(seen.key != "key-of-elsewhere");
    }

    void fetchingAModelCanBeCancelled()
    {
        FaultProxy proxy(m_hub->apiRoot(), m_hub->apiKey().toLatin1(), std::make_shared<ScaledClock>(1));
        open(proxy.url());
        proxy.fault = FaultProxy::BlackHole;
        auto *launch = m_app->window().findChild<ui::LaunchPanel *>();
        engine::TrainConfig config;
        config.data = "data.yaml";
        config.model = proxy.url().toString().toStdString() + "/models/abc";
        launch->setConfig(config);
        launch->start();
        QTRY_VERIFY(!proxy.seen.isEmpty());
        QCOMPARE(launch->state(), ui::LaunchPanel::State::Starting);
        launch->stop();
        QTRY_COMPARE(launch->state(), ui::LaunchPanel::State::Idle);
        QVERIFY(!m_app->controller().active());
        QVERIFY(!labels().filter("Cancelled").isEmpty());
    }

    /// Not one answer ever comes, and the training is over all the same: its thread waits for no network.
    void trainingNeverWaitsForTheServer()
    {
        FaultProxy proxy(m_hub->apiRoot(), m_hub->apiKey().toLatin1(), std::make_shared<ScaledClock>(1));
        open(proxy.url());
        proxy.fault = FaultProxy::BlackHole;
        QSignalSpy finished(&m_app->controller(), &app::TrainingController::finished);
        start(true, 64);
        QTRY_VERIFY(!proxy.seen.isEmpty()); // the creation of the model hangs
        m_stage->allowed = 64;
        QTRY_COMPARE(finished.size(), 1);
        QCOMPARE(proxy.seen.size(), 1);
        QVERIFY(proxy.seen.first().line.startsWith("POST /v1/models "));
        QCOMPARE(models().size(), 0);
        const auto items = m_app->hub().service().items();
        const auto waits = [&items](hub::UploadKind kind) {
            return std::any_of(items.begin(), items.end(), [kind](const auto &item) { return item.kind == kind; });
        };
        QVERIFY(waits(hub::UploadKind::Metrics) && waits(hub::UploadKind::FinalModel));
    }

    void closingWithUploadsAsksAndLosesNothing()
    {
        FaultProxy proxy(m_hub->apiRoot(), m_hub->apiKey().toLatin1(), std::make_shared<ScaledClock>(1));
        open(proxy.url());
        proxy.fault = FaultProxy::Status;
        proxy.status = 503;
        QSignalSpy finished(&m_app->controller(), &app::TrainingController::finished);
        start(true, 2);
        m_stage->allowed = 2;
        QTRY_COMPARE(finished.size(), 1);
        QTRY_VERIFY(!m_app->hub().service().items().isEmpty());
        m_app->window().close();
        QMessageBox *question = nullptr;
        QTRY_VERIFY((question = m_app->window().findChild<QMessageBox *>()) != nullptr);
        QVERIFY(question->text().contains("Uploads"));
        QCOMPARE(question->defaultButton()->text(), "Quit, send at the next start");
        QPushButton *wait = nullptr;
        for (QAbstractButton *button : question->buttons()) {
            if (button->text().startsWith("Wait"))
                wait = qobject_cast<QPushButton *>(button);
        }
        QVERIFY(wait);
        for (const QAbstractButton *button : question->buttons()) // nothing hides a window that nobody could bring back
            QVERIFY(QSystemTrayIcon::isSystemTrayAvailable() || !button->text().contains("tray"));
        wait->click();
        QVERIFY(m_app->window().isVisible());
        m_app->window().hide(); // as it does in the tray
        m_app->open({});
        QVERIFY(m_app->window().isVisible());
        proxy.fault = FaultProxy::None;
        m_app->hub().service().retryAll();
        QTimer guard;
        guard.setSingleShot(true);
        connect(&guard, &QTimer::timeout, qApp, [] { QCoreApplication::exit(1); });
        guard.start(30'000);
        QCOMPARE(QApplication::exec(), 0); // it quits by itself
        QVERIFY(m_app->hub().service().items().isEmpty());
        QCOMPARE(data("/v1/models/" + models().at(0).toObject().value("id").toString()).toObject().value("status").toString(),
                 "trained");
    }

    void settingsArriveAtTheClientAndSurvive()
    {
        open(m_hub->apiRoot());
        m_app->window().openSettings();
        auto *dialog = m_app->window().findChild<ui::SettingsDialog *>();
        QVERIFY(dialog->keyField()->isReadOnly()); // HUB_API_KEY is set
        QVERIFY(!labels().filter("HUB_API_KEY").isEmpty());
        dialog->network()->uploadLimit()->setValue(250);
        dialog->network()->queueLimit()->setValue(500);
        dialog->network()->proxy()->setText("not a proxy");
        dialog->buttons()->button(QDialogButtonBox::Apply)->click();
        QCOMPARE(m_app->hub().options().bytesPerSecond, 0); // refused as a whole, said beside the field
        dialog->network()->proxy()->setText("http://127.0.0.1:9");
        dialog->buttons()->button(QDialogButtonBox::Apply)->click();
        QTRY_COMPARE(m_app->hub().options().bytesPerSecond, 250'000);
        QCOMPARE(m_app->hub().options().queueBytes, 500'000'000);
        QCOMPARE(m_app->hub().options().proxy, QUrl("http://127.0.0.1:9"));
        m_app.reset();
        open(m_hub->apiRoot());
        QCOMPARE(m_app->hub().options().queueBytes, 500'000'000);
    }

    void whatIsSentIsTheRealThingWithoutPaths()
    {
        open(m_hub->apiRoot());
        start(true, 2);
        m_stage->allowed = 2;
        QTRY_COMPARE(m_stage->done.load(), 2);
        m_app->window().openSettings();
        auto *dialog = m_app->window().findChild<ui::SettingsDialog *>();
        const QString shown = dialog->sentPage()->text();
        for (const char *part : { "/v1/models", "metrics/mAP50(B)", "isBest", "heartbeat", "/v1/usage", "client_id", "yolov8n" })
            QVERIFY2(shown.contains(QLatin1String(part)), part);
        QVERIFY(!shown.contains(m_hub->apiKey()));
        QVERIFY(!shown.contains(m_dir.path()));
        QVERIFY(!shown.contains(QDir::homePath() + u'/'));
        QVERIFY(!dialog->sentPage()->usageSwitch()->isChecked());
        // The usage event on show is the one that goes out.
        const QString body = QString::fromUtf8(m_app->hub().service().usagePreview("train", {}));
        QVERIFY(shown.contains(body.left(body.indexOf("events"))));
    }

    void theSupportBundleHoldsNoKey()
    {
        open(m_hub->apiRoot());
        m_app->hub().log().add("a line with " + m_hub->apiKey() + " and https://u:hunter2@proxy/ and ?api_key=abcdef");
        m_app->hub().service().testConnection(m_app->hub().service().options());
        QTRY_VERIFY(!m_app->hub().service().requests().isEmpty());
        const QString file = m_dir.filePath("bundle.txt");
        Q_EMIT m_app->window().supportBundleRequested(file);
        QTRY_VERIFY(QFile::exists(file));
        QFile in(file);
        QVERIFY(in.open(QIODevice::ReadOnly));
        const QByteArray text = in.readAll();
        QVERIFY(text.contains("# Settings") && text.contains("api_key is set") && text.contains("a line with"));
        QVERIFY2(text.contains("# Requests to HUB") && text.contains("Key test"), text.constData());
        auto *panel = m_app->window().findChild<ui::UploadQueuePanel *>();
        QCOMPARE(panel->requests()->rowCount(), int(m_app->hub().service().requests().size()));
        for (const QByteArray &secret : { m_hub->apiKey().toUtf8(), QByteArray("hunter2"), QByteArray("abcdef") })
            QVERIFY2(!text.contains(secret), secret.constData());
        QCOMPARE(QFile::permissions(file) & (QFileDevice::ReadOther | QFileDevice::ReadGroup), 0);
    }
};

QTEST_MAIN(TestWindowHub)
#include "tst_window_hub.moc"

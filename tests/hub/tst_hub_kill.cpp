// SPDX-License-Identifier: GPL-3.0-or-later
// kill -9 at random moments: a client process that syncs a run, and the local HUB's process, over real sockets. Set
// TORCHDECK_KILLS=200 for the long form.
#include "hub/journal_thread.h"
#include "hub/server/local_hub.h"
#include "tests/hub/scaled_clock.h"
#include "tests/hub/synthetic_run.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QElapsedTimer>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QProcess>
#include <QtCore/QRandomGenerator>
#include <QtCore/QTemporaryDir>
#include <QtNetwork/QNetworkAccessManager>
#include <QtNetwork/QNetworkReply>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>


using namespace torchdeck::hub;
using namespace std::chrono_literals;

namespace {

constexpr int epochsOfARun = 40;
constexpr int clockSpeed = 20;

int serveForEver(const QString &dir, quint16 port)
{
    server::LocalHub hub({ dir, "127.0.0.1", port });
    if (!hub.start()) {
        std::fprintf(stderr, "%s\n", qPrintable(hub.error()));
        return 1;
    }
    std::printf("%d %s\n", hub.apiRoot().port(), qPrintable(hub.apiKey()));
    std::fflush(stdout);
    return QCoreApplication::exec();
}

/// Trains (or resumes) the run and ends with 0 once HUB has confirmed it.
class Client : public QObject {
public:
    Client(const QString &folder, const QString &journal, const QUrl &api, const QString &key)
        : m_run(folder, epochsOfARun)
        , m_service({ journal, std::make_shared<ScaledClock>(clockSpeed), nullptr, "torchdeck/test" })
    {
        HubOptions options;
        options.apiRoot = options.webRoot = api;
        options.apiKey = key;
        options.metricsInterval = 500ms;
        options.checkpointInterval = 2s;
        options.heartbeatInterval = 5s;
        connect(&m_service, &HubService::runConfirmed, this, [](quint64 run, const QString &model) {
            if (run != 1)
                return; // an earlier run's, confirmed once more: its process ended before the queue forgot it
            std::printf("%s\n", qPrintable(model));
            std::fflush(stdout);
            QTimer::singleShot(0, qApp, [] { QCoreApplication::exit(0); }); // the queue forgets the run first
        });
        if (qEnvironmentVariableIsSet("TORCHDECK_TALK")) {
            connect(&m_service, &HubService::logMessage, this,
                    [](const QString &text) { std::fprintf(stderr, "%s\n", qPrintable(text)); });
        }
        m_service.setOptions(options);
        m_service.beginRun(m_run.description());
        m_service.startTimers();
        connect(&m_step, &QTimer::timeout, this, &Client::step);
        m_step.start(12);
    }

private:
    void step()
    {
        if (m_run.finished()) {
            m_step.stop();
            m_service.endRun(m_run.best(), 0.5);
            return;
        }
        const int epoch = m_run.writeEpoch();
        m_service.addMetrics(epoch, SyntheticRun::metrics(epoch));
        m_service.modelSaved(epoch, m_run.last(), true);
    }
    SyntheticRun m_run;
    HubService m_service;
    QTimer m_step;
};

} // namespace

class TestKill : public QObject {
    Q_OBJECT

    QTemporaryDir dir;
    QNetworkAccessManager network;
    std::unique_ptr<QProcess> hub;
    int port = 0;
    QString key;

    std::unique_ptr<QProcess> process(const QStringList &arguments) const
    {
        auto p = std::make_unique<QProcess>();
        p->setProcessChannelMode(QProcess::ForwardedErrorChannel);
        p->start(QCoreApplication::applicationFilePath(), arguments);
        return p;
    }
    void startHub()
    {
        hub = process({ "--server", dir.filePath("hub"), QString::number(port) });
        QVERIFY(hub->waitForStarted());
        while (!hub->canReadLine())
            QVERIFY2(hub->waitForReadyRead(20'000), "the HUB did not come up");
        const auto words = hub->readLine().trimmed().split(' ');
        QCOMPARE(words.size(), 2);
        port = words[0].toInt();
        key = words[1];
    }
    static void killNow(QProcess &p)
    {
        p.kill(); // SIGKILL; of a process that has ended already, nothing: pid 0 would be our whole group
        p.waitForFinished();
    }
    QByteArray get(const QString &path, const QUrl &url = {})
    {
        QNetworkRequest request(url.isValid() ? url : QUrl(QStringLiteral("http://127.0.0.1:%1").arg(port) + path));
        request.setRawHeader("x-api-key", key.toLatin1());
        auto *reply = network.get(request);
        QSignalSpy spy(reply, &QNetworkReply::finished);
        if (!reply->isFinished())
            spy.wait(30'000);
        reply->deleteLater();
        return reply->readAll();
    }
    QJsonValue data(const QString &path) { return QJsonDocument::fromJson(get(path)).object().value("data"); }

    /// Exactly the run's epochs, each with its own values; whole files; one model.
    void check(const QString &model, const QString &name, const SyntheticRun &run)
    {
        const auto series = data("/v1/models/" + model + "/metrics").toArray();
        QCOMPARE(series.size(), 1);
        const auto values = series[0].toObject()["data"].toObject();
        QCOMPARE(int(values.size()), epochsOfARun);
        for (int epoch = 0; epoch < epochsOfARun; ++epoch)
            QCOMPARE(values.value(QString::number(epoch)).toDouble(-1), SyntheticRun::value(epoch));
        const auto facts = data("/v1/models/" + model).toObject();
        QCOMPARE(facts["status"].toString(), "trained");
        QFile best(run.best());
        QVERIFY(best.open(QIODevice::ReadOnly));
        const auto content = best.readAll();
        QCOMPARE(facts["weights_sha256"].toString().toLatin1(),
                 QCryptographicHash::hash(content, QCryptographicHash::Sha256).toHex());
        QCOMPARE(get({}, QUrl(facts["weights"].toString())), content);
        if (facts["has_last_weights"].toBool())
            QVERIFY2(SyntheticRun::whole(get({}, QUrl(facts["resume"].toString()))), "last.pt on HUB is torn");
        const auto found = data("/v1/models?limit=50&query=" + name).toObject();
        QCOMPARE(found["total"].toInt(), 1);
    }

private Q_SLOTS:
    void cleanup()
    {
        if (hub)
            killNow(*hub);
    }

    void nothingIsLostOrDoubled()
    {
        bool number = false;
        int kills = qEnvironmentVariableIntValue("TORCHDECK_KILLS", &number);
        if (!number)
            kills = 10;
        startHub();
        int killed = 0, hubKilled = 0, runs = 0;
        auto *random = QRandomGenerator::global();
        while (killed < kills || runs == 0) {
            const auto name = QStringLiteral("train%1").arg(runs);
            const SyntheticRun run(dir.filePath(name), epochsOfARun);
            QString model;
            QElapsedTimer guard;
            guard.start();
            int left = std::min(kills - killed, 8);
            while (model.isEmpty()) {
                QVERIFY2(guard.elapsed() < 100'000, "the run does not come to its end");
                auto client = process({ "--client", dir.filePath(name), dir.filePath("queue.sqlite"),
                                        QStringLiteral("http://127.0.0.1:%1").arg(port), key });
                QVERIFY(client->waitForStarted());
                const int patience = left > 0 ? 20 + int(random->bounded(600)) : 60'000;
                if (left > 0 && random->bounded(4) == 0) {
                    client->waitForFinished(patience / 2);
                    killNow(*hub);
                    startHub();
                    ++killed, ++hubKilled, --left;
                }
                if (client->waitForFinished(patience)) {
                    QCOMPARE(client->exitCode(), 0);
                    model = QString::fromLatin1(client->readAllStandardOutput().trimmed());
                } else {
                    killNow(*client);
                    ++killed, --left;
                }
            }
            check(model, name, run);
            if (QTest::currentTestFailed())
                return;
            ++runs;
        }
        qInfo("%d kills (%d of them of the HUB) in %d runs of %d epochs", killed, hubKilled, runs, epochsOfARun);
        // Nothing waits; and a start without anything to do sweeps what a kill between row and file may have left.
        QCOMPARE(JournalThread::peek(dir.filePath("queue.sqlite")).items.size(), 0);
        auto sweeper = process({ "--sweep", dir.filePath("queue.sqlite") });
        QVERIFY(sweeper->waitForFinished(60'000));
        QCOMPARE(sweeper->exitCode(), 0);
        QCOMPARE(QDir(dir.filePath("queue.sqlite.files")).entryList(QDir::Files), QStringList());
        QVERIFY(QDir(dir.path()).entryList({ "*damaged*" }).isEmpty());
    }
};

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    const auto arguments = app.arguments();
    if (arguments.value(1) == "--server")
        return serveForEver(arguments.value(2), quint16(arguments.value(3).toInt()));
    if (arguments.value(1) == "--sweep") {
        const HubService idle({ arguments.value(2), nullptr, nullptr, "torchdeck/test" });
        return idle.journalProblem().isEmpty() ? 0 : 1;
    }
    if (arguments.value(1) == "--client") {
        Client client(arguments.value(2), arguments.value(3), QUrl(arguments.value(4)), arguments.value(5));
        return app.exec();
    }
    TestKill test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_hub_kill.moc"

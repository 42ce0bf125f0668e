// SPDX-License-Identifier: GPL-3.0-or-later
// Faults between the client and a real HUB, one of each kind (tst_hub_fault_matrix has them all). For each the stated
// outcome, and after recovery the HUB holds exactly the run's epochs and files.
#include "hub/server/local_hub.h"
#include "tests/hub/fault_proxy.h"
#include "tests/hub/scaled_clock.h"
#include "tests/hub/synthetic_run.h"

#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QTemporaryDir>
#include <QtNetwork/QNetworkAccessManager>
#include <QtNetwork/QNetworkReply>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>

#include <csignal>

#include <sys/resource.h>

using namespace torchdeck::hub;
using namespace std::chrono_literals;

namespace {

constexpr int epochCount = 10;

/// Names cannot be resolved while `dark`.
class DarkNetwork final : public QNetworkAccessManager {
public:
    bool dark = false;
    int asked = 0;

protected:
    QNetworkReply *createRequest(Operation op, const QNetworkRequest &request, QIODevice *body) override
    {
        auto changed = request;
        if (dark) {
            ++asked;
            auto url = request.url();
            url.setHost("no-such-host.invalid");
            changed.setUrl(url);
        }
        return QNetworkAccessManager::createRequest(op, changed, body);
    }
};

/// Writing to files fails while it lives, as on a full disk.
class FullDisk {
public:
    FullDisk()
    {
        ::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &m_before);
        rlimit none = m_before;
        none.rlim_cur = 0;
        ::setrlimit(RLIMIT_FSIZE, &none);
    }
    ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &m_before); }

private:
    rlimit m_before {};
};

QByteArray httpDate(const QDateTime &when)
{
    return QLocale::c().toString(when.toUTC(), "ddd, dd MMM yyyy HH:mm:ss").toLatin1() + " GMT";
}

/// A run through the proxy, fresh for each fault.
struct Scene {
    QTemporaryDir dir;
    std::shared_ptr<ScaledClock> clock = std::make_shared<ScaledClock>(40);
    DarkNetwork network;
    server::LocalHub hub { { dir.filePath("hub"), "127.0.0.1", 0 } };
    bool up = hub.start();
    FaultProxy proxy { hub.apiRoot(), hub.apiKey().toLatin1(), clock };
    SyntheticRun run { dir.filePath("train"), epochCount };
    HubService service { { dir.filePath("queue.sqlite"), clock, &network, "torchdeck/test" } };
    QStringList confirmed;
    HubOptions options;

    Scene()
    {
        options.apiRoot = options.webRoot = proxy.url();
        options.apiKey = "first-key";
        options.checkpointInterval = 5s;
        options.heartbeatInterval = 1h;
        QObject::connect(&service, &HubService::runConfirmed, &service,
                         [this](quint64, const QString &model) { confirmed << model; });
        service.setOptions(options);
        service.beginRun(run.description());
        service.startTimers();
    }
    void epochs(int until, bool checkpoints)
    {
        while (run.done() < until) {
            const int epoch = run.writeEpoch();
            service.addMetrics(epoch, SyntheticRun::metrics(epoch));
            if (checkpoints)
                service.modelSaved(epoch, run.last(), true);
            QTest::qWait(25);
        }
    }
    [[nodiscard]] bool shows(ErrorCategory category) const
    {
        const auto items = service.items();
        return std::any_of(items.begin(), items.end(), [category](const UploadItem &item) {
            return item.category == category && !item.error.isEmpty();
        });
    }
    QByteArray get(const QUrl &url)
    {
        QNetworkRequest request(url);
        request.setRawHeader("x-api-key", hub.apiKey().toLatin1());
        auto *reply = network.get(request);
        QSignalSpy spy(reply, &QNetworkReply::finished);
        if (!reply->isFinished())
            spy.wait(30'000);
        reply->deleteLater();
        return reply->readAll();
    }
    QJsonValue data(const QString &path)
    {
        return QJsonDocument::fromJson(get(QUrl(hub.apiRoot().toString() + path))).object().value("data");
    }

    /// Ends in a failed test unless the HUB holds exactly the run.
    void finish()
    {
        QTRY_COMPARE_WITH_TIMEOUT(confirmed.size(), 1, 40'000);
        const auto series = data("/v1/models/" + confirmed[0] + "/metrics").toArray();
        QCOMPARE(series.size(), 1);
        const auto values = series[0].toObject()["data"].toObject();
        QCOMPARE(int(values.size()), epochCount);
        for (int epoch = 0; epoch < epochCount; ++epoch)
            QCOMPARE(values.value(QString::number(epoch)).toDouble(-1), SyntheticRun::value(epoch));
        const auto facts = data("/v1/models/" + confirmed[0]).toObject();
        QCOMPARE(facts["status"].toString(), "trained");
        QCOMPARE(get(QUrl(facts["weights"].toString())), SyntheticRun::weights(epochCount - 1));
        if (facts["has_last_weights"].toBool())
            QVERIFY(SyntheticRun::whole(get(QUrl(facts["resume"].toString()))));
        QTRY_VERIFY_WITH_TIMEOUT(service.items().isEmpty() && service.idle(), 20'000);
        QCOMPARE(service.status().state, SessionState::Done);
    }
};

} // namespace

class TestFaults : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void faults_data()
    {
        QTest::addColumn<int>("fault");
        QTest::addColumn<int>("status");
        QTest::addColumn<int>("outcome");
        const auto row = [](const char *name, FaultProxy::Fault fault, ErrorCategory outcome) {
            QTest::newRow(name) << int(fault) << 0 << int(outcome);
        };
        for (const int status : { 413 })
            QTest::addRow("%d", status) << int(FaultProxy::Status) << status << int(ErrorCategory::Permanent);
        for (const int status : { 503 })
            QTest::addRow("%d", status) << int(FaultProxy::Status) << status << int(ErrorCategory::Transient);
        row("reset while the body goes out", FaultProxy::ResetWhile, ErrorCategory::Transient);
        row("reset after the body", FaultProxy::ResetAfter, ErrorCategory::Transient);
        row("black hole", FaultProxy::BlackHole, ErrorCategory::Transient);
        row("slow drip", FaultProxy::SlowDrip, ErrorCategory::None);
        row("half answer", FaultProxy::HalfAnswer, ErrorCategory::Transient);
        row("garbage", FaultProxy::Garbage, ErrorCategory::Transient);
    }
    void faults()
    {
        QFETCH(int, fault);
        QFETCH(int, status);
        QFETCH(int, outcome);
        Scene s;
        s.epochs(3, true);
        QTRY_VERIFY(s.service.status().epochsSynced >= 1);
        s.proxy.status = status;
        s.proxy.fault = FaultProxy::Fault(fault);
        s.epochs(epochCount, true);
        s.service.endRun(s.run.best(), 0.5);
        if (outcome != int(ErrorCategory::None)) {
            QTRY_VERIFY_WITH_TIMEOUT(s.shows(ErrorCategory(outcome)), 20'000);
            QVERIFY(s.service.status().state != SessionState::Done);
            QVERIFY(s.confirmed.isEmpty());
            s.proxy.fault = FaultProxy::None;
        }
        if (outcome == int(ErrorCategory::Permanent)) {
            QTRY_VERIFY_WITH_TIMEOUT(s.service.idle(), 20'000); // nothing goes on by itself
            s.service.retryAll();
        }
        s.finish();
    }

    void refusedKey()
    {
        Scene s;
        s.epochs(3, false);
        QTRY_VERIFY(s.service.status().epochsSynced >= 1);
        s.proxy.fault = FaultProxy::Status;
        s.proxy.status = 401;
        s.epochs(epochCount, true);
        s.service.endRun(s.run.best(), 0.5);
        QTRY_COMPARE(s.service.status().state, SessionState::BadKey);
        QTRY_VERIFY(s.service.idle());
        const auto asked = s.proxy.seen.size();
        QTest::qWait(750); // half a minute of the clock
        QCOMPARE(s.proxy.seen.size(), asked); // asked once, not again and again
        s.proxy.fault = FaultProxy::None;
        s.options.apiKey = "second-key";
        s.service.setOptions(s.options);
        s.finish();
        QCOMPARE(s.proxy.seen.last().key, QByteArray("second-key"));
    }

    void tooManyRequests_data()
    {
        QTest::addColumn<int>("form");
        QTest::addColumn<int>("jumpHours");
        QTest::newRow("X-RateLimit-Reset") << 3 << 0;
        QTest::newRow("seconds, the clock jumps a day ahead") << 1 << 24;
        QTest::newRow("date, the clock jumps a day back") << 2 << -24;
    }
    void tooManyRequests()
    {
        QFETCH(int, form);
        QFETCH(int, jumpHours);
        Scene s;
        s.epochs(3, false);
        QTRY_VERIFY(s.service.status().epochsSynced >= 1);
        // A server's clock that is not ours: dates count from its own Date.
        const auto server = s.clock->wallNow().addDays(jumpHours ? 3 : 0);
        s.proxy.headers = "Date: " + httpDate(server) + "\r\n";
        if (form == 1)
            s.proxy.headers += "Retry-After: 40\r\n";
        if (form == 2)
            s.proxy.headers += "Retry-After: " + httpDate(server.addSecs(41)) + "\r\n";
        if (form == 3)
            s.proxy.headers += "X-RateLimit-Limit: 60\r\nX-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: "
                + QByteArray::number(server.toSecsSinceEpoch() + 41) + "\r\n";
        s.proxy.status = 429;
        s.proxy.times = 1;
        s.proxy.fault = FaultProxy::Status;
        s.epochs(4, false);
        QTRY_COMPARE(s.service.status().state, SessionState::RateLimited);
        const auto hit = s.proxy.seen.size() - 1;
        QVERIFY(s.proxy.seen[hit].faulty);
        s.clock->jumpWall(std::chrono::hours(jumpHours));
        s.epochs(epochCount, true);
        s.service.endRun(s.run.best(), 0.5); // the end of the run is no reason to knock either
        s.service.retryAll();
        s.finish();
        const auto waited = s.proxy.seen[hit + 1].when - s.proxy.seen[hit].when;
        QVERIFY2(waited >= 40s, QByteArray::number(std::chrono::duration<double>(waited).count()));
    }

    void movedToAnotherHost()
    {
        QTcpServer other;
        QVERIFY(other.listen(QHostAddress::LocalHost));
        Scene s;
        s.epochs(3, false);
        QTRY_VERIFY(s.service.status().epochsSynced >= 1);
        s.proxy.headers = "Location: http://127.0.0.1:" + QByteArray::number(other.serverPort()) + "/v1\r\n";
        s.proxy.status = 301;
        s.proxy.fault = FaultProxy::Status;
        s.epochs(epochCount, true);
        s.service.endRun(s.run.best(), 0.5);
        QTRY_VERIFY(s.shows(ErrorCategory::Permanent));
        QVERIFY(!other.hasPendingConnections() && !other.waitForNewConnection(200));
        s.proxy.fault = FaultProxy::None;
        QTRY_VERIFY(s.service.idle());
        s.service.retryAll();
        s.finish();
    }

    void namesCannotBeResolved()
    {
        Scene s;
        s.epochs(3, false);
        QTRY_VERIFY(s.service.status().epochsSynced >= 1);
        s.network.dark = true;
        s.epochs(epochCount, true);
        s.service.endRun(s.run.best(), 0.5);
        QTRY_VERIFY_WITH_TIMEOUT(s.shows(ErrorCategory::Transient), 20'000);
        QVERIFY(s.network.asked > 0);
        s.network.dark = false;
        s.finish();
    }

    void diskFull()
    {
        Scene s;
        s.epochs(3, false);
        QTRY_VERIFY(s.service.status().epochsSynced >= 1);
        QTRY_VERIFY(s.service.stored());
        s.proxy.status = 503;
        s.proxy.fault = FaultProxy::Status;
        for (int epoch = 3; epoch < epochCount; ++epoch)
            s.run.writeEpoch();
        bool told = false;
        {
            const FullDisk full;
            for (int epoch = 3; epoch < epochCount; ++epoch)
                s.service.addMetrics(epoch, SyntheticRun::metrics(epoch));
            s.service.endRun(s.run.best(), 0.5);
            for (int i = 0; i < 400 && !told; ++i) {
                QTest::qWait(25);
                told = !s.service.journalProblem().isEmpty();
            }
        }
        QVERIFY(told);
        s.proxy.fault = FaultProxy::None;
        s.service.retryAll();
        s.finish();
        QTRY_VERIFY_WITH_TIMEOUT(s.service.journalProblem().isEmpty(), 20'000);
    }

    void fileDeleted()
    {
        Scene s;
        s.epochs(3, false);
        QTRY_VERIFY(s.service.status().epochsSynced >= 1);
        s.proxy.status = 503;
        s.proxy.fault = FaultProxy::Status;
        s.epochs(epochCount, false);
        s.service.endRun(s.run.best(), 0.5);
        QTRY_VERIFY(s.service.stored());
        QVERIFY(QFile::rename(s.run.best(), s.run.best() + ".elsewhere"));
        QVERIFY(QDir(s.dir.filePath("queue.sqlite.files")).removeRecursively());
        s.proxy.fault = FaultProxy::None;
        QTRY_VERIFY_WITH_TIMEOUT(s.shows(ErrorCategory::Local), 20'000);
        QVERIFY(QFile::rename(s.run.best() + ".elsewhere", s.run.best()));
        s.service.retryAll();
        s.finish();
    }
};

QTEST_GUILESS_MAIN(TestFaults)
#include "tst_hub_faults.moc"

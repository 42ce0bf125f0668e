// SPDX-License-Identifier: GPL-3.0-or-later
// The client against a real HUB that limits it: it waits as told, and nothing is lost. Both run on one clock that is
// faster than the real one.
#include "hub/server/local_hub.h"
#include "hub/server/request_limit.h"
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

#include <atomic>

using namespace torchdeck::hub;
using namespace std::chrono_literals;

namespace {

/// Remembers what the HUB said of its limit, and when.
class RecordingNetwork final : public QNetworkAccessManager {
public:
    struct Answer {
        TimePoint when;
        int status = 0;
        int limit = 0, remaining = 0;
        std::chrono::milliseconds wait { 0 }; ///< asked for: by a 429, or by the last request of a window
    };
    explicit RecordingNetwork(std::shared_ptr<ScaledClock> theClock)
        : clock(std::move(theClock))
    {
    }
    const std::shared_ptr<ScaledClock> clock;
    QList<Answer> answers;
    struct Request {
        TimePoint when; ///< it was made: one under way cannot be called back
        QString what;
    };
    QList<Request> requests;

    [[nodiscard]] int refused() const
    {
        return int(std::count_if(answers.begin(), answers.end(), [](const Answer &a) { return a.status == 429; }));
    }

protected:
    QNetworkReply *createRequest(Operation op, const QNetworkRequest &request, QIODevice *body) override
    {
        requests.append({ clock->now(), request.url().path() });
        auto *reply = QNetworkAccessManager::createRequest(op, request, body);
        connect(reply, &QNetworkReply::finished, this, [this, reply] {
            Answer a;
            a.when = clock->now();
            a.status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
            a.limit = reply->rawHeader("X-RateLimit-Limit").toInt();
            a.remaining = reply->rawHeader("X-RateLimit-Remaining").toInt();
            const auto date = QLocale::c().toDateTime(QString::fromLatin1(reply->rawHeader("Date")),
                                                      "ddd, dd MMM yyyy HH:mm:ss 'GMT'");
            if (a.status == 429)
                a.wait = std::chrono::seconds(reply->rawHeader("Retry-After").toInt());
            else if (a.limit > 0 && a.remaining == 0)
                a.wait = std::chrono::seconds(reply->rawHeader("X-RateLimit-Reset").toLongLong()
                                              - QDateTime(date.date(), date.time(), Qt::UTC).toSecsSinceEpoch());
            answers.append(a);
        });
        return reply;
    }
};

struct Scene {
    explicit Scene(int perMinute, int epochs, int speed = 40, qint64 quotaBytes = 0)
        : clock(std::make_shared<ScaledClock>(speed))
        , run(dir.filePath("train"), epochs)
    {
        hubOptions.dir = dir.filePath("hub");
        hubOptions.requestsPerMinute = perMinute;
        hubOptions.nowMs = [this] {
            const qint64 fixed = hubTime;
            return fixed > 0 ? fixed : clock->wallNow().toMSecsSinceEpoch();
        };
        restart(quotaBytes);
        proxy = std::make_unique<FaultProxy>(hub->apiRoot(), hub->apiKey().toLatin1(), clock);
        service = std::make_unique<HubService>(
            HubService::Config { dir.filePath("queue.sqlite"), clock, &network, "torchdeck/test", {} });
        options.apiRoot = options.webRoot = proxy->url();
        options.apiKey = "a-key"; // the proxy puts the HUB's in its place
        QObject::connect(service.get(), &HubService::runConfirmed, service.get(),
                         [this](quint64, const QString &model) { confirmed << model; });
    }
    void restart(qint64 quotaBytes)
    {
        hub.reset();
        hubOptions.quotaBytes = quotaBytes;
        hub = std::make_unique<server::LocalHub>(hubOptions);
        if (!hub->start())
            qFatal("%s", qPrintable(hub->error()));
        hubOptions.port = quint16(hub->apiRoot().port());
    }
    void begin()
    {
        service->setOptions(options);
        service->beginRun(run.description());
        service->startTimers();
    }
    void epochs(int until, std::chrono::milliseconds each)
    {
        while (run.done() < until) {
            const auto next = clock->now() + each;
            const int epoch = run.writeEpoch();
            service->addMetrics(epoch, SyntheticRun::metrics(epoch));
            service->modelSaved(epoch, run.last(), true);
            while (clock->now() < next)
                QTest::qWait(1);
        }
    }
    /// 16 MiB, more than the sockets between hold; its path, empty when it cannot be written.
    [[nodiscard]] QString largeFile() const
    {
        QFile file(dir.filePath("large.pt"));
        if (!file.open(QIODevice::WriteOnly))
            return {};
        for (int i = 0; i < 16; ++i)
            file.write(QByteArray(1 << 20, char('a' + i % 26)));
        return file.fileName();
    }
    QByteArray get(const QString &path, int *status = nullptr)
    {
        QNetworkRequest request(QUrl(hub->apiRoot().toString() + path));
        request.setRawHeader("x-api-key", hub->apiKey().toLatin1());
        auto *reply = other.get(request);
        QSignalSpy spy(reply, &QNetworkReply::finished);
        if (!reply->isFinished())
            spy.wait(30'000);
        if (status)
            *status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
        reply->deleteLater();
        return reply->readAll();
    }
    /// Another program with the same key uses up what is left of the minute, which lasts until letGo().
    void useUp()
    {
        hubTime = clock->wallNow().toMSecsSinceEpoch();
        for (int status = 0; status != 429;)
            (void)get("/v1/models?limit=1", &status);
    }
    void letGo() { hubTime = 0; }
    /// As get(), but answered: waits for the next minute when it must.
    QJsonValue data(const QString &path)
    {
        for (;;) {
            int status = 0;
            const auto body = get(path, &status);
            if (status != 429)
                return QJsonDocument::fromJson(body).object().value("data");
            QTest::qWait(100);
        }
    }
    /// Every wait that the HUB asked for was kept.
    void checkWaits() const
    {
        for (const auto &answer : network.answers) {
            for (const auto &sent : network.requests) {
                const auto after = std::chrono::duration_cast<std::chrono::milliseconds>(sent.when - answer.when);
                QVERIFY2(after < 0ms || after >= answer.wait,
                         qPrintable(QStringLiteral("%1 after %2 of %3 ms")
                                        .arg(sent.what)
                                        .arg(after.count())
                                        .arg(answer.wait.count())));
            }
        }
    }
    void checkComplete(int epochs)
    {
        QTRY_COMPARE_WITH_TIMEOUT(confirmed.size(), 1, 60'000);
        QTRY_VERIFY_WITH_TIMEOUT(service->idle() && service->items().isEmpty(), 20'000);
        const auto series = data("/v1/models/" + confirmed[0] + "/metrics").toArray();
        QCOMPARE(series.size(), 1);
        const auto values = series[0].toObject()["data"].toObject();
        QCOMPARE(int(values.size()), epochs);
        for (int epoch = 0; epoch < epochs; ++epoch)
            QCOMPARE(values.value(QString::number(epoch)).toDouble(-1), SyntheticRun::value(epoch));
        QCOMPARE(data("/v1/models/" + confirmed[0]).toObject()["status"].toString(), "trained");
    }

    QTemporaryDir dir;
    std::atomic<qint64> hubTime { 0 }; ///< 0: goes on with the clock
    std::shared_ptr<ScaledClock> clock;
    RecordingNetwork network { clock };
    QNetworkAccessManager other;
    server::LocalHubOptions hubOptions;
    std::unique_ptr<server::LocalHub> hub;
    std::unique_ptr<FaultProxy> proxy;
    SyntheticRun run;
    std::unique_ptr<HubService> service;
    HubOptions options;
    QStringList confirmed;
};

} // namespace

class TestLimits : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// More to send than the HUB takes: the client stops at the last allowed request of each minute.
    void clientStaysWithinTheLimit()
    {
        Scene s(6, 60);
        s.options.checkpointInterval = 10s;
        s.begin();
        s.epochs(60, 2s);
        s.service->endRun(s.run.best(), 0.5);
        s.checkComplete(60);
        s.checkWaits();
        const auto held = std::count_if(s.network.answers.begin(), s.network.answers.end(),
                                        [](const auto &a) { return a.wait > 0ms; });
        QVERIFY2(held >= 2, QByteArray::number(qlonglong(held)));
    }

    /// Another program uses up the key's minute: the client hears 429, keeps still, then goes on.
    void clientWaitsOutARefusal()
    {
        Scene s(8, 12);
        s.useUp();
        s.begin();
        s.epochs(6, 1s);
        QTRY_VERIFY_WITH_TIMEOUT(s.network.refused() >= 1, 20'000);
        s.letGo();
        s.epochs(12, 1s);
        s.service->endRun(s.run.best(), 0.5);
        s.checkComplete(12);
        s.checkWaits();
    }

    /// The refusal comes before the body of a large file is read: it must not look like a broken network.
    void refusalOfALargeFileIsUnderstood()
    {
        Scene s(12, 3, 20);
        s.options.checkpointInterval = 1h;
        s.begin();
        s.epochs(3, 3s);
        QTRY_VERIFY_WITH_TIMEOUT(s.service->status().epochsSynced == 3, 30'000);
        const auto best = s.largeFile();
        QVERIFY(!best.isEmpty());
        s.service->setPaused(true);
        s.service->endRun(best, 0.5);
        QTRY_VERIFY_WITH_TIMEOUT(s.service->stored(), 20'000);
        s.useUp();
        s.proxy->seen.clear();
        s.network.answers.clear();
        s.service->setPaused(false);
        QTRY_VERIFY_WITH_TIMEOUT(s.network.refused() >= 1, 30'000);
        s.letGo();
        s.checkComplete(3);
        s.checkWaits();
        for (const auto &answer : s.network.answers)
            QVERIFY2(answer.status != 0, "an answer was lost");
        const auto uploads = std::count_if(s.proxy->seen.begin(), s.proxy->seen.end(),
                                           [](const auto &seen) { return seen.line.contains("/upload "); });
        QVERIFY2(uploads <= 2, QByteArray::number(qlonglong(uploads)));
    }

    /// Over quota: the final model waits with the server's words, and goes once there is room.
    void overQuotaIsSaidAndLosesNothing()
    {
        Scene s(0, 3, 20, 12 << 20);
        s.options.checkpointInterval = 1h;
        s.begin();
        s.epochs(3, 3s);
        QTRY_VERIFY_WITH_TIMEOUT(s.service->status().epochsSynced == 3, 30'000);
        const auto best = s.largeFile();
        QVERIFY(!best.isEmpty());
        s.proxy->seen.clear();
        s.service->endRun(best, 0.5);
        const auto waiting = [&s]() -> std::optional<UploadItem> {
            for (const auto &item : s.service->items()) {
                if (item.kind == UploadKind::FinalModel && item.state == UploadState::Failed)
                    return item;
            }
            return std::nullopt;
        };
        QTRY_VERIFY_WITH_TIMEOUT(waiting(), 60'000);
        QCOMPARE(waiting()->httpStatus, 413);
        QVERIFY2(waiting()->error.contains("12.0 MiB"), qPrintable(waiting()->error));
        const auto uploads = [&s] {
            return std::count_if(s.proxy->seen.begin(), s.proxy->seen.end(),
                                 [](const auto &seen) { return seen.line.contains("/upload "); });
        };
        QCOMPARE(uploads(), 1); // sent once, not again and again
        s.restart(0);
        s.service->retryAll();
        s.checkComplete(3);
    }

    /// A training with the usual intervals takes so little of the usual limit that twenty may share a key.
    void usualTrainingIsFarFromTheUsualLimit()
    {
        Scene s(server::kUsualRequestsPerMinute, 150, 20);
        s.begin();
        s.epochs(150, 1s);
        s.service->endRun(s.run.best(), 0.5);
        s.checkComplete(150);
        QCOMPARE(s.network.refused(), 0);
        QVERIFY(s.network.answers.size() >= 10); // on a slow machine fewer than the 50 that the intervals allow
        for (const auto &answer : s.network.answers) {
            QCOMPARE(answer.limit, server::kUsualRequestsPerMinute);
            QVERIFY2((answer.limit - answer.remaining) * 20 <= answer.limit, QByteArray::number(answer.remaining));
        }
    }
};

QTEST_GUILESS_MAIN(TestLimits)
#include "tst_hub_limits.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// The fault matrix: the real client, queue and journal against a server that misbehaves on a real socket. For every
// fault the stated outcome, and after recovery exactly the run's epochs and files on the server. tst_hub_faults does a
// choice of them to a real HUB.
#include "hub/hub_service.h"
#include "tests/hub/scripted_hub.h"
#include "tests/hub/tiny_server.h"

#include <QtCore/QDir>
#include <QtCore/QElapsedTimer>
#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

#include <csignal>
#include <sys/resource.h>

using namespace torchdeck::hub;
using namespace std::chrono_literals;
using Kind = ScriptedHub::Kind;

namespace {

constexpr int epochCount = 5;

/// Asks for a name that no resolver knows while `down`: the failure itself is the system's own.
class Network : public QNetworkAccessManager {
public:
    std::function<bool(const QString &path)> down;

protected:
    QNetworkReply *createRequest(Operation op, const QNetworkRequest &request, QIODevice *data) override
    {
        if (!down || !down(request.url().path()))
            return QNetworkAccessManager::createRequest(op, request, data);
        auto lost = request;
        auto url = lost.url();
        url.setHost(QStringLiteral("no-such-hub.invalid"));
        lost.setUrl(url);
        return QNetworkAccessManager::createRequest(op, lost, data);
    }
};

/// Everything of one row. Time is the fake clock's, sockets and disk are real.
struct Bench {
    QTemporaryDir dir;
    std::shared_ptr<FakeClock> clock = std::make_shared<FakeClock>();
    ScriptedHub server { clock };
    TinyServer other; ///< another host: must never be asked anything
    Network network;
    HubOptions options;
    std::unique_ptr<HubService> service;
    QByteArray best = QByteArray(300'000, 'b');
    QStringList log;
    QString target; ///< "create", "metrics", "file" or "read": reading the model back at the end

    Bench()
    {
        options.apiRoot = options.webRoot = server.root();
        options.apiKey = QStringLiteral("good-key");
        QDir(dir.path()).mkpath("run/weights");
        open();
    }

    void open()
    {
        service = std::make_unique<HubService>(
            HubService::Config { dir.filePath("state/queue.sqlite"), clock, &network, "torchdeck/test" });
        QObject::connect(service.get(), &HubService::logMessage, service.get(),
                         [this](const QString &text) { log << text; });
        service->setOptions(options);
    }

    [[nodiscard]] bool hits(const QByteArray &verb, const QString &path) const
    {
        if (target == "create")
            return verb == "POST" && path == "/v1/models";
        if (target == "file")
            return path.endsWith("/upload");
        if (target == "read")
            return verb == "GET";
        return verb == "POST" && path.startsWith("/v1/models/") && path.count('/') == 3;
    }
    [[nodiscard]] QString bestFile() const { return dir.filePath("run/weights/best.pt"); }

    void fail(Kind kind, const FakeAnswer &answer = {})
    {
        server.fault = [this, kind, answer](const FakeRequest &r) -> std::optional<ScriptedHub::Fault> {
            return hits(r.verb, r.path) ? std::optional(ScriptedHub::Fault { kind, answer }) : std::nullopt;
        };
    }
    void heal()
    {
        server.fault = nullptr;
        network.down = nullptr;
    }

    /// Until sockets, disk thread and event loop are at rest.
    void settle() const
    {
        QElapsedTimer guard;
        guard.start();
        for (int quiet = 0; quiet < 4 && guard.elapsed() < 10'000;) {
            const auto before = server.activity;
            const bool timers = clock->runDue();
            QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
            QCoreApplication::processEvents(QEventLoop::AllEvents, 5);
            const bool busy = timers || server.activity != before || (service && !service->stored());
            quiet = busy ? 0 : quiet + 1;
            QThread::usleep(500);
        }
    }
    bool until(const std::function<bool()> &condition, std::chrono::seconds limit)
    {
        settle();
        for (auto left = limit; left > 0s; left -= 1s) {
            if (condition())
                return true;
            clock->advance(1s, [this] { settle(); });
        }
        return condition();
    }

    void train()
    {
        RunDescription d;
        d.run = 1;
        d.runFolder = dir.filePath("run");
        d.modelName = "train";
        d.architecture = "yolov8n";
        d.datasetName = "bccd";
        d.epochs = epochCount;
        service->beginRun(d);
        service->startTimers();
        for (int epoch = 0; epoch < epochCount; ++epoch) {
            service->addMetrics(epoch, { { "x", epoch } });
            clock->advance(2s, [this] { settle(); });
        }
        QFile file(bestFile());
        if (file.open(QIODevice::WriteOnly))
            file.write(best);
        file.close();
        service->endRun(bestFile(), 0.5);
    }

    [[nodiscard]] bool shows(ErrorCategory category) const
    {
        const auto items = service->items();
        if (category == ErrorCategory::Auth)
            return service->status().state == SessionState::BadKey;
        return std::any_of(items.begin(), items.end(), [category](const UploadItem &item) {
            return item.category == category && !item.error.isEmpty();
        });
    }
};

struct Case {
    const char *name;
    std::function<void(Bench &)> arrange;
    ErrorCategory category; ///< None: nothing for the user to see, it just takes longer
    std::chrono::milliseconds silence { 0 }; ///< no request of any kind so long after the first fault
    std::function<void(Bench &)> repair = {}; ///< besides the fault's end
    enum Where { OneTarget, OneAndRead, EveryTarget, BodyOnly, FileOnly } where = OneTarget; ///< "One": taken in turn

    [[nodiscard]] bool hits(size_t number, size_t target) const
    {
        const bool body = target < 3; // the fourth is reading back
        switch (where) {
        case OneTarget:
            return target == number % 3;
        case OneAndRead:
            return !body || target == number % 3;
        case EveryTarget:
            return true;
        case BodyOnly:
            return body;
        case FileOnly:
            break;
        }
        return target == 2;
    }
};

using Headers = QList<std::pair<QByteArray, QByteArray>>;

std::function<void(Bench &)> status(int code, Headers headers = {}, QByteArray body = "{}")
{
    return [=](Bench &b) {
        b.fail(Kind::Answer, FakeAnswer { .status = code, .body = body, .headers = headers });
    };
}

std::function<void(Bench &)> wire(Kind kind)
{
    return [kind](Bench &b) { b.fail(kind); };
}

QByteArray httpDate(const QDateTime &time)
{
    return QLocale::c().toString(time.toUTC(), "ddd, dd MMM yyyy HH:mm:ss").toLatin1() + " GMT";
}

/// The server's clock goes a day wrong against ours by `skew` seconds; its own dates agree with each other.
std::function<void(Bench &)> limited(qint64 skew, bool date, qint64 jumpAfter = 0)
{
    return [=](Bench &b) {
        b.server.fault = [&b, skew, date, jumpAfter,
                          jumped = false](const FakeRequest &r) mutable -> std::optional<ScriptedHub::Fault> {
            if (!b.hits(r.verb, r.path))
                return std::nullopt;
            const auto now = b.clock->wallNow().addSecs(skew);
            FakeAnswer answer { .status = 429 };
            answer.headers = { { "Date", httpDate(now) } };
            if (date)
                answer.headers.append({ "Retry-After", httpDate(now.addSecs(40)) });
            else
                answer.headers.append(
                    { "X-RateLimit-Reset", QByteArray::number(now.addSecs(41).toSecsSinceEpoch()) });
            if (!std::exchange(jumped, true) && jumpAfter != 0)
                b.clock->at(b.clock->now() + 1s, &b.server, [&b, jumpAfter] { b.clock->jumpWall(jumpAfter); });
            return ScriptedHub::Fault { Kind::Answer, answer };
        };
    };
}

/// Nothing that the client waits for may hang on the time of day.
std::function<void(Bench &)> outage(qint64 jump)
{
    return [jump](Bench &b) {
        b.fail(Kind::Answer, FakeAnswer { .status = 503 });
        for (const auto after : { 3s, 9s, 30s }) // there, back, there again
            b.clock->at(b.clock->now() + after, &b.server, [&b, jump, after] { b.clock->jumpWall(after == 9s ? -jump : jump); });
    };
}

void retry(Bench &b) { b.service->retryAll(); }

void newKey(Bench &b)
{
    b.server.hub.key = "new-key";
    b.options.apiKey = QStringLiteral("new-key");
    b.service->setOptions(b.options);
}

void deleteFiles(Bench &b)
{
    b.target = QStringLiteral("file");
    b.fail(Kind::Answer, FakeAnswer { .status = 503 });
    QObject::connect(b.service.get(), &HubService::itemsChanged, &b.server, [&b, done = false]() mutable {
        if (done || !b.server.firstFault())
            return;
        done = true;
        QFile::remove(b.bestFile());
        QDir(b.dir.filePath("state/queue.sqlite.files")).removeRecursively();
    });
}

void putBack(Bench &b)
{
    QFile file(b.bestFile());
    if (file.open(QIODevice::WriteOnly))
        file.write(b.best);
    file.close();
    retry(b);
}

const std::vector<Case> &cases()
{
    using C = ErrorCategory;
    static const std::vector<Case> all {
        { "400", status(400), C::Permanent, 0ms, retry, Case::EveryTarget },
        { "401 then the fixed key", status(401), C::Auth, 60s, newKey, Case::EveryTarget },
        { "403", status(403), C::Auth, 60s, newKey },
        { "404", status(404), C::Permanent, 0ms, retry, Case::EveryTarget },
        { "408", status(408), C::Transient },
        { "413", status(413), C::Permanent, 0ms, retry, Case::BodyOnly },
        { "422", status(422), C::Permanent, 0ms, retry },
        { "429, Retry-After in seconds", status(429, { { "Retry-After", "40" } }), C::Limited, 40s, {}, Case::OneAndRead },
        { "429, Retry-After as a date, server a day ahead", limited(86'400, true), C::Limited, 39s },
        { "429, X-RateLimit-Reset, server a day behind", limited(-86'400, false), C::Limited, 39s },
        { "429 without a header", status(429), C::Limited, 60s },
        { "429, clock jumps a day ahead", limited(0, true, 86'400), C::Limited, 39s },
        { "429, clock jumps a day back", limited(0, true, -86'400), C::Limited, 39s },
        { "500", status(500), C::Transient },
        { "502", status(502, {}, "<html>bad gateway</html>"), C::Transient },
        { "503", status(503), C::Transient, 0ms, {}, Case::OneAndRead },
        { "503, clock jumps a day ahead", outage(86'400), C::Transient },
        { "503, clock jumps a day back", outage(-86'400), C::Transient },
        { "503 with Retry-After", status(503, { { "Retry-After", "40" } }), C::Transient, 40s },
        { "504", status(504), C::Transient },
        { "reset before the body", wire(Kind::ResetBefore), C::Transient },
        { "reset in the body", wire(Kind::ResetInBody), C::Transient, 0ms, {}, Case::BodyOnly },
        { "reset after the body", wire(Kind::ResetAfter), C::Transient, 0ms, {}, Case::EveryTarget },
        { "black hole", wire(Kind::BlackHole), C::Transient, 0ms, {}, Case::OneAndRead },
        { "slow drip", wire(Kind::Drip), C::None, 0ms, {}, Case::OneAndRead },
        { "half an answer", wire(Kind::Half), C::Transient, 0ms, {}, Case::EveryTarget },
        { "garbage JSON", status(200, {}, "{\"data\": {\"id\": "), C::Transient, 0ms, {}, Case::OneAndRead },
        { "a portal's page", status(200, {}, "<html>Welcome, please log in</html>"), C::Transient, 0ms, {}, Case::OneAndRead },
        { "301 to another host",
          [](Bench &b) { status(301, { { "Location", b.other.url("/v1/models").toEncoded() } })(b); },
          C::Permanent, 0ms, retry, Case::OneAndRead },
        { "307 to another host",
          [](Bench &b) { status(307, { { "Location", b.other.url("/v1/models").toEncoded() } })(b); },
          C::Transient },
        { "DNS failure",
          [](Bench &b) {
              b.network.down = [&b](const QString &path) { return b.hits("POST", path); };
          },
          C::Transient },
        { "file deleted", deleteFiles, C::Local, 0ms, putBack, Case::FileOnly },
    };
    return all;
}

} // namespace

class TestFaults : public QObject {
    Q_OBJECT

    static void verifyServer(Bench &b)
    {
        QCOMPARE(b.server.table.unknown, QStringList());
        QVERIFY(!b.server.hub.models.isEmpty());
        int holding = 0;
        for (auto it = b.server.hub.models.cbegin(); it != b.server.hub.models.cend(); ++it) {
            if (it->metrics.isEmpty() && !it->trained)
                continue; // a creation whose answer was lost, on a server that forgets the Idempotency-Key
            ++holding;
            QCOMPARE(it->metrics.keys(), QList<int>({ 0, 1, 2, 3, 4 }));
            for (int epoch = 0; epoch < epochCount; ++epoch)
                QCOMPARE(it->metrics[epoch], "{\"x\":" + QByteArray::number(epoch) + '}');
            QVERIFY(it->trained);
            QVERIFY(it->best == b.best);
        }
        QCOMPARE(holding, 1);
    }

private Q_SLOTS:
    void matrix_data()
    {
        QTest::addColumn<int>("number");
        QTest::addColumn<QString>("target");
        const char *const targets[] = { "create", "metrics", "file", "read" };
        for (size_t i = 0; i < cases().size(); ++i) {
            for (size_t t = 0; t < std::size(targets); ++t) {
                if (cases()[i].hits(i, t))
                    QTest::addRow("%s: %s", cases()[i].name, targets[t]) << int(i) << QString::fromLatin1(targets[t]);
            }
        }
    }

    void matrix()
    {
        QFETCH(int, number);
        QFETCH(QString, target);
        const auto &row = cases()[size_t(number)];
        Bench b;
        b.target = target;
        row.arrange(b);
        b.train();
        const auto confirmed = [&b] { return b.service->status().state == SessionState::Done; };
        if (row.category != ErrorCategory::None) {
            QVERIFY2(b.until([&] { return b.shows(row.category); }, 120s), qPrintable(b.log.join('\n')));
            QVERIFY(!confirmed());
            b.clock->advance(70s, [&b] { b.settle(); });
            QVERIFY2(b.shows(row.category), "the fault goes on, and so does what is said of it");
            if (row.silence > 0ms) {
                const auto first = b.server.firstFault()->at;
                for (const auto &one : std::as_const(b.server.seen))
                    QVERIFY2(one.at < first + 10ms || one.at >= first + row.silence,
                             qPrintable(one.path + " inside the server's wait"));
            }
        }
        b.heal();
        if (row.repair)
            row.repair(b);
        QVERIFY2(b.until(confirmed, 900s), qPrintable(b.log.join('\n')));
        verifyServer(b);
        QVERIFY(b.service->items().isEmpty());
        QCOMPARE(b.other.connections, 0);
        QVERIFY(!b.log.join('\n').contains("good-key"));
    }

    void badKeyIsToldWithinTwoSecondsOfTheAnswer()
    {
        Bench b;
        b.target = QStringLiteral("create");
        status(401)(b);
        std::optional<TimePoint> told;
        connect(b.service.get(), &HubService::statusChanged, &b.server, [&](const SessionStatus &s) {
            if (s.state == SessionState::BadKey && !told)
                told = b.clock->now();
        });
        b.train();
        QVERIFY(b.until([&] { return told.has_value(); }, 5s));
        QVERIFY(*told - b.server.firstFault()->at < 2s);
    }

    /// The journal and the snapshots cannot grow: said, nothing lost while the process lives, and written once
    /// there is room. RLIMIT_FSIZE stands in for the full disk: no root needed, the same paths.
    void fullDisk()
    {
        Bench b;
        b.target = QStringLiteral("metrics");
        status(503)(b);
        b.settle();
        std::signal(SIGXFSZ, SIG_IGN);
        rlimit before {};
        QCOMPARE(getrlimit(RLIMIT_FSIZE, &before), 0);
        rlimit tight = before;
        tight.rlim_cur = 4096;
        QCOMPARE(setrlimit(RLIMIT_FSIZE, &tight), 0);
        {
            RunDescription d;
            d.run = 1;
            d.runFolder = b.dir.filePath("run");
            d.modelName = "train";
            b.service->beginRun(d);
            b.service->startTimers();
        }
        for (int epoch = 0; epoch < epochCount; ++epoch)
            b.service->addMetrics(epoch, { { "x", epoch } });
        QElapsedTimer guard;
        guard.start();
        while (b.service->journalProblem().isEmpty() && guard.elapsed() < 10'000)
            QCoreApplication::processEvents(QEventLoop::AllEvents, 20);
        const auto problem = b.service->journalProblem();
        QCOMPARE(setrlimit(RLIMIT_FSIZE, &before), 0);
        QVERIFY2(!problem.isEmpty(), "a disk that takes nothing more has to be told");
        QFile file(b.bestFile());
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(b.best);
        file.close();
        b.service->endRun(b.bestFile(), 0.5);
        b.heal();
        QVERIFY2(b.until([&] { return b.service->status().state == SessionState::Done; }, 900s),
                 qPrintable(b.log.join('\n')));
        verifyServer(b);
        QVERIFY(b.service->journalProblem().isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestFaults)
#include "tst_hub_fault_matrix.moc"

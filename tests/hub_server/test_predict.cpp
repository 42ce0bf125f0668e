// SPDX-License-Identifier: GPL-3.0-or-later
// POST /v1/predict/ID with a stand-in for the engine: what reaches it, what clients read, and the one-at-a-time queue.
#include "hub/server/api_error.h"
#include "tests/hub_server/running_hub.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QJsonArray>

#include <atomic>
#include <future>
#include <mutex>
#include <semaphore>

using namespace torchdeck::hub::server;
using namespace torchdeck::test;

namespace {

/// Finds what it is told to, remembers what it was asked, and takes its time when told so.
class StandIn final : public ModelService {
public:
    FoundObjects predict(const PredictRequest &request) override
    {
        most = std::max(most.load(), ++running);
        ++calls;
        if (slow) {
            begun.release();
            while (!go.try_acquire_for(std::chrono::milliseconds(5))) {
                if (heeds && request.stop.stop_requested()) {
                    --running;
                    throw ApiError(503, QStringLiteral("Stopped."));
                }
            }
        }
        --running;
        QFile weights(request.checkpoint.path), image(request.image);
        Seen now { request, {}, {} };
        if (weights.open(QIODevice::ReadOnly) && image.open(QIODevice::ReadOnly)) {
            now.weights = weights.readAll();
            now.image = image.readAll();
        }
        {
            const std::lock_guard lock(m_mutex);
            m_seen = now;
        }
        if (now.image == "crash")
            throw std::runtime_error("out of something in /secret/place");
        if (now.image == "no image")
            throw ApiError(400, QStringLiteral("The image cannot be decoded."));
        FoundObjects found;
        found.width = 200;
        found.height = 100;
        found.inference = 12.5;
        found.objects = { { 3, QStringLiteral("star"), 0.75, 20, 30, 60, 80 } };
        return found;
    }

    QStringList exportFormats() const override { return { QStringLiteral("torchscript") }; }
    void exportModel(const ServedCheckpoint &checkpoint, const QString &format, const QString &to) override
    {
        QFile weights(checkpoint.path), file(to);
        if (weights.open(QIODevice::ReadOnly) && file.open(QIODevice::WriteOnly | QIODevice::Truncate))
            file.write(format.toLatin1() + " of " + weights.readAll());
    }

    struct Seen {
        PredictRequest request;
        QByteArray weights, image;
    };
    Seen seen() const ///< the last call
    {
        const std::lock_guard lock(m_mutex);
        return m_seen;
    }
    std::atomic<bool> slow { false }, heeds { false };
    std::atomic<int> running { 0 }, most { 0 }, calls { 0 };
    std::counting_semaphore<100> begun { 0 }, go { 0 };

private:
    mutable std::mutex m_mutex;
    Seen m_seen;
};

} // namespace

class TestPredict : public QObject {
    Q_OBJECT

private:
    std::shared_ptr<StandIn> m_service = std::make_shared<StandIn>();
    [[nodiscard]] LocalHubOptions predicting() const
    {
        LocalHubOptions options;
        options.models = m_service;
        return options;
    }
    RunningHub m_hub { predicting() };

    QByteArray modelWith(const QByteArray &last, const QByteArray &best = {}) const
    {
        const QByteArray id = m_hub.createModel();
        HttpClient client = m_hub.client();
        const QByteArray path = "/v1/models/" + id + "/upload";
        if (!last.isEmpty())
            client.post(path, multipart({ { "epoch", "0" }, { "type", "epoch" } }, "last.pt", last), { kMultipart });
        if (!best.isEmpty())
            client.post(path, multipart({ { "type", "final" }, { "map", "0.5" } }, "best.pt", best), { kMultipart });
        return id;
    }
    Reply predict(const QByteArray &id, const Headers &fields = {}, const QByteArray &image = "picture") const
    {
        return m_hub.client().post("/v1/predict/" + id, multipart(fields, "image", image), { kMultipart });
    }

    static QByteArray exportOf(const QByteArray &id, const char *format)
    {
        return QJsonDocument(QJsonObject { { "modelId", QString::fromLatin1(id) }, { "format", QLatin1String(format) } })
            .toJson();
    }
    Reply askExport(const QByteArray &id, const char *format) const
    {
        return m_hub.client().post("/v1/models/" + id + "/export", exportOf(id, format));
    }

private Q_SLOTS:
    void answersBothFormsThatClientsRead()
    {
        const Reply reply = predict(modelWith("weights"));
        QCOMPARE(reply.status, 200);
        QVERIFY(reply.json()["success"].toBool());
        QCOMPARE(reply.json()["message"].toString(), QString("Inference complete."));
        const QJsonObject one = reply.json()["data"].toArray().at(0).toObject();
        QCOMPARE(one["class"].toInt(), 3);
        QCOMPARE(one["name"].toString(), QString("star"));
        QCOMPARE(one["confidence"].toDouble(), 0.75);
        QCOMPARE(one["xcenter"].toDouble(), 0.2);
        QCOMPARE(one["ycenter"].toDouble(), 0.55);
        QCOMPARE(one["width"].toDouble(), 0.2);
        QCOMPARE(one["height"].toDouble(), 0.5);
        QCOMPARE(one["box"].toObject(), QJsonObject({ { "x1", 0.1 }, { "y1", 0.3 }, { "x2", 0.3 }, { "y2", 0.8 } }));
        const QJsonObject image = reply.json()["images"].toArray().at(0).toObject();
        QCOMPARE(image["shape"].toArray(), QJsonArray({ 100, 200 }));
        QCOMPARE(image["speed"].toObject()["inference"].toDouble(), 12.5);
        QCOMPARE(image["results"].toArray().at(0).toObject()["box"].toObject(),
                 QJsonObject({ { "x1", 20 }, { "y1", 30 }, { "x2", 60 }, { "y2", 80 } }));
    }

    void takesTheBestWeightsThereAre()
    {
        QCOMPARE(predict(modelWith("only the last")).status, 200);
        QCOMPARE(m_service->seen().weights, QByteArray("only the last"));
        QCOMPARE(m_service->seen().image, QByteArray("picture"));
        QCOMPARE(m_service->seen().request.checkpoint.name, QString("last.pt"));
        QCOMPARE(predict(modelWith("last", "final")).status, 200);
        QCOMPARE(m_service->seen().weights, QByteArray("final"));
        QCOMPARE(m_service->seen().request.checkpoint.sha256,
                 QString::fromLatin1(QCryptographicHash::hash("final", QCryptographicHash::Sha256).toHex()));
    }

    void takesBothNamesOfTheArguments()
    {
        const QByteArray id = modelWith("w");
        predict(id);
        QCOMPARE(m_service->seen().request.imgsz, 0);
        QCOMPARE(m_service->seen().request.confidence, 0.25);
        QCOMPARE(m_service->seen().request.iou, 0.45);
        predict(id, { { "size", "320" }, { "confidence", "0.5" }, { "iou", "0.6" } });
        QCOMPARE(m_service->seen().request.imgsz, 320);
        QCOMPARE(m_service->seen().request.confidence, 0.5);
        QCOMPARE(m_service->seen().request.iou, 0.6);
        predict(id, { { "imgsz", "640" }, { "conf", "0.1" } });
        QCOMPARE(m_service->seen().request.imgsz, 640);
        QCOMPARE(m_service->seen().request.confidence, 0.1);
    }

    void badRequestsNeverReachTheModel_data()
    {
        QTest::addColumn<QByteArray>("field");
        QTest::addColumn<QByteArray>("value");
        QTest::newRow("word") << QByteArray("conf") << QByteArray("high");
        QTest::newRow("above") << QByteArray("confidence") << QByteArray("1.5");
        QTest::newRow("nan") << QByteArray("iou") << QByteArray("nan");
        QTest::newRow("tiny") << QByteArray("imgsz") << QByteArray("8");
        QTest::newRow("huge") << QByteArray("size") << QByteArray("100000");
    }
    void badRequestsNeverReachTheModel()
    {
        QFETCH(QByteArray, field);
        QFETCH(QByteArray, value);
        const int before = m_service->calls;
        const Reply reply = predict(modelWith("w"), { { field, value } });
        QCOMPARE(reply.status, 400);
        QVERIFY2(reply.message().startsWith(QString::fromLatin1(field)), qPrintable(reply.message()));
        QCOMPARE(m_service->calls.load(), before);
    }

    void refusals()
    {
        const QByteArray id = modelWith("w");
        HttpClient client = m_hub.client();
        QCOMPARE(predict(m_hub.createModel()).status, 409);
        QCOMPARE(predict("nosuchmodel").status, 404);
        QCOMPARE(client.post("/v1/predict/" + id, "{}").status, 415);
        QCOMPARE(client.post("/v1/predict/" + id, multipart({}, "image", ""), { kMultipart }).status, 400);
        QCOMPARE(HttpClient(m_hub.port(), "wrong").post("/v1/predict/" + id, "{}").status, 401);
        QCOMPARE(predict(id, {}, "no image").status, 400);
        QCOMPARE(predict(id, {}, "no image").message(), QString("The image cannot be decoded."));
        const Reply crash = predict(id, {}, "crash");
        QCOMPARE(crash.status, 500);
        QVERIFY(!crash.body.contains("secret"));
        QCOMPARE(predict(id).status, 200);
        const int before = m_service->calls;
        const Reply large = predict(id, {}, QByteArray(33 << 20, 'i'));
        QCOMPARE(large.status, 413);
        QVERIFY2(large.message().contains("32 MiB"), qPrintable(large.message()));
        QCOMPARE(m_service->calls.load(), before);
        QVERIFY(QDir(m_hub.path("tmp")).isEmpty());
    }

    void theCheckpointIsAnExport()
    {
        const QByteArray id = modelWith("last", "final");
        HttpClient client = m_hub.client(), anybody(m_hub.port(), {});
        for (const Reply &reply : { askExport(id, "pytorch"), client.post("/get-export", exportOf(id, "pytorch")) }) {
            QCOMPARE(reply.status, 200);
            QCOMPARE(reply.message(), QString("Export ready!"));
            QCOMPARE(reply.data()["size"].toInt(), 5);
            const QByteArray url = reply.data()["url"].toString().toLatin1();
            QCOMPARE(anybody.get(url.mid(url.indexOf("/v1/"))).body, QByteArray("final"));
        }
        QCOMPARE(askExport(m_hub.createModel(), "pytorch").status, 409);
        QCOMPARE(askExport(id, "").status, 400);
        QCOMPARE(client.post("/get-export", exportOf("../..", "pytorch")).status, 404);
        const Reply unknown = askExport(id, "onnx");
        QCOMPARE(unknown.status, 501);
        QVERIFY2(unknown.message().contains("only as pytorch, torchscript"), qPrintable(unknown.message()));
    }

    void theServicesFormatsAreWrittenWhenFetched()
    {
        const QByteArray id = modelWith("weights");
        const Reply ready = askExport(id, "torchscript");
        const QByteArray url = ready.data()["url"].toString().toLatin1(), path = url.mid(url.indexOf("/v1/"));
        HttpClient anybody(m_hub.port(), {});
        const Reply file = anybody.get(path);
        QCOMPARE(file.status, 200);
        QCOMPARE(file.body, QByteArray("torchscript of weights"));
        QVERIFY(file.headers.value("content-disposition").contains("last.torchscript"));
        QCOMPARE(anybody.get(path, { { "Range", "bytes=0-4" } }).body, QByteArray("torch"));
        QCOMPARE(anybody.get(path.left(path.indexOf('?'))).status, 401);
        QCOMPARE(anybody.get(path.chopped(1)).status, 401);
        QCOMPARE(m_hub.client().get("/v1/models/" + id + "/export/onnx").status, 404);
        QVERIFY(QDir(m_hub.path("tmp")).isEmpty());
    }

    void oneAtATimeAndNoEndlessQueue()
    {
        const QByteArray id = modelWith("w");
        m_service->slow = true;
        m_service->most = 0;
        std::vector<std::future<Reply>> asked;
        const auto ask = [&] { asked.push_back(std::async(std::launch::async, [&] { return predict(id); })); };
        ask();
        m_service->begun.acquire(); // one runs: eight may wait
        for (int i = 0; i < 12; ++i)
            ask();
        const auto answered = [&] {
            return std::count_if(asked.begin(), asked.end(), [](auto &one) {
                return one.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
            });
        };
        QTRY_COMPARE_WITH_TIMEOUT(answered(), 4, 20'000); // those that found the queue full
        QCOMPARE(m_hub.client().get("/v1/models/" + id).status, 200); // nobody else waits
        m_service->slow = false;
        m_service->go.release();
        int good = 0, full = 0;
        for (auto &one : asked) {
            const Reply reply = one.get();
            good += reply.status == 200;
            full += reply.status == 503;
            if (reply.status == 503)
                QCOMPARE(reply.headers.value("retry-after"), QByteArray("2"));
        }
        QCOMPARE(good, 9);
        QCOMPARE(full, 4);
        QCOMPARE(m_service->most.load(), 1);
    }

    void stoppingAnswersThoseWhoWait()
    {
        const QByteArray id = modelWith("w");
        m_service->slow = true;
        auto running = std::async(std::launch::async, [&] { return predict(id); });
        m_service->begun.acquire();
        auto waiting = std::async(std::launch::async, [&] { return predict(id); });
        const int before = m_service->calls;
        QTest::qWait(50); // so that it most likely stands in the queue; refused all the same when it comes later
        auto stopped = std::async(std::launch::async, [&] { m_hub.hub->stop(); });
        QVERIFY(waiting.wait_for(std::chrono::seconds(20)) == std::future_status::ready);
        m_service->slow = false;
        m_service->go.release();
        QCOMPARE(running.get().status, 200);
        QVERIFY(waiting.get().status != 200);
        QCOMPARE(m_service->calls.load(), before);
        stopped.get();
        m_hub.start();
        QCOMPARE(predict(id).status, 200);
    }

    /// Nobody releases the one that runs: closing the window must not wait for a large picture.
    void stoppingEndsTheOneThatRuns()
    {
        const QByteArray id = modelWith("w");
        m_service->slow = m_service->heeds = true;
        auto running = std::async(std::launch::async, [&] { return predict(id); });
        m_service->begun.acquire();
        m_hub.hub->stop();
        QCOMPARE(running.get().status, 503);
        m_service->slow = m_service->heeds = false;
        m_hub.start();
        QCOMPARE(predict(id).status, 200);
    }
};

QTEST_GUILESS_MAIN(TestPredict)
#include "test_predict.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// What one key may ask for: requests a minute, bytes of files.
#include "hub/server/request_limit.h"
#include "hub/server/user_keys.h"
#include "tests/hub_server/running_hub.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QFileInfo>
#include <QtCore/QJsonArray>

#include <atomic>
#include <thread>
#include <vector>

using namespace torchdeck::test;
using torchdeck::hub::server::LocalHubOptions;
using torchdeck::hub::server::RequestLimit;

class TestLimits : public QObject {
    Q_OBJECT

private:
    std::atomic<qint64> m_now { 1'700'000'000'250 };

    LocalHubOptions limited(int perMinute)
    {
        LocalHubOptions options;
        options.requestsPerMinute = perMinute;
        options.nowMs = [this] { return m_now.load(); };
        return options;
    }
    static QByteArray userKey(const RunningHub &hub, const QByteArray &label)
    {
        return hub.client()
            .post("/v1/torchdeck/keys", R"({"label": ")" + label + R"("})")
            .data()["key"]
            .toString()
            .toLatin1();
    }

    static LocalHubOptions quotaOf(qint64 mib)
    {
        LocalHubOptions options;
        options.quotaBytes = mib << 20;
        return options;
    }
    static QByteArray limitedKey(const RunningHub &hub, const QByteArray &label, int mib)
    {
        return hub.client()
            .post("/v1/torchdeck/keys",
                  R"({"label": ")" + label + R"(", "quota_mib": )" + QByteArray::number(mib) + "}")
            .data()["key"]
            .toString()
            .toLatin1();
    }
    static QByteArray create(HttpClient &client, const QByteArray &kind = "models")
    {
        return client.post("/v1/" + kind, R"({"meta": {"name": "x"}})").data()["id"].toString().toLatin1();
    }
    static Reply upload(HttpClient &client, const QByteArray &id, qint64 kib, bool best = false, char fill = 'w')
    {
        return client.post("/v1/models/" + id + "/upload",
                           multipart({ { "epoch", "1" }, { "type", "epoch" }, { "isBest", best ? "True" : "False" } },
                                     "last.pt", QByteArray(kib << 10, fill)),
                           { kMultipart });
    }
    static qint64 usedBy(const RunningHub &hub, const QString &label)
    {
        for (const auto &row : hub.client().get("/v1/torchdeck/keys").data()["results"].toArray()) {
            if (row.toObject()["label"].toString() == label)
                return row.toObject()["used_bytes"].toInteger();
        }
        return -1;
    }
    static QStringList partsLeft(const RunningHub &hub)
    {
        return QDir(hub.path("tmp")).entryList(QDir::AllEntries | QDir::NoDotAndDotDot);
    }

private Q_SLOTS:
    void keyMayStoreItsQuotaAndNoMore()
    {
        const RunningHub hub;
        HttpClient ann(hub.port(), limitedKey(hub, "ann", 2)), bob(hub.port(), limitedKey(hub, "bob", 2));
        const QByteArray first = create(ann), second = create(ann);
        QCOMPARE(upload(ann, first, 1400, true).status, 200); // last and best: one file
        QCOMPARE(usedBy(hub, "ann"), 1400 << 10);
        QCOMPARE(upload(ann, first, 1500, true, 'x').status, 200); // in the place of both
        QCOMPARE(usedBy(hub, "ann"), 1500 << 10);
        const Reply over = upload(ann, second, 700);
        QCOMPARE(over.status, 413);
        for (const char *word : { "2.0 MiB", "1.5 MiB", "delete", "administrator" })
            QVERIFY2(over.message().contains(word), qPrintable(over.message()));
        QVERIFY(partsLeft(hub).isEmpty());
        QVERIFY(!ann.get("/v1/models/" + second).data()["has_last_weights"].toBool());
        QCOMPARE(usedBy(hub, "ann"), 1500 << 10);
        QCOMPARE(upload(ann, second, 400).status, 200);
        const QByteArray set = create(ann, "datasets");
        QCOMPARE(ann.post("/v1/datasets/" + set + "/upload", multipart({}, "a.zip", QByteArray(300 << 10, 'z')),
                          { kMultipart })
                     .status,
                 413); // files of every kind
        QCOMPARE(upload(bob, create(bob), 2000).status, 200); // a quota of his own
        HttpClient admin = hub.client();
        QCOMPARE(upload(admin, create(admin), 5000).status, 200);
        QCOMPARE(upload(ann, first, 1200, false, 'y').status, 413); // best stays beside the new last
    }

    void deletingMakesRoom()
    {
        const RunningHub hub;
        HttpClient ann(hub.port(), limitedKey(hub, "ann", 2));
        const QByteArray hard = create(ann), soft = create(ann), other = create(ann), third = create(ann);
        QCOMPARE(upload(ann, hard, 900).status, 200);
        QCOMPARE(upload(ann, soft, 900).status, 200);
        QCOMPARE(upload(ann, other, 900).status, 413);
        QCOMPARE(ann.request("DELETE", "/v1/models/" + hard, R"({"hard": true})").status, 200);
        QCOMPARE(usedBy(hub, "ann"), 900 << 10);
        QCOMPARE(upload(ann, other, 900).status, 200);
        QCOMPARE(upload(ann, third, 900).status, 413);
        // A deleted one counts no more; what was kept of it goes when its room is needed.
        QCOMPARE(ann.request("DELETE", "/v1/models/" + soft).status, 200);
        QCOMPARE(usedBy(hub, "ann"), 900 << 10);
        QVERIFY(QFile::exists(hub.path("models/" + soft + "/last.pt")));
        QCOMPARE(upload(ann, third, 900).status, 200);
        QVERIFY(!QFile::exists(hub.path("models/" + soft)));
        QVERIFY(partsLeft(hub).isEmpty());
        QCOMPARE(ann.get("/v1/models/" + other + "/files/last/last.pt").body.size(), 900 << 10);
        // Hidden first, then for good.
        QCOMPARE(ann.request("DELETE", "/v1/models/" + third).status, 200);
        QCOMPARE(ann.request("DELETE", "/v1/models/" + third, R"({"hard": true})").status, 200);
        QVERIFY(!QFile::exists(hub.path("models/" + third)));
        QCOMPARE(ann.request("DELETE", "/v1/models/" + third, R"({"hard": true})").status, 404);
    }

    void quotaIsChangedWhileItRuns()
    {
        const RunningHub hub;
        HttpClient ann(hub.port(), userKey(hub, "ann"));
        const QByteArray model = create(ann);
        QCOMPARE(upload(ann, model, 3000).status, 200); // none yet
        const auto row = hub.client().get("/v1/torchdeck/keys").data()["results"].toArray()[0].toObject();
        QVERIFY(row["quota_mib"].isNull());
        const QByteArray one = "/v1/torchdeck/keys/" + QByteArray::number(row["id"].toInteger());
        QCOMPARE(hub.client().request("PATCH", one, R"({"quota_mib": 1})").status, 200);
        QCOMPARE(upload(ann, create(ann), 100).status, 413);
        QCOMPARE(upload(ann, model, 3000, false, 'x').status, 200); // over it, but not growing
        // As `torchdeck hub keys` does from another process.
        torchdeck::hub::server::FolderKeys folder(hub.path("."));
        QString error;
        QVERIFY2(folder.open(&error), qPrintable(error));
        QCOMPARE(folder.keys().list()[0].quotaBytes, 1 << 20);
        QCOMPARE(folder.keys().list()[0].usedBytes, 3000 << 10);
        folder.keys().setQuota(row["id"].toInteger(), 0);
        QCOMPARE(upload(ann, create(ann), 100).status, 200);
        QCOMPARE(ann.request("PATCH", one, R"({"quota_mib": 0})").status, 403);
        for (const char *bad : { "{}", R"({"quota_mib": -1})", R"({"quota_mib": 1.5})", R"({"quota_mib": "x"})" })
            QCOMPARE(hub.client().request("PATCH", one, bad).status, 400);
        QCOMPARE(hub.client().request("PATCH", "/v1/torchdeck/keys/99999", R"({"quota_mib": 1})").status, 404);
    }

    void wholeServerHasItsOwn()
    {
        RunningHub hub(quotaOf(3));
        HttpClient admin = hub.client(), ann(hub.port(), userKey(hub, "ann"));
        const QByteArray old = create(admin);
        QCOMPARE(upload(admin, old, 2000).status, 200);
        const Reply over = upload(ann, create(ann), 1500);
        QCOMPARE(over.status, 413);
        QVERIFY2(over.message().contains("3.0 MiB in all") && over.message().contains("quota="),
                 qPrintable(over.message()));
        QCOMPARE(admin.request("DELETE", "/v1/models/" + old).status, 200);
        QCOMPARE(upload(ann, create(ann), 1500).status, 200);
        QVERIFY(!QFile::exists(hub.path("models/" + old)));
        hub.options.quotaBytes = 0;
        hub.hub->stop();
        hub.start();
        HttpClient again = hub.client();
        QCOMPARE(upload(again, create(again), 9000).status, 200);
    }

    /// Told from Content-Length: before a byte of the body. Without one: while it comes.
    void refusedBeforeOrWhileItComes()
    {
        const RunningHub hub;
        const QByteArray key = limitedKey(hub, "ann", 6);
        HttpClient ann(hub.port(), key), early(hub.port(), {}), growing(hub.port(), {});
        const QByteArray head = "POST /v1/models/" + create(ann) + "/upload HTTP/1.1\r\nHost: localhost\r\nx-api-key: "
            + key + "\r\nContent-Type: " + kMultipart.second + "\r\n";
        QCOMPARE(early.raw(head + "Content-Length: 50000000\r\n\r\n").status, 413);
        const QByteArray piece = "100000\r\n" + QByteArray(1 << 20, 'x') + "\r\n"; // a chunk of a MiB
        int sent = 0;
        const Reply reply = growing.stream(head + "Transfer-Encoding: chunked\r\n\r\n", [&] {
            if (++sent == 1) {
                const QByteArray part =
                    "--XbounX\r\nContent-Disposition: form-data; name=\"last.pt\"; filename=\"last.pt\"\r\n\r\n";
                return QByteArray::number(part.size(), 16) + "\r\n" + part + "\r\n";
            }
            return sent < 2000 && growing.socket().bytesAvailable() == 0 ? piece : QByteArray();
        });
        QCOMPARE(reply.status, 413);
        QVERIFY2(sent < 2000, "not before its end");
        QTRY_VERIFY(partsLeft(hub).isEmpty());
    }

    /// While one upload has brought 8 of 10 MiB and goes on, another of 8 is refused on its way.
    void whatIsOnItsWayCountsToo()
    {
        const RunningHub hub;
        const QByteArray key = limitedKey(hub, "ann", 10);
        HttpClient ann(hub.port(), key), one(hub.port(), {}), two(hub.port(), {});
        const auto headOf = [&](const QByteArray &id) {
            return "POST /v1/models/" + id + "/upload HTTP/1.1\r\nHost: localhost\r\nx-api-key: " + key
                + "\r\nContent-Type: " + kMultipart.second + "\r\nTransfer-Encoding: chunked\r\n\r\n";
        };
        const auto chunk = [](const QByteArray &bytes) {
            return QByteArray::number(bytes.size(), 16) + "\r\n" + bytes + "\r\n";
        };
        const QByteArray empty = multipart({ { "epoch", "1" }, { "type", "epoch" } }, "last.pt", {});
        const QByteArray begin = chunk(empty.chopped(14)), end = chunk(empty.right(14)) + "0\r\n\r\n";
        const QByteArray mib = chunk(QByteArray(1 << 20, 'x'));
        const QByteArray first = create(ann), second = create(ann);
        Reply other;
        int sent = 0;
        const Reply reply = one.stream(headOf(first), [&]() -> QByteArray {
            if (++sent == 10) {
                const auto arrived = [&hub] {
                    qint64 bytes = 0;
                    for (const QFileInfo &part : QDir(hub.path("tmp")).entryInfoList(QDir::Files))
                        bytes += part.size();
                    return bytes;
                };
                [&] { QTRY_VERIFY_WITH_TIMEOUT(arrived() >= 7 << 20, 60'000); }();
                int its = 0;
                other = two.stream(headOf(second), [&]() -> QByteArray {
                    ++its;
                    return two.socket().bytesAvailable() > 0 ? QByteArray() : its == 1 ? begin : its < 10 ? mib
                        : its == 10                                                                     ? end
                                                                                                        : QByteArray();
                });
            }
            return sent == 1 ? begin : sent < 10 ? mib : sent == 10 ? end : QByteArray();
        });
        QCOMPARE(other.status, 413);
        QCOMPARE(reply.status, 200);
        QCOMPARE(usedBy(hub, "ann"), 8 << 20);
        QTRY_VERIFY(partsLeft(hub).isEmpty());
        QCOMPARE(upload(ann, second, 1500).status, 200); // nothing of the refused one still counts
    }

    /// Several at once cannot bring more together than one may.
    void manyAtOnceStayWithinTheQuota()
    {
        const RunningHub hub;
        const QByteArray key = limitedKey(hub, "ann", 20);
        HttpClient ann(hub.port(), key);
        std::vector<QByteArray> ids;
        for (int i = 0; i < 6; ++i)
            ids.push_back(create(ann));
        std::atomic<int> kept { 0 }, refused { 0 };
        std::vector<std::thread> threads;
        for (const QByteArray &id : ids) {
            threads.emplace_back([&, id] {
                HttpClient client(hub.port(), key);
                const int status = upload(client, id, 6000).status;
                kept += status == 200 ? 1 : 0;
                refused += status == 413 ? 1 : 0;
            });
        }
        for (std::thread &thread : threads)
            thread.join();
        QCOMPARE(kept + refused, 6);
        QVERIFY2(kept >= 1 && kept <= 3, QByteArray::number(kept.load()));
        QCOMPARE(usedBy(hub, "ann"), kept * (6000LL << 10));
        QVERIFY(partsLeft(hub).isEmpty());
        if (kept < 3) // nothing of what was on its way is still counted
            QCOMPARE(upload(ann, create(ann), 6000).status, 200);
    }

    void everyAnswerTellsWhereTheKeyStands()
    {
        const RunningHub hub(limited(5));
        HttpClient client = hub.client();
        const QList<QPair<QByteArray, int>> asked { { "/v1/models", 200 },
                                                    { "/v1/models/nosuch", 404 },
                                                    { "/v1/auth", 405 },
                                                    { "/v1/nothing", 404 },
                                                    { "/v1/models?limit=x", 400 } };
        int left = 5;
        for (const auto &[path, status] : asked) {
            const Reply reply = client.get(path);
            QCOMPARE(reply.status, status);
            QCOMPARE(reply.headers.value("x-ratelimit-limit"), QByteArray("5"));
            QCOMPARE(reply.headers.value("x-ratelimit-remaining"), QByteArray::number(--left));
            QCOMPARE(reply.headers.value("x-ratelimit-reset"), QByteArray("1700000061")); // rounded up
            QCOMPARE(reply.headers.value("date"), QByteArray("Tue, 14 Nov 2023 22:13:20 GMT"));
        }
        QVERIFY(!client.get("/login").headers.contains("x-ratelimit-limit"));
    }

    void beyondTheLimitEveryRequestIsRefusedUntilTheReset()
    {
        const RunningHub hub(limited(3));
        HttpClient client = hub.client();
        for (int i = 0; i < 3; ++i)
            QCOMPARE(client.post("/v1/auth").status, 200);
        m_now += 20'000;
        const Reply refused = client.post("/v1/models", R"({"meta": {"name": "x"}})");
        QCOMPARE(refused.status, 429);
        QCOMPARE(refused.headers.value("retry-after"), QByteArray("40"));
        QCOMPARE(refused.headers.value("x-ratelimit-limit"), QByteArray("3"));
        QCOMPARE(refused.headers.value("x-ratelimit-remaining"), QByteArray("0"));
        QVERIFY2(refused.message().contains("3 requests a minute") && refused.message().contains("40 s"),
                 qPrintable(refused.message()));
        m_now += 39'999;
        QCOMPARE(client.get("/v1/models").headers.value("retry-after"), QByteArray("1"));
        m_now += 1;
        const Reply again = client.get("/v1/models");
        QCOMPARE(again.status, 200);
        QCOMPARE(again.data()["total"].toInt(), 0); // the refused one did nothing
        QCOMPARE(again.headers.value("x-ratelimit-remaining"), QByteArray("2"));
    }

    void keysAreCountedApart()
    {
        const RunningHub hub(limited(4));
        HttpClient ann(hub.port(), userKey(hub, "ann")), second(hub.port(), userKey(hub, "ann"));
        HttpClient stranger(hub.port(), "wrong"), nobody(hub.port(), {});
        for (int i = 0; i < 4; ++i)
            QCOMPARE(ann.post("/v1/auth").status, 200);
        QCOMPARE(ann.post("/v1/auth").status, 429);
        QCOMPARE(ann.get("/v1/torchdeck/keys").status, 429);
        QCOMPARE(second.post("/v1/auth").status, 200); // of the same user
        QCOMPARE(hub.client().post("/v1/auth").status, 200);
        // Without a good key the address counts, whatever is tried.
        QCOMPARE(stranger.post("/v1/auth").status, 401);
        stranger.key = "other";
        const Reply reply = stranger.post("/v1/auth");
        QCOMPARE(reply.status, 401);
        QCOMPARE(reply.headers.value("x-ratelimit-remaining"), QByteArray("2"));
        for (int i = 0; i < 2; ++i)
            QCOMPARE(nobody.post("/v1/auth").status, 401);
        QCOMPARE(nobody.post("/v1/auth").status, 429);
        QCOMPARE(second.post("/v1/auth").status, 200);
    }

    void noLimitUnlessAsked()
    {
        const RunningHub hub;
        HttpClient client = hub.client();
        for (int i = 0; i < 50; ++i)
            QVERIFY(!client.post("/v1/auth").headers.contains("x-ratelimit-limit"));
    }

    void clockSetBackLocksNobodyOut()
    {
        qint64 now = 1'000'000'000;
        RequestLimit limit(1, [&now] { return now; });
        QVERIFY(limit.take("a").allowed);
        QVERIFY(!limit.take("a").allowed);
        now -= 3'600'000;
        QVERIFY(limit.take("a").allowed);
        QVERIFY(!limit.take("a").allowed);
        now += 60'000;
        QVERIFY(limit.take("a").allowed);
    }

    void manyAddressesAreForgottenAgain()
    {
        qint64 now = 1'000'000'000;
        RequestLimit limit(1, [&now] { return now; });
        for (int i = 0; i < 9'000; ++i)
            QVERIFY(limit.take("old" + QByteArray::number(i)).allowed);
        now += 30'000;
        QVERIFY(limit.take("key").allowed);
        now += 30'000; // the old ones' time is over, the key's is not
        for (int i = 0; i < 5'000; ++i)
            QVERIFY(limit.take("new" + QByteArray::number(i)).allowed);
        QVERIFY(!limit.take("key").allowed);
    }

    /// An answer before the body is read: also a client that reads only after sending all gets it, whole, and the
    /// server is free again.
    void refusedUploadIsAnsweredAfterItsBody()
    {
        const RunningHub hub(limited(2));
        const QByteArray model = hub.createModel();
        HttpClient client = hub.client();
        QCOMPARE(client.post("/v1/auth").status, 200);
        const QByteArray piece(1 << 20, 'x');
        int left = 64;
        const Reply reply = client.stream("POST /v1/models/" + model + "/upload HTTP/1.1\r\nHost: localhost\r\nx-api-key: "
                                              + hub.key() + "\r\nContent-Type: " + kMultipart.second
                                              + "\r\nContent-Length: " + QByteArray::number(qint64(left) << 20) + "\r\n\r\n",
                                          [&] { return left-- > 0 ? piece : QByteArray(); });
        QCOMPARE(reply.status, 429);
        QVERIFY(left < 0);
        m_now += 60'000;
        QCOMPARE(hub.client().get("/v1/models/" + model).data()["has_last_weights"].toBool(), false);
    }
};

QTEST_GUILESS_MAIN(TestLimits)
#include "test_limits.moc"

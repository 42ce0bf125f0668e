// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/hub_server/running_hub.h"

#include <QtCore/QJsonArray>
#include <QtCore/QRegularExpression>

#include <atomic>

using namespace torchdeck::hub::server;
using namespace torchdeck::test;

class TestWeb : public QObject {
    Q_OBJECT

private:
    RunningHub m_hub;

    [[nodiscard]] HttpClient browser(const QByteArray &host = {}) const
    {
        HttpClient client(m_hub.port(), {});
        if (!host.isEmpty())
            client.host = host;
        return client;
    }

private Q_SLOTS:
    void pagesAreServedWithAStrictPolicy()
    {
        const QByteArray id = m_hub.createModel();
        for (const QByteArray &path :
             { QByteArray("/"), "/models/" + id, QByteArray("/compare"), QByteArray("/login") }) {
            const Reply page = browser().get(path);
            QCOMPARE(page.status, 200);
            QVERIFY(page.headers["content-type"].startsWith("text/html"));
            const QByteArray policy = page.headers["content-security-policy"];
            for (const char *part :
                 { "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'",
                   "img-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'",
                   "require-trusted-types-for 'script'" })
                QVERIFY2(policy.contains(part), part);
            QVERIFY(!policy.contains("unsafe") && !policy.contains("http") && !policy.contains('*')
                    && !policy.contains("data:"));
            QCOMPARE(page.headers["x-content-type-options"], QByteArray("nosniff"));
            QCOMPARE(page.headers["referrer-policy"], QByteArray("no-referrer"));
        }
    }

    /// Everything a page names comes from this server, and nothing is inline, or the policy would block it.
    void pagesNeedNothingFromElsewhere()
    {
        const QRegularExpression reference(
            QStringLiteral("(?:src|href|from|action)(?:=| )['\"]([^'\"]+)['\"]"));
        QSet<QByteArray> seen;
        QList<QByteArray> left { "/", "/models/" + m_hub.createModel(), "/compare", "/login" };
        while (!left.isEmpty()) {
            const QByteArray path = left.takeFirst();
            if (seen.contains(path))
                continue;
            seen.insert(path);
            const Reply reply = browser().get(path);
            QVERIFY2(reply.status == 200 || path == "/logout", path);
            const QString text = QString::fromUtf8(reply.body);
            QVERIFY2(!text.contains("<style") && !text.contains(" style=") && !text.contains(" onclick=")
                         && !text.contains("innerHTML") && !text.contains("eval("),
                     path);
            for (auto found = reference.globalMatch(text); found.hasNext();) {
                QByteArray next = found.next().captured(1).toUtf8();
                QVERIFY2(!next.startsWith("http") && !next.startsWith("//"), next);
                if (next.startsWith("./"))
                    next = "/assets" + next.mid(1);
                left << next;
            }
        }
        for (const char *name :
             { "/assets/app.css", "/assets/list.js", "/assets/model.js", "/assets/compare.js",
               "/assets/chart.js", "/assets/curve.js", "/assets/icon.svg" })
            QVERIFY2(seen.contains(name), name);
    }

    void onlyALocalBrowserNeedsNoKey_data()
    {
        QTest::addColumn<QByteArray>("host");
        QTest::addColumn<QByteArray>("extra");
        QTest::addColumn<bool>("open");
        const QByteArray port = ':' + QByteArray::number(m_hub.port());
        QTest::newRow("127.0.0.1") << "127.0.0.1" + port << QByteArray() << true;
        QTest::newRow("localhost") << "localhost" + port << QByteArray() << true;
        QTest::newRow("LOCALHOST") << QByteArray("LOCALHOST") << QByteArray() << true;
        QTest::newRow("ipv6") << "[::1]" + port << QByteArray() << true;
        QTest::newRow("rebound name") << "evil.example" + port << QByteArray() << false;
        QTest::newRow("subdomain") << "localhost.evil.example" + port << QByteArray() << false;
        QTest::newRow("user part") << QByteArray("localhost@evil.example") << QByteArray() << false;
        QTest::newRow("port trick") << QByteArray("localhost:80.evil.example") << QByteArray() << false;
        QTest::newRow("any address") << "0.0.0.0" + port << QByteArray() << false;
        QTest::newRow("empty") << QByteArray(" ") << QByteArray() << false;
        QTest::newRow("proxied") << "127.0.0.1" + port << QByteArray("X-Forwarded-For") << false;
        QTest::newRow("proxied, standard") << "127.0.0.1" + port << QByteArray("Forwarded") << false;
    }
    void onlyALocalBrowserNeedsNoKey()
    {
        QFETCH(QByteArray, host);
        QFETCH(QByteArray, extra);
        QFETCH(bool, open);
        const QByteArray id = m_hub.createModel();
        HttpClient client = browser(host);
        const Headers headers = extra.isEmpty() ? Headers() : Headers { { extra, "192.0.2.1" } };
        QCOMPARE(client.get("/web/api/models", headers).status, open ? 200 : 401);
        QCOMPARE(client.get("/web/api/models/" + id, headers).status, open ? 200 : 401);
        QCOMPARE(client.get("/web/files/" + id + "/last/last.pt", headers).status, open ? 404 : 401);
        const Reply page = client.get("/models/" + id, headers);
        QCOMPARE(page.status, open ? 200 : 303);
        if (!open)
            QCOMPARE(page.headers["location"], "/login?next=/models/" + id);
    }

    void foreignPagesCannotRead()
    {
        QCOMPARE(
            browser()
                .get("/web/api/models", { { "Sec-Fetch-Site", "cross-site" }, { "Sec-Fetch-Mode", "cors" } })
                .status,
            401);
        QCOMPARE(
            browser()
                .get("/web/api/models", { { "Sec-Fetch-Site", "same-origin" }, { "Sec-Fetch-Mode", "cors" } })
                .status,
            200);
        const Reply reply = browser().get("/web/api/models", { { "Origin", "http://evil.example" } });
        QVERIFY(!reply.headers.contains("access-control-allow-origin"));
        QCOMPARE(reply.headers["cross-origin-resource-policy"], QByteArray("same-origin"));
    }

    void pagesOpenNoDoorToTheApi()
    {
        QCOMPARE(browser().get("/v1/models").status, 401); // a local browser is no key
        QCOMPARE(browser().post("/v1/models", "{}").status, 401);
    }

    void signInFromElsewhere()
    {
        HttpClient client = browser("hub.lab.example");
        const Headers form { { "Content-Type", "application/x-www-form-urlencoded" } };
        const Reply wrong = client.post("/login", "key=wrong&next=%2Fmodels", form);
        QCOMPARE(wrong.status, 303);
        QCOMPARE(wrong.headers["location"], QByteArray("/login?wrong=1&next=/models"));
        QVERIFY(!wrong.headers.contains("set-cookie"));
        const Reply right = client.post("/login", "next=%2Fmodels&key=" + m_hub.key(), form);
        QCOMPARE(right.headers["location"], QByteArray("/models"));
        const QByteArray set = right.headers["set-cookie"];
        QVERIFY(set.contains("HttpOnly") && set.contains("SameSite=Strict") && set.contains("Path=/"));
        QVERIFY(!set.contains(m_hub.key()));
        const QByteArray cookie = set.left(set.indexOf(';'));
        QCOMPARE(client.get("/web/api/models", { { "Cookie", "a=b; " + cookie } }).status, 200);
        QCOMPARE(client.get("/web/api/models", { { "Cookie", cookie.chopped(1) } }).status, 401);
        QCOMPARE(client.get("/v1/models", { { "Cookie", cookie } }).status, 401); // pages only
        for (const char *next :
             { "//evil.example", "http://evil.example", "/\\evil.example", "/a%0d%0aX: y" })
            QCOMPARE(client.post("/login", QByteArray("next=") + next + "&key=" + m_hub.key(), form)
                         .headers["location"],
                     QByteArray("/"));
        QVERIFY(client.post("/logout").headers["set-cookie"].contains("Max-Age=0"));
    }

    void guessingKeysIsSlow()
    {
        std::atomic<qint64> now { 1'700'000'000'000 };
        LocalHubOptions options;
        options.nowMs = [&now] { return now.load(); };
        const RunningHub hub(options);
        HttpClient client(hub.port(), {});
        const Headers form { { "Content-Type", "application/x-www-form-urlencoded" } };
        const auto signIn = [&](const QByteArray &key) { return client.post("/login", "key=" + key, form); };
        for (int i = 0; i < 10; ++i) {
            QCOMPARE(signIn(hub.key()).headers["location"], QByteArray("/")); // right ones do not count
            QCOMPARE(signIn("wrong").headers["location"], QByteArray("/login?wrong=1&next=/"));
            now += 1'000;
        }
        for (const QByteArray &key : { QByteArray("wrong"), hub.key() }) { // the right one tells nothing either
            const Reply refused = signIn(key);
            QCOMPARE(refused.status, 429);
            QCOMPARE(refused.headers["retry-after"], QByteArray("50"));
            QVERIFY(!refused.headers.contains("set-cookie"));
            QVERIFY(refused.headers["content-type"].startsWith("text/html"));
            QVERIFY(refused.body.contains("try again in 50 s"));
        }
        QCOMPARE(hub.client().get("/v1/models").status, 200); // clients have their own count
        now += 50'000;
        QVERIFY(signIn(hub.key()).headers.contains("set-cookie"));
    }

    void unchangedModelsAre304()
    {
        const QByteArray path = "/web/api/models/" + m_hub.createModel();
        HttpClient client = browser();
        const Reply first = client.get(path);
        const QByteArray tag = first.headers["etag"];
        QVERIFY(!tag.isEmpty());
        const Reply same = client.get(path, { { "If-None-Match", tag } });
        QCOMPARE(same.status, 304);
        QVERIFY(same.body.isEmpty());
        m_hub.client().post("/v1" + path.mid(8), metricsBody(0, R"({"a": 1})"));
        QCOMPARE(client.get(path, { { "If-None-Match", tag } }).status, 200);
        const Reply asset = client.get("/assets/app.css");
        QCOMPARE(client.get("/assets/app.css", { { "If-None-Match", asset.headers["etag"] } }).status, 304);
    }

    void openPageAsksForWhatIsNew()
    {
        const QByteArray id = m_hub.createModel();
        HttpClient api = m_hub.client(), client = browser();
        const auto epochs = [](const Reply &reply) {
            QStringList all;
            for (const auto &entry : reply.json()["epochs"].toArray())
                all << QString::number(entry.toArray()[0].toInt());
            return all.join(',');
        };
        for (int epoch = 0; epoch < 3; ++epoch)
            api.post("/v1/models/" + id, metricsBody(epoch, R"({"a": 1})"));
        const Reply all = client.get("/web/api/models/" + id + "?after=0");
        QCOMPARE(epochs(all), QStringLiteral("0,1,2"));
        const QByteArray next =
            "/web/api/models/" + id + "?after=" + QByteArray::number(all.json()["rev"].toInt());
        QCOMPARE(epochs(client.get(next)), QString());
        api.post("/v1/models/" + id, metricsBody(1, R"({"a": 2})"));
        QCOMPARE(epochs(client.get(next)), QStringLiteral("1"));
        const Reply restored = client.get("/web/api/models/" + id + "?after=999999");
        QCOMPARE(restored.json()["after"].toInt(-1), 0);
        QCOMPARE(epochs(restored), QStringLiteral("0,1,2"));
    }

    void namesAreDataNotMarkup()
    {
        const QByteArray id = m_hub.createModel("</script><script>alert(1)</script>");
        for (const QByteArray &path : { QByteArray("/"), "/models/" + id, QByteArray("/compare") })
            QVERIFY(!browser().get(path).body.contains("alert(1)"));
        const Reply json = browser().get("/web/api/models/" + id);
        QCOMPARE(json.headers["content-type"], QByteArray("application/json"));
    }

    void downloadFromThePage()
    {
        const QByteArray id = m_hub.createModel();
        m_hub.client().post("/v1/models/" + id + "/upload",
                            multipart({ { "type", "final" }, { "map", "0.5" } }, "best.pt", "weights"),
                            { kMultipart });
        const QJsonObject files =
            browser().get("/web/api/models/" + id).json()["model"].toObject()["files"].toObject();
        QCOMPARE(files["best"].toObject()["size"].toInt(), 7);
        const Reply file = browser().get(files["best"].toObject()["url"].toString().toLatin1());
        QCOMPARE(file.status, 200);
        QCOMPARE(file.body, QByteArray("weights"));
        QVERIFY(file.headers["content-disposition"].contains("best.pt"));
    }

    void unknownPagesArePages()
    {
        for (const QByteArray &path : { QByteArray("/nothing"), "/models/" + QByteArray(20, 'Z') }) {
            const Reply page = browser().get(path);
            QCOMPARE(page.status, 404);
            QVERIFY(page.headers["content-type"].startsWith("text/html"));
        }
        QCOMPARE(browser().get("/assets/nothing.js").status, 404);
        QCOMPARE(browser().get("/assets/hub_web.qrc").status, 404);
    }
};

QTEST_GUILESS_MAIN(TestWeb)
#include "test_web.moc"

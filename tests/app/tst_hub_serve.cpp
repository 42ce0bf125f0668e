// SPDX-License-Identifier: GPL-3.0-or-later
// `torchdeck hub serve`: the one line, the key, a clean end.
#include "tests/app/instance.h"
#include "tests/hub_server/test_certificate.h"

#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtNetwork/QNetworkAccessManager>
#include <QtNetwork/QNetworkReply>
#include <QtNetwork/QSslConfiguration>
#include <QtNetwork/QSslSocket>
#include <QtTest/QtTest>

#include <csignal>

class TestHubServe : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void oneLineAndACleanEnd_data()
    {
        QTest::addColumn<int>("signal");
        QTest::newRow("SIGTERM") << SIGTERM;
        QTest::newRow("SIGINT") << SIGINT;
    }

    void oneLineAndACleanEnd()
    {
        QFETCH(int, signal);
        Instance instance;
        const QStringList words { "hub", "serve", "port=0", "dir=store", "--json" };
        const auto process = instance.start(words);
        const QByteArray line = Instance::readLine(*process);
        const QJsonObject ready = QJsonDocument::fromJson(line).object();
        QCOMPARE(ready.keys(), QStringList({ "api_key", "api_root", "web_root" }));
        QVERIFY(ready.value("api_root").toString().startsWith("http://127.0.0.1:"));
        const QString key = ready.value("api_key").toString();
        QVERIFY(!key.isEmpty());
        ::kill(pid_t(process->processId()), signal);
        const auto result = Instance::finish(*process);
        QCOMPARE(result.code, 0);
        QVERIFY2(result.out.isEmpty(), "exactly one line");

        const auto again = instance.start(words);
        const QJsonObject second = QJsonDocument::fromJson(Instance::readLine(*again)).object();
        QCOMPARE(second.value("api_key").toString(), key);
        again->terminate();
        QCOMPARE(Instance::finish(*again).code, 0);
    }

    void keyIsNotShownUnasked()
    {
        Instance instance;
        const auto process = instance.start({ "hub", "serve", "port=0", "dir=store" });
        const QByteArray first = Instance::readLine(*process);
        QVERIFY(first.contains("http://127.0.0.1:"));
        const QByteArray second = Instance::readLine(*process);
        process->terminate();
        QCOMPARE(Instance::finish(*process).code, 0);
        QFile key(instance.work() + "/store/key");
        QVERIFY(key.open(QIODevice::ReadOnly));
        const QByteArray secret = key.readAll().trimmed();
        QVERIFY(!secret.isEmpty());
        QVERIFY(!(first + second).contains(secret));
        QVERIFY((first + second).contains("store/key"));
    }

    void oneServerAFolder()
    {
        Instance instance;
        const auto first = instance.start({ "hub", "serve", "port=0", "dir=store", "--json" });
        const QJsonObject ready = QJsonDocument::fromJson(Instance::readLine(*first)).object();
        const auto second = instance.run({ "hub", "serve", "port=0", "dir=store" });
        QCOMPARE(second.code, 1);
        QVERIFY2(second.err.contains(ready.value("api_root").toString()), qPrintable(second.err));
        // Killed without warning: the folder is free at once.
        first->kill();
        first->waitForFinished();
        const auto third = instance.start({ "hub", "serve", "port=0", "dir=store", "--json" });
        QVERIFY(Instance::readLine(*third).contains("api_root"));
        third->terminate();
        QCOMPARE(Instance::finish(*third).code, 0);
    }

    void rateIsOfTheKeyAndAnOption_data()
    {
        QTest::addColumn<QString>("word");
        QTest::addColumn<QByteArray>("limit");
        QTest::newRow("usual") << QString() << QByteArray("600");
        QTest::newRow("given") << "rate=2" << QByteArray("2");
        QTest::newRow("none") << "rate=0" << QByteArray();
    }
    void rateIsOfTheKeyAndAnOption()
    {
        QFETCH(QString, word);
        QFETCH(QByteArray, limit);
        Instance instance;
        QStringList words { "hub", "serve", "port=0", "dir=store", "--json" };
        if (!word.isEmpty())
            words << word;
        const auto process = instance.start(words);
        const QJsonObject ready = QJsonDocument::fromJson(Instance::readLine(*process)).object();
        QNetworkRequest request(QUrl(ready["api_root"].toString() + "/v1/models"));
        request.setRawHeader("x-api-key", ready["api_key"].toString().toLatin1());
        QNetworkAccessManager network;
        for (int i = 0; i < 3; ++i) {
            const std::unique_ptr<QNetworkReply> reply(network.get(request));
            QTRY_VERIFY_WITH_TIMEOUT(reply->isFinished(), 30'000);
            QCOMPARE(reply->rawHeader("X-RateLimit-Limit"), limit);
            const int status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
            QCOMPARE(status, limit == "2" && i == 2 ? 429 : 200);
            QCOMPARE(reply->rawHeader("Retry-After").isEmpty(), status == 200);
        }
        process->terminate();
        QCOMPARE(Instance::finish(*process).code, 0);
    }

    void quotasAreSetAndShown()
    {
#if defined(__SANITIZE_THREAD__)
        QSKIP("the thread sanitizer makes Qt's own QProcess::readAllStandardError() of the last command spin (not seen elsewhere)");
#endif
        Instance instance;
        const auto server = instance.start({ "hub", "serve", "port=0", "dir=store", "quota=3", "--json" });
        const QJsonObject ready = QJsonDocument::fromJson(Instance::readLine(*server)).object();
        const auto made = instance.run({ "hub", "keys", "create", "label=ann", "quota=2", "dir=store", "--json" });
        QCOMPARE(made.code, 0);
        QCOMPARE(made.json()["quota_mib"].toInt(), 2);
        QNetworkAccessManager network;
        const QByteArray key = made.json()["key"].toString().toLatin1();
        const auto post = [&](const QString &path, const QByteArray &type, const QByteArray &body, int *status) {
            QNetworkRequest request(QUrl(ready["api_root"].toString() + path));
            request.setRawHeader("x-api-key", key);
            request.setRawHeader("Content-Type", type);
            const std::unique_ptr<QNetworkReply> reply(network.post(request, body));
            [&] { QTRY_VERIFY_WITH_TIMEOUT(reply->isFinished(), 30'000); }();
            *status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
            return QJsonDocument::fromJson(reply->readAll()).object();
        };
        int status = 0;
        const auto id = post("/v1/models", "application/json", "{}", &status)["data"].toObject()["id"].toString();
        const auto upload = [&](int kib) {
            (void)post("/v1/models/" + id + "/upload", "multipart/form-data; boundary=b",
                       "--b\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nfinal\r\n--b\r\n"
                       "Content-Disposition: form-data; name=\"best.pt\"; filename=\"best.pt\"\r\n\r\n"
                           + QByteArray(kib << 10, 'w') + "\r\n--b--\r\n",
                       &status);
            return status;
        };
        QCOMPARE(upload(2500), 413); // over the key's
        QCOMPARE(upload(1536), 200);
        const auto shown = instance.run({ "hub", "keys", "list", "dir=store" });
        QVERIFY2(shown.out.contains("1.5 of 2 MiB used"), qPrintable(shown.out));
        QCOMPARE(instance.run({ "hub", "keys", "quota", "id=1", "quota=0", "dir=store" }).code, 0);
        QCOMPARE(upload(2500), 200);
        QCOMPARE(upload(3500), 413); // over the server's
        const auto row = instance.run({ "hub", "keys", "list", "dir=store", "--json" }).json()["keys"].toArray()[0];
        QVERIFY(row.toObject()["quota_mib"].isNull());
        QCOMPARE(row.toObject()["used_bytes"].toInt(), 2500 << 10);
        QCOMPARE(instance.run({ "hub", "keys", "quota", "id=9", "quota=1", "dir=store" }).code, 1);
        server->terminate();
        QCOMPARE(Instance::finish(*server).code, 0);
    }

    void certificateMakesItHttps()
    {
        if (!QSslSocket::supportsSsl())
            QSKIP("Qt has no TLS here");
        const torchdeck::test::TestCertificate pair, other;
        Instance instance;
        const QString cert = "tls_cert=" + pair.certificate(), key = "tls_key=" + pair.keyFile();
        const auto server = instance.start({ "hub", "serve", "port=0", "dir=store", cert, key, "--json" });
        const QJsonObject ready = QJsonDocument::fromJson(Instance::readLine(*server)).object();
        QVERIFY(ready["api_root"].toString().startsWith("https://127.0.0.1:"));
        QNetworkRequest request(QUrl(ready["api_root"].toString() + "/v1/models"));
        request.setRawHeader("x-api-key", ready["api_key"].toString().toLatin1());
        auto tls = QSslConfiguration::defaultConfiguration();
        tls.setCaCertificates(QSslCertificate::fromPath(pair.certificate()));
        request.setSslConfiguration(tls);
        QNetworkAccessManager network;
        const std::unique_ptr<QNetworkReply> reply(network.get(request));
        QTRY_VERIFY_WITH_TIMEOUT(reply->isFinished(), 30'000);
        QCOMPARE(reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt(), 200);
        server->terminate();
        QCOMPARE(Instance::finish(*server).code, 0);

        const QString wrong = "tls_key=" + other.keyFile(), none = "tls_key=none.pem";
        for (const QStringList &words : { QStringList { cert }, QStringList { key }, QStringList { cert, wrong },
                                          QStringList { cert, none } }) {
            const auto refused = instance.run(QStringList { "hub", "serve", "port=0", "dir=never" } + words);
            QCOMPARE(refused.code, 2);
            QVERIFY2(refused.err.contains("tls_"), qPrintable(refused.err));
        }
        QVERIFY(!QFile::exists(instance.work() + "/never"));
    }

    void plainHttpForOthersIsSaid()
    {
        for (const bool others : { true, false }) {
            Instance instance;
            QStringList words { "hub", "serve", "port=0", "dir=store", "--json" };
            if (others)
                words << "host=0.0.0.0";
            const auto process = instance.start(words);
            QVERIFY(Instance::readLine(*process).contains("http://127.0.0.1:"));
            process->terminate();
            const auto result = Instance::finish(*process);
            QCOMPARE(result.code, 0);
            QCOMPARE(result.err.contains("tls_cert="), others);
        }
    }

    void takenPortIsSaid()
    {
        Instance instance;
        const auto first = instance.start({ "hub", "serve", "port=0", "dir=a", "--json" });
        const QUrl root(
            QJsonDocument::fromJson(Instance::readLine(*first)).object().value("api_root").toString());
        const auto second =
            instance.run({ "hub", "serve", QStringLiteral("port=%1").arg(root.port()), "dir=b" });
        QCOMPARE(second.code, 1);
        QVERIFY2(second.err.contains(QString::number(root.port())), qPrintable(second.err));
        first->terminate();
        QCOMPARE(Instance::finish(*first).code, 0);
    }
};

QTEST_GUILESS_MAIN(TestHubServe)
#include "tst_hub_serve.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// The client against a real HUB over TLS, whose certificate only the CA file in the settings vouches for.
#include "hub/hub_service.h"
#include "hub/server/local_hub.h"
#include "tests/hub/synthetic_run.h"
#include "tests/hub_server/test_certificate.h"

#include <QtCore/QJsonDocument>
#include <QtNetwork/QNetworkAccessManager>
#include <QtNetwork/QNetworkReply>
#include <QtNetwork/QSslConfiguration>
#include <QtNetwork/QSslSocket>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>

using namespace torchdeck::hub;
using namespace std::chrono_literals;
using torchdeck::test::TestCertificate;

class TestHubTls : public QObject {
    Q_OBJECT
    TestCertificate m_pair, m_other;
    QTemporaryDir m_dir;

    QByteArray get(const server::LocalHub &hub, const QUrl &url)
    {
        QNetworkAccessManager network;
        QNetworkRequest request(url);
        auto tls = QSslConfiguration::defaultConfiguration();
        tls.setCaCertificates(QSslCertificate::fromPath(m_pair.certificate()));
        request.setSslConfiguration(tls);
        request.setRawHeader("x-api-key", hub.apiKey().toLatin1());
        auto *reply = network.get(request);
        QSignalSpy spy(reply, &QNetworkReply::finished);
        if (!reply->isFinished())
            spy.wait(30'000);
        return reply->readAll();
    }
    QJsonValue data(const server::LocalHub &hub, const QString &path)
    {
        return QJsonDocument::fromJson(get(hub, QUrl(hub.apiRoot().toString() + path))).object().value("data");
    }
    static bool shows(const HubService &service, const char *word)
    {
        const auto items = service.items();
        return std::any_of(items.begin(), items.end(), [word](const UploadItem &i) { return i.error.contains(word); });
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (!QSslSocket::supportsSsl())
            QSKIP("Qt has no TLS here");
    }

    void nothingGoesOutUntilTheCertificateIsTrustedThenAllArrives()
    {
        server::LocalHubOptions options;
        options.dir = m_dir.filePath("hub");
        options.tlsCertificate = m_pair.certificate();
        options.tlsKey = m_pair.keyFile();
        server::LocalHub hub(options);
        QVERIFY2(hub.start(), qPrintable(hub.error()));
        QCOMPARE(hub.apiRoot().scheme(), QString("https"));

        HubService service({ m_dir.filePath("queue.sqlite"), nullptr, nullptr, "torchdeck/test", {} });
        QSignalSpy confirmed(&service, &HubService::runConfirmed), tested(&service, &HubService::testFinished);
        HubOptions client;
        client.apiRoot = client.webRoot = hub.apiRoot();
        client.apiKey = hub.apiKey();
        client.metricsInterval = 50ms;
        client.checkpointInterval = 200ms;
        service.setOptions(client);
        const SyntheticRun run(m_dir.filePath("train"), 8);
        service.beginRun(run.description());
        service.startTimers();
        while (!run.finished()) {
            const int epoch = run.writeEpoch();
            service.addMetrics(epoch, SyntheticRun::metrics(epoch));
            service.modelSaved(epoch, run.last(), true);
            QTest::qWait(20);
        }
        service.endRun(run.best(), 0.5);
        QTRY_VERIFY_WITH_TIMEOUT(shows(service, "certificate"), 30'000);
        QVERIFY(shows(service, "CA"));
        client.caFile = m_other.certificate(); // vouches for somebody else
        service.setOptions(client);
        service.retryAll();
        QTest::qWait(300);
        QCOMPARE(data(hub, "/v1/models").toObject()["total"].toInt(-1), 0);
        service.testConnection(client);
        QTRY_COMPARE_WITH_TIMEOUT(tested.size(), 1, 30'000);
        QVERIFY(!tested[0][0].value<TestResult>().keyAccepted);
        QVERIFY2(tested[0][0].value<TestResult>().message.contains("certificate"),
                 qPrintable(tested[0][0].value<TestResult>().message));

        client.caFile = m_pair.certificate();
        service.setOptions(client);
        service.retryAll();
        QTRY_COMPARE_WITH_TIMEOUT(confirmed.size(), 1, 60'000);
        const auto model = data(hub, "/v1/models/" + confirmed[0][1].toString()).toObject();
        QCOMPARE(model["status"].toString(), QString("trained"));
        QCOMPARE(model["epochs_received"].toInt(), 8);
        const QUrl weights(model["weights"].toString());
        QCOMPARE(weights.scheme(), QString("https"));
        QCOMPARE(get(hub, weights), SyntheticRun::weights(7));
        QTRY_VERIFY(service.idle() && service.items().isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestHubTls)
#include "tst_hub_tls.moc"

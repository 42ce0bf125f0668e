// SPDX-License-Identifier: GPL-3.0-or-later
// The local HUB inside the app: one server a folder, the same address again, taking over.
#include "app/embedded_hub.h"

#include <QtTest/QtTest>

using namespace torchdeck::app;

class TestEmbeddedHub : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void startsAndKeepsItsAddress()
    {
        QTemporaryDir dir;
        const QString folder = dir.path() + QStringLiteral("/hub");
        HubAddress first;
        {
            EmbeddedHub hub(folder, 0, m_background);
            first = ready(hub);
            QVERIFY(hub.own());
            QVERIFY(!first.apiKey.isEmpty());
            QVERIFY(first.apiRoot.port() > 0);
        }
        EmbeddedHub hub(folder, quint16(first.apiRoot.port()), m_background);
        const HubAddress second = ready(hub);
        QCOMPARE(second.apiRoot, first.apiRoot);
        QCOMPARE(second.apiKey, first.apiKey);
    }

    void takenPortIsNoTrouble()
    {
        QTemporaryDir dir;
        EmbeddedHub one(dir.path() + QStringLiteral("/a"), 0, m_background);
        const HubAddress first = ready(one);
        EmbeddedHub two(dir.path() + QStringLiteral("/b"), quint16(first.apiRoot.port()), m_background);
        const HubAddress second = ready(two);
        QVERIFY(two.own());
        QVERIFY(second.apiRoot.port() != first.apiRoot.port());
    }

    void secondUsesTheFirstAndTakesOver()
    {
        QTemporaryDir dir;
        const QString folder = dir.path() + QStringLiteral("/hub");
        auto one = std::make_unique<EmbeddedHub>(folder, 0, m_background);
        const HubAddress first = ready(*one);
        EmbeddedHub two(folder, 0, m_background);
        const HubAddress shared = ready(two);
        QVERIFY(!two.own());
        QCOMPARE(shared.apiRoot, first.apiRoot);
        QCOMPARE(shared.apiKey, first.apiKey);
        QSignalSpy again(&two, &EmbeddedHub::ready);
        one.reset();
        QTRY_VERIFY_WITH_TIMEOUT(again.size() == 1, 20'000);
        QVERIFY(two.own());
        QCOMPARE(two.address()->apiRoot, first.apiRoot);
    }

    void unusableFolderIsSaid()
    {
        QTemporaryDir dir;
        QFile blocker(dir.path() + QStringLiteral("/hub"));
        QVERIFY(blocker.open(QIODevice::WriteOnly));
        EmbeddedHub hub(blocker.fileName(), 0, m_background);
        QSignalSpy failed(&hub, &EmbeddedHub::failed);
        hub.start();
        QTRY_COMPARE(failed.size(), 1);
        QVERIFY(failed.first().first().toString().contains(blocker.fileName()));
    }

    void noteRoundTrip()
    {
        const ServingNote note { 42, QUrl("http://127.0.0.1:1"), QUrl("http://127.0.0.1:2") };
        const auto back = ServingNote::parse(note.text());
        QVERIFY(back.has_value());
        QCOMPARE(back->pid, 42);
        QCOMPARE(back->apiRoot, note.apiRoot);
        QCOMPARE(back->webRoot, note.webRoot);
        QVERIFY(!ServingNote::parse("").has_value());
        QVERIFY(!ServingNote::parse("{\"pid\": 3}").has_value());
    }

private:
    static HubAddress ready(EmbeddedHub &hub)
    {
        QSignalSpy spy(&hub, &EmbeddedHub::ready);
        hub.start();
        if (spy.isEmpty())
            spy.wait(20'000);
        return hub.address().value_or(HubAddress {});
    }

    Background m_background;
};

QTEST_GUILESS_MAIN(TestEmbeddedHub)
#include "tst_embedded_hub.moc"

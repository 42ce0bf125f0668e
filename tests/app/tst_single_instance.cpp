// SPDX-License-Identifier: GPL-3.0-or-later
// A second start hands its paths over; what a crash leaves behind is in nobody's way.
#include "app/single_instance.h"

#include <QtCore/QProcess>
#include <QtCore/QTemporaryDir>
#include <QtNetwork/QLocalServer>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>

#include <atomic>
#include <thread>

using torchdeck::app::SingleInstance;

class TestSingleInstance : public QObject {
    Q_OBJECT
private:
    QTemporaryDir m_state;

    /// As another process would: in a thread of its own, with its own objects.
    static bool secondStart(const QStringList &paths)
    {
        std::atomic<bool> taken = false, done = false;
        std::thread other([&] {
            SingleInstance instance;
            taken = instance.handOver(paths);
            done = true;
        });
        while (!done)
            QTest::qWait(5);
        other.join();
        return taken;
    }

private Q_SLOTS:
    void initTestCase() { qputenv("XDG_STATE_HOME", m_state.path().toUtf8()); }

    void theFirstTakesThePathsOfTheSecond()
    {
        SingleInstance first;
        QVERIFY(!first.handOver({}));
        QSignalSpy opened(&first, &SingleInstance::opened);
        const QStringList paths { QStringLiteral("/a b/data.yaml"), QStringLiteral("/runs/träin\n3") };
        QVERIFY(secondStart(paths));
        QTRY_COMPARE(opened.count(), 1);
        QCOMPARE(opened[0][0].toStringList(), paths);
        QVERIFY(secondStart({}));
        QTRY_COMPARE(opened.count(), 2);
    }

    void otherFoldersAreAnotherInstance()
    {
        const QString name = SingleInstance::socketName();
        QTemporaryDir other;
        qputenv("XDG_STATE_HOME", other.path().toUtf8());
        QVERIFY(SingleInstance::socketName() != name);
        qputenv("XDG_STATE_HOME", m_state.path().toUtf8());
    }

    void aDeadSocketIsReplaced()
    {
        {
            QLocalServer crashed;
            QVERIFY(crashed.listen(SingleInstance::socketName()));
        }
        SingleInstance first;
        QVERIFY(!first.handOver({}));
        QVERIFY(secondStart({}));
    }

    void aWindowThatHangsIsNotWaitedFor()
    {
        QLocalServer::removeServer(SingleInstance::socketName());
        QLocalServer mute; // takes the connection and says nothing
        QVERIFY(mute.listen(SingleInstance::socketName()));
        SingleInstance second;
        QVERIFY(!second.handOver({ QStringLiteral("/x") })); // goes on by itself
    }
};

QTEST_GUILESS_MAIN(TestSingleInstance)
#include "tst_single_instance.moc"

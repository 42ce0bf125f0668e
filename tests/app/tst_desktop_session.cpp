// SPDX-License-Identifier: GPL-3.0-or-later
// Notifications, sleep and motion over a bus of our own, with services that behave as the desktop's.
#include "app/desktop_session.h"

#include <QtCore/QProcess>
#include <QtCore/QStandardPaths>
#include <QtDBus/QDBusMessage>
#include <QtDBus/QDBusVariant>
#include <QtTest/QtTest>

#include <fcntl.h>
#include <unistd.h>

using namespace torchdeck;
using app::DesktopSession;

namespace {

class FakeNotifications : public QObject {
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.Notifications")
public:
    struct Shown {
        uint replaces;
        QString title, body;
        QStringList actions;
    };
    QList<Shown> shown;

public Q_SLOTS:
    uint Notify(const QString &, uint replaces, const QString &, const QString &title, const QString &body,
                const QStringList &actions, const QVariantMap &, int)
    {
        shown.append({ replaces, title, body, actions });
        return replaces ? replaces : 40 + static_cast<uint>(shown.size());
    }

Q_SIGNALS:
    void ActionInvoked(uint id, const QString &key);
    void NotificationClosed(uint id, uint reason);
};

class FakeLogind : public QObject {
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.login1.Manager")
public:
    QStringList asked;
    int readEnd = -1; ///< at its end once the other side gave the lock back
    [[nodiscard]] bool released() const
    {
        char byte = 0;
        return ::read(readEnd, &byte, 1) == 0;
    }

public Q_SLOTS:
    QDBusUnixFileDescriptor Inhibit(const QString &what, const QString &who, const QString &why,
                                    const QString &mode)
    {
        asked = { what, who, why, mode };
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
            return {};
        readEnd = ends[0];
        QDBusUnixFileDescriptor lock(ends[1]); // duplicates it
        ::close(ends[1]);
        return lock;
    }
};

class FakePortal : public QObject {
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.portal.Settings")
public Q_SLOTS:
    QDBusVariant Read(const QString &, const QString &key)
    {
        return QDBusVariant(QVariant::fromValue(QDBusVariant(key != QLatin1String("enable-animations"))));
    }
};

} // namespace

class TestDesktopSession : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void cleanupTestCase();
    void notifiesWithActions();
    void holdsTheLockOnlyWhileNeeded();
    void aLockThatComesTooLateIsGivenBack();
    void knowsWhoWantsLittleMotion();
    void aDesktopWithoutServicesIsSilent();

private:
    [[nodiscard]] QDBusConnection bus(const char *name)
    {
        return QDBusConnection::connectToBus(m_address, name);
    }

    QProcess m_daemon;
    QString m_address;
    FakeNotifications m_notifications;
    FakeLogind m_logind;
    FakePortal m_portal;
};

void TestDesktopSession::initTestCase()
{
    if (QStandardPaths::findExecutable(QStringLiteral("dbus-daemon")).isEmpty())
        QSKIP("dbus-daemon is missing: install the package dbus");
    m_daemon.start(
        QStringLiteral("dbus-daemon"),
        { QStringLiteral("--session"), QStringLiteral("--nofork"), QStringLiteral("--print-address=1") });
    QVERIFY(m_daemon.waitForReadyRead(20'000));
    m_address = QString::fromUtf8(m_daemon.readLine()).trimmed();
    QDBusConnection server = bus("server");
    QVERIFY(server.isConnected());
    const auto flags = QDBusConnection::ExportAllSlots | QDBusConnection::ExportAllSignals;
    QVERIFY(server.registerObject(QStringLiteral("/org/freedesktop/Notifications"), &m_notifications, flags));
    QVERIFY(server.registerObject(QStringLiteral("/org/freedesktop/login1"), &m_logind, flags));
    QVERIFY(server.registerObject(QStringLiteral("/org/freedesktop/portal/desktop"), &m_portal, flags));
    for (const char *name :
         { "org.freedesktop.Notifications", "org.freedesktop.login1", "org.freedesktop.portal.Desktop" })
        QVERIFY(server.registerService(QLatin1String(name)));
}

void TestDesktopSession::cleanupTestCase()
{
    QDBusConnection::disconnectFromBus(QStringLiteral("server"));
    QDBusConnection::disconnectFromBus(QStringLiteral("client"));
    m_daemon.kill();
    m_daemon.waitForFinished();
}

void TestDesktopSession::notifiesWithActions()
{
    DesktopSession session(bus("client"), bus("client"));
    QSignalSpy invoked(&session, &DesktopSession::actionInvoked);
    session.notify("train3 is finished", "mAP50-95 <0.5>",
                   { { "results", "Results" }, { "folder", "Open folder" } });
    QTRY_COMPARE(m_notifications.shown.size(), 1);
    const auto first = m_notifications.shown.first();
    QCOMPARE(first.replaces, 0u);
    QCOMPARE(first.body, QStringLiteral("mAP50-95 &lt;0.5&gt;")); // markup by the specification
    QCOMPARE(first.actions, QStringList({ "results", "Results", "folder", "Open folder" }));
    QTest::qWait(100); // the id arrives
    Q_EMIT m_notifications.ActionInvoked(9999, QStringLiteral("results")); // another program's
    Q_EMIT m_notifications.ActionInvoked(41, QStringLiteral("folder"));
    QTRY_COMPARE(invoked.size(), 1);
    QCOMPARE(invoked.first().first().toString(), QStringLiteral("folder"));
    session.notify("again", {}, {});
    QTRY_COMPARE(m_notifications.shown.size(), 2);
    QCOMPARE(m_notifications.shown.last().replaces, 41u); // they do not pile up
    QTest::qWait(50);
    Q_EMIT m_notifications.NotificationClosed(41, 2);
    QTest::qWait(100);
    session.notify("a new one", {}, {});
    QTRY_COMPARE(m_notifications.shown.size(), 3);
    QCOMPARE(m_notifications.shown.last().replaces, 0u);
}

void TestDesktopSession::holdsTheLockOnlyWhileNeeded()
{
    {
        DesktopSession session(bus("client"), bus("client"));
        session.keepAwake(true, "A model is being trained");
        session.keepAwake(true, "A model is being trained");
        QTRY_VERIFY(session.keepsAwake());
        QCOMPARE(m_logind.asked,
                 QStringList({ "sleep:idle", "Torchdeck", "A model is being trained", "block" }));
        QVERIFY(!m_logind.released());
        session.keepAwake(false, {});
        QVERIFY(!session.keepsAwake());
        QTRY_VERIFY(m_logind.released());
        session.keepAwake(true, "Once more");
        QTRY_VERIFY(session.keepsAwake());
        QVERIFY(!m_logind.released());
    }
    QTRY_VERIFY(m_logind.released()); // with the window gone
}

void TestDesktopSession::aLockThatComesTooLateIsGivenBack()
{
    m_logind.readEnd = -1;
    DesktopSession session(bus("client"), bus("client"));
    session.keepAwake(true, "short");
    session.keepAwake(false, {}); // the run ended before the answer
    QTRY_VERIFY(m_logind.readEnd >= 0);
    QTRY_VERIFY(m_logind.released());
    QVERIFY(!session.keepsAwake());
}

void TestDesktopSession::knowsWhoWantsLittleMotion()
{
    DesktopSession session(bus("client"), bus("client"));
    QSignalSpy known(&session, &DesktopSession::reducedMotionKnown);
    session.askForReducedMotion();
    QTRY_COMPARE(known.size(), 1);
    QCOMPARE(known.first().first().toBool(), true); // animations are off in the fake desktop
}

void TestDesktopSession::aDesktopWithoutServicesIsSilent()
{
    const QDBusConnection none { QString() };
    DesktopSession without(none, none);
    without.notify("nobody hears", {}, { { "a", "b" } });
    without.keepAwake(true, "nobody grants");
    without.askForReducedMotion();
    QVERIFY(!without.keepsAwake());
    QDBusConnection server = bus("server");
    for (const char *name :
         { "org.freedesktop.Notifications", "org.freedesktop.login1", "org.freedesktop.portal.Desktop" })
        QVERIFY(server.unregisterService(QLatin1String(name)));
    DesktopSession session(bus("client"), bus("client")); // a bus, and nobody on it
    QSignalSpy known(&session, &DesktopSession::reducedMotionKnown);
    session.notify("nobody hears", {}, {});
    session.keepAwake(true, "nobody grants");
    session.askForReducedMotion();
    QTest::qWait(300);
    QVERIFY(!session.keepsAwake());
    QCOMPARE(known.size(), 0);
}

QTEST_GUILESS_MAIN(TestDesktopSession)
#include "tst_desktop_session.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop_session.h"

#include <QtCore/QFile>
#include <QtDBus/QDBusMessage>
#include <QtDBus/QDBusPendingCallWatcher>
#include <QtDBus/QDBusPendingReply>
#include <QtDBus/QDBusVariant>

namespace torchdeck::app {

namespace {

const QString notifyService = QStringLiteral("org.freedesktop.Notifications");
const QString notifyPath = QStringLiteral("/org/freedesktop/Notifications");
constexpr int serverDecides = -1; ///< how long a notification stays

/// A bus that is not there must not be looked for: libdbus would start one.
QDBusConnection sessionBus()
{
    const bool there = qEnvironmentVariableIsSet("DBUS_SESSION_BUS_ADDRESS")
        || QFile::exists(qEnvironmentVariable("XDG_RUNTIME_DIR") + QStringLiteral("/bus"));
    return there ? QDBusConnection::sessionBus() : QDBusConnection(QString());
}

QDBusConnection systemBus()
{
    const bool there = qEnvironmentVariableIsSet("DBUS_SYSTEM_BUS_ADDRESS")
        || QFile::exists(QStringLiteral("/run/dbus/system_bus_socket"));
    return there ? QDBusConnection::systemBus() : QDBusConnection(QString());
}

} // namespace

DesktopSession::DesktopSession(QObject *parent)
    : DesktopSession(sessionBus(), systemBus(), parent)
{
}

DesktopSession::DesktopSession(const QDBusConnection &session, const QDBusConnection &system, QObject *parent)
    : QObject(parent)
    , m_session(session)
    , m_system(system)
{
    connectNotifications();
}

DesktopSession::~DesktopSession() = default;

void DesktopSession::connectNotifications()
{
    if (!m_session.isConnected())
        return;
    m_session.connect(notifyService, notifyPath, notifyService, QStringLiteral("ActionInvoked"), this,
                      SLOT(onActionInvoked(uint, QString)));
    m_session.connect(notifyService, notifyPath, notifyService, QStringLiteral("NotificationClosed"), this,
                      SLOT(onClosed(uint, uint)));
}

void DesktopSession::notify(const QString &title, const QString &body, const Actions &actions)
{
    if (!m_session.isConnected())
        return;
    QStringList buttons;
    for (const auto &[key, words] : actions)
        buttons << key << words;
    const QVariantMap hints { { QStringLiteral("desktop-entry"),
                                QStringLiteral("org.torchdeck.Torchdeck") } };
    QDBusMessage message =
        QDBusMessage::createMethodCall(notifyService, notifyPath, notifyService, QStringLiteral("Notify"));
    // The body is markup by the specification.
    message << QStringLiteral("Torchdeck") << m_notification << QStringLiteral("org.torchdeck.Torchdeck")
            << title << body.toHtmlEscaped() << buttons << hints << serverDecides;
    auto *call = new QDBusPendingCallWatcher(m_session.asyncCall(message), this);
    connect(call, &QDBusPendingCallWatcher::finished, this, [this](QDBusPendingCallWatcher *done) {
        const QDBusPendingReply<uint> reply = *done;
        if (reply.isValid())
            m_notification = reply.value();
        done->deleteLater();
    });
}

void DesktopSession::onActionInvoked(uint id, const QString &key)
{
    if (id == m_notification && id != 0) // else another program's
        Q_EMIT actionInvoked(key);
}

void DesktopSession::onClosed(uint id, uint)
{
    if (id == m_notification)
        m_notification = 0;
}

void DesktopSession::keepAwake(bool on, const QString &why)
{
    m_wantAwake = on;
    m_why = why;
    if (!on) {
        if (std::exchange(m_lock, {}).isValid()) // closing it gives the lock back
            Q_EMIT awakeChanged(false);
        return;
    }
    if (m_lock.isValid() || m_asking || !m_system.isConnected())
        return;
    m_asking = true;
    QDBusMessage message = QDBusMessage::createMethodCall(
        QStringLiteral("org.freedesktop.login1"), QStringLiteral("/org/freedesktop/login1"),
        QStringLiteral("org.freedesktop.login1.Manager"), QStringLiteral("Inhibit"));
    message << QStringLiteral("sleep:idle") << QStringLiteral("Torchdeck") << why << QStringLiteral("block");
    auto *call = new QDBusPendingCallWatcher(m_system.asyncCall(message), this);
    connect(call, &QDBusPendingCallWatcher::finished, this, &DesktopSession::onLock);
}

void DesktopSession::onLock(QDBusPendingCallWatcher *call)
{
    m_asking = false;
    const QDBusPendingReply<QDBusUnixFileDescriptor> reply = *call;
    call->deleteLater();
    if (!reply.isValid() || !m_wantAwake) // refused, or no longer needed
        return;
    m_lock = reply.value();
    Q_EMIT awakeChanged(true);
}

void DesktopSession::askForReducedMotion()
{
    if (!m_session.isConnected())
        return;
    QDBusMessage message = QDBusMessage::createMethodCall(
        QStringLiteral("org.freedesktop.portal.Desktop"), QStringLiteral("/org/freedesktop/portal/desktop"),
        QStringLiteral("org.freedesktop.portal.Settings"), QStringLiteral("Read"));
    message << QStringLiteral("org.gnome.desktop.interface") << QStringLiteral("enable-animations");
    auto *call = new QDBusPendingCallWatcher(m_session.asyncCall(message), this);
    connect(call, &QDBusPendingCallWatcher::finished, this, [this](QDBusPendingCallWatcher *done) {
        const QDBusPendingReply<QDBusVariant> reply = *done;
        done->deleteLater();
        if (!reply.isValid())
            return;
        QVariant value = reply.value().variant();
        if (value.canConvert<QDBusVariant>()) // Read() wraps it twice
            value = value.value<QDBusVariant>().variant();
        if (value.typeId() == QMetaType::Bool)
            Q_EMIT reducedMotionKnown(!value.toBool());
    });
}

} // namespace torchdeck::app

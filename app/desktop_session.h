// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QObject>
#include <QtDBus/QDBusConnection>
#include <QtDBus/QDBusUnixFileDescriptor>

#include <utility>
#include <vector>

class QDBusPendingCallWatcher;

namespace torchdeck::app {

/// What the desktop offers over D-Bus: notifications with buttons (org.freedesktop.Notifications), no sleep
/// while something is going on (logind's Inhibit), and whether it wants little motion (settings portal).
/// Every call is asynchronous; a desktop without the service is not an error and not told. Main thread.
class DesktopSession : public QObject {
    Q_OBJECT
public:
    /// Key (told by actionInvoked) and words of a button.
    using Actions = std::vector<std::pair<QString, QString>>;

    explicit DesktopSession(QObject *parent = nullptr); ///< the user's session bus and the system bus
    DesktopSession(const QDBusConnection &session, const QDBusConnection &system, QObject *parent = nullptr);
    ~DesktopSession() override; ///< sleep is allowed again

    /// Replaces the notification before it, so that a long night does not pile them up.
    void notify(const QString &title, const QString &body, const Actions &actions);
    /// Any number of times; only changes matter. Holds logind's lock as long as `on`.
    void keepAwake(bool on, const QString &why);
    [[nodiscard]] bool keepsAwake() const { return m_lock.isValid(); }
    void askForReducedMotion(); ///< answered by reducedMotionKnown(), or never

Q_SIGNALS:
    void actionInvoked(const QString &key);
    void awakeChanged(bool on); ///< the lock was granted or given back
    void reducedMotionKnown(bool wanted);

private Q_SLOTS:
    void onActionInvoked(uint id, const QString &key);
    void onClosed(uint id, uint reason);

private:
    void connectNotifications();
    void onLock(QDBusPendingCallWatcher *call);

    QDBusConnection m_session, m_system;
    uint m_notification = 0; ///< id of the one in view
    bool m_wantAwake = false;
    bool m_asking = false; ///< for the lock
    QString m_why;
    QDBusUnixFileDescriptor m_lock;
};

} // namespace torchdeck::app

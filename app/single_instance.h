// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QObject>
#include <QtCore/QStringList>

class QLocalServer;
class QLocalSocket;

namespace torchdeck::app {

/// One window a user (and a set of XDG folders): a second start hands its paths to the first and leaves. Main
/// thread.
class SingleInstance : public QObject {
    Q_OBJECT
public:
    explicit SingleInstance(QObject *parent = nullptr);

    /// True when another window took `paths` (absolute) over; false when this one is the first and now listens, or
    /// when no socket can be had: then it runs on its own.
    [[nodiscard]] bool handOver(const QStringList &paths);

    [[nodiscard]] static QString socketName();

Q_SIGNALS:
    void opened(const QStringList &paths); ///< of a later start; empty = only come to the front

private:
    void readFrom(QLocalSocket *socket);

    QLocalServer *m_server;
};

} // namespace torchdeck::app

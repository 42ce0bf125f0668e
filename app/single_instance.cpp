// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/single_instance.h"

#include "app/state_paths.h"

#include <QtCore/QCryptographicHash>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>

#include <unistd.h>

namespace torchdeck::app {

namespace {

constexpr int answerMs = 1500; ///< a window that does not answer is not waited for
constexpr qint64 longestMessage = 64 * 1024;

} // namespace

SingleInstance::SingleInstance(QObject *parent)
    : QObject(parent)
    , m_server(new QLocalServer(this))
{
    m_server->setSocketOptions(QLocalServer::UserAccessOption);
    connect(m_server, &QLocalServer::newConnection, this, [this] {
        while (QLocalSocket *socket = m_server->nextPendingConnection()) {
            connect(socket, &QLocalSocket::readyRead, this, [this, socket] { readFrom(socket); });
            connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
        }
    });
}

QString SingleInstance::socketName()
{
    // Isolated sets of folders (tests, a second profile) have windows of their own.
    const QByteArray hash =
        QCryptographicHash::hash(StatePaths::stateDir().toUtf8(), QCryptographicHash::Sha256).toHex().left(16);
    return QStringLiteral("torchdeck-%1-%2").arg(::getuid()).arg(QString::fromLatin1(hash));
}

bool SingleInstance::handOver(const QStringList &paths)
{
    QLocalSocket socket;
    socket.connectToServer(socketName());
    if (socket.waitForConnected(answerMs)) {
        socket.write(QJsonDocument(QJsonArray::fromStringList(paths)).toJson(QJsonDocument::Compact) + '\n');
        socket.flush();
        if (socket.waitForReadyRead(answerMs) && socket.readAll().startsWith("ok"))
            return true;
    }
    QLocalServer::removeServer(socketName()); // left behind by a crash
    m_server->listen(socketName());
    return false;
}

void SingleInstance::readFrom(QLocalSocket *socket)
{
    if (socket->bytesAvailable() > longestMessage) {
        socket->abort();
        return;
    }
    if (!socket->canReadLine())
        return;
    QStringList paths;
    const QJsonArray array = QJsonDocument::fromJson(socket->readLine()).array();
    for (const QJsonValue &value : array)
        paths << value.toString();
    socket->write("ok\n");
    socket->flush();
    Q_EMIT opened(paths);
}

} // namespace torchdeck::app

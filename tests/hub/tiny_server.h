// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QPointer>
#include <QtCore/QTimer>
#include <QtCore/QUrl>
#include <QtNetwork/QTcpServer>
#include <QtNetwork/QTcpSocket>

#include <functional>

#include <sys/socket.h>

/// A scripted HTTP server on loopback: counts body bytes without keeping them, answers what `answer` says
/// once head (or body) is there. `gate` limits how many body bytes it reads, to stop in the middle of an
/// upload.
class TinyServer : public QTcpServer {
public:
    struct Talk {
        QByteArray head;
        qint64 length = 0, got = 0;
        QByteArray body; ///< its first kilobyte
    };
    std::function<void(QTcpSocket *, const Talk &)> answer; ///< when the body is complete
    std::function<bool(QTcpSocket *, const Talk &)> early; ///< when the head is complete; true = answered
    qint64 gate = -1;
    QList<Talk> talks;
    int connections = 0;

    explicit TinyServer(int receiveBuffer = 0)
    {
        listen(QHostAddress::LocalHost);
        if (receiveBuffer > 0) // inherited by the accepted sockets
            ::setsockopt(int(socketDescriptor()), SOL_SOCKET, SO_RCVBUF, &receiveBuffer,
                         sizeof receiveBuffer);
        connect(this, &QTcpServer::newConnection, this, [this] {
            while (auto *socket = nextPendingConnection()) {
                ++connections;
                socket->setReadBufferSize(64 * 1024);
                auto talk = std::make_shared<Talk>();
                m_talks.append({ socket, talk });
                connect(socket, &QTcpSocket::readyRead, this, [this, socket, talk] { read(socket, *talk); });
                connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
            }
        });
    }
    [[nodiscard]] QUrl url(const QString &path = QStringLiteral("/")) const
    {
        return QUrl(QStringLiteral("http://127.0.0.1:%1%2").arg(serverPort()).arg(path));
    }
    void openGate(qint64 to)
    {
        gate = to;
        for (const auto &[socket, talk] : std::as_const(m_talks)) {
            if (!socket)
                continue;
            if (to < 0) { // what is left comes fast again
                const int usual = 4 << 20;
                ::setsockopt(int(socket->socketDescriptor()), SOL_SOCKET, SO_RCVBUF, &usual, sizeof usual);
            }
            read(socket, *talk);
        }
    }
    [[nodiscard]] qint64 received() const { return m_talks.isEmpty() ? 0 : m_talks.last().second->got; }

    static QByteArray ok(const QByteArray &body = "{}", const QByteArray &status = "200 OK")
    {
        return "HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\nContent-Length: "
            + QByteArray::number(body.size()) + "\r\n\r\n" + body;
    }

private:
    void read(QTcpSocket *socket, Talk &talk)
    {
        if (talk.length == 0 && talk.got == 0 && !talk.head.endsWith("\r\n\r\n")) {
            while (socket->canReadLine() && !talk.head.endsWith("\r\n\r\n"))
                talk.head += socket->readLine();
            if (!talk.head.endsWith("\r\n\r\n"))
                return;
            const auto at = talk.head.toLower().indexOf("content-length:");
            if (at >= 0)
                talk.length =
                    talk.head.mid(at + 15, talk.head.indexOf('\r', at) - at - 15).trimmed().toLongLong();
            if (early && early(socket, talk)) {
                talk.length = 0;
                talks.append(talk);
                return;
            }
        }
        while (talk.got < talk.length && socket->bytesAvailable() > 0 && (gate < 0 || talk.got < gate)) {
            const auto most = gate < 0 ? qint64(65536) : std::min<qint64>(65536, gate - talk.got);
            const auto block = socket->read(most);
            if (talk.body.size() < 1024)
                talk.body += block.left(1024);
            talk.got += block.size();
        }
        if (talk.got < talk.length)
            return;
        talks.append(talk);
        const auto done = std::exchange(talk, {});
        if (answer)
            answer(socket, done);
    }

    QList<std::pair<QPointer<QTcpSocket>, std::shared_ptr<Talk>>> m_talks;
};

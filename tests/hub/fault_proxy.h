// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/clock.h"

#include <QtCore/QPointer>
#include <QtCore/QTimer>
#include <QtCore/QUrl>
#include <QtNetwork/QTcpServer>
#include <QtNetwork/QTcpSocket>

#include <memory>

#include <sys/socket.h>

/// Stands between the client and a real HUB and does to requests what networks and servers do. One request a
/// connection. Clients use keys of their own; the HUB's is put in their place on the way.
class FaultProxy : public QTcpServer {
public:
    enum Fault {
        None,
        Status, ///< answers `status` with `headers`
        ResetBefore, ///< the connection breaks before the body is read
        ResetWhile, ///< in the middle of the body
        ResetAfter, ///< the HUB has taken the request in; its answer is lost
        BlackHole, ///< reads everything, never answers
        SlowDrip, ///< the answer comes in tiny pieces
        HalfAnswer, ///< the answer breaks off
        Garbage, ///< 200, and no JSON
    };
    struct Seen {
        torchdeck::hub::TimePoint when;
        QByteArray line; ///< "POST /v1/models HTTP/1.1"
        QByteArray key;
        bool faulty = false;
    };

    Fault fault = None;
    int status = 500;
    QByteArray headers; ///< of a Status answer, each with CRLF
    int times = -1; ///< requests still to be hit; -1 = all
    bool stopWish = false; ///< heartbeats are answered here, with the wish to end the run
    QList<Seen> seen;

    FaultProxy(const QUrl &hub, QByteArray hubKey, std::shared_ptr<torchdeck::hub::Clock> clock)
        : m_port(quint16(hub.port()))
        , m_key(std::move(hubKey))
        , m_clock(std::move(clock))
    {
        listen(QHostAddress::LocalHost);
        connect(this, &QTcpServer::newConnection, this, [this] {
            while (auto *socket = nextPendingConnection()) {
                auto talk = std::make_shared<Talk>();
                connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
                connect(socket, &QTcpSocket::readyRead, this, [this, socket, talk] { read(socket, *talk); });
            }
        });
    }
    [[nodiscard]] QUrl url() const { return QUrl(QStringLiteral("http://127.0.0.1:%1").arg(serverPort())); }

private:
    struct Talk {
        QByteArray head;
        qint64 length = 0, got = 0;
        bool begun = false, over = false;
        Fault fault = None;
        QPointer<QTcpSocket> hub;
        QByteArray answer;
    };

    static QByteArray field(const QByteArray &head, const QByteArray &name)
    {
        const auto at = head.toLower().indexOf("\r\n" + name + ':');
        const auto from = at + name.size() + 3;
        return at < 0 ? QByteArray() : head.mid(from, head.indexOf('\r', from) - from).trimmed();
    }
    static void reset(QTcpSocket *socket)
    {
        const linger hard { 1, 0 };
        ::setsockopt(int(socket->socketDescriptor()), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        socket->abort();
    }
    void read(QTcpSocket *socket, Talk &talk)
    {
        while (!talk.begun && socket->canReadLine()) {
            talk.head += socket->readLine();
            if (talk.head.endsWith("\r\n\r\n"))
                begin(socket, talk);
        }
        if (!talk.begun || talk.over)
            return;
        const auto body = socket->readAll();
        talk.got += body.size();
        if (talk.hub) {
            talk.hub->write(body);
            return;
        }
        if (talk.fault == ResetWhile && talk.got > 0 && talk.got * 2 >= talk.length) {
            talk.over = true;
            reset(socket);
        } else if (talk.got >= talk.length) {
            talk.over = true;
            answerFor(socket, talk);
        }
    }
    void begin(QTcpSocket *socket, Talk &talk)
    {
        talk.begun = true;
        talk.length = field(talk.head, "content-length").toLongLong();
        if (stopWish && talk.head.contains("/v1/agent/heartbeat/")) {
            talk.over = true;
            const QByteArray body = R"({"success": true, "data": {"agentId": "a", "stop": true}})";
            socket->write("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: "
                          + QByteArray::number(body.size()) + "\r\n\r\n" + body);
            socket->disconnectFromHost();
            return;
        }
        const bool hit = fault != None && times != 0;
        times -= hit && times > 0 ? 1 : 0;
        talk.fault = hit ? fault : None;
        seen.append({ m_clock->now(), talk.head.left(talk.head.indexOf('\r')), field(talk.head, "x-api-key"), hit });
        if (talk.fault == ResetBefore) {
            talk.over = true;
            reset(socket);
        } else if (talk.fault == None || talk.fault == ResetAfter || talk.fault == SlowDrip
                   || talk.fault == HalfAnswer) {
            forward(socket, talk);
        }
    }
    void answerFor(QTcpSocket *socket, const Talk &talk)
    {
        if (talk.fault == BlackHole)
            return;
        if (talk.fault == ResetWhile) { // a request without a body
            reset(socket);
            return;
        }
        const bool garbage = talk.fault == Garbage;
        const QByteArray body = garbage ? "<html>Welcome</html>" : R"({"success": false, "message": "told so"})";
        socket->write("HTTP/1.1 " + QByteArray::number(garbage ? 200 : status) + " Said\r\n"
                      + (garbage ? QByteArray() : headers) + "Connection: close\r\nContent-Length: "
                      + QByteArray::number(body.size()) + "\r\n\r\n" + body);
        socket->disconnectFromHost();
    }
    void forward(QTcpSocket *socket, Talk &talk)
    {
        auto head = talk.head;
        head.replace("x-api-key: " + field(head, "x-api-key"), "x-api-key: " + m_key);
        head.replace("Connection: Keep-Alive", "Connection: close");
        auto *hub = new QTcpSocket(socket);
        talk.hub = hub;
        hub->connectToHost(QHostAddress::LocalHost, m_port);
        hub->write(head);
        const auto answer = std::make_shared<QByteArray>();
        connect(hub, &QTcpSocket::readyRead, socket, [socket, hub, answer, kind = talk.fault] {
            if (kind == None)
                socket->write(hub->readAll());
            else
                *answer += hub->readAll();
        });
        connect(hub, &QTcpSocket::disconnected, socket, [socket, answer, kind = talk.fault] {
            if (kind == ResetAfter) {
                reset(socket);
                return;
            }
            if (kind == SlowDrip) {
                drip(socket, *answer);
                return;
            }
            if (kind == HalfAnswer)
                socket->write(answer->left(answer->size() - 5));
            socket->disconnectFromHost();
        });
    }
    static void drip(QTcpSocket *socket, const QByteArray &answer)
    {
        auto *timer = new QTimer(socket);
        auto at = std::make_shared<qsizetype>(0);
        connect(timer, &QTimer::timeout, socket, [=] {
            socket->write(answer.mid(*at, 16));
            *at += 16;
            if (*at >= answer.size()) {
                timer->stop();
                socket->disconnectFromHost();
            }
        });
        timer->start(1);
    }

    const quint16 m_port;
    const QByteArray m_key;
    const std::shared_ptr<torchdeck::hub::Clock> m_clock;
};

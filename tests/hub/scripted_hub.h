// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/hub/fake_clock.h"
#include "tests/hub/fake_hub.h"

#include <QtNetwork/QTcpServer>
#include <QtNetwork/QTcpSocket>

/// HUB v1 behind a real socket (FakeHub answers), with faults on the wire where `fault` says so. Keeps the time
/// of every request by the test's clock.
class ScriptedHub : public QTcpServer {
public:
    enum class Kind { Answer, ResetBefore, ResetInBody, ResetAfter, BlackHole, Drip, Half };
    struct Fault {
        Kind kind = Kind::Answer;
        FakeAnswer answer = {};
    };
    struct Seen {
        torchdeck::hub::TimePoint at;
        QString path;
        bool faulty = false;
    };

    FakeNetwork table; ///< only carries the handler of `hub`
    FakeHub hub { table };
    std::function<std::optional<Fault>(const FakeRequest &head)> fault;
    QList<Seen> seen;
    quint64 activity = 0; ///< grows with every byte: tells a test whether the wire is at rest

    explicit ScriptedHub(std::shared_ptr<FakeClock> clock)
        : m_clock(std::move(clock))
    {
        if (!listen(QHostAddress::LocalHost))
            qFatal("no port on loopback");
        connect(this, &QTcpServer::newConnection, this, [this] {
            while (auto *socket = nextPendingConnection()) {
                ++activity;
                auto talk = std::make_shared<Talk>();
                connect(socket, &QTcpSocket::readyRead, this, [this, socket, talk] { read(socket, *talk); });
                connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
            }
        });
    }
    [[nodiscard]] QUrl root() const
    {
        return QUrl(QStringLiteral("http://127.0.0.1:%1").arg(serverPort()));
    }
    [[nodiscard]] const Seen *firstFault() const
    {
        for (const auto &one : seen) {
            if (one.faulty)
                return &one;
        }
        return nullptr;
    }

private:
    struct Talk {
        QByteArray bytes;
        bool headRead = false, dead = false;
        FakeRequest request;
        qint64 length = 0;
        std::optional<Fault> fault;
    };

    static QByteArray header(const QByteArray &head, const QByteArray &name)
    {
        for (const auto &line : head.split('\n')) {
            const auto colon = line.indexOf(':');
            if (colon > 0 && line.left(colon).trimmed().toLower() == name)
                return line.mid(colon + 1).trimmed();
        }
        return {};
    }

    void read(QTcpSocket *socket, Talk &talk)
    {
        ++activity;
        talk.bytes += socket->readAll();
        if (talk.dead)
            return;
        if (!talk.headRead) {
            const auto end = talk.bytes.indexOf("\r\n\r\n");
            if (end < 0)
                return;
            const auto head = talk.bytes.left(end);
            talk.bytes.remove(0, end + 4);
            const auto words = head.left(head.indexOf("\r\n")).split(' ');
            talk.request = {};
            talk.request.verb = words.value(0);
            talk.request.path = QString::fromLatin1(words.value(1));
            talk.request.key = header(head, "x-api-key");
            talk.request.idempotencyKey = header(head, "idempotency-key");
            talk.length = header(head, "content-length").toLongLong();
            talk.headRead = true;
            talk.fault = fault ? fault(talk.request) : std::nullopt;
            seen.append({ m_clock->now(), talk.request.path, talk.fault.has_value() });
            if (talk.fault && talk.fault->kind == Kind::ResetBefore)
                return drop(socket, talk);
        }
        if (talk.fault && talk.fault->kind == Kind::ResetInBody && talk.bytes.size() * 2 >= talk.length)
            return drop(socket, talk);
        if (talk.bytes.size() >= talk.length)
            complete(socket, talk);
    }

    void drop(QTcpSocket *socket, Talk &talk)
    {
        talk.dead = true;
        socket->abort();
    }

    static QByteArray wire(const FakeAnswer &answer)
    {
        QByteArray out = "HTTP/1.1 " + QByteArray::number(answer.status) + " Said\r\nContent-Length: "
            + QByteArray::number(answer.body.size()) + "\r\n";
        for (const auto &[name, value] : answer.headers)
            out += name + ": " + value + "\r\n";
        return out + "\r\n" + answer.body;
    }

    void complete(QTcpSocket *socket, Talk &talk)
    {
        auto request = talk.request;
        request.body = talk.bytes.left(talk.length);
        talk.bytes.remove(0, talk.length);
        talk.headRead = false;
        const auto fault = std::exchange(talk.fault, std::nullopt);
        if (fault && fault->kind == Kind::BlackHole) {
            talk.dead = true;
            return;
        }
        if (fault && fault->kind == Kind::Answer) {
            socket->write(wire(fault->answer));
            return;
        }
        // From here on the server has taken the request in: only its answer suffers.
        const auto answer = wire(table.handler(request).value_or(FakeAnswer { .status = 404 }));
        if (!fault)
            socket->write(answer);
        else if (fault->kind == Kind::Drip)
            drip(socket, answer);
        else {
            if (fault->kind == Kind::Half) {
                socket->write(answer.left(answer.size() - 1));
                socket->flush();
            }
            drop(socket, talk);
        }
    }

    /// One byte every two seconds of the test's clock: slow, but alive.
    void drip(QTcpSocket *socket, const QByteArray &rest)
    {
        ++activity;
        socket->write(rest.left(1));
        if (rest.size() > 1)
            m_clock->at(m_clock->now() + std::chrono::seconds(2), socket,
                        [this, socket, rest] { drip(socket, rest.mid(1)); });
    }

    std::shared_ptr<FakeClock> m_clock;
};

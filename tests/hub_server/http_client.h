// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// A blocking HTTP client for tests that hides nothing: it sends what it is given, byte by byte if need be.

#include <QtCore/QByteArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QMap>
#include <QtNetwork/QSslSocket>

#include <functional>
#include <memory>

namespace torchdeck::test {

struct Reply {
    int status = 0; ///< 0: no answer
    QMap<QByteArray, QByteArray> headers; ///< names in lower case
    QByteArray body;

    [[nodiscard]] QJsonObject json() const { return QJsonDocument::fromJson(body).object(); }
    [[nodiscard]] QJsonObject data() const { return json().value(QStringLiteral("data")).toObject(); }
    [[nodiscard]] QString message() const { return json().value(QStringLiteral("message")).toString(); }
};

using Headers = QList<QPair<QByteArray, QByteArray>>;

/// One connection, kept alive between requests; used by one thread.
class HttpClient {
public:
    HttpClient(quint16 port, QByteArray key);
    /// Over TLS, trusting that certificate alone.
    HttpClient(quint16 port, QByteArray key, const QString &certificate);

    Reply request(const QByteArray &method, const QByteArray &path, const QByteArray &body = {},
                  Headers headers = {});
    Reply get(const QByteArray &path, const Headers &headers = {})
    {
        return request("GET", path, {}, headers);
    }
    Reply post(const QByteArray &path, const QByteArray &body = {}, const Headers &headers = {})
    {
        return request("POST", path, body, headers);
    }
    /// A head of one's own, then a body of `size` bytes made by `next` in pieces.
    Reply stream(const QByteArray &head, const std::function<QByteArray()> &next);
    Reply raw(const QByteArray &everything)
    {
        return stream(everything, [] { return QByteArray(); });
    }

    [[nodiscard]] bool connected();
    [[nodiscard]] QTcpSocket &socket() { return *m_socket; }
    [[nodiscard]] QSslSocket &tls() { return *m_tls; } ///< of a client over TLS
    QByteArray key; ///< sent as x-api-key unless empty
    QByteArray host; ///< Host header

private:
    Reply readReply(bool head);

    const quint16 m_port;
    std::unique_ptr<QTcpSocket> m_socket;
    QSslSocket *m_tls = nullptr; ///< m_socket, or null
    QByteArray m_input;
};

/// multipart/form-data with `fields` before the file.
[[nodiscard]] QByteArray multipart(const Headers &fields, const QByteArray &fileName,
                                   const QByteArray &content);
inline const QPair<QByteArray, QByteArray> kMultipart { "Content-Type",
                                                        "multipart/form-data; boundary=XbounX" };

} // namespace torchdeck::test

// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/hub_server/http_client.h"

#include <QtNetwork/QSslConfiguration>

namespace torchdeck::test {

namespace {

constexpr int kPatience = 60'000; // a hang fails the test; nothing here depends on the figure

}

HttpClient::HttpClient(quint16 port, QByteArray theKey)
    : key(std::move(theKey))
    , host("127.0.0.1:" + QByteArray::number(port))
    , m_port(port)
    , m_socket(std::make_unique<QTcpSocket>())
{
}

HttpClient::HttpClient(quint16 port, QByteArray theKey, const QString &certificate)
    : HttpClient(port, std::move(theKey))
{
    m_tls = new QSslSocket;
    m_socket.reset(m_tls);
    auto tls = QSslConfiguration::defaultConfiguration();
    tls.setCaCertificates(QSslCertificate::fromPath(certificate));
    m_tls->setSslConfiguration(tls);
}

bool HttpClient::connected()
{
    if (m_socket->state() == QAbstractSocket::ConnectedState)
        return true;
    m_input.clear();
    m_socket->abort();
    if (m_tls) {
        m_tls->connectToHostEncrypted(QStringLiteral("127.0.0.1"), m_port);
        return m_tls->waitForEncrypted(kPatience);
    }
    m_socket->connectToHost(QStringLiteral("127.0.0.1"), m_port);
    return m_socket->waitForConnected(kPatience);
}

Reply HttpClient::request(const QByteArray &method, const QByteArray &path, const QByteArray &body,
                          Headers headers)
{
    headers.prepend({ "Host", host });
    if (!key.isEmpty())
        headers.append({ "x-api-key", key });
    if (!body.isEmpty() || (method != "GET" && method != "HEAD"))
        headers.append({ "Content-Length", QByteArray::number(body.size()) });
    QByteArray head = method + ' ' + path + " HTTP/1.1\r\n";
    for (const auto &[name, value] : headers)
        head += name + ": " + value + "\r\n";
    head += "\r\n" + body;
    for (int attempt = 0; attempt < 2; ++attempt) { // the server may just have closed an idle connection
        const bool fresh = m_socket->state() != QAbstractSocket::ConnectedState;
        if (!connected())
            return {};
        m_socket->write(head);
        const Reply reply = readReply(method == "HEAD");
        if (reply.status || fresh)
            return reply;
        m_socket->abort();
    }
    return {};
}

Reply HttpClient::stream(const QByteArray &head, const std::function<QByteArray()> &next)
{
    if (!connected())
        return {};
    m_socket->write(head);
    for (QByteArray piece = next(); !piece.isEmpty(); piece = next()) {
        m_socket->write(piece);
        while (m_socket->bytesToWrite() + (m_tls ? m_tls->encryptedBytesToWrite() : 0) > 0) {
            if (!m_socket->waitForBytesWritten(kPatience))
                return readReply(false);
        }
    }
    return readReply(false);
}

Reply HttpClient::readReply(bool head)
{
    const auto more = [this] {
        if (m_socket->bytesAvailable() == 0 && !m_socket->waitForReadyRead(kPatience))
            return false;
        m_input += m_socket->readAll();
        return true;
    };
    while (!m_input.contains("\r\n\r\n")) {
        if (!more())
            return {};
    }
    const qsizetype end = m_input.indexOf("\r\n\r\n");
    Reply reply;
    QList<QByteArray> lines = m_input.left(end).split('\n');
    reply.status = lines.takeFirst().split(' ').value(1).toInt();
    for (const QByteArray &line : lines)
        reply.headers.insert(line.left(line.indexOf(':')).toLower(),
                             line.mid(line.indexOf(':') + 1).trimmed());
    m_input.remove(0, end + 4);
    const qsizetype size = head ? 0 : reply.headers.value("content-length").toLongLong();
    while (m_input.size() < size) {
        if (!more())
            break;
    }
    reply.body = m_input.left(size);
    m_input.remove(0, size);
    if (reply.headers.value("connection") == "close")
        m_socket->abort();
    return reply;
}

QByteArray multipart(const Headers &fields, const QByteArray &fileName, const QByteArray &content)
{
    QByteArray body;
    for (const auto &[name, value] : fields)
        body += "--XbounX\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
    body += "--XbounX\r\nContent-Disposition: form-data; name=\"" + fileName + "\"; filename=\"" + fileName
        + "\"\r\nContent-Type: application/octet-stream\r\n\r\n" + content + "\r\n--XbounX--\r\n";
    return body;
}

} // namespace torchdeck::test

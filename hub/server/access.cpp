// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/server/access.h"

#include "hub/server/disk.h"
#include "hub/server/http_message.h"

#include <QtCore/QCryptographicHash>
#include <QtCore/QFile>
#include <QtCore/QMessageAuthenticationCode>
#include <QtCore/QRandomGenerator>

#include <algorithm>
#include <array>

namespace torchdeck::hub::server {

namespace {

constexpr int kKeyBytes = 21; // 42 hex characters, no underscore: Python's client splits keys there

bool usableKey(const QByteArray &key)
{
    return key.size() >= 16 && key.size() <= 256
        && std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < 127; });
}

} // namespace

bool equalInConstantTime(const QByteArray &a, const QByteArray &b)
{
    if (a.size() != b.size()) // callers compare digests, whose size is no secret
        return false;
    unsigned char difference = 0;
    for (qsizetype i = 0; i < a.size(); ++i)
        difference |= static_cast<unsigned char>(a[i] ^ b[i]);
    return difference == 0;
}

QByteArray makeKey()
{
    std::array<quint32, (kKeyBytes + 3) / 4> random;
    QRandomGenerator::system()->fillRange(random.data(), static_cast<qsizetype>(random.size()));
    return QByteArray(reinterpret_cast<const char *>(random.data()), kKeyBytes).toHex();
}

bool Access::load(const QString &dir, QString *error)
{
    const QString path = dir + QStringLiteral("/key");
    QFile file(path);
    if (file.exists()) {
        if (!file.open(QIODevice::ReadOnly)) {
            *error = QStringLiteral("The key file %1 cannot be read (%2).").arg(path, file.errorString());
            return false;
        }
        m_key = file.read(4096).trimmed();
        if (!usableKey(m_key)) {
            *error =
                QStringLiteral("%1 holds no usable key: delete the file, and a new key is made.").arg(path);
            m_key.clear();
            return false;
        }
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
        return true;
    }
    m_key = makeKey();
    if (writePrivateFile(path, m_key + '\n', error))
        return true;
    m_key.clear();
    return false;
}

bool Access::isKey(const QByteArray &presented) const
{
    const auto digest = [](const QByteArray &text) {
        return QCryptographicHash::hash(text, QCryptographicHash::Sha256);
    };
    return !m_key.isEmpty() && equalInConstantTime(digest(presented), digest(m_key));
}

QByteArray Access::presentedKey(const HttpRequest &request)
{
    if (const QByteArray key = request.header("x-api-key"); !key.isEmpty())
        return key;
    const QByteArray bearer = request.header("authorization");
    return bearer.left(7).toLower() == "bearer " ? bearer.mid(7).trimmed() : QByteArray();
}

QByteArray Access::sign(const QByteArray &purpose, qint64 expiryMs) const
{
    const QByteArray expiry = QByteArray::number(expiryMs);
    const QByteArray secret =
        QCryptographicHash::hash("torchdeck-hub-link\n" + m_key, QCryptographicHash::Sha256);
    return expiry + '.'
        + QMessageAuthenticationCode::hash(purpose + '\n' + expiry, secret, QCryptographicHash::Sha256)
              .toHex();
}

bool Access::verify(const QByteArray &purpose, const QByteArray &token, qint64 nowMs) const
{
    bool number = false;
    const qint64 expiry = token.left(token.indexOf('.')).toLongLong(&number);
    return number && expiry > nowMs && equalInConstantTime(sign(purpose, expiry), token);
}

bool Access::isLocalBrowser(const HttpRequest &request)
{
    for (const char *proxied : { "forwarded", "x-forwarded-for", "x-real-ip", "via" }) {
        if (request.headers.contains(proxied)) // a proxy on this machine speaks for somebody elsewhere
            return false;
    }
    const QByteArray name = hostName(request.header("host"));
    return isLoopbackAddress(request.peer) && (name == "localhost" || name == "127.0.0.1" || name == "[::1]");
}

bool isLoopbackAddress(const QByteArray &peer)
{
    return peer == "::1" || peer.startsWith("127.") || peer.startsWith("::ffff:127.");
}

QByteArray hostName(const QByteArray &hostHeader)
{
    const QByteArray host = hostHeader.toLower();
    const qsizetype colon =
        host.startsWith('[') ? host.indexOf(':', host.indexOf(']') + 1) : host.indexOf(':');
    const QByteArray name = colon < 0 ? host : host.left(colon);
    const QByteArray port = colon < 0 ? QByteArray("0") : host.mid(colon + 1);
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    const auto legal = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '.' || c == '-' || c == ':'
            || c == '[' || c == ']';
    };
    const bool good = name.size() <= 255 && port.size() <= 5 && std::all_of(port.begin(), port.end(), digit)
        && std::all_of(name.begin(), name.end(), legal);
    return good ? name : QByteArray();
}

QString randomId(int count)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    QString id;
    for (int i = 0; i < count; ++i)
        id += QLatin1Char(letters[QRandomGenerator::system()->bounded(62)]);
    return id;
}

} // namespace torchdeck::hub::server

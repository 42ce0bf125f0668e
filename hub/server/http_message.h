// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// What a handler sees of one HTTP exchange. Free of the HTTP library, so that handlers and tests do not
// depend on it.

#include <QtCore/QByteArray>
#include <QtCore/QList>
#include <QtCore/QMap>
#include <QtCore/QPair>
#include <QtCore/QString>

#include <functional>
#include <memory>

class QFile;

namespace torchdeck::hub::server {

struct HttpRequest {
    QByteArray method; ///< "GET", "POST", ...
    QByteArray path; ///< percent-decoded, without query
    QMap<QByteArray, QByteArray> query; ///< decoded; the first of equal names
    QMap<QByteArray, QByteArray> headers; ///< names in lower case; the first of equal names
    QByteArray peer; ///< numeric address of the other end
    int peerPort = 0;
    QByteArray local; ///< "ADDRESS:PORT" of our end
    bool secure = false; ///< came over TLS
    bool hasBody = false;
    qint64 contentLength = -1; ///< -1: chunked or no body

    /// Feeds the body piece by piece (a few KiB each) as it arrives. False: the connection broke, the body
    /// was malformed or `sink` returned false. Callable once, from the handler's thread.
    std::function<bool(const std::function<bool(const char *, size_t)> &sink)> readBody;

    [[nodiscard]] QByteArray header(const char *lowerName) const { return headers.value(lowerName); }
};

struct HttpResponse {
    int status = 200;
    QByteArray type; ///< Content-Type; empty = no body
    QByteArray body;
    QList<QPair<QByteArray, QByteArray>> headers;
    std::shared_ptr<QFile> file; ///< open for reading: streamed instead of `body`
    qint64 fileOffset = 0;
    qint64 fileLength = 0;
    /// An answer that comes before the body was read: the rest of the body is still taken in (and dropped), because
    /// many clients (Qt, Python) look at the answer only after sending all, and take an early end for a broken network.
    bool drainBody = false;

    void setHeader(const QByteArray &name, const QByteArray &value) { headers.append({ name, value }); }
};

/// Called on a server thread, several at once. Must not throw.
using HttpHandler = std::function<void(HttpRequest &, HttpResponse &)>;

} // namespace torchdeck::hub::server

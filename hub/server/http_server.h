// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/server/http_message.h"

#include <chrono>
#include <memory>

namespace torchdeck::hub::server {

struct HttpLimits {
    int threads = 64; ///< connections served at once; started on demand
    int waiting = 512; ///< connections waiting for a thread; more get 503 with Retry-After
    int headerBytes = 64 * 1024; ///< request line and headers together
    std::chrono::milliseconds headerTime { 10'000 }; ///< from a request's first byte to its last header
    std::chrono::milliseconds idleTime { 15'000 }; ///< between two requests of one connection
    std::chrono::milliseconds stallTime { 60'000 }; ///< no byte of a body moved for so long
    std::chrono::milliseconds stopGrace { 3'000 }; ///< requests under way at stop() may finish within
};

class TlsIdentity;

/// HTTP/1.1, with TLS where an identity is given, with keep-alive on cpp-httplib's parser, with connection handling of our own: the library's
/// cannot close after an unread body, cannot be stopped while a client idles, and waits without bound for a
/// slow header. start() and stop() from one thread; the handler runs on the pool's threads.
class HttpServer {
public:
    explicit HttpServer(HttpHandler handler, HttpLimits limits = {},
                        std::shared_ptr<const TlsIdentity> tls = nullptr);
    ~HttpServer(); ///< stop()
    HttpServer(const HttpServer &) = delete;
    HttpServer &operator=(const HttpServer &) = delete;

    /// Binds and serves; port 0 = any free one. False: error() says why in one sentence.
    [[nodiscard]] bool start(const QString &host, quint16 port);
    /// Idle connections close at once, requests under way get limits.stopGrace, then are cut. Joins every
    /// thread.
    void stop();
    [[nodiscard]] quint16 port() const;
    [[nodiscard]] QString error() const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace torchdeck::hub::server

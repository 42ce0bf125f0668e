// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QString>

#include <memory>

typedef struct ssl_ctx_st SSL_CTX;
typedef struct ssl_st SSL;

namespace torchdeck::hub::server {

/// The server's certificate and key, for TLS 1.2 and 1.3 (OpenSSL). Immutable: any thread.
class TlsIdentity {
public:
    /// PEM files: the certificate with its chain, and its key without a passphrase. Null: `error` is one sentence that
    /// names the file.
    [[nodiscard]] static std::shared_ptr<TlsIdentity> load(const QString &certificateFile, const QString &keyFile,
                                                           QString *error);
    ~TlsIdentity();
    TlsIdentity(const TlsIdentity &) = delete;
    TlsIdentity &operator=(const TlsIdentity &) = delete;

    [[nodiscard]] SSL *newServer(int fd) const; ///< for one accepted, non-blocking socket; null: out of memory

private:
    explicit TlsIdentity(SSL_CTX *context)
        : m_context(context)
    {
    }
    SSL_CTX *const m_context;
};

/// One accepted socket's encrypted side. Never blocks: where the network must be waited for, *wait tells for what.
/// One thread.
class TlsChannel {
public:
    TlsChannel(const TlsIdentity &identity, int fd);
    ~TlsChannel();
    TlsChannel(const TlsChannel &) = delete;
    TlsChannel &operator=(const TlsChannel &) = delete;

    static constexpr long kWait = -2; ///< nothing moved: poll for *wait (POLLIN or POLLOUT), then call again
    [[nodiscard]] long handshake(short *wait); ///< 1 done, -1 failed, kWait
    [[nodiscard]] long read(char *to, size_t size, short *wait); ///< bytes, 0 at the peer's end, -1, kWait
    [[nodiscard]] long write(const char *from, size_t size, short *wait); ///< bytes, -1, kWait
    [[nodiscard]] bool hasPending() const; ///< read() may give bytes without the socket becoming readable
    void sendEnd(); ///< close_notify, as far as the socket takes it at once
    /// The handshake failed because the peer speaks HTTP without TLS.
    [[nodiscard]] bool peerSpeaksPlainHttp() const { return m_plainHttp; }

private:
    [[nodiscard]] long outcome(int returned, short *wait);

    SSL *const m_ssl;
    bool m_plainHttp = false;
    bool m_broken = false; ///< after a fatal error OpenSSL wants no further call
};

} // namespace torchdeck::hub::server

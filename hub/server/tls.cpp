// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/server/tls.h"

#include <QtCore/QFile>

#include <algorithm>
#include <climits>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>

namespace torchdeck::hub::server {

namespace {

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T *object) const
    {
        Free(object);
    }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Context = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;

/// OpenSSL's words for what just failed.
QString reason()
{
    const char *text = ERR_reason_error_string(ERR_peek_last_error());
    return text ? QString::fromLatin1(text) : QStringLiteral("unknown reason");
}

/// A file of a few PEM blocks, whole; an empty array with *error set when it cannot be read.
QByteArray readSmall(const QString &name, const QString &path, const QString &what, QString *error)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) {
        *error = QStringLiteral("%1=%2 cannot be read (%3): give the PEM file of the %4.")
                     .arg(name, path, file.errorString(), what);
        return {};
    }
    const QByteArray content = file.read(1 << 20);
    if (content.isEmpty())
        *error = QStringLiteral("%1=%2 is empty: give the PEM file of the %3.").arg(name, path, what);
    return content;
}

Bio memory(const QByteArray &content)
{
    return Bio(BIO_new_mem_buf(content.constData(), static_cast<int>(content.size())));
}

bool useCertificates(SSL_CTX *context, const QString &path, QString *error)
{
    const QByteArray content =
        readSmall(QStringLiteral("tls_cert"), path, QStringLiteral("certificate"), error);
    if (content.isEmpty())
        return false;
    const Bio pem = memory(content);
    const Certificate own(PEM_read_bio_X509_AUX(pem.get(), nullptr, nullptr, nullptr));
    if (!own) {
        *error = QStringLiteral("tls_cert=%1 holds no PEM certificate: give one that begins with \"-----BEGIN "
                                "CERTIFICATE-----\".")
                     .arg(path);
        return false;
    }
    if (SSL_CTX_use_certificate(context, own.get()) != 1) {
        *error = QStringLiteral("tls_cert=%1 cannot be used (%2): give another certificate.").arg(path, reason());
        return false;
    }
    while (Certificate issuer { PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr) }) {
        if (SSL_CTX_add0_chain_cert(context, issuer.get()) == 1)
            (void)issuer.release(); // the context's now
    }
    ERR_clear_error();
    return true;
}

/// Never asks: a passphrase would be read from the terminal of a server that nobody watches.
int noPassphrase(char *, int, int, void *asked)
{
    *static_cast<bool *>(asked) = true;
    return -1;
}

bool useKey(SSL_CTX *context, const QString &path, const QString &certificateFile, QString *error)
{
    QByteArray content = readSmall(QStringLiteral("tls_key"), path, QStringLiteral("certificate's key"), error);
    if (content.isEmpty())
        return false;
    const Bio pem = memory(content);
    bool asked = false;
    const Key key(PEM_read_bio_PrivateKey(pem.get(), nullptr, &noPassphrase, &asked));
    content.fill('\0');
    if (!key) {
        *error = asked ? QStringLiteral("tls_key=%1 is protected by a passphrase: give a key without one, readable by "
                                        "you only.")
                             .arg(path)
                       : QStringLiteral("tls_key=%1 holds no PEM key: give the key that belongs to %2.")
                             .arg(path, certificateFile);
        return false;
    }
    if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
        *error = QStringLiteral("tls_key=%1 does not belong to the certificate in %2: give the two of one pair.")
                     .arg(path, certificateFile);
        return false;
    }
    return true;
}

} // namespace

std::shared_ptr<TlsIdentity> TlsIdentity::load(const QString &certificateFile, const QString &keyFile, QString *error)
{
    ERR_clear_error();
    Context context(SSL_CTX_new(TLS_server_method()));
    if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1) {
        *error = QStringLiteral("TLS cannot be set up on this machine (%1).").arg(reason());
        return nullptr;
    }
    SSL_CTX_set_options(context.get(),
                        SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    // A write that had to wait is repeated from where the caller has the bytes then; partial writes are fine.
    SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                         | SSL_MODE_RELEASE_BUFFERS);
    if (!useCertificates(context.get(), certificateFile, error)
        || !useKey(context.get(), keyFile, certificateFile, error)) {
        ERR_clear_error();
        return nullptr;
    }
    return std::shared_ptr<TlsIdentity>(new TlsIdentity(context.release()));
}

TlsIdentity::~TlsIdentity() { SSL_CTX_free(m_context); }

SSL *TlsIdentity::newServer(int fd) const
{
    SSL *ssl = SSL_new(m_context);
    if (ssl && SSL_set_fd(ssl, fd) != 1) {
        SSL_free(ssl);
        ssl = nullptr;
    }
    if (ssl)
        SSL_set_accept_state(ssl);
    return ssl;
}

TlsChannel::TlsChannel(const TlsIdentity &identity, int fd)
    : m_ssl(identity.newServer(fd))
    , m_broken(!m_ssl)
{
}

TlsChannel::~TlsChannel()
{
    SSL_free(m_ssl);
    ERR_clear_error(); // of this thread, for the next connection
}

long TlsChannel::outcome(int returned, short *wait)
{
    switch (SSL_get_error(m_ssl, returned)) {
    case SSL_ERROR_NONE:
        return returned;
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    case SSL_ERROR_WANT_READ:
        *wait = POLLIN;
        return kWait;
    case SSL_ERROR_WANT_WRITE:
        *wait = POLLOUT;
        return kWait;
    default:
        m_plainHttp = ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST;
        m_broken = true;
        ERR_clear_error();
        return -1;
    }
}

long TlsChannel::handshake(short *wait)
{
    if (m_broken)
        return -1;
    ERR_clear_error();
    const long result = outcome(SSL_accept(m_ssl), wait);
    return result == 0 ? -1 : result;
}

long TlsChannel::read(char *to, size_t size, short *wait)
{
    if (m_broken)
        return -1;
    ERR_clear_error();
    return outcome(SSL_read(m_ssl, to, static_cast<int>(std::min<size_t>(size, INT_MAX))), wait);
}

long TlsChannel::write(const char *from, size_t size, short *wait)
{
    if (m_broken)
        return -1;
    if (size == 0) // OpenSSL leaves that undefined
        return 0;
    ERR_clear_error();
    const long result = outcome(SSL_write(m_ssl, from, static_cast<int>(std::min<size_t>(size, INT_MAX))), wait);
    return result == 0 ? -1 : result;
}

bool TlsChannel::hasPending() const { return !m_broken && SSL_has_pending(m_ssl) == 1; }

void TlsChannel::sendEnd()
{
    if (m_broken || !SSL_is_init_finished(m_ssl) || (SSL_get_shutdown(m_ssl) & SSL_SENT_SHUTDOWN))
        return;
    ERR_clear_error();
    (void)SSL_shutdown(m_ssl);
    ERR_clear_error();
}

} // namespace torchdeck::hub::server

// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/server/local_hub.h"

#include "hub/server/access.h"
#include "hub/server/database.h"
#include "hub/server/http_server.h"
#include "hub/server/model_runner.h"
#include "hub/server/request_limit.h"
#include "hub/server/router.h"
#include "hub/server/store.h"
#include "hub/server/tls.h"
#include "hub/server/web_access.h"

#include <QtCore/QDateTime>
#include <QtCore/QDir>

namespace torchdeck::hub::server {

namespace {

/// "127.0.0.1" for one that listens everywhere: the address to use from this machine.
QString reachableHost(const QString &host)
{
    if (host == QLatin1String("0.0.0.0"))
        return QStringLiteral("127.0.0.1");
    if (host == QLatin1String("::"))
        return QStringLiteral("[::1]");
    return host.contains(QLatin1Char(':')) && !host.startsWith(QLatin1Char('['))
        ? QLatin1Char('[') + host + QLatin1Char(']')
        : host;
}

} // namespace

struct LocalHub::Impl {
    explicit Impl(LocalHubOptions theOptions)
        : options(std::move(theOptions))
    {
    }

    LocalHubOptions options;
    Access access;
    std::unique_ptr<Store> store;
    std::unique_ptr<ModelRunner> models;
    std::unique_ptr<Router> router;
    std::unique_ptr<HttpServer> http; ///< last: its threads use what stands above
    QString error;
    quint16 port = 0;
    bool secure = false;
};

namespace {

/// False: `error` says why. Without a certificate `identity` stays null.
bool loadTls(const LocalHubOptions &options, std::shared_ptr<const TlsIdentity> *identity, QString *error)
{
    if (options.tlsCertificate.isEmpty() && options.tlsKey.isEmpty())
        return true;
    if (options.tlsCertificate.isEmpty() || options.tlsKey.isEmpty()) {
        *error = QStringLiteral("HTTPS needs both the certificate's file (tls_cert=) and its key's (tls_key=).");
        return false;
    }
    *identity = TlsIdentity::load(options.tlsCertificate, options.tlsKey, error);
    return *identity != nullptr;
}

} // namespace

QString LocalHub::tlsProblem(const LocalHubOptions &options)
{
    std::shared_ptr<const TlsIdentity> identity;
    QString error;
    return loadTls(options, &identity, &error) ? QString() : error;
}

LocalHub::LocalHub(LocalHubOptions options)
    : m_impl(std::make_unique<Impl>(std::move(options)))
{
}

LocalHub::~LocalHub() { stop(); }

bool LocalHub::start()
{
    Impl &d = *m_impl;
    if (d.http)
        return true;
    d.error.clear();
    if (d.options.dir.isEmpty()) {
        d.error = QStringLiteral("The HUB has no folder: give it one.");
        return false;
    }
    std::shared_ptr<const TlsIdentity> tls;
    if (!loadTls(d.options, &tls, &d.error))
        return false;
    d.secure = tls != nullptr;
    const QString dir = QDir(d.options.dir).absolutePath();
    const auto now = d.options.nowMs ? d.options.nowMs : &QDateTime::currentMSecsSinceEpoch;
    d.store = std::make_unique<Store>(dir, now);
    d.store->quota().setServerLimit(d.options.quotaBytes);
    if (!d.store->open(&d.error) || !d.access.load(dir, &d.error)) {
        d.store.reset();
        return false;
    }
    d.router = std::make_unique<Router>(d.access, [&d](const HttpRequest &request) {
        return whoBrowses(d.access, *d.store, request);
    }, Router::Users {
        [&d](const QByteArray &key) { return d.store->keys().userOf(key, d.store->nowMs()); },
        [&d](const QString &user, const QString &id) { return d.store->owns(user, id); } });
    if (d.options.requestsPerMinute > 0)
        d.router->limitRequests(std::make_unique<RequestLimit>(d.options.requestsPerMinute, now));
    d.http = std::make_unique<HttpServer>(
        [&d](HttpRequest &request, HttpResponse &response) { (*d.router)(request, response); }, HttpLimits {}, tls);
    // The routes come before the first connection is served, the port is known only after binding: bind last.
    d.models = std::make_unique<ModelRunner>(d.options.models);
    const Api api { *d.store, d.access, *d.models };
    addRecordRoutes(*d.router, api);
    addModelRoutes(*d.router, api);
    addPredictRoutes(*d.router, api);
    addExportRoutes(*d.router, api);
    addKeyRoutes(*d.router, api);
    addWebRoutes(*d.router, api);
    if (!d.http->start(d.options.host, d.options.port)) {
        d.error = d.http->error();
        stop();
        return false;
    }
    d.port = d.http->port();
    Database::releaseThread(); // requests are served by the server's own threads
    return true;
}

void LocalHub::stop()
{
    if (m_impl->models)
        m_impl->models->stop(); // requests that wait for their turn are answered
    m_impl->http.reset();
    m_impl->router.reset();
    m_impl->models.reset();
    m_impl->store.reset();
}

QString LocalHub::error() const { return m_impl->error; }

QUrl LocalHub::apiRoot() const
{
    return QUrl(QStringLiteral("%1://%2:%3")
                    .arg(m_impl->secure ? QStringLiteral("https") : QStringLiteral("http"),
                         reachableHost(m_impl->options.host))
                    .arg(m_impl->port));
}

QUrl LocalHub::webRoot() const { return apiRoot(); }

QString LocalHub::apiKey() const { return QString::fromLatin1(m_impl->access.key()); }

} // namespace torchdeck::hub::server

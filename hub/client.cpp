// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/client.h"

#include "hub/multipart_body.h"

#include <QtCore/QFile>
#include <QtCore/QFileInfo>
#include <QtNetwork/QNetworkAccessManager>
#include <QtNetwork/QNetworkProxy>
#include <QtNetwork/QNetworkReply>
#include <QtNetwork/QNetworkRequest>
#include <QtNetwork/QSslConfiguration>

namespace torchdeck::hub {

namespace {

constexpr int maxRedirects = 5;

int portOf(const QUrl &url) { return url.port(url.scheme() == QLatin1String("https") ? 443 : 80); }

/// Same scheme, host and port; or the step from http to https on the default ports of one host.
bool keepsServer(const QUrl &from, const QUrl &to)
{
    if (from.host().compare(to.host(), Qt::CaseInsensitive) != 0)
        return false;
    if (from.scheme() == to.scheme())
        return portOf(from) == portOf(to);
    return from.scheme() == QLatin1String("http") && to.scheme() == QLatin1String("https")
        && portOf(from) == 80 && portOf(to) == 443;
}

QString hostAndPort(const QUrl &url)
{
    return url.authority(QUrl::FullyEncoded).section(QLatin1Char('@'), -1);
}

Failure failureOf(QNetworkReply::NetworkError error)
{
    switch (error) {
    case QNetworkReply::NoError:
        return Failure::None;
    case QNetworkReply::ConnectionRefusedError:
        return Failure::Refused;
    case QNetworkReply::RemoteHostClosedError:
    case QNetworkReply::ContentReSendError:
        return Failure::Reset;
    case QNetworkReply::HostNotFoundError:
        return Failure::Dns;
    case QNetworkReply::TimeoutError:
        return Failure::Stalled;
    case QNetworkReply::SslHandshakeFailedError:
        return Failure::Tls;
    case QNetworkReply::ProtocolFailure:
    case QNetworkReply::ProtocolInvalidOperationError:
    case QNetworkReply::ProtocolUnknownError:
        return Failure::BadAnswer;
    default:
        return Failure::Network;
    }
}

} // namespace

HubCall::HubCall(WireRequest request, QNetworkAccessManager *network, std::shared_ptr<Clock> clock,
                 const Transport &transport, std::chrono::milliseconds stall, QObject *parent)
    : QObject(parent)
    , m_request(std::move(request))
    , m_network(network)
    , m_clock(std::move(clock))
    , m_transport(transport)
    , m_stall(stall)
{
}

HubCall::~HubCall()
{
    if (!m_reply)
        return;
    m_reply->disconnect(this);
    m_reply->abort();
    m_reply->deleteLater();
}

void HubCall::abort(Failure why)
{
    if (m_done || m_aborted != Failure::None)
        return;
    m_aborted = why;
    if (m_reply) {
        m_reply->abort(); // ends in replyFinished()
        return;
    }
    WireAnswer answer;
    answer.failure = why;
    answer.where = hostAndPort(m_request.url);
    finishLater(answer);
}

/// finished() never comes from within send(): nobody is connected yet.
void HubCall::finishLater(const WireAnswer &answer)
{
    QMetaObject::invokeMethod(
        this, [this, answer] { finish(answer); }, Qt::QueuedConnection);
}

void HubCall::start()
{
    if (!m_started) {
        m_started = m_clock->now();
        m_startedWall = m_clock->wallNow();
    }
    QNetworkRequest request(m_request.url);
    request.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
    request.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::CacheLoadControlAttribute, QNetworkRequest::AlwaysNetwork);
    request.setAttribute(QNetworkRequest::CacheSaveControlAttribute, false);
    request.setRawHeader("User-Agent", "torchdeck/" TORCHDECK_VERSION);
    request.setRawHeader("Accept", "application/json");
    if (!m_transport.authorities.isEmpty()) {
        auto tls = QSslConfiguration::defaultConfiguration();
        tls.addCaCertificates(m_transport.authorities);
        request.setSslConfiguration(tls);
    }
    for (const auto &header : m_request.headers)
        request.setRawHeader(header.name, header.value);

    if (!m_request.filePath.isEmpty()) {
        startMultipart(request);
    } else if (m_request.verb == "GET") {
        m_reply = m_network->get(request);
    } else {
        request.setHeader(QNetworkRequest::ContentTypeHeader, QStringLiteral("application/json"));
        m_reply = m_request.verb == "POST"
            ? m_network->post(request, m_request.json)
            : m_network->sendCustomRequest(request, m_request.verb, m_request.json);
    }
    if (m_reply)
        watch();
}

void HubCall::startMultipart(QNetworkRequest request)
{
    auto body = std::make_unique<MultipartBody>(m_request, m_clock, m_transport.bytesPerSecond);
    if (!body->openFile()) {
        WireAnswer answer;
        answer.failure = Failure::FileGone;
        answer.where = QFileInfo(m_request.filePath).fileName();
        finishLater(answer);
        return;
    }
    request.setHeader(QNetworkRequest::ContentTypeHeader, body->contentType());
    m_reply = m_network->post(request, body.get());
    body.release()->setParent(m_reply);
}

void HubCall::watch()
{
    m_body.clear();
    m_sentHere = 0;
    connect(m_reply, &QNetworkReply::uploadProgress, this, [this](qint64 sent, qint64 total) {
        sawBytes();
        m_sent += std::max<qint64>(0, sent - m_sentHere);
        m_sentHere = std::max(m_sentHere, sent);
        if (total > 0)
            Q_EMIT progress(sent, total);
    });
    connect(m_reply, &QNetworkReply::readyRead, this, &HubCall::read);
    connect(m_reply, &QNetworkReply::finished, this, &HubCall::replyFinished);
    m_lastByte = m_clock->now();
    checkStall();
}

void HubCall::sawBytes() { m_lastByte = m_clock->now(); }

void HubCall::checkStall()
{
    if (m_done)
        return;
    const auto limit = m_lastByte + m_stall;
    if (m_clock->now() >= limit)
        abort(Failure::Stalled);
    else
        m_clock->at(limit, this, [this] { checkStall(); });
}

void HubCall::read()
{
    sawBytes();
    m_body += m_reply->readAll();
    if (m_body.size() > m_request.maxAnswerBytes)
        abort(Failure::BadAnswer);
}

bool HubCall::followRedirect(WireAnswer &answer)
{
    const auto location = m_reply->rawHeader("Location");
    const auto target = m_request.url.resolved(QUrl::fromEncoded(location));
    if (location.isEmpty() || !target.isValid()) {
        answer.failure = Failure::BadAnswer;
        return false;
    }
    if (!keepsServer(m_request.url, target)) {
        answer.failure = Failure::OtherHost;
        answer.where = hostAndPort(target);
        return false;
    }
    if (answer.status == 303 || ++m_redirects > maxRedirects) {
        answer.failure = Failure::BadAnswer;
        return false;
    }
    // The same request again: turning a POST into a GET, as browsers do, would report an upload that never
    // happened.
    m_received += m_body.size();
    m_request.url = target;
    m_reply->disconnect(this);
    m_reply->deleteLater();
    m_reply = nullptr;
    start();
    return true;
}

void HubCall::replyFinished()
{
    if (m_done)
        return;
    if (m_reply->isOpen())
        m_body += m_reply->readAll();
    WireAnswer answer;
    answer.where = hostAndPort(m_request.url);
    answer.status = m_reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    answer.retryAfter = m_reply->rawHeader("Retry-After");
    answer.rateLimitReset = m_reply->rawHeader("X-RateLimit-Reset");
    answer.rateLimitRemaining = m_reply->rawHeader("X-RateLimit-Remaining");
    answer.date = m_reply->rawHeader("Date");
    answer.body = m_body;

    if (m_aborted != Failure::None) {
        answer.failure = m_aborted;
    } else if (answer.status >= 300 && answer.status < 400) {
        if (followRedirect(answer))
            return;
    } else if (answer.status < 400) {
        // An error status explains itself even when its body broke off; a success has to be whole.
        answer.failure = failureOf(m_reply->error());
        const auto length = m_reply->header(QNetworkRequest::ContentLengthHeader);
        const bool plain = m_reply->rawHeader("Content-Encoding").isEmpty();
        if (answer.failure == Failure::None && length.isValid() && plain
            && m_body.size() < length.toLongLong())
            answer.failure = Failure::Reset;
        if (answer.failure == Failure::None && answer.status == 0)
            answer.failure = Failure::BadAnswer;
    }
    finish(answer);
}

void HubCall::finish(WireAnswer answer)
{
    if (m_done)
        return;
    m_done = true;
    if (m_reply) {
        m_reply->disconnect(this);
        m_reply->deleteLater();
        m_reply = nullptr;
    }
    Q_EMIT recorded(record(answer));
    Q_EMIT finished(answer);
    deleteLater();
}

RequestRecord HubCall::record(const WireAnswer &answer) const
{
    RequestRecord r;
    r.started = m_startedWall.isValid() ? m_startedWall : m_clock->wallNow();
    r.subject = m_request.subject;
    r.server = hostAndPort(m_request.url);
    r.failure = answer.failure;
    r.httpStatus = answer.status;
    if (m_started)
        r.duration = std::chrono::duration_cast<std::chrono::milliseconds>(m_clock->now() - *m_started);
    r.bytesSent = m_sent;
    r.bytesReceived = m_received + answer.body.size();
    if (answer.status < 200 || answer.status >= 300) // X-RateLimit-Reset of a success asks for nothing
        r.serverWait = retry::serverWait(answer.facts(m_clock->wallNow()));
    return r;
}

HubClient::HubClient(QNetworkAccessManager *network, std::shared_ptr<Clock> clock, QObject *parent)
    : QObject(parent)
    , m_network(network)
    , m_clock(std::move(clock))
{
}

QString HubClient::setTransport(qint64 bytesPerSecond, const QString &caFile, const QUrl &proxy)
{
    QString problem;
    m_transport.bytesPerSecond = bytesPerSecond;
    if (caFile != m_caFile) {
        m_caFile = caFile;
        m_transport.authorities.clear();
        QFile file(caFile);
        if (!caFile.isEmpty() && file.open(QIODevice::ReadOnly))
            m_transport.authorities = QSslCertificate::fromData(file.readAll(), QSsl::Pem);
        if (!caFile.isEmpty() && m_transport.authorities.isEmpty())
            problem = tr("The own CA file %1 cannot be read or holds no certificate: choose a PEM file. Only the "
                         "system's certificates are trusted until then.")
                          .arg(QFileInfo(caFile).fileName());
        m_network->clearConnectionCache();
    }
    QNetworkProxy wanted(QNetworkProxy::DefaultProxy);
    if (!proxy.isEmpty()) {
        const bool socks = proxy.scheme() == QLatin1String("socks5");
        if ((!socks && proxy.scheme() != QLatin1String("http")) || proxy.host().isEmpty())
            problem = tr("The proxy has to look like http://HOST:PORT or socks5://HOST:PORT.");
        // A wrong one is set all the same: going around the proxy is not what was asked for.
        wanted = QNetworkProxy(socks ? QNetworkProxy::Socks5Proxy : QNetworkProxy::HttpProxy, proxy.host(),
                               quint16(proxy.port(socks ? 1080 : 8080)), proxy.userName(), proxy.password());
    }
    if (m_network->proxy() != wanted)
        m_network->setProxy(wanted);
    return problem;
}

HubCall *HubClient::send(WireRequest request)
{
    auto *call = new HubCall(std::move(request), m_network, m_clock, m_transport, m_stall, this);
    connect(call, &HubCall::recorded, this, &HubClient::requestEnded);
    call->start();
    return call;
}

} // namespace torchdeck::hub

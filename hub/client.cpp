// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/client.h"

#include <QtCore/QFile>
#include <QtCore/QFileInfo>
#include <QtNetwork/QHttpMultiPart>
#include <QtNetwork/QNetworkAccessManager>
#include <QtNetwork/QNetworkReply>
#include <QtNetwork/QNetworkRequest>

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
                 std::chrono::milliseconds stall, QObject *parent)
    : QObject(parent)
    , m_request(std::move(request))
    , m_network(network)
    , m_clock(std::move(clock))
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
    QMetaObject::invokeMethod(
        this, [this, answer] { finish(answer); }, Qt::QueuedConnection);
}

void HubCall::start()
{
    if (m_done || m_aborted != Failure::None)
        return;
    QNetworkRequest request(m_request.url);
    request.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
    request.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::CacheLoadControlAttribute, QNetworkRequest::AlwaysNetwork);
    request.setAttribute(QNetworkRequest::CacheSaveControlAttribute, false);
    request.setRawHeader("User-Agent", "torchdeck/" TORCHDECK_VERSION);
    request.setRawHeader("Accept", "application/json");
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

void HubCall::startMultipart(const QNetworkRequest &request)
{
    auto multi = std::make_unique<QHttpMultiPart>(QHttpMultiPart::FormDataType);
    for (const auto &field : m_request.fields) {
        QHttpPart part;
        part.setRawHeader("Content-Disposition", "form-data; name=\"" + field.name + '"');
        part.setBody(field.value);
        multi->append(part);
    }
    auto *file = new QFile(m_request.filePath, multi.get());
    if (!file->open(QIODevice::ReadOnly)) {
        WireAnswer answer;
        answer.failure = Failure::FileGone;
        answer.where = QFileInfo(m_request.filePath).fileName();
        finish(answer);
        return;
    }
    QHttpPart part;
    part.setRawHeader("Content-Type", "application/octet-stream");
    part.setRawHeader("Content-Disposition",
                      "form-data; name=\"" + m_request.fileName + "\"; filename=\"" + m_request.fileName
                          + '"');
    part.setBodyDevice(file); // read piece by piece while it is sent: memory does not grow with the file
    multi->append(part);
    m_reply = m_network->post(request, multi.get());
    multi.release()->setParent(m_reply);
}

void HubCall::watch()
{
    m_body.clear();
    connect(m_reply, &QNetworkReply::uploadProgress, this, [this](qint64 sent, qint64 total) {
        sawBytes();
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
    Q_EMIT finished(answer);
    deleteLater();
}

HubClient::HubClient(QNetworkAccessManager *network, std::shared_ptr<Clock> clock, QObject *parent)
    : QObject(parent)
    , m_network(network)
    , m_clock(std::move(clock))
{
}

HubCall *HubClient::send(WireRequest request)
{
    auto *call = new HubCall(std::move(request), m_network, m_clock, m_stall, this);
    QMetaObject::invokeMethod(
        call, [call] { call->start(); }, Qt::QueuedConnection);
    return call;
}

} // namespace torchdeck::hub

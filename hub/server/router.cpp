// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/server/router.h"

#include "hub/server/access.h"
#include "hub/server/api_error.h"
#include "hub/server/json_util.h"
#include "hub/server/request_limit.h"

#include <QtCore/QCryptographicHash>
#include <QtCore/QDateTime>
#include <QtCore/QLocale>
#include <QtCore/QLoggingCategory>

#include <algorithm>

Q_LOGGING_CATEGORY(lcHubServer, "torchdeck.hub.server")

namespace torchdeck::hub::server {

namespace {

constexpr qsizetype kJsonLimit = 32 * 1024 * 1024;

// Pages are ours alone: no inline script or style, no markup from text, nothing from elsewhere, never in a frame.
const char kPolicy[] = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
                       "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
                       "require-trusted-types-for 'script'";

void addSecurityHeaders(HttpResponse &response)
{
    response.setHeader("Content-Security-Policy", kPolicy);
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.setHeader("X-Frame-Options", "DENY");
    response.setHeader("Referrer-Policy", "no-referrer"); // links carry tokens
    response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
    const auto isCache = [](const auto &header) { return header.first == "Cache-Control"; };
    if (std::none_of(response.headers.begin(), response.headers.end(), isCache))
        response.setHeader("Cache-Control", "no-store");
}

QByteArrayList partsOf(const QByteArray &path)
{
    QByteArrayList parts = path.split('/');
    if (!parts.isEmpty() && parts.first().isEmpty())
        parts.removeFirst();
    if (!parts.isEmpty() && parts.last().isEmpty())
        parts.removeLast(); // a trailing slash means nothing
    return parts;
}

bool isId(const QByteArray &part)
{
    return !part.isEmpty() && part.size() <= 64 && std::all_of(part.begin(), part.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    });
}

QByteArray httpDate(qint64 ms)
{
    return QLocale::c()
               .toString(QDateTime::fromMSecsSinceEpoch(ms, Qt::UTC), QStringLiteral("ddd, dd MMM yyyy HH:mm:ss"))
               .toLatin1()
        + " GMT";
}

void refuse(Call &call, int status, const QString &message)
{
    call.sendJson(status, { { QStringLiteral("success"), false }, { QStringLiteral("message"), message } });
}

void refusePage(Call &call, int status, const char *title, const QByteArray &text)
{
    call.response.status = status;
    call.response.type = "text/html; charset=utf-8";
    call.response.body =
        QByteArray("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">"
                   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                   "<title>Torchdeck HUB</title><link rel=\"icon\" href=\"/assets/icon.svg\">"
                   "<link rel=\"stylesheet\" href=\"/assets/app.css\">"
                   "<main class=\"notice\"><h1>")
        + title + "</h1><p>" + text + "</p><p><a href=\"/\">All models</a></p></main></html>";
}

} // namespace

QByteArray Call::body(qsizetype limit) const
{
    const auto tooLarge = [limit] {
        return ApiError(
            413,
            QStringLiteral("The request is larger than the %1 MiB this HUB accepts here.").arg(limit >> 20));
    };
    if (request.contentLength > limit)
        throw tooLarge();
    QByteArray all;
    bool over = false;
    const bool whole = request.readBody([&](const char *data, size_t size) {
        over = all.size() + static_cast<qsizetype>(size) > limit;
        if (!over)
            all.append(data, static_cast<qsizetype>(size));
        return !over;
    });
    if (over)
        throw tooLarge();
    if (!whole)
        throw ApiError(400, QStringLiteral("The request's body ended too early."));
    return all;
}

QJsonObject Call::json() const
{
    const QByteArray text = body(kJsonLimit);
    return text.trimmed().isEmpty() ? QJsonObject() : parseObject(text, QStringLiteral("body"));
}

void Call::discardBody() const
{
    (void)request.readBody([](const char *, size_t) { return true; });
}

void Call::sendJson(int status, const QJsonObject &object) const
{
    response.status = status;
    response.type = "application/json";
    response.body = compact(object);
}

void Call::succeed(const QJsonValue &data, const QString &message) const
{
    QJsonObject answer { { QStringLiteral("success"), true }, { QStringLiteral("data"), data } };
    if (!message.isEmpty())
        answer.insert(QStringLiteral("message"), message);
    sendJson(200, answer);
}

Router::Router(const Access &access, Gate browserGate, Users users)
    : m_access(access)
    , m_gate(std::move(browserGate))
    , m_users(std::move(users))
{
}

Router::~Router() = default;

void Router::limitRequests(std::unique_ptr<RequestLimit> limit) { m_limit = std::move(limit); }

const std::optional<QString> &Router::keyOwner(Call &call) const
{
    if (!call.keyOwner) {
        const QByteArray key = Access::presentedKey(call.request);
        call.keyOwner = m_access.isKey(key) ? std::optional(QString()) : m_users.userOf(key);
    }
    return *call.keyOwner;
}

bool Router::countRequest(Call &call) const
{
    const QByteArray &path = call.request.path;
    if (!m_limit || !(path.startsWith("/v1/") || path.startsWith("/get-export")))
        return true;
    // Who has no good key is counted by address.
    const QByteArray caller = keyOwner(call)
        ? QCryptographicHash::hash(Access::presentedKey(call.request), QCryptographicHash::Sha256)
        : call.request.peer;
    const RequestLimit::Verdict verdict = m_limit->take(caller);
    call.response.setHeader("X-RateLimit-Limit", QByteArray::number(verdict.limit));
    call.response.setHeader("X-RateLimit-Remaining", QByteArray::number(verdict.remaining));
    call.response.setHeader("X-RateLimit-Reset", QByteArray::number((verdict.resetMs + 999) / 1000));
    call.response.setHeader("Date", httpDate(verdict.nowMs)); // the reset holds by our clock, not by the client's
    if (verdict.allowed)
        return true;
    call.response.setHeader("Retry-After", QByteArray::number(verdict.waitSeconds()));
    call.response.drainBody = keyOwner(call).has_value();
    refuse(call, 429,
           QStringLiteral("This HUB takes %1 requests a minute from one key: try again in %2 s.")
               .arg(verdict.limit)
               .arg(verdict.waitSeconds()));
    return false;
}

void Router::add(const char *method, const QByteArray &path, Who who, Handler handler, bool page)
{
    m_routes.push_back({ method, partsOf(path), who, std::move(handler), page });
}

bool Router::matches(const Route &route, const QByteArrayList &parts, QStringList *ids)
{
    if (route.parts.size() != parts.size())
        return false;
    ids->clear();
    for (qsizetype i = 0; i < parts.size(); ++i) {
        if (route.parts[i] == "{name}") {
            if (parts[i].isEmpty() || parts[i].size() > 1000)
                return false;
        } else if (route.parts[i] != "{id}") {
            if (route.parts[i] != parts[i])
                return false;
        } else if (isId(parts[i])) {
            ids->append(QString::fromLatin1(parts[i]));
        } else {
            return false;
        }
    }
    return true;
}

QByteArrayList Router::routes() const
{
    QByteArrayList all;
    for (const Route &route : m_routes)
        all << route.method + " /" + route.parts.join('/');
    return all;
}

void Router::admitUser(const Route &route, const Call &call) const
{
    if (route.who == Who::Administrator)
        throw ApiError(403, QStringLiteral("Only the administrator's key may do this."));
    if (call.ids.isEmpty() || m_users.owns(call.user, call.id()))
        return;
    const QByteArray folder = route.parts.value(route.parts.indexOf("{id}") - 1);
    throw noSuchRecord(QString::fromLatin1(folder.endsWith('s') ? folder.chopped(1) : QByteArray("model")),
                       call.id());
}

bool Router::admit(const Route &route, Call &call) const
{
    if (route.who == Who::Anyone)
        return true;
    if (m_access.hasKey(call.request)) {
        call.response.drainBody = true;
        return true;
    }
    std::optional<QString> user = keyOwner(call);
    if (!user && route.who == Who::Browser)
        user = m_gate(call.request);
    if (user) {
        call.response.drainBody = true;
        call.user = *user;
        if (!call.user.isEmpty())
            admitUser(route, call);
        return true;
    }
    if (route.page) {
        call.response.status = 303;
        call.response.setHeader("Location", "/login?next=" + call.request.path.toPercentEncoding("/"));
    } else {
        call.response.setHeader("WWW-Authenticate", "Bearer");
        refuse(call, 401, QStringLiteral("The API key is missing or wrong."));
    }
    return false;
}

void Router::dispatch(Call &call) const
{
    HttpRequest &request = call.request;
    HttpResponse &response = call.response;
    const QByteArrayList parts = partsOf(request.path);
    const QByteArray method = request.method == "HEAD" ? QByteArray("GET") : request.method;
    QByteArrayList allowed;
    for (const Route &route : m_routes) {
        QStringList ids;
        if (!matches(route, parts, &ids))
            continue;
        if (route.method != method) {
            allowed << route.method;
            continue;
        }
        call.ids = ids;
        try {
            if (admit(route, call))
                route.handler(call);
        } catch (const ApiError &error) {
            if (!route.page)
                throw;
            refusePage(call, error.status(), error.status() == 429 ? "Please wait" : "Nothing here",
                       error.message().toHtmlEscaped().toUtf8());
        }
        return;
    }
    if (!allowed.isEmpty()) {
        response.setHeader("Allow", allowed.join(", "));
        refuse(call, 405,
               QStringLiteral("%1 is not possible here.").arg(QString::fromLatin1(request.method)));
    } else if (parts.value(0) == "v1" || parts.value(0) == "web" || method != "GET") {
        refuse(call, 404, QStringLiteral("This HUB has nothing at this address."));
    } else {
        refusePage(call, 404, "Nothing here", "This HUB has no page at this address.");
    }
}

void Router::operator()(HttpRequest &request, HttpResponse &response) const
{
    Call call { request, response, {}, {} };
    try {
        if (countRequest(call))
            dispatch(call);
    } catch (const ApiError &error) {
        refuse(call, error.status(), error.message());
    } catch (const std::exception &error) {
        qCWarning(lcHubServer) << "request failed:" << error.what();
        refuse(call, 500, QStringLiteral("The HUB failed on this request; its log says why."));
    }
    addSecurityHeaders(response);
}

} // namespace torchdeck::hub::server

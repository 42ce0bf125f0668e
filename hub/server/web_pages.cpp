// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/server/api_error.h"
#include "hub/server/request_limit.h"
#include "hub/server/store.h"
#include "hub/server/web_access.h"
#include "hub/server/web_reply.h"

#include <QtCore/QFile>
#include <QtCore/QUrlQuery>

static void initHubWebResource()
{
    Q_INIT_RESOURCE(hub_web); // a static library's resources are not registered by themselves
}

namespace torchdeck::hub::server {

namespace {

QByteArray asset(const QString &name)
{
    QFile file(QStringLiteral(":/torchdeck/hub_web/") + name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void sendPage(Call &call, const char *name)
{
    sendTagged(call, "text/html; charset=utf-8", asset(QLatin1String(name)));
}

void sendAsset(Call &call, const QByteArray &name)
{
    static const QMap<QByteArray, QByteArray> types { { "css", "text/css; charset=utf-8" },
                                                      { "js", "text/javascript; charset=utf-8" },
                                                      { "svg", "image/svg+xml" } };
    const QByteArray type = types.value(name.mid(name.lastIndexOf('.') + 1));
    const QByteArray body =
        type.isEmpty() || name.contains('/') ? QByteArray() : asset(QString::fromLatin1(name));
    if (body.isEmpty())
        throw ApiError(404, QStringLiteral("This HUB has nothing at this address."));
    sendTagged(call, type, body);
}

/// Only a path on this very server; a comparison's address names its models after the '#'.
QByteArray safeNext(const QByteArray &next)
{
    const bool own = next.startsWith('/') && !next.startsWith("//") && !next.contains('\\')
        && next.size() < 2'000
        && std::all_of(next.begin(), next.end(), [](char c) { return c > ' ' && c < 127; });
    return own ? next : QByteArray("/");
}

void setCookie(Call &call, const QByteArray &value, qint64 seconds)
{
    call.response.setHeader("Set-Cookie",
                            QByteArray(kSessionCookie) + '=' + value
                                + "; Path=/; HttpOnly; SameSite=Strict; Max-Age="
                                + QByteArray::number(seconds) + (call.request.secure ? "; Secure" : ""));
}

constexpr int kWrongSignIns = 10; ///< that an address may try in a minute

void signIn(const Api &api, RequestLimit &wrongOnes, Call &call)
{
    QByteArray form = call.body(16 * 1024);
    form.replace('+', ' ');
    const QUrlQuery fields(QString::fromLatin1(form));
    const auto field = [&](const char *name) {
        return fields.queryItemValue(QLatin1String(name), QUrl::FullyDecoded).trimmed().toUtf8();
    };
    const RequestLimit::Verdict verdict = wrongOnes.take(call.request.peer);
    if (!verdict.allowed) {
        call.response.setHeader("Retry-After", QByteArray::number(verdict.waitSeconds()));
        throw ApiError(429,
                       QStringLiteral("Too many wrong keys came from this address: try again in %1 s.")
                           .arg(verdict.waitSeconds()));
    }
    call.response.status = 303;
    if (const QByteArray session = newSession(api.access, api.store, field("key")); !session.isEmpty()) {
        wrongOnes.giveBack(call.request.peer);
        setCookie(call, session, kSessionLifeMs / 1000);
        call.response.setHeader("Location", safeNext(field("next")));
    } else {
        call.response.setHeader("Location",
                                "/login?wrong=1&next=" + safeNext(field("next")).toPercentEncoding("/"));
    }
}

} // namespace

void addWebRoutes(Router &router, const Api &api)
{
    initHubWebResource();
    using enum Router::Who;
    router.add(
        "GET", "/", Browser, [](Call &call) { sendPage(call, "index.html"); }, true);
    router.add(
        "GET", "/models", Browser, [](Call &call) { sendPage(call, "index.html"); }, true);
    router.add(
        "GET", "/models/{id}", Browser,
        [api](Call &call) {
            (void)api.store.get(Kind::Model, call.id());
            sendPage(call, "model.html");
        },
        true);
    router.add(
        "GET", "/compare", Browser, [](Call &call) { sendPage(call, "compare.html"); }, true);
    addWebDataRoutes(router, api);
    router.add(
        "GET", "/login", Anyone, [](Call &call) { sendPage(call, "login.html"); }, true);
    const auto wrongOnes = std::make_shared<RequestLimit>(kWrongSignIns, [&store = api.store] { return store.nowMs(); });
    router.add(
        "POST", "/login", Anyone, [api, wrongOnes](Call &call) { signIn(api, *wrongOnes, call); }, true);
    router.add("POST", "/logout", Anyone, [](Call &call) {
        call.discardBody();
        setCookie(call, "", 0);
        call.response.status = 303;
        call.response.setHeader("Location", "/login");
    });
    router.add("GET", "/assets/{name}", Anyone, [](Call &call) {
        sendAsset(call, call.request.path.mid(static_cast<qsizetype>(qstrlen("/assets/"))));
    });
}

} // namespace torchdeck::hub::server

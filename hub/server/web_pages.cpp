// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/server/access.h"
#include "hub/server/api_error.h"
#include "hub/server/json_util.h"
#include "hub/server/model_json.h"
#include "hub/server/store.h"
#include "hub/server/upload.h"

#include <QtCore/QCryptographicHash>
#include <QtCore/QFile>
#include <QtCore/QJsonArray>
#include <QtCore/QUrlQuery>

static void initHubWebResource()
{
    Q_INIT_RESOURCE(hub_web); // a static library's resources are not registered by themselves
}

namespace torchdeck::hub::server {

namespace {

constexpr qint64 kSessionLifeMs = 30LL * 24 * 3'600'000;
constexpr char kCookie[] = "torchdeck_session";
constexpr char kPurpose[] = "web";

QByteArray cookieOf(const HttpRequest &request)
{
    for (const QByteArray &pair : request.header("cookie").split(';')) {
        const QByteArray trimmed = pair.trimmed();
        if (trimmed.startsWith(QByteArray(kCookie) + '='))
            return trimmed.mid(static_cast<qsizetype>(sizeof kCookie));
    }
    return {};
}

/// Answers with `body`, or 304 when the browser has just that.
void sendTagged(Call &call, const QByteArray &type, const QByteArray &body)
{
    const QByteArray tag = '"' + QCryptographicHash::hash(body, QCryptographicHash::Sha1).toHex() + '"';
    call.response.setHeader("ETag", tag);
    call.response.setHeader("Cache-Control", "private, no-cache");
    if (call.request.header("if-none-match").contains(tag)) {
        call.response.status = 304;
        return;
    }
    call.response.type = type;
    call.response.body = body;
}

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

void sendModels(const Api &api, Call &call)
{
    ListQuery query;
    query.limit = 100;
    query.text = QString::fromUtf8(call.request.query.value("query"));
    query.afterId = QString::fromLatin1(call.request.query.value("after"));
    const Page page = api.store.list(Kind::Model, query);
    QJsonArray models;
    for (const Record &model : page.results)
        models.append(summaryJson(model, api.store.nowMs()));
    sendTagged(call, "application/json",
               compact({ { QStringLiteral("models"), models },
                         { QStringLiteral("total"), page.total },
                         { QStringLiteral("more"), page.more },
                         { QStringLiteral("signed_in"), !Access::isLocalBrowser(call.request) } }));
}

QJsonObject filesJson(const Record &model)
{
    QJsonObject files;
    for (const StoredFile &file : model.files) {
        QJsonObject json = fileJson(file);
        json.insert(QStringLiteral("url"),
                    QStringLiteral("/web/files/%1/%2/%3").arg(model.id, file.role, file.name));
        files.insert(file.role, json);
    }
    return files;
}

/// The model and those epochs that changed after revision `after`: what an open page asks for every two
/// seconds.
void sendModel(const Api &api, Call &call)
{
    const Record model = api.store.get(Kind::Model, call.id());
    qint64 after = call.request.query.value("after").toLongLong();
    if (after > model.rev) // this folder was put back from a copy: begin anew
        after = 0;
    QJsonObject info = summaryJson(model, api.store.nowMs());
    for (const char *key : { "config", "lineage", "meta" })
        info.insert(QLatin1String(key), model.body.value(QLatin1String(key)));
    info.insert(QStringLiteral("train_args"), model.body.value(QStringLiteral("train_args")));
    info.insert(QStringLiteral("files"), filesJson(model));
    info.insert(QStringLiteral("seen"), model.seenMs);
    info.insert(QStringLiteral("first_metrics"), model.firstMetricsMs);
    info.insert(QStringLiteral("last_metrics"), model.lastMetricsMs);
    info.insert(QStringLiteral("ms_per_epoch"), api.store.msPerEpoch(model.id));
    QByteArray json =
        "{\"model\":" + compact(info) + ",\"after\":" + QByteArray::number(after) + ",\"epochs\":[";
    qint64 rev = after;
    for (const EpochMetrics &epoch : api.store.metrics(model.id, after)) {
        json += '[' + QByteArray::number(epoch.epoch) + ',' + epoch.body + "],";
        rev = std::max(rev, epoch.rev);
    }
    if (json.endsWith(','))
        json.chop(1);
    sendTagged(call, "application/json", json + "],\"rev\":" + QByteArray::number(rev) + '}');
}

void sendCheckpoint(const Api &api, Call &call)
{
    const auto [file, facts] = api.store.openFile(Kind::Model, call.id(), call.ids.value(1));
    sendFile(call, file, facts);
}

/// Only a path on this very server.
QByteArray safeNext(const QByteArray &next)
{
    const bool own = next.startsWith('/') && !next.startsWith("//") && !next.contains('\\')
        && next.size() < 500
        && std::all_of(next.begin(), next.end(), [](char c) { return c > ' ' && c < 127; });
    return own ? next : QByteArray("/");
}

void setCookie(Call &call, const QByteArray &value, qint64 seconds)
{
    call.response.setHeader("Set-Cookie",
                            QByteArray(kCookie) + '=' + value
                                + "; Path=/; HttpOnly; SameSite=Strict; Max-Age="
                                + QByteArray::number(seconds));
}

void signIn(const Api &api, Call &call)
{
    QByteArray form = call.body(16 * 1024);
    form.replace('+', ' ');
    const QUrlQuery fields(QString::fromLatin1(form));
    const auto field = [&](const char *name) {
        return fields.queryItemValue(QLatin1String(name), QUrl::FullyDecoded).trimmed().toUtf8();
    };
    call.response.status = 303;
    if (api.access.isKey(field("key"))) {
        setCookie(call, api.access.sign(kPurpose, api.store.nowMs() + kSessionLifeMs), kSessionLifeMs / 1000);
        call.response.setHeader("Location", safeNext(field("next")));
    } else {
        call.response.setHeader("Location",
                                "/login?wrong=1&next=" + safeNext(field("next")).toPercentEncoding("/"));
    }
}

} // namespace

bool mayBrowse(const Access &access, const HttpRequest &request, qint64 nowMs)
{
    const bool foreign =
        request.header("sec-fetch-site") == "cross-site" && request.header("sec-fetch-mode") != "navigate";
    return !foreign && (Access::isLocalBrowser(request) || access.verify(kPurpose, cookieOf(request), nowMs));
}

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
    router.add("GET", "/web/api/models", Browser, [api](Call &call) { sendModels(api, call); });
    router.add("GET", "/web/api/models/{id}", Browser, [api](Call &call) { sendModel(api, call); });
    router.add("GET", "/web/files/{id}/{id}/{name}", Browser,
               [api](Call &call) { sendCheckpoint(api, call); });
    router.add(
        "GET", "/login", Anyone, [](Call &call) { sendPage(call, "login.html"); }, true);
    router.add(
        "POST", "/login", Anyone, [api](Call &call) { signIn(api, call); }, true);
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

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/server/http_message.h"

#include <QtCore/QByteArrayList>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonObject>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace torchdeck::hub::server {

class Access;
class ModelRunner;
class RequestLimit;
class Store;

/// One request under way, with what its route captured.
struct Call {
    HttpRequest &request;
    HttpResponse &response;
    QString user; ///< whose key came or who signed in; empty: the administrator, or nobody had to
    QStringList ids; ///< the {id} parts of the path, [A-Za-z0-9]{1,64} each
    /// Whose key came: "" = the administrator's; no inner value = none that is good; no outer one = not looked yet.
    std::optional<std::optional<QString>> keyOwner = {};

    [[nodiscard]] QString id() const { return ids.value(0); }
    /// Reads the whole body as a JSON object ({} when there is none); throws ApiError 400 or 413.
    [[nodiscard]] QJsonObject json() const;
    /// Reads the whole body up to `limit` bytes; throws ApiError 413.
    [[nodiscard]] QByteArray body(qsizetype limit) const;
    void discardBody() const; ///< for a refusal that the client should read without a broken connection

    /// Answers {"success": true, "data": ...}.
    void succeed(const QJsonValue &data, const QString &message = {}) const;
    void sendJson(int status, const QJsonObject &object) const;
};

/// Finds the handler of a path and method, checks who asks, and turns exceptions into answers.
class Router {
public:
    enum class Who {
        Key, ///< x-api-key or Bearer, else 401; a user's first {id} must be their own, else 404
        Administrator, ///< the administrator's key, else 401, or 403 for a user's
        Browser, ///< a local or signed-in browser, or a key; else 401 (JSON) or the sign-in page; {id} as for Key
        Anyone, ///< the handler checks by itself
    };
    using Handler = std::function<void(Call &)>;
    /// Who looks at pages: nothing = nobody we know, empty = the administrator, else a user.
    using Gate = std::function<std::optional<QString>(const HttpRequest &)>;

    /// What the router asks about users; both are called on the request's thread.
    struct Users {
        std::function<std::optional<QString>(const QByteArray &key)> userOf;
        std::function<bool(const QString &user, const QString &id)> owns;
    };

    Router(const Access &access, Gate browserGate, Users users);
    ~Router();
    /// From now on counts the API's requests, tells clients where they stand, and answers 429 beyond the limit.
    void limitRequests(std::unique_ptr<RequestLimit> limit);
    /// `path` like "/v1/models/{id}/files/{id}/{name}"; {name} is any text, which no handler uses. `page`:
    /// people look at it, so refusals are pages too.
    void add(const char *method, const QByteArray &path, Who who, Handler handler, bool page = false);
    /// "GET /v1/models/{id}", in the order of add().
    [[nodiscard]] QByteArrayList routes() const;
    /// HttpHandler's shape; never throws.
    void operator()(HttpRequest &request, HttpResponse &response) const;

private:
    struct Route {
        QByteArray method;
        QByteArrayList parts;
        Who who;
        Handler handler;
        bool page;
    };
    [[nodiscard]] static bool matches(const Route &route, const QByteArrayList &parts, QStringList *ids);
    void dispatch(Call &call) const;
    [[nodiscard]] bool admit(const Route &route, Call &call) const;
    void admitUser(const Route &route, const Call &call) const; ///< throws ApiError 403, 404
    [[nodiscard]] const std::optional<QString> &keyOwner(Call &call) const;
    [[nodiscard]] bool countRequest(Call &call) const; ///< false: too many, answered with 429

    const Access &m_access;
    const Gate m_gate;
    const Users m_users;
    std::unique_ptr<RequestLimit> m_limit; ///< null: none
    std::vector<Route> m_routes;
};

/// Everything that handlers share.
struct Api {
    Store &store;
    const Access &access;
    ModelRunner &models;
};

/// The administrator's key, or that of the user whose record it is: for addresses that a signed link opens too.
[[nodiscard]] bool mayDownload(const Api &api, const Call &call);
/// The file that stands for a model: "best" (final, or the best so far), else "last". Throws ApiError 404, 409.
[[nodiscard]] QString roleToRun(const Api &api, const QString &model);
/// 503 with Retry-After, for a full ModelRunner.
[[noreturn]] void refuseCrowd(Call &call);

/// Key check, usage events; models, projects, datasets: create, read, update, delete, list, files.
void addRecordRoutes(Router &router, const Api &api);
void addModelRoutes(Router &router, const Api &api); ///< metrics, checkpoints, heartbeats
void addPredictRoutes(Router &router, const Api &api);
void addExportRoutes(Router &router, const Api &api);
void addKeyRoutes(Router &router, const Api &api); ///< users' keys, for the administrator
void addWebRoutes(Router &router, const Api &api); ///< pages for the browser

} // namespace torchdeck::hub::server

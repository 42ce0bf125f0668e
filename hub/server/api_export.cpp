// SPDX-License-Identifier: GPL-3.0-or-later
// Models in other formats. hub-sdk and Ultralytics ask with POST /v1/models/ID/export {"format"}, then POST /get-export
// {"modelId", "format"}; here both answer at once with a link, and the file is written when it is fetched.
#include "hub/server/access.h"
#include "hub/server/api_error.h"
#include "hub/server/model_json.h"
#include "hub/server/model_runner.h"
#include "hub/server/upload.h"

#include <QtCore/QFile>

namespace torchdeck::hub::server {

namespace {

/// PyTorch has no argument in Ultralytics' table of formats ("-"): the checkpoint is what they export from.
bool isCheckpoint(const QString &format)
{
    return format == QLatin1String("pytorch") || format == QLatin1String("pt") || format == QLatin1String("-");
}

QByteArray purposeOf(const QString &model, const QString &format)
{
    return "export\n" + model.toLatin1() + '\n' + format.toLatin1();
}

QString linkFor(const Api &api, const Call &call, const Record &model, const QString &role, const QString &format)
{
    if (isCheckpoint(format))
        return fileLink(api, call.request, model, role, role + QStringLiteral(".pt"));
    return signedLink(api, call.request, "/v1/models/" + model.id.toLatin1() + "/export/" + format.toLatin1(),
                      purposeOf(model.id, format));
}

void requireFormat(const Api &api, const QString &format)
{
    if (format.isEmpty())
        throw ApiError(400, QStringLiteral("format must be a word, such as \"pytorch\"."));
    const QStringList formats = api.models.exportFormats();
    if (!isCheckpoint(format) && !formats.contains(format))
        throw ApiError(501,
                       QStringLiteral("This HUB does not export models as \"%1\" yet, only as %2: take the pytorch "
                                      "file and convert it.")
                           .arg(format.left(40), (QStringList { QStringLiteral("pytorch") } + formats)
                                                     .join(QStringLiteral(", "))));
}

void answer(const Api &api, const Call &call, const QString &id, const QJsonObject &body)
{
    const QString format = body.value(QStringLiteral("format")).toString();
    const Record model = api.store.get(Kind::Model, id);
    requireFormat(api, format);
    const QString role = roleToRun(api, id);
    const StoredFile *file = model.file(role);
    QJsonObject data { { QStringLiteral("format"), format },
                       { QStringLiteral("url"), linkFor(api, call, model, role, format) } };
    if (isCheckpoint(format) && file) {
        data.insert(QStringLiteral("size"), file->size);
        data.insert(QStringLiteral("sha256"), file->sha256);
    }
    call.succeed(data, QStringLiteral("Export ready!"));
}

/// The model's id stands in the body, where the router does not look.
void getExport(const Api &api, const Call &call)
{
    const QJsonObject body = call.json();
    const QString id = body.value(QStringLiteral("modelId")).toString().left(64);
    if (!call.user.isEmpty() && !api.store.owns(call.user, id))
        throw noSuchRecord(wordFor(Kind::Model), id);
    answer(api, call, id, body);
}

void sendExport(const Api &api, Call &call)
{
    const QByteArray path = call.request.path;
    const QString format = QString::fromLatin1(path.mid(path.lastIndexOf('/') + 1));
    if (!mayDownload(api, call)
        && !api.access.verify(purposeOf(call.id(), format), call.request.query.value("token"), api.store.nowMs()))
        throw ApiError(
            401, QStringLiteral("This link has expired: ask the HUB for a new one, or send the API key."));
    if (!api.models.exportFormats().contains(format))
        throw ApiError(404, QStringLiteral("This model has no such file."));
    const auto [weights, facts] = api.store.openFile(Kind::Model, call.id(), roleToRun(api, call.id()));
    const ServedCheckpoint checkpoint { QStringLiteral("/proc/self/fd/%1").arg(weights->handle()), facts.name,
                                        facts.sha256 };
    IncomingFile place(api.store.tempDir()); // goes with this request; the open file lives on
    if (!api.models.run([&](ModelService &service) { service.exportModel(checkpoint, format, place.path()); }))
        refuseCrowd(call);
    auto file = std::make_shared<QFile>(place.path());
    if (!file->open(QIODevice::ReadOnly | QIODevice::Unbuffered))
        throw ApiError(500, QStringLiteral("The HUB lost the file while writing it."));
    StoredFile written;
    written.name = facts.name.left(facts.name.lastIndexOf(QLatin1Char('.')) + 1) + format;
    written.size = file->size();
    written.sha256 = facts.sha256 + QLatin1Char('-') + format; // its ETag: the same weights give the same file
    sendFile(call, file, written);
}

} // namespace

void addExportRoutes(Router &router, const Api &api)
{
    using enum Router::Who;
    router.add("POST", "/v1/models/{id}/export", Key,
               [api](Call &call) { answer(api, call, call.id(), call.json()); });
    router.add("POST", "/get-export", Key, [api](Call &call) { getExport(api, call); });
    router.add("GET", "/v1/models/{id}/export/{name}", Anyone, [api](Call &call) { sendExport(api, call); });
}

} // namespace torchdeck::hub::server

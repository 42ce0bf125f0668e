// SPDX-License-Identifier: GPL-3.0-or-later
// Runs a model on a picture. Shapes: hub-sdk's Models.predict, and Ultralytics' pages on the
// inference API in their two forms: api.ultralytics.com/v1/predict/ID (size, confidence, `data` in fractions of the
// image) and predict.ultralytics.com (imgsz, conf, `images` in pixels). Both names are taken, both lists answered.
#include "hub/server/api_error.h"
#include "hub/server/model_runner.h"
#include "hub/server/store.h"
#include "hub/server/upload.h"

#include <QtCore/QFile>

#include <cmath>

namespace torchdeck::hub::server {

namespace {

constexpr qint64 kMaxImage = 32LL << 20;
constexpr int kSmallest = 32, kLargest = 1280; ///< of imgsz, as HUB has it

/// The field under HUB's older or newer name, or `fallback`.
double number(const Upload &upload, const char *name, const char *other, double fallback, double lowest, double highest)
{
    const char *given = upload.fields.contains(name) ? name : other;
    if (!upload.fields.contains(given))
        return fallback;
    bool good = false;
    const double value = upload.fields.value(given).trimmed().toDouble(&good);
    if (!good || !(value >= lowest && value <= highest))
        throw ApiError(400,
                       QStringLiteral("%1 must be a number from %2 to %3.")
                           .arg(QLatin1String(given))
                           .arg(lowest)
                           .arg(highest));
    return value;
}

double rounded(double value) { return std::round(value * 1e5) / 1e5; }

QJsonObject cornersJson(double x1, double y1, double x2, double y2)
{
    return { { QStringLiteral("x1"), rounded(x1) },
             { QStringLiteral("y1"), rounded(y1) },
             { QStringLiteral("x2"), rounded(x2) },
             { QStringLiteral("y2"), rounded(y2) } };
}

QJsonObject objectJson(const FoundObject &object)
{
    return { { QStringLiteral("class"), object.classId },
             { QStringLiteral("name"), object.name },
             { QStringLiteral("confidence"), rounded(object.confidence) } };
}

QJsonObject answerJson(const FoundObjects &found)
{
    QJsonArray fractions, pixels;
    const double w = std::max(found.width, 1), h = std::max(found.height, 1);
    for (const FoundObject &o : found.objects) {
        QJsonObject inPixels = objectJson(o), relative = inPixels;
        inPixels.insert(QStringLiteral("box"), cornersJson(o.x1, o.y1, o.x2, o.y2));
        pixels.append(inPixels);
        relative.insert(QStringLiteral("box"), cornersJson(o.x1 / w, o.y1 / h, o.x2 / w, o.y2 / h));
        relative.insert(QStringLiteral("xcenter"), rounded((o.x1 + o.x2) / 2 / w));
        relative.insert(QStringLiteral("ycenter"), rounded((o.y1 + o.y2) / 2 / h));
        relative.insert(QStringLiteral("width"), rounded((o.x2 - o.x1) / w));
        relative.insert(QStringLiteral("height"), rounded((o.y2 - o.y1) / h));
        fractions.append(relative);
    }
    const QJsonObject speed { { QStringLiteral("preprocess"), rounded(found.preprocess) },
                              { QStringLiteral("inference"), rounded(found.inference) },
                              { QStringLiteral("postprocess"), rounded(found.postprocess) } };
    const QJsonObject image { { QStringLiteral("results"), pixels },
                              { QStringLiteral("shape"), QJsonArray { found.height, found.width } },
                              { QStringLiteral("speed"), speed } };
    return { { QStringLiteral("success"), true },
             { QStringLiteral("message"), QStringLiteral("Inference complete.") },
             { QStringLiteral("data"), fractions },
             { QStringLiteral("images"), QJsonArray { image } } };
}

void predict(const Api &api, Call &call)
{
    const QString role = roleToRun(api, call.id()); // before the bytes come
    if (api.models.full())
        refuseCrowd(call);
    const Upload upload = receivePassing(call, api.store, kMaxImage);
    PredictRequest request;
    request.image = upload.file->path();
    request.imgsz = static_cast<int>(number(upload, "imgsz", "size", 0, kSmallest, kLargest));
    request.confidence = number(upload, "conf", "confidence", request.confidence, 0, 1);
    request.iou = number(upload, "iou", "iou", request.iou, 0, 1);
    // The open file stays as it is when a newer one takes its name.
    const auto [file, facts] = api.store.openFile(Kind::Model, call.id(), role);
    request.checkpoint = { QStringLiteral("/proc/self/fd/%1").arg(file->handle()), facts.name, facts.sha256 };
    request.stop = api.models.stopToken();
    FoundObjects found;
    if (!api.models.run([&](ModelService &service) { found = service.predict(request); }))
        refuseCrowd(call);
    call.sendJson(200, answerJson(found));
}

} // namespace

void refuseCrowd(Call &call)
{
    call.response.setHeader("Retry-After", "2");
    throw ApiError(503, QStringLiteral("Too many requests wait for this HUB's models: try again in two seconds."));
}

QString roleToRun(const Api &api, const QString &model)
{
    const Record record = api.store.get(Kind::Model, model);
    for (const QString &role : { QStringLiteral("best"), QStringLiteral("last") }) {
        if (record.file(role))
            return role;
    }
    throw ApiError(409, QStringLiteral("This model has no weights yet: upload a checkpoint first."));
}

void addPredictRoutes(Router &router, const Api &api)
{
    router.add("POST", "/v1/predict/{id}", Router::Who::Key, [api](Call &call) {
        if (!api.models.available()) {
            call.discardBody();
            throw ApiError(501, QStringLiteral("This HUB does not run models yet: use Torchdeck itself for that."));
        }
        predict(api, call);
    });
}

} // namespace torchdeck::hub::server

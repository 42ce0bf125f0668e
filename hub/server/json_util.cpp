// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/server/json_util.h"

#include "hub/server/api_error.h"

#include <QtCore/QJsonDocument>

namespace torchdeck::hub::server {

namespace {

constexpr int kMaxEpoch = 10'000'000;

} // namespace

QByteArray compact(const QJsonObject &object) { return QJsonDocument(object).toJson(QJsonDocument::Compact); }

QJsonObject mergedJson(QJsonObject base, const QJsonObject &changes)
{
    for (auto it = changes.begin(); it != changes.end(); ++it) {
        const QJsonValue old = base.value(it.key());
        if (old.isObject() && it.value().isObject())
            base.insert(it.key(), mergedJson(old.toObject(), it.value().toObject()));
        else
            base.insert(it.key(), it.value());
    }
    return base;
}

QJsonObject parseObject(const QByteArray &text, const QString &what)
{
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(text, &error);
    if (error.error != QJsonParseError::NoError)
        throw ApiError(400,
                       QStringLiteral("%1: not valid JSON (%2, at byte %3).")
                           .arg(what, error.errorString())
                           .arg(error.offset));
    if (!document.isObject())
        throw ApiError(400, QStringLiteral("%1: a JSON object was expected.").arg(what));
    return document.object();
}

QByteArray withoutNonFinite(const QByteArray &text)
{
    QByteArray clean;
    clean.reserve(text.size());
    bool quoted = false;
    for (qsizetype i = 0; i < text.size();) {
        const char c = text[i];
        if (quoted && c == '\\') {
            clean += text.mid(i, 2);
            i += 2;
            continue;
        }
        if (c == '"')
            quoted = !quoted;
        qsizetype word = 0;
        if (!quoted) {
            for (const char *bad : { "NaN", "Infinity", "-Infinity" }) {
                if (QByteArrayView(text).sliced(i).startsWith(bad))
                    word = static_cast<qsizetype>(qstrlen(bad));
            }
        }
        clean += word ? QByteArray("null") : QByteArray(1, c);
        i += std::max<qsizetype>(word, 1);
    }
    return clean;
}

QMap<int, QJsonObject> parseMetrics(const QJsonObject &metrics)
{
    QMap<int, QJsonObject> epochs;
    for (auto it = metrics.begin(); it != metrics.end(); ++it) {
        bool number = false;
        const int epoch = it.key().toInt(&number);
        if (!number || epoch < 0 || epoch > kMaxEpoch)
            throw ApiError(400,
                           QStringLiteral("metrics: \"%1\" is not a 0-based epoch.").arg(it.key().left(40)));
        const QString what = QStringLiteral("metrics of epoch %1").arg(epoch);
        if (it.value().isObject())
            epochs.insert(epoch, it.value().toObject());
        else if (it.value().isString())
            epochs.insert(epoch, parseObject(withoutNonFinite(it.value().toString().toUtf8()), what));
        else
            throw ApiError(400, QStringLiteral("%1: JSON text of an object was expected.").arg(what));
    }
    return epochs;
}

std::optional<double> mapOf(const QJsonObject &values)
{
    for (const char *key :
         { "metrics/mAP50-95(B)", "metrics/mAP50-95(M)", "metrics/mAP50-95(P)", "metrics/mAP50-95" }) {
        if (const QJsonValue value = values.value(QLatin1String(key)); value.isDouble())
            return value.toDouble();
    }
    return std::nullopt;
}

QString recordName(const QJsonObject &body)
{
    QString name = body.value(QStringLiteral("meta")).toObject().value(QStringLiteral("name")).toString();
    if (name.isEmpty())
        name = body.value(QStringLiteral("name")).toString();
    return name.left(400);
}

} // namespace torchdeck::hub::server

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QByteArray>
#include <QtCore/QJsonObject>
#include <QtCore/QMap>
#include <QtCore/QString>

#include <optional>

namespace torchdeck::hub::server {

[[nodiscard]] QByteArray compact(const QJsonObject &object);
/// Objects are merged key by key, everything else is replaced; null removes nothing, it is stored.
[[nodiscard]] QJsonObject mergedJson(QJsonObject base, const QJsonObject &changes);
/// Parses a JSON object; throws ApiError 400 "`what` ... at byte N".
[[nodiscard]] QJsonObject parseObject(const QByteArray &text, const QString &what);
/// NaN, Infinity and -Infinity outside strings become null: Python writes them, JSON does not know them.
[[nodiscard]] QByteArray withoutNonFinite(const QByteArray &text);
/// The body of a metrics request, checked as a whole: epoch -> values. Throws ApiError 400.
[[nodiscard]] QMap<int, QJsonObject> parseMetrics(const QJsonObject &metrics);
/// mAP50-95 of one epoch's values: boxes, else masks, else key points.
[[nodiscard]] std::optional<double> mapOf(const QJsonObject &values);
/// meta.name, else name, bounded in length.
[[nodiscard]] QString recordName(const QJsonObject &body);

} // namespace torchdeck::hub::server

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Reads reference.json, written by make_reference.py with the published package.

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <stdexcept>
#include <string>
#include <vector>

namespace torchdeck::test {

inline QJsonObject referenceFile()
{
    QFile file(QStringLiteral(REFERENCE_FILE));
    if (!file.open(QIODevice::ReadOnly))
        throw std::runtime_error("cannot open " + file.fileName().toStdString());
    QJsonParseError error {};
    const QJsonDocument document = QJsonDocument::fromJson(file.readAll(), &error);
    if (error.error != QJsonParseError::NoError)
        throw std::runtime_error(file.fileName().toStdString() + ": " + error.errorString().toStdString());
    return document.object();
}

template <typename T> std::vector<T> numbers(const QJsonValue &value)
{
    std::vector<T> result;
    const QJsonArray array = value.toArray();
    result.reserve(static_cast<std::size_t>(array.size()));
    for (const QJsonValue &item : array)
        result.push_back(static_cast<T>(item.toDouble()));
    return result;
}

} // namespace torchdeck::test

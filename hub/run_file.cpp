// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/run_file.h"

#include <QtCore/QFile>
#include <QtCore/QJsonDocument>
#include <QtCore/QRegularExpression>
#include <QtCore/QSaveFile>

namespace torchdeck::hub {

namespace {

constexpr qint64 maxRunFile = 1 << 16;
constexpr qint64 maxCsv = 64 << 20;

QString filePath(const QString &folder) { return folder + QStringLiteral("/hub.json"); }

/// Ids end up in URLs and headers: whatever else stands in the file is not ours.
QString saneId(const QJsonValue &value)
{
    static const QRegularExpression allowed(QStringLiteral("^[A-Za-z0-9_-]{1,128}$"));
    const auto text = value.toString();
    return allowed.match(text).hasMatch() ? text : QString();
}

} // namespace

std::optional<RunFile> readRunFile(const QString &folder)
{
    QFile file(filePath(folder));
    if (folder.isEmpty() || file.size() > maxRunFile || !file.open(QIODevice::ReadOnly))
        return std::nullopt;
    const auto object = QJsonDocument::fromJson(file.readAll()).object();
    RunFile run;
    run.localId = saneId(object.value(QLatin1String("local_id")));
    run.modelId = saneId(object.value(QLatin1String("model_id")));
    run.apiRoot = QUrl(object.value(QLatin1String("api_root")).toString());
    run.webRoot = QUrl(object.value(QLatin1String("web_root")).toString());
    if (run.localId.isEmpty() && run.modelId.isEmpty())
        return std::nullopt;
    return run;
}

bool writeRunFile(const QString &folder, const RunFile &run)
{
    QSaveFile file(filePath(folder));
    if (folder.isEmpty() || !file.open(QIODevice::WriteOnly))
        return false;
    const QJsonObject object {
        { QStringLiteral("local_id"), run.localId },
        { QStringLiteral("model_id"), run.modelId },
        { QStringLiteral("api_root"), run.apiRoot.toString(QUrl::RemoveUserInfo) },
        { QStringLiteral("web_root"), run.webRoot.toString(QUrl::RemoveUserInfo) },
    };
    file.write(QJsonDocument(object).toJson());
    return file.commit(); // flushes to the disk, then renames
}

QMap<int, QJsonObject> readResultsCsv(const QString &folder)
{
    QMap<int, QJsonObject> epochs;
    QFile file(folder + QStringLiteral("/results.csv"));
    if (folder.isEmpty() || file.size() > maxCsv || !file.open(QIODevice::ReadOnly | QIODevice::Text))
        return epochs;
    const auto split = [&file] {
        auto cells = QString::fromUtf8(file.readLine()).trimmed().split(QLatin1Char(','));
        for (auto &cell : cells)
            cell = cell.trimmed();
        return cells;
    };
    const auto names = split();
    const auto epochColumn = names.indexOf(QStringLiteral("epoch"));
    if (epochColumn < 0)
        return epochs;
    while (!file.atEnd()) {
        const auto cells = split();
        bool ok = cells.size() == names.size();
        const int epoch = ok ? cells.at(epochColumn).toInt(&ok) : 0;
        if (!ok || epoch < 1)
            continue;
        QJsonObject values;
        for (qsizetype i = 0; i < names.size(); ++i) {
            if (i == epochColumn || names.at(i) == QLatin1String("time")
                || names.at(i).startsWith(QLatin1String("lr/")))
                continue;
            const double value = cells.at(i).toDouble(&ok);
            if (ok)
                values[names.at(i)] = value;
        }
        epochs[epoch - 1] = values;
    }
    return epochs;
}

} // namespace torchdeck::hub

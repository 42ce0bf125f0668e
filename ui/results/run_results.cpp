// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/results/run_results.h"

#include "ui/runs/run_reader.h"

#include <QtCore/QDateTime>
#include <QtCore/QFile>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QRegularExpression>

#include <cmath>

namespace torchdeck::ui {

namespace {

/// RUN/hub.json, which the HUB client keeps there. Ids become part of an address: whatever else stands there is not ours.
QUrl modelUrl(const QString &folder)
{
    constexpr qint64 mostBytes = 1 << 16;
    QFile file(folder + QStringLiteral("/hub.json"));
    if (file.size() > mostBytes || !file.open(QIODevice::ReadOnly))
        return {};
    const QJsonObject object = QJsonDocument::fromJson(file.readAll()).object();
    static const QRegularExpression allowed(QStringLiteral("^[A-Za-z0-9_-]{1,128}$"));
    const QString id = object.value(QLatin1String("model_id")).toString();
    QUrl url(object.value(QLatin1String("web_root")).toString());
    if (!allowed.match(id).hasMatch() || !url.isValid() || !url.scheme().startsWith(u"http"))
        return {};
    QString path = url.path();
    while (path.endsWith(QLatin1Char('/')))
        path.chop(1);
    url.setPath(path + QStringLiteral("/models/") + id);
    return url;
}

} // namespace

std::optional<engine::EpochDetails> RunResults::best() const
{
    if (auto details = epochs.at(summary.bestEpoch - 1))
        return details;
    const std::vector<int> all = epochs.epochs();
    return all.empty() ? std::nullopt : epochs.at(all.back());
}

double RunResults::bestValue(const QString &name) const
{
    const auto column = curves.names.indexOf(name);
    for (std::size_t i = 0; column >= 0 && i < curves.epochs.size(); ++i) {
        if (std::lround(curves.epochs[i]) == summary.bestEpoch)
            return curves.columns[static_cast<std::size_t>(column)][i];
    }
    return std::nan("");
}

RunResults readResults(const QString &folder)
{
    RunResults results;
    const auto summary = readRun(folder, nullptr, QDateTime::currentMSecsSinceEpoch());
    if (!summary)
        return results;
    results.found = true;
    results.summary = *summary;
    results.curves = readCurves(folder);
    results.epochs = engine::EpochArchive::read(folder.toStdString());
    results.events = engine::readRunEvents(folder.toStdString());
    QFile worst(folder + QStringLiteral("/worst_images.json"));
    if (worst.open(QIODevice::ReadOnly))
        results.worst = parseWorstImages(worst.readAll()).value_or(WorstImages {});
    for (const char *name : { "/weights/best.pt", "/weights/last.pt" }) {
        if (results.checkpoint.isEmpty() && QFile::exists(folder + QLatin1String(name)))
            results.checkpoint = folder + QLatin1String(name);
    }
    results.modelUrl = modelUrl(folder);
    return results;
}

} // namespace torchdeck::ui

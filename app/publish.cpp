// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/publish.h"

#include "app/hub_bridge.h"
#include "hub/run_file.h"
#include "torchdeck/engine/run_arguments.h"

#include <QtCore/QDir>
#include <QtCore/QFileInfo>

#include <exception>

namespace torchdeck::app {

namespace {

/// Of the epoch with the best fitness, as the trainer chose best.pt: 0.1 mAP50 + 0.9 mAP50-95.
double bestMap(const QString &folder)
{
    double best = 0, bestFitness = -1;
    const auto rows = hub::readResultsCsv(folder);
    for (const QJsonObject &row : rows) {
        const double map = row.value(QLatin1String("metrics/mAP50-95(B)")).toDouble();
        const double fitness = 0.1 * row.value(QLatin1String("metrics/mAP50(B)")).toDouble() + 0.9 * map;
        if (fitness > bestFitness) {
            bestFitness = fitness;
            best = map;
        }
    }
    return best;
}

} // namespace

PublishPlan planPublish(const QString &folder)
{
    PublishPlan plan;
    const QString path = QDir::cleanPath(QDir().absoluteFilePath(folder));
    const QString args = path + QStringLiteral("/args.yaml");
    if (!QFileInfo(args).isFile()) {
        plan.problem =
            QStringLiteral("%1 is not the folder of a run (it has no args.yaml): choose one such as "
                           "runs/detect/train.")
                .arg(path);
        return plan;
    }
    try {
        engine::PretrainRoutineStart start;
        start.config = engine::readRunArguments(args.toStdString());
        start.saveDir = path.toStdString();
        plan.description = describeRun(start);
    } catch (const std::exception &error) {
        plan.problem = QString::fromUtf8(error.what());
        return plan;
    }
    const QString best = path + QStringLiteral("/weights/best.pt");
    if (QFileInfo(best).isFile())
        plan.bestFile = best;
    plan.map = bestMap(path);
    return plan;
}

} // namespace torchdeck::app

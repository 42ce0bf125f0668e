// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/publish.h"

#include "app/hub_bridge.h"
#include "hub/run_file.h"
#include "torchdeck/engine/run_arguments.h"

#include <QtCore/QDir>
#include <QtCore/QFileInfo>

#include <algorithm>
#include <exception>

namespace torchdeck::app {

namespace {

/// Of the epoch that best.pt holds: fitness is mAP50-95 alone, here as in Ultralytics since 8.4.
double bestMap(const QString &folder)
{
    double best = 0;
    for (const QJsonObject &row : hub::readResultsCsv(folder))
        best = std::max(best, row.value(QLatin1String("metrics/mAP50-95(B)")).toDouble());
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

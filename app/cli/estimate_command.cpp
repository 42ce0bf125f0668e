// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/blocking_work.h"
#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "app/run_costs.h"
#include "app/text.h"
#include "torchdeck/engine/error.h"

#include <QtCore/QJsonArray>

namespace torchdeck::app::cli {

namespace {

QString gib(double bytes) { return QStringLiteral("%1 GiB").arg(bytes / (1 << 30), 0, 'f', 2); }

QJsonObject probeJson(const engine::RunProbe &probe)
{
    const auto list = [](const std::vector<double> &values) {
        QJsonArray array;
        for (const double value : values)
            array.append(value);
        return array;
    };
    return { { "device", QString::fromStdString(probe.device) },
             { "batch", probe.batch },
             { "train_images", qint64(probe.trainImages) },
             { "val_images", qint64(probe.valImages) },
             { "free_memory", probe.freeMemory },
             { "predicted_memory", probe.predictedMemory },
             { "peak_memory", probe.peakMemory },
             { "step_seconds", list(probe.stepSeconds) },
             { "optimizer_step_seconds", list(probe.optimizerStepSeconds) },
             { "accumulate", probe.accumulate },
             { "val_seconds_per_image", probe.valSecondsPerImage } };
}

void printEstimate(const engine::RunProbe &probe, const engine::TrainConfig &config, Console &console)
{
    const RunShape shape { probe.trainImages, probe.valImages, config.epochs, config.val, config.time * 3600 };
    const CostEstimate estimate = estimateCost({ costOf(probe, config) }, shape);
    console.line(QStringLiteral("%1, batch %2: about %3 of %4 free")
                     .arg(QString::fromStdString(probe.device))
                     .arg(probe.batch)
                     .arg(gib(estimate.peakMemory), gib(probe.freeMemory)));
    if (!probe.fits())
        console.line(QStringLiteral("It does not fit: use a smaller batch= or imgsz=, or batch=-1."));
    if (estimate.epochSeconds > 0)
        console.line(QStringLiteral("one epoch %1 +- %2, %3 epochs %4 +- %5")
                         .arg(durationText(estimate.epochSeconds), durationText(estimate.epochSpread))
                         .arg(config.epochs)
                         .arg(durationText(estimate.totalSeconds), durationText(estimate.totalSpread)));
}

} // namespace

CommandSpec estimateSpec()
{
    CommandSpec spec = trainSpec();
    spec.name = QStringLiteral("estimate");
    spec.usage = QStringLiteral("model=yolov8n.yaml data=PATH/data.yaml [name=value ...] [--json]");
    spec.summary = QStringLiteral("measure what a training would need: memory and time");
    spec.flags = { { QStringLiteral("--json"), {}, QStringLiteral("last line of standard output is one JSON object") } };
    spec.notes = QStringLiteral("Takes the arguments of `torchdeck train`, trains some batches in a temporary folder and\n"
                                "forgets them. JSON: device, batch, train_images, val_images, free_memory,\n"
                                "predicted_memory (from small batches), peak_memory (0 = not tried, it would not fit),\n"
                                "step_seconds, optimizer_step_seconds, accumulate, val_seconds_per_image. Exit code 1 when it\n"
                                "does not fit.");
    return spec;
}

int estimateCommand(const QStringList &words)
{
    const RawArguments raw = splitArguments(estimateSpec(), words);
    Console console(raw.flags.contains(QStringLiteral("--json")));
    engine::TrainConfig config;
    for (const auto &[name, value] : raw.pairs) {
        if (const auto error = engine::setTrainArgument(config, name.toStdString(), value.toStdString()))
            throw UsageError { QString::fromStdString(error->sentence) };
    }
    if (config.data.empty() && !config.resume)
        throw UsageError { QStringLiteral("No data set is given: add data=PATH/data.yaml.") };
    engine::RunProbe probe;
    const auto progress = [&console](const std::string &phase, int done, int total) {
        const QString words = total > 0 ? QStringLiteral("%1 %2/%3").arg(QString::fromStdString(phase)).arg(done).arg(total)
                                        : QString::fromStdString(phase);
        if (console.wantsJson())
            console.line(words); // whoever reads the JSON may want to show it
        else
            console.status(words);
    };
    try {
        if (runInterruptible("probe",
                             [&](const std::stop_token &stop) { probe = engine::probeRun(config, progress, stop); }))
            return Interrupted;
    } catch (const engine::EngineError &error) {
        console.fail(QString::fromUtf8(error.what()), QString::fromStdString(error.field()));
        const bool input = error.kind() == engine::ErrorKind::Argument || error.kind() == engine::ErrorKind::Dataset;
        return input ? BadInput : FailedRun;
    }
    printEstimate(probe, config, console);
    if (console.wantsJson())
        console.json(probeJson(probe));
    return probe.fits() ? Ok : FailedRun;
}

} // namespace torchdeck::app::cli

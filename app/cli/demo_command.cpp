// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/blocking_work.h"
#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "torchdeck/engine/train_config.h"

namespace torchdeck::app::cli {

CommandSpec demoSpec()
{
    CommandSpec spec = trainSpec();
    spec.name = QStringLiteral("demo");
    spec.usage = QStringLiteral("[name=value ...] [--json]");
    spec.summary = QStringLiteral("train a small model on drawn images and sync it, as a first try");
    spec.options.clear();
    spec.notes = QStringLiteral("The same as `torchdeck train` on the sample set with model=yolov8n.yaml "
                                "imgsz=160 epochs=5 hub=true;\n"
                                "arguments of `train` change that.");
    return spec;
}

int demoCommand(const QStringList &words)
{
    const RawArguments raw = splitArguments(demoSpec(), words);
    QStringList given;
    engine::TrainConfig scratch;
    for (const auto &[name, value] : raw.pairs) {
        given << name;
        // Said before any image is drawn.
        if (const auto error = engine::setTrainArgument(scratch, name.toStdString(), value.toStdString()))
            throw UsageError { QString::fromStdString(error->sentence) };
    }
    QStringList all = words;
    const auto usually = [&](const QString &name, const QString &value) {
        if (!given.contains(name))
            all << name + u'=' + value;
    };
    if (!given.contains(QStringLiteral("data"))) {
        Console console(raw.flags.contains(QStringLiteral("--json")));
        QString yaml;
        if (runInterruptible("sample", [&yaml](const std::stop_token &) { yaml = ensureSampleDataset(); }))
            return Interrupted;
        console.line(QStringLiteral("The sample set is %1").arg(yaml));
        all << QStringLiteral("data=") + yaml;
    }
    usually(QStringLiteral("model"), QStringLiteral("yolov8n.yaml"));
    usually(QStringLiteral("imgsz"), QStringLiteral("160"));
    usually(QStringLiteral("epochs"), QStringLiteral("5"));
    usually(QStringLiteral("hub"), QStringLiteral("true"));
    return trainCommand(all);
}

} // namespace torchdeck::app::cli

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "torchdeck/engine/checkpoint_convert.h"

#include <QtCore/QFileInfo>

namespace torchdeck::app::cli {

CommandSpec convertSpec()
{
    CommandSpec spec;
    spec.name = QStringLiteral("convert");
    spec.usage = QStringLiteral("model=FILE.pt to=8.3|8.4 [output=FILE.pt] [--json]");
    spec.summary = QStringLiteral("rewrite a checkpoint for another version of Ultralytics");
    const auto option = [&](const char *name, const char *fallback, const char *help) {
        spec.options.append(
            { QLatin1String(name), ValueKind::Text, QLatin1String(fallback), QLatin1String(help), {}, {} });
    };
    option("model", "", "the checkpoint, ours or Ultralytics' own");
    option("to", "8.3", "where the run is to be resumed: 8.3 (for 8.0 to 8.3) or 8.4 (and newer)");
    option("output", "", "the new file; by default beside the old one");
    spec.flags = { { QStringLiteral("--json"), {}, QStringLiteral("one JSON object: output") } };
    return spec;
}

int convertCommand(const QStringList &words)
{
    const Arguments arguments(convertSpec(), words);
    Console console(arguments.flag(QStringLiteral("--json")));
    const QString model = absolutePath(arguments.text(QStringLiteral("model")));
    if (model.isEmpty())
        throw UsageError(QStringLiteral("No checkpoint given: add model=FILE.pt."));
    const QString to = arguments.text(QStringLiteral("to"));
    if (to != QLatin1String("8.3") && to != QLatin1String("8.4"))
        throw UsageError(QStringLiteral("to=%1 is no form of a checkpoint: give 8.3 (for 8.0 to 8.3) or 8.4.").arg(to));
    const QFileInfo file(model);
    const QString beside = QStringLiteral("%1/%2-%3.pt").arg(file.path(), file.completeBaseName(), to);
    const QString named = absolutePath(arguments.text(QStringLiteral("output")));
    const QString output = named.isEmpty() ? beside : named;
    engine::convertCheckpoint(model.toStdString(), output.toStdString(),
                              to == QLatin1String("8.3") ? engine::PythonVersion::Before84
                                                         : engine::PythonVersion::Since84);
    console.line(QStringLiteral("Written to %1.").arg(output));
    if (console.wantsJson())
        console.json({ { QStringLiteral("output"), output } });
    return Ok;
}

} // namespace torchdeck::app::cli

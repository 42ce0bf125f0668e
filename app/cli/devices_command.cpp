// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "torchdeck/engine/device_info.h"

#include <QtCore/QJsonArray>

namespace torchdeck::app::cli {

CommandSpec devicesSpec()
{
    CommandSpec spec;
    spec.name = QStringLiteral("devices");
    spec.usage = QStringLiteral("[--json]");
    spec.summary = QStringLiteral("list what can be trained on");
    spec.flags = { { QStringLiteral("--json"), {}, QStringLiteral("one JSON object: devices") } };
    return spec;
}

int devicesCommand(const QStringList &words)
{
    const Arguments arguments(devicesSpec(), words);
    Console console(arguments.flag(QStringLiteral("--json")));
    QJsonArray rows;
    for (const engine::DeviceInfo &device : engine::devices()) {
        const QString id = QString::fromStdString(device.id);
        const QString name = QString::fromStdString(device.name);
        const QString note = QString::fromStdString(device.note);
        const QString state = device.available ? QString() : QStringLiteral("  (not available)");
        console.line(QStringLiteral("device=%1 %2%3%4")
                         .arg(id, -6)
                         .arg(name, state, note.isEmpty() ? QString() : QStringLiteral(": ") + note));
        rows.append(QJsonObject { { QStringLiteral("id"), id },
                                  { QStringLiteral("name"), name },
                                  { QStringLiteral("available"), device.available },
                                  { QStringLiteral("note"), note } });
    }
    if (console.wantsJson())
        console.json({ { QStringLiteral("devices"), rows } });
    return Ok;
}

} // namespace torchdeck::app::cli

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "app/secrets.h"
#include "app/settings.h"
#include "app/state_paths.h"
#include "app/support_bundle.h"

#include <QtCore/QEventLoop>

namespace torchdeck::app::cli {

CommandSpec hubSupportSpec()
{
    CommandSpec spec;
    spec.name = QStringLiteral("hub support-bundle");
    spec.usage = QStringLiteral("FILE");
    spec.summary = QStringLiteral("write versions, settings, queue and last log lines to a text file");
    spec.positionals = { QStringLiteral("FILE") };
    spec.notes = QStringLiteral("The key, passwords and the name of the home folder are left out. Read it before you "
                                "give it away all the same.");
    return spec;
}

int hubSupportCommand(const QStringList &words)
{
    const Arguments arguments(hubSupportSpec(), words);
    const QString file = absolutePath(arguments.positional(0));
    if (file.isEmpty())
        throw UsageError { QStringLiteral("Where to? Write `torchdeck hub support-bundle FILE`.") };
    const Settings settings(StatePaths::settingsFile());
    Secrets secrets(desktopKeyring(), StatePaths::secretFile());
    QEventLoop loop; // the keyring's own limit bounds it
    QObject::connect(&secrets, &Secrets::loaded, &loop, &QEventLoop::quit, Qt::QueuedConnection);
    secrets.load();
    loop.exec();
    Console console(false);
    if (const QString problem = writeSupportBundle(file, supportBundle(settings, secrets.key())); !problem.isEmpty()) {
        console.fail(problem);
        return FailedRun;
    }
    console.line(QStringLiteral("Written: %1").arg(file));
    return Ok;
}

} // namespace torchdeck::app::cli

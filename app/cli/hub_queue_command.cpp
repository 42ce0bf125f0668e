// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "app/cli/hub_waiter.h"
#include "app/cli/queue_listing.h"
#include "app/cli/stop_signals.h"
#include "app/hub_host.h"
#include "app/state_paths.h"

#include <QtCore/QEventLoop>

namespace torchdeck::app::cli {

namespace {

int listQueue(Console &console)
{
    const QVector<QueueRow> rows = readQueue();
    if (console.wantsJson()) {
        console.json(queueJson(rows));
        return Ok;
    }
    for (const QueueRow &row : rows)
        console.line(row.line());
    console.line(rows.isEmpty()
                     ? QStringLiteral("The upload queue is empty.")
                     : QStringLiteral("%1 queued; `torchdeck hub queue retry` sends what can be sent.")
                           .arg(rows.size()));
    return Ok;
}

int sendQueue(Console &console, double waitSeconds)
{
    StopSignals signals;
    Settings settings(StatePaths::settingsFile());
    Background background;
    Secrets secrets(desktopKeyring(), StatePaths::secretFile());
    HubHost host(settings, secrets, background);
    if (const QString problem = host.service().journalProblem(); !problem.isEmpty()) {
        console.fail(problem);
        return FailedRun;
    }
    HubWaiter waiter(host, waitSeconds);
    QEventLoop loop;
    QObject::connect(&waiter, &HubWaiter::done, &loop, &QEventLoop::quit);
    QObject::connect(&signals, &StopSignals::stopAsked, &waiter, &HubWaiter::giveUp);
    QObject::connect(&host, &HubHost::ready, &loop, [&host] { host.service().retryAll(); });
    QObject::connect(&host, &HubHost::logMessage, &loop,
                     [&console](const QString &text) { console.line(text); });
    host.resolve(true);
    waiter.start();
    loop.exec();

    const qsizetype own = host.service().items().size();
    const QVector<QueueRow> rows = readQueue();
    for (const QueueRow &row : rows)
        console.line(row.line());
    if (own > 0)
        console.line(QStringLiteral("%1 still queued.").arg(own));
    else
        console.line(rows.isEmpty()
                         ? QStringLiteral("Everything is sent.")
                         : QStringLiteral("What is still queued belongs to another torchdeck that runs "
                                          "and sends it."));
    if (console.wantsJson())
        console.json(queueJson(rows));
    return signals.interrupted() ? int(Interrupted) : own == 0 ? int(Ok) : int(FailedRun);
}

} // namespace

CommandSpec hubQueueSpec()
{
    CommandSpec spec;
    spec.name = QStringLiteral("hub queue");
    spec.usage = QStringLiteral("[retry] [--json] [--hub-wait=SECONDS]");
    spec.summary = QStringLiteral("list the upload queue, or send it now");
    spec.positionals = { QStringLiteral("retry") };
    spec.flags = {
        { QStringLiteral("--json"), {}, QStringLiteral("one JSON object: items, pending") },
        { QStringLiteral("--hub-wait"), QStringLiteral("SECONDS"),
          QStringLiteral("retry: give up after so long without progress [60]") },
    };
    spec.notes = QStringLiteral(
        "retry ends with 0 when the queue is empty, with 1 when something stays (it says why).");
    return spec;
}

int hubQueueCommand(const QStringList &words)
{
    const Arguments arguments(hubQueueSpec(), words);
    const QString action = arguments.positional(0);
    if (!action.isEmpty() && action != u"retry")
        throw UsageError {
            QStringLiteral("`torchdeck hub queue` knows only 'retry', not '%1'.").arg(action)
        };
    const double waitSeconds = hubWaitSeconds(arguments.flags(), 60);
    Console console(arguments.flag(QStringLiteral("--json")));
    return action.isEmpty() ? listQueue(console) : sendQueue(console, waitSeconds);
}

} // namespace torchdeck::app::cli

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "app/cli/hub_waiter.h"
#include "app/cli/stop_signals.h"
#include "app/hub_host.h"
#include "app/publish.h"
#include "app/state_paths.h"

#include <QtCore/QEventLoop>

namespace torchdeck::app::cli {

namespace {

struct Outcome {
    QString problem, modelId;
    QUrl modelUrl;
    bool confirmed = false;
    qsizetype pending = 0;
    QString waits; ///< why something stays, in words
};

Outcome publish(const PublishPlan &plan, double waitSeconds, Console &console, StopSignals &signals)
{
    Outcome outcome;
    Settings settings(StatePaths::settingsFile());
    Background background;
    Secrets secrets(desktopKeyring(), StatePaths::secretFile());
    HubHost host(settings, secrets, background);
    HubWaiter waiter(host, waitSeconds);
    QEventLoop loop;
    QObject::connect(&waiter, &HubWaiter::done, &loop, &QEventLoop::quit);
    QObject::connect(&signals, &StopSignals::stopAsked, &waiter, &HubWaiter::giveUp);
    QObject::connect(&host, &HubHost::logMessage, &loop,
                     [&console](const QString &text) { console.line(QStringLiteral("HUB: ") + text); });
    QObject::connect(&host.service(), &hub::HubService::modelKnown, &loop,
                     [&outcome](quint64, const QString &id, const QUrl &url) {
                         outcome.modelId = id;
                         outcome.modelUrl = url;
                     });
    QObject::connect(&host.service(), &hub::HubService::runConfirmed, &loop,
                     [&outcome](quint64, const QString &id, const QUrl &) {
                         outcome.confirmed = outcome.confirmed || id == outcome.modelId;
                     });
    QObject::connect(&host, &HubHost::ready, &loop, [&] {
        outcome.problem = !host.problem().isEmpty()
            ? host.problem()
            : host.service().publishRun(plan.description, plan.bestFile, plan.map);
        if (!outcome.problem.isEmpty())
            loop.quit();
        else
            waiter.start();
    });
    host.resolve(true);
    loop.exec();
    outcome.pending = host.service().items().size();
    for (const hub::UploadItem &item : host.service().items()) {
        if (outcome.waits.isEmpty() && !item.error.isEmpty())
            outcome.waits = item.error;
    }
    return outcome;
}

} // namespace

CommandSpec hubPublishSpec()
{
    CommandSpec spec;
    spec.name = QStringLiteral("hub publish");
    spec.usage = QStringLiteral("RUN_FOLDER [--json] [--hub-wait=SECONDS]");
    spec.summary = QStringLiteral("send a run that was not synced: metrics and best model");
    spec.positionals = { QStringLiteral("RUN_FOLDER") };
    spec.flags = {
        { QStringLiteral("--json"), {},
          QStringLiteral("one JSON object: hub_model_id, hub_model_url, confirmed, hub_pending") },
        { QStringLiteral("--hub-wait"), QStringLiteral("SECONDS"),
          QStringLiteral("give up after so long without progress [60]") },
    };
    spec.notes = QStringLiteral("A folder that has been on that HUB before completes its own model. Ends with 0 when "
                                "the model was read back,\nwith 1 when something stays queued (it is sent at the "
                                "next start).");
    return spec;
}

int hubPublishCommand(const QStringList &words)
{
    const Arguments arguments(hubPublishSpec(), words);
    if (arguments.positional(0).isEmpty())
        throw UsageError { QStringLiteral("Which run? Write `torchdeck hub publish runs/detect/train`.") };
    const double waitSeconds = hubWaitSeconds(arguments.flags(), 60);
    const PublishPlan plan = planPublish(arguments.positional(0));
    if (!plan.problem.isEmpty())
        throw UsageError { plan.problem };
    Console console(arguments.flag(QStringLiteral("--json")));
    StopSignals signals;
    const Outcome outcome = publish(plan, waitSeconds, console, signals);
    if (!outcome.problem.isEmpty()) {
        console.fail(outcome.problem);
        return FailedRun;
    }
    const bool done = outcome.pending == 0 && (outcome.confirmed || plan.bestFile.isEmpty());
    if (done)
        console.line(QStringLiteral("%1 is on HUB: %2").arg(plan.description.modelName, outcome.modelUrl.toString()));
    else
        console.line(QStringLiteral("Not confirmed yet (%1): what is queued is sent at the next start or by "
                                    "`torchdeck hub queue retry`.")
                         .arg(outcome.waits.isEmpty() ? QStringLiteral("%1 queued").arg(outcome.pending)
                                                      : outcome.waits));
    if (console.wantsJson())
        console.json({ { QStringLiteral("hub_model_id"), outcome.modelId },
                       { QStringLiteral("hub_model_url"), outcome.modelUrl.toString() },
                       { QStringLiteral("confirmed"), outcome.confirmed },
                       { QStringLiteral("hub_pending"), outcome.pending } });
    return signals.interrupted() ? int(Interrupted) : done ? int(Ok) : int(FailedRun);
}

} // namespace torchdeck::app::cli

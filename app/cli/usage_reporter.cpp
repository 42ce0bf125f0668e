// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/usage_reporter.h"

#include "app/cli/hub_waiter.h"
#include "app/hub_host.h"
#include "app/state_paths.h"
#include "app/wiring.h"

#include <QtCore/QEventLoop>

namespace torchdeck::app::cli {

void reportUsage(const std::function<void(HubBridge &)> &report)
{
    constexpr double waitSeconds = 3;
    Settings settings(StatePaths::settingsFile());
    if (!settings.usageEvents() || !settings.hub().value_or(false))
        return;
    Background background;
    Secrets secrets(desktopKeyring(), StatePaths::secretFile());
    HubHost host(settings, secrets, background);
    HubServiceSink sink(host.service());
    HubBridge bridge(sink, rankFromEnvironment());
    HubWaiter waiter(host, waitSeconds);
    QEventLoop loop;
    QObject::connect(&host, &HubHost::ready, &loop, [&] { report(bridge); });
    QObject::connect(&waiter, &HubWaiter::done, &loop, &QEventLoop::quit);
    host.resolve(true);
    waiter.start();
    loop.exec();
}

} // namespace torchdeck::app::cli

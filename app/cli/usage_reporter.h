// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/hub_bridge.h"

#include <functional>

namespace torchdeck::app::cli {

/// Sends the one usage event of a `val`, `predict` or `export` command, when the user turned them on:
/// `report` gets the bridge to call. Waits a few seconds at most; what is not sent by then stays queued. Does
/// nothing otherwise.
void reportUsage(const std::function<void(HubBridge &)> &report);

} // namespace torchdeck::app::cli

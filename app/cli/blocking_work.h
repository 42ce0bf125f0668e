// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <stop_token>

namespace torchdeck::app::cli {

/// Runs a blocking engine call on a named thread while the main thread's event loop listens for Ctrl+C, which
/// becomes a stop request. What `work` throws is rethrown here. Returns true when the user interrupted.
bool runInterruptible(const char *threadName, const std::function<void(std::stop_token)> &work);

} // namespace torchdeck::app::cli

// SPDX-License-Identifier: GPL-3.0-or-later
#include "torchdeck/engine/run_control.h"

#include <utility>

namespace torchdeck::engine {

void RunControl::pause() { m_pause.store(true); }

void RunControl::goOn()
{
    {
        const std::lock_guard lock(m_mutex); // else a waiter between test and sleep would miss it
        m_pause.store(false);
    }
    m_changed.notify_all();
}

void RunControl::waitWhilePaused(const std::stop_token &stop)
{
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, stop, [this] { return !m_pause.load(); });
}

void RunControl::change(const PlanChange &change)
{
    const std::lock_guard lock(m_mutex);
    if (change.epochs)
        m_change.epochs = change.epochs;
    if (change.patience)
        m_change.patience = change.patience;
    if (change.savePeriod)
        m_change.savePeriod = change.savePeriod;
}

PlanChange RunControl::takeChange()
{
    const std::lock_guard lock(m_mutex);
    return std::exchange(m_change, {});
}

} // namespace torchdeck::engine

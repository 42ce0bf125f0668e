// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <deque>
#include <functional>

namespace torchdeck::app {

class HubBridge;
class HubHost;
class TrainingController;

/// Holds events back, in order, until the HUB's address and key are known; then lets them through as they
/// come. So a keyring that takes its time loses nothing, and training never waits for it. Main thread.
class EventGate {
public:
    void post(std::function<void()> event)
    {
        if (m_open)
            event();
        else
            m_waiting.push_back(std::move(event));
    }
    void open()
    {
        m_open = true;
        while (!m_waiting.empty()) {
            const auto event = std::move(m_waiting.front());
            m_waiting.pop_front();
            event();
        }
    }
    [[nodiscard]] bool isOpen() const { return m_open; }

private:
    bool m_open = false;
    std::deque<std::function<void()>> m_waiting;
};

/// Run -> HUB: the nine callbacks and the two other ends of a run.
void connectRunToBridge(TrainingController &controller, HubBridge &bridge, EventGate &gate);
/// HUB -> words: what the client reports back; opens the gate when server and key are known.
void connectHubToBridge(HubHost &host, HubBridge &bridge, EventGate &gate);

} // namespace torchdeck::app

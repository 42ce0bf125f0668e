// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/clock.h"

#include <QtCore/QObject>

#include <functional>
#include <memory>

namespace torchdeck::hub {

/// Whether this machine has a network at all: the kernel's routing table and the addresses of its devices, asked without
/// sending anything; the kernel also tells when they change. (Not QNetworkInformation: loading its plug-in holds up the
/// window's start.) When in doubt there is a network: a wrong "no" would keep uploads for nothing. Main thread.
class NetworkWatch : public QObject {
    Q_OBJECT
public:
    using Probe = std::function<bool()>; ///< true = there is a network; cheap, sends nothing

    /// `probe` for tests; null = the system's.
    NetworkWatch(std::shared_ptr<Clock> clock, Probe probe, QObject *parent = nullptr);
    ~NetworkWatch() override;

    /// Asks again (at most once a second where that costs a system call). While it says yes, it looks again every two
    /// seconds by itself, and changed() tells when the network is back.
    bool down();

Q_SIGNALS:
    void changed();

private:
    void watch();

    std::shared_ptr<Clock> m_clock;
    Probe m_probe;
    int m_socket = -1; ///< of the kernel's messages; -1 = none
    bool m_down = false;
    bool m_watching = false;
    std::optional<TimePoint> m_asked;
};

/// Does the kernel know a way out of this machine (IPv4 or IPv6)? No packet is sent.
[[nodiscard]] bool routeExists();

} // namespace torchdeck::hub

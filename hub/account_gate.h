// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/clock.h"
#include "hub/hub_protocol.h"
#include "hub/rate_limiter.h"

#include <QtCore/QObject>

#include <functional>

namespace torchdeck::hub {

/// What all requests share: the account they use, the spacing between them, and what the server said about
/// the account as a whole. Every answer passes judge(); a 429 or 401 to a heartbeat stops the uploads too.
/// Main thread.
class AccountGate : public QObject {
    Q_OBJECT
public:
    AccountGate(std::shared_ptr<Clock> clock, std::shared_ptr<const HubProtocol> protocol,
                QObject *parent = nullptr);

    /// Another key or server lifts the block that the old one had earned.
    void setAccount(const Account &account);
    [[nodiscard]] const Account &account() const { return m_account; }
    [[nodiscard]] RateLimiter &limiter() { return m_limiter; }
    [[nodiscard]] const RateLimiter &limiter() const { return m_limiter; }
    [[nodiscard]] const HubProtocol &protocol() const { return *m_protocol; }
    [[nodiscard]] Clock &clock() const { return *m_clock; }

    /// The key was refused (or there is none): nothing goes out until it changes.
    [[nodiscard]] bool blocked() const { return !m_block.isEmpty(); }
    [[nodiscard]] QString blockSentence() const { return m_block; }
    void tryKeyAgain(); ///< the user asked for it
    /// There is no network and the server is not on this machine: nothing is tried.
    [[nodiscard]] bool offline() const { return m_offline; }
    void setOffline(bool offline);
    void setNetworkCheck(std::function<void()> check) { m_checkNetwork = std::move(check); }
    /// Before anything is sent: brings offline() up to date.
    void lookAtNetwork() const
    {
        if (m_checkNetwork)
            m_checkNetwork();
    }

    /// Turns an answer into a verdict and lets it act on the account. A 2xx with a body that HUB does not
    /// send is a failure too. `attempts` counts this one.
    Verdict judge(const WireAnswer &answer, int attempts);
    /// Only the server's word on the account's limit: for an answer nobody waits for any more. A request that was
    /// the last allowed one of its window closes the gate, whatever became of its sender. judge() does it too.
    void noteLimit(const WireAnswer &answer);
    /// The same as judge() without acting: for a key that is only being tested.
    [[nodiscard]] Verdict verdictFor(const WireAnswer &answer, int attempts, const QString &key) const;
    [[nodiscard]] Verdict localVerdict(Failure failure, const QString &fileName) const;

    void restoreHold(std::chrono::milliseconds left); ///< from the journal, at start

Q_SIGNALS:
    void changed(); ///< blocked or open again, offline or back
    void held(std::chrono::milliseconds wait); ///< the server set a time; for the journal

private:
    void hold(std::chrono::milliseconds wait, const QString &cause);
    std::shared_ptr<Clock> m_clock;
    std::shared_ptr<const HubProtocol> m_protocol;
    Account m_account;
    RateLimiter m_limiter;
    QString m_block;
    bool m_offline = false;
    std::function<void()> m_checkNetwork;
};

} // namespace torchdeck::hub

// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/heartbeat.h"

#include <algorithm>
#include <utility>

namespace torchdeck::hub {

using std::chrono::seconds;

Heartbeat::Heartbeat(AccountGate &gate, HubClient &client, QString agentName, QObject *parent)
    : QObject(parent)
    , m_gate(gate)
    , m_client(client)
    , m_agentName(std::move(agentName))
{
    connect(&m_gate, &AccountGate::changed, this, [this] {
        // A new key: the server should hear of the run now, not in five minutes.
        if (running() && m_enabled && !m_call && !m_gate.blocked() && !m_gate.offline())
            schedule(std::max(m_gate.limiter().earliest(m_gate.clock().now()), m_next.value_or(TimePoint())));
    });
}

void Heartbeat::start(const QString &modelId)
{
    if (modelId == m_model)
        return;
    m_model = modelId;
    m_agentId.clear();
    m_failures = 0;
    m_stopTold = false;
    if (m_enabled)
        schedule(m_gate.clock().now());
}

void Heartbeat::stop()
{
    ++m_turn;
    m_model.clear();
    m_next.reset();
    m_call = nullptr; // one under way is let go: its answer may close the account's gate
    Q_EMIT changed();
}

void Heartbeat::setEnabled(bool enabled)
{
    if (m_enabled == enabled)
        return;
    m_enabled = enabled;
    ++m_turn;
    m_next.reset();
    if (enabled && running() && !m_call)
        schedule(m_gate.clock().now());
    Q_EMIT changed();
}

void Heartbeat::schedule(TimePoint when)
{
    m_next = when;
    m_gate.clock().at(when, this, [this, turn = ++m_turn] {
        if (turn == m_turn)
            beat();
    });
    Q_EMIT changed();
}

void Heartbeat::beat()
{
    if (!running() || !m_enabled || m_call || m_gate.account().apiRoot.isEmpty())
        return;
    m_gate.lookAtNetwork();
    if (m_gate.blocked() || m_gate.offline()) {
        m_next.reset(); // goes on when the gate changes
        return;
    }
    const auto now = m_gate.clock().now();
    if (const auto open = m_gate.limiter().earliest(now); open > now) {
        schedule(open);
        return;
    }
    m_next.reset();
    auto *call =
        m_client.send(m_gate.protocol().heartbeat(m_gate.account(), m_model, m_agentName, m_agentId));
    m_call = call;
    connect(call, &HubCall::finished, this, [this, call](const WireAnswer &answer) {
        if (call == m_call)
            answered(answer);
        else
            m_gate.noteLimit(answer); // of a run that has ended: it was the account's request all the same
    });
    Q_EMIT changed();
}

void Heartbeat::answered(const WireAnswer &answer)
{
    m_call = nullptr;
    const auto verdict = m_gate.judge(answer, m_failures + 1);
    const auto now = m_gate.clock().now();
    const auto interval = m_gate.limiter().interval(RateLimiter::Channel::Heartbeat);
    if (verdict.category == ErrorCategory::None) {
        m_failures = 0;
        if (const auto id = m_gate.protocol().agentId(answer.body); !id.isEmpty())
            m_agentId = id;
        schedule(now + interval);
        if (m_gate.protocol().stopAsked(answer.body) && !std::exchange(m_stopTold, true))
            Q_EMIT stopAsked();
        return;
    }
    if (m_gate.blocked()) {
        m_next.reset();
        Q_EMIT changed();
        return;
    }
    const std::chrono::milliseconds wait = seconds(5) * (1 << std::min(m_failures, 10));
    ++m_failures;
    schedule(std::max(now + std::min(wait, interval), m_gate.limiter().earliest(now)));
}

} // namespace torchdeck::hub

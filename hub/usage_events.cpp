// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/usage_events.h"

#include <QtCore/QJsonArray>
#include <QtCore/QUuid>

#include <algorithm>

namespace torchdeck::hub {

namespace {

constexpr qsizetype maxWaiting = 25;
constexpr std::chrono::seconds spacing { 30 };

/// A value that holds a path is cut to its last part, so that no folder or user name is sent.
QJsonValue namesOnly(const QJsonValue &value)
{
    if (value.isString()) {
        const auto text = value.toString();
        const auto cut = std::max(text.lastIndexOf(QLatin1Char('/')), text.lastIndexOf(QLatin1Char('\\')));
        return cut < 0 ? text : text.mid(cut + 1);
    }
    if (value.isObject()) {
        auto object = value.toObject();
        for (auto it = object.begin(); it != object.end(); ++it)
            it.value() = namesOnly(it.value());
        return object;
    }
    if (value.isArray()) {
        QJsonArray out;
        for (const auto &one : value.toArray())
            out.append(namesOnly(one));
        return out;
    }
    return value;
}

} // namespace

UsageEvents::UsageEvents(AccountGate &gate, HubClient &client, QObject *parent)
    : QObject(parent)
    , m_gate(gate)
    , m_client(client)
    , m_clientId(QUuid::createUuid().toString(QUuid::WithoutBraces))
{
}

void UsageEvents::setEnabled(bool enabled)
{
    m_enabled = enabled;
    if (!enabled)
        m_waiting.clear();
}

void UsageEvents::add(const QString &mode, const QJsonObject &params)
{
    if (!m_enabled || m_waiting.size() >= maxWaiting)
        return;
    m_waiting.append({ mode, namesOnly(params).toObject() });
    plan();
}

QByteArray UsageEvents::preview(const QString &mode, const QJsonObject &params) const
{
    return m_gate.protocol()
        .usage(m_gate.account(), m_clientId, { { mode, namesOnly(params).toObject() } })
        .json;
}

void UsageEvents::plan()
{
    if (m_planned || m_waiting.isEmpty())
        return;
    m_planned = true;
    const auto now = m_gate.clock().now();
    auto when = m_gate.limiter().earliest(now);
    if (m_lastSent)
        when = std::max(when, *m_lastSent + spacing);
    m_gate.clock().at(when, this, [this] {
        m_planned = false;
        send();
    });
}

void UsageEvents::send()
{
    if (!m_enabled || m_waiting.isEmpty() || m_gate.blocked() || m_gate.offline() || m_gate.account().apiRoot.isEmpty())
        return;
    const auto now = m_gate.clock().now();
    if (m_gate.limiter().gate(now)) {
        plan();
        return;
    }
    m_lastSent = now;
    auto *call = m_client.send(m_gate.protocol().usage(m_gate.account(), m_clientId, m_waiting));
    m_waiting.clear();
    connect(call, &HubCall::finished, this, [this](const WireAnswer &answer) {
        // A server without this address says 404: that concerns nobody, and must not stop the uploads either.
        // Only the account's own limits count.
        if (answer.status == 429)
            (void)m_gate.judge(answer, 1);
        else
            m_gate.noteLimit(answer);
    });
}

} // namespace torchdeck::hub

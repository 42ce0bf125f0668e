// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/account_gate.h"
#include "hub/client.h"

namespace torchdeck::hub {

/// Which modes are used, for the owner of the configured HUB. Off until the user turns it on; nothing is kept
/// on disk; what cannot be sent is dropped. At most 25 waiting, one request in 30 s. Main thread.
class UsageEvents : public QObject {
    Q_OBJECT
public:
    UsageEvents(AccountGate &gate, HubClient &client, QObject *parent = nullptr);

    void setEnabled(bool enabled);
    void add(const QString &mode, const QJsonObject &params);
    /// The body that `mode` with `params` would make, byte for byte, with the client id of this process.
    [[nodiscard]] QByteArray preview(const QString &mode, const QJsonObject &params) const;
    [[nodiscard]] qsizetype waiting() const { return m_waiting.size(); }

private:
    void plan();
    void send();

    AccountGate &m_gate;
    HubClient &m_client;
    QString m_clientId; ///< random and new with each start: it says nothing of the person
    QVector<UsageRecord> m_waiting;
    std::optional<TimePoint> m_lastSent;
    bool m_enabled = false;
    bool m_planned = false;
};

} // namespace torchdeck::hub

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/account_gate.h"
#include "hub/client.h"

namespace torchdeck::hub {

/// Tells the server that the run lives: at once, then every interval; after a failure 5, 10, 20, ... s later,
/// never later than the interval. After stop() nothing goes out. Main thread.
class Heartbeat : public QObject {
    Q_OBJECT
public:
    Heartbeat(AccountGate &gate, HubClient &client, QString agentName, QObject *parent = nullptr);

    void start(const QString &modelId); ///< again with the same model: no effect
    void stop();
    void setEnabled(bool enabled); ///< off: silent, but start() is remembered
    [[nodiscard]] bool running() const { return !m_model.isEmpty(); }
    [[nodiscard]] std::optional<TimePoint> next() const { return m_next; }
    [[nodiscard]] int failures() const { return m_failures; }

Q_SIGNALS:
    void changed();
    void stopAsked(); ///< once a run: the server wants the run to end

private:
    void schedule(TimePoint when);
    void beat();
    void answered(const WireAnswer &answer);

    AccountGate &m_gate;
    HubClient &m_client;
    QString m_agentName;
    QString m_agentId;
    QString m_model;
    bool m_enabled = false;
    bool m_stopTold = false;
    int m_failures = 0;
    quint64 m_turn = 0; ///< timers of an earlier start or plan do nothing
    std::optional<TimePoint> m_next;
    QPointer<HubCall> m_call;
};

} // namespace torchdeck::hub

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/outbox.h"

namespace torchdeck::hub {

/// The run that trains now: keeps what the callbacks said until HUB is on, and turns it into items of the
/// outbox. Decides which model the run continues. Sends nothing itself. Main thread.
class Session : public QObject {
    Q_OBJECT
public:
    Session(Outbox &outbox, std::shared_ptr<Clock> clock, QObject *parent = nullptr);

    /// On: a run that began before follows from its first epoch.
    void setEnabled(bool enabled, const QUrl &apiRoot);
    void begin(const RunDescription &description);
    void metrics(int epoch, const QJsonObject &values);
    void modelSaved(int epoch, const QString &lastFile, bool isBest);
    void end(const QString &bestFile, double map);
    void abandon(const QString &reason);

    [[nodiscard]] bool live() const { return m_live; }
    /// Key of the live run, or of the last one; empty while HUB was off all along.
    [[nodiscard]] QString key() const { return m_key; }
    [[nodiscard]] quint64 runNumber() const { return m_description.run; }
    /// The server lost the model: what the run folder still holds is sent to the new one.
    /// Puts what the folder has beyond the queue (and beyond what the server has) into the queue.
    void refill(const QString &key, const QSet<int> &onServer = {});

Q_SIGNALS:
    void changed();
    void ended(const QString &key); ///< everything of the run is in the outbox now
    void log(const QString &text);

private:
    [[nodiscard]] static bool hasMore(const RunState &run);
    struct Saved {
        int epoch = 0;
        QString file;
        bool isBest = false;
    };
    void attach(); ///< the live run becomes a run of the outbox
    void putEpoch(RunState &run, int epoch, const QJsonObject &values);
    void addCheckpoint(const Saved &saved);
    void dropWaitingCheckpoints(bool keepBest);
    void detach();

    Outbox &m_outbox;
    std::shared_ptr<Clock> m_clock;
    bool m_enabled = false;
    QUrl m_apiRoot;
    RunDescription m_description;
    bool m_live = false;
    QString m_key;
    QMap<int, QJsonObject> m_before; ///< epochs of the time before HUB was turned on
    std::optional<Saved> m_savedBefore;
};

} // namespace torchdeck::hub

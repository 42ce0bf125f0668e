// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/account_gate.h"
#include "hub/client.h"
#include "hub/outbox.h"

namespace torchdeck::hub {

/// Sends what lies in the outbox: one small request and one file at a time, in the order model, metrics,
/// final model, checkpoints within a run, the runs in turn. Failures become records with a next try; nothing
/// here blocks. Main thread.
class UploadQueue : public QObject {
    Q_OBJECT
public:
    UploadQueue(Outbox &outbox, AccountGate &gate, HubClient &client, QObject *parent = nullptr);

    void setEnabled(bool enabled);
    void setPaused(bool paused);
    [[nodiscard]] bool paused() const { return m_paused; }

    /// Starts what is due and sets the timer for what is not. Cheap; call it after every change.
    void pump();
    /// The run ended: everything of it that only waits for our own spacing or backoff is tried now.
    void attemptNow(const QString &run);
    void
    forgetBackoff(); ///< the network, the server or the key changed: what failed for a while is tried now

    void retryNow(qint64 id);
    void retryAll();
    void discard(qint64 id);

    [[nodiscard]] QVector<UploadItem> items() const;
    /// What lies in a journal, for looking only: without countdowns and progress.
    [[nodiscard]] static QVector<UploadItem> itemsOf(const JournalContent &content);
    [[nodiscard]] bool idle() const; ///< nothing on the wire and nothing that goes on by itself
    [[nodiscard]] bool
    serverTrouble() const; ///< something waits because the server could not be reached or failed
    [[nodiscard]] QString troubleSentence() const;

Q_SIGNALS:
    void changed();
    void progressed(); ///< only byte counts changed
    void modelKnown(const QString &run);
    void modelLost(const QString &run); ///< a known model is gone from the server; a new one will be created
    /// A resumed run's model has these epochs; the folder may have more.
    void epochsRead(const QString &run, const QSet<int> &onServer);
    void runConfirmed(const QString &run);
    void log(const QString &text);

private:
    enum class Lane { Small, File };
    struct Due {
        std::optional<TimePoint> at; ///< nothing = an event has to come first
        int rank = 0;
    };

    // upload_queue.cpp: what goes out when
    [[nodiscard]] static Lane laneOf(const Entry &entry);
    [[nodiscard]] bool laneFree(Lane lane) const;
    [[nodiscard]] bool belongsHere(const RunState &run) const;
    [[nodiscard]] Due dueOf(const Entry &entry, const RunState &run, TimePoint now) const;
    [[nodiscard]] TimePoint spaced(const Entry &entry, const RunState &run, TimePoint now) const;
    Entry *choose(Lane lane, TimePoint now, std::optional<TimePoint> &wake);
    void wakeAt(TimePoint when);
    void send(Entry &entry);
    [[nodiscard]] WireRequest requestFor(Entry &entry, RunState &run);
    [[nodiscard]] bool fileReady(Entry &entry);
    void abortFiles();

    // upload_queue_answers.cpp: what an answer means
    void answered(qint64 id, const WireAnswer &answer);
    void succeeded(Entry &entry, RunState &run, const WireAnswer &answer);
    void created(Entry &entry, RunState &run, const WireAnswer &answer);
    void compared(Entry &entry, RunState &run, const QSet<int> &onServer);
    void metricsArrived(Entry &entry, RunState &run);
    void checkConfirmation(Entry &entry, RunState &run, const WireAnswer &answer);
    void checkEpochs(Entry &entry, RunState &run, const WireAnswer &answer);
    void confirmed(Entry &entry, RunState &run);
    void notConfirmed(Entry &entry, const QString &why);
    void failed(Entry &entry, RunState &run, const WireAnswer &answer);
    void record(Entry &entry, const Verdict &verdict, int httpStatus);
    bool splitMetrics(Entry &entry, RunState &run, const Verdict &verdict, int httpStatus);
    void fileFailed(qint64 id, Failure failure);
    void reviveRefused(Entry &entry);

    // upload_queue_view.cpp: what people see
    [[nodiscard]] UploadItem view(const Entry &entry, const RunState &run) const;
    [[nodiscard]] static QString title(const Entry &entry, const RunState &run);
    [[nodiscard]] static UploadItem plain(const Entry &entry, const RunState &run);
    [[nodiscard]] UploadState stateOf(const Entry &entry, const RunState &run, TimePoint now) const;

    Outbox &m_outbox;
    AccountGate &m_gate;
    HubClient &m_client;
    bool m_enabled = false;
    bool m_paused = false;
    bool m_pumping = false;
    QString m_lastServed; ///< run of the last request: the others come first now
    std::optional<TimePoint> m_wake;
    quint64 m_turn = 0; ///< timers of an earlier plan do nothing
};

} // namespace torchdeck::hub

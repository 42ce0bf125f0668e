// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/clock.h"
#include "hub/journal_thread.h"
#include "hub/run_file.h"
#include "hub/snapshots.h"
#include "hub/transfer_rate.h"

#include <QtCore/QPointer>

#include <map>

namespace torchdeck::hub {

class HubCall;

/// A run as the queue sees it: the journal's record and what only this process knows.
struct RunState {
    RunRecord record;
    bool live = false; ///< trains now, in this process
    bool flush = false; ///< ended: its metrics need not keep the 3 s spacing
    bool compare = false; ///< resumed: its folder has epochs that only the server may know already
    int batchLimit = 200; ///< epochs in one metrics request; halved when the server refuses a request of many

    [[nodiscard]] int pendingEpochs(bool refused) const;
    [[nodiscard]] int sentEpochs() const;
};

/// An item of the queue: the journal's record and the current attempt.
struct Entry {
    ItemRecord record;
    quint64 ticket = 0; ///< journal ticket of the record; nothing is sent before the disk has it
    bool digesting = false; ///< hash (or copy) under way
    bool superseded = false; ///< FinalModel: a newer one waits for its hash, which tells which of the two goes
    bool sending = false;
    bool manual = false; ///< "Retry now": our own spacing does not count
    bool modelConfirmed = false; ///< Confirm: the model was read and fits, its metrics still to be read
    int confirmTries = 0; ///< FinalModel, Confirm: answers that said "not yet"
    int rounds = 0; ///< FinalModel: how often it went back because the server held something else
    std::optional<TimePoint> nextTry;
    qint64 bytesSent = 0, bytesTotal = 0;
    TransferRate rate;
    QMap<int, qint64> inFlight; ///< Metrics: epoch -> revision on the wire
    QPointer<HubCall> call;
};

/// Everything that is to be sent, in memory, with the journal behind it: each change is written through. Main
/// thread.
class Outbox : public QObject {
    Q_OBJECT
public:
    Outbox(const QString &journalFile, std::shared_ptr<Clock> clock, QObject *parent = nullptr);
    ~Outbox() override;

    /// Reads what earlier processes left. Returns sentences for the log.
    [[nodiscard]] QStringList load();
    [[nodiscard]] QString problem() const { return m_problem; }
    [[nodiscard]] bool stored() const; ///< the disk has everything, and every file is frozen and hashed
    [[nodiscard]] std::optional<GateRecord> storedGate() const { return m_gate; }

    using Runs = std::map<QString, RunState>;
    using Entries = std::map<qint64, Entry>;
    [[nodiscard]] Runs &runs() { return m_runs; }
    [[nodiscard]] const Runs &runs() const { return m_runs; }
    [[nodiscard]] Entries &entries() { return m_entries; }
    [[nodiscard]] const Entries &entries() const { return m_entries; }
    [[nodiscard]] RunState *run(const QString &key);
    [[nodiscard]] const RunState *run(const QString &key) const;
    [[nodiscard]] Entry *entry(qint64 id);
    [[nodiscard]] Entry *find(const QString &run, UploadKind kind, bool refusedPart = false);
    [[nodiscard]] const Entry *find(const QString &run, UploadKind kind, bool refusedPart = false) const;
    [[nodiscard]] bool committed(const Entry &entry) const { return entry.ticket <= m_committed; }

    RunState &addRun(const RunRecord &record);
    Entry &add(ItemRecord record); ///< gives it an id
    /// Freezes `source` and adds it; the hash follows. The failure, if any, is in the entry.
    Entry &addFile(ItemRecord record, const QString &source);
    void saveRun(RunState &run); ///< and the run folder's hub.json
    void saveEpoch(RunState &run, int epoch);
    void dropEpoch(RunState &run, int epoch); ///< the user discarded it
    void save(Entry &entry);
    void saveGate(const std::optional<GateRecord> &gate);
    void digestAgain(Entry &entry); ///< hashes the snapshot once more; freezes anew when it is gone
    void remove(qint64 id); ///< with its snapshot
    void removeRun(QString key); ///< by value: callers name the run that goes by its own record
    /// Drops waiting checkpoints, oldest first and best last, until the snapshots fit in `bytes` (0 = no limit).
    /// Metrics, final models and what is on the wire are never dropped. Returns how many.
    int keepWithin(qint64 bytes);
    /// Drops a run that has nothing left to send and nothing left to confirm.
    void tidy(const QString &key);
    /// Makes the run's Metrics items agree with its epochs: one item for what is pending, one for what was
    /// refused.
    void syncMetricsItems(RunState &run);
    void adoptOthers() { m_journal.adopt(); }

Q_SIGNALS:
    void changed(); ///< something became ready: committed, hashed, adopted
    void problemChanged(const QString &problem);
    void fileFailed(qint64 id, torchdeck::hub::Failure failure);

private:
    void take(const JournalContent &content, bool foreign);
    void takeItem(ItemRecord record, bool foreign);
    void forgetOldRuns();
    void holdFinalModels(const QString &run);
    bool keepsOlderFinalModel(Entry &newer);
    void digested(qint64 id, qint64 size, const QByteArray &sha256, Failure failure);

    std::shared_ptr<Clock> m_clock;
    JournalThread m_journal;
    JournalThread::Start m_start;
    std::unique_ptr<Snapshots> m_snapshots;
    Runs m_runs;
    Entries m_entries;
    std::optional<GateRecord> m_gate;
    QString m_problem;
    qint64 m_nextId = 1;
    quint64 m_committed = 0;
};

} // namespace torchdeck::hub

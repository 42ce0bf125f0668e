// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/upload_journal.h"

#include <QtCore/QObject>

#include <functional>
#include <memory>

class QThread;

namespace torchdeck::hub {

/// UploadJournal on its own thread "hub-journal": the main thread never waits for a disk after start(). What
/// is submitted together is written in one transaction; committed() says up to which ticket the disk has it.
///
/// Several Torchdecks may run at once: each locks a file of its own (queue.sqlite, queue-2.sqlite, ...) and
/// adopts what an ended one left behind. The lock is the kernel's, so a killed process never leaves it
/// closed.
class JournalThread : public QObject {
    Q_OBJECT
public:
    explicit JournalThread(QString file, QObject *parent = nullptr);
    ~JournalThread() override; ///< writes what is still waiting

    struct Start {
        QString file; ///< the one that is ours
        QString problem; ///< empty, or why nothing can be kept on disk
        QStringList notices;
        JournalContent content;
    };
    Start start(); ///< blocks: open, check, read

    using Operation = std::function<bool(UploadJournal &)>;
    quint64 submit(Operation operation); ///< runs on the journal's thread; returns its ticket
    [[nodiscard]] quint64 lastTicket() const { return m_ticket; }
    void run(std::function<void()> work); ///< any other small disk work, in order, not part of a transaction
    /// Looks for files of ended processes; each comes back by adopted() and is emptied by release().
    void adopt();
    /// `keepFiles`: some of its snapshots could not be taken over and are still used where they are.
    void release(const QString &file, bool keepFiles = false);

    /// Everything that lies in the queue files of `file`, whoever owns them; for looking only.
    [[nodiscard]] static JournalContent peek(const QString &file);

Q_SIGNALS:
    void committed(quint64 ticket); ///< this one and all before it
    void problemChanged(const QString &problem); ///< writing fails; empty = works again
    void adopted(const QString &file, const torchdeck::hub::JournalContent &content);

private:
    class Worker;
    std::unique_ptr<QThread> m_thread;
    Worker *m_worker = nullptr;
    QString m_file;
    quint64 m_ticket = 0;
};

} // namespace torchdeck::hub

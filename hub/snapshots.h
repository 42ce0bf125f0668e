// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/retry_policy.h"

#include <QtCore/QObject>
#include <QtCore/QSet>
#include <QtCore/QThreadPool>

#include <atomic>
#include <memory>

class QFile;

namespace torchdeck::hub {

/// Frozen copies of weight files, in a folder beside the journal, and their SHA-256. Freezing takes no time:
/// a hard link, or (across file systems) the open file, which still reads the old content after the trainer
/// renamed a new one over it. Copying and hashing run on a thread of their own.
class Snapshots : public QObject {
    Q_OBJECT
public:
    explicit Snapshots(const QString &folder, QObject *parent = nullptr);
    ~Snapshots() override; ///< cuts work under way short

    struct Frozen {
        QString file; ///< in our folder
        std::shared_ptr<QFile> from; ///< set when it still has to be copied
        qint64 size = 0;
        Failure failure = Failure::None;
    };
    [[nodiscard]] Frozen freeze(const QString &source);
    /// Copies if needed and hashes; ends in digested().
    void digest(qint64 id, const Frozen &frozen);
    /// Takes over a snapshot from another folder (an ended process's); returns its new path.
    [[nodiscard]] QString takeOver(const QString &file);
    /// Deletes it if it is one of ours; a file elsewhere is left alone.
    void remove(const QString &file);
    void removeAllBut(const QSet<QString> &files);
    [[nodiscard]] QString folder() const { return m_folder; }

Q_SIGNALS:
    void digested(qint64 id, qint64 size, const QByteArray &sha256, torchdeck::hub::Failure failure);

private:
    QString m_folder;
    QThreadPool m_pool;
    std::shared_ptr<std::atomic_bool> m_stop = std::make_shared<std::atomic_bool>(false);
};

} // namespace torchdeck::hub

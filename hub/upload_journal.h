// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/upload_record.h"

#include <QtCore/QStringList>

class QSqlDatabase;
class QSqlQuery;

namespace torchdeck::hub {

/// The outbox on disk: one SQLite file (WAL, synchronous=FULL, schema version in user_version). Plain and
/// synchronous; JournalThread keeps it off the main thread. All calls on the thread that called open().
class UploadJournal {
public:
    static constexpr int schemaVersion = 1;

    UploadJournal() = default;
    ~UploadJournal();
    UploadJournal(const UploadJournal &) = delete;
    UploadJournal &operator=(const UploadJournal &) = delete;

    /// Opens or creates. A damaged file is renamed to NAME.damaged-DATE, what can still be read of it is
    /// kept, and notices() says so. False: error() says why; a file of a newer Torchdeck is left untouched.
    [[nodiscard]] bool open(const QString &file);
    /// For looking only: no schema change, no repair.
    [[nodiscard]] bool openReadOnly(const QString &file);
    void close();
    [[nodiscard]] bool isOpen() const { return m_open; }
    [[nodiscard]] QString error() const { return m_error; }
    [[nodiscard]] QStringList notices() const { return m_notices; }

    [[nodiscard]] JournalContent load();

    // Each returns false on failure, with error() set. Group them between begin() and commit().
    bool begin();
    bool commit();
    void rollback();
    bool putRun(const RunRecord &run); ///< without its epochs
    bool removeRun(const QString &key); ///< with epochs and items
    bool putEpoch(const QString &run, int epoch, const EpochRecord &record);
    bool removeEpoch(const QString &run, int epoch);
    bool putItem(const ItemRecord &item);
    bool removeItem(qint64 id);
    bool putGate(const std::optional<GateRecord> &gate);
    bool clear();

private:
    [[nodiscard]] QSqlDatabase database() const;
    bool connectTo(const QString &file, bool readOnly);
    bool sound();
    bool createSchema();
    bool setAside();
    bool exec(const QString &sql);
    bool exec(QSqlQuery &query);
    void loadRuns(JournalContent &content);
    void loadItems(JournalContent &content);

    QString m_connection;
    QString m_file;
    QString m_error;
    QStringList m_notices;
    bool m_open = false;
};

} // namespace torchdeck::hub

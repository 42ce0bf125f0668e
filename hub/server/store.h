// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/server/database.h"
#include "hub/server/disk.h"
#include "hub/server/quota.h"
#include "hub/server/user_keys.h"

#include <QtCore/QJsonObject>
#include <QtCore/QMap>
#include <QtCore/QVector>

#include <functional>
#include <memory>
#include <optional>

namespace torchdeck::hub::server {

enum class Kind { Model, Project, Dataset };
[[nodiscard]] QString folderOf(Kind kind); ///< "models": in paths of the API and on disk
[[nodiscard]] QString wordFor(Kind kind); ///< "model": in sentences

struct StoredFile {
    QString role; ///< models: "last", "best"; else "file"
    QString name; ///< for the download
    qint64 size = 0;
    QString sha256; ///< hex
    int epoch = -1; ///< -1: not told
    bool isFinal = false; ///< came as type=final
    std::optional<double> map;
    qint64 mtimeNs = 0; ///< tells at start whether the row still describes the bytes
    qint64 uploadedMs = 0;
};

/// A model, project or dataset. Times are milliseconds since 1970.
struct Record {
    Kind kind = Kind::Model;
    qint64 seq = 0;
    QString id, name;
    QString owner; ///< the user's name; empty: the administrator
    QJsonObject body; ///< what clients gave, merged
    bool isPublic = false;
    qint64 createdMs = 0, updatedMs = 0;
    QString status; ///< "new", "training", "trained", or what a client set
    QString agent;
    qint64 seenMs = 0; ///< last heartbeat, metrics or checkpoint
    int epochs = 0; ///< received, each counted once
    int lastEpoch = -1;
    std::optional<double> bestMap; ///< greatest mAP50-95 among the epochs
    int bestEpoch = -1;
    qint64 rev = 0; ///< grows with every change of the metrics
    qint64 firstMetricsMs = 0, lastMetricsMs = 0;
    QVector<StoredFile> files;

    [[nodiscard]] const StoredFile *file(const QString &role) const;
    [[nodiscard]] int plannedEpochs() const; ///< config.epochs, 0 when unknown
};

struct EpochMetrics {
    int epoch = 0;
    QByteArray body; ///< compact JSON object
    qint64 rev = 0;
};

struct Page {
    QVector<Record> results; ///< newest first
    qint64 total = 0; ///< all that match, on every page
    bool more = false;
};

struct ListQuery {
    int limit = 10;
    QString afterId; ///< continue after this one
    QString text; ///< part of the name
    bool onlyPublic = false;
    QString user; ///< only this one's; empty: everybody's (the administrator asks)
};

struct ModelListQuery;
struct ModelList;

/// The HUB's memory: records and metrics in DIR/hub.sqlite, files under DIR/{models,projects,datasets}/ID.
/// Thread-safe; everything throws ApiError: 404 for an unknown id, 507 for a full disk.
class Store {
public:
    using NowMs = std::function<qint64()>;
    Store(QString dir, NowMs now);

    /// Creates what is missing, removes leftovers of a crash, makes rows and files agree. False: one
    /// sentence.
    [[nodiscard]] bool open(QString *error);

    /// `once`: a second call with the same text (and no deletion between) gives the first one's record.
    /// `user`: whose it is; empty: the administrator's.
    Record create(Kind kind, const QJsonObject &body, const QByteArray &once = {}, const QString &user = {});
    [[nodiscard]] bool owns(const QString &user, const QString &id); ///< a record of any kind
    [[nodiscard]] UserKeys &keys() { return m_keys; }
    [[nodiscard]] Quota &quota() { return m_quota; }
    /// For a file about to be received for that record; throws 404 for an unknown one, 413 when it cannot fit.
    [[nodiscard]] std::unique_ptr<Quota::Arrival> expectFile(Kind kind, const QString &id, qint64 keyLimit,
                                                             qint64 declared);
    Record get(Kind kind, const QString &id);
    Record patch(Kind kind, const QString &id,
                 const QJsonObject &changes); ///< objects are merged, the rest replaced
    /// Soft: hidden, and kept on disk until its room is needed. Hard: gone, also a hidden one.
    void remove(Kind kind, const QString &id, bool hard);
    Page list(Kind kind, const ListQuery &query);
    ModelList listModels(const ModelListQuery &query); ///< for the browser: model_list.h

    void putMetrics(const QString &model,
                    const QMap<int, QJsonObject> &epochs); ///< each epoch once, the later wins
    QVector<EpochMetrics> metrics(const QString &model, qint64 afterRev = 0); ///< by epoch
    [[nodiscard]] double msPerEpoch(const QString &model); ///< over the latest 20 epochs; 0 when unknown
    QString heartbeat(const QString &model,
                      const QString &agent); ///< the agent's id, made when `agent` is empty

    /// Takes a finished file into place; `facts` has role, name, epoch, isFinal and map, the rest is filled
    /// in. `alsoBest`: a last checkpoint that is the best so far serves as best too, until a better or final
    /// one comes. `keyLimit`: what the uploading key may store, 0: no limit; 413 when it would be more.
    StoredFile keepFile(Kind kind, const QString &id, StoredFile facts, IncomingFile &file, bool alsoBest = false,
                        qint64 keyLimit = 0);
    /// Open for reading; stays whole when a newer one replaces it meanwhile.
    std::pair<std::shared_ptr<QFile>, StoredFile> openFile(Kind kind, const QString &id, const QString &role);

    void addUsage(const QJsonObject &event);

    [[nodiscard]] QString tempDir() const { return m_dir + QStringLiteral("/tmp"); }
    [[nodiscard]] qint64 nowMs() const { return m_now(); }

private:
    void reconcile();
    [[nodiscard]] QString pathOf(Kind kind, const QString &id, const QString &role) const;
    void putFileRow(QSqlDatabase &db, const QString &id, StoredFile *facts, const QString &path);
    void purge(QSqlDatabase &db, Kind kind, const QString &id);
    /// Throws 413 when the record's files `after` the change do not fit; gives the names of what it purged for them.
    QStringList makeRoom(QSqlDatabase &db, const Record &before, const QVector<StoredFile> &after, qint64 keyLimit);
    void forgetPurged(const QStringList &ids) const;

    const QString m_dir;
    const NowMs m_now;
    DirLock m_lock;
    Database m_db;
    UserKeys m_keys { m_db };
    Quota m_quota { m_db };
};

/// "live", "finished", "disconnected", "waiting", or the status a client set ("failed", "stopped", ...).
[[nodiscard]] QString liveState(const Record &model, qint64 nowMs);

} // namespace torchdeck::hub::server

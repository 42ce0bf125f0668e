// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// What the journal keeps: runs with their epochs, and the items of the queue.

#include "hub/types.h"

#include <QtCore/QByteArray>
#include <QtCore/QMap>

namespace torchdeck::hub {

struct EpochRecord {
    qint64 revision = 1; ///< grows when the values of the epoch are replaced
    qint64 sentRevision = 0; ///< the server has exactly this one
    bool refused = false; ///< permanent error: goes out again only by "Retry now"
    QByteArray json; ///< kept until the run is confirmed, so that it can be sent again

    [[nodiscard]] bool pending() const { return sentRevision != revision; }
};

struct RunRecord {
    QString key; ///< local id, also in the run folder's hub.json
    RunDescription description; ///< description.run is of this process and not stored
    QString modelId;
    QUrl apiRoot, webRoot; ///< where the model lives; empty while there is none
    bool ended = false;
    bool confirmed = false; ///< the final model was read back
    QDateTime touched; ///< for clearing out old runs
    QMap<int, EpochRecord> epochs;
};

/// CreateModel: Send creates, Confirm asks whether the known model still exists.
/// FinalModel: Send uploads, Confirm reads the model back.
enum class ItemPhase { Send, Confirm };

struct ItemRecord {
    qint64 id = 0;
    QString run;
    UploadKind kind = UploadKind::Metrics;
    ItemPhase phase = ItemPhase::Send;
    bool refusedPart = false; ///< Metrics only: this item shows the epochs that the server refused
    int epoch = -1; ///< Checkpoint
    bool isBest = false;
    double map = 0;
    QString file; ///< frozen snapshot, absolute
    QString source; ///< where it was frozen from: second chance for a final model
    qint64 size = 0;
    QByteArray sha256; ///< empty = not computed yet
    QDateTime created;

    bool failed = false; ///< only "Retry now" sends it again
    int attempts = 0;
    ErrorCategory category = ErrorCategory::None;
    int httpStatus = 0;
    QString error;
    QDateTime lastTry;
};

/// The account gate outlives the process: a restart must not knock inside the server's Retry-After.
struct GateRecord {
    QDateTime until;
    qint64 waitMs = 0; ///< length when it was set: bounds `until` after a jump of the wall clock
    QString server;
};

struct JournalContent {
    QVector<RunRecord> runs;
    QVector<ItemRecord> items;
    std::optional<GateRecord> gate;
};

} // namespace torchdeck::hub

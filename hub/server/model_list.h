// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/server/store.h"

class QSqlDatabase;

namespace torchdeck::hub::server {

/// What a browser's model list asks for.
struct ModelListQuery {
    QString text; ///< part of name, dataset, architecture or project; case does not matter
    std::optional<QString> project; ///< as in ModelEntry; empty: models without one
    std::optional<QString> owner; ///< whose: a user, or empty for the administrator's; nothing: everybody's
    QString state; ///< as liveState() says; empty: all
    QString sort; ///< "name", "dataset", "state", "map", "epochs", "updated"; else creation
    bool descending = true;
    int offset = 0;
    int limit = 50;
};

struct ModelEntry {
    Record model;
    QString project; ///< id of a project record, or the name that the client gave; may be empty
    QString projectName; ///< to be shown
};

struct ModelList {
    QVector<ModelEntry> rows; ///< from `offset`, at most `limit`
    qint64 total = 0; ///< all that match, on every page
    qint64 all = 0; ///< all of the asked owner
    QMap<QString, qint64> owners; ///< how many models each user has; the administrator's under the empty name
    QMap<QString, qint64> states; ///< how many models are in each state, the other filters apart
    QMap<QString, QPair<QString, qint64>> projects; ///< project -> (name, models), likewise
    int offset = 0; ///< where `rows` begins: the last page, when the one asked for is beyond it
};

namespace rows {
/// Sorts names as people do (train2 before train10), which SQL cannot; 1,000 models take a few milliseconds.
[[nodiscard]] ModelList modelList(QSqlDatabase &db, const ModelListQuery &query, qint64 nowMs);
} // namespace rows

} // namespace torchdeck::hub::server

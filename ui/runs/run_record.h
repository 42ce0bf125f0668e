// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Values that describe a run folder, whoever made it: this window, our command line, or `yolo train` in Python.

#include "torchdeck/engine/run_event.h"

#include <QtCore/QDateTime>
#include <QtCore/QMap>
#include <QtCore/QMetaType>
#include <QtCore/QString>
#include <QtCore/QStringList>
#include <QtCore/QVector>

#include <limits>
#include <vector>

namespace torchdeck::ui {

enum class RunState {
    Running, ///< its files changed a short while ago and no stop is noted, or this window trains it
    Finished, ///< all epochs, or the time limit
    EndedEarly, ///< patience ran out
    Interrupted, ///< neither; weights/last.pt is there to go on from
    Broken ///< neither, and nothing to go on from
};

/// One row of the runs table.
struct RunSummary {
    QString folder; ///< absolute, the identity
    QString name; ///< "train3"
    QString group; ///< folder above it, "detect"
    RunState state = RunState::Broken;
    QDateTime started; ///< date of args.yaml
    int epochsDone = 0;
    int epochsPlanned = 0; ///< 0 = unknown
    int bestEpoch = 0; ///< 1-based, 0 = none
    double map50 = std::numeric_limits<double>::quiet_NaN(); ///< of the best epoch
    double map5095 = std::numeric_limits<double>::quiet_NaN(); ///< of the best epoch (top-1 accuracy of a classifier)
    double seconds = 0; ///< net training time, the parts of a resumed run added up
    bool stopped = false; ///< before its end by its user, says its events.csv: fresh files do not mean that it runs
    bool resumable = false; ///< weights/last.pt is there and epochs are left
    QMap<QString, QString> arguments; ///< args.yaml as it is written; lists as "[a, b]"
    QStringList tags;
    QString note;

    // What it was read from: unchanged stamps need no new reading.
    qint64 argsStamp = 0, resultsStamp = 0, resultsSize = 0, notesStamp = 0;
    qint64 lastChange = 0; ///< newest of them, ms since the epoch

    [[nodiscard]] QString argument(const QString &key) const { return arguments.value(key); }
    friend bool operator==(const RunSummary &, const RunSummary &) = default;
};

/// results.csv by columns, one row an epoch; NaN where a cell is missing.
struct RunCurves {
    QStringList names; ///< "train/box_loss", ... without "epoch" and "time"
    std::vector<double> epochs; ///< 1-based
    std::vector<std::vector<double>> columns; ///< same order as names
    double seconds = 0; ///< net
    std::vector<engine::RunEvent> events; ///< of events.csv beside it
};

} // namespace torchdeck::ui

Q_DECLARE_METATYPE(torchdeck::ui::RunSummary)
Q_DECLARE_METATYPE(torchdeck::ui::RunCurves)

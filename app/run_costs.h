// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/run_probe.h"

#include <QtCore/QDateTime>
#include <QtCore/QJsonObject>
#include <QtCore/QString>
#include <QtCore/QThreadPool>
#include <QtCore/QVector>

#include <optional>

namespace torchdeck::app {

/// What makes two runs cost alike.
struct CostKey {
    QString model; ///< as the argument says
    QString device; ///< as a run reports it
    int imgsz = 0;
    int batch = 0; ///< asked for; -1 = chosen by a measurement
    double multiScale = 0;
    bool amp = true;
    friend bool operator==(const CostKey &, const CostKey &) = default;
};
[[nodiscard]] CostKey costKey(const engine::TrainConfig &config, const QString &device);

/// What a run, or a probe, did cost.
struct RunCost {
    CostKey key;
    bool probe = false;
    int batch = 0; ///< trained with
    int epochs = 0; ///< measured over; 0 for a probe
    double stepSeconds = 0; ///< of a training batch, its share of an optimizer step included; 0 = unknown
    double spread = 0; ///< of it, as a part of it
    double valSecondsPerImage = 0; ///< 0 = unknown
    double peakMemory = 0; ///< bytes; 0 = unknown
    double freeMemory = 0; ///< bytes that were free before; 0 = unknown
    bool tried = true; ///< false: `peakMemory` is worked out, nothing was trained
    QDateTime when;
};
[[nodiscard]] RunCost costOf(const engine::RunProbe &probe, const engine::TrainConfig &config);

struct RunShape {
    std::int64_t trainImages = 0, valImages = 0; ///< of one epoch; 0 = unknown
    int epochs = 0;
    bool val = true; ///< validates after each epoch
    double mostSeconds = 0; ///< time=; 0 = no limit
};
/// Images of an epoch out of all, as fraction= has it (a part, or a count above 1).
[[nodiscard]] std::int64_t imagesUsed(std::int64_t images, double fraction);

struct CostEstimate {
    int runs = 0; ///< earlier runs; 0 and `known`: a probe
    bool known = false;
    bool tried = true;
    int batch = 0;
    double peakMemory = 0;
    double freeMemory = 0; ///< when it was last seen; 0 = unknown
    double epochSeconds = 0, epochSpread = 0, totalSeconds = 0, totalSpread = 0; ///< 0 = unknown
};
/// From runs if there are any, else from the newest probe (its memory also where runs do not tell theirs). All `costs` are of one key. Pure.
[[nodiscard]] CostEstimate estimateCost(const QVector<RunCost> &costs, const RunShape &shape);

/// The costs of this machine, kept in a file of the app's state (JSON, written by rename, the newest few hundred). A
/// file that cannot be read counts as empty: it is knowledge that comes back by itself.
class RunCosts {
public:
    explicit RunCosts(QString file);
    ~RunCosts(); ///< waits until all is written
    void add(const RunCost &cost); ///< written on a thread of its own; a later probe replaces the earlier one of its key
    [[nodiscard]] QVector<RunCost> like(const CostKey &key) const;
    void flush(); ///< waits for the file

private:
    void load();
    void save();

    QString m_file;
    QVector<RunCost> m_costs; ///< oldest first
    QThreadPool m_writer; ///< one thread: in order
};

} // namespace torchdeck::app

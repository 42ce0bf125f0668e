// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/console.h"
#include "torchdeck/engine/lifecycle.h"

#include <functional>

namespace torchdeck::app::cli {

/// A run in words. On a terminal one line an epoch rewrites itself; elsewhere (a file, a pipe) a line appears
/// at an epoch's start and then every few seconds. After each epoch its validation.
class ProgressPrinter {
public:
    using Clock = std::function<double()>; ///< seconds, monotonic
    explicit ProgressPrinter(Console &console, Clock clock = {});

    void onPretrainRoutineStart(const engine::PretrainRoutineStart &event);
    void onPretrainRoutineEnd(const engine::PretrainRoutineEnd &event);
    void onBatchEnd(const engine::BatchEnd &event);
    void onValProgress(const engine::ValProgress &event);
    void onFitEpochEnd(const engine::FitEpochEnd &event);
    void onLog(const engine::LogLine &event);

private:
    [[nodiscard]] bool due(bool first); ///< may a line appear now (not on a terminal)
    void show(const QString &text, bool first);

    Console &m_console;
    Clock m_clock;
    double m_lastLine = -1e9;
    int m_epochs = 0;
};

[[nodiscard]] QString batchLine(const engine::BatchEnd &event);
[[nodiscard]] QString epochLine(const engine::FitEpochEnd &event);
/// One row for all and (`rows`) one a class, as `val` prints it.
[[nodiscard]] QString classTable(const std::vector<engine::ClassMetrics> &classes, const engine::Metrics &all,
                                 std::int64_t images, bool rows = true);

} // namespace torchdeck::app::cli

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/epoch_details.h"
#include "torchdeck/engine/run_event.h"
#include "ui/results/image_entry.h"
#include "ui/runs/run_record.h"

#include <QtCore/QUrl>

namespace torchdeck::ui {

/// All that a run folder tells about its run, read at once.
struct RunResults {
    RunSummary summary;
    RunCurves curves;
    engine::EpochArchive epochs;
    std::vector<engine::RunEvent> events;
    WorstImages worst;
    QString checkpoint; ///< best.pt, else last.pt, or empty
    QUrl modelUrl; ///< on HUB; empty when it has none
    bool found = false; ///< false: no run folder (any more)

    /// Details of the best epoch, or of the last one kept.
    [[nodiscard]] std::optional<engine::EpochDetails> best() const;
    /// A value of the best epoch's row, NaN when absent.
    [[nodiscard]] double bestValue(const QString &name) const;
};

/// Files in, values out; any thread.
[[nodiscard]] RunResults readResults(const QString &folder);

/// The report as one HTML file without any reference to another one. Every text is escaped. Any thread; reads
/// the pictures of the worst images.
[[nodiscard]] QByteArray htmlReport(const RunResults &results);

/// The report, written by rename. An error sentence, or empty. Any thread.
[[nodiscard]] QString saveReport(const RunResults &results, const QString &file);

} // namespace torchdeck::ui

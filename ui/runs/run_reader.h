// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/train_config.h"
#include "ui/runs/run_record.h"

#include <optional>

namespace torchdeck::ui {

// Pure reading of run folders (files in, values out); any thread. Files that are being written, torn or foreign
// give what can be read of them, never an error that hides the run.

/// `key: value` lines of an args.yaml, flat as Ultralytics writes it. "null" values are left out.
[[nodiscard]] QMap<QString, QString> parseArgs(const QByteArray &yaml);

/// results.csv; `only` names the columns wanted (all when empty). A last line without an end is left out, and so
/// are rows that a later resume wrote again.
[[nodiscard]] RunCurves parseResults(const QByteArray &csv, const QStringList &only = {});

/// The folder's row, or nothing when it is no run. `before` is what it was last time: unchanged files are not
/// read again. `now` in ms since the epoch decides whether it is still running.
[[nodiscard]] std::optional<RunSummary> readRun(const QString &folder, const RunSummary *before, qint64 now);

[[nodiscard]] RunCurves readCurves(const QString &folder);

/// Tags and note, kept in the run folder (torchdeck.json) so that they travel with it. An error sentence, or empty.
[[nodiscard]] QString writeNotes(const QString &folder, const QStringList &tags, const QString &note);

/// Its arguments as a configuration of ours. Those that we do not take are named in `refused` with the reason.
[[nodiscard]] engine::TrainConfig configOf(const QMap<QString, QString> &arguments, QStringList *refused = nullptr);

/// The configuration that goes on where the run stopped.
[[nodiscard]] engine::TrainConfig resumeConfig(const RunSummary &run);

/// State by the rules in run_record.h; separate for tests.
[[nodiscard]] RunState judgeState(const RunSummary &run, bool patienceRanOut, qint64 now);

/// Run folders below `root`: those with an args.yaml or a results.csv, at most `depth` levels down.
[[nodiscard]] QStringList findRuns(const QString &root, int depth = 4);

/// runs_dir of an installed Ultralytics (its settings.json is read, never written), or empty.
[[nodiscard]] QString ultralyticsRunsFolder();

} // namespace torchdeck::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Values as the engine and the HUB side report them, for tests of the window and for its screenshots.

#include "hub/request_log.h"
#include "torchdeck/engine/dataset_report.h"
#include "torchdeck/engine/device_info.h"
#include "torchdeck/engine/lifecycle.h"
#include "ui/disk_line.h"
#include "ui/settings_values.h"

namespace torchdeck::ui {
class MainWindow;
}

namespace torchdeck::fixtures {

inline constexpr engine::RunId run = 7;
inline constexpr int batchesPerEpoch = 20;

[[nodiscard]] engine::TrainConfig config(int epochs);
[[nodiscard]] std::vector<engine::DeviceInfo> devices();
[[nodiscard]] engine::DatasetReport cleanReport();
[[nodiscard]] engine::DatasetReport brokenReport();
/// A run of yolov8n that keeps `kept` checkpoints, and `free` bytes of room.
[[nodiscard]] ui::DiskEstimate diskEstimate(int kept, double free);

[[nodiscard]] engine::PretrainRoutineStart pretrainStart(int epochs);
[[nodiscard]] engine::PretrainRoutineEnd pretrainEnd(int epochs);
[[nodiscard]] engine::BatchEnd batch(int epoch, int epochs, int batch);
[[nodiscard]] engine::FitEpochEnd epochEnd(int epoch, int epochs);
/// Curves and matrix for `classes` classes (their metrics too), better from epoch to epoch.
void addDetails(engine::FitEpochEnd &event, int classes);
[[nodiscard]] engine::TrainEnd trainEnd(int epochs);

/// Feeds the window's slots with a run from its start to the end of epoch `done - 1`.
void feedRun(ui::MainWindow &window, int epochs, int done);

/// Epochs `from` to `to - 1` of a run that has begun.
void feedEpochs(ui::MainWindow &window, int epochs, int from, int to);
/// Pictures, worst images, curves and events of `epochs` epochs into a run folder.
void addResults(const QString &folder, int epochs);
/// Every sentence that these values hold: what a window shows of them is no text of the window's own.
[[nodiscard]] QStringList sentences();

[[nodiscard]] hub::SessionStatus syncing(hub::TimePoint now);
[[nodiscard]] hub::SessionStatus waitingForServer(hub::TimePoint now);
[[nodiscard]] QVector<hub::UploadItem> failingUploads(hub::TimePoint now);
[[nodiscard]] QVector<hub::RequestRecord> requests(); ///< of a session with trouble, oldest first
[[nodiscard]] ui::SettingsValues settings();

} // namespace torchdeck::fixtures

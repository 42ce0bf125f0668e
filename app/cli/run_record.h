// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/validator.h"

#include <QtCore/QJsonObject>

#include <vector>

namespace torchdeck::app::cli {

/// Collects what the JSON line of `train` says about a run.
class RunRecord {
public:
    void onPretrainRoutineStart(const engine::PretrainRoutineStart &event) { m_saveDir = event.saveDir; }
    void onPretrainRoutineEnd(const engine::PretrainRoutineEnd &event)
    {
        m_trainImages = event.dataset.trainImages;
    }
    void onBatchEnd();
    void onFitEpochEnd(const engine::FitEpochEnd &event);

    /// metrics (of best.pt), wall_seconds, median_epoch_seconds, images_per_second (trained images over the
    /// training part of the epochs), peak_rss_mib, save_dir, epochs (done in all), best_epoch (1-based, as in
    /// results.csv), stopped, early_stopped, first_step_seconds (from the start of the process to the end of the first
    /// batch, with which the optimizer takes its first step).
    [[nodiscard]] QJsonObject json(const engine::TrainEnd &end, double wallSeconds, double peakRssMiB) const;

private:
    std::filesystem::path m_saveDir;
    std::int64_t m_trainImages = 0;
    std::vector<double> m_epochSeconds;
    double m_trainSeconds = 0;
    double m_fitness = 0;
    double m_firstStepSeconds = 0;
};

/// The four metrics of detection, by Ultralytics' keys, and "fitness".
[[nodiscard]] QJsonObject metricsJson(const engine::Metrics &metrics, double fitness);
/// preprocess, inference, postprocess, in milliseconds an image.
[[nodiscard]] QJsonObject speedJson(const engine::ImageSpeed &speed);
/// "Speed: 1.0ms preprocess, 12.3ms inference, 0.8ms postprocess", as the field prints it.
[[nodiscard]] QString speedText(const engine::ImageSpeed &speed);
[[nodiscard]] double median(std::vector<double> values); ///< 0 for none
/// Since the kernel started this process, dynamic linking included; 0 when it does not say.
[[nodiscard]] double processSeconds();

} // namespace torchdeck::app::cli

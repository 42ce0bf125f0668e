// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/core/detection_files.h"
#include "engine/core/evaluation_listener.h"
#include "engine/data/dataset.h"
#include "torchdeck/engine/lifecycle.h"

#include <memory>

namespace torchdeck::engine {

struct ValidationOutputOptions {
    std::filesystem::path folder; ///< must exist
    int imgsz = 640; ///< of the loader
    std::vector<std::string> names; ///< of the model's classes
    bool plots = true, saveTxt = false, saveConf = false, saveJson = false;
    bool tolerant = false; ///< a picture that cannot be written is told by finish() only
};

/// Writes what a validation leaves in its folder: labels/, predictions.json, pictures of the first batches,
/// curves and the confusion matrix, all under the field's names. Throws EngineError (Storage).
class ValidationOutputs : public EvaluationListener {
public:
    ValidationOutputs(std::shared_ptr<const Dataset> dataset, ValidationOutputOptions options);

    void onBatch(const Batch &batch, std::int64_t index,
                 const std::vector<std::vector<Detection>> &detections) override;
    void finish(const DetectionCurves &curves, const ConfusionMatrix &confusion);

private:
    void writePictures(const Batch &batch, std::int64_t index,
                       const std::vector<std::vector<Detection>> &detections) const;
    void writeTexts(const Batch &batch, const std::vector<std::vector<Detection>> &detections);
    [[nodiscard]] const Sample &sampleOf(const Batch &batch, std::size_t image) const;

    std::shared_ptr<const Dataset> m_dataset;
    ValidationOutputOptions m_options;
    std::filesystem::path m_root; ///< of the images
    CocoPredictions m_predictions;
    std::string m_problem; ///< the first one, when tolerant
};

} // namespace torchdeck::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/core/image_matches.h"

#include <memory>

namespace torchdeck::engine {

/// How well each image of a validation went, to show the worst: F1 of its boxes at one confidence, classes
/// told apart, IoU 0.5. Keeps only detections over 0.05, at most 100 an image.
class ImageScores : public EvaluationListener {
public:
    ImageScores(std::shared_ptr<const Dataset> dataset, int imgsz);

    void onBatch(const Batch &batch, std::int64_t index,
                 const std::vector<std::vector<Detection>> &detections) override;

    /// RUN/worst_images.json: the `count` images with the lowest F1 at `confidence`, worst first, with their
    /// boxes in pixels of the picture. Images where everything is right are left out. Throws EngineError
    /// (Storage).
    void write(const std::filesystem::path &runFolder, const std::vector<std::string> &names,
               double confidence, std::size_t count) const;
    [[nodiscard]] std::string text(const std::vector<std::string> &names, double confidence,
                                   std::size_t count) const;

private:
    std::shared_ptr<const Dataset> m_dataset;
    int m_imgsz;
    std::vector<SeenImage> m_seen;
};

} // namespace torchdeck::engine

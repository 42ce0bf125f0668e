// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/core/frame_source.h"
#include "torchdeck/engine/predictor.h"

#include <map>
#include <memory>
#include <set>

namespace cv {
class VideoWriter;
}

namespace torchdeck::engine {

/// Writes what a prediction leaves in its folder: annotated images and videos, labels/, crops/. Throws
/// EngineError (Storage).
class PredictOutputs {
public:
    PredictOutputs(std::filesystem::path folder, const PredictConfig &config, std::vector<std::string> names);
    ~PredictOutputs(); ///< closes the videos

    void add(const Frame &frame, const ImagePredictions &predictions);
    [[nodiscard]] std::int64_t labelFiles() const { return m_labelFiles; }

private:
    /// The file's name without extension; -2, -3, ... behind it when another file of that name came before.
    [[nodiscard]] std::string baseName(const Frame &frame);
    void writeVideoFrame(const Frame &frame, const cv::Mat &drawn, const std::string &base);
    void writeLabels(const ImagePredictions &predictions, const std::string &name);
    void writeCrops(const cv::Mat &image, const ImagePredictions &predictions, const std::string &name);

    std::filesystem::path m_folder;
    const PredictConfig &m_config;
    std::vector<std::string> m_names;
    std::set<std::string> m_bases;
    std::map<std::filesystem::path, std::string> m_videoBases;
    std::filesystem::path m_openVideo;
    std::unique_ptr<cv::VideoWriter> m_writer;
    std::int64_t m_labelFiles = 0;
};

} // namespace torchdeck::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/predict_outputs.h"

#include "engine/core/annotate.h"
#include "engine/core/atomic_file.h"
#include "engine/core/detection_files.h"
#include "engine/plots/drawing.h"
#include "torchdeck/engine/error.h"

#include <opencv2/videoio.hpp>

#include <algorithm>

namespace torchdeck::engine {

namespace fs = std::filesystem;

namespace {

/// A class's name as a folder's.
std::string folderName(const std::vector<std::string> &names, int classId)
{
    const auto id = static_cast<std::size_t>(classId);
    std::string name = id < names.size() ? names[id] : "class " + std::to_string(classId);
    std::ranges::replace(name, '/', '_');
    return name.empty() || name == "." || name == ".." ? "class " + std::to_string(classId) : name;
}

/// The box a little larger, inside the image.
cv::Rect cropOf(const Prediction &box, const cv::Mat &image)
{
    constexpr double kGain = 1.02, kPad = 10;
    const double x = (box.x1 + box.x2) / 2, y = (box.y1 + box.y2) / 2;
    const double halfW = ((box.x2 - box.x1) * kGain + kPad) / 2,
                 halfH = ((box.y2 - box.y1) * kGain + kPad) / 2;
    const cv::Point from(static_cast<int>(x - halfW), static_cast<int>(y - halfH));
    const cv::Point to(static_cast<int>(x + halfW), static_cast<int>(y + halfH));
    return cv::Rect(from, to) & cv::Rect(0, 0, image.cols, image.rows);
}

void createFolder(const fs::path &folder)
{
    std::error_code error;
    fs::create_directories(folder, error);
    if (error)
        throw EngineError(ErrorKind::Storage,
                          "Cannot create " + folder.string() + " (" + error.message()
                              + "): choose another folder with project=.",
                          "project");
}

} // namespace

PredictOutputs::PredictOutputs(fs::path folder, const PredictConfig &config, std::vector<std::string> names)
    : m_folder(std::move(folder))
    , m_config(config)
    , m_names(std::move(names))
{
    if (m_config.saveTxt)
        createFolder(m_folder / "labels");
}

PredictOutputs::~PredictOutputs() = default;

std::string PredictOutputs::baseName(const Frame &frame)
{
    if (frame.video) {
        if (const auto known = m_videoBases.find(frame.file); known != m_videoBases.end())
            return known->second;
    }
    const std::string stem = frame.file.stem().string();
    std::string base = stem;
    for (int n = 2; m_bases.contains(base); ++n)
        base = stem + "-" + std::to_string(n);
    m_bases.insert(base);
    if (frame.video)
        m_videoBases[frame.file] = base;
    return base;
}

void PredictOutputs::add(const Frame &frame, const ImagePredictions &predictions)
{
    const std::string base = baseName(frame);
    const std::string name = frame.video ? base + "_" + std::to_string(frame.frame) : base;
    if (m_config.saveTxt)
        writeLabels(predictions, name);
    if (m_config.saveCrop)
        writeCrops(frame.pixels, predictions, name);
    if (!m_config.save && !(m_config.saveFrames && frame.video))
        return;
    const cv::Mat drawn =
        annotate(frame.pixels, predictions.boxes, m_names,
                 { m_config.lineWidth, m_config.showBoxes, m_config.showLabels, m_config.showConf });
    if (frame.video)
        writeVideoFrame(frame, drawn, base);
    else
        plots::writePicture(m_folder / (base + ".jpg"), drawn);
}

void PredictOutputs::writeVideoFrame(const Frame &frame, const cv::Mat &drawn, const std::string &base)
{
    if (m_config.saveFrames) {
        const fs::path folder = m_folder / (base + "_frames");
        createFolder(folder);
        plots::writePicture(folder / (base + "_" + std::to_string(frame.frame) + ".jpg"), drawn);
    }
    if (!m_config.save)
        return;
    if (m_openVideo != frame.file) {
        const fs::path file = m_folder / (base + ".avi");
        m_writer = std::make_unique<cv::VideoWriter>(
            file.string(), cv::VideoWriter::fourcc('M', 'J', 'P', 'G'), frame.fps, drawn.size());
        if (!m_writer->isOpened())
            throw EngineError(ErrorKind::Storage,
                              "Cannot write the video " + file.string()
                                  + ": check the disk, or go without it (save=false).",
                              "save");
        m_openVideo = frame.file;
    }
    m_writer->write(drawn);
}

void PredictOutputs::writeLabels(const ImagePredictions &predictions, const std::string &name)
{
    const fs::path file = m_folder / "labels" / (name + ".txt");
    if (predictions.boxes.empty()) {
        std::error_code ignored;
        fs::remove(file, ignored); // of an earlier run into the same folder
        return;
    }
    std::vector<Detection> boxes;
    for (const Prediction &p : predictions.boxes)
        boxes.push_back({ static_cast<float>(p.x1), static_cast<float>(p.y1), static_cast<float>(p.x2),
                          static_cast<float>(p.y2), static_cast<float>(p.confidence), p.classId });
    writeFileAtomically(file, labelLines(boxes, predictions.width, predictions.height, m_config.saveConf));
    ++m_labelFiles;
}

void PredictOutputs::writeCrops(const cv::Mat &image, const ImagePredictions &predictions,
                                const std::string &name)
{
    std::map<int, int> perClass;
    for (const Prediction &box : predictions.boxes) {
        const fs::path folder = m_folder / "crops" / folderName(m_names, box.classId);
        createFolder(folder);
        const int number = ++perClass[box.classId];
        const cv::Rect place = cropOf(box, image);
        if (!place.empty())
            plots::writePicture(folder / (name + (number > 1 ? std::to_string(number) : "") + ".jpg"),
                                image(place));
    }
}

} // namespace torchdeck::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/annotate.h"
#include "engine/core/atomic_file.h"
#include "engine/core/devices.h"
#include "engine/core/evaluation.h"
#include "engine/core/inference.h"
#include "engine/core/run_folder.h"
#include "engine/ops/nms.h"
#include "torchdeck/engine/error.h"
#include "torchdeck/engine/predictor.h"

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <glob.h>

namespace torchdeck::engine {

namespace fs = std::filesystem;

namespace {

using Clock = std::chrono::steady_clock;

bool isImage(const fs::path &file)
{
    static const char *const extensions[] = { ".bmp", ".dng", ".jpeg", ".jpg",  ".mpo",
                                              ".png", ".tif", ".tiff", ".webp", ".pfm" };
    std::string extension = file.extension().string();
    std::ranges::transform(extension, extension.begin(), [](unsigned char c) { return std::tolower(c); });
    return std::ranges::find(extensions, extension) != std::end(extensions);
}

std::vector<fs::path> findImages(const std::string &source)
{
    if (source.empty())
        throw EngineError(ErrorKind::Argument, "No source given: add source=IMAGE, a folder or a glob.",
                          "source");
    std::vector<fs::path> files;
    std::error_code error;
    if (fs::is_directory(source, error)) {
        for (const auto &entry : fs::directory_iterator(source, error)) {
            if (entry.is_regular_file(error) && isImage(entry.path()))
                files.push_back(entry.path());
        }
    } else if (source.find_first_of("*?[") != std::string::npos) {
        glob_t found {};
        if (::glob(source.c_str(), 0, nullptr, &found) == 0) {
            for (std::size_t i = 0; i < found.gl_pathc; ++i) {
                if (isImage(found.gl_pathv[i]))
                    files.emplace_back(found.gl_pathv[i]);
            }
        }
        ::globfree(&found);
    } else if (fs::is_regular_file(source, error)) {
        files.emplace_back(source);
    } else {
        throw EngineError(ErrorKind::Argument, "There is no file or folder " + source + ": check source=.",
                          "source");
    }
    if (files.empty())
        throw EngineError(ErrorKind::Argument, "No images found in " + source + ": check source=.", "source");
    std::ranges::sort(files);
    return files;
}

/// Resized so that the long side is `size`, padded with grey to multiples of the stride.
Batch letterbox(const cv::Mat &bgr, int size, int stride)
{
    ImageGeometry geometry;
    geometry.originalWidth = bgr.cols;
    geometry.originalHeight = bgr.rows;
    const double gain = std::min(double(size) / bgr.rows, double(size) / bgr.cols);
    const int width = std::max(1, static_cast<int>(std::lround(bgr.cols * gain)));
    const int height = std::max(1, static_cast<int>(std::lround(bgr.rows * gain)));
    const double padX = ((size - width) % stride) / 2.0, padY = ((size - height) % stride) / 2.0;
    const int left = static_cast<int>(std::lround(padX - 0.1)),
              right = static_cast<int>(std::lround(padX + 0.1));
    const int top = static_cast<int>(std::lround(padY - 0.1)),
              bottom = static_cast<int>(std::lround(padY + 0.1));
    cv::Mat resized, padded, rgb;
    cv::resize(bgr, resized, { width, height }, 0, 0, cv::INTER_LINEAR);
    cv::copyMakeBorder(resized, padded, top, bottom, left, right, cv::BORDER_CONSTANT, { 114, 114, 114 });
    cv::cvtColor(padded, rgb, cv::COLOR_BGR2RGB);
    Batch batch;
    batch.size = 1;
    batch.height = rgb.rows;
    batch.width = rgb.cols;
    batch.pixels.assign(rgb.data, rgb.data + rgb.total() * 3);
    geometry.gain = static_cast<float>(gain);
    geometry.padX = static_cast<float>(left);
    geometry.padY = static_cast<float>(top);
    batch.geometry.push_back(geometry);
    return batch;
}

Prediction toOriginal(const Detection &d, const ImageGeometry &g)
{
    const auto x = [&](float value) {
        return std::clamp((value - g.padX) / g.gain, 0.0f, float(g.originalWidth));
    };
    const auto y = [&](float value) {
        return std::clamp((value - g.padY) / g.gain, 0.0f, float(g.originalHeight));
    };
    return { d.classId, d.confidence, x(d.x1), y(d.y1), x(d.x2), y(d.y2) };
}

ImagePredictions predictImage(LoadedModel &loaded, const cv::Mat &image, const PredictConfig &config)
{
    const auto started = Clock::now();
    const int stride = static_cast<int>(loaded.model->strides().back());
    const Batch batch = letterbox(image, loaded.imageSize(config.imgsz), stride);
    const at::Tensor decoded =
        loaded.model->decode(loaded.model->forward(imagesToTensor(batch, loaded.device)))
            .to(at::kCPU, at::kFloat)
            .contiguous();
    NmsOptions nms;
    nms.conf = static_cast<float>(config.conf);
    nms.iou = static_cast<float>(config.iou);
    nms.maxDet = config.maxDet;
    ImagePredictions result;
    result.width = image.cols;
    result.height = image.rows;
    const auto detections =
        nonMaxSuppression(decoded.const_data_ptr<float>(), static_cast<int>(decoded.size(1)) - 4,
                          static_cast<int>(decoded.size(2)), nms);
    for (const Detection &detection : detections)
        result.boxes.push_back(toOriginal(detection, batch.geometry.front()));
    result.milliseconds = std::chrono::duration<double, std::milli>(Clock::now() - started).count();
    return result;
}

void writeLabels(const ImagePredictions &predictions, const fs::path &folder, bool withConfidence)
{
    std::string text;
    for (const Prediction &p : predictions.boxes) {
        char line[160];
        std::snprintf(line, sizeof line, "%d %.6g %.6g %.6g %.6g", p.classId,
                      (p.x1 + p.x2) / 2 / predictions.width, (p.y1 + p.y2) / 2 / predictions.height,
                      (p.x2 - p.x1) / predictions.width, (p.y2 - p.y1) / predictions.height);
        text += line;
        if (withConfidence) {
            std::snprintf(line, sizeof line, " %.6g", p.confidence);
            text += line;
        }
        text += "\n";
    }
    writeFileAtomically(folder / (predictions.image.stem().string() + ".txt"), text);
}

void saveOutputs(const cv::Mat &image, const ImagePredictions &predictions, const LoadedModel &loaded,
                 const PredictConfig &config, const fs::path &folder)
{
    if (config.save) {
        std::vector<std::uint8_t> bytes;
        const cv::Mat drawn = annotate(image, predictions.boxes, loaded.names);
        cv::imencode(".jpg", drawn, bytes, { cv::IMWRITE_JPEG_QUALITY, 95 });
        writeFileAtomically(folder / (predictions.image.stem().string() + ".jpg"),
                            { reinterpret_cast<const char *>(bytes.data()), bytes.size() });
    }
    if (config.saveTxt)
        writeLabels(predictions, folder / "labels", config.saveConf);
}

fs::path makeOutputFolder(const PredictConfig &config)
{
    const fs::path folder = RunFolder::next(config.project, config.name, "predict", config.existOk);
    std::error_code error;
    fs::create_directories(config.saveTxt ? folder / "labels" : folder, error);
    if (error)
        throw EngineError(ErrorKind::Storage,
                          "Cannot create " + folder.string() + " (" + error.message()
                              + "): choose another folder with project=.",
                          "project");
    return folder;
}

} // namespace

PredictResult predict(const PredictConfig &config, TrainObserver &observer,
                      const std::function<void(const ImagePredictions &)> &onImage, std::stop_token stop)
{
    if (config.model.empty())
        throw EngineError(ErrorKind::Argument, "No model given: add model=PATH/best.pt.", "model");
    if (config.conf < 0 || config.conf > 1 || config.iou < 0 || config.iou > 1)
        throw EngineError(ErrorKind::Argument, "conf and iou must lie between 0 and 1.", "conf");
    const auto started = Clock::now();
    const std::vector<fs::path> files = findImages(config.source);
    tuneProcessMemory();
    LoadedModel loaded = loadModel(config.model, config.device);
    nn::fuseConvBn(*loaded.model);
    at::NoGradGuard noGrad;
    observer.onPredictStart({ 0, config.model, config.source });
    PredictResult result;
    result.classNames = loaded.names;
    if (config.save || config.saveTxt)
        result.saveDir = makeOutputFolder(config);
    for (const fs::path &file : files) {
        if (stop.stop_requested()) {
            result.stopped = true;
            break;
        }
        const cv::Mat image = cv::imread(file.string(), cv::IMREAD_COLOR);
        ImagePredictions predictions;
        if (image.empty()) {
            predictions.problem = file.string() + " cannot be decoded as an image; it was skipped.";
            observer.onLog({ 0, LogLevel::Warning, predictions.problem });
        } else {
            predictions = predictImage(loaded, image, config);
        }
        predictions.image = file;
        if (!image.empty() && !result.saveDir.empty())
            saveOutputs(image, predictions, loaded, config, result.saveDir);
        ++result.images;
        result.detections += static_cast<std::int64_t>(predictions.boxes.size());
        if (onImage)
            onImage(predictions);
    }
    result.seconds = std::chrono::duration<double>(Clock::now() - started).count();
    return result;
}

} // namespace torchdeck::engine

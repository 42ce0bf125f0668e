// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/frame_inference.h"

#include "engine/core/autocast.h"
#include "engine/core/evaluation.h"
#include "engine/data/image_recipe.h"
#include "engine/ops/boxes.h"
#include "torchdeck/engine/error.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <chrono>
#include <map>

namespace torchdeck::engine {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int leastConsidered = 300; ///< anchors of a one-to-one head, as Ultralytics' predict takes them

double millisecondsSince(Clock::time_point &since)
{
    const auto now = Clock::now();
    const double passed = std::chrono::duration<double, std::milli>(now - since).count();
    since = now;
    return passed;
}

void checkRange(bool ok, const char *argument, const std::string &value, const char *wanted)
{
    if (!ok)
        throw EngineError(ErrorKind::Argument,
                          std::string(argument) + "=" + value + " is not valid: give " + wanted + ".",
                          argument);
}

void layIn(const cv::Mat &bgr, const PredictionShape &shape, std::uint8_t *pixels)
{
    cv::Mat target(shape.height(), shape.width(), CV_8UC3, pixels), resized = bgr;
    target.setTo(borderGrey);
    if (bgr.cols != shape.resizedWidth || bgr.rows != shape.resizedHeight)
        cv::resize(bgr, resized, { shape.resizedWidth, shape.resizedHeight }, 0, 0, cv::INTER_LINEAR);
    cv::Mat inside = target(cv::Rect(shape.left, shape.top, shape.resizedWidth, shape.resizedHeight));
    cv::cvtColor(resized, inside, cv::COLOR_BGR2RGB);
}

std::vector<Prediction> named(const std::vector<Detection> &found, const std::vector<std::string> &names)
{
    std::vector<Prediction> boxes;
    boxes.reserve(found.size());
    for (const Detection &d : found) {
        const auto id = static_cast<std::size_t>(d.classId);
        boxes.push_back({ d.classId, d.confidence, d.x1, d.y1, d.x2, d.y2,
                          id < names.size() ? names[id] : std::to_string(d.classId) });
    }
    return boxes;
}

} // namespace

void checkRanges(const PredictConfig &config)
{
    checkRange(config.conf >= 0 && config.conf <= 1, "conf", std::to_string(config.conf), "0 to 1");
    checkRange(config.iou >= 0 && config.iou <= 1, "iou", std::to_string(config.iou), "0 to 1");
    checkRange(config.maxDet >= 1, "max_det", std::to_string(config.maxDet), "at least 1");
    checkRange(config.batch >= 1 && config.batch <= 4096, "batch", std::to_string(config.batch), "1 to 4096");
    checkRange(config.vidStride >= 1, "vid_stride", std::to_string(config.vidStride), "at least 1");
    for (const int size : { config.imgsz, config.imgszHeight })
        checkRange(size == 0 || (size >= 32 && size <= 8192), "imgsz", std::to_string(size), "32 to 8192");
}

FrameInference::FrameInference(const std::string &checkpoint, const std::string &device, bool endToEnd)
    : m_loaded(loadModel(checkpoint, device))
    , m_oneToOne(endToEnd && m_loaded.model->heads() != nn::Heads::OneToMany)
{
    nn::fuseConvBn(*m_loaded.model, m_oneToOne ? nn::Heads::OneToOne : nn::Heads::OneToMany);
}

void FrameInference::configure(const PredictConfig &config)
{
    checkRanges(config);
    for (const int id : config.classes)
        checkRange(id >= 0 && id < static_cast<int>(m_loaded.names.size()), "classes", std::to_string(id),
                   ("class numbers from 0 to " + std::to_string(m_loaded.names.size() - 1)).c_str());
    m_width = m_loaded.imageSize(config.imgsz);
    m_height = config.imgszHeight > 0 ? m_loaded.imageSize(config.imgszHeight) : m_width;
    m_nms.conf = static_cast<float>(config.conf);
    m_nms.iou = static_cast<float>(config.iou);
    m_nms.maxDet = config.maxDet;
    m_nms.agnostic = config.agnosticNms;
    m_nms.classes = config.classes;
    m_rect = config.rect;
    m_half = config.half;
}

/// All frames laid into one input: padded as little as the stride allows when they have one size.
Batch FrameInference::layOut(const std::vector<Frame> &frames) const
{
    const cv::Size first = frames.front().pixels.size();
    const bool same =
        std::ranges::all_of(frames, [&](const Frame &frame) { return frame.pixels.size() == first; });
    const int stride = static_cast<int>(m_loaded.model->strides().back());
    Batch batch;
    batch.size = static_cast<int>(frames.size());
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const cv::Mat &pixels = frames[i].pixels;
        const PredictionShape shape =
            predictionShape(pixels.cols, pixels.rows, m_width, m_height, stride, m_rect && same);
        const std::size_t bytes =
            std::size_t { 3 } * static_cast<std::size_t>(shape.width() * shape.height());
        batch.width = shape.width();
        batch.height = shape.height();
        batch.pixels.resize(bytes * frames.size());
        layIn(pixels, shape, batch.pixels.data() + bytes * i);
    }
    return batch;
}

FrameDetections FrameInference::run(const std::vector<Frame> &frames) const
{
    auto since = Clock::now();
    const Batch batch = layOut(frames);
    const at::Tensor images = imagesToTensor(batch, m_loaded.device);
    FrameDetections result;
    result.inputWidth = batch.width;
    result.inputHeight = batch.height;
    result.speed.preprocess = millisecondsSince(since);
    nn::HeadOutput output;
    {
        const Autocast autocast(m_loaded.device, m_half && m_loaded.device.is_cuda());
        output = m_loaded.model->forward(images);
    }
    const at::Tensor decoded = m_loaded.model->decode(output).to(at::kCPU, at::kFloat).contiguous();
    result.speed.inference = millisecondsSince(since);
    // Classes are chosen among these, so a low max_det must not cut them off before.
    auto found = detectionsOf(decoded, m_nms, m_oneToOne ? std::max(m_nms.maxDet, leastConsidered) : 0);
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const cv::Mat &pixels = frames[i].pixels;
        toPicture(found[i], letterboxMap(pixels.cols, pixels.rows, batch.width, batch.height), pixels.cols,
                  pixels.rows);
        result.boxes.push_back(named(found[i], m_loaded.names));
    }
    result.speed.postprocess = millisecondsSince(since);
    for (double *phase :
         { &result.speed.preprocess, &result.speed.inference, &result.speed.postprocess })
        *phase /= static_cast<double>(frames.size());
    return result;
}

std::string summaryOf(const std::vector<Prediction> &boxes, const std::vector<std::string> &names)
{
    std::map<int, int> counts;
    for (const Prediction &box : boxes)
        ++counts[box.classId];
    std::string text;
    for (const auto &[classId, count] : counts) {
        const auto id = static_cast<std::size_t>(classId);
        text += (text.empty() ? "" : ", ") + std::to_string(count) + " "
            + (id < names.size() ? names[id] : std::to_string(classId)) + (count > 1 ? "s" : "");
    }
    return text.empty() ? "(no detections)" : text;
}

} // namespace torchdeck::engine

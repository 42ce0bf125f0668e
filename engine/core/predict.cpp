// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/autocast.h"
#include "engine/core/devices.h"
#include "engine/core/tensor_memory.h"
#include "engine/core/evaluation.h"
#include "engine/core/frame_source.h"
#include "engine/core/inference.h"
#include "engine/core/predict_outputs.h"
#include "engine/core/run_folder.h"
#include "engine/ops/boxes.h"
#include "torchdeck/engine/error.h"
#include "torchdeck/engine/predictor.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

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

void check(const PredictConfig &config)
{
    if (config.model.empty())
        throw EngineError(ErrorKind::Argument, "No model given: add model=PATH/best.pt.", "model");
    checkRange(config.conf >= 0 && config.conf <= 1, "conf", std::to_string(config.conf), "0 to 1");
    checkRange(config.iou >= 0 && config.iou <= 1, "iou", std::to_string(config.iou), "0 to 1");
    checkRange(config.maxDet >= 1, "max_det", std::to_string(config.maxDet), "at least 1");
    checkRange(config.batch >= 1 && config.batch <= 4096, "batch", std::to_string(config.batch), "1 to 4096");
    checkRange(config.vidStride >= 1, "vid_stride", std::to_string(config.vidStride), "at least 1");
    for (const int size : { config.imgsz, config.imgszHeight })
        checkRange(size == 0 || (size >= 32 && size <= 8192), "imgsz", std::to_string(size), "32 to 8192");
}

/// "2 cats, 1 dog".
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

void layIn(const cv::Mat &bgr, const PredictionShape &shape, std::uint8_t *pixels)
{
    cv::Mat target(shape.height(), shape.width(), CV_8UC3, pixels), resized = bgr;
    target.setTo(cv::Scalar(114, 114, 114));
    if (bgr.cols != shape.resizedWidth || bgr.rows != shape.resizedHeight)
        cv::resize(bgr, resized, { shape.resizedWidth, shape.resizedHeight }, 0, 0, cv::INTER_LINEAR);
    cv::Mat inside = target(cv::Rect(shape.left, shape.top, shape.resizedWidth, shape.resizedHeight));
    cv::cvtColor(resized, inside, cv::COLOR_BGR2RGB);
}

/// One run of predict(): reads, infers and reports a batch at a time.
class PredictRun {
public:
    PredictRun(const PredictConfig &config, TrainObserver &observer,
               const std::function<void(const ImagePredictions &)> &onImage)
        : m_config(config)
        , m_observer(observer)
        , m_onImage(onImage)
        , m_loaded(loadModel(config.model, config.device))
        , m_reader(findSourceFiles(config.source), config.vidStride)
    {
        for (const int id : config.classes)
            checkRange(id >= 0 && id < static_cast<int>(m_loaded.names.size()), "classes", std::to_string(id),
                       ("class numbers from 0 to " + std::to_string(m_loaded.names.size() - 1)).c_str());
        m_width = m_loaded.imageSize(config.imgsz);
        m_height = config.imgszHeight > 0 ? m_loaded.imageSize(config.imgszHeight) : m_width;
        m_nms.conf = static_cast<float>(config.conf);
        m_nms.iou = static_cast<float>(config.iou);
        m_nms.maxDet = config.maxDet;
        m_nms.agnostic = config.agnosticNms;
        m_oneToOne = config.endToEnd && m_loaded.model->heads() != nn::Heads::OneToMany;
        m_nms.classes = config.classes;
        nn::fuseConvBn(*m_loaded.model, m_oneToOne ? nn::Heads::OneToOne : nn::Heads::OneToMany);
    }

    PredictResult run(const std::stop_token &stop)
    {
        m_observer.onPredictStart({ 0, m_config.model, m_config.source });
        m_result.classNames = m_loaded.names;
        if (m_config.save || m_config.saveFrames || m_config.saveTxt || m_config.saveCrop) {
            m_result.saveDir =
                RunFolder::nextOutput(m_config.project, m_config.name, "predict", m_config.existOk);
            m_outputs = std::make_unique<PredictOutputs>(m_result.saveDir, m_config, m_loaded.names);
        }
        std::vector<Frame> frames;
        while (!m_result.stopped && readBatch(frames)) {
            if (stop.stop_requested())
                m_result.stopped = true;
            else
                predictBatch(frames, stop);
        }
        const auto count = static_cast<double>(std::max<std::int64_t>(m_result.images, 1));
        for (double *phase :
             { &m_result.speed.preprocess, &m_result.speed.inference, &m_result.speed.postprocess })
            *phase /= count;
        m_result.batch = static_cast<int>(std::min<std::int64_t>(m_config.batch, m_result.images));
        m_result.labelFiles = m_outputs ? m_outputs->labelFiles() : 0;
        return m_result;
    }

private:
    /// Fills `frames`; a batch never spans two videos. False at the end.
    bool readBatch(std::vector<Frame> &frames)
    {
        frames.clear();
        while (frames.size() < static_cast<std::size_t>(m_config.batch)) {
            std::optional<Frame> frame = m_held ? std::exchange(m_held, std::nullopt) : m_reader.next();
            if (!frame)
                break;
            if (frame->pixels.empty()) {
                skip(*frame);
                continue;
            }
            if (!frames.empty() && (frame->video || frames.back().video)
                && frame->file != frames.back().file) {
                m_held = std::move(frame);
                break;
            }
            frames.push_back(std::move(*frame));
        }
        return !frames.empty();
    }

    void skip(const Frame &frame)
    {
        ImagePredictions predictions = describe(frame);
        predictions.problem = frame.file.string() + " cannot be decoded as "
            + (frame.video ? "a video" : "an image") + "; it was skipped.";
        m_observer.onLog({ 0, LogLevel::Warning, predictions.problem });
        m_result.skipped.push_back(predictions.problem);
        if (m_onImage)
            m_onImage(predictions);
    }

    [[nodiscard]] ImagePredictions describe(const Frame &frame) const
    {
        ImagePredictions predictions;
        predictions.image = frame.file;
        predictions.number = frame.number;
        predictions.total = m_reader.files();
        predictions.frame = frame.frame;
        predictions.frames = frame.frames;
        predictions.width = frame.pixels.cols;
        predictions.height = frame.pixels.rows;
        return predictions;
    }

    /// All frames laid into one input: padded as little as the stride allows when they have one size.
    Batch layOut(const std::vector<Frame> &frames) const
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
                predictionShape(pixels.cols, pixels.rows, m_width, m_height, stride, m_config.rect && same);
            const std::size_t bytes =
                std::size_t { 3 } * static_cast<std::size_t>(shape.width() * shape.height());
            batch.width = shape.width();
            batch.height = shape.height();
            batch.pixels.resize(bytes * frames.size());
            layIn(pixels, shape, batch.pixels.data() + bytes * i);
        }
        return batch;
    }

    void predictBatch(const std::vector<Frame> &frames, const std::stop_token &stop)
    {
        auto since = Clock::now();
        const Batch batch = layOut(frames);
        const at::Tensor images = imagesToTensor(batch, m_loaded.device);
        ImageSpeed speed;
        speed.preprocess = millisecondsSince(since);
        nn::HeadOutput output;
        {
            const Autocast autocast(m_loaded.device, m_config.half);
            output = m_loaded.model->forward(images);
        }
        const at::Tensor decoded = m_loaded.model->decode(output).to(at::kCPU, at::kFloat).contiguous();
        speed.inference = millisecondsSince(since);
        // Classes are chosen among these, so a low max_det must not cut them off before.
        auto found = detectionsOf(decoded, m_nms, m_oneToOne ? std::max(m_nms.maxDet, leastConsidered) : 0);
        for (std::size_t i = 0; i < frames.size(); ++i) {
            const cv::Mat &pixels = frames[i].pixels;
            toPicture(found[i], letterboxMap(pixels.cols, pixels.rows, batch.width, batch.height),
                      pixels.cols, pixels.rows);
        }
        speed.postprocess = millisecondsSince(since);
        m_result.inputWidth = batch.width;
        m_result.inputHeight = batch.height;
        const auto count = static_cast<double>(frames.size());
        const ImageSpeed each { speed.preprocess / count, speed.inference / count,
                                speed.postprocess / count };
        for (std::size_t i = 0; i < frames.size() && !m_result.stopped; ++i) {
            if (i > 0 && stop.stop_requested())
                m_result.stopped = true;
            else
                report(frames[i], found[i], each);
        }
    }

    void report(const Frame &frame, const std::vector<Detection> &found, const ImageSpeed &speed)
    {
        ImagePredictions predictions = describe(frame);
        predictions.inputWidth = m_result.inputWidth;
        predictions.inputHeight = m_result.inputHeight;
        for (const Detection &d : found) {
            const auto id = static_cast<std::size_t>(d.classId);
            predictions.boxes.push_back({ d.classId, d.confidence, d.x1, d.y1, d.x2, d.y2,
                                          id < m_loaded.names.size() ? m_loaded.names[id] : std::to_string(d.classId) });
        }
        predictions.summary = summaryOf(predictions.boxes, m_loaded.names);
        predictions.speed = speed;
        predictions.milliseconds = speed.preprocess + speed.inference + speed.postprocess;
        if (m_outputs)
            m_outputs->add(frame, predictions);
        ++m_result.images;
        m_result.detections += static_cast<std::int64_t>(predictions.boxes.size());
        m_result.speed.preprocess += speed.preprocess;
        m_result.speed.inference += speed.inference;
        m_result.speed.postprocess += speed.postprocess;
        if (m_onImage)
            m_onImage(predictions);
    }

    const PredictConfig &m_config;
    TrainObserver &m_observer;
    const std::function<void(const ImagePredictions &)> &m_onImage;
    LoadedModel m_loaded;
    FrameReader m_reader;
    NmsOptions m_nms;
    bool m_oneToOne = false; ///< detections of the one-to-one head, without NMS
    int m_width = 0, m_height = 0;
    std::optional<Frame> m_held; ///< first frame of the next batch
    std::unique_ptr<PredictOutputs> m_outputs;
    PredictResult m_result;
};

} // namespace

PredictResult predict(const PredictConfig &config, TrainObserver &observer,
                      const std::function<void(const ImagePredictions &)> &onImage, std::stop_token stop)
{
    check(config);
    const auto started = Clock::now();
    tuneProcessMemory();
    at::NoGradGuard noGrad;
    PredictRun run(config, observer, onImage);
    if (config.half && chooseDevice(config.device).is_cpu())
        observer.onLog(
            { 0, LogLevel::Info, "half=true has no effect on the CPU, which computes in single precision." });
    PredictResult result = run.run(stop);
    releaseTensorMemory();
    result.seconds = std::chrono::duration<double>(Clock::now() - started).count();
    return result;
}

} // namespace torchdeck::engine

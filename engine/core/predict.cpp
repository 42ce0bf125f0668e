// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/devices.h"
#include "engine/core/frame_inference.h"
#include "engine/core/predict_outputs.h"
#include "engine/core/run_folder.h"
#include "engine/core/tensor_memory.h"
#include "torchdeck/engine/error.h"
#include "torchdeck/engine/predictor.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace torchdeck::engine {

namespace {

using Clock = std::chrono::steady_clock;

/// One run of predict(): reads, infers and reports a batch at a time.
class PredictRun {
public:
    PredictRun(const PredictConfig &config, TrainObserver &observer,
               const std::function<void(const ImagePredictions &)> &onImage)
        : m_config(config)
        , m_observer(observer)
        , m_onImage(onImage)
        , m_inference(config.model, config.device, config.endToEnd)
        , m_reader(findSourceFiles(config.source), config.vidStride)
    {
        m_inference.configure(config);
    }

    PredictResult run(const std::stop_token &stop)
    {
        m_observer.onPredictStart({ 0, m_config.model, m_config.source });
        m_result.classNames = m_inference.classNames();
        if (m_config.save || m_config.saveFrames || m_config.saveTxt || m_config.saveCrop) {
            m_result.saveDir =
                RunFolder::nextOutput(m_config.project, m_config.name, "predict", m_config.existOk);
            m_outputs = std::make_unique<PredictOutputs>(m_result.saveDir, m_config, m_inference.classNames());
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

    void predictBatch(const std::vector<Frame> &frames, const std::stop_token &stop)
    {
        FrameDetections found = m_inference.run(frames);
        m_result.inputWidth = found.inputWidth;
        m_result.inputHeight = found.inputHeight;
        for (std::size_t i = 0; i < frames.size() && !m_result.stopped; ++i) {
            if (i > 0 && stop.stop_requested())
                m_result.stopped = true;
            else
                report(frames[i], std::move(found.boxes[i]), found.speed);
        }
    }

    void report(const Frame &frame, std::vector<Prediction> boxes, const ImageSpeed &speed)
    {
        ImagePredictions predictions = describe(frame);
        predictions.inputWidth = m_result.inputWidth;
        predictions.inputHeight = m_result.inputHeight;
        predictions.boxes = std::move(boxes);
        predictions.summary = summaryOf(predictions.boxes, m_inference.classNames());
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
    FrameInference m_inference;
    FrameReader m_reader;
    std::optional<Frame> m_held; ///< first frame of the next batch
    std::unique_ptr<PredictOutputs> m_outputs;
    PredictResult m_result;
};

} // namespace

PredictResult predict(const PredictConfig &config, TrainObserver &observer,
                      const std::function<void(const ImagePredictions &)> &onImage, std::stop_token stop)
{
    if (config.model.empty())
        throw EngineError(ErrorKind::Argument, "No model given: add model=PATH/best.pt.", "model");
    checkRanges(config); // before the model is read
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

// SPDX-License-Identifier: GPL-3.0-or-later
#include "torchdeck/engine/image_predictor.h"

#include "engine/core/devices.h"
#include "engine/core/frame_inference.h"
#include "engine/core/memory_budget.h"
#include "engine/data/image_header.h"
#include "torchdeck/engine/error.h"

#include <opencv2/imgcodecs.hpp>

#include <array>
#include <cstring>
#include <fstream>

namespace torchdeck::engine {

namespace {

constexpr std::int64_t mostMemory = 4LL << 30; ///< of one prediction; a YOLOv8x at 1280 pixels takes less than 1 GiB

[[noreturn]] void refuse(const std::string &sentence)
{
    throw EngineError(ErrorKind::Argument, sentence, "source");
}

/// The formats whose size stands in the header: others would have to be decoded to be measured.
bool hasBoundedFormat(const std::filesystem::path &file)
{
    std::array<char, 12> magic {};
    std::ifstream in(file, std::ios::binary);
    in.read(magic.data(), magic.size());
    return std::memcmp(magic.data(), "\xff\xd8\xff", 3) == 0
        || std::memcmp(magic.data(), "\x89PNG\r\n\x1a\n", 8) == 0
        || (std::memcmp(magic.data(), "RIFF", 4) == 0 && std::memcmp(magic.data() + 8, "WEBP", 4) == 0);
}

cv::Mat decode(const std::filesystem::path &file)
{
    if (!hasBoundedFormat(file))
        refuse("The image is no JPEG, PNG or WebP picture: send one of these.");
    const ImageHeader header = readImageHeader(file);
    if (header.width <= 0 || header.height <= 0)
        refuse("The image " + (header.problem.empty() ? "has a broken header" : header.problem)
               + ": send a whole one.");
    if (std::int64_t { header.width } * header.height > ImagePredictor::maxPixels)
        refuse("The image has " + std::to_string(header.width) + "x" + std::to_string(header.height)
               + " pixels, more than 64 million: send a smaller one.");
    cv::Mat pixels;
    try {
        pixels = cv::imread(file.string(), cv::IMREAD_COLOR);
    } catch (const cv::Exception &) {
        pixels.release(); // some broken files make the decoder throw
    }
    if (pixels.empty())
        refuse("The image cannot be decoded: it is damaged, send a whole one.");
    return pixels;
}

} // namespace

struct ImagePredictor::Impl {
    FrameInference inference;
};

ImagePredictor::ImagePredictor(const std::filesystem::path &checkpoint, const std::string &device)
{
    tuneProcessMemory();
    m_impl.reset(new Impl { FrameInference(checkpoint.string(), device, false) });
}

ImagePredictor::~ImagePredictor() = default;

int ImagePredictor::trainedSize() const { return m_impl->inference.trainedSize(); }

ImagePredictions ImagePredictor::predict(const std::filesystem::path &image, const PredictConfig &how,
                                         std::stop_token stop)
{
    const at::NoGradGuard noGrad;
    FrameInference &inference = m_impl->inference;
    inference.configure(how);
    std::vector<Frame> frames(1);
    frames.front().file = image;
    frames.front().pixels = decode(image);
    FrameDetections found = [&] {
        const MemoryBudget budget(mostMemory,
                                  EngineError(ErrorKind::Resources,
                                              "The model needs more than 4 GiB of memory for one picture: give a "
                                              "smaller imgsz.",
                                              "imgsz"),
                                  std::move(stop), EngineError(ErrorKind::Resources, "The prediction was stopped."));
        return inference.run(frames);
    }();
    ImagePredictions result;
    result.image = image;
    result.number = result.total = 1;
    result.width = frames.front().pixels.cols;
    result.height = frames.front().pixels.rows;
    result.inputWidth = found.inputWidth;
    result.inputHeight = found.inputHeight;
    result.boxes = std::move(found.boxes.front());
    result.summary = summaryOf(result.boxes, inference.classNames());
    result.speed = found.speed;
    result.milliseconds = found.speed.preprocess + found.speed.inference + found.speed.postprocess;
    return result;
}

} // namespace torchdeck::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/core/frame_source.h"
#include "engine/core/inference.h"
#include "engine/data/batch.h"
#include "engine/ops/nms.h"
#include "torchdeck/engine/predictor.h"

namespace torchdeck::engine {

/// What was found in a batch of frames.
struct FrameDetections {
    std::vector<std::vector<Prediction>> boxes; ///< one list a frame, in its pixels, by falling confidence
    ImageSpeed speed; ///< of one frame
    int inputWidth = 0, inputHeight = 0; ///< of the network's input
};

/// Throws EngineError (Argument) for a number out of range; the classes are the model's to check.
void checkRanges(const PredictConfig &config);

/// A checkpoint made ready for prediction (fused), used for one batch of frames after the other. One thread.
class FrameInference {
public:
    /// Throws EngineError, as loadModel() does.
    FrameInference(const std::string &checkpoint, const std::string &device, bool endToEnd);

    /// Sizes and thresholds of the batches that follow. Throws EngineError (Argument) for values out of range.
    void configure(const PredictConfig &config);
    [[nodiscard]] FrameDetections run(const std::vector<Frame> &frames) const;
    [[nodiscard]] const std::vector<std::string> &classNames() const { return m_loaded.names; }
    [[nodiscard]] int trainedSize() const { return m_loaded.imageSize(0); }

private:
    [[nodiscard]] Batch layOut(const std::vector<Frame> &frames) const;

    LoadedModel m_loaded;
    NmsOptions m_nms;
    bool m_oneToOne = false; ///< detections of the one-to-one head, without NMS
    bool m_rect = true, m_half = false;
    int m_width = 0, m_height = 0;
};

/// "2 cats, 1 dog", or "(no detections)".
[[nodiscard]] std::string summaryOf(const std::vector<Prediction> &boxes, const std::vector<std::string> &names);

} // namespace torchdeck::engine

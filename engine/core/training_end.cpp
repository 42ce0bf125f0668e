// SPDX-License-Identifier: GPL-3.0-or-later
// The end of a run: its best model is validated once more, and what that tells is left in the run folder.
#include "engine/core/image_scores.h"
#include "engine/core/training_session.h"
#include "torchdeck/engine/error.h"

namespace torchdeck::engine {

namespace {

constexpr std::size_t keptImages = 48;

class Both : public EvaluationListener {
public:
    Both(EvaluationListener &first, EvaluationListener &second)
        : m_first(first)
        , m_second(second)
    {
    }
    void onBatch(const Batch &batch, std::int64_t index,
                 const std::vector<std::vector<Detection>> &detections) override
    {
        m_first.onBatch(batch, index, detections);
        m_second.onBatch(batch, index, detections);
    }

private:
    EvaluationListener &m_first, &m_second;
};

} // namespace

void TrainingSession::finalEvaluation(TrainEnd &end)
{
    for (const auto &file : { m_folder.last(), m_folder.best() }) {
        if (!end.stopped && std::filesystem::exists(file)) // a stopped run may be resumed
            stripCheckpoint(file);
    }
    if (end.best.empty() || m_control.finalValidationSkipped().stop_requested())
        return;
    const Checkpoint best = loadCheckpoint(end.best);
    nn::DetectionModel model(m_inputs.spec, static_cast<std::int64_t>(best.classNames.size()));
    loadState(model, best.ema);
    model.to(m_inputs.device);
    setLayout(model, true);
    const int lastEpoch = m_startEpoch + m_epochsDone - 1;
    ValidationOutputOptions plots { m_folder.path(), m_config.imgsz, best.classNames };
    plots.plots = m_config.plots;
    plots.tolerant = true;
    ValidationOutputs outputs(m_inputs.val, plots);
    ImageScores scores(m_inputs.val, m_config.imgsz);
    Both listeners(outputs, scores);
    const Evaluation evaluation =
        validateModel(model, lastEpoch, false, &listeners, m_control.finalValidationSkipped());
    if (evaluation.stopped) {
        log(LogLevel::Info, "The validation of the best model was left out; everything is saved.");
        return;
    }
    if (m_config.plots)
        writePlots(evaluation, outputs);
    writeWorstImages(scores, evaluation, best.classNames);
    FitEpochEnd event = epochEvent(lastEpoch, evaluation);
    event.finalEval = true;
    event.trainLosses.clear();
    end.metrics = evaluation.metrics;
    m_observer.onFitEpochEnd(event);
}

void TrainingSession::writeWorstImages(const ImageScores &scores, const Evaluation &evaluation,
                                       const std::vector<std::string> &names)
{
    const DetectionCurves &curves = evaluation.scores.curves;
    constexpr double usual = 0.25; // nothing was found at all
    const double confidence =
        curves.best < curves.confidence.size() ? double(curves.confidence[curves.best]) : usual;
    try {
        scores.write(m_folder.path(), names, confidence, keptImages);
    } catch (const EngineError &error) { // the run itself is safe on the disk by now
        log(LogLevel::Warning, error.what());
    }
}

} // namespace torchdeck::engine

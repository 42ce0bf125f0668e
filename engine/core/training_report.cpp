// SPDX-License-Identifier: GPL-3.0-or-later
// What a running session tells its observer.
#include "engine/core/devices.h"
#include "engine/core/training_session.h"
#include "engine/plots/results_plot.h"
#include "torchdeck/engine/error.h"

namespace torchdeck::engine {

namespace {

constexpr std::size_t kCurvePoints = 101; ///< of the curves kept for every epoch

} // namespace

void TrainingSession::log(LogLevel level, const std::string &text)
{
    m_observer.onLog({ m_run, level, text });
}

void TrainingSession::reportReady()
{
    PretrainRoutineEnd event;
    event.run = m_run;
    event.model = m_summary;
    event.dataset.name = m_inputs.datasetName;
    event.dataset.classNames = m_inputs.train->names;
    event.dataset.trainImages = static_cast<std::int64_t>(m_inputs.train->samples.size());
    event.dataset.valImages = static_cast<std::int64_t>(m_inputs.val->samples.size());
    event.dataset.trainInstances = m_inputs.train->instances;
    event.dataset.valInstances = m_inputs.val->instances;
    event.dataset.corruptImages = m_inputs.train->corrupt + m_inputs.val->corrupt;
    event.dataset.backgroundImages = m_inputs.train->background + m_inputs.val->background;
    event.device = describeDevice(m_inputs.device);
    event.optimizer = m_optimizer->description();
    event.startEpoch = m_startEpoch;
    event.epochs = m_config.epochs;
    event.batchesPerEpoch = m_trainLoader->batches();
    event.valBatches = m_valLoader->batches();
    for (const auto &dataset : { m_inputs.train, m_inputs.val }) {
        for (const DatasetProblem &problem : dataset->problems)
            log(LogLevel::Warning, problem.file.string() + ": " + problem.sentence);
    }
    for (const std::string &note : m_inputs.notes)
        log(LogLevel::Warning, note);
    if (m_choice.automatic)
        log(LogLevel::Info,
            "optimizer=auto: " + m_optimizer->description() + " (lr0 and momentum are set by it).");
    m_observer.onPretrainRoutineEnd(event);
}

void TrainingSession::reportBatch(const BatchLosses &batch, int epoch)
{
    const BatchNote &note = batch.note;
    BatchEnd event;
    event.run = m_run;
    event.epoch = epoch;
    event.epochs = m_config.epochs;
    event.batch = note.index;
    event.batches = m_trainLoader->batches();
    event.boxLoss = batch.items[0];
    event.clsLoss = batch.items[1];
    event.dflLoss = batch.items[2];
    const auto count = double(m_losses.batches);
    event.meanBoxLoss = m_losses.box / count;
    event.meanClsLoss = m_losses.cls / count;
    event.meanDflLoss = m_losses.dfl / count;
    event.learningRate = m_optimizer->learningRate();
    event.instances = note.instances;
    event.imgsz = note.width;
    const double seconds = m_clock.batchSeconds();
    const int ranks = m_ranks ? m_ranks->ranks().size : 1; // each made such a part of the batch
    event.imagesPerSecond = seconds > 0 ? double(note.images * ranks) / seconds : 0;
    const long left = static_cast<long>(event.batches - note.index - 1);
    event.epochSecondsLeft = m_clock.epochSecondsLeft(left);
    event.runSecondsLeft =
        m_clock.runSecondsLeft(left, static_cast<long>(event.batches), m_config.epochs - epoch - 1);
    event.memoryMiB = memoryMiB();
    m_observer.onBatchEnd(event);
}

FitEpochEnd TrainingSession::epochEvent(int epoch, const Evaluation &evaluation) const
{
    FitEpochEnd event;
    event.run = m_run;
    event.epoch = epoch;
    event.epochs = m_config.epochs;
    const double count = std::max(1.0, double(m_losses.batches));
    event.trainLosses = { { "train/box_loss", m_losses.box / count },
                          { "train/cls_loss", m_losses.cls / count },
                          { std::string("train/") + m_loss->distanceName(), m_losses.dfl / count } };
    event.metrics = evaluation.metrics;
    int index = 0;
    for (const Optimizer::Group &group : m_optimizer->groups())
        event.learningRates.emplace_back("lr/pg" + std::to_string(index++), group.learningRate);
    event.classes = evaluation.scores.classes;
    event.curves = evaluation.scores.curves.thinned(kCurvePoints);
    event.confusion = evaluation.confusion;
    event.fitness = evaluation.scores.fitness;
    event.bestFitness = m_stopper.best();
    event.bestEpoch = m_stopper.bestEpoch();
    event.epochSeconds = m_clock.epochSeconds();
    event.trainSeconds = m_clock.trainSeconds();
    event.elapsedSeconds = m_clock.elapsed();
    const auto batches = static_cast<long>(m_trainLoader->batches());
    event.runSecondsLeft = m_clock.runSecondsLeft(0, batches, m_config.epochs - epoch - 1);
    event.model = m_summary;
    return event;
}

void TrainingSession::replayEarlierEpochs()
{
    if (!m_inputs.resumeFrom)
        return;
    for (const auto &[epoch, values] : RunFolder::readResults(m_folder.path())) {
        FitEpochEnd event;
        event.run = m_run;
        event.epoch = epoch;
        event.epochs = m_config.epochs;
        event.replayed = true;
        event.bestFitness = m_stopper.best();
        event.bestEpoch = m_stopper.bestEpoch();
        event.fitness = metricValue(values, "metrics/mAP50-95(B)");
        for (const auto &[name, value] : values) {
            if (name == "time")
                event.elapsedSeconds = value;
            else if (name.rfind("train/", 0) == 0)
                event.trainLosses.emplace_back(name, value);
            else if (name.rfind("lr/", 0) == 0)
                event.learningRates.emplace_back(name, value);
            else
                event.metrics.emplace_back(name, value);
        }
        if (epoch == 0)
            event.model = m_summary;
        m_observer.onFitEpochEnd(event);
    }
    replayEvents();
    tell(RunEventKind::Resumed, m_startEpoch + double(m_skipBatches) / double(m_trainLoader->batches()), {});
}

void TrainingSession::beginDetails()
{
    if (m_inputs.resumeFrom)
        m_details = EpochArchive::read(m_folder.path());
    m_details.dropFrom(m_startEpoch);
    try {
        m_details.write(m_folder.path());
    } catch (const EngineError &error) {
        m_detailsBroken = true;
        log(LogLevel::Warning, error.what());
    }
}

void TrainingSession::keepDetails(const FitEpochEnd &event)
{
    const bool anew = m_details.add(detailsOf(event)) || m_detailsBroken;
    try {
        anew ? m_details.write(m_folder.path()) : m_details.append(m_folder.path());
        m_detailsBroken = false;
    } catch (const EngineError &error) { // curves to look at: no reason to end a training
        if (!std::exchange(m_detailsBroken, true))
            log(LogLevel::Warning, error.what());
    }
}

void TrainingSession::endDetails()
{
    if (m_details.stride() == 1) // the file has it all
        return;
    try {
        m_details.write(m_folder.path());
    } catch (const EngineError &error) {
        log(LogLevel::Warning, error.what());
    }
}

void TrainingSession::reportLoaderProblems()
{
    std::vector<std::string> problems = m_trainLoader->problems();
    for (; m_problemsTold < problems.size(); ++m_problemsTold)
        log(LogLevel::Warning, problems[m_problemsTold]);
}

void TrainingSession::writePlots(const Evaluation &evaluation, ValidationOutputs &outputs)
{
    try {
        outputs.finish(evaluation.scores.curves, evaluation.confusion);
        plots::writeResultsPlot(m_folder.path(), RunFolder::readResults(m_folder.path()));
    } catch (const EngineError &error) { // the run itself is safe on the disk by now
        log(LogLevel::Warning, std::string("The plots were not written: ") + error.what());
    }
}

} // namespace torchdeck::engine

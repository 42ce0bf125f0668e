// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/training_session.h"

#include "engine/core/atomic_file.h"
#include "engine/core/auto_batch.h"
#include "engine/core/autocast.h"
#include "engine/core/devices.h"
#include "engine/core/pinned_images.h"
#include "engine/core/tensor_memory.h"
#include "engine/core/training_loaders.h"
#include "engine/core/weight_transfer.h"
#include "engine/nn/start_weights.h"
#include "torchdeck/engine/disk_need.h"
#include "torchdeck/engine/error.h"

#include <ATen/Context.h>

#include <algorithm>
#include <cmath>

namespace torchdeck::engine {

namespace {

TrainObserver &silentObserver()
{
    static TrainObserver silent;
    return silent;
}

/// What went wrong, or nothing: boxes to look at are no reason to end a training.
std::string keepPinned(const PinnedImages &pinned, const Evaluation &evaluation, int epoch,
                       const std::vector<std::string> &names)
{
    const DetectionCurves &curves = evaluation.scores.curves;
    constexpr double usual = 0.25; // nothing was found at all
    const double confidence =
        curves.best < curves.confidence.size() ? double(curves.confidence[curves.best]) : usual;
    try {
        pinned.keep(epoch, names, confidence);
    } catch (const EngineError &error) {
        return error.what();
    }
    return {};
}

/// Before anything is written: a run that certainly does not fit on its disk.
void refuseWithoutRoom(const nn::DetectionModel &model, const TrainConfig &config, const std::filesystem::path &folder)
{
    const std::string refusal = diskRefusal(diskNeed(config, model.summary().parameters, 0), diskRoom(folder));
    if (!refusal.empty())
        throw EngineError(ErrorKind::Storage, refusal, "project");
}

} // namespace

TrainingSession::TrainingSession(RunInputs inputs, RunId run, TrainObserver &observer, std::stop_token stop,
                                 RunControl &control, DataParallel *ranks)
    : m_inputs(std::move(inputs))
    , m_config(m_inputs.config)
    , m_run(run)
    , m_ranks(ranks)
    , m_observer(isMain() ? observer : silentObserver())
    , m_stop(std::move(stop))
    , m_control(control)
    , m_folder(m_inputs.folder)
    , m_frozen(m_inputs.config)
    , m_stopper(m_config.patience)
{
}

void TrainingSession::setUp()
{
    at::globalContext().setDeterministicAlgorithms(m_config.deterministic, /*warn_only=*/true);
    at::globalContext().setDeterministicFillUninitializedMemory(false);

    const auto classes = static_cast<std::int64_t>(m_inputs.train->names.size());
    {
        const nn::StartWeights drawn(static_cast<std::uint64_t>(m_config.seed));
        m_model = std::make_shared<nn::DetectionModel>(m_inputs.spec, classes);
    }
    if (isMain()) {
        refuseWithoutRoom(*m_model, m_config, m_folder.path());
        m_folder.create();
    }
    m_observer.onPretrainRoutineStart({ m_run, m_config, m_folder.path(), m_inputs.resumeFrom.has_value() });

    if (m_inputs.startFrom) {
        const WeightTransfer transfer =
            transferWeights(*m_model, *m_inputs.startFrom, m_inputs.train->names, m_config.clsRemap);
        const std::string byName = transfer.classesByName == 0 ? ""
                                                               : ", " + std::to_string(transfer.classesByName)
                + " of " + std::to_string(classes) + " classes by their name";
        log(LogLevel::Info,
            "Transferred " + std::to_string(transfer.taken) + " of " + std::to_string(transfer.total)
                + " tensors from the checkpoint" + byName + ".");
    }
    const int stride = this->stride();
    const int rounded = (m_config.imgsz + stride - 1) / stride * stride;
    if (rounded != m_config.imgsz) {
        log(LogLevel::Warning,
            "imgsz=" + std::to_string(m_config.imgsz) + " is not a multiple of the model's stride "
                + std::to_string(stride) + "; using " + std::to_string(rounded) + ".");
        m_config.imgsz = m_inputs.config.imgsz = rounded;
    }
    m_model->to(m_inputs.device);
    chooseArithmetic();
    m_frozen.freeze(*m_model);
    const auto images = static_cast<std::int64_t>(m_inputs.train->samples.size());
    if (m_config.batch < 1) {
        const AutoBatch chosen = chooseBatch(*m_model, m_config, m_inputs.device, images);
        m_config.batch = m_inputs.config.batch = chosen.batch;
        log(LogLevel::Info, chosen.sentence);
    }
    if (isMain())
        m_folder.writeArgs(m_config);

    m_choice = chooseOptimizer(m_config, images, static_cast<int>(classes),
                               m_inputs.resumeFrom ? m_inputs.resumeFrom->optimizerName : std::string());
    makePipeline();
    m_optimizer = std::make_unique<Optimizer>(*m_model, m_choice, m_schedule->weightDecay());
    m_loss = std::make_unique<DetectionLoss>(
        classes, m_model->regMax(),
        DetectionLossOptions { m_config.box, m_config.cls, m_config.dfl, 10, 0.5, 6.0, 0,
                               classWeights(*m_inputs.train, m_config.clsPw) });
    m_ema = std::make_unique<Ema>(*m_model);
    m_summary = m_model->summary();
    m_clock = RunClock();
    if (m_inputs.resumeFrom)
        restore(*m_inputs.resumeFrom);
    if (m_ranks)
        m_ranks->attach(*m_model);
    if (isMain()) {
        m_folder.beginResults(m_startEpoch);
        if (!m_inputs.resumeFrom) {
            clearRunEvents(m_folder.path());
            PinnedImages::clear(m_folder.path());
        }
        beginDetails();
    }
    reportReady();
}

/// One of the ranks measures, for all: they add up the same gradients.
void TrainingSession::chooseArithmetic()
{
    if (isMain())
        m_arithmetic = engine::chooseArithmetic(*m_model, m_config, m_inputs.device, arithmeticFile());
    m_arithmetic.bf16 = mainSays(m_arithmetic.bf16);
    m_arithmetic.channelsLast = mainSays(m_arithmetic.channelsLast);
    setLayout(*m_model, m_arithmetic.channelsLast);
    if (const std::string words = describe(m_arithmetic); !words.empty())
        log(LogLevel::Info, words);
}

void TrainingSession::makePipeline()
{
    const bool onCpu = m_inputs.device.is_cpu();
    m_trainLoader = makeLoader(m_config, m_inputs.train, true, stride(), onCpu,
                               m_ranks ? m_ranks->ranks() : Ranks {});
    m_valLoader = makeLoader(m_config, m_inputs.val, false, stride(), onCpu);
    m_feed = std::make_unique<BatchFeed>(*m_trainLoader, m_inputs.device, /*ahead=*/!onCpu);
    makeGraph();
    m_schedule = std::make_unique<Schedule>(m_config, m_trainLoader->batches());
    if (m_choice.automatic)
        m_schedule->setWarmupBiasLr(0);
}

void TrainingSession::restore(const Checkpoint &c)
{
    loadState(*m_model, c.model);
    loadState(m_ema->model(), c.ema);
    m_ema->setUpdates(c.emaUpdates);
    if (c.optimizerName != m_choice.name)
        throw EngineError(ErrorKind::Storage,
                          "The run used the optimizer " + c.optimizerName + ", now it would be "
                              + m_choice.name + ": resume with the same data set and arguments.",
                          "resume");
    m_optimizer->restore(c.optimizer);
    for (auto &item : m_model->named_parameters()) {
        const auto it = c.gradients.find(item.key());
        if (it != c.gradients.end())
            item.value().mutable_grad() =
                it->second.to(item.value().device()).clone(item.value().suggest_memory_format());
    }
    // A run of Ultralytics does not tell; there too the first batch after a resume may step.
    m_lastStep = c.lastStepIteration >= 0 ? c.lastStepIteration
                                          : m_trainLoader->batches() * (c.epoch + 1) - 1;
    m_startEpoch = c.epoch + 1;
    m_skipBatches = c.batchesDone;
    if (c.lossSums.size() == 3 && c.batchesDone > 0)
        m_losses = { c.lossSums[0], c.lossSums[1], c.lossSums[2], c.batchesDone };
    m_stopper.restore(c.bestFitness, c.bestEpoch);
    m_lastMetrics = c.metrics;
    m_clock = RunClock(c.elapsedSeconds);
    std::error_code ignored;
    m_hasBest = std::filesystem::exists(m_folder.best(), ignored);
    m_hasLast = true;
    log(LogLevel::Info,
        "Resuming " + m_folder.path().filename().string() + " at epoch " + std::to_string(m_startEpoch + 1)
            + " of " + std::to_string(m_config.epochs) + ".");
}

TrainEnd TrainingSession::train()
{
    setUp();
    m_observer.onTrainStart({ m_run, m_config });
    replayEarlierEpochs();
    TrainEnd end;
    end.run = m_run;
    end.saveDir = m_folder.path();
    // With time= the number of epochs is an estimate, and finishEpoch() says when the time is up.
    for (int epoch = m_startEpoch; epoch < m_config.epochs || m_config.time > 0; ++epoch) {
        m_epoch = epoch;
        const EpochOutcome outcome = trainEpoch(epoch);
        if (outcome == EpochOutcome::Repeat) {
            --epoch;
            continue;
        }
        if (outcome == EpochOutcome::Stopped) {
            if (isMain())
                saveStopped(epoch);
            tell(RunEventKind::Stopped, position(epoch), {});
            end.stopped = true;
            break;
        }
        if (!finishEpoch(epoch))
            break;
        if (stopsHere() && epoch + 1 < m_config.epochs) {
            tell(RunEventKind::Stopped, epoch + 1, {});
            end.stopped = true;
            break;
        }
    }
    end.last = m_hasLast ? m_folder.last() : std::filesystem::path();
    end.best = m_hasBest ? m_folder.best() : std::filesystem::path();
    end.metrics = m_bestMetrics.empty() ? m_lastMetrics : m_bestMetrics;
    end.epochsDone = m_epochsDone;
    end.bestEpoch = m_stopper.bestEpoch();
    end.earlyStopped = m_earlyStopped;
    if (isMain()) {
        endDetails();
        finalEvaluation(end);
    }
    end.seconds = m_clock.elapsed();
    m_observer.onTrainEnd(end);
    return end;
}

TrainingSession::EpochOutcome TrainingSession::trainEpoch(int epoch)
{
    bool broken = false;
    try {
        const EpochOutcome outcome = trainBatches(epoch);
        if (outcome != EpochOutcome::Repeat && mainSays(weightsAreFinite()))
            return outcome;
        broken = true;
    } catch (const c10::OutOfMemoryError &) {
        if (!halveBatch(epoch))
            throw;
    }
    if (broken)
        recover(epoch);
    return EpochOutcome::Repeat;
}

Evaluation TrainingSession::validateModel(nn::DetectionModel &model, int epoch, bool withLoss,
                                          EvaluationListener *listener, const std::stop_token &skip)
{
    EvaluationOptions options;
    options.conf = m_config.conf;
    options.iou = m_config.iou;
    options.maxDet = m_config.maxDet;
    options.agnostic = m_config.agnosticNms;
    options.endToEnd = m_config.endToEnd;
    options.singleCls = m_config.singleCls;
    options.halfPrecision = m_config.amp;
    m_loss->shareOverRanks(1, {}); // rank 0 validates alone
    m_observer.onValStart({ m_run, false, m_config.model, m_inputs.datasetName });
    return evaluate(
        model, *m_valLoader, *m_inputs.val, withLoss ? m_loss.get() : nullptr, m_inputs.device, options,
        [&](std::int64_t batch, std::int64_t batches) {
            m_observer.onValProgress({ m_run, epoch, batch, batches });
            waitWhilePaused(epoch + 1);
        },
        skip, listener);
}

bool TrainingSession::concludeEpoch(int epoch)
{
    applyChange(epoch);
    const bool lastEpoch = epoch + 1 >= m_config.epochs || timeIsUp();
    if (!lastEpoch)
        m_trainLoader->prepareEpoch(epoch + 1, // loads while we validate
                                    !m_mosaicClosed && mosaicOpen(epoch + 1));
    m_recoveries = 0;
    const bool validate = m_config.val || lastEpoch || stopsHere();
    Evaluation evaluation;
    releaseTensorMemory(); // validation has other sizes, and so has what comes after it
    if (validate) {
        PinnedImages pinned(m_inputs.val, m_config.imgsz, m_folder.path());
        evaluation = validateModel(m_ema->model(), epoch, true, &pinned);
        const std::string problem = keepPinned(pinned, evaluation, epoch, m_inputs.val->names);
        if (!problem.empty() && !m_detailsBroken) // told once
            log(LogLevel::Warning, problem);
    } else {
        evaluation.metrics = m_lastMetrics;
    }
    const double fitness = evaluation.scores.fitness;
    const bool best = validate && (!m_hasBest || fitness >= m_stopper.best());
    const bool outOfPatience = validate && m_stopper.update(epoch, fitness);
    m_lastMetrics = evaluation.metrics;
    if (best)
        m_bestMetrics = evaluation.metrics;
    m_summary.speedMs = evaluation.millisecondsPerImage;
    ++m_epochsDone;
    m_clock.epochDone();
    const FitEpochEnd event = epochEvent(epoch, evaluation);
    Metrics row = event.trainLosses;
    row.insert(row.end(), event.metrics.begin(), event.metrics.end());
    row.insert(row.end(), event.learningRates.begin(), event.learningRates.end());
    // The row first: a resume drops rows that are newer than the checkpoint, never misses one.
    m_folder.addResults(epoch, event.elapsedSeconds, row);
    if (m_config.save || lastEpoch || stopsHere()) {
        save(epoch, best);
        m_observer.onModelSave(
            { m_run, epoch, m_folder.last(), m_folder.best(), best, fitness, m_stopper.best() });
    }
    m_observer.onFitEpochEnd(event);
    if (validate)
        keepDetails(event);
    applyChange(epoch); // asked for during the validation: may be what the last epoch was waiting for
    releaseTensorMemory();
    const bool over = epoch + 1 >= m_config.epochs || (m_config.time > 0 && (timeIsUp() || !replan(epoch)));
    if (outOfPatience && !over) {
        m_earlyStopped = true;
        log(LogLevel::Info,
            "No improvement for " + std::to_string(m_config.patience)
                + " epochs, stopping early; the best was epoch " + std::to_string(m_stopper.bestEpoch() + 1)
                + ".");
    }
    return !outOfPatience && !over;
}

bool TrainingSession::replan(int epoch)
{
    const double epochSeconds = m_clock.elapsed() / (epoch + 1);
    m_config.epochs = static_cast<int>(std::clamp(std::ceil(m_config.time * 3600 / epochSeconds), 1.0, 1e6));
    m_schedule->setEpochs(m_config.epochs);
    return epoch < m_config.epochs;
}

Checkpoint TrainingSession::snapshot(int epoch) const
{
    Checkpoint c;
    c.specName = m_inputs.spec.name;
    c.specYaml = m_inputs.spec.yaml;
    c.classNames = m_inputs.train->names;
    c.ema = stateOf(m_ema->model());
    c.config = m_config;
    c.metrics = m_lastMetrics;
    c.resumable = true;
    c.epoch = epoch;
    c.lastStepIteration = m_lastStep;
    c.bestFitness = m_stopper.best();
    c.bestEpoch = m_stopper.bestEpoch();
    c.elapsedSeconds = m_clock.elapsed();
    c.emaUpdates = m_ema->updates();
    c.optimizerName = m_choice.name;
    for (const Optimizer::Group &group : m_optimizer->groups())
        c.optimizerGroups.push_back({ group.name, group.learningRate, group.initialLearningRate,
                                      group.momentum, group.weightDecay });
    c.saveDir = m_folder.path().string();
    c.results = m_folder.resultColumns();
    c.structure = m_ema->sharedModel();
    c.model = stateOf(*m_model);
    c.optimizer = m_optimizer->state();
    for (const auto &item : m_model->named_parameters()) {
        if (item.value().grad().defined())
            c.gradients[item.key()] = item.value().grad();
    }
    return c;
}

void TrainingSession::save(int epoch, bool best)
{
    saveCheckpoint(m_folder.last(), snapshot(epoch));
    m_hasLast = true;
    if (best) {
        linkFileAtomically(m_folder.last(), m_folder.best());
        m_hasBest = true;
    }
    if (m_config.savePeriod > 0 && epoch % m_config.savePeriod == 0)
        linkFileAtomically(m_folder.last(), m_folder.epochFile(epoch));
}

void TrainingSession::saveStopped(int epoch)
{
    Checkpoint c = snapshot(epoch - 1);
    c.batchesDone = m_losses.batches;
    c.lossSums = { m_losses.box, m_losses.cls, m_losses.dfl };
    saveCheckpoint(m_folder.last(), c);
    m_hasLast = true;
    log(LogLevel::Info,
        "Stopped in epoch " + std::to_string(epoch + 1) + " after batch " + std::to_string(c.batchesDone)
            + "; resume=true goes on from there.");
}

} // namespace torchdeck::engine

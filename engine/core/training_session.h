// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/core/arithmetic.h"
#include "engine/core/batch_feed.h"
#include "engine/core/checkpoint.h"
#include "engine/core/early_stopping.h"
#include "engine/core/ema.h"
#include "engine/core/evaluation.h"
#include "engine/core/late_losses.h"
#include "engine/core/layer_freeze.h"
#include "engine/core/optimizer.h"
#include "engine/core/run_clock.h"
#include "engine/core/run_folder.h"
#include "engine/core/step_graph.h"
#include "engine/core/validation_outputs.h"
#include "torchdeck/engine/epoch_details.h"
#include "engine/dist/data_parallel.h"
#include "torchdeck/engine/observer.h"
#include "torchdeck/engine/run_control.h"

#include <optional>
#include <stop_token>

namespace torchdeck::engine {

class ImageScores;

/// What a run is given, settled before anything is written: arguments, model, data, device, folder.
struct RunInputs {
    TrainConfig config;
    std::filesystem::path folder;
    std::optional<Checkpoint> resumeFrom;
    std::optional<Checkpoint> startFrom; ///< weights to transfer (fine-tuning)
    nn::ModelSpec spec;
    std::shared_ptr<const Dataset> train, val;
    std::string datasetName;
    std::vector<std::string> notes; ///< told once the run has begun
    c10::Device device { c10::kCPU };
};

/// Reads and checks everything bad input can break; writes nothing. Throws EngineError.
[[nodiscard]] RunInputs settleInputs(TrainConfig config, const std::stop_token &stop, int localRank = -1);

/// The same for one of several processes: rank 0 settles first (and scans the data set for all), its run folder is
/// everyone's, and all must have found the same. Throws EngineError.
[[nodiscard]] RunInputs settleOnRanks(const TrainConfig &config, const std::stop_token &stop, DataParallel &ranks);

/// One training from set-up to the final validation. Throws EngineError; Trainer turns that into onFailed.
class TrainingSession {
public:
    /// `ranks`: this process among several, or null; only rank 0 writes files and tells `observer`.
    TrainingSession(RunInputs inputs, RunId run, TrainObserver &observer, std::stop_token stop,
                    RunControl &control, DataParallel *ranks = nullptr);

    /// Returns the run's end; `stopped` tells whether the user asked for it.
    TrainEnd run();

private:
    struct EpochLosses {
        double box = 0, cls = 0, dfl = 0;
        std::int64_t batches = 0;
    };

    /// What all ranks do alike.
    struct Agreed {
        bool stop = false; ///< the user asked one of them
        bool timeUp = false; ///< by rank 0's clock
    };

    enum class EpochOutcome { Done, Stopped, Repeat };

    void setUp();
    void chooseArithmetic();
    void makePipeline(); ///< loaders and schedule for the batch size
    void restore(const Checkpoint &checkpoint);
    void reportReady();
    void replayEarlierEpochs(); ///< of a resumed run, from its results.csv
    EpochOutcome trainEpoch(int epoch);
    EpochOutcome trainBatches(int epoch); ///< Repeat: the loss is not finite
    bool trainBatch(const FedBatch &batch, int epoch, std::int64_t index); ///< false: a loss is not finite
    /// Counts and reports the losses that have come, all but the last `mayWait`. False: one is not finite.
    bool settle(int epoch, std::size_t mayWait);
    /// Pixels of a batch on the device, resized under multi_scale.
    [[nodiscard]] at::Tensor networkInput(const FedBatch &batch, std::int64_t iteration) const;
    [[nodiscard]] nn::HeadOutput forward(const at::Tensor &images);
    /// Forward and backward of a batch; the loss items.
    at::Tensor backward(const FedBatch &batch, std::int64_t iteration);
    /// The same on this rank's part; the items are those of the whole batch, the gradients everyone's.
    at::Tensor backwardOnRanks(const FedBatch &batch, std::int64_t iteration);
    void makeGraph(); ///< of steps on a GPU
    void dropGraph(); ///< gradients have other memory now
    [[nodiscard]] bool isMain() const { return !m_ranks || m_ranks->isMain(); }
    [[nodiscard]] bool mainSays(bool value); ///< rank 0's `value`
    [[nodiscard]] bool stopAgreed() const { return m_ranks ? m_agreed.stop : m_stop.stop_requested(); }
    TrainEnd train(); ///< run() but for a lost rank
    void saveAfterLoss(); ///< of another rank: rank 0's last step
    [[nodiscard]] bool weightsAreFinite() const;
    /// After a loss that is not finite: back to the last checkpoint. Throws EngineError when that is no help.
    void recover(int epoch);
    /// After the device ran out of memory in the first epoch: half the batch. False: no more to be had.
    bool halveBatch(int epoch);
    void reportBatch(const BatchLosses &batch, int epoch);
    void applySchedule(std::int64_t iteration, int epoch);
    bool finishEpoch(int epoch); ///< concludeEpoch() by rank 0, for all
    bool concludeEpoch(int epoch); ///< validation, results, checkpoint; false: training is over
    bool replan(int epoch); ///< time=: epochs that fit; false: none left
    Evaluation validateModel(nn::DetectionModel &model, int epoch, bool withLoss,
                             EvaluationListener *listener = nullptr, const std::stop_token &skip = {});
    void save(int epoch, bool best);
    void saveStopped(int epoch);
    [[nodiscard]] Checkpoint snapshot(int epoch) const;
    [[nodiscard]] FitEpochEnd epochEvent(int epoch, const Evaluation &evaluation) const;
    void finalEvaluation(TrainEnd &end);

    // What the user asks while it runs (training_control.cpp)
    [[nodiscard]] bool stopsHere() const; ///< at the end of an epoch
    [[nodiscard]] double position(int epoch) const;
    void waitWhilePaused(double position);
    void applyChange(int epoch); ///< that `epoch` is the last one trained
    void tell(RunEventKind kind, double position, const std::string &text);
    void replayEvents();
    void beginDetails(); ///< of a resumed run: what epochs before the checkpoint left
    void keepDetails(const FitEpochEnd &event);
    void endDetails();

    void writeWorstImages(const ImageScores &scores, const Evaluation &evaluation,
                          const std::vector<std::string> &names);
    void writePlots(const Evaluation &evaluation, ValidationOutputs &outputs);
    [[nodiscard]] bool mosaicOpen(int epoch) const
    {
        return m_config.closeMosaic == 0 || epoch < m_config.epochs - m_config.closeMosaic;
    }
    [[nodiscard]] int stride() const { return static_cast<int>(m_model->strides().back()); }
    [[nodiscard]] bool timeIsUp() const
    {
        return m_ranks ? m_agreed.timeUp : m_config.time > 0 && m_clock.elapsed() > m_config.time * 3600;
    }
    void log(LogLevel level, const std::string &text);
    void reportLoaderProblems();

    RunInputs m_inputs;
    TrainConfig m_config;
    RunId m_run;
    DataParallel *m_ranks; ///< null: alone
    TrainObserver &m_observer;
    std::stop_token m_stop;
    RunControl &m_control;

    RunFolder m_folder;
    FrozenLayers m_frozen;
    std::shared_ptr<nn::DetectionModel> m_model;
    std::unique_ptr<Ema> m_ema;
    std::unique_ptr<Optimizer> m_optimizer;
    std::unique_ptr<Schedule> m_schedule;
    std::unique_ptr<DetectionLoss> m_loss;
    std::unique_ptr<Loader> m_trainLoader, m_valLoader;
    std::unique_ptr<BatchFeed> m_feed; ///< of m_trainLoader
    std::unique_ptr<StepGraph> m_graph; ///< none on the CPU and among ranks
    LateLosses m_late;
    EarlyStopping m_stopper { 0 };
    RunClock m_clock;
    EpochArchive m_details;

    Arithmetic m_arithmetic;
    OptimizerChoice m_choice;
    EpochLosses m_losses;
    EpochLosses m_lossesAtStep; ///< of the batches whose gradients are in the weights
    Agreed m_agreed;
    int m_epoch = 0;
    ModelSummary m_summary;
    Metrics m_lastMetrics, m_bestMetrics;
    std::int64_t m_lastStep = -1;
    std::int64_t m_skipBatches = 0; ///< of the first epoch after a resume from its middle
    int m_startEpoch = 0;
    int m_epochsDone = 0;
    int m_recoveries = 0; ///< of the current epoch
    int m_halvings = 0;
    int m_networkWidth = 0; ///< of the last batch
    bool m_mosaicClosed = false; ///< for good, whatever time= estimates later
    std::size_t m_problemsTold = 0;
    bool m_hasBest = false, m_hasLast = false;
    bool m_earlyStopped = false;
    bool m_detailsBroken = false; ///< told once
};

} // namespace torchdeck::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "training_fixture.h"

#include "torchdeck/engine/sample_dataset.h"

using namespace torchdeck::engine;

void RecordingObserver::onPretrainRoutineStart(const PretrainRoutineStart &event)
{
    start = event;
    order.emplace_back("pretrain_start");
}

void RecordingObserver::onPretrainRoutineEnd(const PretrainRoutineEnd &event)
{
    ready = event;
    order.emplace_back("pretrain_end");
}

void RecordingObserver::onTrainStart(const TrainStart &) { order.emplace_back("train_start"); }

void RecordingObserver::onFitEpochEnd(const FitEpochEnd &event)
{
    epochs.push_back(event);
    order.emplace_back(event.finalEval ? "final_eval" : event.replayed ? "replayed" : "fit_epoch_end");
}

void RecordingObserver::onModelSave(const ModelSave &) { order.emplace_back("model_save"); }

void RecordingObserver::onTrainEnd(const TrainEnd &event)
{
    end = event;
    order.emplace_back("train_end");
}

void RecordingObserver::onBatchEnd(const BatchEnd &event)
{
    batches.push_back(event);
    if (atBatch)
        atBatch(event);
}

void RecordingObserver::onLog(const LogLine &event) { logs.push_back(event.text); }

void RecordingObserver::onRunEvent(const RunEvent &event)
{
    events.push_back(event);
    if (atEvent)
        atEvent(event);
}

void RecordingObserver::onFinished(const Finished &) { ++finished; }

void RecordingObserver::onStopped(const Stopped &) { ++stopped; }

void RecordingObserver::onFailed(const Failed &event)
{
    failed = event;
    ++failedCount;
}

std::string sampleData(const std::string &folder, int trainImages, int valImages, int size)
{
    SampleDatasetOptions options;
    options.trainImages = trainImages;
    options.valImages = valImages;
    options.width = options.height = size;
    return makeSampleDataset(folder, options).string();
}

TrainConfig smallConfig(const std::string &data, const std::string &project)
{
    TrainConfig config;
    config.data = data;
    config.project = project;
    config.epochs = 3;
    config.imgsz = 64;
    config.batch = 4;
    config.device = "cpu";
    config.workers = 1;
    return config;
}

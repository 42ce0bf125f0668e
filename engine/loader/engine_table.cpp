// SPDX-License-Identifier: GPL-3.0-or-later
// The module's side: the real functions, by their addresses.
#include "engine/loader/engine_table.h"

namespace torchdeck::engine {

namespace {

void train(TrainConfig config, RunId run, Ranks ranks, TrainObserver &observer, std::stop_token stop, RunControl &control)
{
    Trainer(std::move(config), run, std::move(ranks)).run(observer, std::move(stop), control);
}

ImagePredictor *openPredictor(const std::filesystem::path &checkpoint, const std::string &device)
{
    return new ImagePredictor(checkpoint, device);
}

void closePredictor(ImagePredictor *predictor) { delete predictor; }

int trainedSize(const ImagePredictor &predictor) { return predictor.trainedSize(); }

ImagePredictions predictImage(ImagePredictor &predictor, const std::filesystem::path &image, const PredictConfig &how,
                              std::stop_token stop)
{
    return predictor.predict(image, how, std::move(stop));
}

} // namespace

} // namespace torchdeck::engine

extern "C" __attribute__((visibility("default"))) const torchdeck::engine::EngineTable *torchdeckEngineTable()
{
    using namespace torchdeck::engine;
    static const EngineTable table { engineTableVersion, train, validate, predict, convertCheckpoint, devices, torchVersion,
                                     probeRun, deviceFacts, modelParameters, openPredictor, closePredictor, trainedSize, predictImage };
    return &table;
}

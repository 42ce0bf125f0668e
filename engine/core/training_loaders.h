// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/data/loader.h"
#include "torchdeck/engine/ranks.h"

#include <utility>
#include <vector>

namespace torchdeck::engine {

/// How a run indexes its training images; single_cls leaves `yaml` one class.
[[nodiscard]] DatasetOptions indexOptions(const TrainConfig &config, DataYaml &yaml);

/// How makeLoader() sets up its loader.
[[nodiscard]] LoaderOptions loaderOptions(const TrainConfig &config, bool training, int stride, bool onCpu,
                                          const Ranks &ranks = {});

/// Loader of a run's training set, or of its validation set: twice the batch, letterboxed. `stride`: the
/// model's largest. `onCpu`: the model trains on the CPU, so loading must leave it the cores; otherwise batches come in their
/// second form, for the device to warp and colour. `ranks`: the training loader makes this process's part of each batch.
[[nodiscard]] std::unique_ptr<Loader> makeLoader(const TrainConfig &config,
                                                 const std::shared_ptr<const Dataset> &dataset, bool training,
                                                 int stride, bool onCpu, const Ranks &ranks = {});

/// Smallest and largest side that drawBatchSize() may give.
[[nodiscard]] std::pair<int, int> batchSizeRange(const TrainConfig &config, int stride);
/// Size of the images of a batch under `multi_scale`: a multiple of `stride` drawn around imgsz, from the
/// run's seed and the batch's number alone.
[[nodiscard]] int drawBatchSize(const TrainConfig &config, int stride, std::int64_t iteration);

/// Objects in the fullest image of both sets.
[[nodiscard]] int mostObjects(const Dataset &train, const Dataset &val);

/// What each class counts under `cls_pw`: (1 / its objects)^power, 1 on average; empty when power is 0. A class with no
/// object gets the mean.
[[nodiscard]] std::vector<float> classWeights(const Dataset &train, double power);

} // namespace torchdeck::engine

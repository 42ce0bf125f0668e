// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/server/model_service.h"

#include <memory>
#include <utility>
#include <vector>

namespace torchdeck::engine {
class ImagePredictor;
}

namespace torchdeck::app {

/// Runs the local HUB's models with the engine, on the CPU: a training may need the whole memory of the GPU. Costs
/// nothing before the first prediction. The models used last stay in memory.
class HubRunner final : public hub::server::ModelService {
public:
    HubRunner();
    ~HubRunner() override;
    [[nodiscard]] hub::server::FoundObjects predict(const hub::server::PredictRequest &request) override;

private:
    [[nodiscard]] engine::ImagePredictor &predictorOf(const hub::server::ServedCheckpoint &checkpoint);

    std::vector<std::pair<QString, std::unique_ptr<engine::ImagePredictor>>> m_ready; ///< by SHA-256, latest first
};

} // namespace torchdeck::app

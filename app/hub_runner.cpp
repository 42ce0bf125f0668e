// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/hub_runner.h"

#include "hub/server/api_error.h"
#include "torchdeck/engine/error.h"
#include "torchdeck/engine/image_predictor.h"

#include <algorithm>

namespace torchdeck::app {

namespace {

using hub::server::ApiError;

constexpr std::size_t modelsKept = 2;
constexpr int largestUnasked = 1280; // pixels: what a checkpoint says of itself may be anything

/// Why the engine could not read the checkpoint, without the path that is none of the client's business.
ApiError unusable(const hub::server::ServedCheckpoint &checkpoint, const std::exception &error)
{
    QString why = QString::fromUtf8(error.what());
    why = why.left(why.indexOf(u'\n')).replace(checkpoint.path, checkpoint.name).left(600);
    return { 422, QStringLiteral("This model cannot be run: %1").arg(why) };
}

hub::server::FoundObjects converted(const engine::ImagePredictions &predictions)
{
    hub::server::FoundObjects found;
    found.width = predictions.width;
    found.height = predictions.height;
    found.preprocess = predictions.speed.preprocess;
    found.inference = predictions.speed.inference;
    found.postprocess = predictions.speed.postprocess;
    for (const engine::Prediction &p : predictions.boxes)
        found.objects.append(
            { p.classId, QString::fromStdString(p.className), p.confidence, p.x1, p.y1, p.x2, p.y2 });
    return found;
}

} // namespace

HubRunner::HubRunner() = default;
HubRunner::~HubRunner() = default;

engine::ImagePredictor &HubRunner::predictorOf(const hub::server::ServedCheckpoint &checkpoint)
{
    const auto known = std::find_if(m_ready.begin(), m_ready.end(),
                                    [&](const auto &entry) { return entry.first == checkpoint.sha256; });
    if (known != m_ready.end()) {
        std::rotate(m_ready.begin(), known, known + 1);
        return *m_ready.front().second;
    }
    if (m_ready.size() >= modelsKept)
        m_ready.pop_back(); // before the new one is read: never three in memory
    try {
        auto fresh =
            std::make_unique<engine::ImagePredictor>(checkpoint.path.toStdString(), std::string("cpu"));
        m_ready.emplace(m_ready.begin(), checkpoint.sha256, std::move(fresh));
    } catch (const std::exception &error) {
        throw unusable(checkpoint, error);
    }
    return *m_ready.front().second;
}

hub::server::FoundObjects HubRunner::predict(const hub::server::PredictRequest &request)
{
    engine::ImagePredictor &predictor = predictorOf(request.checkpoint);
    engine::PredictConfig how;
    how.imgsz = request.imgsz > 0 ? request.imgsz : std::min(predictor.trainedSize(), largestUnasked);
    how.conf = request.confidence;
    how.iou = request.iou;
    try {
        return converted(predictor.predict(request.image.toStdString(), how, request.stop));
    } catch (const engine::EngineError &error) {
        if (request.stop.stop_requested())
            throw ApiError(503, QStringLiteral("This HUB is being stopped: ask again when it runs."));
        const bool wrong = error.kind() == engine::ErrorKind::Argument;
        if (wrong || error.kind() == engine::ErrorKind::Resources)
            throw ApiError(wrong ? 400 : 422, QString::fromUtf8(error.what()));
        throw;
    }
}

} // namespace torchdeck::app

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/hub_bridge.h"

#include "app/text.h"

#include <QtCore/QUrl>

#include <cmath>
#include <filesystem>

namespace torchdeck::app {

namespace {

namespace fs = std::filesystem;

void insert(QJsonObject &object, const engine::Metrics &metrics, const QString &prefix = {})
{
    for (const auto &[name, value] : metrics)
        object.insert(prefix + QString::fromStdString(name), value);
}

double rounded(double value) { return std::round(value * 1000.0) / 1000.0; }

/// "data.yaml" says nothing: its folder's name does.
QString datasetName(const std::string &dataYaml)
{
    std::error_code ignored;
    const fs::path file = fs::absolute(dataYaml, ignored).lexically_normal();
    const std::string stem = file.stem().string();
    const bool plain = stem == "data" || stem == "dataset";
    return QString::fromStdString(plain ? file.parent_path().filename().string() : stem);
}

QJsonObject usageParams(const std::string &model, const std::string &data = {})
{
    QJsonObject params { { QStringLiteral("model"),
                           QString::fromStdString(fs::path(model).filename().string()) } };
    if (!data.empty())
        params.insert(QStringLiteral("data"), datasetName(data));
    return params;
}

} // namespace

QJsonObject trainUsage(const engine::TrainConfig &config)
{
    QJsonObject params = usageParams(config.model, config.data);
    params.insert(QStringLiteral("epochs"), config.epochs);
    params.insert(QStringLiteral("imgsz"), config.imgsz);
    params.insert(QStringLiteral("batch"), config.batch);
    params.insert(QStringLiteral("device"), QString::fromStdString(config.device));
    return params;
}

int rankFromEnvironment()
{
    bool number = false;
    const int rank = qEnvironmentVariableIntValue("RANK", &number);
    return number ? rank : -1;
}

hub::RunDescription describeRun(const engine::PretrainRoutineStart &event)
{
    const engine::TrainConfig &config = event.config;
    const fs::path model(config.model);
    hub::RunDescription description;
    description.run = event.run;
    description.runFolder = pathText(event.saveDir);
    description.modelName = pathText(event.saveDir.filename());
    description.architecture = pathText(model.stem());
    if (model.extension() == ".pt")
        description.parent = pathText(model.filename());
    description.datasetName = datasetName(config.data);
    description.epochs = config.epochs;
    description.batch = config.batch;
    description.imgsz = config.imgsz;
    description.patience = config.patience;
    description.device = QString::fromStdString(config.device);
    description.cache = QString::fromStdString(config.cache);
    return description;
}

QJsonObject epochPayload(const engine::FitEpochEnd &event)
{
    QJsonObject payload;
    insert(payload, event.trainLosses);
    insert(payload, event.metrics);
    if (event.epoch == 0 && event.model.parameters > 0) {
        payload.insert(QStringLiteral("model/parameters"), qint64(event.model.parameters));
        payload.insert(QStringLiteral("model/GFLOPs"), rounded(event.model.gflops));
        payload.insert(QStringLiteral("model/speed_PyTorch(ms)"), rounded(event.model.speedMs));
    }
    return payload;
}

HubBridge::HubBridge(HubSink &sink, int rank, QObject *parent)
    : QObject(parent)
    , m_sink(sink)
    , m_rank(rank)
{
}

void HubBridge::tryBegin(bool sayWhyNot)
{
    if (!m_run || !reports() || !m_sink.enabled() || hasSession(m_run->run))
        return;
    if (!m_sink.hasKey()) {
        if (sayWhyNot)
            Q_EMIT message(
                QStringLiteral("HUB: no API key is set, so this run is not synced; set it in the settings "
                               "or in HUB_API_KEY."));
        return;
    }
    m_session = m_run->run;
    m_sink.beginRun(describeRun(*m_run));
    if (m_timersDue)
        m_sink.startTimers();
    for (auto it = m_payloads.cbegin(); it != m_payloads.cend(); ++it)
        m_sink.addMetrics(it.key(), it.value()); // HUB was turned on in the middle of the run
}

void HubBridge::onPretrainRoutineStart(const engine::PretrainRoutineStart &event)
{
    m_run = m_last = event;
    m_timersDue = false;
    m_lastEpoch = -1;
    m_payloads.clear();
    tryBegin(true);
}

void HubBridge::onPretrainRoutineEnd(const engine::PretrainRoutineEnd &event)
{
    m_timersDue = true;
    if (hasSession(event.run))
        m_sink.startTimers();
}

void HubBridge::onTrainStart(const engine::TrainStart &event)
{
    if (reports())
        m_sink.usageEvent(QStringLiteral("train"), trainUsage(event.config));
}

void HubBridge::onValStart(const engine::ValStart &event)
{
    if (reports() && event.standalone)
        m_sink.usageEvent(QStringLiteral("val"), usageParams(event.model, event.data));
}

void HubBridge::onPredictStart(const engine::PredictStart &event)
{
    if (reports())
        m_sink.usageEvent(QStringLiteral("predict"), usageParams(event.model));
}

void HubBridge::onExportStart(const engine::ExportStart &event)
{
    if (!reports())
        return;
    QJsonObject params = usageParams(event.model);
    params.insert(QStringLiteral("format"), QString::fromStdString(event.format));
    m_sink.usageEvent(QStringLiteral("export"), params);
}

void HubBridge::onFitEpochEnd(const engine::FitEpochEnd &event)
{
    if (event.finalEval) {
        // best.pt measured once more: beside the last epoch's own values, never over them and never as a new
        // epoch.
        if (m_lastEpoch < 0)
            return;
        insert(m_payloads[m_lastEpoch], event.metrics, QStringLiteral("best/"));
    } else {
        m_lastEpoch = event.epoch;
        m_payloads[m_lastEpoch] = epochPayload(event);
    }
    if (hasSession(event.run))
        m_sink.addMetrics(m_lastEpoch, m_payloads.value(m_lastEpoch));
}

void HubBridge::onModelSave(const engine::ModelSave &event)
{
    if (hasSession(event.run))
        m_sink.modelSaved(event.epoch, pathText(event.last), event.isBest);
}

void HubBridge::onTrainEnd(const engine::TrainEnd &event)
{
    m_run.reset();
    if (!hasSession(event.run))
        return;
    m_session = 0;
    if (event.best.empty()) {
        m_sink.abandonRun(QStringLiteral("The run ended before its first model was saved."));
        return;
    }
    Q_EMIT message(QStringLiteral("HUB: Syncing final model..."));
    m_sink.endRun(pathText(event.best), engine::metricValue(event.metrics, "metrics/mAP50-95(B)", 0.0));
}

void HubBridge::onFailed(const engine::Failed &event)
{
    m_run.reset();
    if (!hasSession(event.run))
        return;
    m_session = 0;
    m_sink.abandonRun(QString::fromStdString(event.sentence));
}

void HubBridge::onStopped(const engine::Stopped &event)
{
    // Usually on_train_end came before this; without it the run stopped before anything was saved.
    onTrainEnd(event.end);
}

std::optional<HubBridge::Shown> HubBridge::lastRun() const
{
    if (!m_last)
        return std::nullopt;
    Shown shown { *m_last, 0, {} };
    if (!m_payloads.isEmpty()) {
        shown.epoch = m_payloads.lastKey();
        shown.metrics = m_payloads.last();
    }
    return shown;
}

void HubBridge::onOptionsChanged() { tryBegin(false); }

void HubBridge::onModelKnown(quint64, const QString &, const QUrl &modelUrl)
{
    Q_EMIT message(QStringLiteral("HUB: View model at %1 🚀").arg(modelUrl.toString()));
}

} // namespace torchdeck::app

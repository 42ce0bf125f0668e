// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/hub_sink.h"
#include "torchdeck/engine/lifecycle.h"

#include <QtCore/QMap>
#include <QtCore/QObject>

#include <optional>

namespace torchdeck::app {

/// Rank of this process in a distributed run, from RANK; -1 = a run of one process.
[[nodiscard]] int rankFromEnvironment();

/// The nine lifecycle callbacks, as Ultralytics' HUB callbacks use them, one short function each:
///
/// | callback                | what happens | | ----------------------- |
/// ----------------------------------------------------------------------------------- | |
/// on_pretrain_routine_start | rank -1 or 0, toggle on, a key is set, no session yet: begin the session | |
/// on_pretrain_routine_end | with a session: the timers "metrics" and "ckpt" start | | on_train_start | one
/// usage event (dropped unless the user allowed them)                              | | on_val_start | the
/// same, for `val`; a run's own validations are not commands and send nothing      | | on_predict_start | the
/// same                                                                            | | on_export_start | the
/// same                                                                            | | on_fit_epoch_end |
/// losses and metrics of the epoch into the queue                                      | | on_model_save |
/// last.pt, when its window is open                                                    | | on_train_end |
/// flush, best.pt with its mAP, heartbeats stop; the link when the server confirmed    |
///
/// Main thread. HUB trouble never reaches the training.
class HubBridge : public QObject {
    Q_OBJECT
public:
    HubBridge(HubSink &sink, int rank, QObject *parent = nullptr);

    void onPretrainRoutineStart(const engine::PretrainRoutineStart &event);
    void onPretrainRoutineEnd(const engine::PretrainRoutineEnd &event);
    void onTrainStart(const engine::TrainStart &event);
    void onValStart(const engine::ValStart &event);
    void onPredictStart(const engine::PredictStart &event);
    void onExportStart(const engine::ExportStart &event);
    void onFitEpochEnd(const engine::FitEpochEnd &event);
    void onModelSave(const engine::ModelSave &event);
    void onTrainEnd(const engine::TrainEnd &event);

    void onFailed(const engine::Failed &event); ///< a run that breaks has no on_train_end
    void onStopped(const engine::Stopped &event);

    /// The toggle or the key changed: a run that goes on without a session gets one now.
    void onOptionsChanged();

    /// The server named the model. (That the final model arrived is HubService's to say: it has read it
    /// back.)
    void onModelKnown(quint64 run, const QString &modelId, const QUrl &modelUrl);

    /// The last run of this process and its newest epoch, for "What is sent"; no run = nothing.
    struct Shown {
        engine::PretrainRoutineStart start;
        int epoch = 0;
        QJsonObject metrics;
    };
    [[nodiscard]] std::optional<Shown> lastRun() const;

Q_SIGNALS:
    void message(const QString &text);

private:
    [[nodiscard]] bool reports() const { return m_rank == -1 || m_rank == 0; }
    [[nodiscard]] bool hasSession(engine::RunId run) const { return m_session && m_session == run; }
    void tryBegin(bool sayWhyNot);

    HubSink &m_sink;
    int m_rank;
    engine::RunId m_session = 0; ///< run with a session
    std::optional<engine::PretrainRoutineStart> m_run; ///< the run that goes on, with or without a session
    std::optional<engine::PretrainRoutineStart> m_last; ///< the same, kept after its end
    bool m_timersDue = false; ///< on_pretrain_routine_end has passed
    int m_lastEpoch = -1;
    QMap<int, QJsonObject> m_payloads; ///< of the run so far, by epoch
};

/// What HUB is told of a run: names only, never a path.
[[nodiscard]] hub::RunDescription describeRun(const engine::PretrainRoutineStart &event);
/// The metrics of one epoch as HUB stores them.
[[nodiscard]] QJsonObject trainUsage(const engine::TrainConfig &config); ///< parameters of a train event
[[nodiscard]] QJsonObject epochPayload(const engine::FitEpochEnd &event);

} // namespace torchdeck::app

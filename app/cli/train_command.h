// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/background.h"
#include "app/cli/console.h"
#include "app/cli/hub_waiter.h"
#include "app/cli/progress_printer.h"
#include "app/cli/run_record.h"
#include "app/cli/stop_signals.h"
#include "app/hub_bridge.h"
#include "app/hub_host.h"
#include "app/hub_model.h"
#include "app/training_controller.h"
#include "app/wiring.h"

#include <QtCore/QElapsedTimer>

namespace torchdeck::app::cli {

/// `torchdeck train`: the window's own graph (controller, worker thread, bridge, HUB client) with a printer
/// in place of the window. The HUB part is set up only once the engine has accepted the arguments, so bad
/// input writes nothing.
class TrainSession : public QObject {
    Q_OBJECT
public:
    struct Options {
        engine::TrainConfig config;
        std::optional<hub::ModelIdentifier> model; ///< model=WEB/models/ID
        QSet<QString> given; ///< names said on the command line
        engine::Ranks ranks;
        bool hub = false;
        bool hubMayResume = true; ///< hub= was not given: a resumed run decides
        double hubWaitSeconds = 15;
        bool json = false;
    };
    TrainSession(Options options, Settings &settings);
    ~TrainSession() override;
    /// Runs the event loop until everything is said; the exit code.
    int exec();

private:
    void connectRun();
    void makeHost();
    void setUpHub(const engine::PretrainRoutineStart &event);
    void loadModel();
    void failModel(const QString &sentence, const QString &field);
    void onStopAsked();
    void onEnded(const engine::TrainEnd &end);
    void onFailed(const engine::Failed &event);
    void waitForHub();
    void finish();
    [[nodiscard]] QJsonObject result() const;
    void sayWhatWaits();

    Options m_options;
    Settings &m_settings;
    Console m_console;
    ProgressPrinter m_printer;
    RunRecord m_record;
    StopSignals m_signals;
    Background m_background;
    std::unique_ptr<Secrets> m_secrets;
    std::unique_ptr<HubHost> m_host;
    std::unique_ptr<HubServiceSink> m_sink;
    std::unique_ptr<HubBridge> m_bridge;
    std::unique_ptr<HubWaiter> m_waiter;
    std::unique_ptr<HubModel> m_model; ///< while a model of HUB is being fetched
    EventGate m_gate;
    TrainingController m_controller;
    QElapsedTimer m_wall;
    double m_wallSeconds = 0;
    engine::TrainEnd m_end;
    std::optional<engine::Failed> m_failure;
    QString m_modelId;
    QUrl m_modelUrl;
    int m_exitCode = 0;
};

} // namespace torchdeck::app::cli

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/background.h"
#include "app/cost_recorder.h"
#include "app/desktop_session.h"
#include "app/duplicate_job.h"
#include "app/estimate_job.h"
#include "app/hub_bridge.h"
#include "app/hub_host.h"
#include "app/hub_model.h"
#include "app/predict_job.h"
#include "app/preview_job.h"
#include "app/training_controller.h"
#include "app/wiring.h"
#include "ui/main_window.h"

#include <QtCore/QPointer>
#include <QtWidgets/QMessageBox>

class QSystemTrayIcon;

namespace torchdeck::app {

class StopSignals;

/// The window with everything behind it. Main thread; torch, files and servers are reached through the
/// training thread, the HUB client's own threads and `Background`.
class Application : public QObject {
    Q_OBJECT
public:
    explicit Application(RunFunction runner = engineRunner());
    ~Application() override;
    void show();
    void open(const QStringList &paths); ///< brings the window to the front; data sets and run folders are shown
    [[nodiscard]] ui::MainWindow &window() { return *m_window; }
    [[nodiscard]] TrainingController &controller() { return m_controller; }
    /// What is started to measure a run; this program unless a test says otherwise.
    void setProgram(const QString &program) { m_measure.setProgram(program); }
    [[nodiscard]] HubHost &hub() { return m_host; }

private:
    static constexpr bool hubOnByDefault = true; ///< the window's own HUB runs on this machine

    void connectTraining();
    void connectLaunch();
    void connectHub();
    void connectSettings();
    void connectEnd();
    void connectPrediction();
    void connectLaunchViews();
    void connectDesktop();
    void useDesktopOptions();
    void makeTray();
    void tellDesktop(const QString &title, const QString &body, const std::filesystem::path &folder);
    void followNotification(const QString &key);

    void fillLaunchPanel();
    void listDevices();
    void showRunFolders();
    void makeSample(const QString &folder, bool firstStart);
    void inspect(const QString &dataYaml);
    void connectMeasuring();
    void lookUpEstimate(const engine::TrainConfig &config);
    void lookUpDisk(engine::TrainConfig config);
    void measure(const engine::TrainConfig &config);
    void compareSplits(const QString &dataYaml, const engine::DatasetReport &report);
    void startRun(engine::TrainConfig config);
    void launch(const engine::TrainConfig &config);
    void loadModel(engine::TrainConfig config);
    void stop();
    void runEnded();
    void toggleHub(bool enabled);
    void saveSettings(const ui::SettingsValues &values);
    void testConnection(const ui::SettingsValues &values);
    void showSettings();
    void showWhatIsSent();
    void stopForHub(quint64 run);
    void publish(const QString &folder);
    void saveSupportBundle(const QString &file);
    void say(const QString &text); ///< into the run's log

    void askToClose();
    void askAboutUploads();
    void quitWhenSaved();
    void saveWindowState() const;
    void restoreWindowState();

    Settings m_settings;
    Secrets m_secrets;
    Background m_background;
    HubHost m_host;
    HubServiceSink m_sink;
    HubBridge m_bridge;
    EventGate m_gate;
    std::unique_ptr<StopSignals> m_signals;
    DesktopSession m_desktop;
    ui::DesktopOptions m_desktopOptions;
    QString m_notifiedFolder; ///< what the buttons of the last notification are about
    QUrl m_notifiedUrl;
    bool m_paused = false;
    std::unique_ptr<ui::MainWindow> m_window;
    std::unique_ptr<QMenu> m_trayMenu;
    std::unique_ptr<QSystemTrayIcon> m_tray;
    PredictJob m_predict;
    PreviewJob m_preview;
    DuplicateJob m_duplicates;
    EstimateJob m_measure;
    RunCosts m_costs;
    TrainingController m_controller; ///< destroyed first: ends the run, waits for its thread
    CostRecorder m_recorder;
    std::unique_ptr<HubModel> m_model; ///< while a model of HUB is being fetched
    QPointer<QMessageBox> m_closeQuestion;
    QHash<QString, QString> m_modelKeys; ///< by the model's address, as the form cut them off it; in memory only
    QStringList m_addedRunFolders; ///< by the user, kept with the window's state
    bool m_quitting = false;
    bool m_quitWhenDrained = false; ///< the user waits for the uploads
    QString m_inspected; ///< data.yaml of the last report, and its images
    std::int64_t m_trainImages = 0, m_valImages = 0;
    int m_classes = 0;
    int m_estimate = 0; ///< number of the newest look-up
    int m_diskLookUp = 0; ///< the same of the disk's
    QHash<QString, qint64> m_parameters; ///< of models that were counted
    int m_inspection = 0; ///< number of the newest data set check: answers of older ones are dropped
};

/// Runs the window and opens `paths`, or hands them to the one that runs already; `afterQt` is called right after
/// QApplication was made. With `report` it tells how long its start took, and quits.
int runWindow(int &argc, char **argv, const QStringList &paths, void (*afterQt)(), bool report = false);

} // namespace torchdeck::app

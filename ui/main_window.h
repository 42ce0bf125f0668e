// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/request_log.h"
#include "torchdeck/engine/batch_preview.h"
#include "torchdeck/engine/dataset_report.h"
#include "torchdeck/engine/device_info.h"
#include "torchdeck/engine/duplicate_check.h"
#include "torchdeck/engine/lifecycle.h"
#include "ui/runs/run_record.h"
#include "torchdeck/engine/predictor.h"
#include "torchdeck/engine/run_control.h"
#include "torchdeck/engine/run_event.h"
#include "ui/desktop_options.h"
#include "ui/estimate_values.h"
#include "ui/results/export_format.h"
#include "ui/settings_values.h"

#include <QtWidgets/QMainWindow>

#include <memory>

namespace torchdeck::ui {

struct DiskEstimate;

/// The window. Shows values and asks by signals; it owns no engine and no HUB object. All slots take copies
/// of plain values and return within a frame.
class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    enum class Page { Training, Runs, Queue, Results };

    explicit MainWindow(QWidget *parent = nullptr);
    ~MainWindow() override;

    void showPage(Page page);
    void showResults(const QString &runFolder); ///< reads it and shows the page
    void setDesktopOptions(const DesktopOptions &options); ///< emits nothing
    /// Folders below which runs are looked for; watched from then on.
    void setRunFolders(const QStringList &folders);
    /// Where the window keeps presets and the run queue.
    void setStateFolder(const QString &folder);
    /// What a command line or another instance asks to open: a data.yaml or a folder with one goes into the form,
    /// a run folder is shown among the runs. False when it is neither.
    bool openPath(const QString &path);

    // Facts for the launch panel
    void setDevices(const std::vector<engine::DeviceInfo> &devices);
    void setModelNames(const QStringList &builtin);
    void setDatasetReport(const QString &dataYaml, const engine::DatasetReport &report);
    void setLaunchProblems(const std::vector<engine::ArgumentError> &problems); ///< shown beside their fields
    void setLaunchConfig(const engine::TrainConfig &config);
    [[nodiscard]] engine::TrainConfig launchConfig() const;

    // A run's lifecycle, in the order the engine reports it
    void onPretrainRoutineStart(const engine::PretrainRoutineStart &event);
    void onPretrainRoutineEnd(const engine::PretrainRoutineEnd &event);
    void onTrainStart(const engine::TrainStart &event);
    void onBatchEnd(const engine::BatchEnd &event);
    void onValProgress(const engine::ValProgress &event);
    void onFitEpochEnd(const engine::FitEpochEnd &event);
    void onModelSave(const engine::ModelSave &event);
    void onLog(const engine::LogLine &event);
    void onRunEvent(const engine::RunEvent &event);
    void onFinished(const engine::Finished &event);
    void onStopped(const engine::Stopped &event);
    void onFailed(const engine::Failed &event);

    // HUB
    void setHubStatus(const hub::SessionStatus &status);
    void setUploads(const QVector<hub::UploadItem> &items);
    void setUploadsPaused(bool paused);
    void setRequests(const QVector<hub::RequestRecord> &records); ///< of before the window, oldest first
    void onRequestEnded(const hub::RequestRecord &record);
    void onModelKnown(quint64 run, const QString &modelId, const QUrl &modelUrl);
    void onRunConfirmed(quint64 run, const QString &modelId,
                        const QUrl &modelUrl); ///< the "View model" banner
    void setSettings(const SettingsValues &values);
    void setTestResult(const hub::TestResult &result);
    void setSentExamples(const QVector<hub::SentExample> &examples, const QString &about);
    /// HUB asked to end the run: as if the user had pressed Stop, with the reason said.
    void stopForHub(const QString &sentence);

    // The model of a finished run, tried on pictures
    void onPrediction(const engine::ImagePredictions &found);
    void onPredictionEnded(const QString &problem);

    void onExportEnded(const ExportWish &wish, const QString &problem);

    // Images that are in train and in val (duplicateCheckRequested)
    void onDuplicateProgress(const QString &dataYaml, qint64 done, qint64 total);
    void onDuplicatesEnded(const QString &dataYaml, const engine::DuplicateReport &report, const QString &problem);

    // Memory and time of the form's run (estimateWanted, measureRequested)
    void setEstimate(const RunEstimate &estimate);
    void setDiskEstimate(const DiskEstimate &estimate);
    void onMeasureProgress(const QString &phase, int done, int total); ///< as engine::ProbeProgress
    void onMeasureEnded(const QString &problem);

    // Training images of the form's arguments (previewRequested)
    void onPreviewImage(const engine::PreviewImage &image);
    void onPreviewEnded(const engine::PreviewFacts &facts, const QString &problem);

    void showNotice(const QString &sentence, bool error = false); ///< status line or banner, not a modal box
    void openSettings();

Q_SIGNALS:
    void startRequested(const torchdeck::engine::TrainConfig &config);
    void stopRequested();
    void skipFinalValidationRequested(); ///< of a run that is stopping
    void stopAfterEpochRequested(bool on);
    void pauseRequested(bool paused);
    void planChangeRequested(const torchdeck::engine::PlanChange &change);
    void datasetInspectRequested(const QString &dataYaml);
    void sampleDatasetRequested(const QString &folder);
    void desktopOptionsChanged(const torchdeck::ui::DesktopOptions &options);
    void previewRequested(const torchdeck::engine::TrainConfig &config, int epoch, int count, bool anew);
    void previewCancelRequested();
    void duplicateCheckRequested(const QString &dataYaml);
    void duplicateCancelRequested();
    void estimateWanted(const torchdeck::engine::TrainConfig &config); ///< the form has changed: what is known of it?
    void measureRequested(const torchdeck::engine::TrainConfig &config);
    void measureCancelRequested();
    void predictRequested(const torchdeck::engine::PredictConfig &config);
    void predictCancelRequested();
    void exportRequested(const torchdeck::ui::ExportWish &wish);
    void retryRequested(qint64 id);
    void retryAllRequested();
    void discardRequested(qint64 id);
    void uploadsPauseRequested(bool paused);
    void hubToggled(bool enabled);
    void settingsChanged(const torchdeck::ui::SettingsValues &values);
    void testConnectionRequested(const torchdeck::ui::SettingsValues &values);
    /// Cut off a model's address in the form; never shown or stored here.
    void modelKeyGiven(const QString &address, const QString &key);
    void settingsOpened(); ///< the app answers with setSentExamples()
    void supportBundleRequested(const QString &file);
    void publishRequested(const torchdeck::ui::RunSummary &run);
    void openUrlRequested(const QUrl &url);
    void openFolderRequested(const QString &folder);
    void runFoldersChanged(const QStringList &folders); ///< the user added one; the app remembers them
    void
    closeRequested(); ///< the user wants to quit; the app answers with QCoreApplication::quit() when it may

protected:
    void closeEvent(QCloseEvent *event) override;
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dropEvent(QDropEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace torchdeck::ui

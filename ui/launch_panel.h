// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/dataset_report.h"
#include "torchdeck/engine/device_info.h"
#include "torchdeck/engine/train_config.h"

#include <QtCore/QMap>
#include <QtWidgets/QFrame>

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QScrollArea;
class QSpinBox;

namespace torchdeck::ui {

class ArgumentTable;
class ArgumentTableModel;
class DatasetLine;
class DiskLine;
struct DiskEstimate;
class EstimateLine;
class FormField;
class HubCheckLine;
class PresetMenu;
class SourceDiff;
class IconButton;
class ToggleSwitch;

/// The form that describes a run. It shows and collects one TrainConfig; starting is somebody else's work.
class LaunchPanel : public QFrame {
    Q_OBJECT
public:
    enum class State { Idle, Starting, Running, Stopping };

    explicit LaunchPanel(QWidget *parent = nullptr);

    void setDevices(const std::vector<engine::DeviceInfo> &devices);
    void setModelNames(const QStringList &names);
    void setDatasetReport(const QString &dataYaml, const engine::DatasetReport &report);
    void setProblems(const std::vector<engine::ArgumentError> &problems);
    void setDiskEstimate(const DiskEstimate &estimate); ///< of the form as it is now
    void setConfig(const engine::TrainConfig &config);
    /// As setConfig, and shows from now on what the user changes of it.
    void setCopy(const QString &run, const engine::TrainConfig &config);
    void setQueued(const QString &title, const engine::TrainConfig &config); ///< the queue's; addToQueue() saves it there
    [[nodiscard]] engine::TrainConfig config() const;
    void setState(State state);
    [[nodiscard]] State state() const { return m_state; }
    void setHub(bool enabled); ///< emits nothing
    /// Ctrl+Return: as the button while idle; checks ranges first and shows what is wrong.
    void start();
    void stop();
    /// Checks as start() does, then queueRequested(). Also while a run is going on: the form describes the next one.
    void addToQueue();
    /// Checks as start() does, then measureRequested().
    void measure();
    void focusFirstField();
    void showArgument(const QString &name); ///< its own field, or its row in the table

    [[nodiscard]] QString problemOf(const QString &argument) const;
    [[nodiscard]] QString commandLine() const;
    [[nodiscard]] DatasetLine *dataset() const { return m_dataset; }
    [[nodiscard]] ArgumentTable *arguments() const { return m_arguments; }
    [[nodiscard]] ArgumentTableModel *argumentModel() const { return m_model; }
    [[nodiscard]] QPushButton *startButton() const { return m_start; }
    [[nodiscard]] QComboBox *deviceBox() const { return m_device; }
    [[nodiscard]] ToggleSwitch *hubToggle() const { return m_hub; }
    [[nodiscard]] QPushButton *queueButton() const { return m_queue; }
    [[nodiscard]] HubCheckLine *hubCheck() const { return m_hubCheck; }
    [[nodiscard]] EstimateLine *estimate() const { return m_estimate; }
    [[nodiscard]] DiskLine *disk() const { return m_disk; }
    [[nodiscard]] SourceDiff *source() const { return m_source; }
    [[nodiscard]] PresetMenu *presets() const { return m_presets; }
    void showMoreArguments(bool on);

Q_SIGNALS:
    void modelKeyGiven(const QString &address, const QString &key); ///< cut off what was typed as the model
    void queueRequested(const torchdeck::engine::TrainConfig &config);
    void notice(const QString &sentence, bool error);
    void startRequested(const torchdeck::engine::TrainConfig &config);
    void stopRequested();
    void inspectRequested(const QString &dataYaml);
    void measureRequested(const torchdeck::engine::TrainConfig &config); ///< its memory and time
    void measureCancelRequested();
    void previewRequested(); ///< of the training images, with config()
    void sampleRequested(const QString &folder);
    void openFileRequested(const QString &file);
    void hubToggled(bool enabled);
    void configChanged();

protected:
    void changeEvent(QEvent *event) override;

private:
    void buildFields();
    [[nodiscard]] QWidget *buildForm();
    [[nodiscard]] QWidget *buildFooter();
    void connectFields();
    void browseModel();
    void fieldChanged();
    void updateDeviceNote();
    void updateModelNote();
    void updateMoreCaption();
    void updateStartButton();
    void updateQueueButton();
    void undo(const QString &argument);
    void selectDevice(const QString &id);
    [[nodiscard]] bool diskHasRoom(); ///< shows when not
    [[nodiscard]] bool isReady(const engine::TrainConfig &wanted); ///< shows what is wrong

    State m_state = State::Idle;
    bool m_filling = false; ///< setConfig is at work: fields must not answer
    std::vector<engine::DeviceInfo> m_devices;
    SourceDiff *m_source;
    DatasetLine *m_dataset;
    QComboBox *m_modelBox;
    IconButton *m_modelBrowse;
    QSpinBox *m_epochs;
    QSpinBox *m_imgsz;
    QSpinBox *m_batch;
    QComboBox *m_device;
    EstimateLine *m_estimate;
    DiskLine *m_disk;
    bool m_diskIsOfTheForm = false; ///< nothing was changed since its estimate
    QMap<QString, FormField *> m_fields;
    ArgumentTableModel *m_model;
    ArgumentTable *m_arguments;
    QPushButton *m_more;
    ToggleSwitch *m_hub;
    HubCheckLine *m_hubCheck;
    QLineEdit *m_command;
    IconButton *m_copyCommand;
    QPushButton *m_start;
    QPushButton *m_queue;
    PresetMenu *m_presets;
    QWidget *m_form = nullptr;
    QScrollArea *m_scroll = nullptr;
};

} // namespace torchdeck::ui

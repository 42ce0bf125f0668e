// SPDX-License-Identifier: GPL-3.0-or-later
// What the form of a run holds: values in and out, and what is wrong with them.
#include "ui/argument_table.h"
#include "ui/command_line.h"
#include "ui/dataset_line.h"
#include "ui/disk_line.h"
#include "ui/form_field.h"
#include "ui/launch_panel.h"
#include "ui/model_note.h"
#include "ui/source_diff.h"
#include "ui/theme.h"
#include "ui/widgets/basics.h"

#include <QtGui/QStandardItemModel>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QScrollArea>
#include <QtWidgets/QSpinBox>

#include <algorithm>

namespace torchdeck::ui {

void LaunchPanel::setModelNames(const QStringList &names)
{
    const QString current = m_modelBox->currentText();
    m_modelBox->blockSignals(true);
    m_modelBox->clear();
    m_modelBox->addItems(names);
    m_modelBox->setCurrentText(current);
    m_modelBox->blockSignals(false);
    updateModelNote();
}

void LaunchPanel::updateModelNote()
{
    const QString text = m_modelBox->currentText().trimmed();
    m_fields[QStringLiteral("model")]->setNote(modelNote(text));
    if (const QString key = keyOfModelAddress(text); !key.isEmpty()) {
        const QString address = text.section(QLatin1Char('?'), 0, 0);
        m_modelBox->setCurrentText(address);
        Q_EMIT modelKeyGiven(address, key);
    }
}

void LaunchPanel::setDevices(const std::vector<engine::DeviceInfo> &devices)
{
    const QString current = m_device->currentData().toString();
    m_devices = devices;
    m_device->blockSignals(true);
    m_device->clear();
    m_device->addItem(tr("Automatic: GPU if there is one"), QString());
    for (const engine::DeviceInfo &device : devices) {
        const QString id = QString::fromStdString(device.id);
        const QString name = QString::fromStdString(device.name);
        m_device->addItem(
            id == QLatin1String("cpu") ? tr("CPU: %1").arg(name) : tr("GPU %1: %2").arg(id, name), id);
        const int row = m_device->count() - 1;
        m_device->setItemData(row, QString::fromStdString(device.note), Qt::ToolTipRole);
        if (auto *model = qobject_cast<QStandardItemModel *>(m_device->model()); model && !device.available)
            model->item(row)->setEnabled(false);
    }
    QStringList gpus;
    for (const engine::DeviceInfo &device : devices) {
        if (device.available && device.id != "cpu")
            gpus << QString::fromStdString(device.id);
    }
    if (gpus.size() > 1)
        m_device->addItem(tr("All %n GPUs, a process each", nullptr, static_cast<int>(gpus.size())), gpus.join(QLatin1Char(',')));
    m_device->blockSignals(false);
    selectDevice(current);
}

void LaunchPanel::selectDevice(const QString &id)
{
    int row = m_device->findData(id);
    if (row
        < 0) { // typed on a command line or stored on another machine: shown as it is, checked at the start
        m_device->addItem(id, id);
        row = m_device->count() - 1;
    }
    m_device->setCurrentIndex(row);
    updateDeviceNote();
}

void LaunchPanel::updateDeviceNote()
{
    const QString id = m_device->currentData().toString();
    QString note;
    bool warning = false;
    for (const engine::DeviceInfo &device : m_devices) {
        const bool chosen = QString::fromStdString(device.id) == id;
        // "Automatic" tells why there is no GPU; a chosen device tells about itself.
        if ((chosen || (id.isEmpty() && !device.available)) && !device.note.empty() && note.isEmpty()) {
            note = QString::fromStdString(device.note);
            warning = chosen && !device.available;
        }
    }
    m_fields[QStringLiteral("device")]->setNote(note, warning);
    m_device->setToolTip(m_device->currentText());
}

void LaunchPanel::setDatasetReport(const QString &dataYaml, const engine::DatasetReport &report)
{
    m_dataset->setReport(dataYaml, report);
}

void LaunchPanel::setDiskEstimate(const DiskEstimate &estimate)
{
    m_disk->setEstimate(estimate);
    m_diskIsOfTheForm = true;
}

/// An older estimate stops nobody: the engine looks again before it writes anything.
bool LaunchPanel::diskHasRoom()
{
    const QString refusal = m_diskIsOfTheForm ? DiskLine::refusal(m_disk->estimate()) : QString();
    if (refusal.isEmpty())
        return true;
    m_scroll->ensureWidgetVisible(m_disk);
    Q_EMIT notice(refusal, true);
    return false;
}

void LaunchPanel::setProblems(const std::vector<engine::ArgumentError> &problems)
{
    for (FormField *field : std::as_const(m_fields))
        field->setProblem({});
    m_dataset->setProblem({});
    std::vector<engine::ArgumentError> others;
    for (const engine::ArgumentError &problem : problems) {
        const QString name = QString::fromStdString(problem.argument);
        const QString sentence = QString::fromStdString(problem.sentence);
        if (name == QLatin1String("data"))
            m_dataset->setProblem(sentence);
        else if (m_fields.contains(name))
            m_fields[name]->setProblem(sentence);
        else
            others.push_back(problem);
    }
    m_arguments->setProblems(others);
    if (!others.empty())
        showMoreArguments(true);
    if (!problems.empty())
        setState(State::Idle);
}

QString LaunchPanel::problemOf(const QString &argument) const
{
    if (argument == QLatin1String("data"))
        return m_dataset->problem();
    const auto it = m_fields.constFind(argument);
    return it == m_fields.constEnd() ? m_arguments->problem() : (*it)->problem();
}

void LaunchPanel::setConfig(const engine::TrainConfig &config)
{
    m_filling = true;
    m_model->setConfig(config);
    m_dataset->setPath(QString::fromStdString(config.data));
    m_modelBox->setCurrentText(QString::fromStdString(config.model));
    m_epochs->setValue(config.epochs);
    m_imgsz->setValue(config.imgsz);
    m_batch->setValue(config.batch);
    selectDevice(QString::fromStdString(config.device));
    m_hub->setChecked(config.hub);
    m_filling = false;
    updateModelNote();
    fieldChanged();
}

void LaunchPanel::setCopy(const QString &run, const engine::TrainConfig &wanted)
{
    setConfig(wanted);
    m_source->setSource(SourceDiff::Kind::Copy, run, config());
    updateQueueButton();
}

void LaunchPanel::setQueued(const QString &title, const engine::TrainConfig &wanted)
{
    setConfig(wanted);
    m_source->setSource(SourceDiff::Kind::Queued, title, config());
    updateQueueButton();
}

void LaunchPanel::undo(const QString &argument)
{
    engine::TrainConfig wanted = config();
    const std::string name = argument.toStdString();
    if (!engine::setTrainArgument(wanted, name, engine::trainArgumentText(m_source->config(), name)))
        setConfig(wanted);
}

void LaunchPanel::updateQueueButton()
{
    const bool queued = m_source->kind() == SourceDiff::Kind::Queued;
    m_queue->setText(queued ? tr("Save in the queue") : tr("Add to queue"));
    m_queue->setToolTip(queued ? tr("It keeps its place among the runs that wait")
                               : tr("Trains it after the runs that wait already"));
}

engine::TrainConfig LaunchPanel::config() const
{
    engine::TrainConfig config = m_model->config();
    config.data = m_dataset->path().toStdString();
    config.model = m_modelBox->currentText().trimmed().toStdString();
    config.epochs = m_epochs->value();
    config.imgsz = m_imgsz->value();
    config.batch = m_batch->value();
    config.device = m_device->currentData().toString().toStdString();
    config.hub = m_hub->isChecked();
    return config;
}

QString LaunchPanel::commandLine() const { return trainCommandLine(config()); }

void LaunchPanel::setHub(bool enabled)
{
    m_hub->setChecked(enabled);
    fieldChanged();
}

void LaunchPanel::showMoreArguments(bool on)
{
    m_arguments->setVisible(on);
    m_more->setAccessibleDescription(on ? tr("shown") : tr("hidden"));
    updateMoreCaption();
    if (on && m_scroll)
        m_scroll->ensureWidgetVisible(m_arguments, 0, space::l);
}

void LaunchPanel::updateMoreCaption()
{
    const int changed = m_model->changedCount();
    const QString caption =
        changed > 0 ? tr("More arguments  \u00b7  %1 changed").arg(changed) : tr("More arguments");
    m_more->setText(caption);
    setButtonIcon(m_more,
                  m_arguments->isHidden() ? QStringLiteral("chevron-right") : QStringLiteral("chevron-down"),
                  themeFor(palette()).textMuted);
}

bool LaunchPanel::isReady(const engine::TrainConfig &wanted)
{
    std::vector<engine::ArgumentError> problems = engine::checkTrainConfig(wanted);
    if (wanted.data.empty()) {
        std::erase_if(problems, [](const engine::ArgumentError &error) { return error.argument == "data"; });
    }
    if (wanted.data.empty() && !isModelAddress(QString::fromStdString(wanted.model))) { // HUB brings its own
        problems.insert(problems.begin(),
                        { "data", tr("Choose a data.yaml first, or make a sample set.").toStdString() });
    }
    const State before = m_state;
    setProblems(problems);
    setState(before); // looking at the next run changes nothing about the one going on
    if (!problems.empty())
        m_scroll->ensureVisible(0, 0);
    return problems.empty();
}

} // namespace torchdeck::ui

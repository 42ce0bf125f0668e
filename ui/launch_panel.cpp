// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/launch_panel.h"

#include "ui/argument_table.h"
#include "ui/argument_words.h"
#include "ui/dataset_line.h"
#include "ui/disk_line.h"
#include "ui/estimate_line.h"
#include "ui/form_field.h"
#include "ui/hub_check_line.h"
#include "ui/presets.h"
#include "ui/source_diff.h"
#include "ui/theme.h"
#include "ui/widgets/basics.h"

#include <QtGui/QClipboard>
#include <QtGui/QGuiApplication>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QFileDialog>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QScrollArea>
#include <QtWidgets/QSpinBox>
#include <QtWidgets/QTableView>
#include <QtWidgets/QVBoxLayout>

namespace torchdeck::ui {

namespace {

const QStringList &formArguments()
{
    static const QStringList names { QStringLiteral("model"),  QStringLiteral("data"),
                                     QStringLiteral("epochs"), QStringLiteral("imgsz"),
                                     QStringLiteral("batch"),  QStringLiteral("device"),
                                     QStringLiteral("hub") };
    return names;
}

QSpinBox *makeSpin(std::string_view argument, int step, const QString &name)
{
    auto *spin = new QSpinBox;
    const engine::ArgumentInfo *info = engine::findTrainArgument(argument);
    spin->setRange(static_cast<int>(info && info->minimum ? *info->minimum : 0),
                   static_cast<int>(info && info->maximum ? *info->maximum : 1'000'000));
    spin->setSingleStep(step);
    spin->setAccessibleName(name);
    spin->setToolTip(info ? argumentWords(info->help) : QString());
    spin->setGroupSeparatorShown(false);
    return spin;
}

} // namespace

LaunchPanel::LaunchPanel(QWidget *parent)
    : QFrame(parent)
    , m_source(new SourceDiff)
    , m_dataset(new DatasetLine)
    , m_modelBox(new QComboBox)
    , m_modelBrowse(new IconButton(QStringLiteral("file"), tr("Choose a model file or checkpoint")))
    , m_epochs(makeSpin("epochs", 10, tr("Epochs")))
    , m_imgsz(makeSpin("imgsz", 32, tr("Image size in pixels")))
    , m_batch(makeSpin("batch", 1, tr("Batch size")))
    , m_device(new QComboBox)
    , m_estimate(new EstimateLine)
    , m_disk(new DiskLine)
    , m_model(new ArgumentTableModel(formArguments(), this))
    , m_arguments(new ArgumentTable(m_model))
    , m_more(makeButton(tr("More arguments"), "section"))
    , m_hub(new ToggleSwitch(tr("Sync this run with HUB")))
    , m_hubCheck(new HubCheckLine)
    , m_command(new QLineEdit)
    , m_copyCommand(new IconButton(QStringLiteral("copy"), tr("Copy the command line")))
    , m_start(makeButton(tr("Start training"), "primary"))
    , m_queue(makeButton(tr("Add to queue")))
    , m_presets(new PresetMenu([this] { return config(); }, this))
{
    setLook(this, "side");
    buildFields();
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    m_scroll = new QScrollArea;
    m_scroll->setWidgetResizable(true);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setFocusPolicy(Qt::NoFocus); // what is in it has the keys
    m_scroll->viewport()->setAutoFillBackground(false);
    m_form = buildForm();
    m_scroll->setWidget(m_form);
    m_form->setAutoFillBackground(false);
    layout->addWidget(m_scroll, 1);
    layout->addWidget(buildFooter());
    connectFields();
    setDevices({});
    setConfig({});
    showMoreArguments(false);
}

void LaunchPanel::buildFields()
{
    m_modelBox->setEditable(true);
    m_modelBox->setInsertPolicy(QComboBox::NoInsert);
    m_modelBox->setAccessibleName(tr("Model"));
    m_modelBox->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    m_modelBox->setMinimumWidth(80);
    m_device->setAccessibleName(tr("Device"));
    m_device->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    m_device->setMinimumWidth(80);
    m_imgsz->setSuffix(tr(" px"));
    m_command->setReadOnly(true);
    m_command->setFont(monospaceFont(font(), 0.88));
    m_command->setAccessibleName(tr("The same run as a command line"));
    m_start->setMinimumHeight(40);
    m_start->setFont(scaledFont(m_start->font(), 1.1, QFont::DemiBold));
    m_hub->setToolTip(tr("Metrics and models are sent to HUB while it trains"));
}

QWidget *LaunchPanel::buildForm()
{
    auto *form = new QWidget;
    auto *layout = new QVBoxLayout(form);
    layout->setContentsMargins(space::l, space::l, space::l, space::l);
    layout->setSpacing(space::m);
    auto *head = new QHBoxLayout;
    head->addWidget(makeLabel(tr("New run"), nullptr, 1.3, QFont::DemiBold), 1);
    auto *presets = makeButton(tr("Presets"), "menu");
    presets->setMenu(m_presets);
    presets->setToolTip(tr("Presets, import and export of args.yaml, reset"));
    head->addWidget(presets);
    layout->addLayout(head);
    layout->addWidget(m_source);
    layout->addWidget(m_fields[QStringLiteral("data")] = new FormField(tr("Data set"), m_dataset));

    auto *modelRow = new QWidget;
    auto *modelLayout = new QHBoxLayout(modelRow);
    modelLayout->setContentsMargins(0, 0, 0, 0);
    modelLayout->setSpacing(space::xs);
    modelLayout->addWidget(m_modelBox, 1);
    modelLayout->addWidget(m_modelBrowse);
    layout->addWidget(m_fields[QStringLiteral("model")] = new FormField(tr("Model"), modelRow));

    const auto pair = [&](FormField *left, FormField *right) {
        auto *row = new QHBoxLayout;
        row->setSpacing(space::m);
        row->addWidget(left, 1, Qt::AlignTop);
        row->addWidget(right, 1, Qt::AlignTop);
        layout->addLayout(row);
    };
    pair(m_fields[QStringLiteral("epochs")] = new FormField(tr("Epochs"), m_epochs),
         m_fields[QStringLiteral("batch")] = new FormField(tr("Batch"), m_batch));
    layout->addWidget(m_fields[QStringLiteral("imgsz")] = new FormField(tr("Image size"), m_imgsz));
    layout->addWidget(m_fields[QStringLiteral("device")] = new FormField(tr("Device"), m_device));
    layout->addWidget(m_estimate);
    layout->addWidget(m_disk);
    auto *sync = new QVBoxLayout;
    sync->setSpacing(space::xs);
    sync->addWidget(m_hub, 0, Qt::AlignLeft);
    sync->addWidget(m_hubCheck);
    layout->addLayout(sync);
    auto *rule = new QFrame;
    setLook(rule, "rule");
    layout->addWidget(rule);
    layout->addWidget(m_more);
    layout->addWidget(m_arguments, 1);
    layout->addStretch(0);
    return form;
}

QWidget *LaunchPanel::buildFooter()
{
    auto *footer = new QFrame;
    setLook(footer, "footer");
    auto *layout = new QVBoxLayout(footer);
    layout->setContentsMargins(space::l, space::m, space::l, space::l);
    layout->setSpacing(space::s);
    layout->addWidget(makeLabel(tr("The same in a terminal"), "muted", 0.88));
    auto *row = new QHBoxLayout;
    row->setSpacing(space::xs);
    row->addWidget(m_command, 1);
    row->addWidget(m_copyCommand);
    layout->addLayout(row);
    layout->addSpacing(space::xs);
    layout->addWidget(m_start);
    layout->addWidget(m_queue);
    updateQueueButton();
    return footer;
}

void LaunchPanel::connectFields()
{
    connect(m_dataset, &DatasetLine::pathChanged, this, &LaunchPanel::fieldChanged);
    connect(m_dataset, &DatasetLine::inspectRequested, this, &LaunchPanel::inspectRequested);
    connect(m_dataset, &DatasetLine::previewRequested, this, &LaunchPanel::previewRequested);
    connect(m_dataset, &DatasetLine::sampleRequested, this, &LaunchPanel::sampleRequested);
    connect(m_dataset, &DatasetLine::openFileRequested, this, &LaunchPanel::openFileRequested);
    connect(m_modelBox, &QComboBox::currentTextChanged, this, [this] {
        m_fields[QStringLiteral("model")]->setProblem({});
        updateModelNote();
        fieldChanged();
    });
    const std::pair<const char *, QSpinBox *> spins[] = { { "epochs", m_epochs },
                                                          { "imgsz", m_imgsz },
                                                          { "batch", m_batch } };
    for (const auto &[name, spin] : spins) {
        FormField *field = m_fields[QString::fromLatin1(name)];
        connect(spin, &QSpinBox::valueChanged, this, [this, field] {
            field->setProblem({});
            fieldChanged();
        });
    }
    connect(m_imgsz, &QSpinBox::valueChanged, m_dataset, &DatasetLine::setImageSize);
    connect(m_device, &QComboBox::currentIndexChanged, this, [this] {
        m_fields[QStringLiteral("device")]->setProblem({});
        updateDeviceNote();
        fieldChanged();
    });
    connect(m_modelBrowse, &QAbstractButton::clicked, this, &LaunchPanel::browseModel);
    connect(m_hub, &QAbstractButton::clicked, this, [this](bool on) {
        fieldChanged();
        Q_EMIT hubToggled(on);
    });
    connect(m_model, &ArgumentTableModel::changed, this, &LaunchPanel::fieldChanged);
    connect(m_estimate, &EstimateLine::measureRequested, this, &LaunchPanel::measure);
    connect(m_estimate, &EstimateLine::cancelRequested, this, &LaunchPanel::measureCancelRequested);
    connect(m_more, &QPushButton::clicked, this, [this] { showMoreArguments(m_arguments->isHidden()); });
    connect(m_copyCommand, &QAbstractButton::clicked, this,
            [this] { QGuiApplication::clipboard()->setText(commandLine()); });
    connect(m_queue, &QPushButton::clicked, this, &LaunchPanel::addToQueue);
    connect(m_source, &SourceDiff::undoRequested, this, &LaunchPanel::undo);
    connect(m_source, &SourceDiff::forgotten, this, &LaunchPanel::updateQueueButton);
    connect(m_presets, &PresetMenu::notice, this, &LaunchPanel::notice);
    connect(m_presets, &PresetMenu::chosen, this, &LaunchPanel::setConfig);
    connect(m_start, &QPushButton::clicked, this, [this] { m_state == State::Idle ? start() : stop(); });
}

void LaunchPanel::fieldChanged()
{
    m_diskIsOfTheForm = false;
    if (m_filling)
        return;
    updateMoreCaption();
    m_hubCheck->setWanted(m_hub->isChecked());
    m_hubCheck->setRun(m_modelBox->currentText().trimmed(), m_model->config().resume);
    m_source->compare(config());
    m_command->setText(commandLine());
    m_command->setToolTip(m_command->text());
    m_command->setCursorPosition(0);
    Q_EMIT configChanged();
}

void LaunchPanel::start()
{
    if (m_state != State::Idle)
        return;
    setFocus(); // a half-typed value in the argument table is committed
    const engine::TrainConfig wanted = config();
    if (!isReady(wanted) || !diskHasRoom())
        return;
    setState(State::Starting);
    Q_EMIT startRequested(wanted);
}

void LaunchPanel::addToQueue()
{
    setFocus();
    const engine::TrainConfig wanted = config();
    if (isReady(wanted))
        Q_EMIT queueRequested(wanted);
}

void LaunchPanel::measure()
{
    setFocus();
    const engine::TrainConfig wanted = config();
    if (m_state == State::Idle && isReady(wanted))
        Q_EMIT measureRequested(wanted);
}

void LaunchPanel::stop()
{
    if (m_state != State::Starting && m_state != State::Running)
        return;
    setState(State::Stopping);
    Q_EMIT stopRequested();
}

void LaunchPanel::setState(State state)
{
    m_state = state;
    updateStartButton();
}

void LaunchPanel::updateStartButton()
{
    const Theme &theme = themeFor(palette());
    const bool idle = m_state == State::Idle;
    m_form->setEnabled(m_state != State::Starting); // while one trains, the form is for the next
    m_estimate->setBlocked(!idle);
    m_start->setEnabled(m_state != State::Stopping);
    setLook(m_start, idle ? "primary" : "stop");
    switch (m_state) {
    case State::Idle:
        m_start->setText(tr("Start training"));
        break;
    case State::Starting:
    case State::Running:
        m_start->setText(tr("Stop"));
        break;
    case State::Stopping:
        m_start->setText(tr("Stopping after this batch..."));
        break;
    }
    const QColor color = idle        ? theme.accentText
        : m_state == State::Stopping ? theme.textMuted
                                     : theme.danger;
    setButtonIcon(m_start, idle ? QStringLiteral("play") : QStringLiteral("stop"), color);
    m_start->setAccessibleName(m_start->text());
}

void LaunchPanel::focusFirstField() { m_dataset->field()->setFocus(Qt::ShortcutFocusReason); }

void LaunchPanel::showArgument(const QString &name)
{
    const QMap<QString, QWidget *> own { { QStringLiteral("data"), m_dataset->field() },
                                         { QStringLiteral("model"), m_modelBox },
                                         { QStringLiteral("epochs"), m_epochs },
                                         { QStringLiteral("imgsz"), m_imgsz },
                                         { QStringLiteral("batch"), m_batch },
                                         { QStringLiteral("device"), m_device },
                                         { QStringLiteral("hub"), m_hub } };
    if (QWidget *field = own.value(name)) {
        m_scroll->ensureWidgetVisible(field);
        field->setFocus(Qt::ShortcutFocusReason);
        return;
    }
    showMoreArguments(true);
    m_arguments->searchField()->setText(name);
    m_arguments->view()->setFocus(Qt::ShortcutFocusReason);
    m_arguments->view()->setCurrentIndex(m_arguments->view()->model()->index(0, ArgumentTableModel::Value));
}

void LaunchPanel::browseModel()
{
    auto *dialog = new QFileDialog(window(), tr("Choose a model"), {},
                                   tr("Models and checkpoints (*.yaml *.yml *.pt);;All files (*)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, m_modelBox, &QComboBox::setCurrentText);
    dialog->open();
}

void LaunchPanel::changeEvent(QEvent *event)
{
    QFrame::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_form) {
        updateStartButton();
        updateMoreCaption();
    }
}

} // namespace torchdeck::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/monitor/run_controls.h"

#include "ui/theme.h"
#include "ui/widgets/basics.h"

#include <QtCore/QEvent>
#include <QtGui/QAction>
#include <QtWidgets/QDialogButtonBox>
#include <QtWidgets/QFormLayout>
#include <QtWidgets/QMenu>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QSpinBox>
#include <QtWidgets/QVBoxLayout>

#include <algorithm>

namespace torchdeck::ui {

namespace {
constexpr int mostEpochs = 100'000;

QSpinBox *makeSpin(int low, int high, int value, const QString &name)
{
    auto *spin = new QSpinBox;
    spin->setRange(low, high);
    spin->setValue(value);
    spin->setAccessibleName(name);
    spin->setMinimumWidth(120);
    return spin;
}
} // namespace

PlanDialog::PlanDialog(const RunPlan &plan, QWidget *parent)
    : QDialog(parent)
    , m_plan(plan)
    , m_epochs(makeSpin(std::max(1, plan.epochsBegun), mostEpochs, plan.epochs, tr("Epochs")))
    , m_patience(makeSpin(0, mostEpochs, plan.patience, tr("Patience")))
    , m_savePeriod(makeSpin(-1, mostEpochs, plan.savePeriod, tr("Keep a checkpoint every")))
{
    setWindowTitle(tr("Change the run"));
    m_epochs->setEnabled(!plan.timed);
    m_epochs->setToolTip(plan.timed
                             ? tr("This run ends by its time limit, which decides the number of epochs.")
                             : tr("Fewer than have begun is not possible"));
    m_patience->setSpecialValueText(tr("never stops early"));
    m_patience->setSuffix(tr(" epochs"));
    m_patience->setToolTip(tr("Epochs without a better model before the run stops by itself"));
    m_savePeriod->setSpecialValueText(tr("off"));
    m_savePeriod->setSuffix(tr(" epochs"));
    m_savePeriod->setToolTip(tr("Besides last.pt and best.pt, which are always kept"));
    auto *form = new QFormLayout;
    form->setSpacing(space::m);
    form->setLabelAlignment(Qt::AlignLeft);
    form->addRow(tr("Epochs"), m_epochs);
    form->addRow(tr("Patience"), m_patience);
    form->addRow(tr("Keep a checkpoint every"), m_savePeriod);
    auto *words =
        makeLabel(tr("Holds from the end of the epoch at hand on. Learning rate, warm-up and the closing of "
                     "mosaic follow, as if the run had begun this way."),
                  "muted");
    words->setWordWrap(true);
    words->setMinimumWidth(360);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Apply | QDialogButtonBox::Cancel);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(space::xl, space::xl, space::xl, space::l);
    layout->setSpacing(space::l);
    layout->addWidget(words);
    layout->addLayout(form);
    layout->addWidget(buttons);
    QPushButton *apply = buttons->button(QDialogButtonBox::Apply);
    apply->setText(tr("Apply"));
    apply->setDefault(true);
    setLook(apply, "primary");
    for (QAbstractButton *button : buttons->buttons()) // those of the desktop's theme
        button->setIcon({});
    buttons->button(QDialogButtonBox::Cancel)->setText(tr("Cancel"));
    connect(apply, &QPushButton::clicked, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    const auto update = [this, apply] { apply->setEnabled(!change().empty()); };
    for (QSpinBox *spin : { m_epochs, m_patience, m_savePeriod })
        connect(spin, &QSpinBox::valueChanged, this, update);
    update();
}

void PlanDialog::setEpochsBegun(int epochs) { m_epochs->setMinimum(std::max(1, epochs)); }

engine::PlanChange PlanDialog::change() const
{
    engine::PlanChange change;
    if (m_epochs->isEnabled() && m_epochs->value() != m_plan.epochs)
        change.epochs = m_epochs->value();
    if (m_patience->value() != m_plan.patience)
        change.patience = m_patience->value();
    const auto period = [](int value) { return value < 1 ? -1 : value; };
    if (period(m_savePeriod->value()) != period(m_plan.savePeriod))
        change.savePeriod = period(m_savePeriod->value());
    return change;
}

RunControls::RunControls(QWidget *parent)
    : QWidget(parent)
    , m_pause(makeButton({}))
    , m_stop(makeButton({}))
    , m_change(makeButton({}))
{
    auto *menu = new QMenu(this);
    m_stopNow = menu->addAction(tr("Stop now"));
    m_stopNow->setToolTip(tr("After the batch at hand: saves, validates the best model, syncs"));
    m_stopAfterEpoch = menu->addAction(tr("Stop after this epoch"));
    m_stopAfterEpoch->setCheckable(true);
    menu->addSeparator();
    m_skip = menu->addAction(tr("Skip the last validation"));
    m_stop->setMenu(menu);
    setLook(m_stop, "menu");
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(space::s);
    for (QPushButton *button : { m_pause, m_stop, m_change })
        layout->addWidget(button);
    connect(m_pause, &QPushButton::clicked, this, [this] { Q_EMIT pauseRequested(!m_paused); });
    connect(m_change, &QPushButton::clicked, this, &RunControls::openPlan);
    connect(m_stopNow, &QAction::triggered, this, &RunControls::stopRequested);
    connect(m_stopAfterEpoch, &QAction::triggered, this, &RunControls::stopAfterEpochRequested);
    connect(m_skip, &QAction::triggered, this, &RunControls::skipFinalValidationRequested);
    setActive(false);
}

void RunControls::setActive(bool active)
{
    m_active = active;
    m_stopping = m_paused = m_afterEpoch = false;
    setVisible(active);
    if (!active && m_dialog)
        m_dialog->reject();
    updateButtons();
}

void RunControls::setStopping(bool stopping)
{
    m_stopping = stopping;
    updateButtons();
}

void RunControls::setPauseAsked(bool paused)
{
    m_paused = paused;
    updateButtons();
}

void RunControls::setStopAfterEpoch(bool on)
{
    m_afterEpoch = on;
    updateButtons();
}

void RunControls::setPlan(const RunPlan &plan) { m_plan = plan; }

void RunControls::setEpochsBegun(int epochs)
{
    m_plan.epochsBegun = epochs;
    if (m_dialog)
        m_dialog->setEpochsBegun(epochs);
}

void RunControls::setCompact(bool compact)
{
    if (compact == m_compact)
        return;
    m_compact = compact;
    updateButtons();
}

void RunControls::openPlan()
{
    if (!m_active || m_stopping)
        return;
    if (!m_dialog) {
        m_dialog = new PlanDialog(m_plan, window());
        m_dialog->setAttribute(Qt::WA_DeleteOnClose);
        connect(m_dialog, &QDialog::accepted, this, [this] {
            if (const engine::PlanChange change = m_dialog->change(); !change.empty())
                Q_EMIT planChangeRequested(change);
        });
        connect(m_dialog, &QDialog::finished, this, [this] { m_dialog = nullptr; });
    }
    m_dialog->show();
    m_dialog->raise();
    m_dialog->activateWindow();
}

void RunControls::updateButtons()
{
    const QColor ink = themeFor(palette()).text;
    const auto dress = [&](QPushButton *button, const QString &icon, const QString &text,
                           const QString &tip) {
        button->setText(m_compact ? QString() : text);
        button->setAccessibleName(text);
        button->setToolTip(tip);
        setButtonIcon(button, icon, ink);
    };
    if (m_paused)
        dress(m_pause, QStringLiteral("play"), tr("Continue"), tr("Go on with the next batch"));
    else
        dress(m_pause, QStringLiteral("pause"), tr("Pause"),
              tr("Wait after the batch at hand; everything stays in memory"));
    dress(m_stop, QStringLiteral("stop"),
          m_stopping         ? tr("Stopping")
              : m_afterEpoch ? tr("Stops after epoch")
                             : tr("Stop"),
          tr("End the run; it can be resumed later"));
    dress(m_change, QStringLiteral("settings"), tr("Change..."),
          tr("Epochs, patience and checkpoints of the run at hand"));
    m_pause->setEnabled(m_active && !m_stopping);
    m_change->setEnabled(m_active && !m_stopping);
    m_stop->setEnabled(m_active);
    m_stopNow->setEnabled(!m_stopping);
    m_stopAfterEpoch->setEnabled(!m_stopping);
    m_stopAfterEpoch->setChecked(m_afterEpoch);
    m_skip->setEnabled(m_stopping);
}

void RunControls::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && !m_coloring) {
        m_coloring = true;
        updateButtons();
        m_coloring = false;
    }
}

} // namespace torchdeck::ui

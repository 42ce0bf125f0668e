// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/run_control.h"

#include <QtWidgets/QDialog>

class QAction;
class QLabel;
class QPushButton;
class QSpinBox;

namespace torchdeck::ui {

/// The arguments of a run that may change while it is going on.
struct RunPlan {
    int epochs = 0, patience = 0, savePeriod = -1;
    int epochsBegun = 0; ///< the fewest it can end after
    bool timed = false; ///< time= decides the number of epochs
};

/// Edits a RunPlan. Not modal: training goes on, and the plan may move meanwhile.
class PlanDialog : public QDialog {
    Q_OBJECT
public:
    explicit PlanDialog(const RunPlan &plan, QWidget *parent = nullptr);
    void setEpochsBegun(int epochs);
    [[nodiscard]] engine::PlanChange change() const; ///< only what differs from the plan it was opened with
    [[nodiscard]] QSpinBox *epochs() const { return m_epochs; }
    [[nodiscard]] QSpinBox *patience() const { return m_patience; }
    [[nodiscard]] QSpinBox *savePeriod() const { return m_savePeriod; }

private:
    RunPlan m_plan;
    QSpinBox *m_epochs;
    QSpinBox *m_patience;
    QSpinBox *m_savePeriod;
};

/// Pause, stop and change of a run that is going on; hidden without one. Asks by signals and shows what the
/// window tells it.
class RunControls : public QWidget {
    Q_OBJECT
public:
    explicit RunControls(QWidget *parent = nullptr);

    void setActive(bool active); ///< a run is going on: everything else starts anew
    void setStopping(bool stopping);
    void setPauseAsked(bool paused);
    void setStopAfterEpoch(bool on);
    void setPlan(const RunPlan &plan);
    void setEpochsBegun(int epochs);
    void setCompact(bool compact); ///< icons only
    void openPlan(); ///< the dialog

    [[nodiscard]] bool isActive() const { return m_active; }
    [[nodiscard]] bool stopping() const { return m_stopping; }
    [[nodiscard]] bool pauseAsked() const { return m_paused; }
    [[nodiscard]] bool stopsAfterEpoch() const { return m_afterEpoch; }
    [[nodiscard]] const RunPlan &plan() const { return m_plan; }
    [[nodiscard]] QPushButton *pauseButton() const { return m_pause; }
    [[nodiscard]] QAction *stopNowAction() const { return m_stopNow; }
    [[nodiscard]] QAction *stopAfterEpochAction() const { return m_stopAfterEpoch; }
    [[nodiscard]] QAction *skipAction() const { return m_skip; }

Q_SIGNALS:
    void pauseRequested(bool paused);
    void stopRequested();
    void stopAfterEpochRequested(bool on);
    void skipFinalValidationRequested();
    void planChangeRequested(const torchdeck::engine::PlanChange &change);

protected:
    void changeEvent(QEvent *event) override;

private:
    void updateButtons();

    RunPlan m_plan;
    bool m_active = false, m_stopping = false, m_paused = false, m_afterEpoch = false, m_compact = false;
    QPushButton *m_pause;
    QPushButton *m_stop;
    QPushButton *m_change;
    QAction *m_stopNow;
    QAction *m_stopAfterEpoch;
    QAction *m_skip;
    PlanDialog *m_dialog = nullptr;
    bool m_coloring = false;
};

} // namespace torchdeck::ui

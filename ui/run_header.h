// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/lifecycle.h"
#include "torchdeck/engine/run_control.h"
#include "torchdeck/engine/run_event.h"
#include "ui/pace_spread.h"
#include "ui/widgets/basics.h"

#include <QtCore/QTimer>

#include <array>

class QGridLayout;
class QProgressBar;

namespace torchdeck::ui {

class RunControls;

/// A number with what it is: "Epoch" over "12 of 30".
class FactTile : public QWidget {
    Q_OBJECT
public:
    explicit FactTile(const QString &name, QWidget *parent = nullptr);
    void setValue(const QString &value, const QString &detail = {});
    [[nodiscard]] QString value() const;
    [[nodiscard]] QString detail() const;

private:
    TextLine *m_value;
    TextLine *m_detail;
    QString m_name;
};

/// Name, state, progress and remaining times of the run. Batch events only store; the words change ten times
/// a second at most.
class RunHeader : public Card {
    Q_OBJECT
public:
    enum class State { Preparing, Training, Validating, Pausing, Paused, Stopping, Finished, Stopped, Failed };
    enum Tile { Epoch, EpochLeft, RunLeft, Speed, Memory, Best, TileCount };

    explicit RunHeader(QWidget *parent = nullptr);

    void startRun(const engine::PretrainRoutineStart &event);
    void setFacts(const engine::PretrainRoutineEnd &event);
    void setBatch(const engine::BatchEnd &event);
    void setValidation(const engine::ValProgress &event);
    void setEpoch(const engine::FitEpochEnd &event);
    void setState(State state);
    void setEnd(const engine::TrainEnd &end);
    void setFailed();
    void setEvent(const engine::RunEvent &event);
    void setPauseAsked(bool paused); ///< before the training thread has come to it
    void setStopAfterEpoch(bool on);
    void setPlanPending(const engine::PlanChange &change); ///< asked for, not in force yet
    void refreshNow();

    [[nodiscard]] State state() const { return m_state; }
    [[nodiscard]] QString stateText() const { return m_badge->text(); }
    [[nodiscard]] QString title() const { return m_title->fullText(); }
    [[nodiscard]] FactTile *tile(Tile which) const { return m_tiles[which]; }
    [[nodiscard]] int runPercent() const;
    [[nodiscard]] QString progressText() const { return m_progressText->text(); }
    [[nodiscard]] RunControls *controls() const { return m_controls; }
    [[nodiscard]] QString planText() const { return m_planNote->isHidden() ? QString() : m_planNote->text(); }
    [[nodiscard]] QString patienceText() const { return m_patience->isHidden() ? QString() : m_patience->text(); }

protected:
    void resizeEvent(QResizeEvent *event) override;

Q_SIGNALS:
    void openFolderRequested(const QString &folder);

private:
    void scheduleRefresh();
    void showBatch();
    void showRunLeft(double seconds, double batchesLeft);
    void showValidation();
    void setRunProgress(double part);
    void showPatience(const engine::FitEpochEnd &event);
    void arrangeTiles(int columns);
    void updatePlanNote();

    State m_state = State::Preparing;
    QString m_folder;
    ElidedLabel *m_title;
    ElidedLabel *m_subtitle;
    StateBadge *m_badge;
    RunControls *m_controls;
    IconButton *m_openFolder;
    QGridLayout *m_tileGrid;
    int m_tileColumns = 0;
    std::array<FactTile *, TileCount> m_tiles {};
    QProgressBar *m_runProgress; ///< all epochs
    TextLine *m_runText;
    QProgressBar *m_progress; ///< the epoch at hand
    TextLine *m_progressText;
    QLabel *m_patience; ///< how near early stopping is
    QLabel *m_planNote; ///< what happens at the end of the epoch
    engine::PlanChange m_pendingPlan;
    int m_patienceEpochs = 0; ///< 0 = never stops early
    QTimer m_timer;
    engine::BatchEnd m_batch;
    engine::ValProgress m_validation;
    bool m_batchPending = false;
    bool m_validationPending = false;
    std::int64_t m_valBatches = 0;
    std::int64_t m_batchesPerEpoch = 0;
    PaceSpread m_pace;
};

} // namespace torchdeck::ui

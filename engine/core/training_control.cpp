// SPDX-License-Identifier: GPL-3.0-or-later
// What a running session does when the user pauses it, changes its plan or stops it after an epoch.
#include "engine/core/training_session.h"
#include "torchdeck/engine/error.h"

#include <algorithm>
#include <chrono>

namespace torchdeck::engine {

namespace {

/// "epochs 30 -> 50", appended to what changed already.
void say(std::string &words, const char *name, int before, int after)
{
    words += (words.empty() ? "" : ", ") + std::string(name) + " " + std::to_string(before) + " -> "
        + std::to_string(after);
}

} // namespace

bool TrainingSession::stopsHere() const
{
    return stopAgreed() || (!m_ranks && m_control.stopAfterEpochAsked());
}

/// Epochs trained so far, with the part of the one at hand.
double TrainingSession::position(int epoch) const
{
    const double batches = std::max<double>(1, double(m_trainLoader->batches()));
    return epoch + std::min(1.0, double(m_losses.batches) / batches);
}

void TrainingSession::tell(RunEventKind kind, double position, const std::string &text)
{
    if (!isMain())
        return;
    RunEvent event;
    event.run = m_run;
    event.kind = kind;
    event.position = position;
    event.elapsedSeconds = m_clock.elapsed();
    event.text = text;
    event.epochs = m_config.epochs;
    event.patience = m_config.patience;
    event.savePeriod = m_config.savePeriod;
    try {
        appendRunEvent(m_folder.path(), event);
    } catch (const EngineError &error) { // a note only: no reason to end a training
        log(LogLevel::Warning, error.what());
    }
    m_observer.onRunEvent(event);
}

void TrainingSession::waitWhilePaused(double position)
{
    if (!m_control.pauseAsked() || m_stop.stop_requested() || m_ranks) // the others would take it for a lost rank
        return;
    const auto began = std::chrono::steady_clock::now();
    tell(RunEventKind::Paused, position, {});
    m_control.waitWhilePaused(m_stop);
    m_clock.leaveOut(std::chrono::steady_clock::now() - began);
    if (!m_stop.stop_requested())
        tell(RunEventKind::Continued, position, {});
}

void TrainingSession::applyChange(int epoch)
{
    const PlanChange change = m_control.takeChange();
    if (change.empty() || m_ranks) // rank 0 alone would follow it
        return;
    std::string words;
    if (change.epochs && m_config.time > 0) {
        log(LogLevel::Warning,
            "epochs stays as it is: the run ends by its time limit (time=), which decides the number of "
            "epochs.");
    } else if (change.epochs) {
        const int epochs = std::max(*change.epochs, epoch + 1);
        if (epochs != m_config.epochs) {
            say(words, "epochs", m_config.epochs, epochs);
            m_config.epochs = epochs;
            m_schedule->setEpochs(epochs);
            m_mosaicClosed = !mosaicOpen(epoch); // as it would be in a run of that many epochs
        }
    }
    if (change.patience && std::max(*change.patience, 0) != m_config.patience) {
        const int patience = std::max(*change.patience, 0);
        say(words, "patience", m_config.patience, patience);
        m_config.patience = patience;
        m_stopper.setPatience(patience);
    }
    if (change.savePeriod && *change.savePeriod != m_config.savePeriod) {
        say(words, "save_period", m_config.savePeriod, *change.savePeriod);
        m_config.savePeriod = *change.savePeriod;
    }
    if (words.empty())
        return;
    m_folder.writeArgs(m_config);
    log(LogLevel::Info, "Changed after epoch " + std::to_string(epoch + 1) + ": " + words + ".");
    tell(RunEventKind::Changed, epoch + 1, words);
}

void TrainingSession::replayEvents()
{
    for (RunEvent &event : readRunEvents(m_folder.path())) {
        event.run = m_run;
        event.epochs = m_config.epochs;
        event.patience = m_config.patience;
        event.savePeriod = m_config.savePeriod;
        event.replayed = true;
        m_observer.onRunEvent(event);
    }
}

} // namespace torchdeck::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>

namespace torchdeck::engine {

/// Arguments that may change while a run is going on. They hold from the end of the epoch at hand on: from
/// there the run is what a run with these values would be (same learning rates, mosaic and warm-up at the
/// same epochs), so a resume needs to know nothing but the new arguments.
struct PlanChange {
    std::optional<int> epochs; ///< fewer than are done = the epoch at hand is the last; refused with time=
    std::optional<int> patience; ///< 0 = never
    std::optional<int> savePeriod; ///< < 1 = off

    [[nodiscard]] bool empty() const { return !epochs && !patience && !savePeriod; }
    friend bool operator==(const PlanChange &, const PlanChange &) = default;
};

/// What the user asks of a run that is going on, besides stopping it at once (that is the stop token's). One
/// object a run. All functions may be called on any thread, except those of the training thread.
class RunControl {
public:
    /// The training thread waits before its next batch, of training or validation, without using the
    /// processor.
    void pause();
    void goOn();
    [[nodiscard]] bool pauseAsked() const { return m_pause.load(); }

    /// The run stops once the epoch at hand is validated and saved. May be taken back until then.
    void stopAfterEpoch(bool on) { m_stopAfterEpoch.store(on); }
    [[nodiscard]] bool stopAfterEpochAsked() const { return m_stopAfterEpoch.load(); }

    /// A stopped run validates its best model once more; this leaves that out, also in its middle.
    void skipFinalValidation() { m_skip.request_stop(); }

    /// Joined with what waits already.
    void change(const PlanChange &change);

    // Training thread
    /// Waits as long as the run is paused; a stop ends the wait.
    void waitWhilePaused(const std::stop_token &stop);
    [[nodiscard]] PlanChange takeChange();
    [[nodiscard]] std::stop_token finalValidationSkipped() const { return m_skip.get_token(); }

private:
    std::mutex m_mutex;
    std::condition_variable_any m_changed;
    std::atomic<bool> m_pause = false, m_stopAfterEpoch = false;
    PlanChange m_change;
    std::stop_source m_skip;
};

} // namespace torchdeck::engine

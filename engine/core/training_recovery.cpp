// SPDX-License-Identifier: GPL-3.0-or-later
// What a running session does when training breaks: losses that are no numbers, a device without memory.
#include "engine/core/training_loaders.h"
#include "engine/core/training_session.h"
#include "torchdeck/engine/error.h"

#include <ATen/DeviceAccelerator.h>
#include <ATen/ops/isfinite.h>

#include <algorithm>

namespace torchdeck::engine {

namespace {
constexpr int mostRecoveries = 3;
constexpr int mostHalvings = 3;
} // namespace

bool TrainingSession::weightsAreFinite() const
{
    at::NoGradGuard noGrad;
    return std::ranges::all_of(m_ema->model().parameters(), [](const at::Tensor &parameter) {
        return at::isfinite(parameter).all().item<bool>();
    });
}

void TrainingSession::recover(int epoch)
{
    const std::string place =
        "epoch " + std::to_string(epoch + 1) + ", batch " + std::to_string(m_losses.batches + 1);
    if (!m_hasLast || m_recoveries >= mostRecoveries)
        throw EngineError(
            ErrorKind::Internal,
            "The loss became NaN or infinite in " + place
                + (m_hasLast ? ", also after going back " + std::to_string(m_recoveries) + " times" : "")
                + ": lower lr0 (now " + std::to_string(m_choice.learningRate) + ", optimizer " + m_choice.name
                + ")" + (m_hasLast ? "; the last good epoch is in weights/last.pt." : "."),
            "lr0");
    ++m_recoveries;
    const Checkpoint good = loadCheckpoint(m_folder.last(), "resume");
    // The averaged weights: calmer than those that were about to break.
    loadState(*m_model, good.ema);
    loadState(m_ema->model(), good.ema);
    m_ema->setUpdates(good.emaUpdates);
    m_optimizer->restore(good.optimizer);
    for (at::Tensor parameter : m_model->parameters())
        parameter.mutable_grad().reset();
    dropGraph();
    m_lastStep = -1;
    if (m_ranks)
        m_ranks->synchronise(*m_model);
    tell(RunEventKind::Recovered, position(epoch), {});
    log(LogLevel::Warning,
        "The loss became NaN or infinite in " + place + ": going back to weights/last.pt (epoch "
            + std::to_string(good.epoch + 1) + ") and repeating the epoch with other images (attempt "
            + std::to_string(m_recoveries) + " of " + std::to_string(mostRecoveries) + ").");
}

bool TrainingSession::halveBatch(int epoch)
{
    if (m_ranks || epoch != m_startEpoch || m_inputs.resumeFrom || m_halvings >= mostHalvings || m_config.batch < 2)
        return false;
    ++m_halvings;
    const int before = m_config.batch;
    m_config.batch = m_inputs.config.batch = before / 2;
    for (at::Tensor parameter : m_model->parameters())
        parameter.mutable_grad().reset();
    dropGraph();
    at::accelerator::emptyCache();
    log(LogLevel::Warning,
        "The device ran out of memory with batch=" + std::to_string(before)
            + ": starting the epoch again with batch=" + std::to_string(m_config.batch) + ".");
    makePipeline();
    for (Optimizer::Group &group : m_optimizer->groups()) {
        if (group.weightDecay > 0)
            group.weightDecay = m_schedule->weightDecay();
    }
    m_lastStep = -1;
    m_folder.writeArgs(m_config);
    return true;
}

} // namespace torchdeck::engine

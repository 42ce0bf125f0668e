// SPDX-License-Identifier: GPL-3.0-or-later
// What a running session does with the batches of an epoch. On a GPU nothing here waits for the device: the next batch is
// copied while this one is trained, and losses are read when they have come.
#include "engine/core/autocast.h"
#include "engine/core/evaluation.h"
#include "engine/core/training_loaders.h"
#include "engine/core/training_session.h"

#include <ATen/ops/upsample_bilinear2d.h>

#include <algorithm>
#include <cmath>

namespace torchdeck::engine {

void TrainingSession::applySchedule(std::int64_t iteration, int epoch)
{
    for (Optimizer::Group &group : m_optimizer->groups()) {
        group.learningRate =
            m_schedule->learningRate(iteration, epoch, group.initialLearningRate, group.name == "bias");
        if (m_optimizer->usesMomentum())
            group.momentum = m_schedule->momentum(iteration, m_choice.momentum);
    }
}

TrainingSession::EpochOutcome TrainingSession::trainBatches(int epoch)
{
    m_model->train();
    m_frozen.holdStatistics(*m_model);
    m_clock.beginEpoch();
    m_mosaicClosed = m_mosaicClosed || !mosaicOpen(epoch);
    m_loss->setEpoch(epoch, m_config.epochs);
    if (m_ranks)
        m_loss->shareOverRanks(m_ranks->ranks().size,
                               [this](const at::Tensor &sums) { m_ranks->group().sum(sums); });
    m_trainLoader->startEpoch(epoch, !m_mosaicClosed, m_recoveries);
    m_feed->restart();
    m_late.clear();
    std::int64_t index = 0;
    for (; index < m_skipBatches; ++index)
        (void)m_trainLoader->next();
    if (m_skipBatches == 0)
        m_losses = {};
    m_skipBatches = 0;
    m_lossesAtStep = {};
    for (;;) {
        waitWhilePaused(position(epoch));
        if (m_control.pauseAsked() && m_stop.stop_requested()) // stopped while paused
            return settle(epoch, 0) ? EpochOutcome::Stopped : EpochOutcome::Repeat;
        const auto batch = m_feed->next();
        if (!batch)
            break;
        const std::int64_t stepBefore = m_lastStep;
        if (!trainBatch(*batch, epoch, index++))
            return EpochOutcome::Repeat;
        const bool last = index == m_trainLoader->batches();
        if (stopAgreed() && !last)
            return settle(epoch, 0) ? EpochOutcome::Stopped : EpochOutcome::Repeat;
        if (m_lastStep != stepBefore && timeIsUp()) // with no gradients left over
            break;
    }
    if (!settle(epoch, 0))
        return EpochOutcome::Repeat;
    m_clock.trainingDone();
    reportLoaderProblems();
    return EpochOutcome::Done;
}

at::Tensor TrainingSession::networkInput(const FedBatch &fed, std::int64_t iteration) const
{
    const Batch &batch = fed.batch;
    at::Tensor images = fed.images.defined() ? fed.images : imagesToTensor(batch, m_inputs.device);
    if (!m_arithmetic.channelsLast)
        images = images.contiguous();
    if (m_config.multiScale <= 0)
        return images;
    const int longest = std::max(batch.height, batch.width);
    const double factor = double(drawBatchSize(m_config, stride(), iteration)) / longest;
    if (factor == 1)
        return images;
    const auto side = [&](int pixels) {
        return static_cast<std::int64_t>(std::ceil(pixels * factor / stride())) * stride();
    };
    return at::upsample_bilinear2d(images, { side(batch.height), side(batch.width) },
                                   /*align_corners=*/false);
}

void TrainingSession::makeGraph()
{
    m_graph.reset();
    if (m_inputs.device.is_cpu() || m_ranks) // the ranks add up gradients while autograd makes them
        return;
    StepGraph::Hooks hooks;
    hooks.forward = [this](const at::Tensor &images) { return forward(images); };
    hooks.recorder = [device = m_inputs.device](const Recorder *beside) { return deviceRecorder(device, beside); };
    hooks.onFailure = [this](const std::string &why) {
        log(LogLevel::Warning, "This GPU's work cannot be recorded and repeated (" + why + "): training goes on without, a little slower.");
    };
    m_graph = std::make_unique<StepGraph>(m_model->parameters(), std::move(hooks));
}

void TrainingSession::dropGraph()
{
    if (m_graph)
        m_graph->drop();
}

nn::HeadOutput TrainingSession::forward(const at::Tensor &images)
{
    const Autocast autocast(m_inputs.device, m_arithmetic.bf16);
    return m_model->forward(images);
}

at::Tensor TrainingSession::backward(const FedBatch &fed, std::int64_t iteration)
{
    const at::Tensor images = networkInput(fed, iteration);
    m_networkWidth = static_cast<int>(images.size(3));
    const nn::HeadOutput output = m_graph ? m_graph->forward(images) : forward(images);
    const LossOutput loss = (*m_loss)(output, targetsToTensor(fed.batch), images.size(2), images.size(3));
    if (m_graph)
        m_graph->backward(loss.total);
    else
        loss.total.backward();
    return loss.items;
}

bool TrainingSession::trainBatch(const FedBatch &fed, int epoch, std::int64_t index)
{
    const std::int64_t iteration = index + m_trainLoader->batches() * epoch;
    applySchedule(iteration, epoch);
    const at::Tensor lossItems = m_ranks ? backwardOnRanks(fed, iteration) : backward(fed, iteration);
    if (iteration - m_lastStep >= m_schedule->accumulate(iteration)) {
        m_optimizer->step(m_graph && m_graph->active() ? Optimizer::Gradients::Zero : Optimizer::Gradients::Drop);
        if (isMain())
            m_ema->update();
        m_lastStep = iteration;
    }
    if (m_ranks)
        m_ranks->traceParameters(*m_model, iteration);
    m_late.push(lossItems, { index, fed.batch.size, static_cast<std::int64_t>(fed.batch.labels.size()), m_networkWidth,
                             m_lastStep == iteration });
    m_feed->stage();
    return settle(epoch, lossItems.is_cpu() ? 0 : 1);
}

bool TrainingSession::settle(int epoch, std::size_t mayWait)
{
    while (const auto batch = m_late.take(mayWait)) {
        const auto &[box, cls, dfl] = batch->items;
        if (!std::isfinite(box + cls + dfl))
            return false;
        m_losses.box += box;
        m_losses.cls += cls;
        m_losses.dfl += dfl;
        ++m_losses.batches;
        if (batch->note.stepped)
            m_lossesAtStep = m_losses;
        m_clock.batchDone();
        reportBatch(*batch, epoch);
    }
    return true;
}

} // namespace torchdeck::engine

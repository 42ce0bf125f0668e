// SPDX-License-Identifier: GPL-3.0-or-later
// What a session does together with the other processes of its training.
#include "engine/core/devices.h"
#include "engine/core/training_session.h"

#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

namespace torchdeck::engine {

namespace {

void checkSame(const RunInputs &inputs, ProcessGroup &group)
{
    const auto all = group.gather({ double(inputs.train->samples.size()), double(inputs.train->names.size()),
                                    double(inputs.train->instances) },
                                  ProcessGroup::longPatience);
    for (std::size_t rank = 1; rank < all.size(); ++rank) {
        if (all[rank] != all[0])
            throw EngineError(ErrorKind::Dataset,
                              "Rank " + std::to_string(rank) + " found "
                                  + std::to_string(std::int64_t(all[rank][0])) + " training images, rank 0 "
                                  + std::to_string(std::int64_t(all[0][0]))
                                  + " (or other labels): give all ranks the same data set.",
                              "data");
    }
}

c10::Device deviceOf(const Ranks &ranks)
{
    const auto gpus = std::ranges::count_if(
        devices(), [](const DeviceInfo &info) { return info.available && info.id != "cpu"; });
    if (ranks.localRank >= gpus)
        throw EngineError(ErrorKind::Argument,
                          "LOCAL_RANK=" + std::to_string(ranks.localRank) + " asks for a GPU of its own, and there are "
                              + std::to_string(gpus) + ": start that many processes, or use device=cpu.",
                          "device");
    return { c10::kCUDA, static_cast<c10::DeviceIndex>(ranks.localRank) };
}

} // namespace

RunInputs settleOnRanks(const TrainConfig &config, const std::stop_token &stop, DataParallel &ranks)
{
    RunInputs inputs;
    if (ranks.isMain()) {
        inputs = settleInputs(config, stop, ranks.ranks().localRank);
        (void)ranks.group().broadcastText(inputs.folder.string());
    } else {
        const std::string folder = ranks.group().broadcastText({});
        inputs = settleInputs(config, stop, ranks.ranks().localRank);
        inputs.folder = folder;
    }
    if (stop.stop_requested())
        return inputs;
    checkSame(inputs, ranks.group());
    const int batch = inputs.config.batch, size = ranks.ranks().size;
    if (batch < 1 || batch % size != 0)
        throw EngineError(ErrorKind::Argument,
                          "batch=" + trainArgumentText(inputs.config, "batch") + " cannot be shared by "
                              + std::to_string(size) + " processes: batch= is the total, give a multiple of "
                              + std::to_string(size) + ".",
                          "batch");
    if (inputs.device.is_cuda() && deviceList(inputs.config.device).size() < 2)
        inputs.device = deviceOf(ranks.ranks());
    return inputs;
}

TrainEnd TrainingSession::run()
{
    try {
        return train();
    } catch (const RankFailure &) {
        if (isMain())
            saveAfterLoss();
        throw;
    }
}

at::Tensor TrainingSession::backwardOnRanks(const FedBatch &fed, std::int64_t iteration)
{
    m_ranks->beginBackward();
    at::Tensor items;
    if (fed.batch.size > 0) {
        items = backward(fed, iteration);
    } else {
        m_loss->joinEmpty(m_inputs.spec.end2end, m_inputs.device);
        items = at::zeros({ 3 });
    }
    m_ranks->finishBackward();
    // Before the step, so that a rank lost here leaves the weights of the last one.
    const at::Tensor host = items.to(at::kCPU, at::kDouble).contiguous();
    const double *mine = host.const_data_ptr<double>();
    const bool late = m_config.time > 0 && m_clock.elapsed() > m_config.time * 3600;
    const auto all = m_ranks->group().gather(
        { mine[0], mine[1], mine[2], double(m_stop.stop_requested()), double(late) });
    std::vector<double> sum(3, 0);
    for (const std::vector<double> &rank : all) {
        for (std::size_t i = 0; i < sum.size(); ++i)
            sum[i] += rank[i];
        m_agreed.stop = m_agreed.stop || rank[3] != 0;
    }
    m_agreed.timeUp = all[0][4] != 0;
    return at::tensor(sum, at::kDouble);
}

bool TrainingSession::mainSays(bool value)
{
    return m_ranks ? m_ranks->group().gather({ double(value) })[0][0] != 0 : value;
}

bool TrainingSession::finishEpoch(int epoch)
{
    if (!m_ranks)
        return concludeEpoch(epoch);
    m_lossesAtStep = {}; // what rank 0 saves now holds them
    bool goOn = false;
    if (isMain()) {
        goOn = concludeEpoch(epoch);
    } else {
        m_trainLoader->prepareEpoch(epoch + 1, !m_mosaicClosed && mosaicOpen(epoch + 1));
        m_recoveries = 0;
        ++m_epochsDone;
    }
    const auto all = m_ranks->group().gather({ double(goOn), double(m_config.epochs), double(m_hasLast),
                                               double(m_stop.stop_requested()) },
                                             ProcessGroup::longPatience);
    m_config.epochs = static_cast<int>(all[0][1]);
    m_schedule->setEpochs(m_config.epochs);
    m_hasLast = all[0][2] != 0;
    for (const std::vector<double> &rank : all)
        m_agreed.stop = m_agreed.stop || rank[3] != 0;
    return all[0][0] != 0;
}

void TrainingSession::saveAfterLoss()
{
    if (!m_optimizer || m_lossesAtStep.batches == 0) { // nothing newer than the file of the last epoch
        log(LogLevel::Warning,
            m_hasLast ? "Another rank is gone: weights/last.pt holds the last epoch; resume=true goes on from there."
                      : "Another rank is gone before the first step: nothing is saved.");
        return;
    }
    Checkpoint c = snapshot(m_epoch - 1);
    c.gradients.clear(); // half averaged; the batches since the step are trained again
    c.batchesDone = m_lossesAtStep.batches;
    c.lossSums = { m_lossesAtStep.box, m_lossesAtStep.cls, m_lossesAtStep.dfl };
    saveCheckpoint(m_folder.last(), c);
    log(LogLevel::Warning,
        "Another rank is gone: saved epoch " + std::to_string(m_epoch + 1) + " after batch "
            + std::to_string(c.batchesDone) + "; resume=true goes on from there.");
}

} // namespace torchdeck::engine

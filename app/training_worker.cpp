// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/training_worker.h"

#include "app/rank_launcher.h"
#include "torchdeck/engine/trainer.h"

#include <QtCore/QCoreApplication>

namespace torchdeck::app {

RunFunction engineRunner(engine::Ranks ranks)
{
    return [ranks = std::move(ranks)](const engine::TrainConfig &config, engine::RunId run,
                                      engine::TrainObserver &observer, std::stop_token stop,
                                      engine::RunControl &control) {
        if (ranks.size > 1 || engine::deviceList(config.device).size() < 2 || !engine::deviceListProblem(config.device).empty())
            return engine::Trainer(config, run, ranks).run(observer, std::move(stop), control);
        RankLauncher others(config, QCoreApplication::applicationFilePath());
        engine::Trainer(config, run, others.ranks()).run(observer, std::move(stop), control);
        for (const QString &complaint : others.complaints())
            observer.onLog({ run, engine::LogLevel::Error, complaint.toStdString() });
    };
}

TrainingWorker::TrainingWorker(RunFunction runner)
    : m_runner(std::move(runner))
{
}

void TrainingWorker::run(const engine::TrainConfig &config, engine::RunId run, const std::stop_token &stop,
                         engine::RunControl &control)
{
    m_ended = false;
    m_failure.reset();
    engine::Failed failure;
    failure.run = run;
    failure.sentence = "Training ended without a result: this is a bug, please report it.";
    try {
        m_runner(config, run, *this, stop, control);
    } catch (const std::exception &error) {
        failure.sentence = std::string("Training failed: ") + error.what();
        failure.detail = error.what();
    } catch (...) {
        failure.sentence = "Training failed for an unknown reason.";
    }
    if (endOnce())
        Q_EMIT failed(m_failure ? *std::exchange(m_failure, {}) : failure);
}

bool TrainingWorker::endOnce() { return !std::exchange(m_ended, true); }

void TrainingWorker::onFinished(const engine::Finished &event)
{
    if (endOnce())
        Q_EMIT finished(event);
}

void TrainingWorker::onStopped(const engine::Stopped &event)
{
    if (endOnce())
        Q_EMIT stopped(event);
}

void TrainingWorker::onFailed(const engine::Failed &event)
{
    if (!m_ended)
        m_failure = event; // told by run(): what other ranks say of it comes first
}

} // namespace torchdeck::app

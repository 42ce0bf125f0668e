// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/training_controller.h"

namespace torchdeck::app {

TrainingController::TrainingController(RunFunction runner, QObject *parent)
    : QObject(parent)
    , m_worker(new TrainingWorker(std::move(runner)))
    , m_thread(startThread(QStringLiteral("training")))
{
    m_worker->moveToThread(m_thread.get());
    connect(m_thread.get(), &QThread::finished, m_worker, &QObject::deleteLater);
    connectWorker();
}

TrainingController::~TrainingController()
{
    skipFinalValidation();
    m_stop.request_stop();
}

template <typename Event>
void TrainingController::relay(void (TrainingWorker::*from)(const Event &),
                               void (TrainingController::*to)(const Event &), bool ends)
{
    connect(
        m_worker, from, this,
        [this, to, ends](const Event &event) {
            if (!m_active || event.run != m_run)
                return;
            Q_EMIT(this->*to)(event);
            if (ends)
                end();
        },
        Qt::QueuedConnection);
}

/// Every connection that crosses from the training thread to the main thread: queued, values only.
void TrainingController::connectWorker()
{
    using W = TrainingWorker;
    using C = TrainingController;
    relay(&W::pretrainRoutineStart, &C::pretrainRoutineStart);
    relay(&W::pretrainRoutineEnd, &C::pretrainRoutineEnd);
    relay(&W::trainStart, &C::trainStart);
    relay(&W::valStart, &C::valStart);
    relay(&W::predictStart, &C::predictStart);
    relay(&W::exportStart, &C::exportStart);
    relay(&W::fitEpochEnd, &C::fitEpochEnd);
    relay(&W::modelSave, &C::modelSave);
    relay(&W::trainEnd, &C::trainEnd);
    relay(&W::batchEnd, &C::batchEnd);
    relay(&W::valProgress, &C::valProgress);
    relay(&W::log, &C::log);
    relay(&W::runEvent, &C::runEvent);
    relay(&W::finished, &C::finished, true);
    relay(&W::stopped, &C::stopped, true);
    relay(&W::failed, &C::failed, true);
}

engine::RunId TrainingController::start(const engine::TrainConfig &config)
{
    if (m_active)
        return 0;
    m_active = true;
    m_stop = std::stop_source();
    m_control = std::make_shared<engine::RunControl>();
    const engine::RunId run = ++m_run;
    Q_EMIT started(run);
    QMetaObject::invokeMethod(
        m_worker,
        [worker = m_worker, config, run, token = m_stop.get_token(), control = m_control] {
            worker->run(config, run, token, *control);
        },
        Qt::QueuedConnection);
    return run;
}

void TrainingController::stop()
{
    if (m_active && m_stop.request_stop())
        Q_EMIT stopRequested(m_run);
}

void TrainingController::skipFinalValidation()
{
    if (m_active)
        m_control->skipFinalValidation();
}

void TrainingController::stopAfterEpoch(bool on)
{
    if (m_active)
        m_control->stopAfterEpoch(on);
}

void TrainingController::setPaused(bool paused)
{
    if (m_active)
        paused ? m_control->pause() : m_control->goOn();
}

void TrainingController::changePlan(const engine::PlanChange &change)
{
    if (m_active)
        m_control->change(change);
}

void TrainingController::end()
{
    m_active = false;
    Q_EMIT ended(m_run);
}

} // namespace torchdeck::app

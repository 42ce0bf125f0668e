// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/predict_job.h"

#include "torchdeck/engine/error.h"

namespace torchdeck::app {

PredictJob::PredictJob(QObject *parent)
    : QObject(parent)
{
}

PredictJob::~PredictJob() { m_stop.request_stop(); }

void PredictJob::cancel() { m_stop.request_stop(); }

void PredictJob::start(const engine::PredictConfig &config)
{
    m_stop.request_stop();
    m_stop = std::stop_source();
    const int number = ++m_number;
    // Posted to this object, so that nothing arrives once it is gone.
    const auto post = [this, number](auto what) {
        QMetaObject::invokeMethod(
            this,
            [this, number, what = std::move(what)] {
                if (number == m_number)
                    what();
            },
            Qt::QueuedConnection);
    };
    m_background.run(
        [this, post, config, stop = m_stop.get_token()](const std::stop_token &) {
            engine::TrainObserver nobody;
            try {
                (void)engine::predict(
                    config, nobody,
                    [this, &post](const engine::ImagePredictions &one) {
                        post([this, one] { Q_EMIT found(one); });
                    },
                    stop);
            } catch (const std::exception &error) {
                return QString::fromUtf8(error.what());
            }
            return QString();
        },
        [this, number](const QString &problem) {
            if (number == m_number)
                Q_EMIT ended(problem);
        });
}

} // namespace torchdeck::app

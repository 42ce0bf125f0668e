// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/preview_job.h"

namespace torchdeck::app {

PreviewJob::PreviewJob(QObject *parent)
    : QObject(parent)
{
}

PreviewJob::~PreviewJob() { m_stop.request_stop(); }

void PreviewJob::cancel() { m_stop.request_stop(); }

void PreviewJob::start(const engine::TrainConfig &config, int epoch, int count, bool anew)
{
    m_stop.request_stop();
    m_stop = std::stop_source();
    const int number = ++m_number;
    const auto show = [this, number](engine::PreviewImage image) {
        QMetaObject::invokeMethod(
            this,
            [this, number, image = std::move(image)] {
                if (number == m_number)
                    Q_EMIT made(image);
            },
            Qt::QueuedConnection);
    };
    m_background.run(
        [this, show, config, epoch, count, anew, stop = m_stop.get_token()](const std::stop_token &) {
            const std::lock_guard lock(m_mutex);
            Outcome outcome;
            try {
                if (anew)
                    m_previewer.forget();
                outcome.facts = m_previewer.make(config, epoch, count, show, stop);
            } catch (const std::exception &error) {
                outcome.problem = QString::fromUtf8(error.what());
            }
            return outcome;
        },
        [this, number](const Outcome &outcome) {
            if (number == m_number)
                Q_EMIT ended(outcome.facts, outcome.problem);
        });
}

} // namespace torchdeck::app

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/duplicate_job.h"

#include <atomic>
#include <chrono>

namespace torchdeck::app {

namespace {

constexpr std::chrono::milliseconds spacing { 100 };

/// Lets one caller of many threads through every `spacing`.
class Throttle {
public:
    bool pass()
    {
        const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
        auto last = m_last.load();
        return now - last >= std::chrono::steady_clock::duration(spacing).count()
            && m_last.compare_exchange_strong(last, now);
    }

private:
    std::atomic<std::chrono::steady_clock::rep> m_last { 0 };
};

} // namespace

DuplicateJob::DuplicateJob(QObject *parent)
    : QObject(parent)
{
}

DuplicateJob::~DuplicateJob() { m_stop.request_stop(); }

void DuplicateJob::cancel() { m_stop.request_stop(); }

void DuplicateJob::start(const QString &dataYaml)
{
    m_stop.request_stop();
    m_stop = std::stop_source();
    m_working = true;
    const int number = ++m_number;
    Q_EMIT progress(dataYaml, 0, 0);
    const auto tell = [this, number, dataYaml, throttle = std::make_shared<Throttle>()](qint64 done, qint64 total) {
        if (!throttle->pass())
            return;
        QMetaObject::invokeMethod(
            this,
            [this, number, dataYaml, done, total] {
                if (number == m_number && m_working)
                    Q_EMIT progress(dataYaml, done, total);
            },
            Qt::QueuedConnection);
    };
    m_background.run(
        [this, tell, dataYaml, stop = m_stop.get_token()](const std::stop_token &) {
            const std::lock_guard lock(m_mutex);
            Outcome outcome;
            try {
                outcome.report = m_finder.find(dataYaml.toStdString(), tell, stop);
            } catch (const std::exception &error) {
                outcome.problem = QString::fromUtf8(error.what());
            }
            return outcome;
        },
        [this, number, dataYaml](const Outcome &outcome) {
            if (number != m_number)
                return;
            m_working = false;
            Q_EMIT ended(dataYaml, outcome.report, outcome.problem);
        });
}

} // namespace torchdeck::app

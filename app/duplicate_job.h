// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/background.h"
#include "torchdeck/engine/duplicate_check.h"

#include <mutex>

namespace torchdeck::app {

/// Looks for images that are in train and in val off the main thread, one data set at a time: a new one ends the one
/// before. Signals come on the main thread and only of the newest.
class DuplicateJob : public QObject {
    Q_OBJECT
public:
    explicit DuplicateJob(QObject *parent = nullptr);
    ~DuplicateJob() override; ///< ends what goes on and waits

    void start(const QString &dataYaml);
    void cancel(); ///< ended() still comes, with `stopped` set
    [[nodiscard]] bool working() const { return m_working; }

Q_SIGNALS:
    void progress(const QString &dataYaml, qint64 done, qint64 total); ///< a few times a second; 0 of 0 at the start
    void ended(const QString &dataYaml, const torchdeck::engine::DuplicateReport &report, const QString &problem);

private:
    struct Outcome {
        engine::DuplicateReport report;
        QString problem;
    };
    std::stop_source m_stop;
    int m_number = 0;
    bool m_working = false;
    std::mutex m_mutex; ///< the finder takes one call at a time
    engine::DuplicateFinder m_finder;
    Background m_background; ///< destroyed first
};

} // namespace torchdeck::app

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/background.h"
#include "torchdeck/engine/predictor.h"

namespace torchdeck::app {

/// Runs predictions off the main thread, one at a time: a new one ends the one before. Signals come on the
/// main thread and only of the newest.
class PredictJob : public QObject {
    Q_OBJECT
public:
    explicit PredictJob(QObject *parent = nullptr);
    ~PredictJob() override; ///< ends what goes on and waits

    void start(const torchdeck::engine::PredictConfig &config);
    void cancel();

Q_SIGNALS:
    void found(const torchdeck::engine::ImagePredictions &predictions);
    void ended(const QString &problem); ///< empty = all done, or cancelled

private:
    std::stop_source m_stop;
    int m_number = 0;
    Background m_background; ///< destroyed first
};

} // namespace torchdeck::app

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/background.h"
#include "torchdeck/engine/batch_preview.h"

#include <mutex>

namespace torchdeck::app {

/// Makes preview images off the main thread, one preview at a time: a new one ends the one before. Signals come
/// on the main thread and only of the newest.
class PreviewJob : public QObject {
    Q_OBJECT
public:
    explicit PreviewJob(QObject *parent = nullptr);
    ~PreviewJob() override; ///< ends what goes on and waits

    /// `anew`: the data set may have changed, read it again.
    void start(const torchdeck::engine::TrainConfig &config, int epoch, int count, bool anew);
    void cancel(); ///< ended() still comes

Q_SIGNALS:
    void made(const torchdeck::engine::PreviewImage &image);
    void ended(const torchdeck::engine::PreviewFacts &facts, const QString &problem); ///< problem empty = all done

private:
    struct Outcome {
        engine::PreviewFacts facts;
        QString problem;
    };
    std::stop_source m_stop;
    int m_number = 0;
    std::mutex m_mutex; ///< the previewer takes one call at a time
    engine::BatchPreviewer m_previewer;
    Background m_background; ///< destroyed first
};

} // namespace torchdeck::app

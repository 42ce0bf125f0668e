// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/ranks.h"
#include "torchdeck/engine/train_config.h"

#include <QtCore/QTemporaryDir>

#include <memory>
#include <vector>

class QProcess;

namespace torchdeck::app {

/// device=0,1: the calling process trains as rank 0, and here the others are started: `torchdeck train` with the same
/// arguments, in the environment that torchrun would give them. They end with the thread that made this. One thread.
class RankLauncher {
public:
    RankLauncher(const engine::TrainConfig &config, const QString &program);
    ~RankLauncher(); ///< waits a moment for those that are ending by themselves
    RankLauncher(const RankLauncher &) = delete;
    RankLauncher &operator=(const RankLauncher &) = delete;

    [[nodiscard]] const engine::Ranks &ranks() const { return m_ranks; } ///< the caller's
    /// After the run: what the ranks said that failed, a sentence each.
    [[nodiscard]] QStringList complaints();

private:
    void start(int rank, const QStringList &words, const QString &program);

    engine::Ranks m_ranks;
    QTemporaryDir m_said; ///< a pipe that nobody reads would hold them up
    std::vector<std::unique_ptr<QProcess>> m_others;
};

} // namespace torchdeck::app

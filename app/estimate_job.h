// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/run_probe.h"

#include <QtCore/QObject>
#include <QtCore/QProcess>
#include <QtCore/QTemporaryDir>

#include <memory>

namespace torchdeck::app {

/// Measures what a run would need, in a process of its own (`torchdeck estimate`): memory that is refused, or taken
/// without end, ends that process and not the window. One at a time. Main thread.
class EstimateJob : public QObject {
    Q_OBJECT
public:
    /// `program`: the torchdeck executable; empty = this one.
    explicit EstimateJob(QString program = {}, QObject *parent = nullptr);
    ~EstimateJob() override; ///< kills what goes on

    void setProgram(const QString &program) { m_program = program; }
    void start(const torchdeck::engine::TrainConfig &config); ///< ends the one before
    void cancel(); ///< at once; ended() follows with `cancelled`
    [[nodiscard]] bool working() const { return m_process != nullptr; }

Q_SIGNALS:
    void progress(const QString &phase, int done, int total); ///< phases as probeRun() names them
    void measured(const torchdeck::engine::TrainConfig &config, const torchdeck::engine::RunProbe &probe);
    void ended(const QString &problem, bool cancelled); ///< after measured(), or instead of it

private:
    void readProgress();
    void finish(int code, QProcess::ExitStatus status);
    void drop();

    QString m_program;
    QProcess *m_process = nullptr;
    std::unique_ptr<QTemporaryDir> m_scratch; ///< of the process, so that nothing stays when it is killed
    engine::TrainConfig m_config;
    QByteArray m_errors;
    QString m_lastLine;
};

} // namespace torchdeck::app

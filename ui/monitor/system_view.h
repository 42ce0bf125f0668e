// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/series_buffer.h"
#include "ui/monitor/system_sample.h"

#include <QtCore/QElapsedTimer>
#include <QtCore/QTimer>
#include <QtWidgets/QWidget>

#include <memory>

class QLabel;

namespace torchdeck::ui {

class ChartCard;

/// Processor, memory, disk and GPU while a run is going on, and one sentence on what limits it. Sampled every two seconds
/// from the run's start to its end, drawn only while visible.
class SystemView : public QWidget {
    Q_OBJECT
public:
    explicit SystemView(QWidget *parent = nullptr);
    void startRun();
    void setDevice(const QString &device); ///< as the engine names it
    void endRun();
    void addSample(double seconds, const SystemLoad &load); ///< since the start
    [[nodiscard]] QString verdictText() const;
    [[nodiscard]] bool sampling() const { return m_timer.isActive(); }
    [[nodiscard]] ChartCard *shares() const { return m_shares; }
    void setMeter(std::shared_ptr<GpuMeter> meter) { m_meter = std::move(meter); } ///< a test's
    [[nodiscard]] std::size_t samples() const { return m_cpu.count(); }

Q_SIGNALS:
    void notice(const QString &sentence, bool error);

protected:
    void showEvent(QShowEvent *event) override;

private:
    void sample();
    void askGpu();
    void draw();
    void showGpuLines();

    QLabel *m_verdict;
    ChartCard *m_shares;
    ChartCard *m_disk;
    SeriesBuffer m_cpu, m_memory, m_diskBusy, m_diskRate, m_gpuBusy, m_gpuMemory;
    std::optional<SystemCounters> m_before;
    SystemLoad m_recent; ///< moving average, so that the sentence does not flicker
    bool m_gpu = false;
    QString m_device; ///< as the engine names it
    std::shared_ptr<GpuMeter> m_meter; ///< asked on another thread, one question at a time
    std::optional<GpuLoad> m_gpuLoad; ///< its last answer
    bool m_asking = false;
    bool m_gpuShown = false;
    QTimer m_timer;
    QElapsedTimer m_clock;
};

} // namespace torchdeck::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/monitor/system_view.h"

#include "ui/charts/chart_card.h"
#include "ui/format.h"
#include "ui/widgets/off_thread.h"

#include <QtWidgets/QVBoxLayout>

#include <cmath>

namespace torchdeck::ui {

namespace {

constexpr int sampleMs = 2000;
constexpr double recentWeight = 0.8; ///< of the past: about ten seconds
constexpr double mebibyte = 1024.0 * 1024.0;

QString percentWords(double share) { return QLocale().toString(share * 100, 'f', 0) + QStringLiteral(" %"); }

} // namespace

SystemView::SystemView(QWidget *parent)
    : QWidget(parent)
    , m_verdict(makeLabel({}, nullptr, 1.05, QFont::DemiBold))
    , m_shares(new ChartCard(tr("Processor, memory, disk"), tr("minutes")))
    , m_disk(new ChartCard(tr("Disk, read and written"), tr("minutes")))
    , m_meter(std::make_shared<GpuMeter>())
{
    m_verdict->setWordWrap(true);
    LineChart *shares = m_shares->chart();
    shares->addLine({ tr("Processor"), &SeriesColors::blue, 2.0 });
    shares->addLine({ tr("Memory"), &SeriesColors::orange, 2.0 });
    shares->addLine({ tr("Disk busy"), &SeriesColors::green, 2.0, Qt::DotLine });
    shares->setYLimit(100);
    shares->setYWords([](double value) { return percentWords(value / 100); });
    m_disk->chart()->addLine({ tr("MiB/s"), &SeriesColors::purple, 2.0 });
    m_shares->legend()->setEntries({ { tr("Processor"), &SeriesColors::blue, Qt::SolidLine, {} },
                                     { tr("Memory"), &SeriesColors::orange, Qt::SolidLine, {} },
                                     { tr("Disk busy"), &SeriesColors::green, Qt::DotLine, QStringLiteral("-") } });
    m_disk->legend()->setEntries({ { tr("MiB/s"), &SeriesColors::purple, Qt::SolidLine, {} } });
    for (ChartCard *card : { m_shares, m_disk }) {
        card->chart()->setXWords([this](double x) { return tr("%1 min").arg(QLocale().toString(x, 'f', 1)); });
        card->chart()->setEmptyText(tr("Measured while a run is going on"));
        card->setMinimumHeight(170);
        connect(card, &ChartCard::notice, this, &SystemView::notice);
    }
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(space::m);
    layout->addWidget(m_verdict);
    layout->addWidget(m_shares, 3);
    layout->addWidget(m_disk, 2);
    m_timer.setInterval(sampleMs);
    connect(&m_timer, &QTimer::timeout, this, &SystemView::sample);
}

void SystemView::startRun()
{
    for (SeriesBuffer *buffer : { &m_cpu, &m_memory, &m_diskBusy, &m_diskRate, &m_gpuBusy, &m_gpuMemory })
        buffer->clear();
    m_shares->chart()->clearLines();
    m_disk->chart()->clearLines();
    m_recent = {};
    m_gpu = false;
    m_device.clear();
    m_gpuLoad.reset();
    m_verdict->setText(tr("What limits the run shows after some seconds."));
    m_before.reset();
    m_clock.start();
    m_timer.start();
    sample();
}

void SystemView::setDevice(const QString &device)
{
    m_gpu = device.startsWith(QLatin1String("CUDA"), Qt::CaseInsensitive);
    m_device = device;
    askGpu();
}

/// The answer counts from the next sample on: the driver may take its time.
void SystemView::askGpu()
{
    if (!m_gpu || m_asking)
        return;
    m_asking = true;
    offThread(
        this, [meter = m_meter, device = m_device] { return meter->read(device); },
        [this, device = m_device](const std::optional<GpuLoad> &load) {
            m_asking = false;
            m_gpuLoad = device == m_device ? load : std::nullopt;
        });
}

void SystemView::showGpuLines()
{
    m_gpuShown = true;
    m_shares->chart()->addLine({ tr("GPU"), &SeriesColors::purple, 2.0 });
    m_shares->chart()->addLine({ tr("GPU memory"), &SeriesColors::purple, 2.0, Qt::DashLine });
    m_shares->legend()->setEntries({ { tr("Processor"), &SeriesColors::blue, Qt::SolidLine, {} },
                                     { tr("Memory"), &SeriesColors::orange, Qt::SolidLine, {} },
                                     { tr("Disk busy"), &SeriesColors::green, Qt::DotLine, QStringLiteral("-") },
                                     { tr("GPU"), &SeriesColors::purple, Qt::SolidLine, {} },
                                     { tr("GPU memory"), &SeriesColors::purple, Qt::DashLine, {} } });
}

void SystemView::endRun() { m_timer.stop(); }

void SystemView::sample()
{
    const auto now = readCounters(m_clock.elapsed());
    if (!now) {
        m_timer.stop();
        m_verdict->setText(tr("This system does not tell its load (there is no /proc)."));
        return;
    }
    if (m_before) {
        SystemLoad load = loadBetween(*m_before, *now);
        load.gpu = m_gpuLoad;
        addSample(static_cast<double>(now->atMs) / 1000, load);
    }
    askGpu();
    m_before = now;
}

void SystemView::addSample(double seconds, const SystemLoad &load)
{
    const double minutes = seconds / 60;
    const double past = m_cpu.empty() ? 0 : recentWeight;
    const auto blend = [past](double &mean, double value) { mean = past * mean + (1 - past) * value; };
    m_cpu.add(minutes, load.cpu * 100);
    m_memory.add(minutes, load.memory * 100);
    m_diskBusy.add(minutes, load.diskBusy * 100);
    m_diskRate.add(minutes, load.diskBytesPerSecond / mebibyte);
    blend(m_recent.cpu, load.cpu);
    blend(m_recent.memory, load.memory);
    blend(m_recent.diskBusy, load.diskBusy);
    if (load.gpu) {
        if (!m_gpuShown)
            showGpuLines();
        m_gpuBusy.add(minutes, load.gpu->busy * 100);
        m_gpuMemory.add(minutes, load.gpu->memory * 100);
        if (!m_recent.gpu)
            m_recent.gpu = load.gpu;
        blend(m_recent.gpu->busy, load.gpu->busy);
    }
    m_shares->legend()->setValue(0, percentWords(load.cpu));
    m_shares->legend()->setValue(1, percentWords(load.memory));
    m_shares->legend()->setValue(2, percentWords(load.diskBusy));
    if (m_gpuShown) {
        m_shares->legend()->setValue(3, load.gpu ? percentWords(load.gpu->busy) : QStringLiteral("-"));
        m_shares->legend()->setValue(4, load.gpu ? percentWords(load.gpu->memory) : QStringLiteral("-"));
    }
    m_disk->legend()->setValue(0, metricWords(load.diskBytesPerSecond / mebibyte));
    m_verdict->setText(verdict(m_recent, m_gpu));
    if (isVisible())
        draw();
}

void SystemView::draw()
{
    m_shares->chart()->setLine(0, m_cpu.points());
    m_shares->chart()->setLine(1, m_memory.points());
    m_shares->chart()->setLine(2, m_diskBusy.points());
    if (m_gpuShown) {
        m_shares->chart()->setLine(3, m_gpuBusy.points());
        m_shares->chart()->setLine(4, m_gpuMemory.points());
    }
    m_shares->chart()->fitAxes(false, true);
    m_disk->chart()->setLine(0, m_diskRate.points());
    m_disk->chart()->fitAxes(false, true);
    for (ChartCard *card : { m_shares, m_disk })
        card->chart()->setAccessibleDescription(card->legend()->text());
}

void SystemView::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    draw();
}

QString SystemView::verdictText() const { return m_verdict->text(); }

} // namespace torchdeck::ui

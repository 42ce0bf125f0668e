// SPDX-License-Identifier: GPL-3.0-or-later
// The live charts of a run, as the window has them, offscreen: what an update costs as the run gets longer.
//   bench_chart [UPDATES=200] [REAL_SECONDS=10]
// "live": RunCharts with 10 to 100,000 batches behind it (four lines a batch; ten lines drawn in two charts). One more batch
// comes in, both charts are drawn anew and painted: processor time of the main thread, medians of UPDATES.
// "whole_line": a LineChart that is given six lines of as many points at once, as a page of a finished run does, and then zoomed.
// "hour": 36,000 batches, one each 100 ms, an epoch a minute: every 36th update is drawn and painted and counts 36 times; then
// REAL_SECONDS more in real time with the window's own timer, as a share of one core.
// Ratios, above 1 = better: 1,000 points by 100,000 points (1 = length costs nothing), a frame's 16 ms by the longest event.
#include "app/startup_report.h"
#include "bench/machine.h"
#include "bench/timing.h"
#include "ui/charts/run_charts.h"
#include "ui/theme.h"

#include <QtCore/QElapsedTimer>
#include <QtCore/QJsonDocument>
#include <QtWidgets/QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>
#include <string>

using namespace torchdeck;

namespace {

using app::MeteredApplication;
using bench::median;
using bench::rounded;

constexpr double frameMs = 16;
constexpr int lengths[] = { 10, 1'000, 10'000, 100'000 };
constexpr int batchesAnEpoch = 600;

double threadMs() { return bench::seconds(CLOCK_THREAD_CPUTIME_ID) * 1e3; }

MeteredApplication &metered() { return *static_cast<MeteredApplication *>(QCoreApplication::instance()); }

/// A run's batches and epochs, noisy as real ones.
class Run {
public:
    engine::BatchEnd batch()
    {
        engine::BatchEnd event;
        event.epoch = int(m_batches / batchesAnEpoch);
        event.batch = m_batches % batchesAnEpoch;
        event.batches = batchesAnEpoch;
        const double fall = 1 + 2 / (1 + double(m_batches) / 2000);
        event.boxLoss = fall + m_noise(m_random);
        event.clsLoss = 1.5 * fall + m_noise(m_random);
        event.dflLoss = 0.8 * fall + m_noise(m_random);
        event.learningRate = 0.01 * (1 - double(m_batches % 90'000) / 1e5);
        ++m_batches;
        return event;
    }
    [[nodiscard]] bool epochEnds() const { return m_batches % batchesAnEpoch == 0; }
    engine::FitEpochEnd epoch()
    {
        engine::FitEpochEnd event;
        event.epoch = int(m_batches / batchesAnEpoch) - 1;
        const double good = 1 - std::exp(-event.epoch / 30.0) + m_noise(m_random) / 10;
        for (const char *key : { "metrics/precision(B)", "metrics/recall(B)", "metrics/mAP50(B)", "metrics/mAP50-95(B)",
                                 "val/box_loss", "val/cls_loss", "val/dfl_loss" })
            event.metrics.emplace_back(key, good);
        for (const char *key : { "train/box_loss", "train/cls_loss", "train/dfl_loss" })
            event.trainLosses.emplace_back(key, 3 - 2 * good);
        for (const char *key : { "lr/pg0", "lr/pg1", "lr/pg2" })
            event.learningRates.emplace_back(key, 0.01);
        return event;
    }

private:
    std::int64_t m_batches = 0;
    std::mt19937 m_random { 5 };
    std::normal_distribution<double> m_noise { 0, 0.15 };
};

void append(ui::RunCharts &charts, Run &run)
{
    charts.addBatch(run.batch());
    if (run.epochEnds())
        charts.addEpoch(run.epoch());
}

/// A window of the usual size around `content`.
std::unique_ptr<QWidget> windowAround(QWidget *content)
{
    auto window = std::make_unique<QWidget>();
    ui::applyTheme(*window);
    auto *layout = new QVBoxLayout(window.get());
    layout->addWidget(content);
    window->resize(1000, 700);
    window->show();
    for (int i = 0; i < 5; ++i)
        QCoreApplication::processEvents();
    return window;
}

QJsonObject longest()
{
    return { { QStringLiteral("wall_ms"), rounded(metered().longestClockMs()) },
             { QStringLiteral("thread_cpu_ms"), rounded(metered().longestThreadMs()) },
             { QStringLiteral("frame_by_thread_cpu"), rounded(frameMs / std::max(metered().longestThreadMs(), 1e-3)) } };
}

struct Costs {
    double append = 0, draw = 0, paint = 0; ///< ms
    [[nodiscard]] double update() const { return append + draw + paint; }
};

Costs liveCosts(int batches, int updates, QJsonObject &answer)
{
    auto *charts = new ui::RunCharts;
    const auto window = windowAround(charts);
    Run run;
    const double before = threadMs();
    for (int i = 0; i < batches; ++i)
        append(*charts, run);
    const double filling = (threadMs() - before) / batches;
    charts->refreshNow();
    QCoreApplication::processEvents();
    metered().restart();
    std::vector<double> draws, paints;
    for (int i = 0; i < updates; ++i) {
        append(*charts, run);
        const double start = threadMs();
        charts->refreshNow(); // both charts that a batch changes; the window's timer takes one in a turn
        const double drawn = threadMs();
        QCoreApplication::processEvents(); // the repaints
        draws.push_back(drawn - start);
        paints.push_back(threadMs() - drawn);
    }
    const Costs costs { filling, median(draws), median(paints) };
    answer = { { QStringLiteral("batches"), batches },
               { QStringLiteral("append_us"), rounded(costs.append * 1e3) },
               { QStringLiteral("draw_ms"), rounded(costs.draw) },
               { QStringLiteral("paint_ms"), rounded(costs.paint) },
               { QStringLiteral("longest_event"), longest() } };
    return costs;
}

struct WholeCosts {
    double set = 0, repaint = 0, zoom = 0; ///< ms
};

WholeCosts wholeCosts(int count, int updates, QJsonObject &answer)
{
    auto *chart = new ui::LineChart;
    const auto window = windowAround(chart);
    std::mt19937 random(7);
    std::normal_distribution<double> noise(0, 0.1);
    constexpr int series = 6;
    std::vector<std::vector<ui::ChartPoint>> lines(series, std::vector<ui::ChartPoint>(std::size_t(count)));
    for (int s = 0; s < series; ++s) {
        chart->addLine({ QString::number(s) });
        for (int i = 0; i < count; ++i)
            lines[std::size_t(s)][std::size_t(i)] = { double(i), s + noise(random) };
    }
    std::vector<double> sets, repaints, zooms;
    for (int i = 0; i < std::max(5, updates / 10); ++i) {
        auto given = lines;
        const double start = threadMs();
        for (int s = 0; s < series; ++s)
            chart->setLine(s, std::move(given[std::size_t(s)]));
        chart->fitAxes(false, true);
        sets.push_back(threadMs() - start);
        QCoreApplication::processEvents();
    }
    for (int i = 0; i < updates; ++i) {
        const double start = threadMs();
        chart->viewport()->repaint();
        const double painted = threadMs();
        chart->setView(count * 0.001 * (i % 300), count * (0.4 + 0.001 * (i % 300)));
        QCoreApplication::processEvents();
        repaints.push_back(painted - start);
        zooms.push_back(threadMs() - painted);
    }
    const WholeCosts costs { median(sets), median(repaints), median(zooms) };
    answer = { { QStringLiteral("points_a_line"), count },
               { QStringLiteral("lines"), series },
               { QStringLiteral("set_points_ms"), rounded(costs.set) },
               { QStringLiteral("repaint_ms"), rounded(costs.repaint) },
               { QStringLiteral("move_and_repaint_ms"), rounded(costs.zoom) } };
    return costs;
}

QJsonObject hour(double realSeconds)
{
    constexpr int perHour = 36'000, every = 36;
    auto *charts = new ui::RunCharts;
    const auto window = windowAround(charts);
    Run run;
    metered().restart();
    double appends = 0, updates = 0;
    for (int i = 0; i < perHour; ++i) {
        const double start = threadMs();
        append(*charts, run);
        appends += threadMs() - start;
        if (i % every != 0)
            continue;
        const double drawing = threadMs();
        charts->refreshNow();
        QCoreApplication::processEvents();
        updates += threadMs() - drawing;
    }
    const double sampled = (appends + updates * every) / 1e3;
    QTimer batches;
    QObject::connect(&batches, &QTimer::timeout, charts, [&] { append(*charts, run); });
    batches.start(100);
    QElapsedTimer clock;
    clock.start();
    const double before = threadMs();
    QTimer::singleShot(std::chrono::milliseconds(std::int64_t(realSeconds * 1e3)), &metered(), &QCoreApplication::quit);
    QCoreApplication::exec();
    const double share = (threadMs() - before) / double(std::max<qint64>(clock.elapsed(), 1));
    return { { QStringLiteral("main_thread_cpu_seconds"), rounded(sampled) },
             { QStringLiteral("share_of_a_core"), rounded(sampled / 3600) },
             { QStringLiteral("share_of_a_core_in_real_time_after_it"), rounded(share) },
             { QStringLiteral("longest_event"), longest() } };
}

} // namespace

int main(int count, char **arguments)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    MeteredApplication application(count, arguments);
    const int updates = count > 1 ? std::max(1, std::atoi(arguments[1])) : 200;
    const double realSeconds = count > 2 ? std::atof(arguments[2]) : 10;
    const QJsonObject before = bench::machine();
    QJsonArray live, whole;
    std::map<int, Costs> costs;
    std::map<int, WholeCosts> wholes;
    for (const int length : lengths) {
        QJsonObject row;
        costs[length] = liveCosts(length, updates, row);
        live.append(row);
        wholes[length] = wholeCosts(length, updates, row);
        whole.append(row);
    }
    const auto ratio = [](double shorter, double longer) { return rounded(shorter / std::max(longer, 1e-6)); };
    const QJsonObject answer {
        { QStringLiteral("machine_before"), before },
        { QStringLiteral("updates"), updates },
        { QStringLiteral("live"), live },
        { QStringLiteral("whole_line"), whole },
        { QStringLiteral("time_at_1000_by_time_at_100000"),
          QJsonObject { { QStringLiteral("append"), ratio(costs[1'000].append, costs[100'000].append) },
                        { QStringLiteral("update"), ratio(costs[1'000].update(), costs[100'000].update()) },
                        { QStringLiteral("repaint"), ratio(wholes[1'000].repaint, wholes[100'000].repaint) },
                        { QStringLiteral("move_and_repaint"), ratio(wholes[1'000].zoom, wholes[100'000].zoom) } } },
        { QStringLiteral("hour"), hour(realSeconds) },
        { QStringLiteral("machine_after"), bench::machine() },
    };
    std::fputs(QJsonDocument(answer).toJson().constData(), stdout);
    return 0;
}

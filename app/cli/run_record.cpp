// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/run_record.h"

#include "app/text.h"

#include <QtCore/QFile>

#include <algorithm>
#include <array>

#include <unistd.h>

namespace torchdeck::app::cli {

double median(std::vector<double> values)
{
    if (values.empty())
        return 0;
    std::ranges::sort(values);
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

QJsonObject metricsJson(const engine::Metrics &metrics, double fitness)
{
    constexpr std::array keys { "metrics/precision(B)", "metrics/recall(B)", "metrics/mAP50(B)",
                                "metrics/mAP50-95(B)" };
    QJsonObject object;
    for (const char *key : keys)
        object.insert(QLatin1String(key), engine::metricValue(metrics, key, 0.0));
    object.insert(QStringLiteral("fitness"), engine::metricValue(metrics, "fitness", fitness));
    return object;
}

QJsonObject speedJson(const engine::ImageSpeed &speed)
{
    return { { QStringLiteral("preprocess"), speed.preprocess },
             { QStringLiteral("inference"), speed.inference },
             { QStringLiteral("postprocess"), speed.postprocess } };
}

QString speedText(const engine::ImageSpeed &speed)
{
    const auto ms = [](double value) { return QString::number(value, 'f', 1); };
    return QStringLiteral("Speed: %1ms preprocess, %2ms inference, %3ms postprocess")
        .arg(ms(speed.preprocess), ms(speed.inference), ms(speed.postprocess));
}

double processSeconds()
{
    constexpr int kStartTime = 22; // of proc(5)'s stat; the second field, a name in brackets, may hold blanks
    QFile stat(QStringLiteral("/proc/self/stat")), uptime(QStringLiteral("/proc/uptime"));
    if (!stat.open(QIODevice::ReadOnly) || !uptime.open(QIODevice::ReadOnly))
        return 0;
    const QByteArray line = stat.readAll();
    const QByteArrayList fields = line.mid(line.lastIndexOf(')') + 2).split(' ');
    const double now = uptime.readAll().split(' ').first().toDouble();
    return fields.size() > kStartTime - 3 ? now - fields[kStartTime - 3].toDouble() / double(sysconf(_SC_CLK_TCK)) : 0;
}

void RunRecord::onBatchEnd()
{
    if (m_firstStepSeconds == 0)
        m_firstStepSeconds = processSeconds();
}

void RunRecord::onFitEpochEnd(const engine::FitEpochEnd &event)
{
    if (event.finalEval) {
        m_fitness = event.fitness;
        return;
    }
    m_fitness = event.bestFitness;
    if (event.replayed)
        return;
    m_epochSeconds.push_back(event.epochSeconds);
    m_trainSeconds += event.trainSeconds;
}

QJsonObject RunRecord::json(const engine::TrainEnd &end, double wallSeconds, double peakRssMiB) const
{
    const double images = double(m_trainImages) * double(m_epochSeconds.size());
    const std::filesystem::path &saveDir = end.saveDir.empty() ? m_saveDir : end.saveDir;
    return {
        { QStringLiteral("metrics"), metricsJson(end.metrics, m_fitness) },
        { QStringLiteral("wall_seconds"), wallSeconds },
        { QStringLiteral("median_epoch_seconds"), median(m_epochSeconds) },
        { QStringLiteral("images_per_second"), m_trainSeconds > 0 ? images / m_trainSeconds : 0.0 },
        { QStringLiteral("peak_rss_mib"), peakRssMiB },
        { QStringLiteral("save_dir"), pathText(saveDir) },
        { QStringLiteral("epochs"), end.epochsDone },
        { QStringLiteral("best_epoch"), end.epochsDone > 0 ? end.bestEpoch + 1 : 0 },
        { QStringLiteral("stopped"), end.stopped },
        { QStringLiteral("early_stopped"), end.earlyStopped },
        { QStringLiteral("first_step_seconds"), m_firstStepSeconds },
    };
}

} // namespace torchdeck::app::cli

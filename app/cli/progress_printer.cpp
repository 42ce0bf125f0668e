// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/progress_printer.h"

#include "app/text.h"

#include <QtCore/QStringList>

#include <algorithm>
#include <chrono>

namespace torchdeck::app::cli {

namespace {

constexpr double secondsBetweenLines = 5.0;
constexpr double secondsBetweenRepaints = 0.1;

double steadySeconds()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

QString fixed(double value, int digits) { return QString::number(value, 'f', digits); }

double metric(const engine::Metrics &metrics, const char *key)
{
    return engine::metricValue(metrics, key, 0.0);
}

QString scores(const engine::Metrics &metrics)
{
    return QStringLiteral("P %1  R %2  mAP50 %3  mAP50-95 %4")
        .arg(fixed(metric(metrics, "metrics/precision(B)"), 3),
             fixed(metric(metrics, "metrics/recall(B)"), 3), fixed(metric(metrics, "metrics/mAP50(B)"), 3),
             fixed(metric(metrics, "metrics/mAP50-95(B)"), 3));
}

} // namespace

QString batchLine(const engine::BatchEnd &event)
{
    QStringList parts {
        QStringLiteral("epoch %1/%2").arg(event.epoch + 1).arg(event.epochs),
        QStringLiteral("batch %1/%2").arg(event.batch + 1).arg(event.batches),
        QStringLiteral("box %1  cls %2  dfl %3")
            .arg(fixed(event.meanBoxLoss, 3), fixed(event.meanClsLoss, 3), fixed(event.meanDflLoss, 3)),
        QStringLiteral("%1 img/s").arg(fixed(event.imagesPerSecond, event.imagesPerSecond < 10 ? 1 : 0)),
        QStringLiteral("left: epoch %1, run %2")
            .arg(durationText(event.epochSecondsLeft), durationText(event.runSecondsLeft)),
    };
    if (event.memoryMiB > 0)
        parts << QStringLiteral("%1 MiB").arg(fixed(event.memoryMiB, 0));
    return parts.join(QStringLiteral("  "));
}

QString epochLine(const engine::FitEpochEnd &event)
{
    if (event.finalEval)
        return QStringLiteral("best model (epoch %1): %2")
            .arg(event.bestEpoch + 1)
            .arg(scores(event.metrics));
    QString line = QStringLiteral("epoch %1/%2 done in %3: %4")
                       .arg(event.epoch + 1)
                       .arg(event.epochs)
                       .arg(durationText(event.epochSeconds), scores(event.metrics));
    if (event.bestEpoch == event.epoch)
        line += QStringLiteral("  (best so far)");
    return line;
}

QString classTable(const std::vector<engine::ClassMetrics> &classes, const engine::Metrics &all,
                   std::int64_t images, bool rows)
{
    const auto row = [](const QString &name, std::int64_t count, std::int64_t instances, double p, double r,
                        double m50, double m) {
        return QStringLiteral("%1 %2 %3 %4 %5 %6 %7\n")
            .arg(name, -24)
            .arg(count, 8)
            .arg(instances, 10)
            .arg(fixed(p, 3), 8)
            .arg(fixed(r, 3), 8)
            .arg(fixed(m50, 3), 8)
            .arg(fixed(m, 3), 9);
    };
    QString text = QStringLiteral("%1 %2 %3 %4 %5 %6 %7\n")
                       .arg(QStringLiteral("Class"), -24)
                       .arg(QStringLiteral("Images"), 8)
                       .arg(QStringLiteral("Instances"), 10)
                       .arg(QStringLiteral("Box(P"), 8)
                       .arg(QStringLiteral("R"), 8)
                       .arg(QStringLiteral("mAP50"), 8)
                       .arg(QStringLiteral("mAP50-95)"), 9);
    std::int64_t instances = 0;
    for (const engine::ClassMetrics &one : classes)
        instances += one.instances;
    text += row(QStringLiteral("all"), images, instances, metric(all, "metrics/precision(B)"),
                metric(all, "metrics/recall(B)"), metric(all, "metrics/mAP50(B)"),
                metric(all, "metrics/mAP50-95(B)"));
    for (const engine::ClassMetrics &one : rows ? classes : std::vector<engine::ClassMetrics>())
        text += row(QString::fromStdString(one.name), one.images, one.instances, one.precision, one.recall,
                    one.map50, one.map5095);
    text.chop(1);
    return text;
}

ProgressPrinter::ProgressPrinter(Console &console, Clock clock)
    : m_console(console)
    , m_clock(clock ? std::move(clock) : Clock(steadySeconds))
{
}

bool ProgressPrinter::due(bool first)
{
    const double now = m_clock();
    const double spacing = m_console.terminal() ? secondsBetweenRepaints : secondsBetweenLines;
    if (!first && now - m_lastLine < spacing)
        return false;
    m_lastLine = now;
    return true;
}

void ProgressPrinter::show(const QString &text, bool first)
{
    if (!due(first))
        return;
    if (m_console.terminal())
        m_console.status(text);
    else
        m_console.line(text);
}

void ProgressPrinter::onPretrainRoutineStart(const engine::PretrainRoutineStart &event)
{
    m_console.line(QStringLiteral("%1 %2, saving to %3")
                       .arg(event.resumed ? QStringLiteral("Resuming") : QStringLiteral("Training"),
                            QString::fromStdString(event.config.model), pathText(event.saveDir)));
}

void ProgressPrinter::onPretrainRoutineEnd(const engine::PretrainRoutineEnd &event)
{
    m_epochs = event.epochs;
    const engine::ModelSummary &model = event.model;
    const engine::DatasetSummary &data = event.dataset;
    m_console.line(QStringLiteral("%1: %2 layers, %3 parameters, %4 GFLOPs; %5; %6")
                       .arg(QString::fromStdString(model.name))
                       .arg(model.layers)
                       .arg(model.parameters)
                       .arg(fixed(model.gflops, 1), QString::fromStdString(event.device),
                            QString::fromStdString(event.optimizer)));
    m_console.line(QStringLiteral("%1: %2 images to train, %3 to validate, %4 classes")
                       .arg(QString::fromStdString(data.name))
                       .arg(data.trainImages)
                       .arg(data.valImages)
                       .arg(data.classNames.size()));
}

void ProgressPrinter::onBatchEnd(const engine::BatchEnd &event)
{
    const bool last = event.batch + 1 == event.batches;
    show(batchLine(event), event.batch == 0 || (last && m_console.terminal()));
}

void ProgressPrinter::onValProgress(const engine::ValProgress &event)
{
    const QString epoch =
        m_epochs > 0 ? QStringLiteral("epoch %1/%2  ").arg(event.epoch + 1).arg(m_epochs) : QString();
    show(epoch + QStringLiteral("validating, batch %1/%2").arg(event.batch + 1).arg(event.batches), false);
}

void ProgressPrinter::onFitEpochEnd(const engine::FitEpochEnd &event)
{
    if (!event.replayed)
        m_console.line(epochLine(event));
}

void ProgressPrinter::onLog(const engine::LogLine &event)
{
    const QString text = QString::fromStdString(event.text);
    switch (event.level) {
    case engine::LogLevel::Debug:
        break;
    case engine::LogLevel::Info:
        m_console.line(text);
        break;
    case engine::LogLevel::Warning:
        m_console.line(QStringLiteral("Warning: ") + text);
        break;
    case engine::LogLevel::Error:
        m_console.line(QStringLiteral("Error: ") + text);
        break;
    }
}

} // namespace torchdeck::app::cli

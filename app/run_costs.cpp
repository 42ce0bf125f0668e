// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/run_costs.h"

#include "app/state_paths.h"

#include <QtCore/QFile>
#include <QtCore/QFileInfo>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QLoggingCategory>
#include <QtCore/QSaveFile>

#include <algorithm>
#include <cmath>
#include <numeric>

Q_LOGGING_CATEGORY(costsLog, "torchdeck.app.costs")

namespace torchdeck::app {

namespace {

constexpr qsizetype mostCosts = 400;
constexpr qint64 mostBytes = 4 << 20;
constexpr double leastSpread = 0.05; ///< of several runs: machines differ from day to day
constexpr double spreadOfOneRun = 0.1;
constexpr double spreadOfProbe = 0.15;
constexpr double mostSpread = 0.6; ///< beyond, the machine was busy with something else

double mean(const std::vector<double> &values)
{
    return values.empty() ? 0 : std::accumulate(values.begin(), values.end(), 0.0) / double(values.size());
}

/// What one disturbed step does not change.
double median(std::vector<double> values)
{
    if (values.empty())
        return 0;
    std::ranges::sort(values);
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/// Standard deviation of the values.
double deviation(const std::vector<double> &values)
{
    if (values.size() < 2)
        return 0;
    const double middle = mean(values);
    double sum = 0;
    for (const double value : values)
        sum += (value - middle) * (value - middle);
    return std::sqrt(sum / double(values.size() - 1));
}

QJsonObject toJson(const RunCost &cost)
{
    return { { "model", cost.key.model },
             { "device", cost.key.device },
             { "imgsz", cost.key.imgsz },
             { "asked_batch", cost.key.batch },
             { "multi_scale", cost.key.multiScale },
             { "amp", cost.key.amp },
             { "probe", cost.probe },
             { "batch", cost.batch },
             { "epochs", cost.epochs },
             { "step_seconds", cost.stepSeconds },
             { "spread", cost.spread },
             { "val_seconds_per_image", cost.valSecondsPerImage },
             { "peak_memory", cost.peakMemory },
             { "free_memory", cost.freeMemory },
             { "tried", cost.tried },
             { "when", cost.when.toUTC().toString(Qt::ISODate) } };
}

RunCost fromJson(const QJsonObject &object)
{
    RunCost cost;
    cost.key = { object["model"].toString(),       object["device"].toString(),
                 object["imgsz"].toInt(),          object["asked_batch"].toInt(),
                 object["multi_scale"].toDouble(), object["amp"].toBool() };
    cost.probe = object["probe"].toBool();
    cost.batch = object["batch"].toInt();
    cost.epochs = object["epochs"].toInt();
    cost.stepSeconds = object["step_seconds"].toDouble();
    cost.spread = object["spread"].toDouble();
    cost.valSecondsPerImage = object["val_seconds_per_image"].toDouble();
    cost.peakMemory = object["peak_memory"].toDouble();
    cost.freeMemory = object["free_memory"].toDouble();
    cost.tried = object["tried"].toBool(true);
    cost.when = QDateTime::fromString(object["when"].toString(), Qt::ISODate);
    return cost;
}

bool sound(const RunCost &cost)
{
    return !cost.key.model.isEmpty() && cost.batch > 0 && cost.stepSeconds >= 0 && std::isfinite(cost.stepSeconds)
        && cost.peakMemory >= 0 && cost.valSecondsPerImage >= 0;
}

} // namespace

CostKey costKey(const engine::TrainConfig &config, const QString &device)
{
    return { QString::fromStdString(config.model), device, config.imgsz, config.batch, config.multiScale, config.amp };
}

RunCost costOf(const engine::RunProbe &probe, const engine::TrainConfig &config)
{
    RunCost cost;
    cost.key = costKey(config, QString::fromStdString(probe.device));
    cost.probe = true;
    cost.batch = probe.batch;
    cost.tried = probe.peakMemory > 0;
    cost.peakMemory = cost.tried ? probe.peakMemory : probe.predictedMemory;
    cost.freeMemory = probe.freeMemory;
    cost.valSecondsPerImage = probe.valSecondsPerImage;
    cost.when = QDateTime::currentDateTimeUtc();
    const double plain = median(probe.stepSeconds), stepping = median(probe.optimizerStepSeconds);
    if (probe.stepSeconds.empty())
        cost.stepSeconds = stepping;
    else if (probe.optimizerStepSeconds.empty())
        cost.stepSeconds = plain;
    else
        cost.stepSeconds = plain + std::max(0.0, stepping - plain) / std::max(1, probe.accumulate);
    const std::vector<double> &measured =
        probe.stepSeconds.size() > 1 ? probe.stepSeconds : probe.optimizerStepSeconds;
    if (cost.stepSeconds > 0 && measured.size() > 1)
        cost.spread = std::min(
            mostSpread, 2 * deviation(measured) / std::sqrt(double(measured.size())) / mean(measured));
    return cost;
}

std::int64_t imagesUsed(std::int64_t images, double fraction)
{
    if (images <= 0 || fraction == 1.0)
        return images;
    const double count = fraction > 1 ? fraction : std::nearbyint(double(images) * fraction);
    return static_cast<std::int64_t>(std::clamp(count, 1.0, double(images)));
}

CostEstimate estimateCost(const QVector<RunCost> &costs, const RunShape &shape)
{
    QVector<RunCost> used;
    std::copy_if(costs.begin(), costs.end(), std::back_inserter(used), [](const RunCost &c) { return !c.probe; });
    CostEstimate result;
    result.runs = int(used.size());
    const auto probe = std::find_if(costs.rbegin(), costs.rend(), [](const RunCost &c) { return c.probe; });
    if (probe != costs.rend())
        result.freeMemory = probe->freeMemory;
    if (used.isEmpty()) {
        if (probe == costs.rend())
            return result;
        used << *probe;
    }
    result.known = true;
    result.tried = used.last().tried;
    result.batch = used.last().batch;
    double weights = 0, step = 0, val = 0, valWeights = 0;
    std::vector<double> steps;
    for (const RunCost &cost : used) {
        result.peakMemory = std::max(result.peakMemory, cost.peakMemory);
        const double weight = std::max(1, cost.epochs);
        if (cost.stepSeconds > 0) {
            step += weight * cost.stepSeconds;
            weights += weight;
            steps.push_back(cost.stepSeconds);
        }
        if (cost.valSecondsPerImage > 0) {
            val += weight * cost.valSecondsPerImage;
            valWeights += weight;
        }
    }
    if (result.peakMemory <= 0 && probe != costs.rend()) {
        result.peakMemory = probe->peakMemory;
        result.tried = probe->tried;
    }
    if (weights <= 0 || shape.trainImages <= 0 || result.batch <= 0)
        return result;
    step /= weights;
    val = valWeights > 0 ? val / valWeights : 0;
    const double spread = result.runs == 0 ? std::max(spreadOfProbe, used.last().spread)
        : result.runs == 1                 ? spreadOfOneRun
                                           : std::max(leastSpread, 2 * deviation(steps) / step);
    const double batches = std::ceil(double(shape.trainImages) / result.batch);
    const double validation = val * double(shape.valImages);
    result.epochSeconds = batches * step + (shape.val ? validation : 0);
    result.totalSeconds = shape.epochs * result.epochSeconds + validation;
    if (shape.mostSeconds > 0)
        result.totalSeconds = std::min(result.totalSeconds, shape.mostSeconds + validation);
    result.epochSpread = spread * result.epochSeconds;
    result.totalSpread = spread * result.totalSeconds;
    return result;
}

RunCosts::RunCosts(QString file)
    : m_file(std::move(file))
{
    m_writer.setMaxThreadCount(1);
    load();
}

RunCosts::~RunCosts() { flush(); }

void RunCosts::flush() { m_writer.waitForDone(); }

void RunCosts::load()
{
    QFile file(m_file);
    if (!file.open(QIODevice::ReadOnly) || file.size() > mostBytes)
        return;
    const QJsonArray costs = QJsonDocument::fromJson(file.readAll()).object()["costs"].toArray();
    for (const QJsonValue &value : costs) {
        if (const RunCost cost = fromJson(value.toObject()); sound(cost))
            m_costs << cost;
    }
}

void RunCosts::add(const RunCost &cost)
{
    if (!sound(cost))
        return;
    if (cost.probe)
        m_costs.removeIf([&cost](const RunCost &c) { return c.probe && c.key == cost.key; });
    m_costs << cost;
    if (m_costs.size() > mostCosts)
        m_costs.remove(0, m_costs.size() - mostCosts);
    save();
}

QVector<RunCost> RunCosts::like(const CostKey &key) const
{
    QVector<RunCost> found;
    std::copy_if(m_costs.begin(), m_costs.end(), std::back_inserter(found),
                 [&key](const RunCost &cost) { return cost.key == key; });
    return found;
}

void RunCosts::save()
{
    m_writer.start([name = m_file, costs = m_costs] {
        QJsonArray array;
        for (const RunCost &cost : costs)
            array.append(toJson(cost));
        QSaveFile file(name);
        if (!ensurePrivateFolder(QFileInfo(name).path()) || !file.open(QIODevice::WriteOnly)
            || file.write(QJsonDocument(QJsonObject { { "costs", array } }).toJson(QJsonDocument::Compact)) < 0
            || !file.commit())
            qCWarning(costsLog, "%s cannot be written: %s", qUtf8Printable(name), qUtf8Printable(file.errorString()));
    });
}

} // namespace torchdeck::app

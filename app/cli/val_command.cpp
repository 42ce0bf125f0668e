// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/blocking_work.h"
#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "app/cli/progress_printer.h"
#include "app/cli/run_record.h"
#include "app/cli/usage_reporter.h"
#include "app/text.h"
#include "torchdeck/engine/validator.h"

#include <QtCore/QJsonArray>

namespace torchdeck::app::cli {

namespace {

/// Prints while the engine works; called on the engine's thread, the only one that prints then.
class ValPrinter : public engine::TrainObserver {
public:
    explicit ValPrinter(Console &console)
        : m_printer(console)
    {
    }
    void onValStart(const engine::ValStart &event) override { start = event; }
    void onValProgress(const engine::ValProgress &event) override { m_printer.onValProgress(event); }
    void onLog(const engine::LogLine &event) override { m_printer.onLog(event); }

    engine::ValStart start;

private:
    ProgressPrinter m_printer;
};

QJsonObject classJson(const engine::ClassMetrics &one)
{
    return {
        { QStringLiteral("class"), one.classId },
        { QStringLiteral("name"), QString::fromStdString(one.name) },
        { QStringLiteral("images"), qint64(one.images) },
        { QStringLiteral("instances"), qint64(one.instances) },
        { QStringLiteral("precision"), one.precision },
        { QStringLiteral("recall"), one.recall },
        { QStringLiteral("map50"), one.map50 },
        { QStringLiteral("map50_95"), one.map5095 },
    };
}

QJsonObject resultJson(const engine::ValResult &result)
{
    QJsonArray classes;
    for (const engine::ClassMetrics &one : result.classes)
        classes.append(classJson(one));
    return {
        { QStringLiteral("metrics"), metricsJson(result.metrics, 0) },
        { QStringLiteral("classes"), classes },
        { QStringLiteral("images"), qint64(result.images) },
        { QStringLiteral("wall_seconds"), result.seconds },
        { QStringLiteral("images_per_second"),
          result.seconds > 0 ? double(result.images) / result.seconds : 0.0 },
        { QStringLiteral("peak_rss_mib"), peakRssMiB() },
        { QStringLiteral("stopped"), result.stopped },
    };
}

engine::ValConfig configFrom(const Arguments &arguments)
{
    engine::ValConfig config;
    config.model = arguments.text(QStringLiteral("model")).toStdString();
    config.data = arguments.text(QStringLiteral("data")).toStdString();
    config.batch = arguments.integer(QStringLiteral("batch"));
    config.imgsz = arguments.integer(QStringLiteral("imgsz"));
    config.conf = arguments.number(QStringLiteral("conf"));
    config.iou = arguments.number(QStringLiteral("iou"));
    config.maxDet = arguments.integer(QStringLiteral("max_det"));
    config.device = arguments.text(QStringLiteral("device")).toStdString();
    config.split = arguments.text(QStringLiteral("split")).toStdString();
    config.workers = arguments.integer(QStringLiteral("workers"));
    if (config.model.empty())
        throw UsageError { QStringLiteral("No model is given: add model=PATH/weights/best.pt.") };
    if (config.split != "train" && config.split != "val" && config.split != "test")
        throw UsageError { QStringLiteral("split=%1 is not valid: give one of train, val, test.")
                               .arg(arguments.text(QStringLiteral("split"))) };
    return config;
}

} // namespace

CommandSpec valSpec()
{
    using K = ValueKind;
    CommandSpec spec;
    spec.name = QStringLiteral("val");
    spec.usage = QStringLiteral("model=PATH/weights/best.pt [data=PATH/data.yaml] [name=value ...] [--json]");
    spec.summary = QStringLiteral("measure a trained model on a data set");
    spec.options = {
        { QStringLiteral("model"), K::Text, {}, QStringLiteral("checkpoint"), {}, {} },
        { QStringLiteral("data"),
          K::Text,
          {},
          QStringLiteral("data.yaml; default: the one it was trained on"),
          {},
          {} },
        { QStringLiteral("imgsz"), K::Int, QStringLiteral("0"), QStringLiteral("pixels; 0 = as trained"), 0,
          8192 },
        { QStringLiteral("batch"), K::Int, QStringLiteral("16"), QStringLiteral("images at a time"), 1,
          4096 },
        { QStringLiteral("conf"), K::Float, QStringLiteral("0.001"), QStringLiteral("lowest confidence"), 0,
          1 },
        { QStringLiteral("iou"), K::Float, QStringLiteral("0.7"), QStringLiteral("NMS overlap"), 0, 1 },
        { QStringLiteral("max_det"), K::Int, QStringLiteral("300"), QStringLiteral("boxes an image"), 1,
          100'000 },
        { QStringLiteral("device"),
          K::Text,
          {},
          QStringLiteral("cpu, 0, cuda:0; default: GPU 0, else CPU"),
          {},
          {} },
        { QStringLiteral("split"),
          K::Text,
          QStringLiteral("val"),
          QStringLiteral("train, val or test"),
          {},
          {} },
        { QStringLiteral("workers"), K::Int, QStringLiteral("8"), QStringLiteral("loader threads at most"), 0,
          256 },
    };
    spec.flags = {
        { QStringLiteral("--json"), {}, QStringLiteral("last line of standard output is one JSON object") }
    };
    spec.notes = QStringLiteral(
        "JSON: metrics, classes, images, wall_seconds, images_per_second, peak_rss_mib, stopped.");
    return spec;
}

int valCommand(const QStringList &words)
{
    const Arguments arguments(valSpec(), words);
    const engine::ValConfig config = configFrom(arguments);
    Console console(arguments.flag(QStringLiteral("--json")));
    ValPrinter printer(console);
    engine::ValResult result;
    const bool interrupted = runInterruptible(
        "validation", [&](const std::stop_token &stop) { result = engine::validate(config, printer, stop); });
    if (!result.stopped) {
        console.line(classTable(result.classes, result.metrics, result.images));
        console.line(QStringLiteral("%1 images in %2").arg(result.images).arg(durationText(result.seconds)));
    }
    printer.start.standalone = true;
    reportUsage([&printer](HubBridge &bridge) { bridge.onValStart(printer.start); });
    if (console.wantsJson())
        console.json(resultJson(result));
    return interrupted ? Interrupted : Ok;
}

} // namespace torchdeck::app::cli

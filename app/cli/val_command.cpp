// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/blocking_work.h"
#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "app/cli/foreign_arguments.h"
#include "app/cli/progress_printer.h"
#include "app/cli/run_record.h"
#include "app/cli/usage_reporter.h"
#include "app/settings.h"
#include "app/state_paths.h"
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

/// Rows of predicted classes, columns of true ones, the background last.
QJsonArray confusionJson(const engine::ConfusionMatrix &matrix)
{
    QJsonArray rows;
    for (int predicted = 0; matrix.classes > 0 && predicted <= matrix.classes; ++predicted) {
        QJsonArray row;
        for (int truth = 0; truth <= matrix.classes; ++truth)
            row.append(qint64(matrix.at(predicted, truth)));
        rows.append(row);
    }
    return rows;
}

QJsonObject resultJson(const engine::ValResult &result)
{
    QJsonArray classes;
    for (const engine::ClassMetrics &one : result.classes)
        classes.append(classJson(one));
    return {
        { QStringLiteral("metrics"), metricsJson(result.metrics, 0) },
        { QStringLiteral("classes"), classes },
        { QStringLiteral("confusion_matrix"), confusionJson(result.confusion) },
        { QStringLiteral("images"), qint64(result.images) },
        { QStringLiteral("save_dir"), pathText(result.saveDir) },
        { QStringLiteral("speed"), speedJson(result.speed) },
        { QStringLiteral("wall_seconds"), result.seconds },
        { QStringLiteral("images_per_second"),
          result.seconds > 0 ? double(result.images) / result.seconds : 0.0 },
        { QStringLiteral("peak_rss_mib"), peakRssMiB() },
        { QStringLiteral("stopped"), result.stopped },
    };
}

engine::ValConfig configFrom(const Arguments &arguments)
{
    const auto text = [&arguments](const char *name) {
        return arguments.text(QString::fromLatin1(name)).toStdString();
    };
    const auto flag = [&arguments](const char *name) { return arguments.boolean(QString::fromLatin1(name)); };
    engine::ValConfig config;
    config.model = text("model");
    config.data = text("data");
    config.batch = arguments.integer(QStringLiteral("batch"));
    config.imgsz = arguments.integer(QStringLiteral("imgsz"));
    config.conf = arguments.number(QStringLiteral("conf"));
    config.iou = arguments.number(QStringLiteral("iou"));
    config.maxDet = arguments.integer(QStringLiteral("max_det"));
    config.device = text("device");
    config.split = text("split");
    config.workers = arguments.integer(QStringLiteral("workers"));
    config.rect = flag("rect");
    config.half = halfPrecision(flag("half"), arguments.text(QStringLiteral("quantize")));
    config.singleCls = flag("single_cls");
    config.agnosticNms = flag("agnostic_nms");
    config.endToEnd = usesOneToOne(arguments.text(QStringLiteral("nms")));
    config.classes = integerList(QStringLiteral("classes"), arguments.text(QStringLiteral("classes")));
    config.fraction = arguments.number(QStringLiteral("fraction"));
    config.cache = text("cache");
    config.plots = flag("plots");
    config.saveTxt = flag("save_txt");
    config.saveConf = flag("save_conf");
    config.saveJson = flag("save_json");
    config.project = text("project");
    config.name = text("name");
    config.existOk = flag("exist_ok");
    if (config.model.empty())
        throw UsageError { QStringLiteral("No model is given: add model=PATH/weights/best.pt.") };
    if (config.split != "train" && config.split != "val" && config.split != "test")
        throw UsageError { QStringLiteral("split=%1 is not valid: give one of train, val, test.")
                               .arg(arguments.text(QStringLiteral("split"))) };
    if (config.cache != "false" && config.cache != "ram" && config.cache != "true" && config.cache != "disk")
        throw UsageError { QStringLiteral("cache=%1 is not valid: give one of false, ram, disk.")
                               .arg(arguments.text(QStringLiteral("cache"))) };
    if (config.project.empty())
        config.project =
            StatePaths::projectFolder(Settings(StatePaths::settingsFile()).runsFolder()).toStdString();
    return config;
}

QList<OptionSpec> measuringOptions()
{
    using K = ValueKind;
    const auto text = [](const char *words) { return QString::fromLatin1(words); };
    return {
        { text("model"), K::Text, {}, text("checkpoint"), {}, {} },
        { text("data"), K::Text, {}, text("data.yaml; default: the one it was trained on"), {}, {} },
        { text("imgsz"), K::Int, text("0"), text("pixels; 0 = as trained"), 0, 8192 },
        { text("batch"), K::Int, text("16"), text("images at a time"), 1, 4096 },
        { text("rect"),
          K::Bool,
          text("true"),
          text("batches shaped by aspect ratio; false = square"),
          {},
          {} },
        { text("conf"), K::Float, text("0.001"), text("lowest confidence"), 0, 1 },
        { text("iou"), K::Float, text("0.7"), text("NMS overlap"), 0, 1 },
        { text("max_det"), K::Int, text("300"), text("boxes an image"), 1, 100'000 },
        { text("agnostic_nms"), K::Bool, text("false"), text("NMS across classes"), {}, {} },
        { text("nms"), K::Text, {}, text("false = the one-to-one head of a YOLO26, without NMS"), {}, {} },
        { text("single_cls"), K::Bool, text("false"), text("all classes count as one"), {}, {} },
        { text("classes"), K::Text, {}, text("only these class numbers count, as in 0,2"), {}, {} },
        { text("half"), K::Bool, text("false"), text("half precision on CUDA"), {}, {} },
        { text("quantize"), K::Text, {}, text("16 = half precision, 32 = single"), {}, {} },
        { text("device"), K::Text, {}, text("cpu, 0, cuda:0; default: GPU 0, else CPU"), {}, {} },
        { text("split"), K::Text, text("val"), text("train, val or test"), {}, {} },
        { text("fraction"), K::Float, text("1"), text("part of the images; with split=train"), 1e-6, 1 },
        { text("cache"), K::Text, text("false"), text("keep images: false, ram, disk"), {}, {} },
        { text("workers"), K::Int, text("8"), text("loader threads at most"), 0, 256 },
    };
}

QList<OptionSpec> savingOptions()
{
    using K = ValueKind;
    const auto text = [](const char *words) { return QString::fromLatin1(words); };
    return {
        { text("plots"), K::Bool, text("true"), text("save curves, confusion matrix and pictures"), {}, {} },
        { text("save_txt"), K::Bool, text("false"), text("save labels/NAME.txt: class x y w h"), {}, {} },
        { text("save_conf"), K::Bool, text("false"), text("with the confidence in save_txt"), {}, {} },
        { text("save_json"), K::Bool, text("false"), text("save predictions.json (COCO)"), {}, {} },
        { text("verbose"), K::Bool, text("true"), text("a row for every class"), {}, {} },
        { text("project"), K::Text, {}, text("folder of the runs; default runs/detect"), {}, {} },
        { text("name"), K::Text, {}, text("default val, val2, ..."), {}, {} },
        { text("exist_ok"), K::Bool, text("false"), text("write into an existing folder"), {}, {} },
    };
}

} // namespace

CommandSpec valSpec()
{
    CommandSpec spec;
    spec.name = QStringLiteral("val");
    spec.usage = QStringLiteral("model=PATH/weights/best.pt [data=PATH/data.yaml] [name=value ...] [--json]");
    spec.summary = QStringLiteral("measure a trained model on a data set");
    spec.options = measuringOptions() + savingOptions();
    spec.foreign = [](const QString &name, const QString &value) {
        return foreignAnswer(QStringLiteral("val"), name, value);
    };
    spec.flags = {
        { QStringLiteral("--json"), {}, QStringLiteral("last line of standard output is one JSON object") }
    };
    spec.notes = QStringLiteral(
        "JSON: metrics, classes, confusion_matrix (rows predicted, columns true, background last), images,\n"
        "save_dir, speed (ms an image), wall_seconds, images_per_second, peak_rss_mib, stopped.");
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
        const bool rows = arguments.boolean(QStringLiteral("verbose"));
        console.line(classTable(result.classes, result.metrics, result.images, rows));
        console.line(speedText(result.speed) + QStringLiteral(" per image"));
        console.line(QStringLiteral("%1 images in %2").arg(result.images).arg(durationText(result.seconds)));
        if (!result.saveDir.empty())
            console.line(QStringLiteral("Results saved to %1").arg(pathText(result.saveDir)));
    }
    printer.start.standalone = true;
    reportUsage([&printer](HubBridge &bridge) { bridge.onValStart(printer.start); });
    if (console.wantsJson())
        console.json(resultJson(result));
    return interrupted ? Interrupted : Ok;
}

} // namespace torchdeck::app::cli

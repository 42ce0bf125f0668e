// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/blocking_work.h"
#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "app/cli/progress_printer.h"
#include "app/cli/usage_reporter.h"
#include "app/settings.h"
#include "app/state_paths.h"
#include "app/text.h"
#include "torchdeck/engine/predictor.h"

#include <QtCore/QJsonArray>
#include <QtCore/QMap>

namespace torchdeck::app::cli {

namespace {

class PredictPrinter : public engine::TrainObserver {
public:
    explicit PredictPrinter(Console &console)
        : m_printer(console)
    {
    }
    void onPredictStart(const engine::PredictStart &event) override { start = event; }
    void onLog(const engine::LogLine &event) override { m_printer.onLog(event); }

    engine::PredictStart start;

private:
    ProgressPrinter m_printer;
};

QJsonObject boxJson(const engine::Prediction &box)
{
    return { { QStringLiteral("class"), box.classId },
             { QStringLiteral("confidence"), box.confidence },
             { QStringLiteral("box"), QJsonArray { box.x1, box.y1, box.x2, box.y2 } } };
}

QJsonObject imageJson(const engine::ImagePredictions &image)
{
    QJsonArray boxes;
    for (const engine::Prediction &box : image.boxes)
        boxes.append(boxJson(box));
    QJsonObject object {
        { QStringLiteral("image"), pathText(image.image) },
        { QStringLiteral("width"), image.width },
        { QStringLiteral("height"), image.height },
        { QStringLiteral("boxes"), boxes },
        { QStringLiteral("milliseconds"), image.milliseconds },
    };
    if (!image.problem.empty())
        object.insert(QStringLiteral("problem"), QString::fromStdString(image.problem));
    return object;
}

/// "a.jpg: 320x240, 2 boxes in 14 ms". Class names are known only with the result, so numbers here.
QString imageLine(const engine::ImagePredictions &image)
{
    const QString name = pathText(image.image);
    if (!image.problem.empty())
        return QStringLiteral("%1: skipped: %2").arg(name, QString::fromStdString(image.problem));
    return QStringLiteral("%1: %2x%3, %4 %5 in %6 ms")
        .arg(name)
        .arg(image.width)
        .arg(image.height)
        .arg(image.boxes.size())
        .arg(image.boxes.size() == 1 ? QStringLiteral("box") : QStringLiteral("boxes"))
        .arg(image.milliseconds, 0, 'f', 1);
}

engine::PredictConfig configFrom(const Arguments &arguments)
{
    engine::PredictConfig config;
    config.model = arguments.text(QStringLiteral("model")).toStdString();
    config.source = arguments.text(QStringLiteral("source")).toStdString();
    config.imgsz = arguments.integer(QStringLiteral("imgsz"));
    config.conf = arguments.number(QStringLiteral("conf"));
    config.iou = arguments.number(QStringLiteral("iou"));
    config.maxDet = arguments.integer(QStringLiteral("max_det"));
    config.device = arguments.text(QStringLiteral("device")).toStdString();
    config.save = arguments.boolean(QStringLiteral("save"));
    config.saveTxt = arguments.boolean(QStringLiteral("save_txt"));
    config.saveConf = arguments.boolean(QStringLiteral("save_conf"));
    config.project = arguments.text(QStringLiteral("project")).toStdString();
    config.name = arguments.text(QStringLiteral("name")).toStdString();
    config.existOk = arguments.boolean(QStringLiteral("exist_ok"));
    if (config.model.empty())
        throw UsageError { QStringLiteral("No model is given: add model=PATH/weights/best.pt.") };
    if (config.source.empty())
        throw UsageError { QStringLiteral(
            "No images are given: add source=IMAGE, a folder or a quoted pattern.") };
    if (config.project.empty())
        config.project =
            StatePaths::projectFolder(Settings(StatePaths::settingsFile()).runsFolder()).toStdString();
    return config;
}

QString classCounts(const engine::PredictResult &result, const QMap<int, int> &counts)
{
    QStringList parts;
    for (auto it = counts.begin(); it != counts.end(); ++it) {
        const auto index = std::size_t(it.key());
        const QString name = index < result.classNames.size()
            ? QString::fromStdString(result.classNames[index])
            : QString::number(it.key());
        parts << QStringLiteral("%1 %2").arg(it.value()).arg(name);
    }
    return parts.join(QStringLiteral(", "));
}

QJsonObject resultJson(const engine::PredictResult &result, const QJsonArray &images)
{
    QJsonArray names;
    for (const std::string &name : result.classNames)
        names.append(QString::fromStdString(name));
    return {
        { QStringLiteral("names"), names },
        { QStringLiteral("images"), qint64(result.images) },
        { QStringLiteral("detections"), qint64(result.detections) },
        { QStringLiteral("predictions"), images },
        { QStringLiteral("save_dir"), pathText(result.saveDir) },
        { QStringLiteral("wall_seconds"), result.seconds },
        { QStringLiteral("peak_rss_mib"), peakRssMiB() },
        { QStringLiteral("stopped"), result.stopped },
    };
}

} // namespace

CommandSpec predictSpec()
{
    using K = ValueKind;
    const QString no = QStringLiteral("false");
    CommandSpec spec;
    spec.name = QStringLiteral("predict");
    spec.usage = QStringLiteral("model=PATH/weights/best.pt source=IMAGES [name=value ...] [--json]");
    spec.summary = QStringLiteral("find objects in images with a trained model");
    spec.options = {
        { QStringLiteral("model"), K::Text, {}, QStringLiteral("checkpoint"), {}, {} },
        { QStringLiteral("source"), K::Text, {}, QStringLiteral("image, folder or pattern"), {}, {} },
        { QStringLiteral("conf"), K::Float, QStringLiteral("0.25"), QStringLiteral("lowest confidence"), 0,
          1 },
        { QStringLiteral("iou"), K::Float, QStringLiteral("0.7"), QStringLiteral("NMS overlap"), 0, 1 },
        { QStringLiteral("imgsz"), K::Int, QStringLiteral("0"), QStringLiteral("pixels; 0 = as trained"), 0,
          8192 },
        { QStringLiteral("max_det"), K::Int, QStringLiteral("300"), QStringLiteral("boxes an image"), 1,
          100'000 },
        { QStringLiteral("device"),
          K::Text,
          {},
          QStringLiteral("cpu, 0, cuda:0; default: GPU 0, else CPU"),
          {},
          {} },
        { QStringLiteral("save"),
          K::Bool,
          QStringLiteral("true"),
          QStringLiteral("save annotated images"),
          {},
          {} },
        { QStringLiteral("save_txt"),
          K::Bool,
          no,
          QStringLiteral("save labels/NAME.txt: class x y w h"),
          {},
          {} },
        { QStringLiteral("save_conf"),
          K::Bool,
          no,
          QStringLiteral("with the confidence in save_txt"),
          {},
          {} },
        { QStringLiteral("project"),
          K::Text,
          {},
          QStringLiteral("folder of the runs; default runs/detect"),
          {},
          {} },
        { QStringLiteral("name"), K::Text, {}, QStringLiteral("default predict, predict2, ..."), {}, {} },
        { QStringLiteral("exist_ok"), K::Bool, no, QStringLiteral("write into an existing folder"), {}, {} },
    };
    spec.flags = {
        { QStringLiteral("--json"), {}, QStringLiteral("last line of standard output is one JSON object") }
    };
    spec.notes = QStringLiteral(
        "JSON: names, images, detections, predictions (per image: boxes as x1 y1 x2 y2 in pixels),\n"
        "save_dir, wall_seconds, peak_rss_mib, stopped.");
    return spec;
}

int predictCommand(const QStringList &words)
{
    const Arguments arguments(predictSpec(), words);
    const engine::PredictConfig config = configFrom(arguments);
    Console console(arguments.flag(QStringLiteral("--json")));
    PredictPrinter printer(console);
    engine::PredictResult result;
    QJsonArray images;
    QMap<int, int> counts;
    const bool interrupted = runInterruptible("prediction", [&](const std::stop_token &stop) {
        const auto onImage = [&](const engine::ImagePredictions &image) {
            console.line(imageLine(image));
            for (const engine::Prediction &box : image.boxes)
                ++counts[box.classId];
            if (console.wantsJson())
                images.append(imageJson(image));
        };
        result = engine::predict(config, printer, onImage, stop);
    });
    console.line(
        QStringLiteral("%1 images, %2 boxes%3 in %4")
            .arg(result.images)
            .arg(result.detections)
            .arg(counts.isEmpty() ? QString() : QStringLiteral(" (%1)").arg(classCounts(result, counts)),
                 durationText(result.seconds)));
    if (!result.saveDir.empty())
        console.line(QStringLiteral("Saved to %1").arg(pathText(result.saveDir)));
    reportUsage([&printer](HubBridge &bridge) { bridge.onPredictStart(printer.start); });
    if (console.wantsJson())
        console.json(resultJson(result, images));
    return interrupted ? Interrupted : Ok;
}

} // namespace torchdeck::app::cli

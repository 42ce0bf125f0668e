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
        { QStringLiteral("frame"), qint64(image.frame) },
        { QStringLiteral("width"), image.width },
        { QStringLiteral("height"), image.height },
        { QStringLiteral("boxes"), boxes },
        { QStringLiteral("milliseconds"), image.milliseconds },
    };
    if (!image.problem.empty())
        object.insert(QStringLiteral("problem"), QString::fromStdString(image.problem));
    return object;
}

/// "image 1/5 /data/a.jpg: 480x640 2 cats, 12.3ms", as the field prints it; the size is the network input's,
/// height first.
QString imageLine(const engine::ImagePredictions &image)
{
    QString line = QStringLiteral("%1 %2/%3 ")
                       .arg(image.frame > 0 ? QStringLiteral("video") : QStringLiteral("image"))
                       .arg(image.number)
                       .arg(image.total);
    if (image.frame > 0)
        line += QStringLiteral("(frame %1/%2) ").arg(image.frame).arg(image.frames);
    return line + pathText(image.image)
        + QStringLiteral(": %1x%2 %3, %4ms")
              .arg(image.inputHeight)
              .arg(image.inputWidth)
              .arg(QString::fromStdString(image.summary))
              .arg(image.speed.inference, 0, 'f', 1);
}

/// imgsz=640, or height,width as in imgsz=480,640.
void setImageSize(engine::PredictConfig &config, const QString &text)
{
    const std::vector<int> sizes = integerList(QStringLiteral("imgsz"), text);
    if (sizes.empty() || sizes.size() > 2)
        throw UsageError {
            QStringLiteral("imgsz=%1 is not valid: give one number, or height,width.").arg(text)
        };
    config.imgsz = sizes.back();
    config.imgszHeight = sizes.size() == 2 ? sizes.front() : 0;
}

engine::PredictConfig configFrom(const Arguments &arguments)
{
    const auto text = [&arguments](const char *name) {
        return arguments.text(QString::fromLatin1(name)).toStdString();
    };
    const auto flag = [&arguments](const char *name) { return arguments.boolean(QString::fromLatin1(name)); };
    engine::PredictConfig config;
    config.model = text("model");
    config.source = text("source");
    setImageSize(config, arguments.text(QStringLiteral("imgsz")));
    config.batch = arguments.integer(QStringLiteral("batch"));
    config.conf = arguments.number(QStringLiteral("conf"));
    config.iou = arguments.number(QStringLiteral("iou"));
    config.maxDet = arguments.integer(QStringLiteral("max_det"));
    config.device = text("device");
    config.rect = flag("rect");
    config.half = halfPrecision(flag("half"), arguments.text(QStringLiteral("quantize")));
    config.agnosticNms = flag("agnostic_nms");
    config.endToEnd = usesOneToOne(arguments.text(QStringLiteral("nms")));
    config.classes = integerList(QStringLiteral("classes"), arguments.text(QStringLiteral("classes")));
    config.vidStride = arguments.integer(QStringLiteral("vid_stride"));
    config.save = flag("save");
    config.saveFrames = flag("save_frames");
    config.saveTxt = flag("save_txt");
    config.saveConf = flag("save_conf");
    config.saveCrop = flag("save_crop");
    config.showBoxes = flag("show_boxes");
    config.showLabels = flag("show_labels");
    config.showConf = flag("show_conf");
    config.lineWidth = arguments.integer(QStringLiteral("line_width"));
    config.project = text("project");
    config.name = text("name");
    config.existOk = flag("exist_ok");
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
    QJsonArray skipped;
    for (const std::string &sentence : result.skipped)
        skipped.append(QString::fromStdString(sentence));
    return {
        { QStringLiteral("names"), names },
        { QStringLiteral("images"), qint64(result.images) },
        { QStringLiteral("detections"), qint64(result.detections) },
        { QStringLiteral("skipped"), skipped },
        { QStringLiteral("predictions"), images },
        { QStringLiteral("save_dir"), pathText(result.saveDir) },
        { QStringLiteral("speed"), speedJson(result.speed) },
        { QStringLiteral("wall_seconds"), result.seconds },
        { QStringLiteral("peak_rss_mib"), peakRssMiB() },
        { QStringLiteral("stopped"), result.stopped },
    };
}

QList<OptionSpec> findingOptions()
{
    using K = ValueKind;
    const auto text = [](const char *words) { return QString::fromLatin1(words); };
    return {
        { text("model"), K::Text, {}, text("checkpoint"), {}, {} },
        { text("source"), K::Text, {}, text("image, video, folder, pattern, or .txt list of these"), {}, {} },
        { text("conf"), K::Float, text("0.25"), text("lowest confidence"), 0, 1 },
        { text("iou"), K::Float, text("0.7"), text("NMS overlap"), 0, 1 },
        { text("imgsz"), K::Text, text("0"), text("pixels, or height,width; 0 = as trained"), {}, {} },
        { text("rect"), K::Bool, text("true"), text("pad as little as possible; false = square"), {}, {} },
        { text("batch"), K::Int, text("1"), text("images at a time"), 1, 4096 },
        { text("max_det"), K::Int, text("300"), text("boxes an image"), 1, 100'000 },
        { text("agnostic_nms"), K::Bool, text("false"), text("NMS across classes"), {}, {} },
        { text("nms"), K::Text, {}, text("false = the one-to-one head of a YOLO26, without NMS"), {}, {} },
        { text("classes"), K::Text, {}, text("only these class numbers, as in 0,2"), {}, {} },
        { text("half"), K::Bool, text("false"), text("half precision on CUDA"), {}, {} },
        { text("quantize"), K::Text, {}, text("16 = half precision, 32 = single"), {}, {} },
        { text("device"), K::Text, {}, text("cpu, 0, cuda:0; default: GPU 0, else CPU"), {}, {} },
        { text("vid_stride"), K::Int, text("1"), text("every Nth frame of a video"), 1, 1'000'000 },
    };
}

QList<OptionSpec> savingOptions()
{
    using K = ValueKind;
    const QString yes = QStringLiteral("true"), no = QStringLiteral("false");
    const auto text = [](const char *words) { return QString::fromLatin1(words); };
    return {
        { text("save"), K::Bool, yes, text("save annotated images and videos"), {}, {} },
        { text("save_frames"), K::Bool, no, text("save a video's frames as images too"), {}, {} },
        { text("save_txt"), K::Bool, no, text("save labels/NAME.txt: class x y w h"), {}, {} },
        { text("save_conf"), K::Bool, no, text("with the confidence in save_txt"), {}, {} },
        { text("save_crop"), K::Bool, no, text("save crops/CLASS/NAME.jpg"), {}, {} },
        { text("show_boxes"), K::Bool, yes, text("draw boxes"), {}, {} },
        { text("show_labels"), K::Bool, yes, text("draw class names"), {}, {} },
        { text("show_conf"), K::Bool, yes, text("draw confidences"), {}, {} },
        { text("line_width"), K::Int, text("0"), text("pixels; 0 = by the image's size"), 0, 1000 },
        { text("verbose"), K::Bool, yes, text("a line for every image"), {}, {} },
        { text("project"), K::Text, {}, text("folder of the runs; default runs/detect"), {}, {} },
        { text("name"), K::Text, {}, text("default predict, predict2, ..."), {}, {} },
        { text("exist_ok"), K::Bool, no, text("write into an existing folder"), {}, {} },
    };
}

/// The lines at the end.
void printTotals(Console &console, const engine::PredictResult &result, const QMap<int, int> &counts)
{
    if (result.images > 0)
        console.line(speedText(result.speed)
                     + QStringLiteral(" per image at shape (%1, 3, %2, %3)")
                           .arg(result.batch)
                           .arg(result.inputHeight)
                           .arg(result.inputWidth));
    console.line(
        QStringLiteral("%1 images, %2 boxes%3 in %4")
            .arg(result.images)
            .arg(result.detections)
            .arg(counts.isEmpty() ? QString() : QStringLiteral(" (%1)").arg(classCounts(result, counts)),
                 durationText(result.seconds)));
    if (!result.skipped.empty())
        console.line(QStringLiteral("%1 could not be read, see the warnings above")
                         .arg(result.skipped.size() == 1
                                  ? QStringLiteral("1 file")
                                  : QStringLiteral("%1 files").arg(result.skipped.size())));
    if (result.saveDir.empty())
        return;
    console.line(QStringLiteral("Results saved to %1").arg(pathText(result.saveDir)));
    if (result.labelFiles > 0)
        console.line(QStringLiteral("%1 labels saved to %2")
                         .arg(result.labelFiles)
                         .arg(pathText(result.saveDir / "labels")));
}

} // namespace

CommandSpec predictSpec()
{
    CommandSpec spec;
    spec.name = QStringLiteral("predict");
    spec.usage = QStringLiteral("model=PATH/weights/best.pt source=IMAGES [name=value ...] [--json]");
    spec.summary = QStringLiteral("find objects in images and videos with a trained model");
    spec.options = findingOptions() + savingOptions();
    spec.foreign = [](const QString &name, const QString &value) {
        return foreignAnswer(QStringLiteral("predict"), name, value);
    };
    spec.flags = {
        { QStringLiteral("--json"), {}, QStringLiteral("last line of standard output is one JSON object") }
    };
    spec.notes = QStringLiteral("JSON: names, images, detections, skipped, predictions (per image or frame: "
                                "boxes as x1 y1 x2 y2 in pixels),\n"
                                "save_dir, speed (ms an image), wall_seconds, peak_rss_mib, stopped.");
    return spec;
}

int predictCommand(const QStringList &words)
{
    const Arguments arguments(predictSpec(), words);
    const engine::PredictConfig config = configFrom(arguments);
    const bool verbose = arguments.boolean(QStringLiteral("verbose"));
    Console console(arguments.flag(QStringLiteral("--json")));
    PredictPrinter printer(console);
    engine::PredictResult result;
    QJsonArray images;
    QMap<int, int> counts;
    const bool interrupted = runInterruptible("prediction", [&](const std::stop_token &stop) {
        const auto onImage = [&](const engine::ImagePredictions &image) {
            if (verbose && image.problem.empty()) // a skipped file has its warning
                console.line(imageLine(image));
            for (const engine::Prediction &box : image.boxes)
                ++counts[box.classId];
            if (console.wantsJson())
                images.append(imageJson(image));
        };
        result = engine::predict(config, printer, onImage, stop);
    });
    printTotals(console, result, counts);
    reportUsage([&printer](HubBridge &bridge) { bridge.onPredictStart(printer.start); });
    if (console.wantsJson())
        console.json(resultJson(result, images));
    return interrupted ? Interrupted : Ok;
}

} // namespace torchdeck::app::cli

// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/fixtures.h"

#include "ui/main_window.h"

#include <algorithm>
#include <cmath>

namespace torchdeck::fixtures {

namespace {

/// Deterministic noise in [-1, 1].
double noise(int seed)
{
    const double value = std::sin(seed * 12.9898) * 43758.5453;
    return 2 * (value - std::floor(value)) - 1;
}

double progress(double epoch, double epochs) { return 1 - std::exp(-4 * epoch / epochs); }

const std::vector<std::string> &classNames()
{
    static const std::vector<std::string> names { "circle", "square", "triangle", "star", "ring", "cross" };
    return names;
}

std::vector<engine::ClassMetrics> classMetrics(double quality)
{
    std::vector<engine::ClassMetrics> rows;
    for (std::size_t i = 0; i < classNames().size(); ++i) {
        const double q = std::clamp(quality * (1 - 0.07 * static_cast<double>(i)), 0.0, 1.0);
        engine::ClassMetrics row;
        row.classId = static_cast<int>(i);
        row.name = classNames()[i];
        row.images = 31 - static_cast<std::int64_t>(i) * 2;
        row.instances = 64 - static_cast<std::int64_t>(i) * 5;
        row.precision = std::min(1.0, q * 1.08);
        row.recall = q * 0.95;
        row.map50 = q;
        row.map5095 = q * 0.68;
        rows.push_back(row);
    }
    return rows;
}

} // namespace

engine::TrainConfig config(int epochs)
{
    engine::TrainConfig config;
    config.model = "yolov8n.yaml";
    config.data = "/home/user/sets/shapes/data.yaml";
    config.epochs = epochs;
    config.imgsz = 320;
    config.batch = 8;
    config.hub = true;
    return config;
}

std::vector<engine::DeviceInfo> devices()
{
    return { { "0", "no usable GPU", false,
               "No NVIDIA driver was found, so training runs on the CPU. Expect minutes an epoch." },
             { "cpu", "AMD EPYC 9354 (2 threads)", true, {} } };
}

engine::DatasetReport cleanReport()
{
    engine::DatasetReport report;
    report.summary.name = "shapes";
    report.summary.classNames = classNames();
    report.summary.trainImages = 160;
    report.summary.valImages = 40;
    report.summary.trainInstances = 1284;
    report.summary.valInstances = 309;
    // A long tail, and a class that val does not have: what a chart must cope with.
    for (std::size_t i = 0; i < report.summary.classNames.size(); ++i) {
        report.trainInstancesPerClass.push_back(std::int64_t(620) >> i);
        report.valInstancesPerClass.push_back(i == 5 ? 0 : std::int64_t(150) >> i);
    }
    std::int64_t missing = report.summary.trainInstances, missingVal = report.summary.valInstances;
    for (std::size_t i = 0; i < report.summary.classNames.size(); ++i) {
        missing -= report.trainInstancesPerClass[i];
        missingVal -= report.valInstancesPerClass[i];
    }
    report.trainInstancesPerClass[0] += missing;
    report.valInstancesPerClass[1] += missingVal;
    const auto fill = [](engine::BoxSizes &sizes, std::int64_t count, double shift) {
        for (std::int64_t i = 0; i < count; ++i) { // sides from 6 to 400 px of 640, most of them near 60
            const double x = double(i) / double(count) * 2 - 1;
            const double side = shift * 60 * std::pow(6.6, x * x * x * 0.7 + x * 0.3) / 640;
            sizes.add(side, side, 640, 480 + int(i % 2) * 160);
        }
    };
    fill(report.trainBoxes, report.summary.trainInstances, 1);
    fill(report.valBoxes, report.summary.valInstances, 1.3);
    return report;
}

engine::DatasetReport brokenReport()
{
    engine::DatasetReport report = cleanReport();
    report.summary.corruptImages = 1;
    report.problems = {
        { engine::ProblemLevel::Fatal, "/home/user/sets/shapes/labels/train/000017.txt", 3,
          "class 6 does not exist: the set has 6 classes, 0 to 5" },
        { engine::ProblemLevel::Warning, "/home/user/sets/shapes/images/train/000040.png", 0,
          "the image cannot be read and is skipped" },
        { engine::ProblemLevel::Note, "/home/user/sets/shapes/images/val/000008.png", 0,
          "no label file: background" },
    };
    return report;
}

ui::DiskEstimate diskEstimate(int kept, double free)
{
    ui::DiskEstimate estimate;
    estimate.checkpoint = 60e6;
    estimate.kept = kept;
    estimate.certain = std::max(2, kept) * 36e6;
    estimate.likely = (3 + kept) * estimate.checkpoint;
    estimate.free = free;
    estimate.folder = QStringLiteral("/home/user/runs");
    return estimate;
}

engine::PretrainRoutineStart pretrainStart(int epochs)
{
    return { run, config(epochs), "/home/user/runs/detect/train3", false };
}

engine::PretrainRoutineEnd pretrainEnd(int epochs)
{
    engine::PretrainRoutineEnd event;
    event.run = run;
    event.model = { "yolov8n", 225, 3'011'042, 3'011'026, 8.2, 0 };
    event.dataset = cleanReport().summary;
    event.device = "CPU (AMD EPYC 9354, 2 threads)";
    event.optimizer = "AdamW(lr=0.001, momentum=0.9)";
    event.epochs = epochs;
    event.batchesPerEpoch = batchesPerEpoch;
    event.valBatches = 3;
    return event;
}

engine::BatchEnd batch(int epoch, int epochs, int number)
{
    engine::BatchEnd event;
    event.run = run;
    event.epoch = epoch;
    event.epochs = epochs;
    event.batch = number;
    event.batches = batchesPerEpoch;
    const int seed = epoch * batchesPerEpoch + number;
    const double at = epoch + static_cast<double>(number) / batchesPerEpoch;
    const double fall = 1 - progress(at, epochs);
    event.boxLoss = 0.9 + 2.4 * fall + 0.22 * noise(seed);
    event.clsLoss = 0.6 + 3.3 * fall + 0.30 * noise(seed + 1000);
    event.dflLoss = 1.0 + 1.6 * fall + 0.12 * noise(seed + 2000);
    event.meanBoxLoss = 0.9 + 2.4 * fall;
    event.meanClsLoss = 0.6 + 3.3 * fall;
    event.meanDflLoss = 1.0 + 1.6 * fall;
    const double warm = std::min(1.0, at / 3.0);
    event.learningRate = 0.001 * warm * (1 - 0.99 * at / epochs);
    event.instances = 61;
    event.imgsz = 320;
    event.imagesPerSecond = 21.4 + noise(seed);
    event.epochSecondsLeft = 9.0 * (batchesPerEpoch - number) / batchesPerEpoch + 2.5;
    event.runSecondsLeft = (epochs - epoch) * 11.5 + 4;
    event.memoryMiB = 1463;
    return event;
}

engine::FitEpochEnd epochEnd(int epoch, int epochs)
{
    engine::FitEpochEnd event;
    event.run = run;
    event.epoch = epoch;
    event.epochs = epochs;
    const double fall = 1 - progress(epoch + 0.5, epochs);
    const double quality = 0.86 * progress(epoch + 0.6, epochs) + 0.015 * noise(epoch + 5);
    event.trainLosses = { { "train/box_loss", 0.9 + 2.4 * fall },
                          { "train/cls_loss", 0.6 + 3.3 * fall },
                          { "train/dfl_loss", 1.0 + 1.6 * fall } };
    event.metrics = { { "metrics/precision(B)", std::clamp(quality * 1.05, 0.0, 1.0) },
                      { "metrics/recall(B)", std::clamp(quality * 0.93, 0.0, 1.0) },
                      { "metrics/mAP50(B)", std::clamp(quality, 0.0, 1.0) },
                      { "metrics/mAP50-95(B)", std::clamp(quality * 0.68, 0.0, 1.0) },
                      { "val/box_loss", 1.05 + 2.2 * fall + 0.08 * noise(epoch) },
                      { "val/cls_loss", 0.75 + 3.0 * fall + 0.1 * noise(epoch + 9) },
                      { "val/dfl_loss", 1.08 + 1.5 * fall + 0.05 * noise(epoch + 3) } };
    const double rate = 0.001 * std::min(1.0, (epoch + 1) / 3.0) * (1 - 0.99 * (epoch + 1.0) / epochs);
    const double bias = epoch < 3 ? 0.1 * (1 - (epoch + 1) / 3.0) * 0.05 + rate : rate;
    event.learningRates = { { "lr/pg0", bias }, { "lr/pg1", rate }, { "lr/pg2", rate } };
    event.classes = classMetrics(quality);
    addDetails(event, static_cast<int>(event.classes.size()));
    event.fitness = quality * 0.68;
    event.bestFitness = event.fitness;
    event.bestEpoch = epoch;
    event.epochSeconds = 11.5;
    event.trainSeconds = 9;
    event.elapsedSeconds = 11.5 * (epoch + 1);
    event.runSecondsLeft = 11.5 * (epochs - epoch - 1) + 4;
    return event;
}

void addDetails(engine::FitEpochEnd &event, int classes)
{
    constexpr std::size_t points = 101;
    const double quality = 0.35 + 0.6 * progress(event.epoch, event.epochs);
    event.classes.resize(static_cast<std::size_t>(classes));
    event.curves = {};
    for (std::size_t i = 0; i < points; ++i)
        event.curves.confidence.push_back(static_cast<float>(double(i) / (points - 1)));
    event.curves.recall = event.curves.confidence;
    event.curves.best = 35;
    event.confusion.classes = classes;
    const auto side = static_cast<std::size_t>(classes + 1);
    event.confusion.counts.assign(side * side, 0);
    for (int c = 0; c < classes; ++c) {
        const double own = std::clamp(quality + 0.1 * noise(c), 0.05, 0.99);
        engine::ClassMetrics &row = event.classes[static_cast<std::size_t>(c)];
        if (row.name.empty())
            row = { c, "class " + std::to_string(c), 40, 90, own, own * 0.95, own * 0.97, own * 0.7 };
        row.classId = c;
        engine::ClassCurves one;
        one.classId = c;
        one.name = row.name;
        one.map50 = row.map50;
        for (std::size_t i = 0; i < points; ++i) {
            const double x = event.curves.confidence[i];
            const double p = std::clamp(own * (0.75 + 0.35 * x), 0.0, 1.0), r = own * (1 - std::pow(x, 4 * own));
            one.precision.push_back(static_cast<float>(p));
            one.recall.push_back(static_cast<float>(r));
            one.f1.push_back(static_cast<float>(2 * p * r / (p + r + 1e-9)));
            one.precisionAtRecall.push_back(static_cast<float>(x < own ? 1 - 0.3 * std::pow(x / own, 4) : 0));
        }
        event.curves.classes.push_back(std::move(one));
        const auto cell = [&](int predicted, int truth) -> std::int64_t & {
            return event.confusion.counts[static_cast<std::size_t>(predicted) * side + static_cast<std::size_t>(truth)];
        };
        cell(c, c) = std::llround(90 * own);
        cell((c + 1) % classes, c) += std::llround(60 * (1 - own) * (0.4 + 0.4 * noise(c + 3)));
        cell(classes, c) = std::llround(40 * (1 - own));
        cell(c, classes) = std::llround(20 * (1 - own));
    }
}

engine::TrainEnd trainEnd(int epochs)
{
    engine::TrainEnd end;
    end.run = run;
    end.saveDir = "/home/user/runs/detect/train3";
    end.last = end.saveDir / "weights/last.pt";
    end.best = end.saveDir / "weights/best.pt";
    end.metrics = epochEnd(epochs - 1, epochs).metrics;
    end.epochsDone = epochs;
    end.bestEpoch = epochs - 1;
    end.seconds = 11.5 * epochs + 4;
    return end;
}

void feedRun(ui::MainWindow &window, int epochs, int done)
{
    window.onPretrainRoutineStart(pretrainStart(epochs));
    window.onLog(
        { run, engine::LogLevel::Info, "Model yolov8n: 225 layers, 3,011,042 parameters, 8.2 GFLOPs" });
    window.onLog({ run, engine::LogLevel::Info, "Data set shapes: 160 train and 40 val images, 6 classes" });
    window.onLog({ run, engine::LogLevel::Warning, "000040.png cannot be read and is skipped" });
    window.onPretrainRoutineEnd(pretrainEnd(epochs));
    window.onTrainStart({ run, config(epochs) });
    feedEpochs(window, epochs, 0, done);
}

void feedEpochs(ui::MainWindow &window, int epochs, int from, int to)
{
    for (int epoch = from; epoch < to; ++epoch) {
        for (int i = 0; i < batchesPerEpoch; ++i)
            window.onBatchEnd(batch(epoch, epochs, i));
        window.onValProgress({ run, epoch, 2, 3 });
        window.onFitEpochEnd(epochEnd(epoch, epochs));
        window.onModelSave({ run, epoch, {}, {}, true, 0.5, 0.5 });
        window.onLog({ run, engine::LogLevel::Info,
                       "Epoch " + std::to_string(epoch + 1) + ": saved as the best model so far" });
    }
}

hub::SessionStatus syncing(hub::TimePoint now)
{
    hub::SessionStatus status;
    status.state = hub::SessionState::Syncing;
    status.message = QStringLiteral("The run is live on HUB.");
    status.modelId = QStringLiteral("m4c1d");
    status.modelUrl = QUrl(QStringLiteral("http://127.0.0.1:8571/models/m4c1d"));
    status.apiRoot = QUrl(QStringLiteral("http://127.0.0.1:8571"));
    status.metrics = { now + std::chrono::milliseconds(1900), std::chrono::seconds(3), 1, {} };
    status.checkpoint = { now + std::chrono::seconds(612), std::chrono::seconds(900), 1, {} };
    status.heartbeat = { now + std::chrono::seconds(147), std::chrono::seconds(300), 0, {} };
    status.epochsSynced = 17;
    return status;
}

hub::SessionStatus waitingForServer(hub::TimePoint now)
{
    hub::SessionStatus status = syncing(now);
    status.state = hub::SessionState::WaitingForServer;
    status.message =
        QStringLiteral("HUB does not answer. Training goes on; everything is kept and sent later.");
    status.metrics = { now + std::chrono::seconds(24), std::chrono::seconds(40), 4,
                       QStringLiteral("HUB asked to wait") };
    status.heartbeat = { now + std::chrono::seconds(9), std::chrono::seconds(20), 0, {} };
    status.pending = 4;
    status.failed = 3;
    return status;
}

QVector<hub::RequestRecord> requests()
{
    using K = hub::RequestKind;
    QVector<hub::RequestRecord> made;
    const auto add = [&made](hub::RequestSubject subject, int status, hub::Failure failure, int ms, qint64 sent,
                             int seconds) -> hub::RequestRecord & {
        hub::RequestRecord r;
        r.number = quint64(made.size()) + 1;
        r.started = QDateTime(QDate::currentDate(), QTime(14, 2, 11).addSecs(seconds));
        r.subject = subject;
        r.server = QStringLiteral("api.hub.example.org");
        r.failure = failure;
        r.httpStatus = status;
        r.duration = std::chrono::milliseconds(ms);
        r.bytesSent = sent;
        r.bytesReceived = status > 0 ? 180 : 0;
        made << r;
        return made.back();
    };
    using F = hub::Failure;
    add({ K::CreateModel, -1, -1 }, 200, F::None, 141, 512, 0);
    add({ K::Heartbeat, -1, -1 }, 200, F::None, 38, 74, 1);
    add({ K::Metrics, 0, 2 }, 200, F::None, 52, 1'840, 9);
    add({ K::Metrics, 3, 3 }, 429, F::None, 31, 660, 14).serverWait = std::chrono::seconds(40);
    add({ K::Metrics, 3, 6 }, 0, F::Refused, 3, 0, 55);
    add({ K::Metrics, 3, 6 }, 0, F::Dns, 12'400, 0, 58);
    add({ K::Checkpoint, 6, 6 }, 503, F::None, 8'120, 12'412'000, 73);
    add({ K::Metrics, 3, 11 }, 200, F::None, 61, 5'900, 90);
    add({ K::FinalModel, -1, -1 }, 200, F::None, 65'000, 12'410'000, 130);
    add({ K::ReadModel, -1, -1 }, 200, F::None, 44, 0, 196);
    add({ K::ReadMetrics, -1, -1 }, 200, F::None, 71, 0, 197);
    return made;
}

QVector<hub::UploadItem> failingUploads(hub::TimePoint now)
{
    const auto make = [](qint64 id, hub::UploadKind kind, hub::UploadState state, const char *title) {
        hub::UploadItem item;
        item.id = id;
        item.kind = kind;
        item.state = state;
        item.title = QString::fromLatin1(title);
        item.runName = QStringLiteral("train3");
        item.modelId = QStringLiteral("m4c1d");
        return item;
    };
    hub::UploadItem metrics =
        make(1, hub::UploadKind::Metrics, hub::UploadState::Retrying, "Metrics, epochs 18-21");
    metrics.attempts = 3;
    metrics.category = hub::ErrorCategory::Limited;
    metrics.httpStatus = 429;
    metrics.error = QStringLiteral("HUB takes no more requests for now and asked to wait 40 s.");
    metrics.lastTry = QDateTime(QDate::currentDate(), QTime(14, 2, 11));
    metrics.nextTry = now + std::chrono::seconds(24);
    hub::UploadItem checkpoint =
        make(2, hub::UploadKind::Checkpoint, hub::UploadState::Sending, "Checkpoint, epoch 20");
    checkpoint.attempts = 1;
    checkpoint.bytesTotal = 12'412'000;
    checkpoint.bytesSent = 4'900'000;
    hub::UploadItem old = make(3, hub::UploadKind::FinalModel, hub::UploadState::Failed, "Best model");
    old.runName = QStringLiteral("train2");
    old.attempts = 6;
    old.category = hub::ErrorCategory::Permanent;
    old.httpStatus = 413;
    old.error =
        QStringLiteral("HUB refuses the file because it is too large (61 MB). It will not be tried again "
                       "by itself.");
    old.lastTry = QDateTime(QDate::currentDate().addDays(-1), QTime(22, 41, 0));
    hub::UploadItem key = make(4, hub::UploadKind::CreateModel, hub::UploadState::NeedsKey, "New model");
    key.runName = QStringLiteral("train4");
    key.attempts = 1;
    key.category = hub::ErrorCategory::Auth;
    key.httpStatus = 401;
    key.error = QStringLiteral("HUB does not accept the API key. Check it in the settings.");
    key.lastTry = QDateTime(QDate::currentDate(), QTime(13, 58, 40));
    hub::UploadItem next = make(5, hub::UploadKind::Metrics, hub::UploadState::Waiting, "Metrics, epoch 22");
    next.nextTry = now + std::chrono::milliseconds(2400);
    return { metrics, checkpoint, old, key, next };
}

ui::SettingsValues settings()
{
    ui::SettingsValues values;
    values.useLocalHub = false;
    values.apiRoot = QStringLiteral("https://api.hub.example.org");
    values.webRoot = QStringLiteral("https://hub.example.org");
    values.apiKey = QStringLiteral("0a1b2c3d4e5f60718293a4b5c6d7e8f9");
    values.runsFolder = QStringLiteral("/home/user/runs");
    values.keyStorageSecure = false;
    values.keyStorageNote =
        QStringLiteral("There is no desktop keyring, so the key is kept in a file that only you can read.");
    return values;
}

} // namespace torchdeck::fixtures

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/blocking_work.h"
#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "app/state_paths.h"
#include "app/text.h"
#include "torchdeck/engine/dataset_report.h"
#include "torchdeck/engine/duplicate_check.h"
#include "torchdeck/engine/error.h"
#include "torchdeck/engine/sample_dataset.h"

#include <QtCore/QFileInfo>
#include <QtCore/QJsonArray>

#include <optional>

namespace torchdeck::app::cli {

namespace {

QString levelName(engine::ProblemLevel level)
{
    switch (level) {
    case engine::ProblemLevel::Note:
        return QStringLiteral("note");
    case engine::ProblemLevel::Warning:
        return QStringLiteral("warning");
    case engine::ProblemLevel::Fatal:
        return QStringLiteral("error");
    }
    return {};
}

QJsonObject problemJson(const engine::DatasetProblem &problem)
{
    return { { QStringLiteral("level"), levelName(problem.level) },
             { QStringLiteral("file"), pathText(problem.file) },
             { QStringLiteral("line"), problem.line },
             { QStringLiteral("other"), pathText(problem.other) },
             { QStringLiteral("sentence"), QString::fromStdString(problem.sentence) } };
}

/// FILE:LINE: level: sentence, the form editors and compilers share. The place is left out where the sentence
/// has it.
QString problemLine(const engine::DatasetProblem &problem)
{
    const QString sentence = QString::fromStdString(problem.sentence);
    QString place = pathText(problem.file);
    if (problem.line > 0)
        place += QStringLiteral(":%1").arg(problem.line);
    if (place.isEmpty() || sentence.contains(place))
        return QStringLiteral("%1: %2").arg(levelName(problem.level), sentence);
    return QStringLiteral("%1: %2: %3").arg(place, levelName(problem.level), sentence);
}

QJsonObject sizesJson(const engine::DatasetReport &report, int imgsz)
{
    QJsonObject object { { QStringLiteral("imgsz"), imgsz } };
    for (const auto &[name, boxes] : { std::pair { "train", &report.trainBoxes }, std::pair { "val", &report.valBoxes } }) {
        const engine::SizeShares shares = boxes->shares(imgsz);
        object.insert(QLatin1String(name),
                      QJsonObject { { QStringLiteral("boxes"), qint64(shares.all) },
                                    { QStringLiteral("below_8_px"), qint64(shares.tiny) },
                                    { QStringLiteral("small"), qint64(shares.small) },
                                    { QStringLiteral("medium"), qint64(shares.medium) },
                                    { QStringLiteral("large"), qint64(shares.large) } });
    }
    return object;
}

void printSizes(const engine::DatasetReport &report, int imgsz, Console &console)
{
    for (const auto &[name, boxes] : { std::pair { "train", &report.trainBoxes }, std::pair { "validate", &report.valBoxes } }) {
        const engine::SizeShares shares = boxes->shares(imgsz);
        if (shares.all == 0)
            continue;
        const auto percent = [&shares](std::int64_t part) {
            return QString::number(100.0 * double(part) / double(shares.all), 'f', 1);
        };
        console.line(QStringLiteral("  Boxes to %1 at imgsz=%2: %3 % small (below 32 px), %4 % medium, %5 % large (96 px and "
                                    "more); %6 % are below 8 px")
                         .arg(QLatin1String(name), QString::number(imgsz), percent(shares.small), percent(shares.medium),
                              percent(shares.large), percent(shares.tiny)));
    }
}

QJsonObject reportJson(const engine::DatasetReport &report)
{
    QJsonArray problems;
    for (const engine::DatasetProblem &problem : report.problems)
        problems.append(problemJson(problem));
    QJsonArray classes;
    for (std::size_t index = 0; index < report.summary.classNames.size(); ++index) {
        const auto count = [index](const std::vector<std::int64_t> &all) {
            return index < all.size() ? qint64(all[index]) : 0;
        };
        classes.append(QJsonObject {
            { QStringLiteral("name"), QString::fromStdString(report.summary.classNames[index]) },
            { QStringLiteral("train"), count(report.trainInstancesPerClass) },
            { QStringLiteral("val"), count(report.valInstancesPerClass) } });
    }
    return {
        { QStringLiteral("ok"), !report.fatal() },
        { QStringLiteral("name"), QString::fromStdString(report.summary.name) },
        { QStringLiteral("train_images"), qint64(report.summary.trainImages) },
        { QStringLiteral("val_images"), qint64(report.summary.valImages) },
        { QStringLiteral("train_instances"), qint64(report.summary.trainInstances) },
        { QStringLiteral("val_instances"), qint64(report.summary.valInstances) },
        { QStringLiteral("corrupt_images"), qint64(report.summary.corruptImages) },
        { QStringLiteral("background_images"), qint64(report.summary.backgroundImages) },
        { QStringLiteral("classes"), classes },
        { QStringLiteral("problems"), problems },
    };
}

QJsonArray duplicatesJson(const engine::DuplicateReport &report)
{
    QJsonArray pairs;
    for (const engine::DuplicatePair &pair : report.pairs)
        pairs.append(QJsonObject { { QStringLiteral("val"), pathText(pair.val) },
                                   { QStringLiteral("train"), pathText(pair.train) },
                                   { QStringLiteral("likeness"), pair.likeness } });
    return pairs;
}

void printDuplicates(const engine::DuplicateReport &report, Console &console)
{
    for (const engine::DuplicatePair &pair : report.pairs)
        console.line(QStringLiteral("%1: warning: looks like %2 in 'train' (likeness %3); the metrics will look better "
                                    "than they are.")
                         .arg(pathText(pair.val), pathText(pair.train))
                         .arg(pair.likeness, 0, 'f', 3));
    console.line(QStringLiteral("%1 of %2 images compared are near duplicates across train and val.")
                     .arg(report.pairs.size())
                     .arg(report.images));
}

void printReport(const engine::DatasetReport &report, int imgsz, Console &console)
{
    for (const engine::DatasetProblem &problem : report.problems)
        console.line(problemLine(problem));
    const engine::DatasetSummary &all = report.summary;
    console.line(QStringLiteral(
                     "%1: %2 images to train (%3 objects), %4 to validate (%5 objects), %6 without objects, "
                     "%7 unreadable")
                     .arg(QString::fromStdString(all.name))
                     .arg(all.trainImages)
                     .arg(all.trainInstances)
                     .arg(all.valImages)
                     .arg(all.valInstances)
                     .arg(all.backgroundImages)
                     .arg(all.corruptImages));
    for (std::size_t index = 0; index < all.classNames.size(); ++index) {
        const auto count = [index](const std::vector<std::int64_t> &counts) {
            return index < counts.size() ? counts[index] : 0;
        };
        console.line(QStringLiteral("  %1 %2: %3 to train, %4 to validate")
                         .arg(index)
                         .arg(QString::fromStdString(all.classNames[index]))
                         .arg(count(report.trainInstancesPerClass))
                         .arg(count(report.valInstancesPerClass)));
    }
    printSizes(report, imgsz, console);
    console.line(report.fatal() ? QStringLiteral("This set cannot be trained on.")
                                : QStringLiteral("This set can be trained on."));
}

} // namespace

CommandSpec datasetMakeSampleSpec()
{
    using K = ValueKind;
    CommandSpec spec;
    spec.name = QStringLiteral("dataset make-sample");
    spec.usage = QStringLiteral("DIR [train=160] [val=40] [imgsz=320] [seed=0] [--json]");
    spec.summary = QStringLiteral("draw a small data set to try things with");
    spec.positionals = { QStringLiteral("DIR") };
    spec.options = {
        { QStringLiteral("train"), K::Int, QStringLiteral("160"), QStringLiteral("images to train"), 1,
          1'000'000 },
        { QStringLiteral("val"), K::Int, QStringLiteral("40"), QStringLiteral("images to validate"), 1,
          1'000'000 },
        { QStringLiteral("imgsz"), K::Int, QStringLiteral("320"), QStringLiteral("width and height, pixels"),
          32, 4096 },
        { QStringLiteral("seed"), K::Int, QStringLiteral("0"), QStringLiteral("same seed, same images"), 0,
          2'000'000'000 },
    };
    spec.flags = {
        { QStringLiteral("--json"), {}, QStringLiteral("one JSON object with the path of data.yaml") }
    };
    spec.notes = QStringLiteral("Prints the path of the set's data.yaml.");
    return spec;
}

int datasetMakeSampleCommand(const QStringList &words)
{
    const Arguments arguments(datasetMakeSampleSpec(), words);
    const QString dir = arguments.positional(0);
    if (dir.isEmpty())
        throw UsageError { QStringLiteral("No folder is given: `torchdeck dataset make-sample DIR`.") };
    Console console(arguments.flag(QStringLiteral("--json")));
    engine::SampleDatasetOptions options;
    options.trainImages = arguments.integer(QStringLiteral("train"));
    options.valImages = arguments.integer(QStringLiteral("val"));
    options.width = options.height = arguments.integer(QStringLiteral("imgsz"));
    options.seed = std::uint64_t(arguments.integer(QStringLiteral("seed")));
    std::filesystem::path yaml;
    const bool interrupted = runInterruptible("sample", [&](const std::stop_token &stop) {
        yaml = engine::makeSampleDataset(absolutePath(dir).toStdString(), options, [&](int done, int total) {
            console.status(QStringLiteral("drawing %1/%2").arg(done).arg(total));
            return !stop.stop_requested();
        });
    });
    if (interrupted)
        return Interrupted;
    if (console.wantsJson())
        console.json({ { QStringLiteral("data"), pathText(yaml) } });
    else
        console.line(pathText(yaml));
    return Ok;
}

CommandSpec datasetCheckSpec()
{
    CommandSpec spec;
    spec.name = QStringLiteral("dataset check");
    spec.usage = QStringLiteral("PATH/data.yaml [imgsz=640] [--duplicates] [--json]");
    spec.summary = QStringLiteral("say what is in a data set and what is wrong with it");
    spec.positionals = { QStringLiteral("DATA") };
    spec.options = { { QStringLiteral("imgsz"), ValueKind::Int, QStringLiteral("640"),
                       QStringLiteral("image size that the sizes of boxes are told for, pixels"), 32, 8192 } };
    spec.flags = {
        { QStringLiteral("--duplicates"), {},
          QStringLiteral("also look for images of val that look like one of train (reads every image)") },
        { QStringLiteral("--json"), {}, QStringLiteral("one JSON object with summary and problems") }
    };
    spec.notes = QStringLiteral("Exit code 2 when the set cannot be trained on.");
    return spec;
}

int datasetCheckCommand(const QStringList &words)
{
    const Arguments arguments(datasetCheckSpec(), words);
    const QString data = arguments.positional(0);
    if (data.isEmpty())
        throw UsageError { QStringLiteral(
            "No data set is given: `torchdeck dataset check PATH/data.yaml`.") };
    Console console(arguments.flag(QStringLiteral("--json")));
    const int imgsz = arguments.integer(QStringLiteral("imgsz"));
    engine::DatasetReport report;
    std::optional<engine::DuplicateReport> duplicates;
    const bool wanted = arguments.flag(QStringLiteral("--duplicates"));
    const bool interrupted = runInterruptible("dataset", [&](const std::stop_token &stop) {
        report = engine::inspectDataset(data.toStdString(), stop);
        if (wanted && !report.fatal() && !stop.stop_requested())
            duplicates = engine::DuplicateFinder().find(data.toStdString(), {}, stop);
    });
    if (interrupted)
        return Interrupted;
    printReport(report, imgsz, console);
    if (duplicates)
        printDuplicates(*duplicates, console);
    QJsonObject object = reportJson(report);
    object.insert(QStringLiteral("box_sizes"), sizesJson(report, imgsz));
    if (duplicates)
        object.insert(QStringLiteral("near_duplicates"), duplicatesJson(*duplicates));
    if (console.wantsJson())
        console.json(object);
    return report.fatal() ? BadInput : Ok;
}

QString ensureSampleDataset()
{
    const QString dir = StatePaths::sampleDir();
    const QString yaml = dir + QStringLiteral("/data.yaml");
    if (QFileInfo::exists(yaml) && !engine::inspectDataset(yaml.toStdString()).fatal())
        return yaml;
    if (!ensurePrivateFolder(StatePaths::dataDir()))
        throw engine::EngineError(engine::ErrorKind::Storage,
                                  "The sample data cannot be written to " + dir.toStdString()
                                      + ": check its permissions.");
    return pathText(engine::makeSampleDataset(dir.toStdString()));
}

} // namespace torchdeck::app::cli

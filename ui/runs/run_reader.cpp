// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/run_reader.h"

#include "torchdeck/engine/ultralytics_settings.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QDir>
#include <QtCore/QDirIterator>
#include <QtCore/QFileInfo>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QSaveFile>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace torchdeck::ui {

namespace {

constexpr qint64 freshMs = 120'000; ///< a run whose files are younger counts as running
constexpr int epochsOfPatience = 6; ///< ... or younger than so many of its epochs
constexpr qint64 largestFile = 256LL << 20;
constexpr int mostRuns = 20'000;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

QByteArray readAll(const QString &path)
{
    QFile file(path);
    return file.size() <= largestFile && file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

qint64 stampOf(const QFileInfo &info)
{
    return info.exists() ? info.lastModified().toMSecsSinceEpoch() : 0;
}

QString unquoted(QString text)
{
    text = text.trimmed();
    for (const QChar quote : { QLatin1Char('\''), QLatin1Char('"') }) {
        if (text.size() >= 2 && text.front() == quote && text.back() == quote) {
            text = text.mid(1, text.size() - 2);
            if (quote == QLatin1Char('\''))
                text.replace(QLatin1String("''"), QLatin1String("'"));
        }
    }
    return text;
}

double number(std::string_view cell)
{
    while (!cell.empty() && cell.front() == ' ')
        cell.remove_prefix(1);
    double value = nan;
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    return error == std::errc() ? value : nan;
}

/// One line into the wanted cells; `places[i]` says where column i goes, -1 = nowhere.
void readRow(std::string_view line, const std::vector<int> &places, std::vector<double> &row)
{
    std::fill(row.begin(), row.end(), nan);
    std::size_t column = 0;
    while (column < places.size()) {
        const std::size_t comma = line.find(',');
        if (places[column] >= 0)
            row[static_cast<std::size_t>(places[column])] = number(line.substr(0, comma));
        if (comma == std::string_view::npos)
            break;
        line.remove_prefix(comma + 1);
        ++column;
    }
}

struct Best {
    int epoch = 0;
    std::size_t row = 0;
};

Best bestRow(const RunCurves &curves, double weight50)
{
    Best best;
    double highest = -1;
    const auto column = [&curves](const char *name) -> const std::vector<double> * {
        const auto at = curves.names.indexOf(QLatin1String(name));
        return at < 0 ? nullptr : &curves.columns[static_cast<std::size_t>(at)];
    };
    const auto *map50 = column("metrics/mAP50(B)");
    const auto *map5095 = column("metrics/mAP50-95(B)");
    if (!map5095)
        map5095 = map50 = column("metrics/accuracy_top1");
    if (!map5095)
        return best;
    for (std::size_t i = 0; i < map5095->size(); ++i) {
        const double fitness =
            (map50 ? weight50 * (*map50)[i] : 0.0) + (map50 ? 1 - weight50 : 1.0) * (*map5095)[i];
        if (fitness > highest) {
            highest = fitness;
            best = { static_cast<int>(curves.epochs[i]), i };
        }
    }
    return best;
}

void readNotes(const QString &file, RunSummary &run)
{
    const QJsonObject object = QJsonDocument::fromJson(readAll(file)).object();
    run.note = object.value(QStringLiteral("note")).toString();
    run.tags.clear();
    const QJsonArray tags = object.value(QStringLiteral("tags")).toArray();
    for (const QJsonValue &tag : tags)
        run.tags << tag.toString();
}

bool patienceRanOut(const RunSummary &run, const RunCurves &curves)
{
    bool ok = false;
    const int patience = run.argument(QStringLiteral("patience")).toInt(&ok);
    if (!ok || patience <= 0)
        return false;
    // Fitness is mAP50-95 since 8.4, 0.1 mAP50 + 0.9 mAP50-95 before.
    for (const double weight : { 0.0, 0.1 }) {
        const Best best = bestRow(curves, weight);
        if (best.epoch > 0 && run.epochsDone - best.epoch >= patience)
            return true;
    }
    return false;
}

void findBelow(const QString &folder, int depth, QStringList &found)
{
    if (found.size() >= mostRuns)
        return;
    if (QFile::exists(folder + QStringLiteral("/args.yaml"))
        || QFile::exists(folder + QStringLiteral("/results.csv"))) {
        found << folder;
        return;
    }
    if (depth == 0)
        return;
    QDirIterator it(folder, QDir::Dirs | QDir::NoDotAndDotDot | QDir::NoSymLinks);
    while (it.hasNext())
        findBelow(it.next(), depth - 1, found);
}

bool stopNoted(const QString &folder)
{
    const auto events = engine::readRunEvents(folder.toStdString());
    return !events.empty() && events.back().kind == engine::RunEventKind::Stopped;
}

} // namespace

QMap<QString, QString> parseArgs(const QByteArray &yaml)
{
    QMap<QString, QString> arguments;
    QString openKey;
    QStringList items;
    const auto close = [&] {
        if (!openKey.isEmpty() && !items.isEmpty())
            arguments.insert(openKey, QLatin1Char('[') + items.join(QStringLiteral(", ")) + QLatin1Char(']'));
        openKey.clear();
        items.clear();
    };
    const QStringList lines = QString::fromUtf8(yaml).split(QLatin1Char('\n'));
    for (const QString &line : lines) {
        const QString trimmed = line.trimmed();
        if (trimmed.startsWith(QLatin1String("- "))) {
            items << unquoted(trimmed.mid(2));
            continue;
        }
        close();
        const auto colon = line.indexOf(QLatin1Char(':'));
        if (colon <= 0 || line.startsWith(QLatin1Char('#')) || line.startsWith(QLatin1Char(' ')))
            continue;
        const QString key = line.left(colon).trimmed();
        const QString value = unquoted(line.mid(colon + 1));
        if (value.isEmpty())
            openKey = key;
        else if (value != QLatin1String("null") && value != QLatin1String("~"))
            arguments.insert(key, value);
    }
    close();
    return arguments;
}

RunCurves parseResults(const QByteArray &csv, const QStringList &only)
{
    RunCurves curves;
    std::string_view rest(csv.constData(), static_cast<std::size_t>(csv.size()));
    const auto takeLine = [&rest](std::string_view &line) {
        const std::size_t end = rest.find('\n');
        if (end == std::string_view::npos)
            return false; // torn: its writer is not done
        line = rest.substr(0, end);
        if (!line.empty() && line.back() == '\r')
            line.remove_suffix(1);
        rest.remove_prefix(end + 1);
        return true;
    };
    std::string_view line;
    if (!takeLine(line))
        return curves;
    std::vector<int> places; // 0 = epoch, 1 = time, then the names
    const auto cells = QString::fromUtf8(line.data(), static_cast<qsizetype>(line.size())).split(QLatin1Char(','));
    for (const QString &cell : cells) {
        const QString name = cell.trimmed(); // Ultralytics before 8.1 padded them
        if (name == QLatin1String("epoch") || name == QLatin1String("time"))
            places.push_back(name == QLatin1String("epoch") ? 0 : 1);
        else if (only.isEmpty() || only.contains(name)) {
            places.push_back(static_cast<int>(curves.names.size()) + 2);
            curves.names << name;
        } else
            places.push_back(-1);
    }
    curves.columns.resize(static_cast<std::size_t>(curves.names.size()));
    std::vector<double> row(curves.columns.size() + 2);
    double earlier = 0, last = 0;
    while (takeLine(line)) {
        readRow(line, places, row);
        if (!std::isfinite(row[0]))
            continue;
        if (std::isfinite(row[1])) {
            if (row[1] < last) // Python's clock starts anew with each resume
                earlier += last;
            last = row[1];
        }
        while (!curves.epochs.empty() && curves.epochs.back() >= row[0]) {
            curves.epochs.pop_back();
            for (auto &column : curves.columns)
                column.pop_back();
        }
        curves.epochs.push_back(row[0]);
        for (std::size_t i = 0; i < curves.columns.size(); ++i)
            curves.columns[i].push_back(row[i + 2]);
    }
    curves.seconds = earlier + last;
    return curves;
}

RunState judgeState(const RunSummary &run, bool patienceEnded, qint64 now)
{
    if (run.epochsPlanned > 0 && run.epochsDone >= run.epochsPlanned)
        return RunState::Finished;
    const double hours = run.argument(QStringLiteral("time")).toDouble();
    if (hours > 0 && run.seconds >= hours * 3600 * 0.98)
        return RunState::Finished;
    if (patienceEnded)
        return RunState::EndedEarly;
    const double epochMs = run.epochsDone > 0 ? run.seconds / run.epochsDone * 1000 : 300'000;
    const qint64 fresh = std::max(freshMs, static_cast<qint64>(epochsOfPatience * epochMs));
    if (!run.stopped && run.lastChange > 0 && now - run.lastChange < fresh)
        return RunState::Running;
    return run.resumable ? RunState::Interrupted : RunState::Broken;
}

std::optional<RunSummary> readRun(const QString &folder, const RunSummary *before, qint64 now)
{
    const QFileInfo args(folder + QStringLiteral("/args.yaml"));
    const QFileInfo results(folder + QStringLiteral("/results.csv"));
    const QFileInfo notes(folder + QStringLiteral("/torchdeck.json"));
    if (!args.exists() && !results.exists())
        return {};
    RunSummary run = before ? *before : RunSummary();
    const bool sameArgs = before && before->argsStamp == stampOf(args);
    const bool sameResults =
        before && before->resultsStamp == stampOf(results) && before->resultsSize == results.size();
    run.folder = folder;
    run.name = QFileInfo(folder).fileName();
    run.group = QFileInfo(QFileInfo(folder).path()).fileName();
    run.argsStamp = stampOf(args);
    run.resultsStamp = stampOf(results);
    run.resultsSize = results.size();
    run.lastChange = std::max(run.argsStamp, run.resultsStamp);
    if (!sameArgs) {
        run.arguments = parseArgs(readAll(args.filePath()));
        run.epochsPlanned = run.argument(QStringLiteral("epochs")).toInt();
        run.started = args.exists() ? args.lastModified() : results.lastModified();
    }
    if (!before || before->notesStamp != stampOf(notes)) {
        run.notesStamp = stampOf(notes);
        readNotes(notes.filePath(), run);
    }
    const bool undecided = !before || before->state == RunState::Running
        || (before->stopped && now - before->lastChange < freshMs); // it may be going on elsewhere
    if (sameArgs && sameResults && !undecided)
        return run;
    static const QStringList needed { QStringLiteral("metrics/mAP50(B)"), QStringLiteral("metrics/mAP50-95(B)"),
                                      QStringLiteral("metrics/accuracy_top1") };
    const RunCurves curves = parseResults(readAll(results.filePath()), needed);
    run.epochsDone = curves.epochs.empty() ? 0 : static_cast<int>(curves.epochs.back());
    run.seconds = curves.seconds;
    const Best best = bestRow(curves, 0.0);
    run.bestEpoch = best.epoch;
    run.map50 = run.map5095 = nan;
    for (qsizetype i = 0; i < curves.names.size() && best.epoch > 0; ++i) {
        const double value = curves.columns[static_cast<std::size_t>(i)][best.row];
        (curves.names[i] == needed[0] ? run.map50 : run.map5095) = value;
    }
    const bool left = run.epochsPlanned == 0 || run.epochsDone < run.epochsPlanned;
    run.resumable = left && run.epochsDone > 0 && QFile::exists(folder + QStringLiteral("/weights/last.pt"));
    run.stopped = left && stopNoted(folder);
    run.state = judgeState(run, patienceRanOut(run, curves), now);
    return run;
}

RunCurves readCurves(const QString &folder)
{
    RunCurves curves = parseResults(readAll(folder + QStringLiteral("/results.csv")));
    curves.events = engine::readRunEvents(folder.toStdString());
    return curves;
}

QString writeNotes(const QString &folder, const QStringList &tags, const QString &note)
{
    const QString path = folder + QStringLiteral("/torchdeck.json");
    QJsonObject object = QJsonDocument::fromJson(readAll(path)).object(); // keeps what a later version added
    object[QStringLiteral("tags")] = QJsonArray::fromStringList(tags);
    object[QStringLiteral("note")] = note;
    QSaveFile file(path);
    const QByteArray text = QJsonDocument(object).toJson();
    if (file.open(QIODevice::WriteOnly) && file.write(text) == text.size() && file.commit())
        return {};
    return QCoreApplication::translate("RunReader", "Tags and note cannot be saved in %1: %2. Check the folder's rights.")
        .arg(folder, file.errorString());
}

engine::TrainConfig configOf(const QMap<QString, QString> &arguments, QStringList *refused)
{
    engine::TrainConfig config;
    // What says where a run's files go or how Ultralytics runs the command, not how the model is trained.
    static const QStringList aside { QStringLiteral("save_dir"), QStringLiteral("mode"), QStringLiteral("task"),
                                     QStringLiteral("resume"), QStringLiteral("name"), QStringLiteral("project"),
                                     QStringLiteral("exist_ok") };
    for (auto it = arguments.cbegin(); it != arguments.cend(); ++it) {
        if (aside.contains(it.key()))
            continue;
        const auto error = engine::setTrainArgument(config, it.key().toStdString(), it.value().toStdString());
        if (error && refused)
            *refused << QString::fromStdString(error->sentence);
    }
    return config;
}

engine::TrainConfig resumeConfig(const RunSummary &run)
{
    // Everything else comes from the checkpoint; saying it again would only make the engine note what it ignores.
    engine::TrainConfig config;
    config.model = (run.folder + QStringLiteral("/weights/last.pt")).toStdString();
    config.data = run.argument(QStringLiteral("data")).toStdString();
    if (const QString device = run.argument(QStringLiteral("device")); device.contains(QLatin1Char(',')))
        config.device = device.toStdString(); // as many processes again
    config.resume = true;
    return config;
}

QStringList findRuns(const QString &root, int depth)
{
    QStringList found;
    if (QFileInfo(root).isDir())
        findBelow(QDir(root).absolutePath(), depth, found);
    return found;
}

QString ultralyticsRunsFolder()
{
    const QString file = QString::fromStdString(engine::ultralyticsSettingsFile().string());
    const QJsonObject object = QJsonDocument::fromJson(readAll(file)).object();
    const QString folder = object.value(QStringLiteral("runs_dir")).toString();
    return QDir::isAbsolutePath(folder) ? QDir::cleanPath(folder) : QString();
}

} // namespace torchdeck::ui

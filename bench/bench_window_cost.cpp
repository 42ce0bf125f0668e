// SPDX-License-Identifier: GPL-3.0-or-later
// What an open window costs a training: the same run without and with the production window, in turn, each in a process of its
// own, on drawn data.
//   bench_window_cost [ROUNDS=5] [EPOCHS=4]
// Offscreen, the Training page in front with its charts moving. As JSON: median epoch time with the window by that without, split
// into its batches and the rest (wall time: a busy machine blurs it); processor time and page faults of both processes by those of the
// other; and the window's processor time by thread, of all its process used while it trained. A thread that ended is in "ended".
#include "app/application.h"
#include "app/settings.h"
#include "app/state_paths.h"
#include "app/training_controller.h"
#include "bench/own_folders.h"
#include "bench/timing.h"
#include "torchdeck/engine/sample_dataset.h"
#include "ui/main_window.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QMap>
#include <QtCore/QProcess>
#include <QtCore/QTemporaryDir>
#include <QtWidgets/QApplication>

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <vector>

using namespace torchdeck;

namespace {

using bench::median;

engine::TrainConfig runOf(const QString &data, const QString &project, int epochs)
{
    engine::TrainConfig config;
    config.data = data.toStdString();
    config.model = "yolov8n.yaml";
    config.epochs = epochs;
    config.imgsz = 320;
    config.batch = 16;
    config.device = "cpu";
    config.project = project.toStdString();
    config.hub = false;
    return config;
}

/// Processor time so far of each thread of this process, by its name; of namesakes the sum.
QMap<QString, double> threadSeconds()
{
    QMap<QString, double> times;
    for (const QString &id : QDir(QStringLiteral("/proc/self/task")).entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
        QFile name(QStringLiteral("/proc/self/task/%1/comm").arg(id)), run(QStringLiteral("/proc/self/task/%1/schedstat").arg(id));
        if (name.open(QIODevice::ReadOnly) && run.open(QIODevice::ReadOnly))
            times[QString::fromUtf8(name.readAll().trimmed())] += run.readAll().split(' ').value(0).toDouble() * 1e-9;
    }
    return times;
}

qint64 pageFaults()
{
    rusage usage {};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_minflt + usage.ru_majflt;
}

/// What was spent since it was made.
class Spent {
public:
    Spent()
        : m_threads(threadSeconds())
        , m_all(bench::seconds(CLOCK_PROCESS_CPUTIME_ID))
        , m_faults(pageFaults())
    {
    }
    [[nodiscard]] QJsonObject values() const
    {
        const double all = bench::seconds(CLOCK_PROCESS_CPUTIME_ID) - m_all;
        double known = 0;
        QJsonObject threads;
        const auto now = threadSeconds();
        for (auto thread = now.cbegin(); thread != now.cend(); ++thread) {
            const double spent = thread.value() - m_threads.value(thread.key());
            known += spent;
            if (spent > 0.0005 * all)
                threads[thread.key()] = spent;
        }
        threads[QStringLiteral("ended")] = all - known;
        return { { QStringLiteral("all"), all },
                 { QStringLiteral("faults"), pageFaults() - m_faults },
                 { QStringLiteral("threads"), threads } };
    }

private:
    QMap<QString, double> m_threads;
    double m_all;
    qint64 m_faults;
};

/// Trains on `controller` and prints what it took as one JSON line.
int train(app::TrainingController &controller, const engine::TrainConfig &config)
{
    using C = app::TrainingController;
    std::optional<Spent> spent;
    std::vector<double> epochs, training; // of each epoch but the first, which warms up
    double before = 0;
    int code = 1;
    QObject::connect(&controller, &C::trainStart, &controller, [&] { spent.emplace(); });
    QObject::connect(&controller, &C::fitEpochEnd, &controller, [&](const engine::FitEpochEnd &event) {
        if (event.finalEval)
            return;
        if (event.epoch > 0) {
            epochs.push_back(event.elapsedSeconds - before);
            training.push_back(event.trainSeconds);
        }
        before = event.elapsedSeconds;
    });
    QObject::connect(&controller, &C::finished, &controller, [&] {
        QJsonObject values = spent->values();
        values[QStringLiteral("epoch")] = median(epochs);
        values[QStringLiteral("training")] = median(training);
        std::printf("%s\n", QJsonDocument(values).toJson(QJsonDocument::Compact).constData());
        code = 0;
        QCoreApplication::exit(0);
    });
    QObject::connect(&controller, &C::failed, &controller, [] { QCoreApplication::exit(1); });
    if (controller.start(config) == 0)
        return 1;
    QCoreApplication::exec();
    return code;
}

int child(int &count, char **arguments)
{
    const QString data = QString::fromLocal8Bit(arguments[2]), project = QString::fromLocal8Bit(arguments[3]);
    const auto config = runOf(data, project, std::atoi(arguments[4]));
    if (qstrcmp(arguments[1], "--headless") == 0) {
        const QCoreApplication application(count, arguments);
        app::TrainingController controller;
        return train(controller, config);
    }
    QApplication application(count, arguments);
    app::Settings settings(app::StatePaths::settingsFile()); // the other side has no HUB either
    if (!settings.setText(QStringLiteral("hub"), QStringLiteral("false")).isEmpty() || !settings.save().isEmpty())
        return 1;
    app::Application window;
    window.window().resize(1300, 850);
    window.show();
    return train(window.controller(), config);
}

QJsonObject measured(const char *mode, const QString &root, const QString &data, int epochs)
{
    QProcess process;
    process.setProcessEnvironment(bench::ownFolders(root));
    process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    process.start(QCoreApplication::applicationFilePath(),
                  { QLatin1String(mode), data, root + QStringLiteral("/runs"), QString::number(epochs) });
    if (!process.waitForFinished(600'000) || process.exitCode() != 0)
        return {};
    return QJsonDocument::fromJson(process.readAllStandardOutput().trimmed()).object();
}

/// Round by round, since the machine's speed drifts.
QJsonObject ratioOf(const std::vector<QJsonObject> &window, const std::vector<QJsonObject> &headless, const QString &key)
{
    std::vector<double> ratios, times;
    for (std::size_t i = 0; i < window.size(); ++i) {
        times.push_back(headless[i].value(key).toDouble());
        ratios.push_back(window[i].value(key).toDouble() / times.back());
    }
    return { { QStringLiteral("median"), median(ratios) },
             { QStringLiteral("least"), *std::min_element(ratios.begin(), ratios.end()) },
             { QStringLiteral("most"), *std::max_element(ratios.begin(), ratios.end()) },
             { QStringLiteral("headless"), median(times) } };
}

} // namespace

int main(int count, char **arguments)
{
    if (count == 5)
        return child(count, arguments);
    const QCoreApplication application(count, arguments);
    const int rounds = count > 1 ? std::atoi(arguments[1]) : 5, epochs = count > 2 ? std::atoi(arguments[2]) : 4;
    const QTemporaryDir root;
    engine::SampleDatasetOptions sample;
    sample.trainImages = 128;
    sample.valImages = 32;
    const auto data = QString::fromStdString(
        engine::makeSampleDataset(root.filePath(QStringLiteral("shapes")).toStdString(), sample).string());
    std::vector<QJsonObject> headless, window;
    for (int round = 0; round < rounds; ++round) {
        QJsonObject sides[2];
        for (const int side : { round % 2, 1 - round % 2 }) // neither is always first
            sides[side] = measured(side == 0 ? "--headless" : "--window", root.path(), data, epochs);
        if (sides[0].isEmpty() || sides[1].isEmpty()) {
            std::fputs("a run failed\n", stderr);
            return 1;
        }
        headless.push_back(sides[0]);
        window.push_back(sides[1]);
    }
    QJsonObject ratios, threads;
    for (const char *key : { "epoch", "training", "all", "faults" })
        ratios[QLatin1String(key)] = ratioOf(window, headless, QLatin1String(key));
    for (const QJsonObject &round : window) {
        const QJsonObject times = round.value(QStringLiteral("threads")).toObject();
        for (auto thread = times.begin(); thread != times.end(); ++thread)
            threads[thread.key()] = threads.value(thread.key()).toDouble()
                + thread.value().toDouble() / round.value(QStringLiteral("all")).toDouble() / double(window.size());
    }
    const QJsonObject answer { { QStringLiteral("rounds"), rounds },
                               { QStringLiteral("epochs"), epochs },
                               { QStringLiteral("window_by_headless"), ratios },
                               { QStringLiteral("share_of_processor_time_by_thread"), threads } };
    std::fputs(QJsonDocument(answer).toJson().constData(), stdout);
    return 0;
}

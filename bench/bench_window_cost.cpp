// SPDX-License-Identifier: GPL-3.0-or-later
// What an open window costs a training: the same run without and with the production window, in turn, each in a process of its
// own, on drawn data.
//   bench_window_cost [ROUNDS=5] [EPOCHS=6]
// Offscreen, the Training page in front with its charts moving. Two answers, as JSON: median epoch time with the window by that
// without (wall time: a busy machine blurs it), and the part of the processor time, of all the window's process used while it
// trained, that its main thread took: what the window does runs there or is painted there.
#include "app/application.h"
#include "app/settings.h"
#include "app/state_paths.h"
#include "app/training_controller.h"
#include "bench/own_folders.h"
#include "bench/timing.h"
#include "torchdeck/engine/sample_dataset.h"
#include "ui/main_window.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QProcess>
#include <QtCore/QTemporaryDir>
#include <QtWidgets/QApplication>

#include <algorithm>
#include <cstdio>
#include <vector>

using namespace torchdeck;

namespace {

using bench::median;
using bench::seconds;

engine::TrainConfig runOf(const QString &data, const QString &project, int epochs)
{
    engine::TrainConfig config;
    config.data = data.toStdString();
    config.model = "yolov8n.yaml";
    config.epochs = epochs;
    config.imgsz = 160;
    config.batch = 8;
    config.device = "cpu";
    config.project = project.toStdString();
    config.hub = false;
    return config;
}

/// Trains on `controller` and prints what it took as one JSON line.
int train(app::TrainingController &controller, const engine::TrainConfig &config)
{
    double mainStart = 0, allStart = 0;
    QString folder;
    int code = 1;
    QObject::connect(&controller, &app::TrainingController::trainStart, &controller, [&] {
        mainStart = seconds(CLOCK_THREAD_CPUTIME_ID);
        allStart = seconds(CLOCK_PROCESS_CPUTIME_ID);
    });
    QObject::connect(&controller, &app::TrainingController::pretrainRoutineStart, &controller,
                     [&](const engine::PretrainRoutineStart &event) { folder = QString::fromStdString(event.saveDir.string()); });
    QObject::connect(&controller, &app::TrainingController::finished, &controller, [&] {
        const double main = seconds(CLOCK_THREAD_CPUTIME_ID) - mainStart, all = seconds(CLOCK_PROCESS_CPUTIME_ID) - allStart;
        std::vector<double> epochs;
        QFile results(folder + QStringLiteral("/results.csv"));
        if (!results.open(QIODevice::ReadOnly))
            return QCoreApplication::exit(1);
        double before = 0;
        for (const QByteArray &line : results.readAll().split('\n').mid(1)) {
            if (const auto cells = line.split(','); cells.size() > 1) {
                epochs.push_back(cells[1].toDouble() - before);
                before = cells[1].toDouble();
            }
        }
        epochs.erase(epochs.begin()); // warms up
        std::printf("%s\n", QJsonDocument(QJsonObject { { QStringLiteral("epoch"), median(epochs) },
                                                        { QStringLiteral("main"), main },
                                                        { QStringLiteral("all"), all } })
                                .toJson(QJsonDocument::Compact)
                                .constData());
        code = 0;
        QCoreApplication::exit(0);
    });
    QObject::connect(&controller, &app::TrainingController::failed, &controller, [] { QCoreApplication::exit(1); });
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

} // namespace

int main(int count, char **arguments)
{
    if (count == 5)
        return child(count, arguments);
    const QCoreApplication application(count, arguments);
    const int rounds = count > 1 ? std::atoi(arguments[1]) : 5, epochs = count > 2 ? std::atoi(arguments[2]) : 6;
    const QTemporaryDir root;
    engine::SampleDatasetOptions sample;
    sample.trainImages = 64;
    sample.valImages = 16;
    const auto data = QString::fromStdString(
        engine::makeSampleDataset(root.filePath(QStringLiteral("shapes")).toStdString(), sample).string());
    std::vector<double> ratios, shares, without, with;
    for (int round = 0; round < rounds; ++round) {
        QJsonObject sides[2];
        for (const int side : { round % 2, 1 - round % 2 }) // neither is always first
            sides[side] = measured(side == 0 ? "--headless" : "--window", root.path(), data, epochs);
        if (sides[0].isEmpty() || sides[1].isEmpty()) {
            std::fputs("a run failed\n", stderr);
            return 1;
        }
        without.push_back(sides[0].value(QStringLiteral("epoch")).toDouble());
        with.push_back(sides[1].value(QStringLiteral("epoch")).toDouble());
        ratios.push_back(with.back() / without.back());
        shares.push_back(sides[1].value(QStringLiteral("main")).toDouble() / sides[1].value(QStringLiteral("all")).toDouble());
    }
    std::printf("{\"rounds\": %d, \"epochs\": %d, \"epoch_seconds\": {\"headless\": %.3f, \"window\": %.3f},\n"
                " \"epoch_ratio\": {\"median\": %.4f, \"least\": %.4f, \"most\": %.4f},\n"
                " \"main_thread_share_of_processor_time\": {\"median\": %.4f, \"most\": %.4f}}\n",
                rounds, epochs, median(without), median(with), median(ratios), *std::min_element(ratios.begin(), ratios.end()),
                *std::max_element(ratios.begin(), ratios.end()), median(shares), *std::max_element(shares.begin(), shares.end()));
    return 0;
}

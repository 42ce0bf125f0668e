// SPDX-License-Identifier: GPL-3.0-or-later
// How long the real program takes from fork() to a window that is painted and answers:
//   bench_startup TORCHDECK [ROUNDS]
// Offscreen, with folders of its own (kept over the rounds: only the first start is a first start). Every round is a
// new process; the first two warm the disk cache and are not counted. Prints medians, wall time and processor time:
// on a machine that is busy otherwise only the latter says much.

#include "bench/own_folders.h"
#include "bench/timing.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QFileInfo>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QProcess>
#include <QtCore/QTemporaryDir>

#include <algorithm>
#include <cstdio>
#include <map>
#include <vector>

namespace {

constexpr int warmRounds = 2;
constexpr int timeoutMs = 180'000;

double now() { return torchdeck::bench::seconds(CLOCK_MONOTONIC) * 1e3; } // ms

using torchdeck::bench::median;
using torchdeck::bench::ownFolders;

struct Round {
    double began = 0;
    QJsonObject report;
};

Round start(const QString &program, const QProcessEnvironment &environment, const QString &folder)
{
    QProcess process;
    process.setProcessEnvironment(environment);
    process.setWorkingDirectory(folder);
    process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    Round round { now(), {} };
    process.start(program, { QStringLiteral("--startup-report") });
    if (!process.waitForFinished(timeoutMs) || process.exitCode() != 0)
        qFatal("the program did not end well: %s", qPrintable(process.errorString()));
    round.report = QJsonDocument::fromJson(process.readAllStandardOutput().trimmed()).object();
    if (round.report.isEmpty())
        qFatal("the program printed no report");
    return round;
}

struct Figures {
    std::vector<double> wall, thread, process;
};

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    const QStringList words = application.arguments();
    if (words.size() < 2) {
        std::fprintf(stderr, "bench_startup TORCHDECK [ROUNDS]\n");
        return 2;
    }
    const QString program = QFileInfo(words[1]).absoluteFilePath();
    const int rounds = words.size() > 2 ? words[2].toInt() : 10;
    const QTemporaryDir folder;
    const QProcessEnvironment environment = ownFolders(folder.path());
    std::vector<QString> order;
    std::map<QString, Figures> steps;
    std::vector<double> turns, turnsThread;
    for (int i = 0; i < warmRounds + rounds; ++i) {
        const Round round = start(program, environment, folder.path());
        if (i < warmRounds)
            continue;
        for (const QJsonValue &value : round.report.value(QStringLiteral("steps")).toArray()) {
            const QString name = value[QStringLiteral("step")].toString();
            if (!steps.contains(name))
                order.push_back(name);
            steps[name].wall.push_back(value[QStringLiteral("monotonic_ms")].toDouble() - round.began);
            steps[name].thread.push_back(value[QStringLiteral("thread_ms")].toDouble());
            steps[name].process.push_back(value[QStringLiteral("process_ms")].toDouble());
        }
        turns.push_back(round.report.value(QStringLiteral("longest_event_ms")).toDouble());
        turnsThread.push_back(round.report.value(QStringLiteral("longest_event_thread_ms")).toDouble());
    }
    std::printf("{\"rounds\": %d, \"unit\": \"ms since fork, medians\", \"steps\": [\n", rounds);
    for (const QString &name : order) {
        const Figures &f = steps[name];
        std::printf("  {\"step\": \"%s\", \"wall\": %.0f, \"wall_least\": %.0f, \"main_thread_cpu\": %.0f, \"process_cpu\": %.0f}%s\n",
                    qPrintable(name), median(f.wall), *std::min_element(f.wall.begin(), f.wall.end()), median(f.thread),
                    median(f.process), name == order.back() ? "" : ",");
    }
    std::printf("], \"longest_event_in_the_two_seconds_after\": {\"wall\": %.1f, \"main_thread_cpu\": %.1f}}\n", median(turns), median(turnsThread));
    return 0;
}

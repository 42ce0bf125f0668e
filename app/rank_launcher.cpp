// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/rank_launcher.h"

#include "app/argument_words.h"

#include <QtCore/QElapsedTimer>
#include <QtCore/QFile>
#include <QtCore/QProcess>
#include <QtNetwork/QTcpServer>

#include <algorithm>
#include <csignal>
#include <sys/prctl.h>

namespace torchdeck::app {

namespace {

constexpr int endingMs = 10'000; ///< a rank that has trained to the end needs far less
constexpr int stoppingMs = 5'000;

/// A port that nobody listens on now.
std::uint16_t freePort()
{
    QTcpServer server;
    return server.listen(QHostAddress::LocalHost) ? server.serverPort() : std::uint16_t(0);
}

QString saidBy(const QTemporaryDir &folder, std::size_t rank)
{
    return folder.filePath(QStringLiteral("rank%1").arg(rank));
}

} // namespace

RankLauncher::RankLauncher(const engine::TrainConfig &config, const QString &program)
{
    m_ranks.size = int(engine::deviceList(config.device).size());
    m_ranks.address = "127.0.0.1";
    m_ranks.port = freePort();
    const QStringList words = QStringList { QStringLiteral("train") } + argumentWords(config, { "hub" }) + QStringList { QStringLiteral("hub=false") };
    for (int rank = 1; rank < m_ranks.size; ++rank)
        start(rank, words, program);
}

void RankLauncher::start(int rank, const QStringList &words, const QString &program)
{
    auto process = std::make_unique<QProcess>();
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const char *name : { "HUB_API_KEY", "ULTRALYTICS_API_KEY" }) // rank 0 syncs
        environment.remove(QLatin1String(name));
    environment.insert(QStringLiteral("RANK"), QString::number(rank));
    environment.insert(QStringLiteral("LOCAL_RANK"), QString::number(rank));
    environment.insert(QStringLiteral("WORLD_SIZE"), QString::number(m_ranks.size));
    environment.insert(QStringLiteral("MASTER_ADDR"), QString::fromStdString(m_ranks.address));
    environment.insert(QStringLiteral("MASTER_PORT"), QString::number(m_ranks.port));
    process->setProcessEnvironment(environment);
    process->setStandardInputFile(QProcess::nullDevice());
    process->setStandardOutputFile(QProcess::nullDevice());
    process->setStandardErrorFile(saidBy(m_said, std::size_t(rank)));
    process->setChildProcessModifier([] { ::prctl(PR_SET_PDEATHSIG, SIGTERM); });
    process->start(program, words);
    m_others.push_back(std::move(process));
}

RankLauncher::~RankLauncher()
{
    QElapsedTimer since;
    since.start();
    for (const auto &process : m_others)
        process->waitForFinished(int(std::max<qint64>(0, endingMs - since.elapsed())));
    for (const auto &process : m_others)
        process->terminate();
    since.restart();
    for (const auto &process : m_others) {
        if (!process->waitForFinished(int(std::max<qint64>(0, stoppingMs - since.elapsed()))))
            process->kill();
        process->waitForFinished();
    }
}

QStringList RankLauncher::complaints()
{
    QStringList sentences;
    for (std::size_t i = 0; i < m_others.size(); ++i) {
        QProcess &process = *m_others[i];
        process.waitForFinished(0);
        if (process.state() == QProcess::Running || (process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0))
            continue;
        QFile file(saidBy(m_said, i + 1));
        const QStringList lines = file.open(QIODevice::ReadOnly)
            ? QString::fromUtf8(file.readAll()).trimmed().split(QLatin1Char('\n'), Qt::SkipEmptyParts)
            : QStringList();
        const QString last = lines.isEmpty() ? process.errorString() : lines.last();
        sentences.append(QStringLiteral("Rank %1 ended: %2").arg(i + 1).arg(last));
    }
    return sentences;
}

} // namespace torchdeck::app

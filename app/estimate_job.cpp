// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/estimate_job.h"

#include "app/argument_words.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QRegularExpression>

#include <csignal>
#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace torchdeck::app {

namespace {

constexpr int killWaitMs = 2000; ///< when the window closes
constexpr int badInput = 2; ///< exit code of the command line

/// In the child, before the program begins: it ends with the window, and when memory runs out it goes first. Calls
/// only what may be called between fork and exec.
void prepareChild()
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (file >= 0) {
        [[maybe_unused]] const auto written = write(file, "1000", 4);
        close(file);
    }
}

std::vector<double> numbers(const QJsonValue &value)
{
    std::vector<double> list;
    for (const QJsonValue &one : value.toArray())
        list.push_back(one.toDouble());
    return list;
}

engine::RunProbe probeFrom(const QJsonObject &object)
{
    engine::RunProbe probe;
    probe.device = object["device"].toString().toStdString();
    probe.batch = object["batch"].toInt();
    probe.trainImages = object["train_images"].toInteger();
    probe.valImages = object["val_images"].toInteger();
    probe.freeMemory = object["free_memory"].toDouble();
    probe.predictedMemory = object["predicted_memory"].toDouble();
    probe.peakMemory = object["peak_memory"].toDouble();
    probe.stepSeconds = numbers(object["step_seconds"]);
    probe.optimizerStepSeconds = numbers(object["optimizer_step_seconds"]);
    probe.accumulate = object["accumulate"].toInt(1);
    probe.valSecondsPerImage = object["val_seconds_per_image"].toDouble();
    return probe;
}

} // namespace

EstimateJob::EstimateJob(QString program, QObject *parent)
    : QObject(parent)
    , m_program(std::move(program))
{
}

EstimateJob::~EstimateJob()
{
    if (!m_process)
        return;
    m_process->disconnect(this);
    m_process->kill();
    m_process->waitForFinished(killWaitMs);
}

/// Ends the process without a word and without waiting for it; its folder goes with it.
void EstimateJob::drop()
{
    QProcess *process = std::exchange(m_process, nullptr);
    process->disconnect(this);
    const std::shared_ptr<QTemporaryDir> scratch(std::move(m_scratch));
    if (process->state() == QProcess::NotRunning) {
        process->deleteLater();
        return;
    }
    connect(process, &QProcess::finished, process, [process, scratch] { process->deleteLater(); });
    process->kill();
}

void EstimateJob::cancel()
{
    if (!m_process)
        return;
    drop();
    Q_EMIT ended({}, true);
}

void EstimateJob::start(const engine::TrainConfig &config)
{
    cancel();
    m_config = config;
    m_errors.clear();
    m_scratch = std::make_unique<QTemporaryDir>();
    m_process = new QProcess(this);
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.remove(QStringLiteral("HUB_API_KEY")); // has no business there
    for (const char *rank : { "RANK", "LOCAL_RANK", "WORLD_SIZE" })
        environment.remove(QLatin1String(rank));
    if (m_scratch->isValid())
        environment.insert(QStringLiteral("TMPDIR"), m_scratch->path());
    m_process->setProcessEnvironment(environment);
    m_process->setChildProcessModifier(prepareChild);
    m_process->setProgram(m_program.isEmpty() ? QCoreApplication::applicationFilePath() : m_program);
    m_process->setArguments(QStringList { QStringLiteral("estimate"), QStringLiteral("--json") }
                            + argumentWords(config, { "hub", "project" }));
    connect(m_process, &QProcess::readyReadStandardError, this, &EstimateJob::readProgress);
    connect(m_process, &QProcess::finished, this, &EstimateJob::finish);
    connect(m_process, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
        if (error != QProcess::FailedToStart)
            return;
        const QString reason = m_process->errorString();
        drop();
        Q_EMIT ended(tr("The measurement could not be started: %1.").arg(reason), false);
    });
    Q_EMIT progress({}, 0, 0);
    m_process->start();
    m_process->closeWriteChannel();
}

void EstimateJob::readProgress()
{
    static const QRegularExpression counted(QStringLiteral("^(.+) (\\d+)/(\\d+)$"));
    m_errors += m_process->readAllStandardError();
    qsizetype end = 0;
    while ((end = m_errors.indexOf('\n')) >= 0) {
        const QString line = QString::fromUtf8(m_errors.left(end)).trimmed();
        m_lastLine = line;
        m_errors.remove(0, end + 1);
        if (const auto match = counted.match(line); match.hasMatch())
            Q_EMIT progress(match.captured(1), match.captured(2).toInt(), match.captured(3).toInt());
        else
            Q_EMIT progress(line, 0, 0);
    }
}

void EstimateJob::finish(int code, QProcess::ExitStatus status)
{
    const QByteArrayList lines = m_process->readAllStandardOutput().trimmed().split('\n');
    const QJsonObject object = QJsonDocument::fromJson(lines.last()).object();
    m_process->deleteLater();
    m_process = nullptr;
    m_scratch.reset();
    if (object.contains(QStringLiteral("error"))) {
        Q_EMIT ended(object["error"].toString(), false);
    } else if (object.contains(QStringLiteral("device"))) {
        Q_EMIT measured(m_config, probeFrom(object));
        Q_EMIT ended({}, false);
    } else if (code == badInput && status == QProcess::NormalExit && !m_lastLine.isEmpty()) {
        Q_EMIT ended(m_lastLine, false);
    } else if (status == QProcess::CrashExit) {
        Q_EMIT ended(tr("The machine ran out of memory during the measurement: use a smaller batch or image size."),
                     false);
    } else {
        Q_EMIT ended(tr("The measurement ended without a result (exit code %1).").arg(code), false);
    }
}

} // namespace torchdeck::app

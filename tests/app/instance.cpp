// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/instance.h"

#include <QtCore/QDir>
#include <QtCore/QDirIterator>
#include <QtCore/QElapsedTimer>
#include <QtCore/QJsonDocument>

QJsonObject Instance::Result::json() const
{
    const QStringList lines = out.trimmed().split(u'\n');
    return QJsonDocument::fromJson(lines.last().toUtf8()).object();
}

Instance::Instance()
    : m_environment(QProcessEnvironment::systemEnvironment())
{
    QDir(root()).mkpath(QStringLiteral("work"));
    for (const char *name : { "config", "data", "state", "cache" })
        m_environment.insert(QStringLiteral("XDG_%1_HOME").arg(QString::fromLatin1(name).toUpper()),
                             root() + u'/' + QLatin1String(name));
    for (const char *name :
         { "ULTRALYTICS_HUB_API", "ULTRALYTICS_HUB_WEB", "HUB_API_KEY", "RANK", "DBUS_SESSION_BUS_ADDRESS",
           "XDG_RUNTIME_DIR", "DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM" })
        m_environment.remove(QLatin1String(name));
}

QStringList Instance::files() const
{
    QStringList found;
    QDirIterator it(root(), QDir::Files | QDir::Hidden | QDir::NoDotAndDotDot, QDirIterator::Subdirectories);
    while (it.hasNext())
        found << QDir(root()).relativeFilePath(it.next());
    found.sort();
    return found;
}

std::unique_ptr<QProcess> Instance::start(const QStringList &words) const
{
    auto process = std::make_unique<QProcess>();
    process->setProcessEnvironment(m_environment);
    process->setWorkingDirectory(work());
    process->start(QStringLiteral(TORCHDECK_BINARY), words);
    process->waitForStarted();
    return process;
}

QByteArray Instance::readLine(QProcess &process, int timeoutMs)
{
    QElapsedTimer timer;
    timer.start();
    while (!process.canReadLine() && timer.elapsed() < timeoutMs && process.state() == QProcess::Running)
        process.waitForReadyRead(200);
    return process.readLine();
}

Instance::Result Instance::finish(QProcess &process, int timeoutMs)
{
    Result result;
    if (!process.waitForFinished(timeoutMs)) {
        process.kill();
        process.waitForFinished();
        result.err = QStringLiteral("(timed out) ");
    } else if (process.exitStatus() == QProcess::NormalExit) {
        result.code = process.exitCode();
    }
    result.out += QString::fromUtf8(process.readAllStandardOutput());
    result.err += QString::fromUtf8(process.readAllStandardError());
    return result;
}

Instance::Result Instance::run(const QStringList &words, int timeoutMs, const QByteArray &input) const
{
    const auto process = start(words);
    process->write(input);
    process->closeWriteChannel();
    return finish(*process, timeoutMs);
}

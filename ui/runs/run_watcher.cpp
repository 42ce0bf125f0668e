// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/run_watcher.h"

#include "ui/runs/run_reader.h"

#include <QtCore/QDateTime>
#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QSet>

namespace torchdeck::ui {

RunScanner::RunScanner(std::chrono::milliseconds interval)
    : m_timer(this)
{
    m_timer.setInterval(interval);
    connect(&m_timer, &QTimer::timeout, this, &RunScanner::scan);
}

void RunScanner::setRoots(const QStringList &roots)
{
    m_roots = roots;
    scan();
    m_timer.start();
}

void RunScanner::setOwnRun(const QString &folder, bool active)
{
    m_ownFolder = folder;
    m_ownActive = active;
    if (const auto it = m_known.find(folder); it != m_known.end())
        it->resultsStamp = 0; // judged anew
    if (!m_roots.isEmpty())
        scan();
}

void RunScanner::flush(QVector<RunSummary> &batch)
{
    if (!batch.isEmpty())
        Q_EMIT changed(batch);
    batch.clear();
}

void RunScanner::scan()
{
    const qint64 now = QDateTime::currentMSecsSinceEpoch();
    QSet<QString> seen;
    QVector<RunSummary> batch;
    for (const QString &root : std::as_const(m_roots)) {
        const QStringList folders = findRuns(root);
        for (const QString &folder : folders) {
            if (quit)
                return;
            if (seen.contains(folder))
                continue;
            const auto known = m_known.constFind(folder);
            const bool had = known != m_known.constEnd();
            std::optional<RunSummary> run = readRun(folder, had ? &*known : nullptr, now);
            if (!run)
                continue;
            seen.insert(folder);
            if (folder == m_ownFolder) {
                if (m_ownActive)
                    run->state = RunState::Running;
                else if (run->state == RunState::Running)
                    run->state = run->resumable ? RunState::Interrupted : RunState::Broken;
            }
            if (had && *known == *run)
                continue;
            m_known.insert(folder, *run);
            batch.append(*run);
            if (batch.size() >= RunWatcher::batchSize)
                flush(batch);
        }
    }
    flush(batch);
    QStringList lost;
    for (auto it = m_known.begin(); it != m_known.end();) {
        if (seen.contains(it.key())) {
            ++it;
        } else {
            lost << it.key();
            it = m_known.erase(it);
        }
    }
    if (!lost.isEmpty())
        Q_EMIT gone(lost);
    Q_EMIT scanned();
}

void RunScanner::readCurvesOf(const QString &folder) { Q_EMIT curves(folder, readCurves(folder)); }

void RunScanner::storeNotes(const QString &folder, const QStringList &tags, const QString &note)
{
    if (const QString sentence = writeNotes(folder, tags, note); !sentence.isEmpty())
        Q_EMIT problem(sentence);
    scan();
}

void RunScanner::trash(const QStringList &folders)
{
    for (const QString &folder : folders) {
        if (!QFile::moveToTrash(folder))
            Q_EMIT problem(tr("%1 cannot be moved to the trash: its disk has none or it is not yours. Nothing was "
                              "deleted.")
                               .arg(folder));
    }
    scan();
}

RunWatcher::RunWatcher(std::chrono::milliseconds interval, QObject *parent)
    : QObject(parent)
    , m_scanner(new RunScanner(interval))
{
    qRegisterMetaType<RunCurves>();
    qRegisterMetaType<QVector<RunSummary>>();
    m_thread.setObjectName(QStringLiteral("runs"));
    m_scanner->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_scanner, &QObject::deleteLater);
    connect(m_scanner, &RunScanner::changed, this, &RunWatcher::changed);
    connect(m_scanner, &RunScanner::gone, this, &RunWatcher::gone);
    connect(m_scanner, &RunScanner::scanned, this, &RunWatcher::scanned);
    connect(m_scanner, &RunScanner::curves, this, &RunWatcher::curvesRead);
    connect(m_scanner, &RunScanner::problem, this, &RunWatcher::problem);
    m_thread.start(QThread::LowPriority);
}

RunWatcher::~RunWatcher()
{
    m_scanner->quit = true;
    m_thread.quit();
    m_thread.wait();
}

void RunWatcher::setRoots(const QStringList &roots)
{
    m_roots = roots;
    QMetaObject::invokeMethod(m_scanner, [scanner = m_scanner, roots] { scanner->setRoots(roots); });
}

void RunWatcher::setOwnRun(const QString &folder, bool active)
{
    // The engine may name it relative to the current folder; what is found below the roots is absolute.
    const QString path = QDir::cleanPath(QDir(folder).absolutePath());
    QMetaObject::invokeMethod(m_scanner,
                              [scanner = m_scanner, path, active] { scanner->setOwnRun(path, active); });
}

void RunWatcher::requestCurves(const QString &folder)
{
    QMetaObject::invokeMethod(m_scanner, [scanner = m_scanner, folder] { scanner->readCurvesOf(folder); });
}

void RunWatcher::storeNotes(const QString &folder, const QStringList &tags, const QString &note)
{
    QMetaObject::invokeMethod(
        m_scanner, [scanner = m_scanner, folder, tags, note] { scanner->storeNotes(folder, tags, note); });
}

void RunWatcher::moveToTrash(const QStringList &folders)
{
    QMetaObject::invokeMethod(m_scanner, [scanner = m_scanner, folders] { scanner->trash(folders); });
}

void RunWatcher::rescan()
{
    QMetaObject::invokeMethod(m_scanner, [scanner = m_scanner] { scanner->scan(); });
}

} // namespace torchdeck::ui

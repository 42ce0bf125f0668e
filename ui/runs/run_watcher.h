// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/runs/run_record.h"

#include <QtCore/QHash>
#include <QtCore/QObject>
#include <QtCore/QThread>
#include <QtCore/QTimer>

#include <atomic>
#include <chrono>
#include <memory>

namespace torchdeck::ui {

/// Lives on the watcher's thread: looks at the run folders again and again and tells what changed. Stamps are
/// asked for rather than watched: it costs 5 us a run, has no limit of watches and works on network folders.
class RunScanner : public QObject {
    Q_OBJECT
public:
    explicit RunScanner(std::chrono::milliseconds interval);

    void setRoots(const QStringList &roots);
    void setOwnRun(const QString &folder, bool active);
    void scan();
    void readCurvesOf(const QString &folder);
    void storeNotes(const QString &folder, const QStringList &tags, const QString &note);
    void trash(const QStringList &folders);

    std::atomic<bool> quit = false; ///< any thread; ends a scan that is going on

Q_SIGNALS:
    void changed(const QVector<torchdeck::ui::RunSummary> &runs);
    void gone(const QStringList &folders);
    void scanned(); ///< after each look at everything
    void curves(const QString &folder, const torchdeck::ui::RunCurves &curves);
    void problem(const QString &sentence);

private:
    void flush(QVector<RunSummary> &batch);

    QStringList m_roots;
    QHash<QString, RunSummary> m_known;
    QString m_ownFolder;
    bool m_ownActive = false;
    QTimer m_timer;
};

/// Every run below some folders, live, read on a thread of its own. Signals arrive on the thread of this object,
/// in batches small enough to take within a frame.
class RunWatcher : public QObject {
    Q_OBJECT
public:
    static constexpr int batchSize = 100;

    explicit RunWatcher(std::chrono::milliseconds interval = std::chrono::seconds(2), QObject *parent = nullptr);
    ~RunWatcher() override;

    void setRoots(const QStringList &roots); ///< looks at once
    [[nodiscard]] QStringList roots() const { return m_roots; }
    /// The run this window trains: files alone cannot tell that it has just ended.
    void setOwnRun(const QString &folder, bool active);
    void requestCurves(const QString &folder);
    void storeNotes(const QString &folder, const QStringList &tags, const QString &note);
    void moveToTrash(const QStringList &folders);
    void rescan();

Q_SIGNALS:
    void changed(const QVector<torchdeck::ui::RunSummary> &runs);
    void gone(const QStringList &folders);
    void scanned();
    void curvesRead(const QString &folder, const torchdeck::ui::RunCurves &curves);
    void problem(const QString &sentence);

private:
    QThread m_thread;
    RunScanner *m_scanner; ///< deleted on its thread
    QStringList m_roots;
};

} // namespace torchdeck::ui

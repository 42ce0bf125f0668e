// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/types.h"

#include <QtCore/QMap>
#include <QtCore/QObject>
#include <QtCore/QTimer>

#include <functional>
#include <limits>

namespace torchdeck::app {
class HubHost;
}

namespace torchdeck::app::cli {

/// Judges whether an upload queue still moves: an item less than ever before, or more bytes of an item than
/// ever before. Failing again and again is no progress. Pure; seconds come from outside.
class QueueProgress {
public:
    explicit QueueProgress(double now)
        : m_since(now)
    {
    }
    void look(const QVector<hub::UploadItem> &items, double now);
    [[nodiscard]] double secondsWithout(double now) const { return now - m_since; }

private:
    double m_since;
    qsizetype m_fewest = std::numeric_limits<qsizetype>::max();
    QMap<qint64, qint64> m_mostBytes;
};

/// Items that no waiting helps: a wrong key, a permanent refusal, paused.
[[nodiscard]] bool needsUser(const hub::UploadItem &item);

/// After a run (or for `hub queue retry`): waits while uploads make progress, at most `limitSeconds` without
/// any.
class HubWaiter : public QObject {
    Q_OBJECT
public:
    HubWaiter(HubHost &host, double limitSeconds, QObject *parent = nullptr);
    void start(); ///< answered by done(), never synchronously
    void giveUp(); ///< now: the user asked

Q_SIGNALS:
    void done();

private:
    void look();
    [[nodiscard]] bool finished(const QVector<hub::UploadItem> &items) const;
    void end();

    HubHost &m_host;
    double m_limit;
    QTimer m_timer;
    QueueProgress m_progress;
    bool m_ended = false;
};

} // namespace torchdeck::app::cli

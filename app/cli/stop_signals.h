// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QObject>

class QSocketNotifier;

namespace torchdeck::app {

/// SIGINT, SIGTERM and SIGHUP as a Qt signal. The first one asks (stop after the batch, save, flush); a later
/// one quits the process at once, straight from the handler, so that it works whatever the program is doing:
/// the state is on disk. Signals within half a second count as one: `timeout` and shells send them to process
/// and group. One object at a time, on the main thread.
class StopSignals : public QObject {
    Q_OBJECT
public:
    explicit StopSignals(QObject *parent = nullptr);
    ~StopSignals() override; ///< the default behaviour returns

    [[nodiscard]] bool interrupted() const { return m_interrupted; }

Q_SIGNALS:
    void stopAsked();

private:
    void onReadable();

    QSocketNotifier *m_notifier = nullptr;
    bool m_interrupted = false;
};

} // namespace torchdeck::app

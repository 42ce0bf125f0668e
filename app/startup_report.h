// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QObject>
#include <QtCore/QPointer>
#include <QtWidgets/QApplication>

#include <string>
#include <vector>

namespace torchdeck::app {

/// Measures how long each event holds up the main thread. Main thread.
class MeteredApplication : public QApplication {
    Q_OBJECT
public:
    using QApplication::QApplication;
    bool notify(QObject *receiver, QEvent *event) override;
    void restart() { m_longestClock = m_longestThread = 0; }
    [[nodiscard]] double longestClockMs() const { return m_longestClock; }
    [[nodiscard]] double longestThreadMs() const { return m_longestThread; } ///< processor time

private:
    int m_depth = 0;
    double m_longestClock = 0, m_longestThread = 0;
};

/// `torchdeck --startup-report`: the window tells when it was painted and could be used, and quits. For
/// bench/bench_startup, which knows when the process began. Main thread.
class StartupReport : public QObject {
    Q_OBJECT
public:
    StartupReport();
    ~StartupReport() override;

    /// A step of the start is done. Costs nothing without a report.
    static void mark(const char *step);

    /// Watches for the window's first picture, then for the first event of low priority: by then everything that was
    /// pending is answered, so a click would be too. Two seconds later one line of JSON goes to standard output.
    void watch(QWidget &window);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    bool event(QEvent *event) override;

private:
    struct Step {
        std::string name;
        double clockMs = 0; ///< CLOCK_MONOTONIC
        double threadMs = 0; ///< processor time of the main thread
        double processMs = 0; ///< of all threads
    };
    void add(const char *step);
    void print() const;

    std::vector<Step> m_steps;
    QPointer<QWidget> m_window;
};

} // namespace torchdeck::app

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Run folders as Ultralytics leaves them, and measuring of event loop turns.

#include "ui/charts/line_chart.h"

#include <QtCore/QString>
#include <QtCore/QTemporaryDir>

#include <vector>

namespace torchdeck::fixtures {

/// Writes args.yaml and results.csv of one run; ten seconds an epoch.
class RunFiles {
public:
    RunFiles(const QTemporaryDir &dir, const QString &name);
    RunFiles &epochs(int done, int planned);
    RunFiles &best(int epoch); ///< 1-based; the last one otherwise
    RunFiles &patience(int epochs);
    RunFiles &level(double value); ///< height of its curves, so that several can be told apart
    RunFiles &lastPt(); ///< weights/last.pt is there
    RunFiles &aged(); ///< files of an hour ago
    QString write() const; ///< the folder

private:
    QString m_folder;
    int m_done = 0, m_planned = 0, m_best = 0, m_patience = 100;
    double m_level = 0;
    bool m_last = false, m_aged = false;
};

/// Where point `index` of a line is drawn, in pixels of the chart's viewport.
[[nodiscard]] QPoint pixelOf(const ui::LineChart &chart, int line, int index);

/// Times turns of the event loop by the thread's own time; always reported.
class TurnMeter {
public:
    void turn(); ///< processes what is pending, repaints included
    [[nodiscard]] double shareOver(qint64 microseconds) const;
    [[nodiscard]] QString words() const; ///< "300 turns: median .. us, p99.9 .. us, longest .. us"

private:
    std::vector<qint64> m_turns;
};

} // namespace torchdeck::fixtures

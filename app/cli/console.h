// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QJsonObject>
#include <QtCore/QString>

#include <cstdio>

namespace torchdeck::app::cli {

/// Exit codes that scripts rely on.
enum ExitCode { Ok = 0, FailedRun = 1, BadInput = 2, Interrupted = 130 };

/// The two streams of a command. With `json` the last line of standard output is one JSON object and
/// everything else goes to standard error. One thread at a time.
class Console {
public:
    explicit Console(bool json)
        : m_json(json)
        , m_progress(json ? stderr : stdout)
    {
    }

    void line(const QString &text); ///< progress and results for people
    void status(const QString &text); ///< the self-overwriting line of a terminal; nothing elsewhere
    void error(const QString &sentence); ///< standard error
    void json(const QJsonObject &object); ///< standard output, one line, flushed
    /// The sentence and, with `json`, an object with "error".
    void fail(const QString &sentence, const QString &field = {});

    [[nodiscard]] bool wantsJson() const { return m_json; }
    [[nodiscard]] bool terminal() const;
    [[nodiscard]] int columns() const;

private:
    void clearStatus();

    bool m_json;
    std::FILE *m_progress;
    bool m_statusShown = false;
};

/// This process's largest resident set so far, MiB.
[[nodiscard]] double peakRssMiB();

} // namespace torchdeck::app::cli

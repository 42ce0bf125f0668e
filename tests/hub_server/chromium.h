// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Drives a real, headless Chromium over its DevTools pipe
// (https://chromedevtools.github.io/devtools-protocol/) and keeps whatever a page complains about. Blocking;
// used by one thread.

#include <QtCore/QByteArrayList>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonObject>
#include <QtCore/QProcess>
#include <QtCore/QStringList>
#include <QtCore/QTemporaryDir>

#include <functional>

namespace torchdeck::test {

struct Viewport {
    int width = 1280; ///< CSS pixels
    int height = 800;
    double scale = 1.0; ///< device pixels a CSS pixel
    bool phone = false; ///< touch, and the meta viewport counts
};

class Chromium {
public:
    [[nodiscard]] static QString program(); ///< empty: not installed

    Chromium() = default;
    ~Chromium();
    Chromium(const Chromium &) = delete;
    Chromium &operator=(const Chromium &) = delete;

    /// hub.lab.example is this machine too, but to the HUB a name from elsewhere.
    [[nodiscard]] bool start(); ///< with a profile of its own and one blank page; false: error()
    [[nodiscard]] QString error() const { return m_error; }

    void show(const Viewport &viewport, bool dark, bool reducedMotion = false);
    bool open(const QString &url); ///< until the page and its scripts are loaded
    /// The value of a JavaScript expression; a promise is awaited. An exception is a problem().
    QJsonValue evaluate(const QString &expression);
    /// Until the expression is true; false after a minute.
    bool waitFor(const QString &expression);
    void moveMouse(double x, double y); ///< CSS pixels of the view
    void click(double x, double y);
    void drag(double fromX, double toX, double y);
    void tap(double x, double y);
    void press(const QString &key); ///< "ArrowLeft", "Tab", ...
    QByteArray screenshot(bool whole = false); ///< PNG of the view, or of the whole page

    /// Console messages (warnings too), exceptions, policy violations, failed requests, dialogs: all since
    /// the last call.
    QStringList takeProblems();
    [[nodiscard]] const QStringList &requests() const { return m_requests; } ///< every address asked for

private:
    QJsonObject call(const QString &method, const QJsonObject &params = {});
    bool readMessage(QJsonObject *message);
    void note(const QString &method, const QJsonObject &params);
    void mouse(const char *type, double x, double y, int buttons);
    bool fail(const QString &sentence);

    QTemporaryDir m_dir;
    QProcess m_process;
    int m_to = -1, m_from = -1;
    int m_lastId = 0;
    bool m_loaded = false;
    QString m_session, m_error;
    QByteArray m_input;
    QStringList m_problems, m_requests;
};

} // namespace torchdeck::test

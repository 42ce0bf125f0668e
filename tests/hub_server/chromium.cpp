// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/hub_server/chromium.h"

#include <QtCore/QDeadlineTimer>
#include <QtCore/QJsonDocument>
#include <QtCore/QStandardPaths>
#include <QtCore/QThread>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>

namespace torchdeck::test {

namespace {

constexpr int kPatience = 60'000; // a hang fails the test; nothing here depends on the figure

/// Both ends above the numbers 3 and 4 that Chromium expects, so that moving them there hits nothing.
bool makePipe(int *read, int *write)
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return false;
    *read = ::fcntl(ends[0], F_DUPFD_CLOEXEC, 20);
    *write = ::fcntl(ends[1], F_DUPFD_CLOEXEC, 20);
    ::close(ends[0]);
    ::close(ends[1]);
    return *read >= 0 && *write >= 0;
}

QString textOf(const QJsonObject &remote)
{
    const QJsonValue value = remote.value("value");
    return value.isString() ? value.toString() : remote.value("description").toString();
}

} // namespace

QString Chromium::program()
{
    for (const char *name : { "chromium", "chromium-browser", "google-chrome" }) {
        if (const QString path = QStandardPaths::findExecutable(QLatin1String(name)); !path.isEmpty())
            return path;
    }
    return {};
}

Chromium::~Chromium()
{
    if (m_process.state() != QProcess::NotRunning) {
        call(QStringLiteral("Browser.close"));
        if (!m_process.waitForFinished(10'000))
            m_process.kill();
        m_process.waitForFinished();
    }
    for (const int end : { m_to, m_from }) {
        if (end >= 0)
            ::close(end);
    }
}

bool Chromium::fail(const QString &sentence)
{
    m_error = sentence + QLatin1Char('\n') + QString::fromUtf8(m_process.readAllStandardError()).right(2000);
    return false;
}

bool Chromium::start()
{
    int childReads = -1, childWrites = -1;
    if (!makePipe(&childReads, &m_to) || !makePipe(&m_from, &childWrites))
        return fail(QStringLiteral("No pipe could be made."));
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const char *name : { "HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME" })
        environment.insert(QLatin1String(name), m_dir.path());
    m_process.setProcessEnvironment(environment);
    m_process.setStandardOutputFile(QProcess::nullDevice());
    m_process.setChildProcessModifier([childReads, childWrites] {
        ::dup2(childReads, 3);
        ::dup2(childWrites, 4);
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    });
    // No sandbox: it needs rights that containers lack, and the only pages are our own.
    QStringList arguments {
        "--headless=new",
        "--remote-debugging-pipe",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--no-default-browser-check",
        "--password-store=basic",
        "--force-color-profile=srgb",
        "--lang=en-US",
        "--host-resolver-rules=MAP hub.lab.example 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        "--user-data-dir=" + m_dir.filePath("profile"),
        "about:blank"
    };
    if (qEnvironmentVariableIsSet("TORCHDECK_SHOTS"))
        arguments.prepend("--hide-scrollbars");
    m_process.start(program(), arguments);
    const bool started = m_process.waitForStarted(kPatience);
    ::close(childReads);
    ::close(childWrites);
    if (!started)
        return fail(QStringLiteral("Chromium did not start."));
    const QString target =
        call("Target.createTarget", { { "url", "about:blank" } }).value("targetId").toString();
    m_session = call("Target.attachToTarget", { { "targetId", target }, { "flatten", true } })
                    .value("sessionId")
                    .toString();
    if (m_session.isEmpty())
        return fail(QStringLiteral("Chromium gave no page."));
    for (const char *domain : { "Page", "Runtime", "Log", "Network", "Audits" })
        call(QLatin1String(domain) + QLatin1String(".enable"));
    call("Network.setCacheDisabled", { { "cacheDisabled", true } });
    return true;
}

bool Chromium::readMessage(QJsonObject *message)
{
    QDeadlineTimer deadline(kPatience);
    for (;;) {
        if (const qsizetype end = m_input.indexOf('\0'); end >= 0) {
            *message = QJsonDocument::fromJson(m_input.left(end)).object();
            m_input.remove(0, end + 1);
            return true;
        }
        pollfd waiting { m_from, POLLIN, 0 };
        if (::poll(&waiting, 1, static_cast<int>(deadline.remainingTime())) <= 0)
            return false;
        char buffer[65536];
        const ssize_t got = ::read(m_from, buffer, sizeof buffer);
        if (got <= 0)
            return false;
        m_input.append(buffer, got);
    }
}

QJsonObject Chromium::call(const QString &method, const QJsonObject &params)
{
    const int id = ++m_lastId;
    QJsonObject request { { "id", id }, { "method", method }, { "params", params } };
    const bool ofBrowser = method.startsWith(QLatin1String("Target.")) || method.startsWith("Browser.");
    if (!ofBrowser)
        request.insert("sessionId", m_session);
    QByteArray wire = QJsonDocument(request).toJson(QJsonDocument::Compact) + '\0';
    while (!wire.isEmpty()) {
        const ssize_t sent = ::write(m_to, wire.constData(), static_cast<size_t>(wire.size()));
        if (sent <= 0)
            return {};
        wire.remove(0, sent);
    }
    QJsonObject message;
    while (readMessage(&message)) {
        if (message.value("id").toInt() == id) {
            const QString error = message.value("error").toObject()["message"].toString();
            // A page may go while it is being asked, after a click on a link: the one that comes is asked again.
            const bool left = method == "Runtime.evaluate" && error.contains("navigated or closed");
            if (message.contains("error") && !left)
                m_problems << method + ": " + error;
            return message.value("result").toObject();
        }
        note(message.value("method").toString(), message.value("params").toObject());
    }
    m_problems << method + QStringLiteral(": Chromium does not answer.");
    return {};
}

void Chromium::note(const QString &method, const QJsonObject &params)
{
    if (method == QLatin1String("Page.loadEventFired")) {
        m_loaded = true;
    } else if (method == QLatin1String("Network.requestWillBeSent")) {
        m_requests << params["request"].toObject()["url"].toString();
    } else if (method == QLatin1String("Network.loadingFailed")) {
        if (!params["canceled"].toBool())
            m_problems << "request failed: " + params["errorText"].toString();
    } else if (method == QLatin1String("Runtime.exceptionThrown")) {
        const QJsonObject details = params["exceptionDetails"].toObject();
        m_problems << "exception: " + details["text"].toString() + ' '
                + textOf(details["exception"].toObject());
    } else if (method == QLatin1String("Runtime.consoleAPICalled")) {
        QStringList words;
        for (const auto &word : params["args"].toArray())
            words << textOf(word.toObject());
        m_problems << "console." + params["type"].toString() + ": " + words.join(' ');
    } else if (method == QLatin1String("Log.entryAdded")) {
        const QJsonObject entry = params["entry"].toObject();
        m_problems << entry["source"].toString() + ' ' + entry["level"].toString() + ": "
                + entry["text"].toString() + ' ' + entry["url"].toString();
    } else if (method == QLatin1String("Audits.issueAdded")) {
        const QJsonObject issue = params["issue"].toObject();
        m_problems << issue["code"].toString() + ": "
                + QString::fromUtf8(
                          QJsonDocument(issue["details"].toObject()).toJson(QJsonDocument::Compact));
    } else if (method == QLatin1String("Page.javascriptDialogOpening")) {
        m_problems << "dialog: " + params["message"].toString();
    }
}

void Chromium::show(const Viewport &viewport, bool dark, bool reducedMotion)
{
    call("Emulation.setDeviceMetricsOverride",
         { { "width", viewport.width },
           { "height", viewport.height },
           { "deviceScaleFactor", viewport.scale },
           { "mobile", viewport.phone } });
    call("Emulation.setTouchEmulationEnabled", { { "enabled", viewport.phone } });
    const QJsonObject scheme { { "name", "prefers-color-scheme" }, { "value", dark ? "dark" : "light" } };
    const QJsonObject motion { { "name", "prefers-reduced-motion" },
                               { "value", reducedMotion ? "reduce" : "no-preference" } };
    call("Emulation.setEmulatedMedia", { { "features", QJsonArray { scheme, motion } } });
}

bool Chromium::open(const QString &url)
{
    // Another fragment alone would not load anything anew.
    for (const QString &step : { QStringLiteral("about:blank"), url }) {
        m_loaded = false;
        const QJsonObject result = call("Page.navigate", { { "url", step } });
        if (result.contains("errorText"))
            return false;
        QJsonObject message;
        while (!m_loaded && readMessage(&message))
            note(message.value("method").toString(), message.value("params").toObject());
    }
    return m_loaded;
}

QJsonValue Chromium::evaluate(const QString &expression)
{
    const QJsonObject result =
        call("Runtime.evaluate",
             { { "expression", expression }, { "returnByValue", true }, { "awaitPromise", true } });
    if (result.contains("exceptionDetails"))
        m_problems << "evaluate: " + textOf(result["exceptionDetails"].toObject()["exception"].toObject())
                + " in " + expression;
    return result["result"].toObject()["value"];
}

bool Chromium::waitFor(const QString &expression)
{
    QDeadlineTimer deadline(kPatience);
    while (!deadline.hasExpired()) {
        if (evaluate("Boolean(" + expression + ')').toBool())
            return true;
        QThread::msleep(50);
    }
    return false;
}

void Chromium::mouse(const char *type, double x, double y, int buttons)
{
    call("Input.dispatchMouseEvent",
         { { "type", type },
           { "x", x },
           { "y", y },
           { "button", buttons ? "left" : "none" },
           { "clickCount", buttons } });
}

void Chromium::moveMouse(double x, double y) { mouse("mouseMoved", x, y, 0); }

void Chromium::click(double x, double y)
{
    moveMouse(x, y);
    mouse("mousePressed", x, y, 1);
    mouse("mouseReleased", x, y, 1);
}

void Chromium::drag(double fromX, double toX, double y)
{
    moveMouse(fromX, y);
    mouse("mousePressed", fromX, y, 1);
    for (int step = 1; step <= 8; ++step)
        call("Input.dispatchMouseEvent",
             { { "type", "mouseMoved" },
               { "x", fromX + (toX - fromX) * step / 8 },
               { "y", y },
               { "button", "left" },
               { "buttons", 1 } });
    mouse("mouseReleased", toX, y, 1);
}

void Chromium::tap(double x, double y)
{
    const QJsonArray finger { QJsonObject { { "x", x }, { "y", y } } };
    call("Input.dispatchTouchEvent", { { "type", "touchStart" }, { "touchPoints", finger } });
    call("Input.dispatchTouchEvent", { { "type", "touchEnd" }, { "touchPoints", QJsonArray() } });
}

void Chromium::press(const QString &key)
{
    for (const char *type : { "keyDown", "keyUp" })
        call("Input.dispatchKeyEvent", { { "type", type }, { "key", key }, { "code", key } });
}

QByteArray Chromium::screenshot(bool whole)
{
    QJsonObject params { { "format", "png" } };
    (void)evaluate(
        "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))).then(() => 0)");
    if (whole) {
        const QJsonObject size = call("Page.getLayoutMetrics")["cssContentSize"].toObject();
        params.insert("captureBeyondViewport", true);
        params.insert("clip",
                      QJsonObject { { "x", 0 },
                                    { "y", 0 },
                                    { "width", size["width"] },
                                    { "height", size["height"] },
                                    { "scale", 1 } });
    }
    return QByteArray::fromBase64(call("Page.captureScreenshot", params)["data"].toString().toLatin1());
}

QStringList Chromium::takeProblems()
{
    (void)evaluate("1"); // so that all events of before have come
    return std::exchange(m_problems, {});
}

} // namespace torchdeck::test

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "app/cli/stop_signals.h"
#include "app/embedded_hub.h"
#include "app/hub_runner.h"
#include "app/settings.h"
#include "app/state_paths.h"
#include "hub/server/request_limit.h"
#include "hub/server/user_keys.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QEventLoop>
#include <QtNetwork/QHostAddress>

namespace torchdeck::app::cli {

namespace {

struct ServeRequest {
    hub::server::LocalHubOptions options;
    bool portGiven = false;
};

ServeRequest requestFrom(const Arguments &arguments)
{
    ServeRequest request;
    const QString dir = arguments.text(QStringLiteral("dir"));
    const bool usual = dir.isEmpty();
    request.options.dir = usual ? StatePaths::localHubDir() : absolutePath(dir);
    request.options.models = std::make_shared<HubRunner>();
    request.options.host = arguments.text(QStringLiteral("host"));
    if (request.options.host == u"localhost")
        request.options.host = QStringLiteral("127.0.0.1");
    if (QHostAddress(request.options.host).isNull())
        throw UsageError { QStringLiteral(
                               "host=%1 is not valid: give the address of one of this machine's interfaces, "
                               "such as 127.0.0.1 or 0.0.0.0.")
                               .arg(request.options.host) };
    request.options.tlsCertificate = absolutePath(arguments.text(QStringLiteral("tls_cert")));
    request.options.tlsKey = absolutePath(arguments.text(QStringLiteral("tls_key")));
    if (const QString problem = hub::server::LocalHub::tlsProblem(request.options); !problem.isEmpty())
        throw UsageError { problem };
    request.options.requestsPerMinute = arguments.integer(QStringLiteral("rate"));
    request.options.quotaBytes = qint64(arguments.number(QStringLiteral("quota"))) << 20;
    request.portGiven = arguments.given(QStringLiteral("port"));
    // The app's own HUB keeps its address between starts; another folder gets any free port.
    request.options.port = request.portGiven ? quint16(arguments.integer(QStringLiteral("port")))
        : usual                              ? quint16(Settings(StatePaths::settingsFile()).localHubPort())
                                             : quint16(0);
    return request;
}

/// One server a folder: false (reported) when another process has it.
bool takeFolder(const QString &dir, FileLock &lock, Console &console)
{
    if (!ensurePrivateFolder(dir)) {
        console.fail(QStringLiteral("The folder %1 cannot be created: choose another with dir=.").arg(dir));
        return false;
    }
    switch (lock.tryLock()) {
    case FileLock::Result::Taken:
        return true;
    case FileLock::Result::Error:
        console.fail(QStringLiteral("The folder %1 cannot be written to (%2): choose another with dir=.")
                         .arg(dir, lock.error()));
        return false;
    case FileLock::Result::HeldByOther:
        break;
    }
    const auto note = ServingNote::parse(FileLock::read(servingLockFile(dir)));
    console.fail(note ? QStringLiteral(
                            "%1 is already served at %2 by another torchdeck (process %3): use that one, or "
                            "end it first.")
                            .arg(dir, note->apiRoot.toString())
                            .arg(note->pid)
                      : QStringLiteral("%1 is already served by another torchdeck: end it first.").arg(dir));
    return false;
}

void announce(const hub::server::LocalHub &server, const QString &dir, bool showKey, Console &console)
{
    if (console.wantsJson()) {
        console.json({ { QStringLiteral("api_root"), server.apiRoot().toString() },
                       { QStringLiteral("web_root"), server.webRoot().toString() },
                       { QStringLiteral("api_key"), server.apiKey() } });
        return;
    }
    console.line(QStringLiteral("The local HUB serves %1 at %2 (Ctrl+C ends it).")
                     .arg(dir, server.webRoot().toString()));
    console.line(showKey ? QStringLiteral("API key: %1").arg(server.apiKey())
                         : QStringLiteral("The API key is in %1/key; --show-key prints it.").arg(dir));
}

} // namespace

CommandSpec hubServeSpec()
{
    CommandSpec spec;
    spec.name = QStringLiteral("hub serve");
    spec.usage = QStringLiteral("[port=0] [dir=DIR] [host=127.0.0.1] [rate=600] [quota=0] [tls_cert=FILE tls_key=FILE] [--json] "
                                "[--show-key]");
    spec.summary = QStringLiteral("serve the local HUB");
    spec.options = {
        { QStringLiteral("port"),
          ValueKind::Int,
          {},
          QStringLiteral("0 = any free port; default: the app's own, any for dir="),
          0,
          65535 },
        { QStringLiteral("dir"),
          ValueKind::Text,
          {},
          QStringLiteral("data folder; default: the app's own HUB"),
          {},
          {} },
        { QStringLiteral("host"),
          ValueKind::Text,
          QStringLiteral("127.0.0.1"),
          QStringLiteral("address to listen on"),
          {},
          {} },
        { QStringLiteral("rate"),
          ValueKind::Int,
          QString::number(hub::server::kUsualRequestsPerMinute),
          QStringLiteral("requests a minute of one API key, more get 429 with Retry-After; 0 = no limit"),
          0,
          1'000'000 },
        { QStringLiteral("quota"),
          ValueKind::Int,
          QStringLiteral("0"),
          QStringLiteral("MiB that all files together may take; 0 = no limit (`hub keys` limits a key)"),
          0,
          double(hub::server::kMostQuotaMib) },
        { QStringLiteral("tls_cert"),
          ValueKind::Text,
          {},
          QStringLiteral("PEM file of a certificate (with its chain) for HTTPS"),
          {},
          {} },
        { QStringLiteral("tls_key"),
          ValueKind::Text,
          {},
          QStringLiteral("PEM file of the certificate's key, without a passphrase"),
          {},
          {} },
    };
    spec.flags = {
        { QStringLiteral("--json"),
          {},
          QStringLiteral("print one line {\"api_root\", \"web_root\", \"api_key\"} when ready") },
        { QStringLiteral("--show-key"), {}, QStringLiteral("print the API key") },
    };
    spec.notes = QStringLiteral("Runs uploaded models too, on the CPU: POST /v1/predict/ID with a picture as `image`.\n"
                                "Ends cleanly on Ctrl+C and SIGTERM, with exit code 0.");
    return spec;
}

int hubServeCommand(const QStringList &words)
{
    const Arguments arguments(hubServeSpec(), words);
    const ServeRequest request = requestFrom(arguments);
    Console console(arguments.flag(QStringLiteral("--json")));
    StopSignals signals; // before the ready line: whoever reads it may already send SIGTERM
    FileLock lock(servingLockFile(request.options.dir));
    if (!takeFolder(request.options.dir, lock, console))
        return FailedRun;
    auto server = std::make_unique<hub::server::LocalHub>(request.options);
    bool started = server->start();
    if (!started && !request.portGiven && request.options.port != 0) {
        auto options = request.options;
        options.port = 0;
        server = std::make_unique<hub::server::LocalHub>(options);
        started = server->start();
    }
    if (!started) {
        console.fail(server->error());
        return FailedRun;
    }
    lock.write(
        ServingNote { QCoreApplication::applicationPid(), server->apiRoot(), server->webRoot() }.text());
    if (request.options.tlsCertificate.isEmpty() && !QHostAddress(request.options.host).isLoopback())
        console.error(QStringLiteral("Keys and models can be read on their way through the network, since this HUB speaks "
                                     "plain HTTP on %1: give tls_cert= and tls_key=, or use it in a network you trust.")
                          .arg(request.options.host));
    announce(*server, request.options.dir, arguments.flag(QStringLiteral("--show-key")), console);
    QEventLoop loop;
    QObject::connect(&signals, &StopSignals::stopAsked, &loop, &QEventLoop::quit);
    if (!signals.interrupted())
        loop.exec();
    server->stop();
    return Ok;
}

} // namespace torchdeck::app::cli

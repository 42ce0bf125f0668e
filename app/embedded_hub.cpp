// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/embedded_hub.h"

#include "app/hub_runner.h"
#include "app/state_paths.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QFile>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QThread>

namespace torchdeck::app {

namespace {

constexpr int lookEveryMs = 2000; // how soon we notice that the other process stopped serving
constexpr int noteAttempts = 40; // the other process has the lock but not yet a port: 40 x 50 ms
constexpr unsigned long noteStepMs = 50;

QString readKey(const QString &dir)
{
    QFile file(dir + QStringLiteral("/key"));
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.read(4096)).trimmed() : QString();
}

} // namespace

QByteArray ServingNote::text() const
{
    return QJsonDocument(QJsonObject { { QStringLiteral("pid"), pid },
                                       { QStringLiteral("api_root"), apiRoot.toString() },
                                       { QStringLiteral("web_root"), webRoot.toString() } })
        .toJson(QJsonDocument::Compact);
}

std::optional<ServingNote> ServingNote::parse(const QByteArray &text)
{
    const QJsonObject object = QJsonDocument::fromJson(text).object();
    ServingNote note;
    note.pid = object.value(QStringLiteral("pid")).toInteger();
    note.apiRoot = QUrl(object.value(QStringLiteral("api_root")).toString());
    note.webRoot = QUrl(object.value(QStringLiteral("web_root")).toString());
    if (note.apiRoot.isEmpty())
        return std::nullopt;
    return note;
}

QString servingLockFile(const QString &dir) { return dir + QStringLiteral("/serving.lock"); }

EmbeddedHub::EmbeddedHub(QString dir, quint16 preferredPort, Background &background, QObject *parent)
    : QObject(parent)
    , m_dir(std::move(dir))
    , m_port(preferredPort)
    , m_background(background)
{
    m_watch.setInterval(lookEveryMs);
    connect(&m_watch, &QTimer::timeout, this, &EmbeddedHub::watchOther);
}

EmbeddedHub::~EmbeddedHub()
{
    m_server.reset(); // before the lock goes
}

void EmbeddedHub::start()
{
    m_background.run(
        [dir = m_dir, port = m_port](const std::stop_token &stop) { return open(dir, port, stop); },
        [this, alive = QPointer<EmbeddedHub>(this)](Outcome outcome) {
            if (alive)
                take(std::move(outcome));
        });
}

EmbeddedHub::Outcome EmbeddedHub::open(const QString &dir, quint16 preferredPort, const std::stop_token &stop)
{
    Outcome outcome;
    if (!ensurePrivateFolder(dir)) {
        outcome.problem =
            QStringLiteral("The local HUB cannot create its folder %1: check its permissions.").arg(dir);
        return outcome;
    }
    auto lock = std::make_shared<FileLock>(servingLockFile(dir));
    for (int attempt = 0; attempt < noteAttempts && !stop.stop_requested(); ++attempt) {
        switch (lock->tryLock()) {
        case FileLock::Result::Taken:
            return serve(dir, preferredPort, std::move(lock));
        case FileLock::Result::Error:
            outcome.problem =
                QStringLiteral("The local HUB cannot use its folder %1: %2.").arg(dir, lock->error());
            return outcome;
        case FileLock::Result::HeldByOther:
            break;
        }
        const auto note = ServingNote::parse(FileLock::read(servingLockFile(dir)));
        const QString key = readKey(dir);
        if (note && !key.isEmpty()) {
            outcome.address = HubAddress { note->apiRoot, note->webRoot, key };
            return outcome;
        }
        QThread::msleep(noteStepMs);
    }
    outcome.problem =
        QStringLiteral("Another torchdeck holds the local HUB's folder %1 but does not say where it "
                       "answers: end that process.")
            .arg(dir);
    return outcome;
}

EmbeddedHub::Outcome EmbeddedHub::serve(const QString &dir, quint16 preferredPort,
                                        std::shared_ptr<FileLock> lock)
{
    Outcome outcome;
    for (const quint16 port : { preferredPort, quint16(0) }) {
        hub::server::LocalHubOptions options;
        options.dir = dir;
        options.port = port;
        options.models = std::make_shared<HubRunner>();
        auto server = std::make_shared<hub::server::LocalHub>(options);
        if (server->start()) {
            outcome.address = HubAddress { server->apiRoot(), server->webRoot(), server->apiKey() };
            outcome.server = std::move(server);
            break;
        }
        outcome.problem = server->error();
    }
    if (!outcome.server)
        return outcome;
    outcome.problem.clear();
    const ServingNote note { QCoreApplication::applicationPid(), outcome.address->apiRoot,
                             outcome.address->webRoot };
    lock->write(note.text());
    outcome.lock = std::move(lock);
    return outcome;
}

void EmbeddedHub::take(Outcome outcome)
{
    if (!outcome.address) {
        Q_EMIT failed(outcome.problem);
        return;
    }
    m_server = std::move(outcome.server);
    m_lock = std::move(outcome.lock);
    m_address = outcome.address;
    // The next server on this folder keeps the address, so links stay good.
    m_port = quint16(m_address->apiRoot.port(m_port));
    if (m_server)
        m_watch.stop();
    else
        m_watch.start();
    Q_EMIT ready(*m_address);
}

void EmbeddedHub::watchOther()
{
    FileLock probe(servingLockFile(m_dir));
    if (probe.tryLock() != FileLock::Result::Taken)
        return;
    probe.unlock();
    m_watch.stop();
    start();
}

} // namespace torchdeck::app

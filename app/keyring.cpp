// SPDX-License-Identifier: GPL-3.0-or-later
// The desktop keyring behind Secrets. QtKeychain looks for its services with blocking D-Bus calls, so the
// jobs run on a thread of their own; only the answer comes back.
#include "app/secrets.h"
#include "app/thread.h"

#include <qt6keychain/keychain.h>

#include <QtCore/QFileInfo>

namespace torchdeck::app {

namespace {

const QString service = QStringLiteral("torchdeck");
const QString entry = QStringLiteral("hub_api_key");

class DesktopKeyring : public Keyring {
public:
    ~DesktopKeyring() override = default;

    [[nodiscard]] bool plausible() const override
    {
        // Without a session bus there is no keyring; asking anyway may start one or hang.
        if (!qEnvironmentVariableIsEmpty("DBUS_SESSION_BUS_ADDRESS"))
            return true;
        const QString runtime = qEnvironmentVariable("XDG_RUNTIME_DIR");
        return !runtime.isEmpty() && QFileInfo::exists(runtime + QStringLiteral("/bus"));
    }

    void read(QObject *context, Callback done) override
    {
        auto *job = new QKeychain::ReadPasswordJob(service);
        run(job, context, std::move(done), [](QKeychain::Job *finished) {
            return static_cast<QKeychain::ReadPasswordJob *>(finished)->textData();
        });
    }

    void write(const QString &secret, QObject *context, Callback done) override
    {
        if (secret.isEmpty()) {
            run(new QKeychain::DeletePasswordJob(service), context, std::move(done), {});
            return;
        }
        auto *job = new QKeychain::WritePasswordJob(service);
        job->setTextData(secret);
        run(job, context, std::move(done), {});
    }

private:
    void run(QKeychain::Job *job, QObject *context, Callback done,
             std::function<QString(QKeychain::Job *)> secretOf)
    {
        if (!m_thread)
            m_thread = startThread(QStringLiteral("keyring"), ThreadStop::WaitBriefly);
        job->setKey(entry);
        job->setAutoDelete(true);
        job->setInsecureFallback(false);
        auto answer = std::make_shared<Answer>();
        QObject::connect(job, &QKeychain::Job::finished, job, [answer, secretOf](QKeychain::Job *finished) {
            const bool nothing = finished->error() == QKeychain::EntryNotFound;
            answer->available = nothing || finished->error() == QKeychain::NoError;
            if (secretOf && finished->error() == QKeychain::NoError)
                answer->secret = secretOf(finished);
        });
        // Second connection, delivered on the main thread after the first one filled the answer.
        QObject::connect(
            job, &QKeychain::Job::finished, context, [answer, done = std::move(done)] { done(*answer); },
            Qt::QueuedConnection);
        job->moveToThread(m_thread.get());
        QMetaObject::invokeMethod(
            job, [job] { job->start(); }, Qt::QueuedConnection);
    }

    ThreadPtr m_thread;
};

} // namespace

std::unique_ptr<Keyring> desktopKeyring() { return std::make_unique<DesktopKeyring>(); }

} // namespace torchdeck::app

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/support_bundle.h"

#include "app/cli/queue_listing.h"
#include "app/recent_log.h"
#include "app/settings.h"
#include "app/state_paths.h"
#include "torchdeck/engine/device_info.h"

#include <QtCore/QDateTime>
#include <QtCore/QSaveFile>
#include <QtCore/QSysInfo>
#include <QtCore/QUrl>

namespace torchdeck::app {

namespace {

constexpr int logLines = 500;

} // namespace

QString supportBundle(const Settings &settings, const QString &key, const QVector<hub::RequestRecord> &requests)
{
    QStringList lines { QStringLiteral("Torchdeck support bundle, %1").arg(QDateTime::currentDateTime().toString(Qt::ISODate)),
                        QString(), QStringLiteral("# Versions") };
    lines << QStringLiteral("torchdeck " TORCHDECK_VERSION);
    lines << QStringLiteral("LibTorch %1, Qt %2").arg(QString::fromStdString(engine::torchVersion()),
                                                      QString::fromLatin1(qVersion()));
    lines << QStringLiteral("%1, kernel %2, %3")
                 .arg(QSysInfo::prettyProductName(), QSysInfo::kernelVersion(), QSysInfo::currentCpuArchitecture());
    lines << QString() << QStringLiteral("# Settings");
    for (const QString &name : Settings::keys()) {
        const QString lock = Settings::lockedBy(name);
        const QString from = lock.isEmpty() ? QString() : QStringLiteral("  (from %1)").arg(lock);
        if (name == u"api_key") // no "=": what follows one is taken out below
            lines << QStringLiteral("api_key is %1%2")
                         .arg(key.isEmpty() && lock.isEmpty() ? QStringLiteral("not set") : QStringLiteral("set"), from);
        else
            lines << QStringLiteral("%1 = %2%3").arg(name, settings.text(name), from);
    }
    lines << QString() << QStringLiteral("# Upload queue");
    const auto rows = cli::readQueue();
    for (const cli::QueueRow &row : rows)
        lines << row.line();
    if (rows.isEmpty())
        lines << QStringLiteral("empty");
    lines << QString() << QStringLiteral("# Requests to HUB by this process");
    for (const auto &request : requests)
        lines << hub::requestLine(request);
    if (requests.isEmpty())
        lines << QStringLiteral("none");
    lines << QString() << QStringLiteral("# Log");
    lines << RecentLog(StatePaths::logFile()).lines(logLines);
    QStringList secrets;
    for (const QString &secret : { key, QUrl(settings.proxy()).password(), qEnvironmentVariable("HUB_API_KEY").trimmed() }) {
        if (secret.size() >= 4)
            secrets << secret;
    }
    return withoutSecrets(lines.join(u'\n') + u'\n', secrets);
}

QString writeSupportBundle(const QString &file, const QString &text)
{
    QSaveFile out(file);
    const bool written = out.open(QIODevice::WriteOnly)
        && out.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner) && out.write(text.toUtf8()) >= 0
        && out.commit();
    return written ? QString()
                   : QStringLiteral("The support bundle cannot be written to %1 (%2): choose another file.")
                         .arg(file, out.errorString());
}

} // namespace torchdeck::app

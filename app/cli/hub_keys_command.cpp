// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "app/state_paths.h"
#include "hub/server/api_error.h"
#include "hub/server/user_keys.h"

#include <QtCore/QDateTime>
#include <QtCore/QJsonArray>

namespace torchdeck::app::cli {

namespace {

using hub::server::keyJson;
using hub::server::UserKey;
using hub::server::UserKeys;

QString useText(const UserKey &key)
{
    const QString used = QString::number(double(key.usedBytes) / (1 << 20), 'f', 1);
    return key.quotaBytes ? QStringLiteral("%1 of %2 MiB used").arg(used).arg(key.quotaBytes >> 20)
                          : QStringLiteral("%1 MiB used").arg(used);
}

QString timeText(qint64 ms)
{
    return ms ? QDateTime::fromMSecsSinceEpoch(ms).toString(Qt::ISODate) : QStringLiteral("never");
}

void createKey(UserKeys &keys, const QString &label, qint64 quotaBytes, Console &console)
{
    UserKey made;
    const QString key =
        QString::fromLatin1(keys.create(label, QDateTime::currentMSecsSinceEpoch(), &made, quotaBytes));
    if (console.wantsJson()) {
        QJsonObject object = keyJson(made);
        object.insert(QStringLiteral("key"), key);
        console.json(object);
        return;
    }
    console.line(QStringLiteral("Key %1 of %2, shown this once only: %3").arg(made.id).arg(made.label, key));
}

void listKeys(UserKeys &keys, Console &console)
{
    QJsonArray all;
    for (const UserKey &key : keys.list()) {
        all.append(keyJson(key));
        if (!console.wantsJson())
            console.line(QStringLiteral("%1  %2  created %3, last used %4, %5")
                             .arg(key.id)
                             .arg(key.label, timeText(key.createdMs), timeText(key.lastUsedMs), useText(key)));
    }
    if (console.wantsJson())
        console.json({ { QStringLiteral("keys"), all } });
    else if (all.isEmpty())
        console.line(QStringLiteral("No user has a key yet: make one with `torchdeck hub keys create label=NAME`."));
}

void limitKey(UserKeys &keys, int id, qint64 quotaBytes, Console &console)
{
    keys.setQuota(id, quotaBytes);
    if (console.wantsJson())
        console.json({ { QStringLiteral("id"), id },
                       { QStringLiteral("quota_mib"), quotaBytes ? QJsonValue(quotaBytes >> 20) : QJsonValue() } });
    else if (quotaBytes)
        console.line(QStringLiteral("Key %1 may store %2 MiB from the next upload on.").arg(id).arg(quotaBytes >> 20));
    else
        console.line(QStringLiteral("Key %1 may store without limit from the next upload on.").arg(id));
}

void revokeKey(UserKeys &keys, int id, Console &console)
{
    keys.revoke(id);
    if (console.wantsJson())
        console.json({ { QStringLiteral("revoked"), id } });
    else
        console.line(QStringLiteral("Key %1 is revoked from the next request on.").arg(id));
}

} // namespace

CommandSpec hubKeysSpec()
{
    CommandSpec spec;
    spec.name = QStringLiteral("hub keys");
    spec.usage = QStringLiteral("create label=NAME [quota=MIB] | list | quota id=N quota=MIB | revoke id=N [dir=DIR] [--json]");
    spec.summary = QStringLiteral("users' API keys of a local HUB");
    spec.positionals = { QStringLiteral("action") };
    spec.options = {
        { QStringLiteral("label"), ValueKind::Text, {}, QStringLiteral("create: the user's name"), {}, {} },
        { QStringLiteral("id"), ValueKind::Int, {}, QStringLiteral("quota, revoke: number from the list"), 1, 2e9 },
        { QStringLiteral("quota"), ValueKind::Int, QStringLiteral("0"),
          QStringLiteral("create, quota: MiB that the user's files may take; 0 = no limit"), 0,
          double(hub::server::kMostQuotaMib) },
        { QStringLiteral("dir"), ValueKind::Text, {},
          QStringLiteral("data folder; default: the app's own HUB"), {}, {} },
    };
    spec.flags = { { QStringLiteral("--json"), {}, QStringLiteral("print one JSON object") } };
    spec.notes = QStringLiteral("Works while the server runs. Keys of one label see the same records; other "
                                "users' records stay hidden from them. A quota holds for uploads with that key, against "
                                "all files of its user; deleted models do not count.");
    return spec;
}

int hubKeysCommand(const QStringList &words)
{
    const Arguments arguments(hubKeysSpec(), words);
    const QString action = arguments.positional(0);
    if (action != u"create" && action != u"list" && action != u"quota" && action != u"revoke")
        throw UsageError {
            QStringLiteral("`torchdeck hub keys` needs create, list, quota or revoke, not '%1'.").arg(action)
        };
    if (action == u"create" && arguments.text(QStringLiteral("label")).isEmpty())
        throw UsageError { QStringLiteral("`torchdeck hub keys create` needs label=NAME.") };
    if (action == u"quota" && !(arguments.given(QStringLiteral("id")) && arguments.given(QStringLiteral("quota"))))
        throw UsageError { QStringLiteral("`torchdeck hub keys quota` needs id=N and quota=MIB (0 = no limit).") };
    if (action == u"revoke" && !arguments.given(QStringLiteral("id")))
        throw UsageError { QStringLiteral("`torchdeck hub keys revoke` needs id=N, as `hub keys list` shows it.") };
    Console console(arguments.flag(QStringLiteral("--json")));
    const QString dir = arguments.text(QStringLiteral("dir"));
    hub::server::FolderKeys folder(dir.isEmpty() ? StatePaths::localHubDir() : absolutePath(dir));
    QString error;
    if (!folder.open(&error)) {
        console.fail(error);
        return FailedRun;
    }
    const qint64 quota = qint64(arguments.number(QStringLiteral("quota"))) << 20;
    try {
        if (action == u"create")
            createKey(folder.keys(), arguments.text(QStringLiteral("label")), quota, console);
        else if (action == u"list")
            listKeys(folder.keys(), console);
        else if (action == u"quota")
            limitKey(folder.keys(), arguments.integer(QStringLiteral("id")), quota, console);
        else
            revokeKey(folder.keys(), arguments.integer(QStringLiteral("id")), console);
    } catch (const hub::server::ApiError &problem) {
        console.fail(problem.message());
        return FailedRun;
    }
    return Ok;
}

} // namespace torchdeck::app::cli

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

using hub::server::UserKey;
using hub::server::UserKeys;

QJsonObject keyJson(const UserKey &key)
{
    return { { QStringLiteral("id"), key.id },
             { QStringLiteral("label"), key.label },
             { QStringLiteral("created"), key.createdMs },
             { QStringLiteral("last_used"), key.lastUsedMs ? QJsonValue(key.lastUsedMs) : QJsonValue() } };
}

QString timeText(qint64 ms)
{
    return ms ? QDateTime::fromMSecsSinceEpoch(ms).toString(Qt::ISODate) : QStringLiteral("never");
}

void createKey(UserKeys &keys, const QString &label, Console &console)
{
    UserKey made;
    const QString key =
        QString::fromLatin1(keys.create(label, QDateTime::currentMSecsSinceEpoch(), &made));
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
            console.line(QStringLiteral("%1  %2  created %3, last used %4")
                             .arg(key.id)
                             .arg(key.label, timeText(key.createdMs), timeText(key.lastUsedMs)));
    }
    if (console.wantsJson())
        console.json({ { QStringLiteral("keys"), all } });
    else if (all.isEmpty())
        console.line(QStringLiteral("No user has a key yet: make one with `torchdeck hub keys create label=NAME`."));
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
    spec.usage = QStringLiteral("create label=NAME | list | revoke id=N [dir=DIR] [--json]");
    spec.summary = QStringLiteral("users' API keys of a local HUB");
    spec.positionals = { QStringLiteral("action") };
    spec.options = {
        { QStringLiteral("label"), ValueKind::Text, {}, QStringLiteral("create: the user's name"), {}, {} },
        { QStringLiteral("id"), ValueKind::Int, {}, QStringLiteral("revoke: number from the list"), 1, 2e9 },
        { QStringLiteral("dir"), ValueKind::Text, {},
          QStringLiteral("data folder; default: the app's own HUB"), {}, {} },
    };
    spec.flags = { { QStringLiteral("--json"), {}, QStringLiteral("print one JSON object") } };
    spec.notes = QStringLiteral("Works while the server runs. Keys of one label see the same records; other "
                                "users' records stay hidden from them.");
    return spec;
}

int hubKeysCommand(const QStringList &words)
{
    const Arguments arguments(hubKeysSpec(), words);
    const QString action = arguments.positional(0);
    if (action != u"create" && action != u"list" && action != u"revoke")
        throw UsageError { QStringLiteral("`torchdeck hub keys` needs create, list or revoke, not '%1'.").arg(action) };
    if (action == u"create" && arguments.text(QStringLiteral("label")).isEmpty())
        throw UsageError { QStringLiteral("`torchdeck hub keys create` needs label=NAME.") };
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
    try {
        if (action == u"create")
            createKey(folder.keys(), arguments.text(QStringLiteral("label")), console);
        else if (action == u"list")
            listKeys(folder.keys(), console);
        else
            revokeKey(folder.keys(), arguments.integer(QStringLiteral("id")), console);
    } catch (const hub::server::ApiError &problem) {
        console.fail(problem.message());
        return FailedRun;
    }
    return Ok;
}

} // namespace torchdeck::app::cli

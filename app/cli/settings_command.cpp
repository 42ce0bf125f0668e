// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "app/secrets.h"
#include "app/settings.h"
#include "app/state_paths.h"

#include <QtCore/QEventLoop>
#include <QtCore/QFile>

namespace torchdeck::app::cli {

namespace {

/// Loads the key and waits for it: bounded by the keyring's own limit.
void load(Secrets &secrets)
{
    QEventLoop loop;
    QObject::connect(&secrets, &Secrets::loaded, &loop, &QEventLoop::quit);
    secrets.load();
    loop.exec();
}

QString store(Secrets &secrets, const QString &key)
{
    QEventLoop loop;
    QString problem;
    QObject::connect(&secrets, &Secrets::stored, &loop, [&](const QString &sentence) {
        problem = sentence;
        loop.quit();
    });
    secrets.store(key);
    loop.exec();
    return problem;
}

void checkKey(const QString &key)
{
    if (Settings::keys().contains(key))
        return;
    const QString near = nearest(key, Settings::keys());
    throw UsageError { QStringLiteral("Unknown setting '%1'%2")
                           .arg(key,
                                near.isEmpty() ? QStringLiteral("; see `torchdeck settings --help`.")
                                               : QStringLiteral("; did you mean '%1'?").arg(near)) };
}

/// The key itself is never printed.
QString shownText(const Settings &settings, Secrets &secrets, const QString &key)
{
    if (key != u"api_key")
        return settings.text(key);
    load(secrets);
    return secrets.key().isEmpty() ? QStringLiteral("not set") : QStringLiteral("set");
}

QString readLineFromStdin()
{
    QFile in;
    return in.open(stdin, QIODevice::ReadOnly) ? QString::fromUtf8(in.readLine(4096)).trimmed() : QString();
}

int list(const Settings &settings, Secrets &secrets, Console &console)
{
    QJsonObject object;
    for (const QString &key : Settings::keys()) {
        const QString value = shownText(settings, secrets, key);
        const QString lock = Settings::lockedBy(key);
        console.line(
            QStringLiteral("%1 = %2%3")
                .arg(key, value, lock.isEmpty() ? QString() : QStringLiteral("  (from %1)").arg(lock)));
        object.insert(key, value);
    }
    console.line(QStringLiteral("File: %1").arg(StatePaths::settingsFile()));
    if (console.wantsJson())
        console.json(object);
    return Ok;
}

int set(Settings &settings, Secrets &secrets, const QString &key, QString value, Console &console)
{
    if (key == u"api_key") {
        if (const QString variable = Settings::lockedBy(key); !variable.isEmpty())
            throw UsageError { QStringLiteral(
                                   "api_key is set by the environment variable %1: unset that first.")
                                   .arg(variable) };
        if (value == u"-")
            value = readLineFromStdin();
        if (const QString problem = store(secrets, value); !problem.isEmpty()) {
            console.fail(problem);
            return FailedRun;
        }
        console.line(value.isEmpty() ? QStringLiteral("The key is forgotten.") : secrets.note());
        return Ok;
    }
    if (const QString wrong = settings.setText(key, value); !wrong.isEmpty())
        throw UsageError { wrong };
    if (const QString problem = settings.save(); !problem.isEmpty()) {
        console.fail(problem);
        return FailedRun;
    }
    console.line(QStringLiteral("%1 = %2").arg(key, settings.text(key)));
    return Ok;
}

} // namespace

CommandSpec settingsSpec()
{
    CommandSpec spec;
    spec.name = QStringLiteral("settings");
    spec.usage = QStringLiteral("[get KEY | set KEY VALUE] [--json]");
    spec.summary = QStringLiteral("show or change settings");
    spec.positionals = { QStringLiteral("get|set"), QStringLiteral("KEY"), QStringLiteral("VALUE") };
    spec.flags = { { QStringLiteral("--json"), {}, QStringLiteral("one JSON object with all settings") } };
    spec.notes = QStringLiteral("Keys:\n");
    for (const QString &key : Settings::keys())
        spec.notes += QStringLiteral("  %1 %2\n").arg(key, -16).arg(Settings::help(key));
    spec.notes += QStringLiteral(
        "\n`settings set api_key -` reads the key from standard input, so that it does not stay in the\n"
        "shell's history.");
    return spec;
}

int settingsCommand(const QStringList &words)
{
    // A value may begin with '-' (api_key's '-'), hold '=' or be empty: the words of `set` are taken as they
    // are.
    const bool setting = words.value(0) == u"set" && words.size() == 3;
    const Arguments arguments(settingsSpec(), setting ? QStringList() : words);
    Console console(arguments.flag(QStringLiteral("--json")));
    Settings settings(StatePaths::settingsFile());
    Secrets secrets(desktopKeyring(), StatePaths::secretFile());
    if (!settings.notice().isEmpty())
        console.error(settings.notice());
    if (setting) {
        checkKey(words.at(1));
        return set(settings, secrets, words.at(1), words.at(2), console);
    }
    const QString action = arguments.positional(0);
    if (action.isEmpty())
        return list(settings, secrets, console);
    const QString key = arguments.positional(1);
    if (action != u"get" || key.isEmpty() || !arguments.positional(2).isEmpty())
        throw UsageError { QStringLiteral(
            "Write `torchdeck settings`, `torchdeck settings get KEY` or `torchdeck settings set KEY "
            "VALUE`.") };
    checkKey(key);
    const QString value = shownText(settings, secrets, key);
    if (console.wantsJson())
        console.json({ { key, value } });
    else
        console.line(value);
    return Ok;
}

} // namespace torchdeck::app::cli

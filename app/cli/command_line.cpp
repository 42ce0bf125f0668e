// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "torchdeck/engine/device_info.h"
#include "torchdeck/engine/error.h"

#include <QtCore/QDir>

#include <array>

namespace torchdeck::app::cli {

namespace {

struct Command {
    const char *words; ///< "hub serve"
    int (*run)(const QStringList &);
    CommandSpec (*spec)();
};

constexpr std::array commands {
    Command { "train", trainCommand, trainSpec },
    Command { "estimate", estimateCommand, estimateSpec },
    Command { "val", valCommand, valSpec },
    Command { "predict", predictCommand, predictSpec },
    Command { "convert", convertCommand, convertSpec },
    Command { "demo", demoCommand, demoSpec },
    Command { "hub serve", hubServeCommand, hubServeSpec },
    Command { "hub queue", hubQueueCommand, hubQueueSpec },
    Command { "hub publish", hubPublishCommand, hubPublishSpec },
    Command { "hub support-bundle", hubSupportCommand, hubSupportSpec },
    Command { "hub keys", hubKeysCommand, hubKeysSpec },
    Command { "dataset make-sample", datasetMakeSampleCommand, datasetMakeSampleSpec },
    Command { "dataset check", datasetCheckCommand, datasetCheckSpec },
    Command { "settings", settingsCommand, settingsSpec },
    Command { "devices", devicesCommand, devicesSpec },
};

QString overview()
{
    QString text =
        QStringLiteral("Torchdeck " TORCHDECK_VERSION ": trains, watches and syncs YOLO detectors.\n\n"
                       "Usage: torchdeck                      the window\n"
                       "       torchdeck COMMAND [name=value ...]\n\nCommands:\n");
    for (const Command &command : commands)
        text +=
            QStringLiteral("  %1 %2\n").arg(QLatin1String(command.words), -20).arg(command.spec().summary);
    text += QStringLiteral(
        "\n`torchdeck COMMAND --help` lists a command's arguments; --version tells the version.\n"
        "Exit codes: 0 done, 1 failed, 2 bad input, 130 stopped by Ctrl+C (saved).\n");
    return text;
}

void print(const QString &text)
{
    const QByteArray bytes = text.toUtf8();
    std::fwrite(bytes.constData(), 1, size_t(bytes.size()), stdout);
    std::fflush(stdout);
}

QString versionText()
{
    return QStringLiteral("torchdeck " TORCHDECK_VERSION " (LibTorch %1, Qt %2)\n")
        .arg(QString::fromStdString(engine::torchVersion()), QString::fromLatin1(qVersion()));
}

/// The command that `words` begin with, and how many words name it.
const Command *findCommand(const QStringList &words, qsizetype &used)
{
    for (const Command &command : commands) {
        const QStringList name = QString::fromLatin1(command.words).split(u' ');
        if (words.mid(0, name.size()) == name) {
            used = name.size();
            return &command;
        }
    }
    return nullptr;
}

int unknownCommand(const QStringList &words)
{
    QStringList names;
    QStringList ofGroup;
    for (const Command &command : commands) {
        const QString name = QString::fromLatin1(command.words);
        names << name;
        if (name.startsWith(words.first() + u' '))
            ofGroup << name.mid(words.first().size() + 1);
    }
    if (!ofGroup.isEmpty()) {
        if (words.size() == 1 || asksForHelp(words)) {
            print(overview());
            return words.size() == 1 ? BadInput : Ok;
        }
        throw UsageError { QStringLiteral("`torchdeck %1` knows %2, not '%3'.")
                               .arg(words.first(), ofGroup.join(QStringLiteral(" and ")), words.at(1)) };
    }
    const QString near = nearest(words.first(), names);
    throw UsageError { QStringLiteral("Unknown command '%1'%2")
                           .arg(words.first(),
                                near.isEmpty() ? QStringLiteral("; see `torchdeck --help`.")
                                               : QStringLiteral("; did you mean '%1'?").arg(near)) };
}

int dispatch(const QStringList &words)
{
    if (words.isEmpty() || words.first() == u"--help" || words.first() == u"-h" || words.first() == u"help") {
        print(overview());
        return Ok;
    }
    if (words.first() == u"--version" || words.first() == u"-V") {
        print(versionText());
        return Ok;
    }
    qsizetype used = 0;
    const Command *command = findCommand(words, used);
    if (!command)
        return unknownCommand(words);
    const QStringList rest = words.mid(used);
    if (asksForHelp(rest)) {
        print(helpText(command->spec()));
        return Ok;
    }
    return command->run(rest);
}

} // namespace

QString absolutePath(const QString &path)
{
    return path.isEmpty() ? QString() : QDir::cleanPath(QDir().absoluteFilePath(path));
}

int runCommandLine(const QStringList &words)
{
    Console console(words.contains(QStringLiteral("--json")));
    try {
        return dispatch(words);
    } catch (const UsageError &error) {
        console.fail(error.sentence);
        return BadInput;
    } catch (const engine::EngineError &error) {
        console.fail(QString::fromUtf8(error.what()), QString::fromStdString(error.field()));
        const bool badInput =
            error.kind() == engine::ErrorKind::Argument || error.kind() == engine::ErrorKind::Dataset;
        return badInput ? BadInput : FailedRun;
    } catch (const std::exception &error) {
        console.fail(QStringLiteral("The command failed: %1").arg(QString::fromUtf8(error.what())));
        return FailedRun;
    }
}

} // namespace torchdeck::app::cli

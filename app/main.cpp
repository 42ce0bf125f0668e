// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"

#ifdef TORCHDECK_UI
#include "app/application.h"
#endif

#include <QtCore/QCoreApplication>
#include <QtCore/QFileInfo>
#include <QtCore/QStringList>

#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <langinfo.h>
#include <optional>

namespace {

/// File names and messages are UTF-8. Where the locale is not (LC_ALL=C), take the one that every glibc has.
void chooseLocale()
{
    std::setlocale(LC_ALL, "");
    if (std::strcmp(::nl_langinfo(CODESET), "UTF-8") != 0)
        qputenv("LC_ALL", "C.UTF-8");
}

/// Numbers in files are written with a point, whatever the user's language; Qt's constructor has just undone
/// that.
void keepNumbersPlain() { std::setlocale(LC_NUMERIC, "C"); }

bool hasDisplay()
{
    return qEnvironmentVariableIsSet("DISPLAY") || qEnvironmentVariableIsSet("WAYLAND_DISPLAY")
        || qEnvironmentVariableIsSet("QT_QPA_PLATFORM");
}

#ifdef TORCHDECK_UI
/// `torchdeck data.yaml`, `torchdeck runs/detect/train3`: files and folders to show, none of them a command. Nothing
/// when the words are meant for the command line.
std::optional<QStringList> pathsToOpen(int argc, char *argv[])
{
    QStringList paths;
    for (int i = 1; i < argc; ++i) {
        const QString word = QString::fromLocal8Bit(argv[i]);
        const QFileInfo info(word);
        const bool named = word.contains(QLatin1Char('/')) || word.endsWith(QLatin1String(".yaml"))
            || word.endsWith(QLatin1String(".csv"));
        if (!named || !info.exists())
            return {};
        paths << info.absoluteFilePath();
    }
    return paths;
}
#endif

void nameApplication()
{
    QCoreApplication::setApplicationName(QStringLiteral("torchdeck"));
    QCoreApplication::setApplicationVersion(QStringLiteral(TORCHDECK_VERSION));
}

} // namespace

int main(int argc, char *argv[])
{
    chooseLocale();
    std::signal(SIGPIPE, SIG_IGN); // a closed pipe must not end a training
    nameApplication();
#ifdef TORCHDECK_UI
    if (hasDisplay()) {
        if (argc == 2 && std::strcmp(argv[1], "--startup-report") == 0) // bench/bench_startup
            return torchdeck::app::runWindow(argc, argv, {}, keepNumbersPlain, true);
        if (const auto paths = pathsToOpen(argc, argv))
            return torchdeck::app::runWindow(argc, argv, *paths, keepNumbersPlain);
    }
#endif
    QCoreApplication application(argc, argv);
    keepNumbersPlain();
    QStringList words = application.arguments().mid(1);
    if (words.isEmpty()) {
#ifdef TORCHDECK_UI
        const char *why = "There is no display here, so the demo runs without the window.\n";
#else
        const char *why = hasDisplay() ? "This build has no window, so the demo runs without it.\n"
                                       : "There is no display here, so the demo runs without the window.\n";
#endif
        std::fputs(why, stdout);
        words << QStringLiteral("demo");
    }
    return torchdeck::app::cli::runCommandLine(words);
}

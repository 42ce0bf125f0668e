// SPDX-License-Identifier: GPL-3.0-or-later
// Every screen and dialog of the production window with fixture values, light and dark, at two sizes: fails on cut,
// shortened and overlapping texts and, in Chinese, on texts that were not translated.
//   capture_window [--pictures FOLDER] [--language zh_CN] [--screen NAME]...
// Needs no display (QT_QPA_PLATFORM=offscreen); QT_SCALE_FACTOR=2 draws it for screens of twice the density.

#include "tests/ui/fixtures.h"
#include "tests/ui/screens.h"
#include "tests/ui/text_audit.h"
#include "ui/main_window.h"
#include "ui/theme.h"
#include "ui/translations.h"

#include <QtCore/QCommandLineParser>
#include <QtCore/QDir>
#include <QtCore/QLocale>
#include <QtGui/QScreen>
#include <QtWidgets/QApplication>
#include <QtWidgets/QMenu>

#include <cstdio>
#include <memory>

using namespace torchdeck;

namespace {

constexpr QSize sizes[] = { { 1440, 900 }, { 1090, 640 } }; ///< the usual window and the smallest one

struct Options {
    QString pictures;
    bool chinese = false;
    QStringList only;
};

struct Outcome {
    int views = 0;
    QStringList findings;
};

void look(QWidget &target, const QString &name, const Options &options, Outcome &outcome)
{
    ++outcome.views;
    QStringList found = audit::cutTexts(target);
    if (options.chinese)
        found += audit::untranslatedTexts(target, fixtures::sentences());
    for (const QString &finding : found) {
        const QString line = finding;
        if (!outcome.findings.contains(line)) {
            outcome.findings << line;
            std::printf("%s: %s\n", qPrintable(name), qPrintable(line));
        }
    }
    if (!options.pictures.isEmpty()) {
        const QString file = QDir(options.pictures).filePath(name + QStringLiteral(".png"));
        if (!target.grab().save(file))
            outcome.findings << file + QStringLiteral(" cannot be written");
    }
    std::fflush(stdout);
}

/// The theme changes under the open window, as it does when the desktop changes at dusk.
void visit(const screens::Screen &screen, const Options &options, Outcome &outcome)
{
    QApplication::setPalette(ui::themePalette(ui::lightTheme()));
    auto window = std::make_unique<ui::MainWindow>();
    screens::fill(*window);
    window->resize(sizes[0]);
    window->show();
    QWidget *target = screen.prepare(*window);
    if (!target) {
        outcome.findings << screen.name + QStringLiteral(": is not there");
        std::printf("%s: is not there\n", qPrintable(screen.name));
        return;
    }
    for (const bool dark : { false, true }) {
        QApplication::setPalette(ui::themePalette(dark ? ui::darkTheme() : ui::lightTheme()));
        for (const QSize size : sizes) {
            if (target != window.get() && size != sizes[0])
                continue; // a dialog has a size of its own
            if (target == window.get())
                window->resize(size);
            screens::settle();
            // The offscreen platform's screen is 800 px wide, half of that at twice the density: no menu is cut by it.
            if (qobject_cast<QMenu *>(target) && target->sizeHint().width() > target->screen()->availableGeometry().width())
                continue;
            look(*target,
                 QStringLiteral("%1-%2-%3").arg(screen.name, dark ? "dark" : "light").arg(window->width()),
                 options, outcome);
        }
    }
}

} // namespace

int main(int argc, char **argv)
{
    QApplication app(argc, argv);
    QCommandLineParser parser;
    parser.addHelpOption();
    parser.addOption({ QStringLiteral("pictures"), QStringLiteral("Keep a PNG of every view here."), QStringLiteral("folder") });
    parser.addOption({ QStringLiteral("language"), QStringLiteral("The window's language."), QStringLiteral("locale") });
    parser.addOption({ QStringLiteral("screen"), QStringLiteral("Only this screen; may be repeated."), QStringLiteral("name") });
    parser.addOption({ QStringLiteral("long"), QStringLiteral("Only where TORCHDECK_LONG=1 is set.") });
    parser.process(app);
    if (parser.isSet(QStringLiteral("long")) && qEnvironmentVariableIsEmpty("TORCHDECK_LONG")) {
        std::printf("skipped: it takes long, set TORCHDECK_LONG=1\n");
        return 77;
    }
    Options options { parser.value(QStringLiteral("pictures")), false, parser.values(QStringLiteral("screen")) };
    if (!options.pictures.isEmpty())
        QDir().mkpath(options.pictures);
    if (parser.isSet(QStringLiteral("language"))) {
        const QLocale locale(parser.value(QStringLiteral("language")));
        QLocale::setDefault(locale);
        ui::installTranslations(locale);
        options.chinese = locale.language() == QLocale::Chinese;
    }
    Outcome outcome;
    for (const screens::Screen &screen : screens::all()) {
        if (options.only.isEmpty() || options.only.contains(screen.name))
            visit(screen, options, outcome);
    }
    std::printf("%d views at a scale of %g, %d findings\n", outcome.views, app.devicePixelRatio(), int(outcome.findings.size()));
    return outcome.views > 0 && outcome.findings.isEmpty() ? 0 : 1;
}

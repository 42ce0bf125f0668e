// SPDX-License-Identifier: GPL-3.0-or-later
// What the desktop sees: desktop file, metainfo, translations; and the command palette.
#include "torchdeck/engine/train_config.h"
#include "ui/argument_table.h"
#include "ui/argument_words.h"
#include "ui/command_palette.h"
#include "ui/launch_panel.h"
#include "ui/main_window.h"
#include "ui/runs/runs_page.h"
#include "ui/translations.h"

#include <QtCore/QProcess>
#include <QtCore/QStandardPaths>
#include <QtCore/QTemporaryDir>
#include <QtCore/QTranslator>
#include <QtCore/QXmlStreamReader>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QListView>
#include <QtWidgets/QMenu>
#include <QtWidgets/QMenuBar>
#include <QtWidgets/QTableView>

using namespace torchdeck;
using namespace torchdeck::ui;

namespace {

const QString resources = QStringLiteral(TORCHDECK_SOURCE_DIR "/resources");

/// Runs a validator of the distribution; skips where it is not installed.
void validate(const QString &tool, const QStringList &arguments)
{
    const QString program = QStandardPaths::findExecutable(tool);
    if (program.isEmpty())
        QSKIP(qPrintable(tool + QStringLiteral(" is not installed")));
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(program, arguments);
    QVERIFY(process.waitForFinished(30'000));
    QVERIFY2(process.exitCode() == 0, process.readAll().constData());
}

struct Messages {
    int count = 0;
    QStringList open; ///< without a translation, or one that lacks a place for a value
};

Messages readMessages(const QString &path)
{
    Messages found;
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return found;
    QXmlStreamReader xml(&file);
    QString source;
    while (!xml.atEnd()) {
        xml.readNext();
        if (xml.isStartElement() && xml.name() == QLatin1String("source"))
            source = xml.readElementText();
        else if (xml.isStartElement() && xml.name() == QLatin1String("translation")) {
            const auto type = xml.attributes().value(QStringLiteral("type"));
            if (type == QLatin1String("vanished") || type == QLatin1String("obsolete")) {
                xml.skipCurrentElement();
                continue;
            }
            ++found.count;
            const QString text = xml.readElementText(QXmlStreamReader::IncludeChildElements).trimmed();
            bool whole = type.isEmpty() && !text.isEmpty();
            for (const char *place : { "%1", "%2", "%3", "%n" })
                whole = whole && source.contains(QLatin1String(place)) == text.contains(QLatin1String(place));
            if (!whole)
                found.open << source;
        }
    }
    if (xml.hasError())
        found.open << xml.errorString();
    return found;
}

} // namespace

class TestUiPlatform : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theDesktopFileIsValid()
    {
        validate(QStringLiteral("desktop-file-validate"), { resources + "/desktop/org.torchdeck.Torchdeck.desktop" });
    }

    void theMetainfoIsValid()
    {
        validate(QStringLiteral("appstreamcli"),
                 { "validate", "--no-net", resources + "/desktop/org.torchdeck.Torchdeck.metainfo.xml" });
    }

    void namesOfTheDesktopFilesAgree()
    {
        QFile metainfo(resources + "/desktop/org.torchdeck.Torchdeck.metainfo.xml");
        QVERIFY(metainfo.open(QIODevice::ReadOnly));
        const QByteArray xml = metainfo.readAll();
        QVERIFY(xml.contains("<id>org.torchdeck.Torchdeck</id>"));
        QVERIFY(xml.contains("org.torchdeck.Torchdeck.desktop</launchable>"));
        QVERIFY2(xml.contains("version=\"" TORCHDECK_VERSION "\""), "the release is not in the metainfo");
        QFile desktop(resources + "/desktop/org.torchdeck.Torchdeck.desktop");
        QVERIFY(desktop.open(QIODevice::ReadOnly));
        QVERIFY(desktop.readAll().contains("Icon=org.torchdeck.Torchdeck\n"));
    }

    void chineseIsComplete()
    {
        const Messages all = readMessages(resources + "/i18n/torchdeck_zh_CN.ts");
        QVERIFY(all.count > 300);
        QVERIFY2(all.open.isEmpty(), qPrintable(QStringLiteral("not translated: ") + all.open.join(QStringLiteral(" | "))));
    }

    /// The file may be complete and the sources ahead of it.
    void chineseKnowsEveryTextOfTheSources()
    {
        QString lupdate = QStandardPaths::findExecutable(QStringLiteral("lupdate"), { QStringLiteral("/usr/lib/qt6/bin") });
        if (lupdate.isEmpty())
            lupdate = QStandardPaths::findExecutable(QStringLiteral("lupdate6"));
        if (lupdate.isEmpty())
            QSKIP("lupdate is not installed");
        const QTemporaryDir dir;
        const QString copy = dir.filePath(QStringLiteral("torchdeck_zh_CN.ts"));
        QVERIFY(QFile::copy(resources + "/i18n/torchdeck_zh_CN.ts", copy));
        QProcess process;
        process.setWorkingDirectory(QStringLiteral(TORCHDECK_SOURCE_DIR));
        process.setProcessChannelMode(QProcess::MergedChannels);
        process.start(lupdate, { "-silent", "-I", ".", "-I", "engine/include", "-locations", "none", "-no-obsolete", "ui",
                                 "app", "hub", "-ts", copy });
        QVERIFY(process.waitForFinished(100'000));
        QVERIFY2(process.exitCode() == 0, process.readAll().constData());
        const Messages all = readMessages(copy);
        QVERIFY(all.count > 300);
        QVERIFY2(all.open.isEmpty(), qPrintable(QStringLiteral("new in the sources: ") + all.open.join(QStringLiteral(" | "))));
    }

    void argumentsAreTranslated()
    {
        QStringList missing;
        for (const engine::ArgumentInfo &info : engine::trainArguments()) {
            for (const std::string_view words : { info.help, info.group }) {
                if (!knowsArgumentWords(words))
                    missing << QString::fromUtf8(words.data(), qsizetype(words.size()));
            }
        }
        QVERIFY2(missing.isEmpty(), qPrintable(QStringLiteral("not in ui/argument_words.cpp: ") + missing.join(" | ")));
    }

    void theWindowSpeaksChinese()
    {
#ifndef TORCHDECK_TRANSLATIONS
        QSKIP("built without lrelease");
#endif
        installTranslations(QLocale(QLocale::Chinese, QLocale::China));
        MainWindow window;
        window.show();
        QCOMPARE(window.menuBar()->actions().value(0)->text(), QStringLiteral("文件(&F)"));
        window.resize(1100, 700);
        QTest::qWait(30);
        QCOMPARE(window.size(), QSize(1100, 700)); // the words fit the smallest window
        for (QTranslator *translator : qApp->findChildren<QTranslator *>())
            QCoreApplication::removeTranslator(translator);
    }

    void thePaletteFindsActionsByTheirLetters()
    {
        QVERIFY(PaletteFilter::distance("lr0", "Set lr0: initial") < PaletteFilter::distance("lr0", "Loud r 0"));
        QCOMPARE(PaletteFilter::distance("xyz", "Set lr0"), -1);
        MainWindow window;
        window.show();
        for (QAction *action : window.findChildren<QAction *>()) {
            if (action->shortcut() == QKeySequence(QStringLiteral("Ctrl+K")))
                action->trigger();
        }
        auto *palette = window.findChild<CommandPalette *>();
        QVERIFY(palette && palette->isVisible());
        QTest::keyClicks(palette->field(), "view runs");
        QVERIFY2(palette->list()->currentIndex().data().toString().contains("Runs"),
                 qPrintable(palette->list()->currentIndex().data().toString()));
        QTest::keyClick(palette->field(), Qt::Key_Return);
        QVERIFY(window.findChild<RunsPage *>()->isVisible());
    }

    void thePaletteLeadsToAnArgument()
    {
        MainWindow window;
        window.show();
        CommandPalette palette(*window.menuBar(), &window);
        palette.setAttribute(Qt::WA_DeleteOnClose, false);
        QSignalSpy chosen(&palette, &CommandPalette::argumentChosen);
        palette.field()->setText(QStringLiteral("Set warmup_bias_lr"));
        palette.runCurrent();
        QCOMPARE(chosen.count(), 1);
        auto *launch = window.findChild<LaunchPanel *>();
        launch->showArgument(chosen[0][0].toString());
        QVERIFY(launch->arguments()->isVisible());
        QCOMPARE(launch->arguments()->view()->currentIndex().siblingAtColumn(0).data().toString(),
                 QStringLiteral("warmup_bias_lr"));
        for (const engine::ArgumentInfo &info : engine::trainArguments()) // all of them are there
            QVERIFY(palette.list()->model() != nullptr
                    && [&] {
                           palette.field()->setText(QStringLiteral("Set %1:").arg(
                               QString::fromUtf8(info.name.data(), qsizetype(info.name.size()))));
                           return palette.list()->currentIndex().isValid();
                       }());
    }

    void everyMenuActionHasAShortcut()
    {
        MainWindow window;
        for (QAction *top : window.menuBar()->actions()) {
            for (QAction *action : top->menu()->actions()) {
                if (!action->isSeparator())
                    QVERIFY2(!action->shortcut().isEmpty(), qPrintable(action->text()));
            }
        }
    }
};

QTEST_MAIN(TestUiPlatform)
#include "test_ui_platform.moc"

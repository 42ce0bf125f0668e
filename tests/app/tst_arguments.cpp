// SPDX-License-Identifier: GPL-3.0-or-later
// The words of a command line: what is understood, and what is refused with which sentence.
#include "app/cli/arguments.h"
#include "app/cli/commands.h"

#include <QtTest/QtTest>

using namespace torchdeck::app::cli;

namespace {

CommandSpec spec()
{
    CommandSpec command;
    command.name = QStringLiteral("try");
    command.positionals = { QStringLiteral("DIR") };
    command.options = {
        { QStringLiteral("epochs"), ValueKind::Int, QStringLiteral("100"), {}, 1, 1000 },
        { QStringLiteral("conf"), ValueKind::Float, QStringLiteral("0.25"), {}, 0, 1 },
        { QStringLiteral("save"), ValueKind::Bool, QStringLiteral("true"), {}, {}, {} },
        { QStringLiteral("name"), ValueKind::Text, {}, {}, {}, {} },
    };
    command.flags = { { QStringLiteral("--json"), {}, {} },
                      { QStringLiteral("--hub-wait"), QStringLiteral("SECONDS"), {} } };
    return command;
}

QString sentenceOf(const QStringList &words)
{
    try {
        Arguments arguments(spec(), words);
        return {};
    } catch (const UsageError &error) {
        return error.sentence;
    }
}

} // namespace

class TestArguments : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void values()
    {
        const Arguments arguments(spec(),
                                  { "epochs=3", "conf=1e-2", "save=off", "name=a=b c", "--json", "dir" });
        QCOMPARE(arguments.integer("epochs"), 3);
        QCOMPARE(arguments.number("conf"), 0.01);
        QCOMPARE(arguments.boolean("save"), false);
        QCOMPARE(arguments.text("name"), QStringLiteral("a=b c"));
        QVERIFY(arguments.flag("--json"));
        QCOMPARE(arguments.positional(0), QStringLiteral("dir"));
    }

    void defaults()
    {
        const Arguments arguments(spec(), {});
        QCOMPARE(arguments.integer("epochs"), 100);
        QCOMPARE(arguments.boolean("save"), true);
        QVERIFY(!arguments.given("epochs"));
        QVERIFY(!arguments.flag("--json"));
        QVERIFY(arguments.positional(0).isEmpty());
    }

    void pathWithEqualsSign()
    {
        QCOMPARE(Arguments(spec(), { "./a=b" }).positional(0), QStringLiteral("./a=b"));
        QCOMPARE(Arguments(spec(), { "/x/a=b" }).positional(0), QStringLiteral("/x/a=b"));
    }

    void refused_data()
    {
        QTest::addColumn<QStringList>("words");
        QTest::addColumn<QString>("part");
        QTest::newRow("near") << QStringList { "epoch=3" } << "did you mean 'epochs'?";
        QTest::newRow("far") << QStringList { "zzzzzzzzzz=3" } << "--help";
        QTest::newRow("twice") << QStringList { "epochs=3", "epochs=3" } << "epochs= is given twice";
        QTest::newRow("text for a number")
            << QStringList { "epochs=many" } << "a whole number from 1 to 1000";
        QTest::newRow("fraction") << QStringList { "epochs=1.5" } << "a whole number";
        QTest::newRow("below") << QStringList { "epochs=0" } << "epochs=0 is not valid";
        QTest::newRow("above") << QStringList { "conf=1.01" } << "a number from 0 to 1";
        QTest::newRow("nan") << QStringList { "conf=nan" } << "a number";
        QTest::newRow("bool") << QStringList { "save=maybe" } << "true or false";
        QTest::newRow("empty number") << QStringList { "epochs=" } << "a whole number";
        QTest::newRow("no name") << QStringList { "=3" } << "no name";
        QTest::newRow("bare words") << QStringList { "dir", "epochs" } << "'epochs' is not understood";
        QTest::newRow("flag") << QStringList { "--jsn" } << "did you mean '--json'?";
        QTest::newRow("flag twice") << QStringList { "--json", "--json" } << "given twice";
        QTest::newRow("flag with value") << QStringList { "--json=1" } << "takes no value";
        QTest::newRow("flag without value") << QStringList { "--hub-wait" } << "--hub-wait=SECONDS";
    }

    void refused()
    {
        QFETCH(QStringList, words);
        QFETCH(QString, part);
        const QString sentence = sentenceOf(words);
        QVERIFY2(sentence.contains(part), qPrintable(sentence));
        QVERIFY2(!sentence.contains(u'\n'), "one sentence");
    }

    void hubWait()
    {
        QCOMPARE(hubWaitSeconds({}, 15), 15.0);
        QCOMPARE(hubWaitSeconds({ { "--hub-wait", "0" } }, 15), 0.0);
        QVERIFY_EXCEPTION_THROWN((void)hubWaitSeconds({ { "--hub-wait", "-1" } }, 15), UsageError);
        QVERIFY_EXCEPTION_THROWN((void)hubWaitSeconds({ { "--hub-wait", "nan" } }, 15), UsageError);
    }

    void everyCommandHelps_data()
    {
        QTest::addColumn<QString>("help");
        QTest::newRow("train") << helpText(trainSpec());
        QTest::newRow("val") << helpText(valSpec());
        QTest::newRow("predict") << helpText(predictSpec());
        QTest::newRow("hub serve") << helpText(hubServeSpec());
        QTest::newRow("hub queue") << helpText(hubQueueSpec());
        QTest::newRow("hub keys") << helpText(hubKeysSpec());
        QTest::newRow("make-sample") << helpText(datasetMakeSampleSpec());
        QTest::newRow("check") << helpText(datasetCheckSpec());
        QTest::newRow("settings") << helpText(settingsSpec());
        QTest::newRow("devices") << helpText(devicesSpec());
        QTest::newRow("demo") << helpText(demoSpec());
    }

    void everyCommandHelps()
    {
        QFETCH(QString, help);
        QVERIFY(help.startsWith(QStringLiteral("Usage: torchdeck ")));
        QVERIFY(help.contains(QStringLiteral("--help")));
    }

    void trainHelpListsTheArgumentTable()
    {
        const QString help = helpText(trainSpec());
        for (const char *name :
             { "model", "data", "epochs", "imgsz", "warmup_epochs", "close_mosaic", "hub" })
            QVERIFY2(help.contains(QStringLiteral("\n  %1 ").arg(QLatin1String(name))), name);
    }
};

QTEST_GUILESS_MAIN(TestArguments)
#include "tst_arguments.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// The executable from outside: help, bad input (code 2, one sentence, nothing written), settings, sample
// data.
#include "tests/app/instance.h"

#include <QtCore/QJsonArray>
#include <QtCore/QStorageInfo>
#include <QtTest/QtTest>

class TestCommandLine : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void version()
    {
        const auto result = Instance().run({ "--version" });
        QCOMPARE(result.code, 0);
        QVERIFY(result.out.startsWith("torchdeck " TORCHDECK_VERSION));
        QVERIFY(result.err.isEmpty());
    }

    void plainLocaleIsNoTrouble()
    {
        Instance instance;
        instance.set("LC_ALL", "C");
        const auto result = instance.run({ "--version" });
        QCOMPARE(result.code, 0);
        QVERIFY2(result.err.isEmpty(), qPrintable(result.err));
    }

    void help_data()
    {
        QTest::addColumn<QStringList>("words");
        for (const char *command :
             { "", "train", "val", "predict", "demo", "hub", "hub serve", "hub queue", "hub keys", "hub publish",
               "hub support-bundle", "dataset",
               "dataset make-sample", "dataset check", "settings", "devices" })
            QTest::newRow(command) << QString::fromLatin1(command).split(u' ', Qt::SkipEmptyParts);
    }

    void help()
    {
        QFETCH(QStringList, words);
        Instance instance;
        const auto result = instance.run(words + QStringList { "--help" });
        QCOMPARE(result.code, 0);
        QVERIFY(result.out.contains("Usage: torchdeck"));
        QVERIFY(result.err.isEmpty());
        QVERIFY(instance.files().isEmpty());
    }

    void supportBundleHoldsNoSecret()
    {
        Instance instance;
        instance.set("HUB_API_KEY", "a-key-nobody-may-see");
        QCOMPARE(instance.run({ "settings", "set", "proxy", "http://me:hunter2@localhost:3128" }).code, 0);
        const auto shown = instance.run({ "settings" });
        QVERIFY(shown.out.contains("http://me@localhost:3128") && !shown.out.contains("hunter2"));
        const auto result = instance.run({ "hub", "support-bundle", "bundle.txt" });
        QVERIFY2(result.code == 0, qPrintable(result.err));
        QFile file(instance.work() + "/bundle.txt");
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray text = file.readAll();
        for (const char *part : { "torchdeck " TORCHDECK_VERSION, "# Settings", "api_key is set  (from HUB_API_KEY)", "# Log" })
            QVERIFY2(text.contains(part), part);
        QVERIFY(!text.contains("a-key-nobody-may-see") && !text.contains("hunter2"));
        QCOMPARE(instance.run({ "hub", "support-bundle", "/no/such/folder/b.txt" }).code, 1);
    }

    void limitsAreSettings()
    {
        Instance instance;
        QCOMPARE(instance.run({ "settings", "set", "upload_limit", "300" }).code, 0);
        QCOMPARE(instance.run({ "settings", "get", "upload_limit" }).out.trimmed(), "300");
        const auto wrong = instance.run({ "settings", "set", "ca_file", "no-such.pem" });
        QCOMPARE(wrong.code, 2);
        QVERIFY(wrong.err.contains("PEM"));
    }

    void publishSaysWhatIsNoRun()
    {
        Instance instance;
        const auto result = instance.run({ "hub", "publish", "." });
        QCOMPARE(result.code, 2);
        QVERIFY(result.err.contains("args.yaml"));
    }

    void badInput_data()
    {
        QTest::addColumn<QString>("line");
        QTest::addColumn<QString>("part");
        QTest::newRow("command") << "trian"
                                 << "did you mean 'train'?";
        QTest::newRow("subcommand") << "hub sevre"
                                    << "serve";
        QTest::newRow("near key") << "train data=x.yaml epoch=3"
                                  << "did you mean 'epochs'?";
        QTest::newRow("no data") << "train epochs=3"
                                 << "data=PATH/data.yaml";
        QTest::newRow("missing data") << "train data=none.yaml"
                                      << "none.yaml";
        QTest::newRow("epochs") << "train data=x.yaml epochs=-1"
                                << "epochs=-1";
        QTest::newRow("epochs text") << "train data=x.yaml epochs=ten"
                                     << "epochs=ten";
        QTest::newRow("imgsz") << "train data=x.yaml imgsz=1"
                               << "imgsz";
        QTest::newRow("batch") << "train data=x.yaml batch=0"
                               << "batch";
        QTest::newRow("twice") << "train data=x.yaml data=y.yaml"
                               << "twice";
        QTest::newRow("optimizer") << "train data=x.yaml optimizer=best"
                                   << "optimizer";
        QTest::newRow("hub-wait") << "train data=x.yaml --hub-wait=soon"
                                  << "--hub-wait=soon";
        QTest::newRow("missing data, synced") << "train data=none.yaml hub=true"
                                              << "none.yaml";
        QTest::newRow("nothing to resume") << "train resume=true"
                                           << "resume";
        QTest::newRow("val model") << "val"
                                   << "model=";
        QTest::newRow("val missing model") << "val model=none.pt"
                                           << "none.pt";
        QTest::newRow("val split") << "val model=none.pt split=tset"
                                   << "split=tset";
        QTest::newRow("val conf") << "val model=none.pt conf=2"
                                  << "conf=2";
        QTest::newRow("predict source") << "predict model=none.pt"
                                        << "source=";
        QTest::newRow("predict model") << "predict model=none.pt source=x.jpg"
                                       << "none.pt";
        QTest::newRow("serve port") << "hub serve port=70000"
                                    << "port=70000";
        QTest::newRow("serve host") << "hub serve host=nowhere.example"
                                    << "host=nowhere.example";
        QTest::newRow("serve rate") << "hub serve rate=-1"
                                    << "rate=-1";
        QTest::newRow("serve quota") << "hub serve quota=1.5"
                                     << "quota=1.5";
        QTest::newRow("keys quota") << "hub keys quota id=1"
                                    << "quota=MIB";
        QTest::newRow("queue") << "hub queue rety"
                               << "'rety'";
        QTest::newRow("keys action") << "hub keys make"
                                     << "'make'";
        QTest::newRow("keys label") << "hub keys create"
                                    << "label=NAME";
        QTest::newRow("keys id") << "hub keys revoke"
                                 << "id=N";
        QTest::newRow("sample folder") << "dataset make-sample"
                                       << "DIR";
        QTest::newRow("sample count") << "dataset make-sample d train=0"
                                      << "train=0";
        QTest::newRow("check") << "dataset check"
                               << "data.yaml";
        QTest::newRow("setting") << "settings get hubb"
                                 << "did you mean 'hub'?";
        QTest::newRow("setting value") << "settings set hub perhaps"
                                       << "hub=perhaps";
        QTest::newRow("demo") << "demo epoch=3 data=none.yaml"
                              << "did you mean 'epochs'?";
    }

    void badInput()
    {
        QFETCH(QString, line);
        QFETCH(QString, part);
        Instance instance;
        const auto result = instance.run(line.split(u' '));
        QVERIFY2(result.code == 2,
                 qPrintable(QStringLiteral("%1: %2%3").arg(result.code).arg(result.out, result.err)));
        QVERIFY2(result.err.contains(part), qPrintable(result.err));
        QCOMPARE(result.err.count(u'\n'), 1);
        QVERIFY2(instance.files().isEmpty(), qPrintable(instance.files().join(u' ')));
        const auto withJson = instance.run(line.split(u' ') + QStringList { "--json" });
        QCOMPARE(withJson.code, 2);
    }

    void badInputAsJson()
    {
        const auto result = Instance().run({ "train", "data=none.yaml", "--json" });
        QCOMPARE(result.code, 2);
        QVERIFY(result.json().value("error").toString().contains("none.yaml"));
        QCOMPARE(result.out.count(u'\n'), 1);
    }

    void settings()
    {
        Instance instance;
        QCOMPARE(instance.run({ "settings", "get", "hub" }).out.trimmed(), QStringLiteral("default"));
        QCOMPARE(instance.run({ "settings", "set", "hub", "on" }).code, 0);
        QCOMPARE(instance.run({ "settings", "get", "hub" }).out.trimmed(), QStringLiteral("true"));
        instance.set("ULTRALYTICS_HUB_API", "http://127.0.0.1:1");
        QCOMPARE(instance.run({ "settings", "set", "api_root", "https://a.b" }).code, 2);
        const auto all = instance.run({ "settings", "--json" });
        QCOMPARE(all.json().value("api_root").toString(), QStringLiteral("http://127.0.0.1:1"));
        QVERIFY(all.err.contains("ULTRALYTICS_HUB_API"));
    }

    void keyIsKeptPrivateAndNeverShown()
    {
        Instance instance;
        const QString key = QStringLiteral("s3cr3t-key-0815");
        const auto set = instance.run({ "settings", "set", "api_key", "-" }, 60'000, key.toUtf8() + '\n');
        QCOMPARE(set.code, 0);
        QVERIFY2(set.out.contains("not encrypted"), "the note about the file");
        QFile file(instance.root() + "/config/torchdeck/hub_api_key");
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(QString::fromUtf8(file.readAll()).trimmed(), key);
        QCOMPARE(int(file.permissions() & (QFile::ReadGroup | QFile::ReadOther)), 0);
        const auto all = instance.run({ "settings" });
        QVERIFY(all.out.contains("api_key = set"));
        for (const auto &result : { set, all, instance.run({ "settings", "get", "api_key", "--json" }) })
            QVERIFY(!result.out.contains(key) && !result.err.contains(key));
        QCOMPARE(instance.run({ "settings", "set", "api_key", "" }).code, 0);
        QCOMPARE(instance.run({ "settings", "get", "api_key" }).out.trimmed(), QStringLiteral("not set"));
    }

    void devices()
    {
        const auto result = Instance().run({ "devices", "--json" });
        QCOMPARE(result.code, 0);
        const QJsonArray rows = result.json().value("devices").toArray();
        QVERIFY(!rows.isEmpty());
        QCOMPARE(rows.last().toObject().value("id").toString(), QStringLiteral("cpu"));
    }

    void sampleAndCheck()
    {
        Instance instance;
        const auto made =
            instance.run({ "dataset", "make-sample", "sample", "train=6", "val=3", "imgsz=64" });
        QCOMPARE(made.code, 0);
        QCOMPARE(made.out.trimmed(), instance.work() + "/sample/data.yaml");
        QVERIFY(QFile::exists(made.out.trimmed()));
        const auto checked = instance.run({ "dataset", "check", "sample/data.yaml", "--json" });
        QCOMPARE(checked.code, 0);
        QVERIFY(checked.json().value("ok").toBool());
        QCOMPARE(checked.json().value("train_images").toInt(), 6);
        QCOMPARE(checked.json().value("val_images").toInt(), 3);
        const auto sizes = [&instance](const char *imgsz) {
            const auto told = instance.run({ "dataset", "check", "sample/data.yaml", imgsz, "--json" }).json();
            return told.value("box_sizes").toObject().value("train").toObject();
        };
        // The sample's shapes are a tenth of the image and more: of 32 px all are small, of 8192 px none.
        QCOMPARE(sizes("imgsz=32").value("small").toInt(), checked.json().value("train_instances").toInt());
        QCOMPARE(sizes("imgsz=8192").value("large").toInt(), checked.json().value("train_instances").toInt());
        const QString words = instance.run({ "dataset", "check", "sample/data.yaml", "imgsz=32" }).out;
        QVERIFY2(words.contains("Boxes to train at imgsz=32: 100.0 % small"), qPrintable(words));
    }

    void checkNamesFileAndLine()
    {
        Instance instance;
        QCOMPARE(instance.run({ "dataset", "make-sample", "sample", "train=4", "val=2", "imgsz=64" }).code,
                 0);
        QDir labels(instance.work() + "/sample/labels/train");
        const QString name = labels.entryList({ "*.txt" }).value(0);
        QFile file(labels.filePath(name));
        QVERIFY(file.open(QIODevice::Append));
        file.write("99 0.5 0.5 0.1 0.1\n");
        file.close();
        QVERIFY(file.open(QIODevice::ReadOnly));
        const int lines = int(file.readAll().count('\n'));
        const auto result = instance.run({ "dataset", "check", "sample/data.yaml" });
        QCOMPARE(result.code, 2);
        QVERIFY2(result.out.contains(QStringLiteral("%1:%2").arg(name).arg(lines)), qPrintable(result.out));
    }

    void aRunThatCannotFitIsRefused()
    {
        Instance instance;
        if (QStorageInfo(instance.work()).bytesAvailable() > 3'000'000'000'000)
            QSKIP("This disk has room for the run.");
        QCOMPARE(instance.run({ "dataset", "make-sample", "sample", "train=4", "val=2", "imgsz=64" }).code, 0);
        const auto result = instance.run({ "train", "model=yolov8n.yaml", "data=sample/data.yaml", "epochs=100000", "imgsz=64",
                                           "save_period=1", "patience=0", "device=cpu", "hub=false", "project=runs" });
        QCOMPARE(result.code, 2);
        QVERIFY2(result.err.contains("cannot fit on the disk"), qPrintable(result.err));
        QVERIFY(!QFile::exists(instance.work() + "/runs"));
    }

    void emptyQueue()
    {
        Instance instance;
        const auto list = instance.run({ "hub", "queue", "--json" });
        QCOMPARE(list.code, 0);
        QVERIFY(list.json().value("items").isArray());
        QVERIFY(list.json().value("items").toArray().isEmpty());
        QCOMPARE(list.json().value("pending").toInt(-1), 0);
        const auto retry = instance.run({ "hub", "queue", "retry" });
        QCOMPARE(retry.code, 0);
    }
};

QTEST_GUILESS_MAIN(TestCommandLine)
#include "tst_command_line.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// Each kind of bad input: one sentence, the argument named, nothing written.
#include "torchdeck/engine/disk_need.h"
#include "training_fixture.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtTest/QtTest>

using namespace torchdeck::engine;

class TestTrainerBadInput : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void refused_data();
    void refused();
    void runsThatCannotFitAreRefused();
    void checkpointsAreAsLargeAsTold();
    void explodingLossIsTold();

private:
    QTemporaryDir m_dir;
    std::string m_data;
};

void TestTrainerBadInput::initTestCase()
{
    m_data = sampleData((m_dir.path() + "/data").toStdString(), 4, 2, 96);
    QFile torn(m_dir.path() + "/torn.pt");
    QVERIFY(torn.open(QIODevice::WriteOnly));
    torn.write("PK\x03\x04 not really a zip");
}

void TestTrainerBadInput::refused_data()
{
    QTest::addColumn<QString>("argument");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("fragment");
    QTest::newRow("no data") << "data"
                             << ""
                             << "data=";
    QTest::newRow("missing data.yaml") << "data" << m_dir.path() + "/no.yaml"
                                       << "no.yaml";
    QTest::newRow("unknown model") << "model"
                                   << "yolov99z.yaml"
                                   << "yolov99z";
    QTest::newRow("missing checkpoint") << "model" << m_dir.path() + "/no.pt"
                                        << "no.pt";
    QTest::newRow("torn checkpoint") << "model" << m_dir.path() + "/torn.pt"
                                     << "torn.pt";
    QTest::newRow("no such GPU") << "device"
                                 << "7"
                                 << "device=7";
    QTest::newRow("no such device") << "device"
                                    << "abacus"
                                    << "device=abacus";
    QTest::newRow("nothing to resume") << "resume"
                                       << "true"
                                       << "resume";
    QTest::newRow("project is a file") << "project" << m_dir.path() + "/torn.pt"
                                       << "project=";
    QTest::newRow("name is a path") << "name"
                                    << "a/b"
                                    << "plain folder name";
}

void TestTrainerBadInput::refused()
{
    QFETCH(QString, argument);
    QFETCH(QString, text);
    QFETCH(QString, fragment);
    TrainConfig config = smallConfig(m_data, (m_dir.path() + "/runs").toStdString());
    QVERIFY(!setTrainArgument(config, argument.toStdString(), text.toStdString()));
    RecordingObserver seen;
    Trainer(config, 1).run(seen, {});
    QCOMPARE(seen.ends(), 1);
    QCOMPARE(seen.failedCount, 1);
    QVERIFY(seen.failed.badInput);
    QCOMPARE(QString::fromStdString(seen.failed.field), argument);
    const QString sentence = QString::fromStdString(seen.failed.sentence);
    QVERIFY2(sentence.contains(fragment), qPrintable(sentence));
    QVERIFY2(!sentence.contains(u'\n'), qPrintable(sentence));
    QVERIFY(!QDir(m_dir.path() + "/runs").exists());
    QVERIFY(seen.order.empty());
}

void TestTrainerBadInput::runsThatCannotFitAreRefused()
{
    TrainConfig config = smallConfig(m_data, (m_dir.path() + "/runs").toStdString());
    config.model = "yolov8n.yaml";
    config.epochs = 100'000; // 3.6 TB of checkpoints at least
    config.savePeriod = 1;
    config.patience = 0;
    const DiskNeed need = diskNeed(config, modelParameters(config, 6), 0);
    QCOMPARE(need.kept, 100'000);
    const DiskRoom room = diskRoom(projectFolder(config));
    QVERIFY(room.free >= 0 && room.disk != 0);
    QVERIFY(QString::fromStdString(room.folder.string()) == QDir(m_dir.path()).absolutePath()); // runs is not there yet
    if (need.certain <= room.free)
        QSKIP("This disk has room for 3.6 TB.");
    RecordingObserver seen;
    Trainer(config, 1).run(seen, {});
    QCOMPARE(seen.failedCount, 1);
    QVERIFY(seen.failed.badInput);
    QCOMPARE(QString::fromStdString(seen.failed.field), QStringLiteral("project"));
    const QString sentence = QString::fromStdString(seen.failed.sentence);
    QVERIFY2(sentence.contains(QLatin1String("cannot fit on the disk")) && sentence.contains(QLatin1String("100000")),
             qPrintable(sentence));
    QVERIFY(!QDir(m_dir.path() + "/runs").exists());
    QVERIFY(seen.order.empty());

    config.patience = 50; // it may end early: told, not refused
    QVERIFY(diskNeed(config, 3'000'000, 0).certain < 1e9);
    QVERIFY(diskNeed(config, 3'000'000, 0).likely > 1e12);
    QCOMPARE(diskNeed(config, 0, 0).certain, 0.0); // unknown
    QVERIFY(diskRefusal({ 1, 0, 10, 10, 0 }, { "/x", -1, 0 }).empty()); // room that cannot be told
    QVERIFY(diskRefusal({ 1, 0, 10, 10, 0 }, { "/x", 10, 0 }).empty());
    QVERIFY(!diskRefusal({ 1, 0, 11, 11, 0 }, { "/x", 10, 0 }).empty());
}

void TestTrainerBadInput::checkpointsAreAsLargeAsTold()
{
    for (const char *optimizer : { "SGD", "AdamW", "auto", "MuSGD" }) {
        TrainConfig config = smallConfig(m_data, (m_dir.path() + "/sizes").toStdString());
        config.optimizer = optimizer;
        config.epochs = 3;
        RecordingObserver seen;
        std::stop_source stop; // what a stopped run leaves can be resumed: nothing is stripped
        seen.atBatch = [&stop](const BatchEnd &event) {
            if (event.epoch == 1)
                stop.request_stop();
        };
        Trainer(config, 1).run(seen, stop.get_token());
        QVERIFY2(seen.stopped == 1, seen.failed.sentence.c_str());
        config.epochs = 1;
        const DiskNeed need = diskNeed(config, modelParameters(config, int(seen.ready.dataset.classNames.size())), 0);
        const double size = double(std::filesystem::file_size(seen.end.last));
        constexpr double records = 1 << 20; // results, names, buffers
        QVERIFY2(size >= need.certain, qPrintable(QStringLiteral("%1: %2").arg(optimizer).arg(size / need.certain)));
        QVERIFY2(size <= need.checkpoint + records, qPrintable(QStringLiteral("%1: %2").arg(optimizer).arg(size / need.checkpoint)));
    }
}

void TestTrainerBadInput::explodingLossIsTold()
{
    // A weight decay that multiplies the weights by -9 in each step makes the loss explode: told, after going
    // back did not help, and not silently trained on.
    TrainConfig config = smallConfig(m_data, (m_dir.path() + "/nan").toStdString());
    config.optimizer = "SGD";
    config.lr0 = 10;
    config.weightDecay = 1;
    config.warmupEpochs = 0;
    config.epochs = 40;
    config.nbs = 4;
    config.val = false;
    RecordingObserver seen;
    Trainer(config, 1).run(seen, {});
    QCOMPARE(seen.ends(), 1);
    QCOMPARE(seen.failedCount, 1);
    QCOMPARE(seen.failed.field, std::string("lr0"));
    QVERIFY(QString::fromStdString(seen.failed.sentence).contains(QLatin1String("going back 3 times")));
    const auto told = std::ranges::count_if(
        seen.logs, [](const std::string &line) { return line.find("other images") != std::string::npos; });
    QVERIFY(told >= 3);
    QVERIFY(!seen.failed.badInput);
}

QTEST_APPLESS_MAIN(TestTrainerBadInput)
#include "tst_trainer_bad_input.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// Each kind of bad input: one sentence, the argument named, nothing written.
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

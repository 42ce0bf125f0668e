// SPDX-License-Identifier: GPL-3.0-or-later
// The outbox on disk: reopened, damaged, shared by several processes, and killed in the middle of writing.
#include "hub/journal_thread.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QProcess>
#include <QtCore/QRandomGenerator>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

#include <csignal>
#include <cstdio>

using namespace torchdeck::hub;

namespace {

RunRecord run(const QString &key)
{
    RunRecord r;
    r.key = key;
    r.description.modelName = "train";
    r.description.runFolder = "/runs/train";
    r.description.epochs = 30;
    r.modelId = "m1";
    r.apiRoot = QUrl("https://api.example.org");
    r.touched = QDateTime::currentDateTime();
    return r;
}

ItemRecord item(qint64 id, const QString &runKey)
{
    ItemRecord i;
    i.id = id;
    i.run = runKey;
    i.kind = UploadKind::FinalModel;
    i.phase = ItemPhase::Confirm;
    i.map = 0.25;
    i.file = "/state/x.pt";
    i.size = 5'000'000'000;
    i.sha256 = "ab";
    i.created = QDateTime::fromMSecsSinceEpoch(1'750'000'000'000);
    i.attempts = 3;
    i.category = ErrorCategory::Transient;
    i.httpStatus = 503;
    i.error = "no";
    i.lastTry = i.created.addSecs(5);
    return i;
}

void fill(const QString &file)
{
    UploadJournal journal;
    QVERIFY2(journal.open(file), qPrintable(journal.error()));
    QVERIFY(journal.begin());
    QVERIFY(journal.putRun(run("k")));
    for (int epoch = 0; epoch < 50; ++epoch)
        QVERIFY(journal.putEpoch("k", epoch, { 2, 1, false, "{\"a\":1}" }));
    QVERIFY(journal.putItem(item(7, "k")));
    QVERIFY(journal.putGate(GateRecord { QDateTime::fromMSecsSinceEpoch(5), 40'000, "https://a" }));
    QVERIFY(journal.commit());
}

/// The child: writes one epoch per transaction for ever and says so after each commit.
int writeForEver(const QString &file)
{
    JournalThread thread(file);
    if (!thread.start().problem.isEmpty())
        return 1;
    int epoch = 0;
    thread.submit([](UploadJournal &j) { return j.putRun(run("k")); });
    const auto more = [&] {
        const EpochRecord record { 1, 0, false, QByteArray(2000, 'x') };
        thread.submit([epoch, record](UploadJournal &j) { return j.putEpoch("k", epoch, record); });
        ++epoch;
    };
    QObject::connect(&thread, &JournalThread::committed, qApp, [&](quint64 ticket) {
        std::printf("%llu\n", static_cast<unsigned long long>(ticket));
        std::fflush(stdout);
        more();
    });
    more();
    return QCoreApplication::exec();
}

} // namespace

class TestJournal : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyFieldSurvivesReopening()
    {
        QTemporaryDir dir;
        const auto file = dir.filePath("q.sqlite");
        fill(file);
        QCOMPARE(QFile::permissions(file) & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());
        UploadJournal journal;
        QVERIFY(journal.open(file));
        QVERIFY(journal.notices().isEmpty());
        const auto content = journal.load();
        QCOMPARE(content.runs.size(), 1);
        QCOMPARE(content.runs[0].description.runFolder, "/runs/train");
        QCOMPARE(content.runs[0].description.epochs, 30);
        QCOMPARE(content.runs[0].modelId, "m1");
        QCOMPARE(content.runs[0].epochs.size(), 50);
        QVERIFY(content.runs[0].epochs[49].pending());
        QCOMPARE(content.runs[0].epochs[49].json, "{\"a\":1}");
        const auto back = content.items.value(0);
        const auto want = item(7, "k");
        QCOMPARE(back.id, want.id);
        QCOMPARE(back.kind, want.kind);
        QCOMPARE(int(back.phase), int(want.phase));
        QCOMPARE(back.size, want.size);
        QCOMPARE(back.sha256, want.sha256);
        QCOMPARE(back.created, want.created);
        QCOMPARE(back.attempts, want.attempts);
        QCOMPARE(back.category, want.category);
        QCOMPARE(back.error, want.error);
        QCOMPARE(back.lastTry, want.lastTry);
        QCOMPARE(content.gate->waitMs, 40'000);
        QVERIFY(journal.begin() && journal.removeRun("k") && journal.putGate({}) && journal.commit());
        QVERIFY(journal.load().items.isEmpty() && !journal.load().gate);
    }

    void damagedFileIsSetAsideAndSaid_data()
    {
        QTest::addColumn<bool>("wholly");
        QTest::newRow("no database at all") << true;
        QTest::newRow("torn pages") << false;
    }
    void damagedFileIsSetAsideAndSaid()
    {
        QFETCH(bool, wholly);
        QTemporaryDir dir;
        const auto path = dir.filePath("q.sqlite");
        fill(path);
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadWrite));
        file.seek(wholly ? 0 : file.size() - 6000);
        file.write(QByteArray(6000, '\x5a'));
        file.close();
        UploadJournal journal;
        QVERIFY2(journal.open(path), qPrintable(journal.error()));
        QCOMPARE(journal.notices().size(), 1);
        QVERIFY(journal.notices()[0].contains("damaged"));
        QCOMPARE(QDir(dir.path()).entryList({ "q.sqlite.damaged-*" }).size(), 1);
        QVERIFY(journal.begin() && journal.putRun(run("new")) && journal.commit());
        QVERIFY(!journal.load().runs.isEmpty());
    }

    void newerSchemaIsLeftAlone()
    {
        QTemporaryDir dir;
        const auto file = dir.filePath("q.sqlite");
        fill(file);
        {
            QFile raw(file); // user_version: 4 bytes, big-endian, at offset 60
            QVERIFY(raw.open(QIODevice::ReadWrite));
            raw.seek(60);
            raw.write(QByteArray("\0\0\0\x63", 4));
        }
        const auto before = QDir(dir.path()).entryList(QDir::Files);
        JournalThread thread(file);
        const auto start = thread.start();
        QVERIFY(start.problem.contains("newer"));
        QVERIFY(QDir(dir.path()).entryList({ "*damaged*" }).isEmpty());
        QVERIFY(before.contains("q.sqlite"));
    }

    void folderThatCannotBeWrittenIsAProblemNotACrash()
    {
        JournalThread thread("/proc/no/such/q.sqlite");
        QVERIFY(!thread.start().problem.isEmpty());
        int committed = 0;
        QObject here; // a QSignalSpy would record in the journal's thread
        connect(&thread, &JournalThread::committed, &here, [&] { ++committed; });
        thread.submit([](UploadJournal &j) { return j.putRun(run("k")); });
        QTRY_COMPARE(committed, 1); // sending goes on from memory
    }

    void secondProcessTakesItsOwnFileAndTheThirdAdopts()
    {
        QTemporaryDir dir;
        const auto file = dir.filePath("q.sqlite");
        auto first = std::make_unique<JournalThread>(file);
        QCOMPARE(first->start().file, file);
        {
            JournalThread second(file);
            const auto start = second.start();
            QVERIFY(start.problem.isEmpty());
            QCOMPARE(start.file, dir.filePath("q-2.sqlite"));
            second.submit([](UploadJournal &j) { return j.putRun(run("of the second")); });
            int adopted = 0;
            QObject here;
            connect(&second, &JournalThread::adopted, &here, [&] { ++adopted; });
            second.adopt();
            QTest::qWait(50);
            QCOMPARE(adopted, 0); // the first is still alive
        }
        QCOMPARE(JournalThread::peek(file).runs.value(0).key, "of the second");
        QStringList files;
        JournalContent content;
        QObject here;
        connect(first.get(), &JournalThread::adopted, &here, [&](const QString &of, const JournalContent &what) {
            files.append(of);
            content = what;
        });
        first->adopt();
        QTRY_COMPARE(files.size(), 1);
        QCOMPARE(content.runs.value(0).key, "of the second");
        first->release(files[0]);
        QTRY_VERIFY(!QFile::exists(dir.filePath("q-2.sqlite")));
    }

    void killedWhileWritingKeepsWhatItSaid()
    {
        QTemporaryDir dir;
        const auto file = dir.filePath("q.sqlite");
        int epochs = 0;
        for (int round = 0; round < 15; ++round) {
            QProcess child;
            child.start(QCoreApplication::applicationFilePath(), { "--child", file });
            QVERIFY(child.waitForStarted());
            // At a random moment after the first commit.
            QVERIFY(child.waitForReadyRead());
            child.waitForReadyRead(1);
            QTest::qWait(QRandomGenerator::global()->bounded(40));
            ::kill(pid_t(child.processId()), SIGKILL);
            child.waitForFinished();
            const auto lines = child.readAllStandardOutput().trimmed().split('\n');
            const int said = lines.last().toInt() - 1; // the first ticket is the run

            UploadJournal journal;
            QVERIFY2(journal.open(file), qPrintable(journal.error()));
            QVERIFY2(journal.notices().isEmpty(), "a kill must not damage the file");
            const auto content = journal.load();
            QCOMPARE(content.runs.size(), 1);
            epochs = int(content.runs[0].epochs.size());
            QVERIFY2(epochs >= said, qPrintable(QStringLiteral("%1 < %2").arg(epochs).arg(said)));
            for (const auto &epoch : content.runs[0].epochs)
                QCOMPARE(epoch.json.size(), 2000);
        }
        QVERIFY(epochs > 0);
    }
};

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    if (argc == 3 && qstrcmp(argv[1], "--child") == 0)
        return writeForEver(QString::fromLocal8Bit(argv[2]));
    TestJournal test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_hub_journal.moc"

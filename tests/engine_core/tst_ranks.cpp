// SPDX-License-Identifier: GPL-3.0-or-later
// Two real processes of the executable train one model over Gloo on this machine: same weights on both after
// every step, one run folder, stops and losses of a process.
#include <QtCore/QFile>
#include <QtCore/QProcess>
#include <QtCore/QRegularExpression>
#include <QtCore/QTemporaryDir>
#include <QtNetwork/QTcpServer>
#include <QtTest/QtTest>

#include <csignal>
#include <memory>

namespace {

constexpr int limitMs = 240'000;

/// A port nobody listens on.
int freePort()
{
    QTcpServer server;
    return server.listen(QHostAddress::LocalHost) ? server.serverPort() : 0;
}

QStringList linesOf(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return {};
    return QString::fromUtf8(file.readAll()).split(u'\n', Qt::SkipEmptyParts);
}

/// Column `name` of a run's results.csv.
QList<double> column(const QString &csv, const QString &name)
{
    const QStringList lines = linesOf(csv);
    QStringList header = lines.value(0).split(u',');
    for (QString &word : header)
        word = word.trimmed();
    QList<double> values;
    for (const QString &line : lines.mid(1))
        values.append(line.split(u',').value(header.indexOf(name)).toDouble());
    return values;
}

class Fixture {
public:
    Fixture()
        : m_port(freePort())
    {
        m_environment = QProcessEnvironment::systemEnvironment();
        for (const char *name : { "RANK", "LOCAL_RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT",
                                  "ULTRALYTICS_HUB_API", "HUB_API_KEY" })
            m_environment.remove(QLatin1String(name));
        for (const char *name : { "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME" })
            m_environment.insert(QLatin1String(name), path(QStringLiteral("state")));
        m_environment.insert(QStringLiteral("OMP_NUM_THREADS"), QStringLiteral("1"));
        m_environment.insert(QStringLiteral("TORCHDECK_RANK_TRACE"), m_folder.path());
    }

    [[nodiscard]] QString path(const QString &name) const { return m_folder.filePath(name); }

    /// Nothing is set for rank -1: a process alone.
    std::unique_ptr<QProcess> start(const QStringList &words, int rank = -1, const QString &without = {})
    {
        QProcessEnvironment environment = m_environment;
        if (rank >= 0) {
            environment.insert(QStringLiteral("RANK"), QString::number(rank));
            environment.insert(QStringLiteral("LOCAL_RANK"), QString::number(rank));
            environment.insert(QStringLiteral("WORLD_SIZE"), QStringLiteral("2"));
            environment.insert(QStringLiteral("MASTER_ADDR"), QStringLiteral("127.0.0.1"));
            environment.insert(QStringLiteral("MASTER_PORT"), QString::number(m_port));
        }
        if (!without.isEmpty())
            environment.remove(without);
        auto process = std::make_unique<QProcess>();
        process->setProcessEnvironment(environment);
        process->setWorkingDirectory(m_folder.path());
        process->start(QStringLiteral(TORCHDECK_BINARY), words);
        return process;
    }

    void makeSample(int images)
    {
        const auto made = start({ "dataset", "make-sample", "sample", QStringLiteral("train=%1").arg(images),
                                  "val=4", "imgsz=64" });
        QVERIFY(made->waitForFinished(limitMs));
        QCOMPARE(made->exitCode(), 0);
    }

    [[nodiscard]] static QStringList trainLine(const QStringList &more)
    {
        return QStringList { "train",      "model=yolov8n.yaml", "data=sample/data.yaml", "imgsz=64",
                             "device=cpu", "workers=1",          "project=runs",          "hub=false",
                             "plots=false" }
        + more;
    }

    [[nodiscard]] QStringList trace(int rank) const
    {
        return linesOf(path(QStringLiteral("rank%1.txt").arg(rank)));
    }

private:
    QTemporaryDir m_folder;
    QProcessEnvironment m_environment;
    int m_port;
};

QByteArray said(QProcess &process) { return process.readAllStandardError() + process.readAllStandardOutput(); }

/// Processes that `parent` has started and that live.
QList<qint64> childrenOf(qint64 parent)
{
    QList<qint64> children;
    const QString tasks = QStringLiteral("/proc/%1/task").arg(parent);
    for (const QString &task : QDir(tasks).entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
        QFile file(tasks + u'/' + task + QStringLiteral("/children"));
        if (!file.open(QIODevice::ReadOnly))
            continue;
        for (const QByteArray &word : file.readAll().split(' ')) {
            if (!word.trimmed().isEmpty())
                children.append(word.toLongLong());
        }
    }
    return children;
}

} // namespace

class TestRanks : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void twoTrainAsOne()
    {
        Fixture f;
        f.makeSample(13); // 4 batches of 4, 4, 4 and 1: none for rank 1 in the last
        const auto line = [](const char *name) {
            return Fixture::trainLine({ "epochs=3", "batch=4", "nbs=4", QStringLiteral("name=") + name });
        };
        const auto alone = f.start(line("one"));
        QVERIFY(alone->waitForFinished(limitMs));
        QVERIFY2(alone->exitCode() == 0, said(*alone).constData());
        QVERIFY(f.trace(0).isEmpty()); // alone nothing of this is used

        const auto main = f.start(line("two"), 0), other = f.start(line("two"), 1);
        QVERIFY(main->waitForFinished(limitMs));
        QVERIFY(other->waitForFinished(limitMs));
        const QByteArray otherOut = other->readAllStandardOutput(), otherSaid = said(*other);
        QVERIFY2(main->exitCode() == 0, said(*main).constData());
        QVERIFY2(other->exitCode() == 0, otherSaid.constData());
        QVERIFY2(!otherSaid.contains("epoch") && otherOut.isEmpty(), otherSaid.constData());

        QCOMPARE(f.trace(0).size(), 3 * 4);
        QCOMPARE(f.trace(0), f.trace(1));
        QStringList hashes;
        for (const QString &line : f.trace(0))
            hashes.append(line.section(u' ', 1));
        QCOMPARE(hashes.removeDuplicates(), 0); // every batch was a step
        QCOMPARE(QDir(f.path("runs")).entryList(QDir::Dirs | QDir::NoDotAndDotDot),
                 QStringList({ "one", "two" }));
        for (const char *name : { "train/box_loss", "train/cls_loss", "train/dfl_loss" }) {
            const QList<double> one = column(f.path("runs/one/results.csv"), QLatin1String(name));
            const QList<double> two = column(f.path("runs/two/results.csv"), QLatin1String(name));
            QCOMPARE(two.size(), 3);
            // The same images and weights; only batch normalisation sees a rank's part of the batch.
            QVERIFY2(std::abs(two[0] - one[0]) < 0.15 * one[0],
                     qPrintable(QStringLiteral("%1: %2, alone %3").arg(QLatin1String(name)).arg(two[0]).arg(one[0])));
        }
    }

    void aStopReachesBoth()
    {
        Fixture f;
        f.makeSample(16);
        const QStringList line = Fixture::trainLine({ "epochs=200", "batch=4", "name=run" });
        const auto main = f.start(line, 0), other = f.start(line, 1);
        QTRY_VERIFY_WITH_TIMEOUT(f.trace(1).size() >= 2, limitMs);
        ::kill(pid_t(other->processId()), SIGINT);
        QVERIFY(main->waitForFinished(limitMs));
        QVERIFY(other->waitForFinished(limitMs));
        QCOMPARE(main->exitStatus(), QProcess::NormalExit);
        QCOMPARE(main->exitCode(), 130);
        QCOMPARE(other->exitCode(), 130);
        QCOMPARE(f.trace(0), f.trace(1));
        QVERIFY(QFile::exists(f.path("runs/run/weights/last.pt")));
    }

    void aKilledRankEndsTheOther_data()
    {
        QTest::addColumn<int>("killed");
        QTest::newRow("rank 1: rank 0 saves its last step") << 1;
        QTest::newRow("rank 0: the last epoch's file stands") << 0;
    }

    void aKilledRankEndsTheOther()
    {
        QFETCH(int, killed);
        Fixture f;
        f.makeSample(16);
        const QStringList line = Fixture::trainLine({ "epochs=6", "batch=4", "nbs=4", "name=run", "val=false" });
        std::unique_ptr<QProcess> ranks[2] = { f.start(line, 0), f.start(line, 1) };
        // Past the first epoch, so that there is a file; far from the end.
        QTRY_VERIFY_WITH_TIMEOUT(f.trace(1 - killed).size() >= 6, limitMs);
        ranks[killed]->kill();
        QProcess &left = *ranks[1 - killed];
        QVERIFY(left.waitForFinished(limitMs));
        ranks[killed]->waitForFinished();
        const QByteArray text = said(left);
        QCOMPARE(left.exitStatus(), QProcess::NormalExit);
        QVERIFY2(left.exitCode() != 0, text.constData());
        QVERIFY2(text.contains("lost another rank"), text.constData());
        QVERIFY2(!text.contains("Exception raised from"), text.constData());
        if (killed == 1)
            QVERIFY2(text.contains("Another rank is gone: "), text.constData());

        const auto resumed = f.start(Fixture::trainLine({ "resume=true", "name=run" }));
        QVERIFY(resumed->waitForFinished(limitMs));
        QVERIFY2(resumed->exitCode() == 0, said(*resumed).constData());
        QCOMPARE(column(f.path("runs/run/results.csv"), QStringLiteral("epoch")),
                 QList<double>({ 1, 2, 3, 4, 5, 6 }));
    }

    void severalDevicesStartTheirRanks()
    {
        Fixture f;
        f.makeSample(8);
        QStringList line = Fixture::trainLine({ "epochs=2", "batch=4", "nbs=4", "name=run" });
        line.replaceInStrings(QStringLiteral("device=cpu"), QStringLiteral("device=cpu,cpu"));
        const auto main = f.start(line);
        QVERIFY(main->waitForFinished(limitMs));
        QVERIFY2(main->exitCode() == 0, said(*main).constData());
        QCOMPARE(f.trace(0).size(), 4);
        QCOMPARE(f.trace(0), f.trace(1));
        QCOMPARE(linesOf(f.path("runs/run/args.yaml")).filter(QRegularExpression("^device: .?cpu,cpu.?$")).size(), 1);

        // A batch that three cannot share, and no list of devices: a sentence, and nothing is left behind.
        for (const auto &[device, sentence] : { std::pair("device=cpu,cpu,cpu", "cannot be shared by 3 processes"),
                                                std::pair("device=cpu,0", "names no list of devices") }) {
            QStringList bad = line;
            bad.replaceInStrings(QStringLiteral("device=cpu,cpu"), QLatin1String(device));
            bad.replaceInStrings(QStringLiteral("name=run"), QStringLiteral("name=bad"));
            const auto refused = f.start(bad);
            QVERIFY(refused->waitForFinished(limitMs));
            const QByteArray text = said(*refused);
            QCOMPARE(refused->exitCode(), 2);
            QVERIFY2(text.contains(sentence), text.constData());
        }
        QVERIFY(!QFile::exists(f.path("runs/bad")));
    }

    void aLaunchedRankAndItsLauncherEndTogether_data()
    {
        QTest::addColumn<bool>("launcher");
        QTest::newRow("the rank is killed: its launcher says so") << false;
        QTest::newRow("the launcher is killed: the rank ends") << true;
    }

    void aLaunchedRankAndItsLauncherEndTogether()
    {
        QFETCH(bool, launcher);
        Fixture f;
        f.makeSample(16);
        QStringList line = Fixture::trainLine({ "epochs=50", "batch=4", "nbs=4", "name=run", "val=false" });
        line.replaceInStrings(QStringLiteral("device=cpu"), QStringLiteral("device=cpu,cpu"));
        const auto main = f.start(line);
        QTRY_VERIFY_WITH_TIMEOUT(f.trace(1).size() >= 6, limitMs);
        const QList<qint64> children = childrenOf(main->processId());
        QCOMPARE(children.size(), 1);
        const qint64 rank = children.front();
        if (launcher) {
            main->kill();
            QVERIFY(main->waitForFinished(limitMs));
        } else {
            ::kill(pid_t(rank), SIGKILL);
            QVERIFY(main->waitForFinished(limitMs));
            const QByteArray text = said(*main);
            QVERIFY2(main->exitCode() != 0 && text.contains("Rank 1 ended: "), text.constData());
            QVERIFY(QFile::exists(f.path("runs/run/weights/last.pt")));
        }
        QTRY_VERIFY_WITH_TIMEOUT(!QFile::exists(QStringLiteral("/proc/%1").arg(rank)), 30'000);
    }

    void badInput()
    {
        Fixture f;
        f.makeSample(8);
        const QStringList line = Fixture::trainLine({ "epochs=1", "batch=3", "name=run" });
        const auto main = f.start(line, 0), other = f.start(line, 1);
        for (QProcess *process : { main.get(), other.get() }) {
            QVERIFY(process->waitForFinished(limitMs));
            const QByteArray text = said(*process);
            QCOMPARE(process->exitCode(), 2);
            QVERIFY2(text.contains("batch=3 cannot be shared by 2 processes"), text.constData());
        }
        QVERIFY(!QFile::exists(f.path("runs/run")));
        const auto portless = f.start(line, 1, QStringLiteral("MASTER_PORT"));
        QVERIFY(portless->waitForFinished(limitMs));
        const QByteArray text = said(*portless);
        QCOMPARE(portless->exitCode(), 2);
        QVERIFY2(text.contains("MASTER_PORT is not set"), text.constData());
    }
};

QTEST_GUILESS_MAIN(TestRanks)
#include "tst_ranks.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/atomic_file.h"
#include "engine/core/run_folder.h"
#include "torchdeck/engine/error.h"

#include <QtCore/QTemporaryDir>
#include <QtTest/QtTest>

#include <csignal>
#include <sys/resource.h>

using namespace torchdeck::engine;
namespace fs = std::filesystem;

class TestRunFolder : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void countsUp();
    void argsRoundTrip();
    void resultsFormatAndResume();
    void fullDiskKeepsTheOldFile();
    void linkReplacesAtomically();
    void unwritableProject();
};

void TestRunFolder::countsUp()
{
    QTemporaryDir dir;
    const std::string project = dir.path().toStdString();
    QCOMPARE(RunFolder::next(project, "", "train", false).filename().string(), std::string("train"));
    fs::create_directories(fs::path(project) / "train");
    QCOMPARE(RunFolder::next(project, "", "train", false).filename().string(), std::string("train2"));
    fs::create_directories(fs::path(project) / "train2");
    QCOMPARE(RunFolder::next(project, "", "train", false).filename().string(), std::string("train3"));
    QCOMPARE(RunFolder::next(project, "", "train", true).filename().string(), std::string("train"));
    QCOMPARE(RunFolder::next(project, "mine", "train", false).filename().string(), std::string("mine"));
}

void TestRunFolder::argsRoundTrip()
{
    QTemporaryDir dir;
    RunFolder folder(fs::path(dir.path().toStdString()) / "train");
    folder.create();
    TrainConfig config;
    config.data = "/some where/data: \"x\".yaml";
    config.epochs = 3;
    config.lr0 = 1e-5;
    config.classes = { 0, 2 };
    config.freezeLayers = { "0", "22.cv2" };
    config.scaleRange = { 0.5, 1.5 };
    config.pretrained = "false";
    folder.writeArgs(config);
    const TrainConfig read = RunFolder::readArgs(folder.path() / "args.yaml");
    for (const ArgumentInfo &info : trainArguments())
        QCOMPARE(trainArgumentText(read, info.name), trainArgumentText(config, info.name));
    const std::string text = readFile(folder.path() / "args.yaml");
    QVERIFY2(text.find("classes: [0, 2]\n") != std::string::npos, text.c_str());
    QVERIFY2(text.find("pretrained: false\n") != std::string::npos, text.c_str());
    QVERIFY(text.rfind("task: detect\nmode: train\n", 0) == 0);
}

void TestRunFolder::resultsFormatAndResume()
{
    QTemporaryDir dir;
    RunFolder folder(fs::path(dir.path().toStdString()) / "train");
    folder.create();
    folder.beginResults(0);
    for (int epoch = 0; epoch < 5; ++epoch)
        folder.addResults(epoch, 1.5 * (epoch + 1),
                          { { "train/box_loss", 1.23456789 }, { "lr/pg0", 1e-7 * epoch } });
    std::string text = readFile(folder.path() / "results.csv");
    QVERIFY2(text.rfind("epoch,time,train/box_loss,lr/pg0\n1,1.5,1.23457,0\n2,3,1.23457,1e-07\n", 0) == 0,
             text.c_str());
    RunFolder resumed(folder.path());
    resumed.beginResults(3); // the checkpoint holds epochs 0..2
    resumed.addResults(3, 9, { { "train/box_loss", 7 }, { "lr/pg0", 8 } });
    const auto rows = RunFolder::readResults(folder.path());
    QCOMPARE(rows.size(), std::size_t(4));
    QCOMPARE(rows[3].first, 3);
    QCOMPARE(metricValue(rows[3].second, "train/box_loss"), 7.0);
    QCOMPARE(metricValue(rows[2].second, "time"), 4.5);
}

void TestRunFolder::fullDiskKeepsTheOldFile()
{
    QTemporaryDir dir;
    const fs::path file = fs::path(dir.path().toStdString()) / "last.pt";
    writeFileAtomically(file, "old");
    // A file-size limit fails write() half way, as a full disk does.
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit before {};
    getrlimit(RLIMIT_FSIZE, &before);
    rlimit small = before;
    small.rlim_cur = 4096;
    setrlimit(RLIMIT_FSIZE, &small);
    bool thrown = false;
    try {
        writeFileAtomically(file, std::string(100'000, 'x'));
    } catch (const EngineError &error) {
        thrown = error.kind() == ErrorKind::Storage
            && QString::fromUtf8(error.what()).contains(QLatin1String("last.pt"));
    }
    setrlimit(RLIMIT_FSIZE, &before);
    QVERIFY(thrown);
    QCOMPARE(readFile(file), std::string("old"));
    QCOMPARE(std::distance(fs::directory_iterator(file.parent_path()), fs::directory_iterator()), 1);
}

void TestRunFolder::linkReplacesAtomically()
{
    QTemporaryDir dir;
    const fs::path folder = dir.path().toStdString();
    writeFileAtomically(folder / "last.pt", "one");
    linkFileAtomically(folder / "last.pt", folder / "best.pt");
    linkFileAtomically(folder / "last.pt", folder / "best.pt"); // again, onto itself
    writeFileAtomically(folder / "last.pt", "two");
    QCOMPARE(readFile(folder / "best.pt"), std::string("one"));
    QCOMPARE(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 2);
}

void TestRunFolder::unwritableProject()
{
    QTemporaryDir dir;
    const fs::path file = fs::path(dir.path().toStdString()) / "file";
    writeFileAtomically(file, "not a folder");
    RunFolder folder(file / "train");
    try {
        folder.create();
        QFAIL("a run folder below a file was created");
    } catch (const EngineError &error) {
        QCOMPARE(error.field(), std::string("project"));
    }
}

QTEST_APPLESS_MAIN(TestRunFolder)
#include "tst_run_folder.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// The production window with the real engine when things go wrong: the disk fills, the data set vanishes, the user
// closes in the middle of a run, the run fails, every file of ours is garbage, LibTorch cannot be loaded, two starts.
// Each time the window has to stay usable, say what happened, and lose nothing that was saved.
#include "app/application.h"
#include "app/single_instance.h"
#include "app/state_paths.h"
#include "tests/app/instance.h"
#include "torchdeck/engine/sample_dataset.h"
#include "ui/launch_panel.h"
#include "ui/main_window.h"
#include "ui/notice_bar.h"
#include "ui/results_banner.h"
#include "ui/run_panel.h"
#include "ui/runs/run_list_model.h"
#include "ui/runs/run_reader.h"
#include "ui/runs/runs_page.h"

#include <QtCore/QDir>
#include <QtCore/QTimer>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QtTest>
#include <QtWidgets/QMessageBox>
#include <QtWidgets/QPushButton>

#include <csignal>
#include <stdexcept>
#include <sys/resource.h>

using namespace torchdeck;

namespace {

constexpr int longMs = 240'000; ///< for what trains
constexpr int soonMs = 60'000; ///< for what is done at once, on a machine that does much else
constexpr const char *brokenVariable = "TORCHDECK_TEST_BROKEN_LIBRARY";

/// Writing beyond 64 KiB fails while it lives, half way through a file, as on a full disk.
class FullDisk {
public:
    FullDisk()
    {
        std::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &m_before);
        rlimit small = m_before;
        small.rlim_cur = 64 * 1024;
        ::setrlimit(RLIMIT_FSIZE, &small);
    }
    ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &m_before); }

private:
    rlimit m_before {};
};

void useFolders(const QString &root)
{
    for (const char *name : { "CONFIG", "DATA", "STATE", "CACHE" })
        qputenv(QByteArray("XDG_") + name + "_HOME", (root + u'/' + QLatin1String(name)).toUtf8());
    for (const char *name : { "ULTRALYTICS_HUB_API", "ULTRALYTICS_HUB_WEB", "HUB_API_KEY", "RANK", "YOLO_CONFIG_DIR" })
        qunsetenv(name);
}

std::string sampleIn(const QString &folder)
{
    engine::SampleDatasetOptions sample;
    sample.trainImages = 8;
    sample.valImages = 12; // more than stay in memory
    sample.width = sample.height = 64;
    return engine::makeSampleDataset(folder.toStdString(), sample).string();
}

engine::TrainConfig smallRun(const std::string &data, int epochs)
{
    engine::TrainConfig config;
    config.data = data;
    config.model = "yolov8n.yaml";
    config.epochs = epochs;
    config.imgsz = 32; // small: what is looked at is not how well it learns
    config.batch = 8;
    config.device = "cpu";
    config.project = (app::StatePaths::dataDir() + QStringLiteral("/runs/detect")).toStdString(); // listed at every start
    config.hub = false;
    return config;
}

void writeGarbage(const QString &file)
{
    QVERIFY(QDir().mkpath(QFileInfo(file).absolutePath()));
    QFile out(file);
    QVERIFY(out.open(QIODevice::WriteOnly));
    out.write(QByteArray("\x89PNG\r\n\x1a\n\0\xff\xfe[General\n=%%\n\"{", 26).repeated(40));
}

/// One production window, and what its run says.
struct Desk {
    explicit Desk(app::RunFunction runner = app::engineRunner())
        : application(std::move(runner))
        , saves(&application.controller(), &app::TrainingController::modelSave)
        , batches(&application.controller(), &app::TrainingController::batchEnd)
        , finished(&application.controller(), &app::TrainingController::finished)
        , stopped(&application.controller(), &app::TrainingController::stopped)
        , failed(&application.controller(), &app::TrainingController::failed)
    {
        application.window().resize(1300, 850);
        application.show();
    }

    app::Application application;
    QSignalSpy saves, batches, finished, stopped, failed;

    template <typename Widget> Widget *part() { return application.window().template findChild<Widget *>(); }
    ui::LaunchPanel *launch() { return part<ui::LaunchPanel>(); }
    bool active() { return application.controller().active(); }

    void start(const engine::TrainConfig &config)
    {
        QTRY_VERIFY_WITH_TIMEOUT(application.hub().resolved(), soonMs);
        launch()->setConfig(config);
        QTRY_VERIFY_WITH_TIMEOUT(launch()->startButton()->isEnabled(), soonMs);
        QTest::mouseClick(launch()->startButton(), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(active(), soonMs);
    }
    QString failure() { return QString::fromStdString(failed.last().first().value<engine::Failed>().sentence); }
    QString folder() { return part<ui::RunPanel>()->runFolder(); }
    /// Idle, the form ready for another start, and pages that open.
    void checkUsable()
    {
        QTRY_COMPARE_WITH_TIMEOUT(launch()->state(), ui::LaunchPanel::State::Idle, soonMs);
        QVERIFY(launch()->startButton()->isEnabled());
        for (const auto page : { ui::MainWindow::Page::Runs, ui::MainWindow::Page::Queue, ui::MainWindow::Page::Results,
                                 ui::MainWindow::Page::Training }) {
            application.window().showPage(page);
            QTest::qWait(20);
            QVERIFY(!application.window().grab().isNull());
        }
    }
    void resume(const QString &run)
    {
        auto *page = part<ui::RunsPage>();
        application.window().showPage(ui::MainWindow::Page::Runs);
        QTRY_VERIFY_WITH_TIMEOUT(page->model()->rowOf(run) >= 0, soonMs);
        page->selectRun(run);
        QTest::qWait(300); // selections come in bursts
        page->resumeSelected();
        QTRY_VERIFY_WITH_TIMEOUT(active(), soonMs);
    }
};

QMessageBox *question(ui::MainWindow &window)
{
    QMessageBox *box = nullptr;
    (void)QTest::qWaitFor([&] {
        for (QMessageBox *candidate : window.findChildren<QMessageBox *>()) {
            if (candidate->isVisible())
                box = candidate;
        }
        return box != nullptr;
    }, soonMs);
    return box;
}

void press(QMessageBox *box, const QString &words)
{
    for (QAbstractButton *button : box->buttons()) {
        if (button->text().remove(u'&').startsWith(words))
            return button->click();
    }
    QFAIL(qPrintable(words + QStringLiteral(" is no button")));
}

bool answers(const QString &socket)
{
    QLocalSocket probe;
    probe.connectToServer(socket);
    return probe.waitForConnected(500);
}

} // namespace

class TestWindowTroubles : public QObject {
    Q_OBJECT
private:
    Instance m_instance;

private Q_SLOTS:
    void init()
    {
        static int number = 0;
        useFolders(m_instance.root() + QStringLiteral("/desk%1").arg(++number));
    }

    void theDiskFillsAndTheRunGoesOnLater()
    {
        Desk desk;
        desk.start(smallRun(sampleIn(m_instance.root() + "/shapes"), 4));
        QTRY_VERIFY_WITH_TIMEOUT(desk.saves.size() >= 1, longMs);
        {
            const FullDisk full;
            QTRY_COMPARE_WITH_TIMEOUT(desk.failed.size(), 1, longMs);
        }
        QVERIFY2(desk.failure().contains(".pt"), qPrintable(desk.failure()));
        QVERIFY2(desk.failure().contains("untouched"), qPrintable(desk.failure()));
        QVERIFY(desk.part<ui::ResultsBanner>()->isVisible());
        desk.checkUsable();
        // With room again it goes on from the last checkpoint, and every epoch is there once.
        const QString folder = desk.folder();
        desk.resume(folder);
        QTRY_COMPARE_WITH_TIMEOUT(desk.finished.size(), 1, longMs);
        const ui::RunCurves curves = ui::readCurves(folder);
        QCOMPARE(curves.epochs, (std::vector<double> { 1, 2, 3, 4 }));
    }

    void theDataSetVanishesInARun()
    {
        Desk desk;
        const QString set = m_instance.root() + "/vanishing";
        engine::TrainConfig config = smallRun(sampleIn(set), 60);
        config.cache = "false";
        desk.start(config);
        QTRY_VERIFY_WITH_TIMEOUT(desk.saves.size() >= 1, longMs);
        QVERIFY(QDir().rename(set, set + ".away")); // as an unplugged disk does
        QTRY_COMPARE_WITH_TIMEOUT(desk.failed.size(), 1, longMs);
        QVERIFY2(desk.failure().contains(set) && desk.failure().contains("gone"), qPrintable(desk.failure()));
        QVERIFY(QFile::exists(desk.folder() + "/weights/last.pt"));
        QVERIFY(!ui::readCurves(desk.folder()).epochs.empty());
        desk.checkUsable();
        // Started again it is refused beside the field, and nothing is made for it.
        const QStringList runs = QDir(QString::fromStdString(config.project)).entryList(QDir::Dirs | QDir::NoDotAndDotDot);
        desk.launch()->start();
        QTRY_VERIFY_WITH_TIMEOUT(!desk.launch()->problemOf("data").isEmpty(), longMs);
        QTRY_VERIFY_WITH_TIMEOUT(!desk.active(), soonMs);
        QCOMPARE(QDir(QString::fromStdString(config.project)).entryList(QDir::Dirs | QDir::NoDotAndDotDot), runs);
        // Back in its place, the run goes on.
        QVERIFY(QDir().rename(set + ".away", set));
        const auto saved = desk.saves.size();
        desk.resume(desk.folder());
        QTRY_VERIFY_WITH_TIMEOUT(desk.saves.size() > saved, longMs);
        desk.application.controller().skipFinalValidation();
        desk.application.controller().stop();
        QTRY_COMPARE_WITH_TIMEOUT(desk.stopped.size(), 1, longMs);
    }

    void closingInARunAsksSavesAndOffersToGoOn()
    {
        QString folder;
        {
            Desk desk;
            ui::MainWindow &window = desk.application.window();
            desk.start(smallRun(sampleIn(m_instance.root() + "/shapes"), 500));
            QTRY_VERIFY_WITH_TIMEOUT(desk.saves.size() >= 1, longMs);
            folder = desk.folder();
            window.close();
            QMessageBox *box = question(window);
            QVERIFY(box);
            QCOMPARE(box->defaultButton()->text(), QStringLiteral("Keep running")); // Enter loses nothing
            const auto before = desk.batches.size();
            QTRY_VERIFY_WITH_TIMEOUT(desk.batches.size() > before + 1, longMs); // nothing waits for the answer
            press(box, QStringLiteral("Keep running"));
            QVERIFY(window.isVisible() && desk.active());
            window.close();
            box = question(window);
            QVERIFY(box);
            bool late = false;
            QTimer::singleShot(longMs, qApp, [&late] {
                late = true;
                QCoreApplication::exit(1);
            });
            press(box, QStringLiteral("Stop, save and quit"));
            QCOMPARE(QApplication::exec(), 0);
            QVERIFY(!late);
            QCOMPARE(desk.stopped.size(), 1);
        }
        QVERIFY(QFile::exists(folder + "/weights/last.pt"));
        const int done = int(ui::readCurves(folder).epochs.size());
        QVERIFY(done >= 1 && done < 500);
        Desk next;
        auto *notice = next.part<ui::NoticeBar>();
        QTRY_VERIFY_WITH_TIMEOUT(notice->isVisible() && notice->text().contains(QStringLiteral("%1 of 500").arg(done)), soonMs);
        QVERIFY(notice->offerButton()->isVisible());
    }

    void aRunThatThrowsIsToldAndTheNextOneRuns()
    {
        int starts = 0;
        Desk desk([&starts](const engine::TrainConfig &config, engine::RunId run, engine::TrainObserver &observer,
                            const std::stop_token &stop, engine::RunControl &control) {
            if (++starts == 1)
                throw std::runtime_error("out of luck");
            app::engineRunner()(config, run, observer, stop, control);
        });
        const engine::TrainConfig config = smallRun(sampleIn(m_instance.root() + "/shapes"), 1);
        desk.start(config);
        QTRY_COMPARE_WITH_TIMEOUT(desk.failed.size(), 1, soonMs);
        QVERIFY(desk.failure().contains("out of luck"));
        desk.checkUsable();
        desk.start(config);
        QTRY_COMPARE_WITH_TIMEOUT(desk.finished.size(), 1, longMs);
    }

    void everyFileOfOursIsGarbage()
    {
        using app::StatePaths;
        const QStringList files { StatePaths::settingsFile(), StatePaths::secretFile(), StatePaths::journalFile(),
                                  StatePaths::runCostsFile(), StatePaths::logFile(), StatePaths::windowStateFile(),
                                  StatePaths::stateDir() + "/run_queue.json", StatePaths::stateDir() + "/presets/mine.yaml" };
        for (const QString &file : files)
            writeGarbage(file);
        Desk desk;
        QVERIFY(QTest::qWaitForWindowExposed(&desk.application.window()));
        QTRY_VERIFY_WITH_TIMEOUT(desk.application.hub().resolved(), soonMs);
        QVERIFY(QFile::exists(StatePaths::settingsFile() + ".broken")); // kept for whoever wants to look
        auto *notice = desk.part<ui::NoticeBar>();
        QTRY_VERIFY2_WITH_TIMEOUT(notice->isVisible() && !notice->text().isEmpty(), "it says so", soonMs);
        // A run from start to end.
        engine::TrainConfig config = smallRun(sampleIn(m_instance.root() + "/shapes"), 1);
        desk.start(config);
        QTRY_COMPARE_WITH_TIMEOUT(desk.finished.size(), 1, longMs);
        desk.checkUsable();
    }

    void aBrokenLibraryIsToldAndTheWindowStays()
    {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        QSKIP("sanitizers want one program with LibTorch in it: no module is loaded");
#endif
        // This test as a program of its own, in a folder where the engine's module is no library.
        const QString root = m_instance.root() + "/broken";
        QVERIFY(QDir().mkpath(root + "/bin") && QDir().mkpath(root + "/lib/torchdeck"));
        const QString program = root + "/bin/desk";
        QVERIFY(QFile::copy(QCoreApplication::applicationFilePath(), program));
        writeGarbage(root + "/lib/torchdeck/torchdeck_torch.so");
        QProcess child;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QString::fromLatin1(brokenVariable), root);
        child.setProcessEnvironment(environment);
        child.setProcessChannelMode(QProcess::MergedChannels);
        child.start(program, {});
        QVERIFY(child.waitForFinished(longMs));
        const QByteArray said = child.readAll();
        QVERIFY2(child.exitStatus() == QProcess::NormalExit && child.exitCode() == 0, said.constData());
        QVERIFY2(said.contains("3 passed, 0 failed, 0 skipped"), said.constData());
    }

    void twoStartsAreOneWindow()
    {
        Instance instance;
        instance.set(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
        qputenv("XDG_STATE_HOME", (instance.root() + "/state").toUtf8()); // for the socket's name
        const auto first = instance.start({});
        QTRY_VERIFY_WITH_TIMEOUT(answers(app::SingleInstance::socketName()), soonMs);
        const auto other = instance.start({});
        const Instance::Result second = Instance::finish(*other, soonMs);
        QVERIFY2(second.code == 0, qPrintable(second.err));
        QCOMPARE(first->state(), QProcess::Running);
        first->terminate();
        QCOMPARE(Instance::finish(*first, soonMs).code, 0);
    }
};

/// What the program does whose LibTorch is broken.
class BrokenLibrary : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theWindowSaysSo()
    {
        useFolders(qEnvironmentVariable(brokenVariable));
        Desk desk;
        QVERIFY(QTest::qWaitForWindowExposed(&desk.application.window()));
        QTRY_VERIFY_WITH_TIMEOUT(desk.application.hub().resolved(), soonMs);
        QTRY_VERIFY_WITH_TIMEOUT(!desk.launch()->config().data.empty(), soonMs); // the sample set needs no LibTorch
        engine::TrainConfig config = smallRun(sampleIn(qEnvironmentVariable(brokenVariable) + "/shapes"), 1);
        config.device.clear();
        Q_EMIT desk.application.window().startRequested(config);
        QTRY_COMPARE_WITH_TIMEOUT(desk.failed.size(), 1, soonMs);
        QVERIFY2(desk.failure().contains("LibTorch cannot be loaded") && desk.failure().contains("install Torchdeck anew"),
                 qPrintable(desk.failure()));
        auto *notice = desk.part<ui::NoticeBar>();
        QVERIFY2(notice->isVisible() && notice->text().contains("LibTorch cannot be loaded"), qPrintable(notice->text()));
        desk.checkUsable();
        QVERIFY(!QDir(QString::fromStdString(config.project)).exists());
    }
};

int main(int argc, char **argv)
{
    QApplication application(argc, argv);
    QApplication::setQuitOnLastWindowClosed(false); // as the program does: closing asks first
    if (qEnvironmentVariableIsSet(brokenVariable)) {
        BrokenLibrary test;
        return QTest::qExec(&test, argc, argv);
    }
    TestWindowTroubles test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_window_troubles.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/fixtures.h"
#include "ui/argument_table.h"
#include "ui/dataset/box_size_chart.h"
#include "ui/dataset/class_bars.h"
#include "ui/dataset/dataset_details.h"
#include "ui/dataset_line.h"
#include "ui/dataset_problems.h"
#include "ui/disk_line.h"
#include "ui/duplicate_line.h"
#include "ui/english_plurals.h"
#include "ui/estimate_line.h"
#include "ui/launch_panel.h"
#include "ui/widgets/basics.h"

#include <QtCore/QMimeData>
#include <QtCore/QTemporaryDir>
#include <QtCore/QUrl>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QListWidget>
#include <QtWidgets/QMenu>
#include <QtWidgets/QPushButton>

using namespace torchdeck;
using namespace torchdeck::ui;

Q_DECLARE_METATYPE(torchdeck::engine::TrainConfig)

namespace {

/// Two configurations are equal when every argument is written the same.
bool same(const engine::TrainConfig &a, const engine::TrainConfig &b)
{
    for (const engine::ArgumentInfo &info : engine::trainArguments()) {
        if (engine::trainArgumentText(a, info.name) != engine::trainArgumentText(b, info.name)) {
            qWarning("%s differs", info.name.data());
            return false;
        }
    }
    return true;
}

engine::TrainConfig unusual()
{
    engine::TrainConfig config = fixtures::config(12);
    config.model = "/models/my.pt";
    config.device = "cpu";
    config.imgsz = 416;
    config.batch = 3;
    config.optimizer = "AdamW";
    config.lr0 = 0.0025;
    config.cosLr = true;
    config.mosaic = 0.25;
    config.name = "with space";
    config.hub = false;
    return config;
}

} // namespace

class TestUiLaunchPanel : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { EnglishPlurals::install(); }

    void configsMakeTheRoundTrip()
    {
        LaunchPanel panel;
        panel.setDevices(fixtures::devices());
        for (const engine::TrainConfig &config : { engine::TrainConfig(), fixtures::config(30), unusual() }) {
            panel.setConfig(config);
            QVERIFY(same(panel.config(), config));
        }
        panel.setModelNames({ QStringLiteral("yolov8n.yaml") }); // a list that comes later changes nothing
        panel.setDevices({});
        QVERIFY(same(panel.config(), unusual()));
    }

    void unknownDevicesStayAsTheyAre()
    {
        LaunchPanel panel;
        engine::TrainConfig config = fixtures::config(3);
        config.device = "cuda:3";
        panel.setConfig(config);
        panel.setDevices(fixtures::devices());
        QCOMPARE(panel.config().device, std::string("cuda:3"));
    }

    void startEmitsTheConfigAndTurnsIntoStop()
    {
        LaunchPanel panel;
        panel.setConfig(fixtures::config(30));
        QSignalSpy starts(&panel, &LaunchPanel::startRequested);
        QSignalSpy stops(&panel, &LaunchPanel::stopRequested);
        QTest::mouseClick(panel.startButton(), Qt::LeftButton);
        QCOMPARE(starts.count(), 1);
        QVERIFY(same(starts[0][0].value<engine::TrainConfig>(), fixtures::config(30)));
        QCOMPARE(panel.startButton()->text(), QStringLiteral("Stop"));
        panel.start(); // Ctrl+Return while it runs does nothing
        QCOMPARE(starts.count(), 1);
        panel.setState(LaunchPanel::State::Running);
        QVERIFY(panel.deviceBox()->isEnabled()); // the form is for the next run

        QTest::mouseClick(panel.startButton(), Qt::LeftButton);
        QCOMPARE(stops.count(), 1);
        QCOMPARE(panel.startButton()->text(), QStringLiteral("Stopping after this batch..."));
        QVERIFY(!panel.startButton()->isEnabled());
        panel.stop();
        QTest::mouseClick(panel.startButton(), Qt::LeftButton);
        QCOMPARE(stops.count(), 1);

        panel.setState(LaunchPanel::State::Idle);
        QCOMPARE(panel.startButton()->text(), QStringLiteral("Start training"));
        QVERIFY(panel.deviceBox()->isEnabled());
    }

    void withoutADataSetNothingStarts()
    {
        LaunchPanel panel;
        QSignalSpy starts(&panel, &LaunchPanel::startRequested);
        panel.start();
        QCOMPARE(starts.count(), 0);
        QVERIFY(!panel.problemOf(QStringLiteral("data")).isEmpty());
        panel.dataset()->setPath(QStringLiteral("/sets/a/data.yaml"));
        QVERIFY(panel.problemOf(QStringLiteral("data")).isEmpty());
    }

    void problemsStandBesideTheirFields()
    {
        LaunchPanel panel;
        panel.setConfig(fixtures::config(30));
        panel.setState(LaunchPanel::State::Starting);
        panel.setProblems({ { "device", "There is no device 0." },
                            { "lr0", "lr0 is too high." },
                            { "data", "No images were found." },
                            { "epochs", "epochs must be 1 or more." } });
        QCOMPARE(panel.state(), LaunchPanel::State::Idle);
        QCOMPARE(panel.problemOf(QStringLiteral("device")), QStringLiteral("There is no device 0."));
        QCOMPARE(panel.problemOf(QStringLiteral("data")), QStringLiteral("No images were found."));
        QCOMPARE(panel.problemOf(QStringLiteral("epochs")), QStringLiteral("epochs must be 1 or more."));
        QCOMPARE(panel.problemOf(QStringLiteral("lr0")), QStringLiteral("lr0 is too high."));
        QVERIFY(!panel.arguments()->isHidden()); // unfolds to show it
        QVERIFY(panel.problemOf(QStringLiteral("model")).isEmpty());
        panel.setProblems({});
        for (const char *name : { "device", "lr0", "data", "epochs" })
            QVERIFY(panel.problemOf(QString::fromLatin1(name)).isEmpty());
    }

    void aBadValueInTheTableIsSaidAndNotTaken()
    {
        LaunchPanel panel;
        panel.setConfig(fixtures::config(30));
        ArgumentTableModel *model = panel.argumentModel();
        const QModelIndex value =
            model->index(model->rowOf(QStringLiteral("momentum")), ArgumentTableModel::Value);
        QVERIFY(!model->setData(value, QStringLiteral("7"), Qt::EditRole));
        QVERIFY(panel.arguments()->problem().contains(QStringLiteral("momentum")));
        QVERIFY(same(panel.config(), fixtures::config(30)));
    }

    void theCommandLineFollowsTheFields()
    {
        LaunchPanel panel;
        panel.setConfig(fixtures::config(30));
        QVERIFY(panel.commandLine().startsWith(
            QStringLiteral("torchdeck train model=yolov8n.yaml data=/home/user")));
        QVERIFY(panel.commandLine().contains(QStringLiteral("epochs=30")));
        QVERIFY(panel.commandLine().contains(QStringLiteral("hub=true")));
        QVERIFY(!panel.commandLine().contains(QStringLiteral("lr0")));
    }

    void dataSetsAreCheckedOnceTheTypingPauses()
    {
        LaunchPanel panel;
        QSignalSpy inspections(&panel, &LaunchPanel::inspectRequested);
        for (const char *text : { "/s", "/se", "/sets/data.yaml" })
            panel.dataset()->setPath(QString::fromLatin1(text));
        QVERIFY(inspections.wait());
        QCOMPARE(inspections.count(), 1);
        QCOMPARE(inspections[0][0].toString(), QStringLiteral("/sets/data.yaml"));
    }

    void reportsShowFactsAndPlacesToOpen()
    {
        LaunchPanel panel;
        panel.setConfig(fixtures::config(30));
        const QString path = panel.dataset()->path();
        panel.setDatasetReport(QStringLiteral("/another/data.yaml"), fixtures::brokenReport());
        QVERIFY(panel.dataset()->problemList()->isHidden()); // stale: another file
        panel.setDatasetReport(path, fixtures::brokenReport());
        QVERIFY(panel.dataset()->facts().contains(QStringLiteral("160 train")));
        QVERIFY(panel.dataset()->facts().contains(QStringLiteral("6 classes")));
        QListWidget *list = panel.dataset()->problemList();
        QVERIFY(!list->isHidden());
        QCOMPARE(list->count(), 3);
        QVERIFY(list->item(0)->text().startsWith(QStringLiteral("000017.txt:3")));
        QSignalSpy opened(&panel, &LaunchPanel::openFileRequested);
        Q_EMIT list->itemClicked(list->item(0));
        QCOMPARE(opened.count(), 1);
        QCOMPARE(opened[0][0].toString(), QStringLiteral("/home/user/sets/shapes/labels/train/000017.txt"));
        panel.setDatasetReport(path, fixtures::cleanReport());
        QVERIFY(list->isHidden());
    }

    void theCheckTellsClassesAndBoxSizes()
    {
        LaunchPanel panel;
        panel.show();
        engine::TrainConfig config = fixtures::config(30);
        panel.setConfig(config);
        DatasetDetails *details = panel.dataset()->details();
        QVERIFY(!details->isVisible()); // nothing is known yet
        engine::DatasetReport report = fixtures::cleanReport();
        report.trainBoxes = report.valBoxes = {};
        for (int i = 0; i < 4; ++i) // 6.4, 64, 128 and 192 px of 640
            report.trainBoxes.add(std::max(0.01, 0.1 * i), std::max(0.01, 0.1 * i), 640, 640);
        panel.setDatasetReport(panel.dataset()->path(), report);
        QVERIFY(details->isVisible());
        QVERIFY2(details->sizeText().contains(QStringLiteral("At %1 px").arg(config.imgsz)), qPrintable(details->sizeText()));
        config.imgsz = 640;
        panel.setConfig(config);
        panel.setDatasetReport(panel.dataset()->path(), report);
        QCOMPARE(details->sizeText(), QStringLiteral("At 640 px, 25 % of the boxes are small, 25 % medium, 50 % large."));
        QVERIFY2(details->warning().startsWith(QStringLiteral("25 %")), qPrintable(details->warning()));
        config.imgsz = 1280; // the smallest boxes now have 12.8 px
        panel.setConfig(config);
        QCOMPARE(details->sizeText(), QStringLiteral("At 1280 px, 25 % of the boxes are small, 0 % medium, 75 % large."));
        QVERIFY(details->warning().isEmpty());

        QVERIFY(!details->classBars()->isVisible());
        details->moreButton()->click();
        QVERIFY(details->classBars()->isVisible());
        const auto names = [&] {
            QStringList all;
            for (int i = 0; i < details->classBars()->model()->rowCount(); ++i)
                all << details->classBars()->model()->index(i, 0).data().toString();
            return all;
        };
        QCOMPARE(names().first(), QStringLiteral("circle"));
        QCOMPARE(names().size(), 6);
        details->orderBox()->setCurrentIndex(int(ClassBarsModel::Order::FewestFirst));
        const QModelIndex fewest = details->classBars()->model()->index(0, 0);
        QCOMPARE(fewest.data().toString(), QStringLiteral("cross"));
        QCOMPARE(fewest.data(ClassBarsModel::ValRole).toInt(), 0);
        QVERIFY(fewest.data(Qt::ToolTipRole).toString().contains(QStringLiteral("cross (class 5)")));
        details->orderBox()->setCurrentIndex(int(ClassBarsModel::Order::MostFirst));
        QCOMPARE(names().first(), QStringLiteral("circle"));
        panel.dataset()->setPath(QStringLiteral("/another/data.yaml"));
        QVERIFY(!details->isVisible());
    }

    void sizeBarsEndAtTheBordersOfSmallAndMedium()
    {
        const engine::DatasetReport report = fixtures::cleanReport();
        for (const int imgsz : { 32, 64, 96, 320, 640, 2048 }) {
            const QVector<SizeBin> bins = sizeBins(report.trainBoxes, report.valBoxes, imgsz);
            qint64 train = 0, val = 0;
            double before = 0;
            for (const SizeBin &bin : bins) {
                QCOMPARE(bin.from, before); // no gaps
                for (const double border : { 32.0, 96.0 })
                    QVERIFY(bin.from >= border - 1e-9 || bin.to <= border + 1e-9);
                train += bin.train;
                val += bin.val;
                before = bin.to;
            }
            QVERIFY(before >= imgsz);
            QCOMPARE(train, report.trainBoxes.total()); // none is lost, the largest neither
            QCOMPARE(val, report.valBoxes.total());
        }
        QVERIFY(sizeBins({}, {}, 0).isEmpty());
        QCOMPARE(shareWords(0, 0), QStringLiteral("0 %"));
        QCOMPARE(shareWords(1, 40), QStringLiteral("2.5 %"));
        QCOMPARE(shareWords(1, 100000), QStringLiteral("< 0.1 %"));
        QCOMPARE(shareWords(999, 1000), QStringLiteral("100 %"));
    }

    void aRunThatCannotFitDoesNotStart()
    {
        LaunchPanel panel;
        panel.show();
        panel.setConfig(fixtures::config(30));
        QSignalSpy starts(&panel, &LaunchPanel::startRequested), notices(&panel, &LaunchPanel::notice);
        panel.setDiskEstimate(fixtures::diskEstimate(300, 9e9));
        QVERIFY2(panel.disk()->text().startsWith(QStringLiteral("The run cannot fit on the disk: it keeps 300 checkpoints")),
                 qPrintable(panel.disk()->text()));
        panel.start();
        QCOMPARE(starts.count(), 0);
        QCOMPARE(panel.state(), LaunchPanel::State::Idle);
        QCOMPARE(notices.count(), 1);
        QCOMPARE(notices[0][0].toString(), panel.disk()->text());
        engine::TrainConfig fewer = fixtures::config(30);
        fewer.savePeriod = 100;
        panel.setConfig(fewer); // the estimate is another run's: not known is no reason to refuse
        panel.start();
        QCOMPARE(starts.count(), 1);
        panel.setState(LaunchPanel::State::Idle);
        panel.setDiskEstimate(fixtures::diskEstimate(0, 900e9));
        QVERIFY(!panel.disk()->isVisible()); // room enough: nothing to say
        panel.start();
        QCOMPARE(starts.count(), 2);
    }

    void theDiskLineTellsWhatGetsTight()
    {
        DiskEstimate estimate = fixtures::diskEstimate(0, 5e9);
        QVERIFY(DiskLine::words(estimate).isEmpty());
        estimate.free = 1.1e9; // 180 MB are written, but the system wants some, too
        QVERIFY(estimate.tight() && DiskLine::refusal(estimate).isEmpty());
        QVERIFY(DiskLine::words(estimate).contains(QStringLiteral("is written")));
        estimate = fixtures::diskEstimate(30, 2.2e9);
        QVERIFY(DiskLine::words(estimate).contains(QStringLiteral("30 kept checkpoints")));
        estimate = fixtures::diskEstimate(0, 20e9);
        estimate.imageCache = 18.2e9;
        estimate.cacheFree = 20e9;
        QVERIFY(DiskLine::words(estimate).contains(QStringLiteral("may be left out")));
        estimate.imageCache = 17e9;
        QVERIFY(DiskLine::words(estimate).isEmpty()); // another disk
        estimate.sameDisk = true;
        QVERIFY(DiskLine::words(estimate).contains(QStringLiteral("cached images")));
        QVERIFY(DiskLine::words({}).isEmpty());
    }

    void twinsOfTrainAndValAreListedWithBothFiles()
    {
        LaunchPanel panel;
        panel.show();
        panel.setConfig(fixtures::config(30));
        const QString path = panel.dataset()->path();
        DuplicateLine *line = panel.dataset()->duplicates();
        QVERIFY(!line->isVisible());
        panel.setDatasetReport(path, fixtures::cleanReport());
        QVERIFY(line->startButton()->isVisible());
        QSignalSpy asked(panel.dataset(), &DatasetLine::duplicatesRequested);
        QTest::mouseClick(line->startButton(), Qt::LeftButton);
        QCOMPARE(asked.count(), 1);
        panel.dataset()->setDuplicateProgress(path, 5, 200);
        QVERIFY(line->working());
        QVERIFY(line->words().contains(QStringLiteral("5 of 200")));
        QSignalSpy cancelled(panel.dataset(), &DatasetLine::duplicatesCancelRequested);
        QTest::mouseClick(line->cancelButton(), Qt::LeftButton);
        QCOMPARE(cancelled.count(), 1);
        engine::DuplicateReport report;
        report.stopped = true;
        panel.dataset()->setDuplicates(path, report, {});
        QVERIFY(!line->working() && line->startButton()->isVisible());

        report = {};
        report.pairs = { { "/sets/val/a.png", "/sets/train/b.jpg", 0.999 }, { "/sets/val/c.png", "/sets/train/d.png", 0.98 } };
        panel.dataset()->setDuplicates(QStringLiteral("/another/data.yaml"), report, {});
        QCOMPARE(panel.dataset()->problemList()->count(), 0); // stale
        panel.dataset()->setDuplicates(path, report, {});
        DatasetProblems *list = panel.dataset()->problemList();
        QCOMPARE(list->count(), 2);
        QVERIFY2(list->item(0)->text().contains("a.png") && list->item(0)->text().contains("b.jpg")
                     && list->item(0)->text().contains("99 %"),
                 qPrintable(list->item(0)->text()));
        QVERIFY(!list->item(0)->text().contains("/sets/")); // paths are in the tool tip
        QVERIFY(list->item(0)->toolTip().contains("/sets/train/b.jpg"));
        QSignalSpy opened(&panel, &LaunchPanel::openFileRequested);
        for (const int which : { 0, 1 }) {
            Q_EMIT list->itemClicked(list->item(0));
            auto *menu = list->findChild<QMenu *>();
            QVERIFY(menu);
            menu->actions().at(which)->trigger();
            delete menu;
        }
        QCOMPARE(opened.count(), 2);
        QCOMPARE(opened[0][0].toString(), QStringLiteral("/sets/val/a.png"));
        QCOMPARE(opened[1][0].toString(), QStringLiteral("/sets/train/b.jpg"));
    }

    void theEstimateSaysWhatFits()
    {
        LaunchPanel panel;
        panel.show();
        EstimateLine *line = panel.estimate();
        QVERIFY(line->memoryText().isEmpty() && line->timeText().isEmpty());
        RunEstimate estimate;
        estimate.source = RunEstimate::Source::Probe;
        estimate.freeMemory = 16e9;
        estimate.peakMemory = 4e9;
        estimate.epochs = 100;
        estimate.epochSeconds = 90;
        estimate.epochSpread = 9;
        estimate.totalSeconds = 9000;
        estimate.totalSpread = 720;
        line->setEstimate(estimate);
        QVERIFY2(line->memoryText().contains("4.0 GB of 16.0 GB"), qPrintable(line->memoryText()));
        QVERIFY2(line->timeText().contains("2.3 to 2.7 h for 100 epochs, one takes about 1.5 min"), qPrintable(line->timeText()));
        estimate.peakMemory = 15e9;
        line->setEstimate(estimate);
        QVERIFY2(line->memoryText().contains("tight"), qPrintable(line->memoryText()));
        estimate.peakMemory = 40e9;
        estimate.tried = false;
        line->setEstimate(estimate);
        QVERIFY2(line->memoryText().contains("will not fit") && line->memoryText().contains("40.0 GB"),
                 qPrintable(line->memoryText()));
        QVERIFY(line->noteText().contains("not tried"));
    }

    void nothingIsMeasuredBesideARun()
    {
        LaunchPanel panel;
        panel.show();
        panel.setConfig(fixtures::config(30));
        QSignalSpy asked(&panel, &LaunchPanel::measureRequested);
        QTest::mouseClick(panel.estimate()->measureButton(), Qt::LeftButton);
        QCOMPARE(asked.count(), 1);
        panel.setState(LaunchPanel::State::Running);
        QVERIFY(!panel.estimate()->measureButton()->isEnabled());
        panel.measure();
        QCOMPARE(asked.count(), 1);
        panel.setState(LaunchPanel::State::Idle);
        engine::TrainConfig bad = fixtures::config(30);
        bad.data.clear();
        panel.setConfig(bad);
        panel.measure(); // checked first, as a start is
        QCOMPARE(asked.count(), 1);
        QVERIFY(!panel.problemOf(QStringLiteral("data")).isEmpty());
    }

    void dropsTakeYamlFilesAndFolders()
    {
        QTemporaryDir folder;
        QFile yaml(folder.filePath(QStringLiteral("data.yaml")));
        QVERIFY(yaml.open(QIODevice::WriteOnly));
        yaml.close();
        const auto dropped = [](const QString &path) {
            QMimeData mime;
            mime.setUrls({ QUrl::fromLocalFile(path) });
            return DatasetLine::droppedDataset(mime);
        };
        QCOMPARE(dropped(yaml.fileName()), yaml.fileName());
        QCOMPARE(dropped(folder.path()), yaml.fileName());
        QVERIFY(dropped(QStringLiteral("/no/such/picture.png")).isEmpty());
        QVERIFY(DatasetLine::droppedDataset(QMimeData()).isEmpty());
    }

    void unavailableDevicesAreListedWithTheReason()
    {
        LaunchPanel panel;
        panel.setDevices(fixtures::devices());
        QComboBox *box = panel.deviceBox();
        QCOMPARE(box->count(), 3);
        const QModelIndex gpu = box->model()->index(1, 0);
        QVERIFY(!(gpu.flags() & Qt::ItemIsEnabled));
        QVERIFY(gpu.data(Qt::ToolTipRole).toString().contains(QStringLiteral("NVIDIA")));
        QVERIFY(box->model()->index(2, 0).flags() & Qt::ItemIsEnabled);
    }

    void theHubSwitchTellsOnlyOfClicks()
    {
        LaunchPanel panel;
        QSignalSpy toggles(&panel, &LaunchPanel::hubToggled);
        panel.setHub(true);
        QCOMPARE(toggles.count(), 0);
        QVERIFY(panel.config().hub);
        panel.hubToggle()->click();
        QCOMPARE(toggles.count(), 1);
        QCOMPARE(toggles[0][0].toBool(), false);
        QVERIFY(!panel.config().hub);
    }
};

QTEST_MAIN(TestUiLaunchPanel)
#include "test_ui_launch_panel.moc"

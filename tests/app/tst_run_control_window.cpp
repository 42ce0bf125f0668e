// SPDX-License-Identifier: GPL-3.0-or-later
// The production window with the real engine: pause, continue, a changed plan, a stop after an epoch; then
// its results, the model on pictures, and the report. No HUB.
#include "app/application.h"
#include "tests/app/instance.h"
#include "torchdeck/engine/sample_dataset.h"
#include "ui/charts/run_charts.h"
#include "ui/launch_panel.h"
#include "ui/main_window.h"
#include "ui/monitor/epoch_view.h"
#include "ui/monitor/pinned_view.h"
#include "ui/monitor/run_controls.h"
#include "ui/results/image_browser.h"
#include "ui/results/results_page.h"
#include "ui/results/try_model.h"
#include "ui/run_header.h"
#include "ui/run_panel.h"
#include "ui/theme.h"

#include <QtCore/QDir>
#include <QtTest/QtTest>
#include <QtWidgets/QFileDialog>
#include <QtWidgets/QMenu>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QSlider>

using namespace torchdeck;

namespace {

constexpr int longMs = 240'000;

QString shotFolder() { return qEnvironmentVariable("TORCHDECK_SHOTS"); }

void shoot(QWidget &window, const char *name)
{
    if (shotFolder().isEmpty())
        return;
    for (const bool dark : { false, true }) {
        QApplication::setPalette(ui::themePalette(dark ? ui::darkTheme() : ui::lightTheme()));
        QTest::qWait(700);
        QDir().mkpath(shotFolder());
        QVERIFY(window.grab().save(QStringLiteral("%1/%2-%3.png").arg(shotFolder(), QLatin1String(name),
                                                                      QLatin1String(dark ? "dark" : "light"))));
    }
}

} // namespace

class TestRunControlWindow : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void controlAndResults();

private:
    void start(app::Application &application);
    void control(app::Application &application);
    void lookAtResults(ui::MainWindow &window);
    void exportModel(ui::ResultsPage &page);

    Instance m_instance;
    std::string m_data;
};

void TestRunControlWindow::initTestCase()
{
    for (const char *name : { "CONFIG", "DATA", "STATE", "CACHE" })
        qputenv(QByteArray("XDG_") + name + "_HOME", (m_instance.root() + "/window/" + name).toUtf8());
    for (const char *name : { "ULTRALYTICS_HUB_API", "ULTRALYTICS_HUB_WEB", "HUB_API_KEY", "RANK" })
        qunsetenv(name);
    engine::SampleDatasetOptions sample;
    sample.trainImages = 16;
    sample.valImages = 8;
    sample.width = sample.height = 96;
    if (!shotFolder().isEmpty()) {
        sample.trainImages = 48;
        sample.width = sample.height = 160;
    }
    m_data = engine::makeSampleDataset((m_instance.root() + "/shapes").toStdString(), sample).string();
}

void TestRunControlWindow::start(app::Application &application)
{
    engine::TrainConfig config;
    config.data = m_data;
    config.model = "yolov8n.yaml";
    config.epochs = 30;
    config.imgsz = shotFolder().isEmpty() ? 64 : 160;
    config.batch = 4;
    config.device = "cpu";
    config.project = (m_instance.root() + "/runs").toStdString();
    config.hub = false;
    auto *launch = application.window().findChild<ui::LaunchPanel *>();
    launch->setConfig(config);
    QTRY_VERIFY(launch->startButton()->isEnabled());
    QTest::mouseClick(launch->startButton(), Qt::LeftButton);
    QTRY_VERIFY(application.controller().active());
}

void TestRunControlWindow::control(app::Application &application)
{
    ui::MainWindow &window = application.window();
    auto *header = window.findChild<ui::RunHeader *>();
    ui::RunControls *controls = header->controls();
    QSignalSpy batches(&application.controller(), &app::TrainingController::batchEnd);
    QSignalSpy epochs(&application.controller(), &app::TrainingController::fitEpochEnd);
    QTRY_VERIFY_WITH_TIMEOUT(batches.size() >= 2, longMs);
    QTest::mouseClick(controls->pauseButton(), Qt::LeftButton);
    QTRY_COMPARE_WITH_TIMEOUT(header->stateText(), QStringLiteral("Paused"), longMs);
    const auto before = batches.size();
    shoot(window, "paused");
    QTest::qWait(800);
    QCOMPARE(batches.size(), before); // it waits, and the window does not
    QTest::mouseClick(controls->pauseButton(), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(batches.size() > before, longMs);

    QTRY_VERIFY_WITH_TIMEOUT(epochs.size() >= 1, longMs);
    Q_EMIT controls->planChangeRequested({ 40, std::nullopt, std::nullopt });
    QVERIFY(header->planText().contains(QStringLiteral("40")));
    QTRY_COMPARE_WITH_TIMEOUT(controls->plan().epochs, 40, longMs);
    QTRY_VERIFY_WITH_TIMEOUT(header->planText().isEmpty(), longMs);
    const auto &markers = window.findChild<ui::RunCharts *>()->chart(ui::RunCharts::Metrics)->markers();
    QTRY_VERIFY_WITH_TIMEOUT(markers.size() == 2, longMs);
    QVERIFY2(markers[1].label.contains("30 \u2192 40"), qPrintable(markers[1].label));

    // Two other validation images are watched from the next validation on.
    auto *pinned = window.findChild<ui::RunPanel *>()->pinned();
    window.findChild<ui::RunPanel *>()->showTab(ui::RunPanel::PinnedTab);
    QTRY_VERIFY_WITH_TIMEOUT(pinned->shownEpoch() >= 0, longMs);
    QCOMPARE(pinned->pictures().size(), std::size_t(4));
    QSignalSpy told(pinned, &ui::PinnedView::notice);
    const QString val = QFileInfo(QString::fromStdString(m_data)).absolutePath() + QStringLiteral("/images/val/");
    const QStringList files = QDir(val).entryList(QDir::Files, QDir::Name);
    pinned->choose({ val + files.at(6), val + files.at(5) });
    QTRY_COMPARE_WITH_TIMEOUT(told.size(), 1, longMs);
    const auto chosenAt = epochs.size();
    QTRY_VERIFY_WITH_TIMEOUT(epochs.size() >= chosenAt + 2, longMs);
    QTRY_COMPARE_WITH_TIMEOUT(pinned->pictures().size(), std::size_t(2), longMs);

    if (!shotFolder().isEmpty()) { // long enough to have learnt something
        QTRY_VERIFY_WITH_TIMEOUT(epochs.size() >= 14, longMs);
        shoot(window, "training");
    }
    controls->stopAfterEpochAction()->trigger();
    QSignalSpy stopped(&application.controller(), &app::TrainingController::stopped);
    QTRY_COMPARE_WITH_TIMEOUT(stopped.size(), 1, longMs);
    const auto end = stopped.first().first().value<engine::Stopped>();
    QVERIFY(!end.end.best.empty());
    QVERIFY(epochs.last().first().value<engine::FitEpochEnd>().finalEval); // its best model was measured
    const ui::EpochView *view = window.findChild<ui::RunPanel *>()->epochs();
    QCOMPARE(view->archive().epochs().size(), std::size_t(end.end.epochsDone));
    const auto kept = ui::readPinnedEpochs(QString::fromStdString(end.end.saveDir.string()));
    QCOMPARE(kept.size(), std::size_t(end.end.epochsDone));
    QCOMPARE(kept.front().images.size(), std::size_t(4));
    QCOMPARE(kept.back().images.size(), std::size_t(2));
    QCOMPARE(kept.back().images[0].file, val + files.at(6)); // in the order they were chosen
    QVERIFY(!kept.back().images[0].truth.empty());
    QVERIFY(kept.back().unknown.isEmpty());
}

void TestRunControlWindow::lookAtResults(ui::MainWindow &window)
{
    auto *page = window.findChild<ui::ResultsPage *>();
    QTRY_VERIFY2_WITH_TIMEOUT(page->hasRun(), qPrintable(window.findChild<ui::RunPanel *>()->runFolder()), longMs);
    window.showPage(ui::MainWindow::Page::Results);
    QTRY_VERIFY(page->epochs()->shownEpoch() >= 0);
    QCOMPARE(page->results().summary.state, ui::RunState::Interrupted); // stopped after an epoch
    QVERIFY(page->results().worst.imagesSeen == 8);
    QVERIFY(!page->results().worst.images.empty()); // nobody learns shapes in two epochs
    shoot(window, "results");
    page->showTab(ui::ResultsPage::PinnedTab);
    QTRY_VERIFY_WITH_TIMEOUT(page->pinned()->shownEpoch() >= 0, 20'000);
    QCOMPARE(page->pinned()->slider()->maximum() + 1, int(page->epochs()->archive().epochs().size()));
    QTRY_VERIFY_WITH_TIMEOUT(page->pinned()->pictures()[0]->hasPicture(), 20'000);
    shoot(window, "pinned");
    page->showTab(ui::ResultsPage::WorstTab);
    QTRY_VERIFY_WITH_TIMEOUT(page->worst()->picture()->hasPicture(), 20'000);
    shoot(window, "worst");
    QCOMPARE(page->results().events.size(), std::size_t(4)); // paused, continued, changed, stopped

    page->showTab(ui::ResultsPage::TryTab);
    page->tryModel()->predict(QFileInfo(QString::fromStdString(m_data)).absolutePath() + "/images/val");
    QVERIFY(page->tryModel()->running());
    QTRY_VERIFY_WITH_TIMEOUT(!page->tryModel()->running(), longMs);
    QCOMPARE(page->tryModel()->browser()->model()->rowCount(), 8);
    shoot(window, "try");
    QVERIFY2(page->tryModel()->words().startsWith(QStringLiteral("8 pictures")),
             qPrintable(page->tryModel()->words()));
    page->tryModel()->predict(m_instance.root() + "/no/such/picture.png");
    QTRY_VERIFY_WITH_TIMEOUT(!page->tryModel()->running(), longMs);
    QVERIFY2(page->tryModel()->words().contains("picture.png"), qPrintable(page->tryModel()->words()));

    exportModel(*page);

    const QString report = m_instance.root() + "/report.html";
    page->writeReport(report);
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(report), 20'000);
}

/// Each format becomes a file that is a model; a failure is said and leaves nothing.
void TestRunControlWindow::exportModel(ui::ResultsPage &page)
{
    QSignalSpy notices(&page, &ui::ResultsPage::notice);
    const auto write = [&](int format, const QString &file) {
        page.exportButton()->menu()->actions().at(format)->trigger();
        auto *dialog = page.window()->findChild<QFileDialog *>();
        Q_EMIT dialog->fileSelected(file);
        delete dialog;
        const auto before = notices.size();
        [&] { QTRY_COMPARE_WITH_TIMEOUT(notices.size(), before + 1, longMs); }();
        return notices.last()[1].toBool() ? notices.last()[0].toString() : QString();
    };
    const QString own = page.results().checkpoint;
    const qint64 size = QFileInfo(own).size();
    QVERIFY(!write(0, own).isEmpty());
    QCOMPARE(QFileInfo(own).size(), size);
    QVERIFY(!write(0, m_instance.root() + "/no/such/folder/model.pt").isEmpty());
    for (int format = 0; format < page.exportButton()->menu()->actions().size(); ++format) {
        const QString file = QStringLiteral("%1/exported%2.pt").arg(m_instance.root()).arg(format);
        QCOMPARE(write(format, file), QString());
        page.tryModel()->setModel(file);
        page.tryModel()->predict(QFileInfo(QString::fromStdString(m_data)).absolutePath() + "/images/val");
        QTRY_VERIFY_WITH_TIMEOUT(!page.tryModel()->running(), longMs);
        QVERIFY2(page.tryModel()->words().startsWith(QStringLiteral("8 pictures")), qPrintable(page.tryModel()->words()));
    }
    QCOMPARE(QDir(m_instance.root()).entryList({ "exported*" }, QDir::Files | QDir::Hidden).size(), 2);
}

void TestRunControlWindow::controlAndResults()
{
    app::Application application;
    application.window().resize(1300, 850);
    application.show();
    QVERIFY(QTest::qWaitForWindowExposed(&application.window()));
    start(application);
    control(application);
    lookAtResults(application.window());
}

QTEST_MAIN(TestRunControlWindow)
#include "tst_run_control_window.moc"

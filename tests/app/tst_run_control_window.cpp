// SPDX-License-Identifier: GPL-3.0-or-later
// The production window with the real engine: pause, continue, a changed plan, a stop after an epoch. No
// HUB.
#include "app/application.h"
#include "tests/app/instance.h"
#include "torchdeck/engine/sample_dataset.h"
#include "ui/charts/run_charts.h"
#include "ui/launch_panel.h"
#include "ui/main_window.h"
#include "ui/monitor/run_controls.h"
#include "ui/run_header.h"
#include "ui/theme.h"

#include <QtCore/QDir>
#include <QtTest/QtTest>
#include <QtWidgets/QPushButton>

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
    void controlsARealRun();

private:
    void start(app::Application &application);
    void control(app::Application &application);

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
}

void TestRunControlWindow::controlsARealRun()
{
    app::Application application;
    application.window().resize(1300, 850);
    application.show();
    QVERIFY(QTest::qWaitForWindowExposed(&application.window()));
    start(application);
    control(application);
}

QTEST_MAIN(TestRunControlWindow)
#include "tst_run_control_window.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// What the window shows of a run before it starts, with the real engine on a generated set. No HUB.
// TORCHDECK_SHOTS=DIR (with a display) keeps pictures, light and dark.
#include "app/application.h"
#include "tests/app/instance.h"
#include "torchdeck/engine/sample_dataset.h"
#include "ui/argument_table.h"
#include "ui/dataset/dataset_details.h"
#include "ui/dataset_line.h"
#include "ui/dataset_problems.h"
#include "ui/disk_line.h"
#include "ui/duplicate_line.h"
#include "ui/estimate_line.h"
#include "ui/launch_panel.h"
#include "ui/main_window.h"
#include "ui/preview/augment_preview.h"
#include "ui/preview/preview_grid.h"
#include "ui/queue/queue_page.h"
#include "ui/runs/run_list_model.h"
#include "ui/runs/runs_page.h"
#include "ui/source_diff.h"
#include "ui/theme.h"

#include <QtCore/QDir>
#include <QtCore/QJsonArray>
#include <QtCore/QStorageInfo>
#include <QtTest/QtTest>
#include <QtWidgets/QListView>
#include <QtWidgets/QMenu>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QSpinBox>

using namespace torchdeck;

namespace {

constexpr int longMs = 240'000;

QString shotFolder() { return qEnvironmentVariable("TORCHDECK_SHOTS"); }

void shoot(QWidget &widget, const char *name)
{
    if (shotFolder().isEmpty())
        return;
    for (const bool dark : { true, false }) {
        QApplication::setPalette(ui::themePalette(dark ? ui::darkTheme() : ui::lightTheme()));
        QTest::qWait(900);
        QDir().mkpath(shotFolder());
        QVERIFY(widget.grab().save(QStringLiteral("%1/%2-%3.png").arg(shotFolder(), QLatin1String(name),
                                                                      QLatin1String(dark ? "dark" : "light"))));
    }
}

} // namespace

class TestLaunchWindow : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void previewFollowsTheForm();
    void previewSaysWhatIsWrong();
    void previewIsCancelled();
    void theCheckMeasuresBoxes();
    void aRunThatCannotFitIsToldAndRefused();
    void twinsAreFoundByThemselves();
    void measuresARun();
    void aRunEndsTheMeasurementAndIsRemembered();
    void aRunIsTrainedAgainWithAChange();
    void theCommandLineMeasuresToo();

private:
    [[nodiscard]] engine::TrainConfig config() const;
    [[nodiscard]] ui::LaunchPanel *launch() const { return m_application->window().findChild<ui::LaunchPanel *>(); }
    void setArgument(const char *name, const char *value) const;
    ui::AugmentPreview *openPreview();

    Instance m_instance;
    std::string m_data;
    std::unique_ptr<app::Application> m_application;
};

void TestLaunchWindow::initTestCase()
{
    for (const char *name : { "CONFIG", "DATA", "STATE", "CACHE" })
        qputenv(QByteArray("XDG_") + name + "_HOME", (m_instance.root() + "/window/" + name).toUtf8());
    for (const char *name : { "ULTRALYTICS_HUB_API", "ULTRALYTICS_HUB_WEB", "HUB_API_KEY", "RANK" })
        qunsetenv(name);
    engine::SampleDatasetOptions sample;
    sample.trainImages = 40;
    sample.valImages = 10;
    sample.width = sample.height = shotFolder().isEmpty() ? 96 : 320;
    m_data = engine::makeSampleDataset((m_instance.root() + "/shapes").toStdString(), sample).string();
}

void TestLaunchWindow::init()
{
    m_application = std::make_unique<app::Application>();
    m_application->show();
    launch()->setConfig(config());
}

void TestLaunchWindow::cleanup() { m_application.reset(); }

engine::TrainConfig TestLaunchWindow::config() const
{
    engine::TrainConfig config;
    config.data = m_data;
    config.model = "yolov8n.yaml";
    config.epochs = 30;
    config.imgsz = shotFolder().isEmpty() ? 64 : 320;
    config.batch = 8;
    config.device = "cpu";
    config.project = (m_instance.root() + "/runs").toStdString();
    config.hub = false;
    return config;
}

void TestLaunchWindow::setArgument(const char *name, const char *value) const
{
    ui::ArgumentTableModel *model = launch()->argumentModel();
    QVERIFY(model->setData(model->index(model->rowOf(QLatin1String(name)), ui::ArgumentTableModel::Value),
                           QLatin1String(value), Qt::EditRole));
}

ui::AugmentPreview *TestLaunchWindow::openPreview()
{
    QTest::mouseClick(launch()->dataset()->previewButton(), Qt::LeftButton);
    return m_application->window().findChild<ui::AugmentPreview *>();
}

void TestLaunchWindow::previewFollowsTheForm()
{
    ui::AugmentPreview *preview = openPreview();
    QVERIFY(preview && preview->isVisible());
    ui::PreviewGrid *grid = preview->grid();
    const auto settled = [&] { return !preview->working() && grid->shownImages() == ui::PreviewGrid::cells; };
    QTRY_VERIFY_WITH_TIMEOUT(settled(), longMs);
    QVERIFY(preview->problem().isEmpty());
    QVERIFY(!grid->words(0).isEmpty());
    shoot(*preview, "preview");

    // What is shown is what the engine makes of these arguments.
    std::vector<engine::PreviewImage> wanted;
    engine::BatchPreviewer previewer;
    (void)previewer.make(
        launch()->config(), 0, ui::PreviewGrid::cells,
        [&](engine::PreviewImage image) { wanted.push_back(std::move(image)); }, {});
    for (int i = 0; i < ui::PreviewGrid::cells; ++i) {
        const engine::PreviewImage &image = wanted[std::size_t(i)];
        QCOMPARE(grid->image(i), QImage(image.rgb->data(), image.width, image.height, 3 * image.width,
                                        QImage::Format_RGB888));
    }

    const QImage first = grid->image(0);
    setArgument("mosaic", "0");
    QTRY_VERIFY_WITH_TIMEOUT(settled() && grid->image(0) != first, longMs);
    const QImage single = grid->image(0);
    QTest::mouseClick(preview->anotherButton(), Qt::LeftButton);
    QCOMPARE(preview->epochField()->value(), 2);
    QTRY_VERIFY_WITH_TIMEOUT(settled() && grid->image(0) != single, longMs);
    setArgument("mosaic", "1");
    QTRY_VERIFY_WITH_TIMEOUT(settled(), longMs);
    preview->epochField()->setValue(25);
    QTRY_VERIFY_WITH_TIMEOUT(settled() && preview->facts().contains("close_mosaic"), longMs);

    QTest::mouseClick(grid, Qt::LeftButton, {}, grid->cellRect(5).center());
    QCOMPARE(grid->zoomed(), 5);
    QCOMPARE(preview->facts(), grid->words(5));
    QTest::keyClick(grid, Qt::Key_Right);
    QCOMPARE(grid->zoomed(), 6);
    shoot(*preview, "preview-one");
    QTest::keyClick(grid, Qt::Key_Escape);
    QCOMPARE(grid->zoomed(), -1);
    QVERIFY(preview->isVisible());
    QTest::keyClick(preview, Qt::Key_Escape);
    QVERIFY(!preview->isVisible());
}

void TestLaunchWindow::previewSaysWhatIsWrong()
{
    ui::AugmentPreview *preview = openPreview();
    QTRY_VERIFY_WITH_TIMEOUT(!preview->working(), longMs);
    launch()->dataset()->setPath(m_instance.root() + "/nowhere/data.yaml");
    QTRY_VERIFY_WITH_TIMEOUT(preview->problem().contains("nowhere"), longMs);
    QCOMPARE(preview->grid()->shownImages(), 0);
    shoot(*preview, "preview-problem");
    launch()->dataset()->setPath({});
    QTRY_VERIFY_WITH_TIMEOUT(preview->problem().contains("Choose a data set"), longMs);
    launch()->dataset()->setPath(QString::fromStdString(m_data));
    QTRY_VERIFY_WITH_TIMEOUT(preview->grid()->shownImages() == ui::PreviewGrid::cells, longMs);
    QVERIFY(preview->problem().isEmpty());
}

void TestLaunchWindow::previewIsCancelled()
{
    engine::TrainConfig large = config();
    large.imgsz = 2048; // takes a while
    launch()->setConfig(large);
    ui::AugmentPreview *preview = openPreview();
    QVERIFY(preview->working());
    QTest::mouseClick(preview->cancelButton(), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(!preview->working(), longMs);
    QVERIFY(preview->grid()->shownImages() < ui::PreviewGrid::cells);
    QVERIFY(preview->problem().isEmpty());
    launch()->setConfig(config()); // and goes on with the next change
    QTRY_VERIFY_WITH_TIMEOUT(preview->grid()->shownImages() == ui::PreviewGrid::cells && !preview->working(), longMs);
    preview->close(); // closing in the middle is no trouble either
    launch()->setConfig(large);
    preview->show();
    preview->close();
    QTRY_VERIFY_WITH_TIMEOUT(!preview->working(), longMs);
}

void TestLaunchWindow::theCheckMeasuresBoxes()
{
    ui::DatasetDetails *details = launch()->dataset()->details();
    QTRY_VERIFY_WITH_TIMEOUT(details->isVisible(), longMs);
    QVERIFY2(details->sizeText().contains(QStringLiteral("At %1 px").arg(config().imgsz)), qPrintable(details->sizeText()));
    details->showAll(true);
    shoot(m_application->window(), "launch-data-set");
}

void TestLaunchWindow::aRunThatCannotFitIsToldAndRefused()
{
    if (QStorageInfo(m_instance.root()).bytesAvailable() > 3'000'000'000'000)
        QSKIP("This disk has room for the run.");
    engine::TrainConfig endless = config();
    endless.epochs = 100'000; // of 36 MB each
    endless.savePeriod = 1;
    endless.patience = 0;
    launch()->setConfig(endless);
    QTRY_VERIFY_WITH_TIMEOUT(launch()->disk()->estimate().tooLarge(), longMs);
    QVERIFY(launch()->disk()->isVisible());
    QSignalSpy starts(launch(), &ui::LaunchPanel::startRequested);
    launch()->start();
    QCOMPARE(starts.count(), 0);
    launch()->setConfig(config());
    QTRY_VERIFY_WITH_TIMEOUT(launch()->disk()->estimate().known() && !launch()->disk()->estimate().tooLarge(), longMs);
}

void TestLaunchWindow::twinsAreFoundByThemselves()
{
    // A set of its own: one validation image is a training image in another format and size.
    engine::SampleDatasetOptions sample;
    sample.trainImages = 30;
    sample.valImages = 6;
    const QString folder = m_instance.root() + "/twins";
    const QString yaml = QString::fromStdString(engine::makeSampleDataset(folder.toStdString(), sample).string());
    ui::DatasetLine *dataset = launch()->dataset();
    // Nothing is to be opened on the machine that tests.
    QObject::disconnect(&m_application->window(), &ui::MainWindow::openUrlRequested, nullptr, nullptr);
    QSignalSpy asked(&m_application->window(), &ui::MainWindow::openUrlRequested);
    dataset->setPath(yaml);
    QTRY_VERIFY_WITH_TIMEOUT(dataset->duplicates()->words().contains("No near duplicates"), longMs);
    QCOMPARE(dataset->problemList()->count(), 0);

    const QDir train(folder + "/images/train"), val(folder + "/images/val");
    const QString source = train.entryList(QDir::Files).at(3);
    const QString base = QFileInfo(source).completeBaseName();
    QVERIFY(QImage(train.filePath(source)).scaled(200, 200, Qt::IgnoreAspectRatio, Qt::SmoothTransformation)
                .save(val.filePath("twin.jpg"), "JPG", 85));
    QVERIFY(QFile::copy(folder + "/labels/train/" + base + ".txt", folder + "/labels/val/twin.txt"));
    QVERIFY(QFile::copy(train.filePath(train.entryList(QDir::Files).at(5)), val.filePath("equal.png")));
    QVERIFY(QFile::copy(folder + "/labels/train/" + QFileInfo(train.entryList(QDir::Files).at(5)).completeBaseName()
                            + ".txt",
                        folder + "/labels/val/equal.txt"));
    dataset->setPath({});
    dataset->setPath(yaml);
    QTRY_VERIFY_WITH_TIMEOUT(dataset->duplicates()->words().contains("1 near duplicate of"), longMs);
    ui::DatasetProblems *list = dataset->problemList();
    QCOMPARE(list->count(), 2); // equal.png byte for byte, twin.jpg by its looks
    QVERIFY(list->item(0)->text().contains("equal.png"));
    QVERIFY2(list->item(1)->text().contains("twin.jpg") && list->item(1)->text().contains(source),
             qPrintable(list->item(1)->text()));
    shoot(m_application->window(), "twins");
    for (int row = 0; row < 2; ++row) {
        Q_EMIT list->itemClicked(list->item(row));
        auto *menu = list->findChild<QMenu *>();
        QVERIFY(menu && menu->actions().size() == 2);
        menu->actions().at(1)->trigger();
        delete menu;
    }
    const QJsonObject json = m_instance.run({ "dataset", "check", yaml, "--duplicates", "--json" }, longMs).json();
    const QJsonArray pairs = json["near_duplicates"].toArray();
    QCOMPARE(pairs.size(), 1);
    QVERIFY(pairs[0]["val"].toString().endsWith("twin.jpg"));
    QVERIFY(pairs[0]["train"].toString().endsWith(source));
    QCOMPARE(asked.count(), 2);
    QCOMPARE(asked[1][0].toUrl().toLocalFile(), train.filePath(source));
}

void TestLaunchWindow::measuresARun()
{
    m_application->setProgram(QStringLiteral(TORCHDECK_BINARY));
    ui::EstimateLine *estimate = launch()->estimate();
    QTRY_VERIFY_WITH_TIMEOUT(launch()->dataset()->facts().contains("40 train"), longMs);
    QTRY_VERIFY_WITH_TIMEOUT(estimate->noteText().contains("memory free"),
                             longMs);
    QTest::mouseClick(estimate->measureButton(), Qt::LeftButton);
    QVERIFY(estimate->working());
    QTest::mouseClick(estimate->cancelButton(), Qt::LeftButton);
    QVERIFY(!estimate->working());
    QTRY_VERIFY_WITH_TIMEOUT(estimate->noteText().contains("Not measured"), longMs);

    QSignalSpy progress(&m_application->window(), &ui::MainWindow::measureRequested);
    launch()->measure();
    QCOMPARE(progress.count(), 1);
    QTRY_VERIFY_WITH_TIMEOUT(estimate->noteText().contains("Measuring: batch") || !estimate->working(), longMs);
    shoot(m_application->window(), "measuring");
    QTRY_VERIFY_WITH_TIMEOUT(!estimate->working(), longMs);
    QTRY_VERIFY2_WITH_TIMEOUT(estimate->noteText().contains("measurement of some batches"),
                              qPrintable(estimate->noteText()), longMs);
    QVERIFY2(estimate->memoryText().startsWith("Memory: about"), qPrintable(estimate->memoryText()));
    QVERIFY2(estimate->timeText().contains("30 epochs"), qPrintable(estimate->timeText()));
    shoot(m_application->window(), "measured");

    engine::TrainConfig other = config();
    other.batch = 4;
    launch()->setConfig(other);
    QTRY_VERIFY_WITH_TIMEOUT(estimate->noteText().contains("Not measured"), longMs);
    m_application.reset();
    m_application = std::make_unique<app::Application>(); // the next start knows it still
    launch()->setConfig(config());
    QTRY_VERIFY_WITH_TIMEOUT(launch()->estimate()->noteText().contains("measurement of some batches"), longMs);
}

void TestLaunchWindow::aRunEndsTheMeasurementAndIsRemembered()
{
    m_application->setProgram(QStringLiteral(TORCHDECK_BINARY));
    engine::TrainConfig shortRun = config();
    shortRun.epochs = 2;
    shortRun.batch = 10;
    shortRun.imgsz = 64;
    launch()->setConfig(shortRun);
    ui::EstimateLine *estimate = launch()->estimate();
    QTRY_VERIFY_WITH_TIMEOUT(launch()->dataset()->facts().contains("40 train"), longMs);
    launch()->measure();
    QVERIFY(estimate->working());
    launch()->start();
    QTRY_VERIFY_WITH_TIMEOUT(m_application->controller().active(), longMs);
    QVERIFY(!estimate->working());
    QVERIFY(!estimate->measureButton()->isEnabled());
    launch()->measure(); // nor by the menu
    QVERIFY(!estimate->working());
    QTRY_VERIFY_WITH_TIMEOUT(!m_application->controller().active(), longMs);
    QTRY_VERIFY2_WITH_TIMEOUT(estimate->noteText().contains("1 earlier run"), qPrintable(estimate->noteText()), longMs);
    QVERIFY(estimate->measureButton()->isEnabled());
    QVERIFY(estimate->timeText().contains("2 epochs"));
    QVERIFY(!estimate->memoryText().isEmpty());
}

/// Runs page, Duplicate, another argument, queue, Edit, and the queue trains it.
void TestLaunchWindow::aRunIsTrainedAgainWithAChange()
{
    ui::MainWindow &window = m_application->window();
    engine::TrainConfig first = config();
    first.epochs = 2;
    first.batch = 10;
    first.project = (m_instance.root() + "/again").toStdString();
    first.name = "first_1";
    launch()->setConfig(first);
    launch()->start();
    QTRY_VERIFY_WITH_TIMEOUT(m_application->controller().active(), longMs);
    QTRY_VERIFY_WITH_TIMEOUT(!m_application->controller().active(), longMs);

    auto *runs = window.findChild<ui::RunsPage *>();
    const QString folder = QString::fromStdString(first.project + "/first_1");
    window.setRunFolders({ QString::fromStdString(first.project) });
    QTRY_VERIFY_WITH_TIMEOUT(runs->model()->rowOf(folder) >= 0, longMs);
    runs->selectRun(folder);
    QPushButton *duplicate = nullptr;
    for (QPushButton *button : runs->findChildren<QPushButton *>())
        duplicate = button->text() == QLatin1String("Duplicate") ? button : duplicate;
    QVERIFY(duplicate);
    QTRY_VERIFY_WITH_TIMEOUT(duplicate->isEnabled(), longMs);
    launch()->setConfig(config());
    duplicate->click();
    const ui::SourceDiff *source = launch()->source();
    QVERIFY(source->isVisible());
    QVERIFY(source->changes().empty());
    QCOMPARE(launch()->config().epochs, 2);
    QCOMPARE(launch()->config().batch, 10);
    setArgument("lr0", "0.02");
    QCOMPARE(source->changes().size(), std::size_t(1));
    setArgument("project", (first.project).c_str());
    setArgument("name", "second_1");

    launch()->queueButton()->click();
    auto *page = window.findChild<ui::QueuePage *>();
    const int row = page->list()->model()->rowCount() - 1;
    Q_EMIT page->editRequested(row);
    setArgument("optimizer", "SGD");
    QCOMPARE(source->changes().size(), std::size_t(1));
    QCOMPARE(source->changes().front().argument, QStringLiteral("optimizer"));
    launch()->queueButton()->click();
    QCOMPARE(page->list()->model()->rowCount(), row + 1);
    page->startButton()->click();
    QTRY_VERIFY_WITH_TIMEOUT(m_application->controller().active(), longMs);
    QTRY_VERIFY_WITH_TIMEOUT(!m_application->controller().active(), longMs);
    QFile args(QString::fromStdString(first.project + "/second_1/args.yaml"));
    QVERIFY(args.open(QIODevice::ReadOnly));
    const QByteArray text = args.readAll();
    QVERIFY2(text.contains("\nlr0: 0.02\n") && text.contains("\noptimizer: SGD\n") && text.contains("\nepochs: 2\n"),
             text.constData());
}

void TestLaunchWindow::theCommandLineMeasuresToo()
{
    const QString data = QStringLiteral("data=") + QString::fromStdString(m_data);
    const QStringList common { "estimate", "--json", "model=yolov8n.yaml", data, "device=cpu", "imgsz=64" };
    Instance::Result result = m_instance.run(common + QStringList { "batch=8", "epochs=3" }, longMs);
    QCOMPARE(result.code, 0);
    const QJsonObject json = result.json();
    QCOMPARE(json["train_images"].toInt(), 40);
    QCOMPARE(json["val_images"].toInt(), 10);
    QCOMPARE(json["accumulate"].toInt(), 8);
    QVERIFY(json["peak_memory"].toDouble() > 1e8); // LibTorch alone takes that
    QVERIFY(json["peak_memory"].toDouble() < json["free_memory"].toDouble());
    QVERIFY(!json["step_seconds"].toArray().isEmpty() && !json["optimizer_step_seconds"].toArray().isEmpty());
    QVERIFY(json["val_seconds_per_image"].toDouble() > 0);
    QVERIFY(!m_instance.files().join(' ').contains("probe")); // nothing stays

    result = m_instance.run({ "estimate", "--json", "model=yolov8n.yaml", data, "device=cpu", "imgsz=640", "batch=4096" },
                            longMs); // hundreds of gigabytes: not tried, but said
    QCOMPARE(result.code, 1);
    QCOMPARE(result.json()["peak_memory"].toDouble(), 0.0);
    QVERIFY(result.json()["predicted_memory"].toDouble() > result.json()["free_memory"].toDouble());
    QVERIFY(result.err.contains("does not fit"));

    result = m_instance.run({ "estimate", "--json", "model=yolov9.yaml", data }, longMs);
    QCOMPARE(result.code, 2);
    QCOMPARE(result.json()["field"].toString(), QStringLiteral("model"));
}

QTEST_MAIN(TestLaunchWindow)
#include "tst_launch_window.moc"

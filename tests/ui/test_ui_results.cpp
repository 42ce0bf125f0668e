// SPDX-License-Identifier: GPL-3.0-or-later
// What a finished run shows: numbers, curves, worst images, the model to try, the report.
#include "tests/ui/fixtures.h"
#include "tests/ui/run_folders.h"
#include "ui/main_window.h"
#include "ui/monitor/epoch_view.h"
#include "ui/results/image_browser.h"
#include "ui/results/results_page.h"
#include "ui/results/try_model.h"
#include "ui/run_header.h"

#include <QtCore/QFile>
#include <QtCore/QMimeData>
#include <QtGui/QDropEvent>
#include <QtTest/QAbstractItemModelTester>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>
#include <QtWidgets/QFileDialog>
#include <QtWidgets/QListView>
#include <QtWidgets/QMenu>
#include <QtWidgets/QProgressBar>
#include <QtWidgets/QPushButton>

using namespace torchdeck;
using namespace torchdeck::ui;

namespace {

const char *const evil = "<script>alert('x')</script> & \"co\"";

void writeText(const QString &path, const QByteArray &text)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(text);
}

QString picture(const QTemporaryDir &dir, const QString &name)
{
    QImage image(320, 200, QImage::Format_RGB32);
    image.fill(Qt::darkGray);
    const QString file = dir.filePath(name);
    image.save(file);
    return file;
}

/// A run folder with everything a run of ours leaves.
QString wholeRun(const QTemporaryDir &dir)
{
    const QString folder =
        fixtures::RunFiles(dir, QStringLiteral("train")).epochs(8, 8).best(6).lastPt().aged().write();
    writeText(folder + "/weights/best.pt", "x");
    engine::EpochArchive archive;
    for (int i = 0; i < 8; ++i) {
        engine::FitEpochEnd event = fixtures::epochEnd(i, 8);
        event.classes[0].name = evil;
        fixtures::addDetails(event, 3);
        archive.add(engine::detailsOf(event));
    }
    archive.write(folder.toStdString());
    engine::RunEvent event;
    event.position = 3;
    event.text = std::string("epochs 6 -> 8") + evil;
    engine::appendRunEvent(folder.toStdString(), event);
    const QString image = picture(dir, QStringLiteral("a & b.png"));
    writeText(
        folder + "/worst_images.json",
        QStringLiteral(
            "{\"confidence\": 0.3, \"images_seen\": 9, \"classes\": [\"one\", \"two\"], \"images\": ["
            "{\"image\": \"%1\", \"width\": 640, \"height\": 400, \"f1\": 0.25, \"truth\": [[0, 10, 10, 90, "
            "90, "
            "1, 1], [1, 200, 100, 300, 300, 1, 0]], \"found\": [[0, 12, 9, 91, 88, 0.9, 1], [1, 400, 20, "
            "500, "
            "90, 0.4, 0]]}, {\"image\": \"/gone/elsewhere.png\", \"width\": 5, \"height\": 5, \"f1\": 0.5, "
            "\"truth\": [[]], \"found\": 7}]}")
            .arg(image)
            .toUtf8());
    writeText(folder + "/hub.json",
              "{\"local_id\": \"l1\", \"model_id\": \"m42\", \"api_root\": \"http://localhost:9/api\", "
              "\"web_root\": "
              "\"http://localhost:9\"}");
    writeText(folder + "/torchdeck.json", QByteArray("{\"note\": \"") + "<b>mine</b>" + "\"}");
    return folder;
}

} // namespace

class TestUiResults : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void worstImagesAreRead()
    {
        const QTemporaryDir dir;
        const RunResults results = readResults(wholeRun(dir));
        QVERIFY(results.found);
        QCOMPARE(results.worst.imagesSeen, 9);
        QCOMPARE(results.worst.images.size(), std::size_t(2));
        const ImageEntry &first = results.worst.images[0];
        QCOMPARE(first.boxes.size(), std::size_t(3)); // the truth that was found stands behind its detection
        QCOMPARE(std::ranges::count(first.boxes, ImageBox::Kind::Missed, &ImageBox::kind), 1);
        QCOMPARE(std::ranges::count(first.boxes, ImageBox::Kind::False, &ImageBox::kind), 1);
        QVERIFY2(first.detail.contains("1 missed") && first.detail.contains("1 false"),
                 qPrintable(first.detail));
        for (const char *broken : { "", "[]", "{}", "{\"images\": 3}", "{\"images\": [" })
            QVERIFY(!parseWorstImages(broken));
        QVERIFY(!readResults(dir.filePath("none")).found);
    }

    void thePageShowsARun()
    {
        const QTemporaryDir dir;
        const QString folder = wholeRun(dir);
        ResultsPage page;
        page.resize(1100, 700);
        page.show();
        QSignalSpy loaded(&page, &ResultsPage::loaded);
        page.showRun(folder);
        QTRY_COMPARE(loaded.size(), 1);
        QCOMPARE(page.tile(ResultsPage::Best)->value(), QStringLiteral("6"));
        QCOMPARE(page.epochs()->shownEpoch(), 5); // the best one first
        QVERIFY(page.viewButton()->isVisible());
        QSignalSpy url(&page, &ResultsPage::openUrlRequested);
        page.viewButton()->click();
        QCOMPARE(url.first().first().toUrl(), QUrl("http://localhost:9/models/m42"));
        page.showTab(ResultsPage::WorstTab);
        QCOMPARE(page.worst()->model()->rowCount(), 2);
        QTRY_VERIFY(page.worst()->picture()->hasPicture());
        QCOMPARE(page.worst()->picture()->drawnBoxes(), std::size_t(3));
        page.worst()->list()->setCurrentIndex(page.worst()->model()->index(1));
        QTRY_VERIFY(!page.worst()->picture()->hasPicture()); // moved away: told, not shown
        QVERIFY(!page.grab().isNull());
        QSignalSpy notices(&page, &ResultsPage::notice);
        page.showRun(dir.filePath("none"), true);
        page.showRun(dir.filePath("none"));
        QTRY_COMPARE(notices.size(), 1);
        QVERIFY(page.hasRun()); // the run before stays in view
    }

    void theReportStandsAlone()
    {
        const QTemporaryDir dir;
        const QString folder = wholeRun(dir), file = dir.filePath("report.html");
        ResultsPage page;
        QSignalSpy loaded(&page, &ResultsPage::loaded), notices(&page, &ResultsPage::notice);
        page.showRun(folder);
        QTRY_COMPARE(loaded.size(), 1);
        page.writeReport(file);
        QTRY_COMPARE(notices.size(), 1);
        QCOMPARE(notices.first()[1].toBool(), false);
        QFile html(file);
        QVERIFY(html.open(QIODevice::ReadOnly));
        const QByteArray text = html.readAll();
        QVERIFY(!text.contains("<script"));
        QVERIFY(text.contains("&lt;script&gt;"));
        QVERIFY(!text.contains("<b>mine"));
        QVERIFY(!text.contains("src=\"/") && !text.contains("href=") && !text.contains("url("));
        QVERIFY(!text.contains(dir.path().toUtf8())); // nobody learns where it lay
        QVERIFY(text.contains("src=\"data:image/jpeg;base64,"));
        QVERIFY(text.contains("<polyline") && text.contains("a &amp; b.png"));
        QVERIFY(!saveReport(page.results(), dir.filePath("no/such/folder/r.html")).isEmpty());
    }

    void theModelIsExportedInEveryFormatOfTheList()
    {
        const QTemporaryDir dir;
        const QString folder = wholeRun(dir);
        ResultsPage page;
        QVERIFY(!page.exportButton()->isEnabled());
        QSignalSpy loaded(&page, &ResultsPage::loaded), notices(&page, &ResultsPage::notice);
        QSignalSpy asked(&page, &ResultsPage::exportRequested);
        page.showRun(folder);
        QTRY_COMPARE(loaded.size(), 1);
        const auto formats = exportFormats();
        const auto actions = page.exportButton()->menu()->actions();
        QCOMPARE(actions.size(), formats.size());
        for (int i = 0; i < int(formats.size()); ++i) {
            QVERIFY(page.exportButton()->isEnabled());
            actions[i]->trigger();
            auto *dialog = page.findChild<QFileDialog *>();
            QVERIFY(dialog);
            const QString file = dir.filePath(QStringLiteral("out%1.pt").arg(i));
            Q_EMIT dialog->fileSelected(file);
            delete dialog;
            QCOMPARE(asked.size(), i + 1);
            const auto wish = asked.last()[0].value<ExportWish>();
            QCOMPARE(int(wish.kind), int(formats[i].kind));
            QCOMPARE(wish.file, file);
            QVERIFY(wish.checkpoint.startsWith(folder) && wish.checkpoint.endsWith(".pt"));
            QVERIFY(!page.exportButton()->isEnabled()); // one at a time, and the page says that it goes on
            page.setExportEnded(wish, i == 0 ? QString() : QStringLiteral("The disk is full."));
            QCOMPARE(notices.size(), i + 1);
            QCOMPARE(notices.last()[1].toBool(), i != 0);
        }
    }

    void theModelIsTriedOnPictures()
    {
        const QTemporaryDir dir;
        TryModel view;
        const QAbstractItemModelTester tester(view.browser()->model(),
                                              QAbstractItemModelTester::FailureReportingMode::QtTest);
        view.resize(800, 500);
        view.show();
        QSignalSpy asked(&view, &TryModel::predictRequested), cancelled(&view, &TryModel::cancelRequested);
        view.predict(dir.path());
        QCOMPARE(asked.size(), 0); // no model
        view.setModel(QStringLiteral("/run/weights/best.pt"));
        const QString file = picture(dir, QStringLiteral("one.png"));
        QMimeData mime;
        mime.setUrls({ QUrl::fromLocalFile(file) });
        QDragEnterEvent enter(QPoint(50, 50), Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(&view, &enter);
        QVERIFY(enter.isAccepted());
        QDropEvent drop(QPointF(50, 50), Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(&view, &drop);
        QCOMPARE(asked.size(), 1);
        const auto config = asked.first().first().value<engine::PredictConfig>();
        QCOMPARE(config.source, file.toStdString());
        QVERIFY(!config.save);
        QVERIFY(view.running());
        engine::ImagePredictions found;
        found.image = file.toStdString();
        found.number = 1;
        found.total = 2;
        found.width = 320;
        found.height = 200;
        found.boxes = { { 0, 0.9, 10, 10, 60, 60, "one" }, { 1, 0.1, 90, 10, 160, 60, "two" } };
        found.summary = "1 one, 1 two";
        view.addResult(found);
        QTRY_VERIFY(view.browser()->picture()->hasPicture());
        QCOMPARE(view.browser()->picture()->drawnBoxes(),
                 std::size_t(1)); // the other one is under the slider
        view.cancelButton()->click();
        QCOMPARE(cancelled.size(), 1);
        view.setEnded({});
        QVERIFY(!view.running());
        QVERIFY2(view.words().contains("Cancelled after 1"), qPrintable(view.words()));
        view.predict(file);
        view.setEnded(QStringLiteral("It broke."));
        QCOMPARE(view.words(), QStringLiteral("It broke."));
        view.addResult(found); // late
        QCOMPARE(view.browser()->model()->rowCount(), 0);
    }

    void theWindowOpensThem()
    {
        const QTemporaryDir dir;
        const QString folder = wholeRun(dir);
        MainWindow window;
        window.show();
        auto *page = window.findChild<ResultsPage *>();
        QVERIFY(page && !page->isVisible());
        window.showResults(folder);
        QTRY_VERIFY(page->hasRun());
        QVERIFY(page->isVisible());
        QSignalSpy predict(&window, &MainWindow::predictRequested);
        page->tryModel()->predict(dir.filePath("a & b.png"));
        QCOMPARE(predict.size(), 1);
        window.onPredictionEnded(QStringLiteral("No such file."));
        QVERIFY(!page->tryModel()->running());
    }
};

QTEST_MAIN(TestUiResults)
#include "test_ui_results.moc"

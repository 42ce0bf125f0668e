// SPDX-License-Identifier: GPL-3.0-or-later
// Charts: decimation, zoom and pan, linked crosshair, logarithmic axis, export, values as a table.
#include "tests/ui/fixtures.h"
#include "tests/ui/run_folders.h"
#include "ui/charts/chart_export.h"
#include "ui/charts/run_charts.h"

#include <QtCharts/QChart>
#include <QtCharts/QLogValueAxis>
#include <QtCore/QElapsedTimer>
#include <QtCore/QTemporaryDir>
#include <QtGui/QWheelEvent>
#include <QtTest/QAbstractItemModelTester>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>

#include <algorithm>
#include <cmath>
#include <random>

using namespace torchdeck;
using namespace torchdeck::ui;

namespace {

std::vector<ChartPoint> noisy(std::size_t count)
{
    std::mt19937 random(7);
    std::normal_distribution<double> noise(0, 0.1);
    std::vector<ChartPoint> points(count);
    for (std::size_t i = 0; i < count; ++i)
        points[i] = { static_cast<double>(i), 2 + std::sin(static_cast<double>(i) / 5000.0) + noise(random) };
    return points;
}

std::unique_ptr<LineChart> shown(std::vector<ChartPoint> points)
{
    auto chart = std::make_unique<LineChart>();
    chart->resize(900, 400);
    chart->addLine({ QStringLiteral("loss, raw") });
    chart->show();
    (void)QTest::qWaitForWindowExposed(chart.get());
    chart->setLine(0, std::move(points));
    chart->fitAxes(false, true);
    QCoreApplication::processEvents();
    return chart;
}

} // namespace

class TestUiCharts : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyColumnShowsItsExtremes()
    {
        std::vector<ChartPoint> points = noisy(100'000);
        points[71'234].y = 40; // one spike of one point
        points[12].y = -7;
        DecimatedLine line;
        line.setPoints(points);
        for (const auto &[x0, x1] : { std::pair { 0.0, 99'999.0 }, { 60'000.5, 80'000.25 }, { 71'000.0, 71'500.0 } }) {
            const int columns = 640;
            const auto drawn = line.visible(x0, x1, columns);
            QVERIFY(drawn.size() <= 2 * columns + 2);
            QVERIFY(std::is_sorted(drawn.begin(), drawn.end(),
                                   [](const auto &a, const auto &b) { return a.x < b.x; }));
            QVERIFY(drawn.front().x <= x0 && drawn.back().x >= std::min(x1, points.back().x)); // reaches the edges
            for (int column = 0; column < columns; ++column) { // against the plain search
                const double a = x0 + (x1 - x0) * column / columns, b = x0 + (x1 - x0) * (column + 1) / columns;
                double low = 1e9, high = -1e9, seenLow = 1e9, seenHigh = -1e9;
                const auto take = [a, b](const auto &all, double &min, double &max) {
                    for (const ChartPoint &p : all) {
                        if (p.x >= a && p.x < b) {
                            min = std::min(min, p.y);
                            max = std::max(max, p.y);
                        }
                    }
                };
                if (column % 37 != 0)
                    continue;
                take(points, low, high);
                take(drawn, seenLow, seenHigh);
                QCOMPARE(seenLow, low);
                QCOMPARE(seenHigh, high);
            }
            const auto [low, high] = line.range(x0, x1);
            double min = 1e9, max = -1e9;
            for (const ChartPoint &p : points) {
                if (p.x >= x0 && p.x <= x1) {
                    min = std::min(min, p.y);
                    max = std::max(max, p.y);
                }
            }
            QCOMPARE(low, min);
            QCOMPARE(high, max);
        }
        QCOMPARE(line.nearest(500.4), std::size_t(500));
        QCOMPARE(line.nearest(-5), std::size_t(0));
        QCOMPARE(line.nearest(1e9), std::size_t(99'999));
        line.setPoints({});
        QVERIFY(line.visible(0, 1, 100).empty());
    }

    void smoothingIsTheMovingAverage()
    {
        SeriesBuffer buffer(1024);
        Smoother smoother(0.8);
        double last = 0;
        for (int i = 0; i < 1000; ++i) {
            buffer.add(i, std::sin(i * 0.3));
            last = smoother.add(std::sin(i * 0.3));
        }
        const auto line = buffer.smoothed(0.8);
        QCOMPARE(line.size(), std::size_t(1000));
        QVERIFY(std::abs(line.back().y - last) < 1e-12);
        const auto raw = buffer.smoothed(0);
        QCOMPARE(raw[500].y, std::sin(500 * 0.3));
        for (int i = 1000; i < 50'000; ++i) // buckets hold many points now
            buffer.add(i, 3);
        QVERIFY(std::abs(buffer.smoothed(0.8).back().y - 3) < 1e-9);
        QVERIFY(buffer.points().size() <= 2 * 1024 + 1);
    }

    void dragZoomsAndMovesAndDoubleClickReturns()
    {
        const auto chart = shown(noisy(10'000));
        QSignalSpy views(chart.get(), &LineChart::viewChanged);
        const QRectF plot = chart->chart()->plotArea();
        const int y = static_cast<int>(plot.center().y());
        const auto at = [&plot, y](double part) { return QPoint(int(plot.left() + plot.width() * part), y); };
        const auto drag = [&](double from, double to, Qt::KeyboardModifiers keys = {}) {
            QTest::mousePress(chart->viewport(), Qt::LeftButton, keys, at(from));
            QMouseEvent move(QEvent::MouseMove, at(to), chart->viewport()->mapToGlobal(at(to)), Qt::NoButton,
                             Qt::LeftButton, keys);
            QCoreApplication::sendEvent(chart->viewport(), &move);
            QTest::mouseRelease(chart->viewport(), Qt::LeftButton, keys, at(to));
        };
        drag(0.25, 0.75);
        QVERIFY(chart->isZoomed());
        auto [x0, x1] = chart->view();
        QVERIFY(std::abs(x0 - 2500) < 60 && std::abs(x1 - 7500) < 60);
        drag(0.5, 0.6); // to the right: earlier points come into view
        QVERIFY(std::abs(chart->view().first - (x0 - 500)) < 60);
        QVERIFY(std::abs(chart->view().second - chart->view().first - (x1 - x0)) < 1e-6);
        drag(0.1, 0.9 + 5); // far past the edge: the data stays in the plot
        QCOMPARE(chart->view().first, 0.0);
        QTest::mouseDClick(chart->viewport(), Qt::LeftButton, {}, at(0.5));
        QVERIFY(!chart->isZoomed());
        QVERIFY(views.count() >= 4);
        QVERIFY(!views.last()[2].toBool());
    }

    void wheelWithControlAndKeysZoom()
    {
        const auto chart = shown(noisy(10'000));
        const QPointF middle = chart->chart()->plotArea().center();
        const auto wheel = [&](Qt::KeyboardModifiers keys) {
            QWheelEvent event(middle, chart->viewport()->mapToGlobal(middle), {}, { 0, 240 }, Qt::NoButton, keys,
                              Qt::NoScrollPhase, false);
            QCoreApplication::sendEvent(chart->viewport(), &event);
        };
        wheel({});
        QVERIFY(!chart->isZoomed()); // the page scrolls
        wheel(Qt::ControlModifier);
        QVERIFY(chart->isZoomed());
        const double width = chart->view().second - chart->view().first;
        QVERIFY(width < 9999 * 0.7);
        QTest::keyClick(chart.get(), Qt::Key_Plus);
        QVERIFY(chart->view().second - chart->view().first < width);
        const double left = chart->view().first;
        QTest::keyClick(chart.get(), Qt::Key_Right);
        QVERIFY(chart->view().first > left);
        QTest::keyClick(chart.get(), Qt::Key_0);
        QVERIFY(!chart->isZoomed());
    }

    void newPointsLeaveTheViewAlone()
    {
        const auto chart = shown(noisy(1000));
        chart->setView(200, 300);
        chart->setLine(0, noisy(2000));
        chart->fitAxes(false, true);
        QCOMPARE(chart->view(), (std::pair { 200.0, 300.0 }));
        QVERIFY(chart->pointCount(0) <= 110);
        chart->clearLines(); // a new run begins
        QVERIFY(!chart->isZoomed());
    }

    void aLogarithmicAxisLeavesOutWhatItCannotShow()
    {
        std::vector<ChartPoint> points { { 0, 0 }, { 1, 0.002 }, { 2, -1 }, { 3, 5 }, { 4, 70 } };
        const auto chart = shown(points);
        chart->setLogarithmic(true);
        QCOMPARE(chart->pointCount(0), 3);
        QCOMPARE(chart->points(0).size(), std::size_t(5)); // nothing is lost
        const auto axes = chart->chart()->axes(Qt::Vertical);
        QCOMPARE(axes.size(), 1);
        const auto *axis = qobject_cast<QLogValueAxis *>(axes.front());
        QVERIFY(axis);
        QVERIFY(std::abs(axis->min() - 0.001) < 1e-12 && std::abs(axis->max() - 100) < 1e-9);
        chart->setLine(0, { { 0, 0 }, { 1, -2 } }); // nothing to show at all
        chart->fitAxes(false, true);
        QCOMPARE(chart->pointCount(0), 0);
        chart->grab();
        chart->setLogarithmic(false);
        QCOMPARE(chart->pointCount(0), 2);
    }

    void theFourChartsOfARunMoveTogether()
    {
        RunCharts charts;
        charts.resize(1000, 700);
        charts.show();
        QVERIFY(QTest::qWaitForWindowExposed(&charts));
        for (int epoch = 0; epoch < 30; ++epoch) {
            for (int i = 0; i < fixtures::batchesPerEpoch; ++i)
                charts.addBatch(fixtures::batch(epoch, 30, i));
            charts.addEpoch(fixtures::epochEnd(epoch, 30));
        }
        charts.refreshNow();
        LineChart *batch = charts.chart(RunCharts::BatchLoss), *metrics = charts.chart(RunCharts::Metrics);
        batch->zoomBy(0.5, 15);
        QVERIFY(metrics->isZoomed());
        QCOMPARE(metrics->view(), batch->view());
        const QImage before = metrics->grab().toImage();
        QTest::mouseMove(batch->viewport(), batch->chart()->plotArea().center().toPoint());
        QTRY_VERIFY(metrics->grab().toImage() != before); // the crosshair with its values
        batch->zoomBy(1e9, 15);
        QVERIFY(!metrics->isZoomed());
        charts.setSmoothing(0);
        charts.refreshNow();
        const auto &raw = batch->points(0), &smooth = batch->points(3);
        QCOMPARE(raw.size(), smooth.size());
        QCOMPARE(raw[100].y, smooth[100].y);
        charts.setSmoothing(0.95);
        charts.refreshNow();
        QVERIFY(std::abs(raw[100].y - batch->points(3)[100].y) > 1e-6);
    }

    void valuesAreATableAndLeaveAsFiles()
    {
        const auto chart = shown({ { 1, 0.5 }, { 2, 0.25 }, { 4, 0.125 } });
        chart->addLine({ QStringLiteral("mAP \"50\"") });
        chart->setLine(1, { { 2, 0.75 }, { 3, 1e-7 } });
        chart->fitAxes(true, true);
        ChartTableModel model(*chart, QStringLiteral("epoch"));
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QCOMPARE(model.rowCount(), 4);
        QCOMPARE(model.columnCount(), 3);
        QCOMPARE(model.index(0, 2).data().toString(), QString());
        QCOMPARE(model.csv(), QByteArray("epoch,\"loss, raw\",\"mAP \"\"50\"\"\"\n1,0.5,\n2,0.25,0.75\n3,,1e-07\n4,0.125,\n"));
        QTemporaryDir dir;
        for (const char *ending : { "png", "svg", "csv" }) {
            const QString file = dir.filePath(QStringLiteral("chart.") + QLatin1String(ending));
            QCOMPARE(saveChart(*chart, QStringLiteral("Losses"), QStringLiteral("epoch"), file), QString());
            QVERIFY(QFileInfo(file).size() > 50);
        }
        const QImage image(dir.filePath("chart.png"));
        QVERIFY(image.width() > 1800); // twice the screen's
        QFile svg(dir.filePath("chart.svg"));
        QVERIFY(svg.open(QIODevice::ReadOnly));
        const QByteArray text = svg.readAll();
        QVERIFY(text.contains("<polyline") || text.contains("<path"));
        QVERIFY(text.contains("Losses"));
        QVERIFY(!saveChart(*chart, {}, {}, dir.filePath("chart.txt")).isEmpty());
        QVERIFY(!saveChart(*chart, {}, {}, dir.filePath("no/such/chart.csv")).isEmpty());
    }

    void aMillionPointsStayFluid()
    {
        const auto chart = shown(noisy(1'000'000));
        QVERIFY(chart->pointCount(0) <= 2 * chart->plotColumns() + 2);
        fixtures::TurnMeter meter;
        chart->zoomBy(0.5, 500'000);
        for (int i = 0; i < 300; ++i) {
            if (i % 3 == 0)
                chart->zoomBy(i % 2 ? 0.9 : 1.08, 400'000);
            else
                chart->panBy(i % 100 < 50 ? 0.03 : -0.03);
            meter.turn();
        }
        qInfo("1,000,000 points, zoom and pan: %s", qPrintable(meter.words()));
        QVERIFY(chart->pointCount(0) <= 2 * chart->plotColumns() + 2);
    }
};

QTEST_MAIN(TestUiCharts)
#include "test_ui_charts.moc"

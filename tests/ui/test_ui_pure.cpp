// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/nice_axis.h"
#include "ui/charts/series_buffer.h"
#include "ui/command_line.h"
#include "ui/countdown_ring.h"
#include "ui/english_plurals.h"
#include "ui/format.h"
#include "ui/pace_spread.h"

#include <QtTest/QTest>

#include <cmath>
#include <random>

using namespace torchdeck;
using namespace torchdeck::ui;
using namespace std::chrono_literals;

class TestUiPure : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        QLocale::setDefault(QLocale::c());
        EnglishPlurals::install();
    }

    void aMillionPointsStayInBoundedMemoryWithTheirExtremes()
    {
        SeriesBuffer buffer(512);
        std::mt19937 random(1);
        std::uniform_real_distribution<double> uniform(-1, 1);
        double low = 1e9, high = -1e9, last = 0;
        for (int i = 0; i < 1'000'000; ++i) {
            last = uniform(random);
            if (i == 271'828)
                last = 42.5; // one spike among a million
            if (i == 999'990)
                last = -17.25;
            low = std::min(low, last);
            high = std::max(high, last);
            buffer.add(i, last);
        }
        QCOMPARE(buffer.count(), std::size_t(1'000'000));
        QVERIFY(buffer.bucketCount() <= 512);
        QCOMPARE(buffer.minimum(), low);
        QCOMPARE(buffer.maximum(), high);
        QCOMPARE(buffer.maximum(), 42.5);
        for (const std::size_t columns : { 50, 300, 4000 }) {
            const auto points = buffer.envelope(columns);
            QVERIFY(points.size() <= 2 * std::min<std::size_t>(columns, 512) + 1);
            const auto [lowest, highest] = std::minmax_element(
                points.begin(), points.end(), [](const auto &a, const auto &b) { return a.y < b.y; });
            QCOMPARE(lowest->y, -17.25);
            QCOMPARE(highest->y, 42.5);
            QCOMPARE(highest->x, 271'828.0); // the spike keeps its place
            QVERIFY(std::is_sorted(points.begin(), points.end(),
                                   [](const auto &a, const auto &b) { return a.x < b.x; }));
            QCOMPARE(points.back(), (ChartPoint { 999'999.0, last }));
        }
    }

    void fewPointsAreShownExactly()
    {
        SeriesBuffer buffer(8);
        QVERIFY(buffer.envelope(10).empty());
        buffer.add(1, 5);
        buffer.add(2, std::nan(""));
        buffer.add(3, 4);
        buffer.add(4, std::numeric_limits<double>::infinity());
        QCOMPARE(buffer.count(), std::size_t(2));
        QCOMPARE(buffer.skipped(), std::size_t(2));
        QCOMPARE(buffer.envelope(10), (std::vector<ChartPoint> { { 1, 5 }, { 3, 4 } }));
        buffer.clear();
        QVERIFY(buffer.empty());
        QVERIFY(buffer.envelope(10).empty());
    }

    void mergingKeepsEveryBucketsExtremes()
    {
        SeriesBuffer buffer(4); // 9 points into 4 buckets: merged twice
        const double values[] = { 3, 9, 1, 4, 4, 8, 0, 7, 5 };
        for (int i = 0; i < 9; ++i)
            buffer.add(i, values[i]);
        QVERIFY(buffer.bucketCount() <= 4);
        const auto points = buffer.envelope(4);
        QVERIFY(std::find(points.begin(), points.end(), ChartPoint { 1, 9 }) != points.end());
        QVERIFY(std::find(points.begin(), points.end(), ChartPoint { 6, 0 }) != points.end());
        QCOMPARE(points.back(), (ChartPoint { 8, 5 }));
    }

    void theSmootherIsUnbiasedFromTheFirstValue()
    {
        Smoother smoother(0.9);
        QCOMPARE(smoother.add(10), 10.0);
        QCOMPARE(smoother.add(10), 10.0);
        const double next = smoother.add(20);
        QVERIFY(next > 10 && next < 20);
        QCOMPARE(smoother.add(std::nan("")), next);
        for (int i = 0; i < 500; ++i)
            smoother.add(-3);
        QVERIFY(std::abs(smoother.add(-3) + 3) < 1e-6);
    }

    void axesAreReadable_data()
    {
        QTest::addColumn<double>("low");
        QTest::addColumn<double>("high");
        QTest::newRow("ratio") << 0.0 << 0.873;
        QTest::newRow("loss") << 0.31 << 7.9;
        QTest::newRow("rate") << 1e-5 << 0.00143;
        QTest::newRow("flat") << 0.5 << 0.5;
        QTest::newRow("zero") << 0.0 << 0.0;
        QTest::newRow("negative") << -3.3 << -0.2;
        QTest::newRow("nan") << std::nan("") << 1.0;
        QTest::newRow("huge") << 0.0 << 3.7e9;
    }
    void axesAreReadable()
    {
        QFETCH(double, low);
        QFETCH(double, high);
        const NiceAxis axis = niceAxis(low, high, 5);
        QVERIFY(std::isfinite(axis.minimum) && std::isfinite(axis.maximum) && axis.step > 0);
        if (std::isfinite(low))
            QVERIFY(axis.minimum <= low + 1e-12 && axis.maximum >= high - 1e-12);
        const double steps = (axis.maximum - axis.minimum) / axis.step;
        QVERIFY2(steps >= 1 && steps <= 11, qPrintable(QString::number(steps)));
        QVERIFY(std::abs(steps - std::round(steps)) < 1e-6);
        const double mantissa = axis.step / std::pow(10.0, std::floor(std::log10(axis.step) + 1e-9));
        QVERIFY(std::abs(mantissa - 1) < 1e-6 || std::abs(mantissa - 2) < 1e-6
                || std::abs(mantissa - 5) < 1e-6);
    }

    void epochAxesStepByWholeEpochs()
    {
        QCOMPARE(tightAxis(1, 4, 10, true).step, 1.0);
        QCOMPARE(tightAxis(1, 1, 10, true).maximum, 2.0);
        QCOMPARE(tightAxis(1, 300, 6, true).step, 50.0);
    }

    void timesAreSaidInWords()
    {
        QCOMPARE(durationWords(0.4), QStringLiteral("0 s"));
        QCOMPARE(durationWords(65), QStringLiteral("1 min 05 s"));
        QCOMPARE(durationWords(3 * 3600 + 61), QStringLiteral("3 h 01 min"));
        QCOMPARE(durationWords(90'000), QStringLiteral("1 d 1 h"));
        QCOMPARE(durationWords(-1), QStringLiteral("-"));
        QCOMPARE(csvCell("mAP50-95(B)"), QByteArray("mAP50-95(B)"));
        QCOMPARE(csvCell("a, \"b\""), QByteArray("\"a, \"\"b\"\"\""));
        QCOMPARE(csvCell("two\nlines"), QByteArray("\"two\nlines\""));
        QCOMPARE(durationWords(std::nan("")), QStringLiteral("-"));
        QCOMPARE(countdownClock(1001ms), QStringLiteral("0:02"));
        QCOMPARE(countdownClock(-5s), QStringLiteral("0:00"));
        QCOMPARE(countdownClock(3729s), QStringLiteral("1:02:09"));
    }

    void countdownsFollowTheInjectedNow()
    {
        const hub::TimePoint start {};
        hub::Countdown countdown { start + 3s, 3s, 1, {} };
        auto words = countdownWords(CountdownKind::Metrics, countdown, start + 1100ms);
        QCOMPARE(words.sentence, QStringLiteral("next send in 2 s, 1 epoch waiting"));
        QCOMPARE(words.clock, QStringLiteral("0:02"));
        QVERIFY(std::abs(words.fraction - 1900.0 / 3000) < 1e-9);
        QVERIFY(words.counting);
        countdown.waiting = 2;
        countdown.cause = QStringLiteral("HUB asked to wait");
        words = countdownWords(CountdownKind::Metrics, countdown, start);
        QCOMPARE(words.sentence, QStringLiteral("next send in 3 s, 2 epochs waiting, HUB asked to wait"));
        words = countdownWords(CountdownKind::Metrics, countdown, start + 60s);
        QCOMPARE(words.clock, QStringLiteral("0:00"));
        QCOMPARE(words.sentence, QStringLiteral("sending now"));
        QCOMPARE(words.fraction, 0.0);
        QVERIFY(!words.counting);
        words = countdownWords(CountdownKind::Heartbeat, { start + 147s, 300s, 0, {} }, start);
        QCOMPARE(words.sentence, QStringLiteral("next beat in 2 min 27 s"));
        words = countdownWords(CountdownKind::Checkpoint, {}, start);
        QVERIFY(!words.running);
        QCOMPARE(words.clock, QString());
    }

    void theCommandLineSaysWhatDiffers()
    {
        engine::TrainConfig config;
        config.data = "/sets/my shapes/data.yaml";
        config.epochs = 30;
        config.lr0 = 0.02;
        const QString line = trainCommandLine(config);
        QCOMPARE(
            line,
            QStringLiteral("torchdeck train model=yolov8n.yaml '%1' epochs=30 imgsz=640 batch=16 lr0=0.02")
                .arg(QStringLiteral("data=/sets/my shapes/data.yaml")));
        QCOMPARE(changedArguments(config),
                 (QStringList { QStringLiteral("data"), QStringLiteral("epochs"), QStringLiteral("lr0") }));
        QCOMPARE(shellQuoted(QStringLiteral("it's")), QStringLiteral("'it'\\''s'"));
        QCOMPARE(shellQuoted(QString()), QStringLiteral("''"));
    }

    void theTimeLeftHasTheSpreadOfTheEpochs()
    {
        // Student's t for 3 degrees of freedom is 2.353; mean 10, deviation sqrt(8 / 3), 16 epochs to come.
        const auto range = timeRange(160, 16, { 8, 10, 12, 10 });
        QVERIFY(range);
        const double half = 2.353 * std::sqrt(8.0 / 3) * std::sqrt(16.0 + 16.0 * 16.0 / 4);
        QVERIFY(std::abs(range->high - 160 - half) < 0.01);
        QVERIFY(std::abs(160 - range->low - half) < 0.01);
        QVERIFY(!timeRange(160, 16, { 8 }));
        QVERIFY(!timeRange(std::nan(""), 16, { 8, 9 }));
        QVERIFY(!timeRange(10, 0, { 8, 9 }));
        QCOMPARE(timeRange(100, 10, { 4, 4, 4 })->low, 100.0);
        QVERIFY(timeRange(100, 10, { 0.01, 40 })->low >= 9); // never "less than nothing"
    }

    /// Runs of random epochs: the range that was told after ten of them holds what the other thirty took.
    void nineOfTenRunsEndWithinTheirRange()
    {
        std::mt19937 random(7);
        std::normal_distribution<double> epoch(20, 3);
        int within = 0;
        constexpr int runs = 2000;
        for (int i = 0; i < runs; ++i) {
            PaceSpread pace;
            double mean = 0, rest = 0;
            for (int e = 0; e < 10; ++e) {
                const double seconds = epoch(random);
                pace.addEpoch(seconds);
                mean += seconds / 10;
            }
            for (int e = 0; e < 30; ++e)
                rest += epoch(random);
            const auto range = pace.range(mean * 30, 0);
            QVERIFY(range);
            within += rest >= range->low && rest <= range->high ? 1 : 0;
        }
        QVERIFY2(within > runs * 0.87 && within < runs * 0.93, QByteArray::number(within));
    }

    void inTheFirstEpochBatchesTell()
    {
        PaceSpread pace;
        QVERIFY(!pace.range(100, 100));
        for (int i = 0; i < 7; ++i)
            pace.addBatch(1);
        QVERIFY(!pace.range(100, 100));
        for (int i = 0; i < 73; ++i)
            pace.addBatch(i % 10 < 5 ? 1.0 : 1.2);
        const auto calm = pace.range(100, 920);
        for (int i = 0; i < 40; ++i)
            pace.addBatch(2);
        const auto slower = pace.range(100, 880);
        QVERIFY(calm && slower);
        QVERIFY(slower->high > calm->high && slower->low < calm->low);
        for (int i = 0; i < 3; ++i)
            pace.addEpoch(10);
        QCOMPARE(pace.range(100, 880)->high, 100.0); // now epochs tell, and they are all alike
        pace.reset();
        QVERIFY(!pace.range(100, 880));
    }

    void theTimeLeftIsSaidInOneUnit()
    {
        const auto said = [](double left, double low, double high) {
            const TimeLeftWords words = timeLeftWords(left, { low, high });
            return words.about + "|" + words.span;
        };
        QCOMPARE(said(725, 610, 890), QStringLiteral("about 12 min|10\u201315"));
        QCOMPARE(said(42, 38.2, 47.7), QStringLiteral("about 42 s|38\u201348"));
        QCOMPARE(said(725, 715, 735), QStringLiteral("about 12 min|"));
        QCOMPARE(said(3.5 * 3600, 3 * 3600, 4.4 * 3600), QStringLiteral("about 3.5 h|3\u20134.5"));
        QCOMPARE(said(20 * 3600, 18 * 3600, 23 * 3600), QStringLiteral("about 20 h|18\u201323"));
        QCOMPARE(said(3 * 86400, 2.4 * 86400, 3.6 * 86400), QStringLiteral("about 3 d|2.5\u20133.5"));
    }

    void englishPlurals()
    {
        QCOMPARE(QCoreApplication::translate("x", "%n epoch(s)", nullptr, 1), QStringLiteral("1 epoch"));
        QCOMPARE(QCoreApplication::translate("x", "%n epoch(s)", nullptr, 0), QStringLiteral("0 epochs"));
        QCOMPARE(QCoreApplication::translate("x", "%n class(es)", nullptr, 3), QStringLiteral("3 classes"));
        QCOMPARE(QCoreApplication::translate("x", "plain (s) text"), QStringLiteral("plain (s) text"));
    }
};

QTEST_GUILESS_MAIN(TestUiPure)
#include "test_ui_pure.moc"

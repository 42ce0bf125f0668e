// SPDX-License-Identifier: GPL-3.0-or-later
// Confusion matrix and curves of any epoch.
#include "tests/ui/fixtures.h"
#include "tests/ui/run_folders.h"
#include "ui/charts/chart_card.h"
#include "ui/monitor/confusion_view.h"
#include "ui/monitor/epoch_view.h"
#include "ui/theme.h"

#include <QtTest/QSignalSpy>
#include <QtTest/QTest>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QSlider>

using namespace torchdeck;
using namespace torchdeck::ui;

namespace {

engine::FitEpochEnd epoch(int number, int classes, int epochs = 20)
{
    engine::FitEpochEnd event = fixtures::epochEnd(number, epochs);
    event.classes.clear();
    fixtures::addDetails(event, classes);
    return event;
}

} // namespace

class TestUiEpochs : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QApplication::setPalette(themePalette(lightTheme())); }

    void followsTheNewestUntilTheUserGoesBack()
    {
        EpochView view;
        view.resize(1000, 600);
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        QCOMPARE(view.shownEpoch(), -1);
        QVERIFY(!view.grab().isNull()); // nothing yet, and that is fine
        for (int i = 0; i < 5; ++i)
            view.addEpoch(epoch(i, 3));
        QCOMPARE(view.shownEpoch(), 4);
        view.slider()->setValue(1);
        QCOMPARE(view.shownEpoch(), 1);
        view.addEpoch(epoch(5, 3));
        QCOMPARE(view.shownEpoch(), 1); // a reader stays where he is
        view.slider()->setValue(5);
        view.addEpoch(epoch(6, 3));
        QCOMPARE(view.shownEpoch(), 6);
        engine::FitEpochEnd again = epoch(6, 3);
        again.finalEval = true; // best.pt: no point in time
        view.addEpoch(again);
        QCOMPARE(view.archive().epochs().size(), std::size_t(7));
        view.startRun();
        QCOMPARE(view.shownEpoch(), -1);
        QVERIFY(view.curves()->chart()->isEmpty());
    }

    void everyKindOfCurveIsThere()
    {
        EpochView view;
        view.resize(1000, 600);
        view.show();
        view.addEpoch(epoch(0, 3));
        view.addEpoch(epoch(9, 3));
        LineChart *chart = view.curves()->chart();
        QCOMPARE(chart->lineCount(), 4); // three classes and their mean
        const auto details = view.archive().at(9);
        for (const auto curve :
             { EpochView::F1, EpochView::Precision, EpochView::Recall, EpochView::PrecisionRecall }) {
            view.setCurve(curve);
            double sum = 0;
            for (int line = 0; line < 3; ++line)
                sum += chart->points(line)[50].y;
            QVERIFY(std::abs(chart->points(3)[50].y - sum / 3) < 1e-5);
            QCOMPARE(chart->markers().size(), std::size_t(curve == EpochView::PrecisionRecall ? 0 : 1));
        }
        view.setCurve(EpochView::Recall);
        QVERIFY(std::abs(chart->points(1)[20].y - details->curves.classes[1].recall[20]) < 1e-6);
        view.classBox()->setCurrentIndex(2);
        QVERIFY(!view.grab().isNull());
    }

    void aFinishedRunIsReadFromItsFolder()
    {
        const QTemporaryDir dir;
        engine::EpochArchive archive;
        for (int i = 0; i < 6; ++i)
            archive.add(engine::detailsOf(epoch(i, 4)));
        archive.write(dir.path().toStdString());
        EpochView view;
        view.show();
        view.loadFrom(dir.path());
        view.addEpoch(epoch(6, 4)); // a resumed run goes on while the file is read
        QTRY_COMPARE(view.archive().epochs().size(), std::size_t(7));
        QCOMPARE(view.shownEpoch(), 6);
        view.showEpoch(2);
        QCOMPARE(view.shownEpoch(), 2);
    }

    void theMatrixTellsItsCells()
    {
        ConfusionView view;
        engine::ConfusionMatrix matrix { 2, { 8, 3, 1, /**/ 2, 4, 0, /**/ 0, 3, 0 } };
        view.setMatrix(matrix, { QStringLiteral("cat"), QStringLiteral("dog") });
        view.resize(420, 400);
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        QVERIFY(view.cellWords(0, 0).contains(QStringLiteral("8"))
                && view.cellWords(0, 0).contains(QStringLiteral("80")));
        QVERIFY(view.cellWords(0, 1).startsWith(QStringLiteral("dog taken for cat: 3")));
        QVERIFY(view.cellWords(2, 1).contains(QStringLiteral("not found")));
        QVERIFY(view.cellWords(0, 2).contains(QStringLiteral("nothing")));
        QCOMPARE(view.cellWords(2, 2), QString());
        QCOMPARE(view.cellWords(3, 0), QString());
        QCOMPARE(view.worstMistakes(5).size(), 2);
        QVERIFY(view.worstMistakes(1)[0].startsWith(QStringLiteral("dog taken for cat")));
        QSignalSpy told(&view, &ConfusionView::cellChanged);
        QTest::mouseMove(&view, view.cellRect(1, 0).center());
        QTRY_COMPARE(told.size(), 1);
        QVERIFY(told[0][0].toString().startsWith(QStringLiteral("cat taken for dog")));
        QTest::keyClick(&view, Qt::Key_Up);
        QCOMPARE(told.size(), 2);
        QVERIFY(told[1][0].toString().contains(QStringLiteral("rightly")));
        const QImage shares = view.grab().toImage();
        view.setNormalized(false);
        QVERIFY(view.grab().toImage() != shares);
    }

    void eightyClassesStayFluid()
    {
        EpochView view;
        view.resize(1100, 640);
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        fixtures::TurnMeter add, slide;
        for (int i = 0; i < 100; ++i) {
            view.addEpoch(epoch(i, 80, 100));
            add.turn();
        }
        QCOMPARE(view.curves()->chart()->lineCount(), 81);
        for (int i = 0; i < 200; ++i) {
            view.slider()->setValue(i % 100);
            slide.turn();
        }
        qInfo("80 classes, 100 epochs (%zu bytes): sliding %s", view.archive().bytes(),
              qPrintable(slide.words()));
        QVERIFY(view.archive().bytes() < 8u << 20);
        QVERIFY(view.confusion()->cellRect(79, 79).width() >= 3);
    }
};

QTEST_MAIN(TestUiEpochs)
#include "test_ui_epochs.moc"

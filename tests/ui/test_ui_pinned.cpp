// SPDX-License-Identifier: GPL-3.0-or-later
// The same validation images in every epoch: the file, the slider, the choice.
#include "tests/ui/fixtures.h"
#include "torchdeck/engine/pinned_choice.h"
#include "ui/main_window.h"
#include "ui/monitor/pinned_view.h"
#include "ui/results/image_browser.h"
#include "ui/run_panel.h"
#include "ui/widgets/basics.h"

#include <QtCore/QTemporaryDir>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QSlider>

using namespace torchdeck;
using namespace torchdeck::ui;

class TestUiPinned : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void linesAreRead()
    {
        const QByteArray line = "{\"epoch\": 2, \"confidence\": 0.4, \"classes\": [\"a\"], \"images\": [{\"image\": "
                                "\"/x/1.png\", \"width\": 100, \"height\": 50, \"truth\": [[0, 1, 2, 3, 4, 0.6, 1], [0, 5, 5, 9, "
                                "9, 0, 0]], \"found\": [[0, 1, 2, 3, 4, 0.6, 1], [7, 1, 1, 2, 2, 0.3, 0], [1]]}]}";
        const auto epochs = parsePinnedEpochs(line + "\n{\"epoch\": 3, \"ima\n\n[]\n" + line);
        QCOMPARE(epochs.size(), std::size_t(1)); // the second one is the same epoch, trained again
        QCOMPARE(epochs[0].epoch, 2);
        const PinnedImage &image = epochs[0].images.at(0);
        QCOMPARE(image.found.size(), std::size_t(2));
        const auto kinds = [&image](double confidence, bool truth) {
            QVector<int> all(5, 0);
            for (const ImageBox &box : image.at(confidence, truth).boxes)
                ++all[int(box.kind)];
            return all;
        };
        using K = ImageBox::Kind;
        QCOMPARE(kinds(0.25, false)[int(K::Right)], 1);
        QCOMPARE(kinds(0.25, false)[int(K::False)], 1);
        QCOMPARE(kinds(0.25, false)[int(K::Missed)], 1);
        QCOMPARE(kinds(0.7, false)[int(K::Missed)], 2); // its detection is not sure enough
        QCOMPARE(kinds(0.7, false)[int(K::Right)], 0);
        QCOMPARE(kinds(0.25, true)[int(K::Truth)], 2);
        QCOMPARE(kinds(0.25, true)[int(K::Right)], 0);
        QVERIFY(image.at(0.25, false).detail.contains("1 right"));
        QVERIFY(parsePinnedEpochs("nonsense\n{}\n").empty());
    }

    void aResumedRunGoesOn()
    {
        const auto line = [](int epoch) { return "{\"epoch\": " + QByteArray::number(epoch) + ", \"images\": []}\n"; };
        QByteArray text;
        for (const int epoch : { 0, 1, 2, 3, 2, 3, 4 })
            text += line(epoch);
        std::vector<int> numbers;
        for (const PinnedEpoch &epoch : parsePinnedEpochs(text))
            numbers.push_back(epoch.epoch);
        QCOMPARE(numbers, (std::vector<int> { 0, 1, 2, 3, 4 }));
        QCOMPARE(parsePinnedEpochs(text + line(0)).size(), std::size_t(1)); // trained anew
    }

    void theSliderShowsEpochs()
    {
        const QTemporaryDir dir;
        QDir(dir.path()).mkdir("weights");
        fixtures::addResults(dir.path(), 6);
        PinnedView view(PinnedView::Use::Live);
        view.resize(900, 600);
        view.show();
        QSignalSpy loaded(&view, &PinnedView::loaded);
        view.setRun(dir.path());
        QTRY_COMPARE(loaded.size(), 1);
        QCOMPARE(view.slider()->maximum(), 5);
        QCOMPARE(view.shownEpoch(), 5); // the newest
        QCOMPARE(view.pictures().size(), std::size_t(4));
        QTRY_VERIFY(view.pictures()[0]->hasPicture());
        const std::size_t boxes = view.pictures()[0]->drawnBoxes();
        view.slider()->setValue(0);
        QCOMPARE(view.shownEpoch(), 0);
        QVERIFY(view.pictures()[0]->hasPicture()); // the same picture, other boxes: not read again
        QVERIFY(view.pictures()[0]->accessibleDescription().contains("missed"));
        view.confidence()->setValue(95);
        QVERIFY(view.pictures()[0]->drawnBoxes() < boxes + 2);
        view.truthSwitch()->setChecked(true);
        QCOMPARE(view.pictures()[0]->drawnBoxes(), std::size_t(2));
        view.truthSwitch()->setChecked(false);

        fixtures::addResults(dir.path(), 9); // three epochs later
        view.reload();
        QTRY_COMPARE(loaded.size(), 2);
        QCOMPARE(view.shownEpoch(), 0); // the user went back: it stays
        view.slider()->setValue(view.slider()->maximum());
        fixtures::addResults(dir.path(), 10);
        view.reload();
        QTRY_COMPARE(view.shownEpoch(), 9); // followed again
        view.playButton()->click();
        QCOMPARE(view.shownEpoch(), 0);
        QTRY_VERIFY_WITH_TIMEOUT(view.shownEpoch() > 0, 5000);
        view.playButton()->click();
        QVERIFY(!view.grab().isNull());
    }

    void otherImagesAreChosen()
    {
        const QTemporaryDir dir;
        QDir(dir.path()).mkdir("weights");
        PinnedView view(PinnedView::Use::Live);
        view.show();
        view.setRun(dir.path());
        QSignalSpy notices(&view, &PinnedView::notice);
        view.choose({ "/sets/val/3.png", "/sets/val/9.png" });
        QTRY_COMPARE(notices.size(), 1);
        QCOMPARE(notices[0][1].toBool(), false);
        QCOMPARE(engine::readPinnedChoice(dir.path().toStdString()).size(), std::size_t(2));
        view.choose({});
        QTRY_COMPARE(notices.size(), 2);
        QVERIFY(engine::readPinnedChoice(dir.path().toStdString()).empty());
        view.setRun(dir.filePath("gone"));
        view.choose({ "/sets/val/3.png" });
        QTRY_COMPARE(notices.size(), 3);
        QVERIFY(notices[2][1].toBool()); // told, not swallowed
    }

    void theRunPanelFollowsTheRun()
    {
        const QTemporaryDir dir;
        QDir(dir.path()).mkdir("weights");
        fixtures::addResults(dir.path(), 2);
        MainWindow window;
        window.show();
        engine::PretrainRoutineStart start = fixtures::pretrainStart(5);
        start.saveDir = dir.path().toStdString();
        window.onPretrainRoutineStart(start);
        window.onPretrainRoutineEnd(fixtures::pretrainEnd(5));
        auto *panel = window.findChild<RunPanel *>();
        panel->showTab(RunPanel::PinnedTab);
        QTRY_COMPARE(panel->pinned()->shownEpoch(), 1);
        fixtures::addResults(dir.path(), 3);
        window.onFitEpochEnd(fixtures::epochEnd(2, 5));
        QTRY_COMPARE(panel->pinned()->shownEpoch(), 2);
    }
};

QTEST_MAIN(TestUiPinned)
#include "test_ui_pinned.moc"

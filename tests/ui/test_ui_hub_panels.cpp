// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/fixtures.h"
#include "ui/english_plurals.h"
#include "ui/hub_check_line.h"
#include "ui/hub_panel.h"
#include "ui/results_banner.h"
#include "ui/upload_queue_delegate.h"
#include "ui/upload_queue_panel.h"

#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtGui/QClipboard>
#include <QtTest/QAbstractItemModelTester>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>
#include <QtWidgets/QCheckBox>
#include <QtWidgets/QListView>
#include <QtWidgets/QMessageBox>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QTableView>

using namespace torchdeck;
using namespace torchdeck::ui;
using namespace std::chrono_literals;

class TestUiHubPanels : public QObject {
    Q_OBJECT
private:
    hub::TimePoint m_now {};

private Q_SLOTS:
    void initTestCase() { EnglishPlurals::install(); }

    void ringsCountAndTheClockStops()
    {
        m_now = {};
        CountdownClock clock([this] { return m_now; });
        HubPanel panel(clock);
        QVERIFY(!clock.isRunning());
        panel.setStatus(fixtures::syncing(m_now));
        QVERIFY(clock.isRunning());
        QCOMPARE(panel.headline(), QStringLiteral("Syncing"));
        QCOMPARE(panel.ring(CountdownKind::Metrics)->words().sentence,
                 QStringLiteral("next send in 2 s, 1 epoch waiting"));
        m_now += 100s;
        Q_EMIT clock.tick();
        QCOMPARE(panel.ring(CountdownKind::Metrics)->words().sentence, QStringLiteral("sending now"));
        QCOMPARE(panel.ring(CountdownKind::Heartbeat)->words().sentence, QStringLiteral("next beat in 47 s"));
        QCOMPARE(panel.ring(CountdownKind::Checkpoint)->words().clock, QStringLiteral("8:32"));
        QVERIFY(clock.isRunning());
        m_now += 1h;
        Q_EMIT clock.tick();
        QVERIFY(!clock.isRunning()); // nothing left to count
    }

    void everyStateHasWords()
    {
        CountdownClock clock([this] { return m_now; });
        HubPanel panel(clock);
        QStringList seen;
        for (int state = 0; state <= static_cast<int>(hub::SessionState::BadKey); ++state) {
            hub::SessionStatus status;
            status.state = static_cast<hub::SessionState>(state);
            panel.setStatus(status);
            QVERIFY(!panel.headline().isEmpty());
            QVERIFY(!seen.contains(panel.headline()));
            seen << panel.headline();
            QCOMPARE(panel.toggle()->isChecked(), status.state != hub::SessionState::Off);
        }
    }

    void theFormTellsWhereTheRunIsSynced()
    {
        HubCheckLine line;
        line.show();
        QSignalSpy tests(&line, &HubCheckLine::testRequested), settings(&line, &HubCheckLine::settingsRequested);
        QVERIFY(line.text().startsWith(QStringLiteral("Not synced")));
        QVERIFY(!line.testButton()->isVisible());
        line.setWanted(true);
        QCOMPARE(line.text(), QStringLiteral("Synced with the HUB on this machine, as a new model."));
        SettingsValues values;
        values.useLocalHub = false;
        values.apiRoot = QStringLiteral("https://hub.example.org:8443/api");
        line.setSettings(values);
        QCOMPARE(line.text(), QStringLiteral("The key for hub.example.org:8443 is missing: the run waits in the upload queue "
                                             "until there is one."));
        values.apiKey = QStringLiteral("0123456789");
        line.setSettings(values);
        QCOMPARE(line.text(), QStringLiteral("Synced with hub.example.org:8443, as a new model."));
        line.setRun({}, true);
        QVERIFY(line.text().endsWith(QStringLiteral("as the model that the run has there.")));
        line.setRun(QStringLiteral("https://hub.example.org:8443/models/abc123?api_key=secret"), false);
        QCOMPARE(line.text(), QStringLiteral("Goes on with model abc123 on hub.example.org:8443."));
        line.setRun(QStringLiteral("yolov8n.yaml"), false);

        line.setTestResult({ false, false, 0, QStringLiteral("Nobody there.") }); // the settings dialog's, not ours
        QCOMPARE(line.text(), QStringLiteral("Synced with hub.example.org:8443, as a new model."));
        QCOMPARE(tests.count(), 0); // nothing was asked so far
        QTest::mouseClick(line.testButton(), Qt::LeftButton);
        QCOMPARE(tests.count(), 1);
        QCOMPARE(line.text(), QStringLiteral("Asking hub.example.org:8443..."));
        QVERIFY(!line.testButton()->isEnabled());
        line.setTestResult({ false, false, 0, QStringLiteral("Nobody there.") });
        QCOMPARE(line.text(), QStringLiteral("Nobody there."));
        QTest::mouseClick(line.testButton(), Qt::LeftButton);
        line.setTestResult({ true, true, 200, {} });
        QVERIFY(line.text().endsWith(QStringLiteral("It answers and takes the key.")));
        values.apiKey = QStringLiteral("another"); // the test was of the first one
        line.setSettings(values);
        QCOMPARE(line.text(), QStringLiteral("Synced with hub.example.org:8443, as a new model."));
        QStringList seen;
        using S = hub::SessionState;
        for (const S state : { S::BadKey, S::Offline, S::WaitingForServer, S::RateLimited, S::Idle }) {
            hub::SessionStatus status;
            status.state = state;
            line.setStatus(status);
            QVERIFY2(line.text().contains(QStringLiteral("hub.example.org:8443")), qPrintable(line.text()));
            QVERIFY(!seen.contains(line.text()));
            seen << line.text();
        }
        QTest::mouseClick(line.settingsButton(), Qt::LeftButton);
        QCOMPARE(settings.count(), 1);
    }

    void theSwitchAndTheLinkAsk()
    {
        CountdownClock clock([this] { return m_now; });
        HubPanel panel(clock);
        panel.setStatus(fixtures::syncing(m_now));
        QSignalSpy toggles(&panel, &HubPanel::hubToggled);
        QSignalSpy links(&panel, &HubPanel::openUrlRequested);
        panel.toggle()->click();
        QCOMPARE(toggles.count(), 1);
        QCOMPARE(toggles[0][0].toBool(), false);
        for (QPushButton *button : panel.findChildren<QPushButton *>())
            button->click();
        QCOMPARE(links.count(), 1);
        QCOMPARE(links[0][0].toUrl(), QUrl(QStringLiteral("http://127.0.0.1:8571/models/m4c1d")));
    }

    void theBannerSaysWhatBecameOfTheFinalModel()
    {
        ResultsBanner banner;
        banner.hideForNewRun(1, QStringLiteral("/runs/train4"));
        engine::Finished finished;
        finished.run = 1;
        finished.end.run = 1;
        finished.end.saveDir = "/runs/train4";
        finished.end.best = "/runs/train4/weights/best.pt";
        banner.showFinished(finished);
        hub::SessionStatus status;
        status.state = hub::SessionState::Finishing;
        banner.setHub(status);
        QVERIFY(banner.detail().contains("Uploading the final model"));
        hub::UploadItem item;
        item.kind = hub::UploadKind::FinalModel;
        item.runName = QStringLiteral("train4");
        item.uploaded = true;
        banner.setUploads({ item });
        QVERIFY(banner.detail().contains("not confirmed yet"));
        item.state = hub::UploadState::Failed;
        item.error = QStringLiteral("Uploaded, not confirmed: the server holds another file.");
        banner.setUploads({ item });
        QVERIFY(banner.detail().contains("holds another file"));
        QVERIFY(!banner.confirmed());
        status.state = hub::SessionState::Offline;
        banner.setHub(status);
        banner.setUploads({});
        QVERIFY(banner.detail().contains("no network"));
        banner.setConfirmed(1, QUrl("https://h/models/a"));
        QVERIFY(banner.detail().contains("The model is on HUB"));
    }

    void droppedAndOfflineAreSaid()
    {
        CountdownClock clock([this] { return m_now; });
        UploadQueuePanel panel(clock);
        panel.show();
        QVERIFY(panel.droppedNote()->isHidden());
        panel.setDropped(2, 500'000'000);
        QVERIFY(panel.droppedNote()->isVisible());
        QVERIFY2(panel.droppedNote()->text().startsWith("2 checkpoints dropped"), qPrintable(panel.droppedNote()->text()));
        hub::UploadItem item;
        item.id = 1;
        item.state = hub::UploadState::Offline;
        panel.setItems({ item });
        panel.setOffline(true);
        const auto index = panel.model()->index(0, 0);
        QCOMPARE(index.data(UploadQueueModel::NextTryRole).toString(), QStringLiteral("when the network is back"));
        QCOMPARE(index.data(UploadQueueModel::StateWordsRole).toString(), QStringLiteral("No network"));
        item.state = hub::UploadState::Sending;
        item.bytesSent = 5'000'000;
        item.bytesTotal = 20'000'000;
        item.bytesPerSecond = 1'000'000;
        item.timeLeft = 15s;
        panel.setItems({ item });
        const QString words = index.data(UploadQueueModel::ProgressWordsRole).toString();
        for (const char *part : { "5.0", "20.0", "1.0", "/s", "15 s left" })
            QVERIFY2(words.contains(QLatin1String(part)), qPrintable(words));
    }

    void theQueueShowsItsEmptyState()
    {
        CountdownClock clock([this] { return m_now; });
        UploadQueuePanel panel(clock);
        QVERIFY(panel.showsEmptyState());
        panel.setItems(fixtures::failingUploads(m_now));
        QVERIFY(!panel.showsEmptyState());
        QVERIFY(clock.isRunning());
        panel.setItems({});
        QVERIFY(panel.showsEmptyState());
        QVERIFY(!clock.isRunning());
    }

    void rowsAreRetriedByButtonAndKey()
    {
        CountdownClock clock([this] { return m_now; });
        UploadQueuePanel panel(clock);
        panel.resize(330, 700);
        panel.setItems(fixtures::failingUploads(m_now));
        panel.show();
        QVERIFY(QTest::qWaitForWindowExposed(&panel));
        QSignalSpy retries(&panel, &UploadQueuePanel::retryRequested);
        panel.focusList();
        panel.view()->setCurrentIndex(panel.model()->index(2, 0));
        QTest::keyClick(panel.view(), Qt::Key_R);
        QCOMPARE(retries.count(), 1);
        QCOMPARE(retries[0][0].toLongLong(), 3);
        // The painted button of the first row: the second from the right.
        const QRect row = panel.view()->visualRect(panel.model()->index(0, 0));
        QTest::mouseClick(panel.view()->viewport(), Qt::LeftButton, {}, { row.right() - 46, row.top() + 16 });
        QCOMPARE(retries.count(), 2);
        QCOMPARE(retries[1][0].toLongLong(), 1);
        // A row that is being sent cannot be retried.
        const QRect sending = panel.view()->visualRect(panel.model()->index(1, 0));
        QTest::mouseClick(panel.view()->viewport(), Qt::LeftButton, {},
                          { sending.right() - 46, sending.top() + 16 });
        QCOMPARE(retries.count(), 2);
    }

    void discardingAsksFirst()
    {
        CountdownClock clock([this] { return m_now; });
        UploadQueuePanel panel(clock);
        panel.resize(330, 700);
        panel.setItems(fixtures::failingUploads(m_now));
        panel.show();
        QVERIFY(QTest::qWaitForWindowExposed(&panel));
        QSignalSpy discards(&panel, &UploadQueuePanel::discardRequested);
        panel.focusList();
        panel.view()->setCurrentIndex(panel.model()->index(0, 0));
        QTest::keyClick(panel.view(), Qt::Key_Delete);
        auto *box = panel.findChild<QMessageBox *>();
        QVERIFY(box);
        QCOMPARE(discards.count(), 0);
        for (QAbstractButton *button : box->buttons()) {
            if (box->buttonRole(button) == QMessageBox::DestructiveRole)
                button->click();
        }
        QCOMPARE(discards.count(), 1);
        QCOMPARE(discards[0][0].toLongLong(), 1);
    }

    void requestsAreListedNewestFirstAndBounded()
    {
        RequestModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        const auto records = fixtures::requests();
        model.setRecords(records);
        QCOMPARE(model.rowCount(), int(records.size()));
        const auto text = [&model](int row, int column) { return model.index(row, column).data().toString(); };
        QCOMPARE(text(0, RequestModel::Request), QStringLiteral("Read the metrics back"));
        const int limited = int(records.size()) - 4; // the fourth of them
        QCOMPARE(text(limited, RequestModel::Request), QStringLiteral("Metrics, epoch 4"));
        QCOMPARE(text(limited, RequestModel::Result), QStringLiteral("429 (too many requests)"));
        QCOMPARE(text(limited, RequestModel::Wait), QStringLiteral("40 s"));
        QCOMPARE(text(limited - 1, RequestModel::Request), QStringLiteral("Metrics, epochs 4-7"));
        QCOMPARE(text(limited - 1, RequestModel::Result), QStringLiteral("connection refused"));
        QCOMPARE(model.failures(), 4);
        model.setRecords(QVector<hub::RequestRecord>(int(hub::RequestLog::most), records.first()));
        hub::RequestRecord newest = records.first();
        newest.number = 9999;
        model.add(newest);
        QCOMPARE(model.rowCount(), int(hub::RequestLog::most));
        QCOMPARE(model.record(0).number, quint64(9999));
        QCOMPARE(model.failures(), 0);
    }

    void requestsAreFilteredCopiedAndSaved()
    {
        const QTemporaryDir dir;
        CountdownClock clock([this] { return m_now; });
        UploadQueuePanel panel(clock);
        QSignalSpy notices(&panel, &UploadQueuePanel::notice);
        panel.requests()->setRecords(fixtures::requests());
        panel.showRequests();
        auto *window = panel.findChild<RequestHistory *>();
        QVERIFY(window);
        QCOMPARE(window->view()->model()->rowCount(), 11);
        window->onlyFailures()->setChecked(true);
        QCOMPARE(window->view()->model()->rowCount(), 4);
        hub::RequestRecord late = fixtures::requests().first();
        panel.requests()->add(late); // a good one: not shown
        QCOMPARE(window->view()->model()->rowCount(), 4);
        window->copyButton()->click();
        const QString copied = QGuiApplication::clipboard()->text();
        QCOMPARE(copied.count('\n'), 4);
        QVERIFY(copied.contains("connection refused") && copied.contains("asked to wait 40 s"));
        window->writeCsv(dir.filePath("requests.csv"));
        QTRY_COMPARE(notices.size(), 1);
        QCOMPARE(notices[0][1].toBool(), false);
        QFile file(dir.filePath("requests.csv"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const auto lines = file.readAll().trimmed().split('\n');
        QCOMPARE(lines.size(), 5);
        QVERIFY(lines[4].contains(",\"Metrics, epoch 4\",429 (too many requests),429,31,660,180,40,"));
        window->writeCsv(dir.filePath("no/such/folder.csv"));
        QTRY_COMPARE(notices.size(), 2);
        QCOMPARE(notices[1][1].toBool(), true);
    }

    void pauseAndRetryAllAsk()
    {
        CountdownClock clock([this] { return m_now; });
        UploadQueuePanel panel(clock);
        panel.setItems(fixtures::failingUploads(m_now));
        QSignalSpy pauses(&panel, &UploadQueuePanel::pauseRequested);
        QSignalSpy all(&panel, &UploadQueuePanel::retryAllRequested);
        panel.pauseButton()->click();
        panel.setPaused(true);
        panel.pauseButton()->click();
        QCOMPARE(pauses.count(), 2);
        QCOMPARE(pauses[0][0].toBool(), true);
        QCOMPARE(pauses[1][0].toBool(), false);
        panel.retryAllButton()->click();
        QCOMPARE(all.count(), 1);
    }
};

QTEST_MAIN(TestUiHubPanels)
#include "test_ui_hub_panels.moc"

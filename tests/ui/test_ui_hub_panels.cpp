// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/fixtures.h"
#include "ui/english_plurals.h"
#include "ui/hub_panel.h"
#include "ui/upload_queue_delegate.h"
#include "ui/upload_queue_panel.h"

#include <QtTest/QSignalSpy>
#include <QtTest/QTest>
#include <QtWidgets/QListView>
#include <QtWidgets/QMessageBox>
#include <QtWidgets/QPushButton>

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

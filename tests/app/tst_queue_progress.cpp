// SPDX-License-Identifier: GPL-3.0-or-later
// When waiting for uploads makes sense.
#include "app/cli/hub_waiter.h"

#include <QtTest/QtTest>

using namespace torchdeck;
using app::cli::QueueProgress;

namespace {

hub::UploadItem item(qint64 id, qint64 sent = 0)
{
    hub::UploadItem one;
    one.id = id;
    one.bytesSent = sent;
    return one;
}

} // namespace

class TestQueueProgress : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void failingIsNoProgress()
    {
        QueueProgress progress(0);
        progress.look({ item(1), item(2) }, 1); // the first look counts as one
        QCOMPARE(progress.secondsWithout(5), 4.0);
        progress.look({ item(1, 500), item(2) }, 6);
        QCOMPARE(progress.secondsWithout(6), 0.0);
        progress.look({ item(1, 0), item(2) }, 10); // failed, starts over
        progress.look({ item(1, 500), item(2) }, 14); // no further than before
        QCOMPARE(progress.secondsWithout(16), 10.0);
        progress.look({ item(1, 501), item(2) }, 17);
        QCOMPARE(progress.secondsWithout(17), 0.0);
    }

    void anItemLessIsProgress()
    {
        QueueProgress progress(0);
        progress.look({ item(1), item(2) }, 0);
        progress.look({ item(2) }, 9);
        QCOMPARE(progress.secondsWithout(9), 0.0);
        progress.look({ item(2), item(3) }, 12); // a new one joins: no progress
        progress.look({ item(3) }, 14); // back to where we were
        QCOMPARE(progress.secondsWithout(14), 5.0);
    }

    void needsUser()
    {
        hub::UploadItem one;
        for (const auto state :
             { hub::UploadState::NeedsKey, hub::UploadState::Failed, hub::UploadState::Paused }) {
            one.state = state;
            QVERIFY(app::cli::needsUser(one));
        }
        for (const auto state :
             { hub::UploadState::Waiting, hub::UploadState::Sending, hub::UploadState::Retrying }) {
            one.state = state;
            QVERIFY(!app::cli::needsUser(one));
        }
    }
};

QTEST_GUILESS_MAIN(TestQueueProgress)
#include "tst_queue_progress.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/retry_policy.h"

#include <QtTest/QTest>

using namespace torchdeck::hub;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {
const auto wall = QDateTime(QDate(2026, 3, 1), QTime(12, 0), Qt::UTC);
}

class TestRetryPolicy : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void statuses_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<int>("category");
        QTest::addColumn<bool>("byItself");
        QTest::addColumn<bool>("holds");
        const auto row = [](int status, ErrorCategory category, bool byItself, bool holds) {
            QTest::addRow("%d", status) << status << int(category) << byItself << holds;
        };
        for (int status : { 200, 201, 204 })
            row(status, ErrorCategory::None, false, false);
        for (int status : { 401, 403 })
            row(status, ErrorCategory::Auth, false, true);
        row(429, ErrorCategory::Limited, true, true);
        for (int status : { 408, 425, 500, 502, 503, 504, 507 })
            row(status, ErrorCategory::Transient, true, false);
        for (int status : { 400, 404, 405, 409, 410, 413, 415, 422, 501 })
            row(status, ErrorCategory::Permanent, false, false);
    }
    void statuses()
    {
        QFETCH(int, status);
        QFETCH(int, category);
        QFETCH(bool, byItself);
        QFETCH(bool, holds);
        FailureFacts facts;
        facts.httpStatus = status;
        facts.wallNow = wall;
        const auto verdict = retry::classify(facts);
        QCOMPARE(int(verdict.category), category);
        QCOMPARE(verdict.delay.has_value(), byItself);
        QCOMPARE(verdict.holdsAccount, holds);
        QCOMPARE(verdict.sentence.isEmpty(), verdict.category == ErrorCategory::None);
    }

    void failures_data()
    {
        QTest::addColumn<int>("failure");
        QTest::addColumn<int>("category");
        const auto row = [](const char *name, Failure failure, ErrorCategory category) {
            QTest::newRow(name) << int(failure) << int(category);
        };
        row("dns", Failure::Dns, ErrorCategory::Transient);
        row("refused", Failure::Refused, ErrorCategory::Transient);
        row("reset", Failure::Reset, ErrorCategory::Transient);
        row("stalled", Failure::Stalled, ErrorCategory::Transient);
        row("tls", Failure::Tls, ErrorCategory::Transient);
        row("network", Failure::Network, ErrorCategory::Transient);
        row("bad answer", Failure::BadAnswer, ErrorCategory::Transient);
        row("file gone", Failure::FileGone, ErrorCategory::Local);
        row("file changed", Failure::FileChanged, ErrorCategory::Local);
        row("disk full", Failure::DiskFull, ErrorCategory::Local);
    }
    void failures()
    {
        QFETCH(int, failure);
        QFETCH(int, category);
        FailureFacts facts;
        facts.failure = Failure(failure);
        facts.detail = "hub.example.org";
        const auto verdict = retry::classify(facts);
        QCOMPARE(int(verdict.category), category);
        QCOMPARE(verdict.delay.has_value(), verdict.category == ErrorCategory::Transient);
        QVERIFY(!verdict.sentence.isEmpty());
    }

    void redirectToAnotherHost()
    {
        FailureFacts facts;
        facts.failure = Failure::OtherHost;
        facts.detail = "evil.example.net";
        facts.httpStatus = 302; // a portal's log-in page: goes away by itself
        QCOMPARE(retry::classify(facts).category, ErrorCategory::Transient);
        facts.httpStatus = 301; // the server moved: the user has to say so
        const auto moved = retry::classify(facts);
        QCOMPARE(moved.category, ErrorCategory::Permanent);
        QVERIFY(moved.sentence.contains("evil.example.net"));
    }

    void backoffGrowsIsSpreadAndBounded()
    {
        QCOMPARE(retry::backoff(1, 0.5), 1000ms);
        QCOMPARE(retry::backoff(2, 0.5), 2000ms);
        QCOMPARE(retry::backoff(3, 0.5), 4000ms);
        QCOMPARE(retry::backoff(3, 0.0), 3200ms);
        QCOMPARE(retry::backoff(3, 1.0), 4800ms);
        QCOMPARE(retry::backoff(9, 0.5), 256000ms);
        QCOMPARE(retry::backoff(10, 0.0), milliseconds(retry::maxBackoff));
        QCOMPARE(retry::backoff(1'000'000, 1.0), milliseconds(retry::maxBackoff));
        QCOMPARE(retry::backoff(0, 0.5), 1000ms);
    }

    void serverTimes_data()
    {
        QTest::addColumn<QByteArray>("retryAfter");
        QTest::addColumn<QByteArray>("reset");
        QTest::addColumn<QByteArray>("date");
        QTest::addColumn<qint64>("ms"); // -1 = none
        const auto stamp = [](qint64 seconds) {
            return QByteArray::number(wall.toSecsSinceEpoch() + seconds);
        };
        const qint64 longest = milliseconds(retry::maxServerWait).count();
        QTest::newRow("none") << QByteArray() << QByteArray() << QByteArray() << qint64(-1);
        QTest::newRow("seconds") << QByteArray("40") << QByteArray() << QByteArray() << qint64(40000);
        QTest::newRow("fraction") << QByteArray("1.5") << QByteArray() << QByteArray() << qint64(1500);
        QTest::newRow("zero") << QByteArray("0") << QByteArray() << QByteArray() << qint64(1000);
        QTest::newRow("negative") << QByteArray("-5") << QByteArray() << QByteArray() << qint64(1000);
        QTest::newRow("absurd") << QByteArray("99999999999999") << QByteArray() << QByteArray() << longest;
        QTest::newRow("nan") << QByteArray("nan") << QByteArray() << QByteArray() << qint64(-1);
        QTest::newRow("date") << QByteArray("Sun, 01 Mar 2026 12:00:40 GMT") << QByteArray() << QByteArray()
                              << qint64(40000);
        QTest::newRow("past date") << QByteArray("Sun, 01 Mar 2026 11:00:00 GMT") << QByteArray()
                                   << QByteArray() << qint64(1000);
        // The server's clock is a day ahead of ours: only the difference between its own two stamps counts.
        QTest::newRow("date, other clock") << QByteArray("Mon, 02 Mar 2026 12:00:40 GMT") << QByteArray()
                                           << QByteArray("Mon, 02 Mar 2026 12:00:00 GMT") << qint64(40000);
        QTest::newRow("rubbish") << QByteArray("soon") << QByteArray() << QByteArray() << qint64(-1);
        QTest::newRow("reset") << QByteArray() << stamp(25) << QByteArray() << qint64(25000);
        QTest::newRow("reset in the past") << QByteArray() << stamp(-25) << QByteArray() << qint64(1000);
        QTest::newRow("reset a year off") << QByteArray() << stamp(31'536'000) << QByteArray() << longest;
        QTest::newRow("Retry-After wins") << QByteArray("40") << stamp(5) << QByteArray() << qint64(40000);
        QTest::newRow("rubbish, then reset")
            << QByteArray("soon") << stamp(5) << QByteArray() << qint64(5000);
    }
    void serverTimes()
    {
        QFETCH(QByteArray, retryAfter);
        QFETCH(QByteArray, reset);
        QFETCH(QByteArray, date);
        QFETCH(qint64, ms);
        FailureFacts facts;
        facts.httpStatus = 429;
        facts.retryAfter = retryAfter;
        facts.rateLimitReset = reset;
        facts.serverDate = date;
        facts.wallNow = wall;
        const auto wait = retry::serverWait(facts);
        QCOMPARE(wait ? qint64(wait->count()) : -1, ms);
        const auto verdict = retry::classify(facts);
        QCOMPARE(verdict.category, ErrorCategory::Limited);
        QVERIFY(*verdict.delay >= (wait ? *wait : milliseconds(retry::blindLimitWait)));
    }

    void unavailableWithRetryAfterWaitsForTheServer()
    {
        FailureFacts facts;
        facts.httpStatus = 503;
        facts.retryAfter = "120";
        facts.wallNow = wall;
        const auto verdict = retry::classify(facts);
        QCOMPARE(verdict.category, ErrorCategory::Transient);
        QCOMPARE(*verdict.delay, 120000ms);
        QVERIFY(verdict.holdsAccount);
    }
};

QTEST_GUILESS_MAIN(TestRetryPolicy)
#include "tst_hub_retry_policy.moc"

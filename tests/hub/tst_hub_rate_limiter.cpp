// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/rate_limiter.h"

#include <QtTest/QTest>

using namespace torchdeck::hub;
using namespace std::chrono_literals;
using Channel = RateLimiter::Channel;

class TestRateLimiter : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void channelKeepsItsSpacing()
    {
        RateLimiter limiter;
        limiter.setInterval(Channel::Metrics, 3s);
        limiter.setInterval(Channel::Checkpoint, 900s);
        const TimePoint t(1h);
        QCOMPARE(limiter.earliest(Channel::Metrics, t), t); // not counting yet
        QVERIFY(!limiter.deadline(Channel::Metrics));
        limiter.mark(Channel::Metrics, t);
        QCOMPARE(limiter.earliest(Channel::Metrics, t + 1s), t + 3s);
        QCOMPARE(limiter.earliest(Channel::Metrics, t + 5s), t + 5s);
        QCOMPARE(limiter.earliest(Channel::Checkpoint, t + 1s), t + 1s); // channels do not know each other
        QCOMPARE(*limiter.deadline(Channel::Metrics), t + 3s);
        limiter.setInterval(Channel::Metrics, 10s); // the setting changes while it counts
        QCOMPARE(limiter.earliest(Channel::Metrics, t + 1s), t + 10s);
        limiter.stop(Channel::Metrics);
        QCOMPARE(limiter.earliest(Channel::Metrics, t + 1s), t + 1s);
    }

    void gateHoldsEveryChannelAndNeverShortens()
    {
        RateLimiter limiter;
        limiter.setInterval(Channel::Metrics, 3s);
        const TimePoint t(1h);
        limiter.hold(t + 40s, "HUB asked to wait");
        limiter.hold(t + 5s, "shorter");
        for (const auto channel : { Channel::Metrics, Channel::Checkpoint, Channel::Heartbeat })
            QCOMPARE(limiter.earliest(channel, t + 1s), t + 40s);
        QCOMPARE(limiter.gateCause(), "HUB asked to wait");
        QCOMPARE(*limiter.gate(t + 39s), t + 40s);
        QVERIFY(!limiter.gate(t + 40s));
        limiter.mark(Channel::Metrics, t + 39s);
        QCOMPARE(limiter.earliest(Channel::Metrics, t + 39s), t + 42s); // the later of both
        limiter.openGate();
        QCOMPARE(limiter.earliest(t + 1s), t + 1s);
    }
};

QTEST_GUILESS_MAIN(TestRateLimiter)
#include "tst_hub_rate_limiter.moc"

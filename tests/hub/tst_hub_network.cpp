// SPDX-License-Identifier: GPL-3.0-or-later
// The kernel tells when the network goes and comes. In a network of this process's own, where it may make one.
#include "hub/network_watch.h"
#include "tests/hub/fake_clock.h"

#include <QtTest/QSignalSpy>
#include <QtTest/QTest>

#include <cstring>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace torchdeck::hub;

namespace {

bool ownNetwork = false; ///< made before Qt starts its first thread

/// The loopback device up, and everything sent to it: a way out as far as routes go.
bool setDefaultRoute(bool on)
{
    const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifreq request {};
    std::strncpy(request.ifr_name, "lo", IFNAMSIZ - 1);
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    bool good = ::ioctl(fd, SIOCSIFFLAGS, &request) == 0;
    rtentry route {};
    char device[] = "lo";
    route.rt_dev = device;
    route.rt_flags = RTF_UP;
    for (sockaddr *address : { &route.rt_dst, &route.rt_genmask, &route.rt_gateway })
        address->sa_family = AF_INET;
    good = ::ioctl(fd, on ? SIOCADDRT : SIOCDELRT, &route) == 0 && good;
    ::close(fd);
    return good;
}

} // namespace

class TestHubNetwork : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theKernelTells()
    {
        if (!ownNetwork)
            QSKIP("this machine lets nobody make a network of their own");
        QVERIFY(!routeExists());
        const auto clock = std::make_shared<FakeClock>(); // stands still: only the kernel can tell
        NetworkWatch watch(clock, nullptr);
        QSignalSpy changed(&watch, &NetworkWatch::changed);
        QVERIFY(watch.down());
        if (!setDefaultRoute(true))
            QSKIP("no route can be set here");
        QVERIFY(routeExists());
        QTRY_COMPARE(changed.size(), 1);
        QVERIFY(!watch.down());
        QVERIFY(setDefaultRoute(false));
        QTRY_COMPARE(changed.size(), 2);
        QVERIFY(watch.down());
    }
};

int main(int argc, char **argv)
{
    ownNetwork = ::unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 || ::unshare(CLONE_NEWNET) == 0;
    QCoreApplication application(argc, argv);
    TestHubNetwork test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_hub_network.moc"

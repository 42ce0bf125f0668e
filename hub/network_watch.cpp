// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/network_watch.h"

#include <QtCore/QSocketNotifier>

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace torchdeck::hub {

namespace {

using std::chrono::seconds;
constexpr seconds memory { 1 }; ///< of an answer that cost a system call
constexpr seconds lookAgain { 2 };

/// connect() of a datagram socket only looks up the route.
bool routeTo(int family, const sockaddr *address, socklen_t size)
{
    const int fd = ::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    const bool there =
        ::connect(fd, address, size) == 0 || (errno != ENETUNREACH && errno != EHOSTUNREACH && errno != EADDRNOTAVAIL);
    ::close(fd);
    return there;
}

/// A local network without a way out: a HUB may stand on it. Only devices that are hardware (or a virtual machine's idea of
/// it): bridges of containers have addresses with nobody around.
bool localNetworkExists()
{
    ifaddrs *list = nullptr;
    if (::getifaddrs(&list) != 0)
        return false;
    bool found = false;
    for (const ifaddrs *one = list; one && !found; one = one->ifa_next) {
        constexpr unsigned wanted = IFF_UP | IFF_RUNNING;
        if (!one->ifa_addr || (one->ifa_flags & wanted) != wanted || (one->ifa_flags & IFF_LOOPBACK))
            continue;
        bool usable = false;
        if (one->ifa_addr->sa_family == AF_INET) {
            const auto address = ntohl(reinterpret_cast<const sockaddr_in *>(one->ifa_addr)->sin_addr.s_addr);
            usable = (address >> 16) != 0xa9fe; // 169.254/16 is what a host gives itself when nobody answers
        } else if (one->ifa_addr->sa_family == AF_INET6) {
            usable = !IN6_IS_ADDR_LINKLOCAL(&reinterpret_cast<const sockaddr_in6 *>(one->ifa_addr)->sin6_addr);
        }
        found = usable && ::access(("/sys/class/net/" + std::string(one->ifa_name) + "/device").c_str(), F_OK) == 0;
    }
    ::freeifaddrs(list);
    return found;
}

/// A socket on which the kernel tells when links, addresses or routes change (rtnetlink(7)); -1 where it may not be had.
int openRouteSocket()
{
    const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (fd < 0)
        return -1;
    sockaddr_nl address {};
    address.nl_family = AF_NETLINK;
    address.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
    if (::bind(fd, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0)
        return fd;
    ::close(fd);
    return -1;
}

/// What exactly changed does not matter: the routes are asked anew.
void drain(int fd)
{
    std::array<char, 8192> buffer;
    while (::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT) > 0) { }
}

} // namespace

bool routeExists()
{
    sockaddr_in four {};
    four.sin_family = AF_INET;
    four.sin_port = htons(443);
    ::inet_pton(AF_INET, "192.0.2.1", &four.sin_addr); // reserved for documentation (RFC 5737)
    sockaddr_in6 six {};
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(443);
    ::inet_pton(AF_INET6, "2001:db8::1", &six.sin6_addr); // RFC 3849
    return routeTo(AF_INET, reinterpret_cast<const sockaddr *>(&four), sizeof four)
        || routeTo(AF_INET6, reinterpret_cast<const sockaddr *>(&six), sizeof six);
}

NetworkWatch::NetworkWatch(std::shared_ptr<Clock> clock, Probe probe, QObject *parent)
    : QObject(parent)
    , m_clock(std::move(clock))
    , m_probe(std::move(probe))
{
    if (m_probe)
        return;
    m_probe = [] { return routeExists() || localNetworkExists(); };
    m_socket = openRouteSocket();
    if (m_socket < 0)
        return; // asked now and then only
    auto *notifier = new QSocketNotifier(m_socket, QSocketNotifier::Read, this);
    connect(notifier, &QSocketNotifier::activated, this, [this] {
        drain(m_socket);
        m_asked.reset();
        const bool before = m_down;
        if (down() != before)
            Q_EMIT changed();
    });
}

NetworkWatch::~NetworkWatch()
{
    for (QSocketNotifier *notifier : findChildren<QSocketNotifier *>())
        notifier->setEnabled(false); // before its socket goes
    if (m_socket >= 0)
        ::close(m_socket);
}

bool NetworkWatch::down()
{
    const auto now = m_clock->now();
    if (m_asked && now - *m_asked < memory)
        return m_down;
    m_asked = now;
    m_down = !m_probe();
    if (m_down)
        watch();
    return m_down;
}

void NetworkWatch::watch()
{
    if (std::exchange(m_watching, true))
        return;
    m_clock->at(m_clock->now() + lookAgain, this, [this] {
        m_watching = false;
        m_asked.reset();
        if (!down())
            Q_EMIT changed();
    });
}

} // namespace torchdeck::hub

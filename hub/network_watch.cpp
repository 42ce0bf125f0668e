// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/network_watch.h"

#include <QtNetwork/QNetworkInformation>

#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
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
    m_probe = routeExists;
    if (!QNetworkInformation::loadBackendByFeatures(QNetworkInformation::Feature::Reachability))
        return;
    auto *system = QNetworkInformation::instance();
    m_systemTells = true;
    m_probe = [system] {
        // A network that the desktop does not manage is not one it knows: then the routes decide.
        return system->reachability() != QNetworkInformation::Reachability::Disconnected || routeExists();
    };
    connect(system, &QNetworkInformation::reachabilityChanged, this, [this] {
        m_asked.reset();
        const bool before = m_down;
        if (down() != before)
            Q_EMIT changed();
    });
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

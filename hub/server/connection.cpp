// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/server/connection.h"

#include <algorithm>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace torchdeck::hub::server {

using namespace std::chrono_literals;

Connection::Connection(int fd, const HttpLimits &limits, int wakeFd, std::function<bool()> crowded)
    : m_fd(fd)
    , m_limits(limits)
    , m_wakeFd(wakeFd)
    , m_crowded(std::move(crowded))
{
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    const int yes = 1; // head and body go out in two writes: without this the second waits for the peer's ACK
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

bool Connection::waitForRequest()
{
    const auto start = Clock::now();
    while (m_begin == m_end) {
        const auto idle = Clock::now() - start;
        if (idle >= m_limits.idleTime || (m_crowded() && idle >= 20ms))
            return false;
        pollfd fds[] = { { m_fd, POLLIN, 0 }, { m_wakeFd, POLLIN, 0 } };
        const int ready = ::poll(fds, 2, m_crowded() ? 20 : 250);
        if (ready < 0 && errno != EINTR)
            return false;
        if (ready > 0 && fds[1].revents)
            return false;
        if (ready > 0 && fds[0].revents) {
            const ssize_t got = ::recv(m_fd, m_buffer.data(), m_buffer.size(), MSG_DONTWAIT);
            if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
                return false;
            m_begin = 0;
            m_end = got > 0 ? static_cast<size_t>(got) : 0;
        }
    }
    m_inHeaders = true;
    m_headerBytes = 0;
    m_headerDeadline = Clock::now() + m_limits.headerTime;
    return true;
}

bool Connection::waitFor(short events, Clock::time_point deadline) const
{
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
        if (left <= 0ms)
            return false;
        pollfd fds[] = { { m_fd, events, 0 } };
        const int ready = ::poll(fds, 1, static_cast<int>(left.count()));
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return false;
    }
}

bool Connection::is_readable() const
{
    return m_begin != m_end || waitFor(POLLIN, Clock::now() + m_limits.stallTime);
}

bool Connection::is_writable() const { return waitFor(POLLOUT, Clock::now() + m_limits.stallTime); }

ssize_t Connection::read(char *to, size_t size)
{
    if (m_begin == m_end) {
        const auto stall = Clock::now() + m_limits.stallTime;
        if (!waitFor(POLLIN, m_inHeaders ? std::min(stall, m_headerDeadline) : stall))
            return -1;
        const ssize_t got = ::recv(m_fd, m_buffer.data(), m_buffer.size(), 0);
        if (got <= 0)
            return got;
        m_begin = 0;
        m_end = static_cast<size_t>(got);
    }
    const size_t n = std::min(size, m_end - m_begin);
    if (m_inHeaders) {
        m_headerBytes += static_cast<int>(n);
        if (m_headerBytes > m_limits.headerBytes)
            return -1;
    }
    m_bodyBytes += static_cast<qint64>(n);
    std::memcpy(to, m_buffer.data() + m_begin, n);
    m_begin += n;
    return static_cast<ssize_t>(n);
}

ssize_t Connection::write(const char *from, size_t size)
{
    for (;;) {
        if (!waitFor(POLLOUT, Clock::now() + m_limits.stallTime))
            return -1;
        const ssize_t sent = ::send(m_fd, from, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0 || (errno != EAGAIN && errno != EINTR))
            return sent;
    }
}

void Connection::drainBody(qint64 size)
{
    m_bodyBytes += static_cast<qint64>(m_end - m_begin);
    m_begin = m_end;
    while (m_bodyBytes < size) {
        pollfd fds[] = { { m_fd, POLLIN, 0 }, { m_wakeFd, POLLIN, 0 } };
        const int ready = ::poll(fds, 2, static_cast<int>(m_limits.stallTime.count()));
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0 || fds[1].revents)
            return;
        const ssize_t got = ::recv(m_fd, m_buffer.data(), m_buffer.size(), MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
            return;
        m_bodyBytes += std::max<ssize_t>(got, 0);
    }
}

void Connection::linger(std::chrono::milliseconds atMost)
{
    ::shutdown(m_fd, SHUT_WR);
    const auto deadline = Clock::now() + std::min(atMost, m_limits.stallTime);
    for (;;) {
        pollfd fds[] = { { m_fd, POLLIN, 0 }, { m_wakeFd, POLLIN, 0 } };
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
        if (left <= 0ms || ::poll(fds, 2, static_cast<int>(left.count())) <= 0 || fds[1].revents)
            break;
        if (::recv(m_fd, m_buffer.data(), m_buffer.size(), 0) <= 0)
            break;
    }
}

void Connection::abort() { ::shutdown(m_fd, SHUT_RDWR); }

namespace {

void numericAddress(const sockaddr_storage &address, socklen_t length, std::string &ip, int &port)
{
    char host[NI_MAXHOST] = {}, service[NI_MAXSERV] = {};
    if (::getnameinfo(reinterpret_cast<const sockaddr *>(&address), length, host, sizeof host, service,
                      sizeof service, NI_NUMERICHOST | NI_NUMERICSERV)
        != 0)
        return;
    ip = host;
    port = std::atoi(service);
}

} // namespace

void Connection::get_remote_ip_and_port(std::string &ip, int &port) const
{
    sockaddr_storage address {};
    socklen_t length = sizeof address;
    if (::getpeername(m_fd, reinterpret_cast<sockaddr *>(&address), &length) == 0)
        numericAddress(address, length, ip, port);
}

void Connection::get_local_ip_and_port(std::string &ip, int &port) const
{
    sockaddr_storage address {};
    socklen_t length = sizeof address;
    if (::getsockname(m_fd, reinterpret_cast<sockaddr *>(&address), &length) == 0)
        numericAddress(address, length, ip, port);
}

} // namespace torchdeck::hub::server

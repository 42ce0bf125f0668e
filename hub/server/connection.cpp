// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/server/connection.h"

#include <algorithm>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace torchdeck::hub::server {

using namespace std::chrono_literals;

Connection::Connection(int fd, const HttpLimits &limits, int wakeFd, std::function<bool()> crowded,
                       const TlsIdentity *tls)
    : m_fd(fd)
    , m_limits(limits)
    , m_wakeFd(wakeFd)
    , m_crowded(std::move(crowded))
{
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    const int yes = 1; // head and body go out in two writes: without this the second waits for the peer's ACK
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (tls) {
        ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
        m_tls.emplace(*tls, fd);
    }
}

Connection::~Connection()
{
    if (m_tls)
        m_tls->sendEnd();
}

bool Connection::open()
{
    if (!m_tls)
        return true;
    const auto start = Clock::now();
    for (;;) {
        short wait = POLLIN;
        const long done = m_tls->handshake(&wait);
        if (m_tls->peerSpeaksPlainHttp())
            answerPlainHttp();
        if (done != TlsChannel::kWait)
            return done > 0;
        const auto spent = Clock::now() - start;
        if (spent >= m_limits.headerTime || (m_crowded() && spent >= 1s))
            return false;
        if (waitOrStop(wait, 100ms) == Woken::Stop)
            return false;
    }
}

/// What somebody who typed http:// reads.
void Connection::answerPlainHttp()
{
    static const std::string text = R"({"success": false, "message": "This HUB speaks HTTPS: begin the address with )"
                                    R"(https://."})";
    const std::string answer = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: application/json\r\n"
                               "Content-Length: "
        + std::to_string(text.size()) + "\r\n\r\n" + text;
    (void)!::send(m_fd, answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    linger(1s);
}

Connection::Woken Connection::waitOrStop(short events, std::chrono::milliseconds atMost) const
{
    pollfd fds[] = { { m_fd, events, 0 }, { m_wakeFd, POLLIN, 0 } };
    const int ready = ::poll(fds, 2, static_cast<int>(atMost.count()));
    if (ready > 0 && fds[1].revents)
        return Woken::Stop;
    return ready > 0 ? Woken::Socket : Woken::Time; // a signal's interruption counts as time: callers look again
}

long Connection::receive(char *to, size_t size, short *wait)
{
    if (m_tls)
        return m_tls->read(to, size, wait);
    const ssize_t got = ::recv(m_fd, to, size, MSG_DONTWAIT);
    if (got >= 0 || (errno != EAGAIN && errno != EINTR))
        return got;
    *wait = POLLIN;
    return TlsChannel::kWait;
}

long Connection::transmit(const char *from, size_t size, short *wait)
{
    if (m_tls)
        return m_tls->write(from, size, wait);
    const ssize_t sent = ::send(m_fd, from, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0 || (errno != EAGAIN && errno != EINTR))
        return sent;
    *wait = POLLOUT;
    return TlsChannel::kWait;
}

bool Connection::waitForRequest()
{
    const auto start = Clock::now();
    while (m_begin == m_end) {
        short wait = POLLIN;
        const long got = receive(m_buffer.data(), m_buffer.size(), &wait);
        if (got == 0 || got == -1)
            return false;
        if (got > 0) {
            m_begin = 0;
            m_end = static_cast<size_t>(got);
            break;
        }
        const auto idle = Clock::now() - start;
        if (idle >= m_limits.idleTime || (m_crowded() && idle >= 20ms))
            return false;
        if (waitOrStop(wait, m_crowded() ? 20ms : 250ms) == Woken::Stop)
            return false;
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
    return m_begin != m_end || (m_tls && m_tls->hasPending())
        || waitFor(POLLIN, Clock::now() + m_limits.stallTime);
}

bool Connection::is_writable() const { return waitFor(POLLOUT, Clock::now() + m_limits.stallTime); }

ssize_t Connection::read(char *to, size_t size)
{
    const auto stall = Clock::now() + m_limits.stallTime;
    while (m_begin == m_end) {
        short wait = POLLIN;
        const long got = receive(m_buffer.data(), m_buffer.size(), &wait);
        if (got == 0 || got == -1)
            return got;
        if (m_inHeaders && Clock::now() >= m_headerDeadline)
            return -1;
        if (got > 0) {
            m_begin = 0;
            m_end = static_cast<size_t>(got);
        } else if (!waitFor(wait, m_inHeaders ? std::min(stall, m_headerDeadline) : stall)) {
            return -1;
        }
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
    const auto stall = Clock::now() + m_limits.stallTime;
    for (;;) {
        short wait = POLLOUT;
        const long sent = transmit(from, size, &wait);
        if (sent != TlsChannel::kWait)
            return sent;
        if (!waitFor(wait, stall))
            return -1;
    }
}

void Connection::drainBody(qint64 size)
{
    m_bodyBytes += static_cast<qint64>(m_end - m_begin);
    m_begin = m_end;
    auto moved = Clock::now();
    while (m_bodyBytes < size && Clock::now() - moved < m_limits.stallTime) {
        short wait = POLLIN;
        const long got = receive(m_buffer.data(), m_buffer.size(), &wait);
        if (got == 0 || got == -1)
            return;
        if (got > 0) {
            m_bodyBytes += got;
            moved = Clock::now();
        } else if (waitOrStop(wait, 1s) == Woken::Stop) {
            return;
        }
    }
}

void Connection::linger(std::chrono::milliseconds atMost)
{
    if (m_tls)
        m_tls->sendEnd();
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

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/server/http_server.h"
#include "hub/server/tls.h"

#include <httplib.h>

#include <array>
#include <optional>

namespace torchdeck::hub::server {

/// One accepted socket, with TLS or without, as the stream that cpp-httplib parses. Adds what the library lacks: a deadline and a
/// size for the whole header, a stall time for bodies, waking up on stop, and a lingering close. Used by one
/// pool thread; abort() may be called by any.
class Connection final : public httplib::Stream {
public:
    /// `wakeFd` becomes readable when the server stops. `crowded` tells whether others wait for a thread. `tls` null:
    /// plain HTTP.
    Connection(int fd, const HttpLimits &limits, int wakeFd, std::function<bool()> crowded,
               const TlsIdentity *tls = nullptr);
    ~Connection() override; ///< tells a TLS peer that this is the end; the socket stays open

    [[nodiscard]] bool secure() const { return m_tls.has_value(); }
    /// TLS: agrees with the peer on a key. False: no TLS, too slow (slower than a second while others wait for a
    /// thread), gone, or the server stops. Without TLS true at once.
    [[nodiscard]] bool open();
    /// Waits for the next request's first byte. False: idle for too long, closed by the peer, or the server
    /// stops.
    [[nodiscard]] bool waitForRequest();
    /// The headers are complete: from now on only the stall time limits reading.
    void headersDone()
    {
        m_inHeaders = false;
        m_bodyBytes = 0;
    }
    /// Reads and drops what is left of a body of `size` bytes; ends early when the peer stalls or goes, or the server
    /// stops.
    void drainBody(qint64 size);
    /// Lets the peer read our answer before the socket goes: without it, unread input turns the close into a
    /// reset.
    void linger(std::chrono::milliseconds atMost);
    void abort(); ///< cuts the connection, from any thread

    bool is_readable() const override;
    bool is_writable() const override;
    ssize_t read(char *to, size_t size) override;
    ssize_t write(const char *from, size_t size) override;
    void get_remote_ip_and_port(std::string &ip, int &port) const override;
    void get_local_ip_and_port(std::string &ip, int &port) const override;
    socket_t socket() const override
    {
        return 0;
    } ///< the library refuses 1024 and up, which matters only to select()

private:
    void answerPlainHttp();

    using Clock = std::chrono::steady_clock;
    [[nodiscard]] bool waitFor(short events, Clock::time_point deadline) const;
    enum class Woken { Socket, Time, Stop };
    /// For `events` of the socket, or the server's stop.
    [[nodiscard]] Woken waitOrStop(short events, std::chrono::milliseconds atMost) const;
    /// What has come so far: bytes, 0 at the peer's end, -1 broken, TlsChannel::kWait (then *wait is what to poll for).
    [[nodiscard]] long receive(char *to, size_t size, short *wait);
    [[nodiscard]] long transmit(const char *from, size_t size, short *wait); ///< likewise, without 0

    const int m_fd;
    const HttpLimits &m_limits;
    const int m_wakeFd;
    const std::function<bool()> m_crowded;
    std::optional<TlsChannel> m_tls;
    bool m_inHeaders = false;
    int m_headerBytes = 0;
    qint64 m_bodyBytes = 0; ///< read of the present body
    Clock::time_point m_headerDeadline;
    std::array<char, 16 * 1024> m_buffer;
    size_t m_begin = 0, m_end = 0;
};

} // namespace torchdeck::hub::server

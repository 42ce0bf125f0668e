// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QByteArray>
#include <QtCore/QHash>

#include <functional>
#include <mutex>

namespace torchdeck::hub::server {

/// What `torchdeck hub serve` allows a key unless told otherwise. A training sends at most 21 requests a minute
/// (metrics each 3 s, a heartbeat each 300 s, a checkpoint each 900 s), so this is for 28 of them at once.
inline constexpr int kUsualRequestsPerMinute = 600;

/// So many requests a minute for each caller, counted in windows that begin with a caller's first request.
/// Refused ones do not count. Any thread.
class RequestLimit {
public:
    using NowMs = std::function<qint64()>; ///< ms since 1970
    RequestLimit(int perMinute, NowMs now); ///< `perMinute` from 1 up

    struct Verdict {
        bool allowed = true;
        int limit = 0;
        int remaining = 0; ///< in this window, after this request
        qint64 nowMs = 0;
        qint64 resetMs = 0; ///< since 1970: the window's end

        [[nodiscard]] qint64 waitSeconds() const; ///< whole ones until then, at least 1
    };
    Verdict take(const QByteArray &caller);
    void giveBack(const QByteArray &caller); ///< the last one taken does not count after all

private:
    struct Window {
        qint64 endMs = 0;
        int used = 0;
    };

    const int m_perMinute;
    const NowMs m_now;
    std::mutex m_mutex;
    QHash<QByteArray, Window> m_windows; ///< guarded by m_mutex
};

} // namespace torchdeck::hub::server

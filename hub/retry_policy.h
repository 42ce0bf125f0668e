// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/types.h"

#include <QtCore/QByteArray>

#include <chrono>

namespace torchdeck::hub {

/// What went wrong below HTTP, or on this machine. None = an HTTP answer came.
enum class Failure {
    None,
    Dns, ///< name not found
    Refused, ///< nobody listens there
    Reset, ///< connection broken before, in or after the body
    Stalled, ///< no byte moved for the stall time
    Tls, ///< certificate not accepted
    Network, ///< any other trouble of the network
    OtherHost, ///< redirected to another server, which must never see the key
    BadAnswer, ///< 2xx, but not what HUB answers (half, no JSON, a portal's page)
    FileGone, ///< local: the file to send is missing or unreadable
    FileChanged, ///< local: the file is not the one that was frozen
    DiskFull, ///< local
    Cancelled,
};

/// Everything the decision depends on; no clock and no randomness inside `classify`.
struct FailureFacts {
    Failure failure = Failure::None;
    int httpStatus = 0; ///< 0 = no answer
    QByteArray retryAfter; ///< Retry-After: seconds or an HTTP date
    QByteArray rateLimitReset; ///< X-RateLimit-Reset: epoch seconds
    QByteArray serverDate; ///< Date: makes the two above independent of this machine's wall clock
    QString detail; ///< host, file name or the server's own words
    int attempts = 1; ///< tries so far, this one included
    QDateTime wallNow;
    double jitter = 0.5; ///< 0..1, drawn by the caller
};

struct Verdict {
    ErrorCategory category = ErrorCategory::None;
    QString sentence; ///< for people: what happened and what happens next
    std::optional<std::chrono::milliseconds> delay; ///< nothing = not by itself (Auth, Permanent, Local)
    bool holdsAccount =
        false; ///< no request of any kind until `delay` is over (Limited) or the key changed (Auth)
};

namespace retry {
inline constexpr std::chrono::minutes maxBackoff { 5 };
inline constexpr std::chrono::hours maxServerWait {
    6
}; ///< a server may ask for more; nobody would understand it
inline constexpr std::chrono::seconds blindLimitWait { 60 }; ///< 429 without any header

/// Pure. A 2xx status with Failure::None gives ErrorCategory::None.
[[nodiscard]] Verdict classify(const FailureFacts &facts);

/// 1, 2, 4, ... s, spread by +-20 %, never over five minutes. `attempts` counts from 1.
[[nodiscard]] std::chrono::milliseconds backoff(int attempts, double jitter);

/// The time the server asked for by its headers, bounded to 1 s .. maxServerWait; nothing when it named none.
[[nodiscard]] std::optional<std::chrono::milliseconds> serverWait(const FailureFacts &facts);
} // namespace retry

} // namespace torchdeck::hub

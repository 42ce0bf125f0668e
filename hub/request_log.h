// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// What the HUB client asked and what came back, as values. No key, no body and no local path is ever in them.

#include "hub/retry_policy.h"

#include <QtCore/QMetaType>

#include <deque>

namespace torchdeck::hub {

enum class RequestKind {
    Other,
    KeyTest,
    CreateModel,
    ReadModel, ///< read back: is the model there and whole?
    ReadMetrics, ///< read back: which epochs are there?
    Metrics,
    Checkpoint,
    FinalModel,
    Heartbeat,
    Usage,
};

/// What a request is about. Epochs are 0-based as on the wire; -1 = of no epoch.
struct RequestSubject {
    RequestKind kind = RequestKind::Other;
    int firstEpoch = -1, lastEpoch = -1;
};

/// One request that has ended, redirects within the server included.
struct RequestRecord {
    quint64 number = 0; ///< from 1, in the order of their ends; 0 = not in a log
    QDateTime started; ///< local wall time
    RequestSubject subject;
    QString server; ///< host and port
    Failure failure = Failure::None;
    int httpStatus = 0; ///< 0 = no answer
    std::chrono::milliseconds duration { 0 };
    qint64 bytesSent = 0, bytesReceived = 0; ///< of the bodies
    std::optional<std::chrono::milliseconds> serverWait; ///< that the answer asked for

    /// The user's own pause or end is no failure.
    [[nodiscard]] bool failed() const;
};

[[nodiscard]] QString subjectWords(const RequestSubject &subject); ///< "Metrics, epochs 3-5", counted from 1
[[nodiscard]] QString resultWords(const RequestRecord &record); ///< "200", "429 (too many requests)", "connection refused"
/// One line of plain text, fields divided by two spaces or more; for logs and the support bundle.
[[nodiscard]] QString requestLine(const RequestRecord &record);

/// The last requests of this process, oldest first. Main thread.
class RequestLog {
public:
    static constexpr std::size_t most = 2'000;

    const RequestRecord &add(RequestRecord record); ///< numbers it; the oldest goes when there are `most`
    [[nodiscard]] const std::deque<RequestRecord> &records() const { return m_records; }

private:
    std::deque<RequestRecord> m_records;
    quint64 m_count = 0;
};

} // namespace torchdeck::hub

Q_DECLARE_METATYPE(torchdeck::hub::RequestRecord)

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// One request and one answer as values: what the protocol adapter builds and reads, and the client carries.

#include "hub/request_log.h"
#include "hub/retry_policy.h"

#include <QtCore/QByteArray>
#include <QtCore/QString>
#include <QtCore/QUrl>
#include <QtCore/QVector>

namespace torchdeck::hub {

struct WireHeader {
    QByteArray name, value;
};

struct WireField {
    QByteArray name;
    QByteArray value;
};

/// JSON body, or (with `filePath`) a multipart body that is streamed from disk.
struct WireRequest {
    QByteArray verb = "POST";
    QUrl url;
    QVector<WireHeader> headers; ///< the key is among them: never log a request's headers
    QByteArray json;
    QVector<WireField> fields;
    QString filePath; ///< local; never sent
    QByteArray fileName; ///< part name and file name on the wire
    qint64 maxAnswerBytes = 4 << 20;
    RequestSubject subject; ///< for the request log; never sent
};

struct WireAnswer {
    Failure failure = Failure::None;
    int status = 0;
    QByteArray body;
    QByteArray retryAfter, rateLimitReset, rateLimitRemaining, date;
    QString where; ///< host and port asked, or the host of a refused redirect, or the missing file's name

    [[nodiscard]] bool ok() const { return failure == Failure::None && status >= 200 && status < 300; }
    /// What the policy needs of it; attempts, jitter and words are the caller's.
    [[nodiscard]] FailureFacts facts(const QDateTime &wallNow) const
    {
        FailureFacts f;
        f.failure = failure;
        f.httpStatus = status;
        f.retryAfter = retryAfter;
        f.rateLimitReset = rateLimitReset;
        f.serverDate = date;
        f.wallNow = wallNow;
        return f;
    }
};

} // namespace torchdeck::hub

// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/request_log.h"

#include <QtCore/QCoreApplication>

namespace torchdeck::hub {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(torchdeck::hub::RequestLog)
};

QString failureWords(Failure failure)
{
    switch (failure) {
    case Failure::None:
        break;
    case Failure::Dns:
        return Words::tr("server name not found");
    case Failure::Refused:
        return Words::tr("connection refused");
    case Failure::Reset:
        return Words::tr("connection broke");
    case Failure::Stalled:
        return Words::tr("no answer in time");
    case Failure::Tls:
        return Words::tr("certificate not accepted");
    case Failure::Network:
        return Words::tr("network trouble");
    case Failure::OtherHost:
        return Words::tr("sent on to another server");
    case Failure::BadAnswer:
        return Words::tr("answer not readable");
    case Failure::FileGone:
        return Words::tr("file is gone");
    case Failure::FileChanged:
        return Words::tr("file has changed");
    case Failure::DiskFull:
        return Words::tr("disk full");
    case Failure::Cancelled:
        return Words::tr("cancelled here");
    }
    return {};
}

QString statusWords(int status)
{
    switch (status) {
    case 400:
    case 422:
        return Words::tr("content refused");
    case 401:
        return Words::tr("key not accepted");
    case 403:
        return Words::tr("not allowed");
    case 404:
    case 410:
        return Words::tr("not known there");
    case 408:
        return Words::tr("took too long");
    case 409:
        return Words::tr("conflict");
    case 413:
        return Words::tr("too large");
    case 429:
        return Words::tr("too many requests");
    default:
        break;
    }
    if (status >= 500)
        return Words::tr("server trouble");
    return status >= 400 ? Words::tr("refused") : QString();
}

} // namespace

bool RequestRecord::failed() const
{
    if (failure != Failure::None)
        return failure != Failure::Cancelled;
    return httpStatus < 200 || httpStatus >= 300;
}

QString subjectWords(const RequestSubject &subject)
{
    const int first = subject.firstEpoch + 1, last = subject.lastEpoch + 1; // as results.csv counts
    switch (subject.kind) {
    case RequestKind::KeyTest:
        return Words::tr("Key test");
    case RequestKind::CreateModel:
        return Words::tr("Create the model");
    case RequestKind::ReadModel:
        return Words::tr("Read the model back");
    case RequestKind::ReadMetrics:
        return Words::tr("Read the metrics back");
    case RequestKind::Metrics:
        return first == last ? Words::tr("Metrics, epoch %1").arg(first)
                             : Words::tr("Metrics, epochs %1-%2").arg(first).arg(last);
    case RequestKind::Checkpoint:
        return Words::tr("Checkpoint, epoch %1").arg(first);
    case RequestKind::FinalModel:
        return Words::tr("Final model");
    case RequestKind::Heartbeat:
        return Words::tr("Heartbeat");
    case RequestKind::Usage:
        return Words::tr("Usage events");
    case RequestKind::Other:
        break;
    }
    return Words::tr("Request");
}

QString resultWords(const RequestRecord &record)
{
    if (record.failure == Failure::None) {
        const QString code = QString::number(record.httpStatus), words = statusWords(record.httpStatus);
        return words.isEmpty() ? code : Words::tr("%1 (%2)").arg(code, words);
    }
    const QString words = failureWords(record.failure);
    return record.httpStatus > 0 ? Words::tr("%1 (%2)").arg(record.httpStatus).arg(words) : words;
}

QString requestLine(const RequestRecord &record)
{
    QString line = QStringLiteral("%1  %2  %3  %4 ms  sent %5 B  received %6 B")
                       .arg(record.started.toString(Qt::ISODateWithMs), subjectWords(record.subject).leftJustified(24),
                            resultWords(record))
                       .arg(record.duration.count())
                       .arg(record.bytesSent)
                       .arg(record.bytesReceived);
    if (record.serverWait)
        line += QStringLiteral("  asked to wait %1 s").arg(double(record.serverWait->count()) / 1000.0);
    return line + QStringLiteral("  ") + record.server;
}

const RequestRecord &RequestLog::add(RequestRecord record)
{
    record.number = ++m_count;
    m_records.push_back(std::move(record));
    if (m_records.size() > most)
        m_records.pop_front();
    return m_records.back();
}

} // namespace torchdeck::hub

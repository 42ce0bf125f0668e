// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/retry_policy.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QLocale>

#include <algorithm>
#include <cmath>

namespace torchdeck::hub::retry {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Words {
    Q_DECLARE_TR_FUNCTIONS(torchdeck::hub::RetryPolicy)
};

/// "Wed, 21 Oct 2015 07:28:00 GMT"; the two forms older than 1994 are not accepted.
QDateTime parseHttpDate(const QByteArray &text)
{
    auto date = QLocale::c().toDateTime(QString::fromLatin1(text.trimmed()),
                                        QStringLiteral("ddd, dd MMM yyyy HH:mm:ss 'GMT'"));
    if (date.isValid())
        date.setTimeSpec(Qt::UTC);
    return date;
}

milliseconds bounded(qint64 ms)
{
    return std::clamp<milliseconds>(milliseconds(ms), seconds(1), maxServerWait);
}

Verdict automatic(const FailureFacts &facts, const QString &sentence)
{
    auto delay = backoff(facts.attempts, facts.jitter);
    bool server = false;
    if (const auto asked = serverWait(facts); asked && *asked >= delay) {
        delay = *asked;
        server = true;
    }
    return { ErrorCategory::Transient, sentence, delay, server };
}

QString serverWords(const QString &detail)
{
    return detail.isEmpty() ? QString() : Words::tr(" It says: \"%1\".").arg(detail);
}

Verdict withoutAnswer(const FailureFacts &facts)
{
    const auto &what = facts.detail;
    switch (facts.failure) {
    case Failure::Dns:
        return automatic(facts,
                         Words::tr("The name %1 was not found: no network, or a wrong server address. "
                                   "It is tried again by itself.")
                             .arg(what));
    case Failure::Refused:
        return automatic(facts,
                         Words::tr("%1 refuses the connection: the server is down or the address is wrong. "
                                   "It is tried again by itself.")
                             .arg(what));
    case Failure::Reset:
        return automatic(facts,
                         Words::tr("The connection to %1 broke. It is tried again by itself.").arg(what));
    case Failure::Stalled:
        return automatic(facts, Words::tr("%1 stopped answering. It is tried again by itself.").arg(what));
    case Failure::Tls:
        return automatic(facts,
                         Words::tr("The certificate of %1 was not accepted, so nothing was sent. Check the "
                                   "server address, the clock and the own CA in the settings.")
                             .arg(what));
    case Failure::OtherHost:
        if (facts.httpStatus == 301 || facts.httpStatus == 308) {
            return { ErrorCategory::Permanent,
                     Words::tr(
                         "The server moved to %1. The key was not sent there: if that is right, enter the "
                         "new address in the settings and retry.")
                         .arg(what),
                     std::nullopt, false };
        }
        return automatic(facts,
                         Words::tr("The answer points to %1, perhaps a log-in page of this network. The key "
                                   "was not sent there. It is tried again by itself.")
                             .arg(what));
    case Failure::BadAnswer:
        return automatic(
            facts, Words::tr("The answer of %1 could not be read. It is tried again by itself.").arg(what));
    case Failure::FileGone:
        return { ErrorCategory::Local,
                 Words::tr(
                     "The file %1 is no longer there or cannot be read. Put it back and retry, or discard "
                     "the item.")
                     .arg(what),
                 std::nullopt, false };
    case Failure::FileChanged:
        return {
            ErrorCategory::Local,
            Words::tr("The file %1 was changed after it was saved. Retry sends it as it is now.").arg(what),
            std::nullopt, false
        };
    case Failure::DiskFull:
        return { ErrorCategory::Local, Words::tr("The disk is full. Free some space and retry."),
                 std::nullopt, false };
    case Failure::None:
    case Failure::Network:
    case Failure::Cancelled:
        break;
    }
    return automatic(facts, Words::tr("%1 cannot be reached. It is tried again by itself.").arg(what));
}

QString permanentSentence(int status)
{
    switch (status) {
    case 404:
        return Words::tr(
            "The server does not know this model (404): it was deleted there, or the server address is "
            "another one. Retry sends it again.");
    case 409:
        return Words::tr("The server holds something else under this name (409). Retry sends it again.");
    case 413:
        return Words::tr("It is too large for the server (413). Ask for a higher limit, then retry.");
    case 400:
    case 422:
        return Words::tr("The server refuses the content (%1).").arg(status);
    default:
        return Words::tr("The server refuses the request (%1). Retry sends it again.").arg(status);
    }
}

} // namespace

milliseconds backoff(int attempts, double jitter)
{
    const int doublings = std::clamp(attempts - 1, 0, 16);
    const double base = 1000.0 * std::ldexp(1.0, doublings);
    const double spread = 0.8 + 0.4 * std::clamp(jitter, 0.0, 1.0);
    const milliseconds wait(std::llround(base * spread));
    return std::min<milliseconds>(wait, maxBackoff);
}

std::optional<milliseconds> serverWait(const FailureFacts &facts)
{
    const auto fromServer = parseHttpDate(facts.serverDate);
    const auto now = fromServer.isValid() ? fromServer : facts.wallNow;
    const auto text = facts.retryAfter.trimmed();
    if (!text.isEmpty()) {
        bool number = false;
        if (const double secs = text.toDouble(&number); number && std::isfinite(secs))
            return bounded(qint64(std::ceil(std::clamp(secs, 0.0, 1e9) * 1000)));
        if (const auto date = parseHttpDate(text); date.isValid() && now.isValid())
            return bounded(now.msecsTo(date));
    }
    bool number = false;
    const double reset = facts.rateLimitReset.trimmed().toDouble(&number);
    if (number && std::isfinite(reset) && reset > 0 && now.isValid())
        return bounded(qint64(std::min(reset, 1e11) * 1000) - now.toMSecsSinceEpoch());
    return std::nullopt;
}

Verdict classify(const FailureFacts &facts)
{
    if (facts.failure != Failure::None)
        return withoutAnswer(facts);
    const int status = facts.httpStatus;
    if (status >= 200 && status < 300)
        return {};
    const auto words = serverWords(facts.detail);
    if (status == 401 || status == 403) {
        const auto said = status == 401 ? Words::tr("The server does not accept the API key (401).")
                                        : Words::tr("The API key may not do this (403).");
        return { ErrorCategory::Auth,
                 said + words + Words::tr(" Uploads wait until another key is set; nothing is lost."),
                 std::nullopt, true };
    }
    if (status == 429) {
        const auto asked = serverWait(facts);
        const auto delay =
            asked ? *asked : std::max<milliseconds>(blindLimitWait, backoff(facts.attempts, facts.jitter));
        return { ErrorCategory::Limited,
                 Words::tr("The server asks to send less often (429). It goes on when the server allows it."),
                 delay, true };
    }
    if (status == 408 || status == 425 || status == 407
        || (status >= 500 && status != 501 && status != 505)) {
        const auto said = status == 407 ? Words::tr("The proxy asks for a log-in (407).")
                                        : Words::tr("The server has trouble (%1).").arg(status);
        return automatic(facts, said + words + Words::tr(" It is tried again by itself."));
    }
    if (status == 0)
        return withoutAnswer(facts);
    return { ErrorCategory::Permanent, permanentSentence(status) + words, std::nullopt, false };
}

} // namespace torchdeck::hub::retry

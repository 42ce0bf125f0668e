// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/account_gate.h"

#include <QtCore/QRandomGenerator>

#include <utility>

namespace torchdeck::hub {

namespace {

/// A server may repeat the key in its error; it must not reach a log or the panel.
QString without(const QString &secret, QString text)
{
    auto bare = secret;
    if (bare.startsWith(QLatin1String("Bearer ")))
        bare = bare.mid(7);
    if (bare.size() >= 4)
        text.replace(bare, QStringLiteral("***"));
    return text;
}

} // namespace

AccountGate::AccountGate(std::shared_ptr<Clock> clock, std::shared_ptr<const HubProtocol> protocol,
                         QObject *parent)
    : QObject(parent)
    , m_clock(std::move(clock))
    , m_protocol(std::move(protocol))
{
}

void AccountGate::setAccount(const Account &account)
{
    const bool otherKey = account.key != m_account.key;
    const bool otherServer = account.apiRoot != m_account.apiRoot;
    m_account = account;
    if (otherServer && !m_account.apiRoot.isEmpty())
        m_limiter.openGate();
    if (m_account.key.isEmpty())
        m_block = tr("There is no API key. Enter one in the settings: uploads wait, nothing is lost.");
    else if (otherKey || otherServer)
        m_block.clear();
    if (otherKey || otherServer)
        Q_EMIT changed();
}

void AccountGate::setOffline(bool offline)
{
    if (std::exchange(m_offline, offline) != offline)
        Q_EMIT changed();
}

void AccountGate::tryKeyAgain()
{
    if (m_account.key.isEmpty() || m_block.isEmpty())
        return;
    m_block.clear();
    Q_EMIT changed();
}

Verdict AccountGate::verdictFor(const WireAnswer &answer, int attempts, const QString &key) const
{
    FailureFacts facts = answer.facts(m_clock->wallNow());
    if (answer.ok() && !m_protocol->plausible(answer.body))
        facts.failure = Failure::BadAnswer;
    facts.attempts = attempts;
    facts.jitter = QRandomGenerator::global()->generateDouble();
    facts.detail =
        without(key, facts.failure == Failure::None ? m_protocol->serverMessage(answer.body) : answer.where);
    return retry::classify(facts);
}

Verdict AccountGate::judge(const WireAnswer &answer, int attempts)
{
    const auto verdict = verdictFor(answer, attempts, m_account.key);
    if (verdict.category == ErrorCategory::Auth) {
        m_block = verdict.sentence;
        Q_EMIT changed();
    } else if (verdict.holdsAccount && verdict.delay) {
        hold(*verdict.delay, tr("HUB asked to wait"));
    } else {
        noteLimit(answer);
    }
    return verdict;
}

void AccountGate::noteLimit(const WireAnswer &answer)
{
    if (answer.rateLimitRemaining.trimmed() != "0" || answer.failure == Failure::OtherHost)
        return;
    if (const auto wait = retry::serverWait(answer.facts(m_clock->wallNow())))
        hold(*wait, tr("HUB allows no more requests for now"));
}

void AccountGate::hold(std::chrono::milliseconds wait, const QString &cause)
{
    m_limiter.hold(m_clock->now() + wait, cause);
    Q_EMIT held(wait);
    Q_EMIT changed();
}

Verdict AccountGate::localVerdict(Failure failure, const QString &fileName) const
{
    FailureFacts facts;
    facts.failure = failure;
    facts.detail = fileName;
    return retry::classify(facts);
}

void AccountGate::restoreHold(std::chrono::milliseconds left)
{
    if (left.count() > 0)
        m_limiter.hold(m_clock->now() + left, tr("HUB asked to wait"));
}

} // namespace torchdeck::hub

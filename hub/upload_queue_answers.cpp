// SPDX-License-Identifier: GPL-3.0-or-later
// What an answer means for the item and its run.
#include "hub/upload_queue.h"

#include <QtCore/QFileInfo>
#include <QtCore/QStringList>

#include <algorithm>

namespace torchdeck::hub {

namespace {

constexpr int maxRounds = 3; ///< how often a final model goes back when the server holds something else
constexpr int maxConfirmTries = 6; ///< 1 + 2 + 4 + ... s: a server may need a moment to take the model in

QString list(QVector<int> epochs)
{
    std::sort(epochs.begin(), epochs.end());
    QStringList words;
    for (const int epoch : epochs) {
        if (words.size() == 10) {
            words.append(QStringLiteral("..."));
            break;
        }
        words.append(QString::number(epoch + 1));
    }
    return words.join(QStringLiteral(", "));
}

} // namespace

void UploadQueue::answered(qint64 id, const WireAnswer &answer)
{
    auto *entry = m_outbox.entry(id);
    if (!entry) {
        m_gate.noteLimit(answer); // what was sent is no longer wanted, but it counted
        return;
    }
    entry->sending = false;
    entry->call = nullptr;
    auto *run = m_outbox.run(entry->record.run);
    if (!run)
        return;
    if (answer.failure == Failure::Cancelled) {
        --entry->record.attempts; // paused or switched off: not a failure
        entry->bytesSent = 0;
        entry->inFlight.clear();
        m_gate.noteLimit(answer);
    } else if (answer.ok() && m_gate.protocol().plausible(answer.body)) {
        (void)m_gate.judge(answer,
                           entry->record.attempts); // the last allowed request of a window closes the gate
        succeeded(*entry, *run, answer);
    } else {
        failed(*entry, *run, answer);
    }
    pump();
}

void UploadQueue::succeeded(Entry &entry, RunState &run, const WireAnswer &answer)
{
    auto &r = entry.record;
    r.httpStatus = answer.status;
    switch (r.kind) {
    case UploadKind::CreateModel:
        created(entry, run, answer);
        break;
    case UploadKind::Metrics:
        metricsArrived(entry, run);
        break;
    case UploadKind::Checkpoint:
        m_gate.limiter().mark(RateLimiter::Channel::Checkpoint, m_gate.clock().now());
        Q_EMIT log(tr("Checkpoint of epoch %1 is on HUB").arg(r.epoch + 1));
        m_outbox.remove(r.id);
        m_outbox.tidy(run.record.key);
        break;
    case UploadKind::FinalModel:
        if (r.phase == ItemPhase::Confirm) {
            checkConfirmation(entry, run, answer);
            break;
        }
        r.phase = ItemPhase::Confirm;
        r.attempts = 0;
        r.category = ErrorCategory::None;
        r.error.clear();
        entry.modelConfirmed = false;
        m_outbox.save(entry);
        break;
    case UploadKind::UsageEvent:
        break;
    }
}

void UploadQueue::created(Entry &entry, RunState &run, const WireAnswer &answer)
{
    const bool known = entry.record.phase == ItemPhase::Confirm;
    if (known && entry.modelConfirmed) {
        if (const auto found = m_gate.protocol().epochs(answer.body)) {
            compared(entry, run, *found);
            return;
        }
        auto unreadable = answer;
        unreadable.failure = Failure::BadAnswer;
        failed(entry, run, unreadable);
        return;
    }
    const auto id = known ? std::optional(run.record.modelId) : m_gate.protocol().createdModel(answer.body);
    if (!id || (known && !m_gate.protocol().modelFacts(answer.body))) {
        auto unreadable = answer;
        unreadable.failure = Failure::BadAnswer;
        failed(entry, run, unreadable);
        return;
    }
    run.record.modelId = *id;
    run.record.apiRoot = m_gate.account().apiRoot;
    run.record.webRoot = m_gate.account().webRoot;
    m_outbox.saveRun(run);
    if (known && std::exchange(run.compare, false)) {
        entry.modelConfirmed = true; // asked for its epochs next
        entry.record.attempts = 0;
        return;
    }
    const auto key = run.record.key;
    m_outbox.remove(entry.record.id);
    Q_EMIT modelKnown(key);
}

void UploadQueue::compared(Entry &entry, RunState &run, const QSet<int> &onServer)
{
    const auto key = run.record.key;
    m_outbox.remove(entry.record.id);
    Q_EMIT epochsRead(key, onServer);
    Q_EMIT modelKnown(key);
}

void UploadQueue::metricsArrived(Entry &entry, RunState &run)
{
    for (auto it = entry.inFlight.cbegin(); it != entry.inFlight.cend(); ++it) {
        const auto epoch = run.record.epochs.find(it.key());
        // Replaced while it was on its way: the newer values still have to go.
        if (epoch == run.record.epochs.end())
            continue;
        epoch->sentRevision = std::max(epoch->sentRevision, it.value());
        m_outbox.saveEpoch(run, it.key());
    }
    entry.inFlight.clear();
    run.batchLimit = std::min(run.batchLimit * 2, RunState().batchLimit);
    entry.record.attempts = 0;
    entry.record.category = ErrorCategory::None;
    entry.record.error.clear();
    if (run.pendingEpochs(false) > 0)
        m_outbox.save(entry);
    const auto key = run.record.key;
    m_outbox.syncMetricsItems(run);
    m_outbox.tidy(key);
}

void UploadQueue::checkConfirmation(Entry &entry, RunState &run, const WireAnswer &answer)
{
    if (entry.modelConfirmed) {
        checkEpochs(entry, run, answer);
        return;
    }
    auto &r = entry.record;
    const auto facts = m_gate.protocol().modelFacts(answer.body);
    if (!facts) {
        auto unreadable = answer;
        unreadable.failure = Failure::BadAnswer;
        failed(entry, run, unreadable);
        return;
    }
    const bool otherHash = !facts->weightsSha256.isEmpty() && facts->weightsSha256 != r.sha256;
    const bool otherSize = facts->weightsSize && *facts->weightsSize != r.size;
    if (otherHash || otherSize) {
        if (++entry.rounds >= maxRounds) {
            notConfirmed(entry, tr("the server holds another file than the one that was sent"));
            return;
        }
        r.phase = ItemPhase::Send;
        r.category = ErrorCategory::Transient;
        r.error = tr("The server holds another file than the one that was sent. It is sent again.");
        entry.nextTry = m_gate.clock().now() + retry::backoff(entry.rounds, 0.5);
        m_outbox.save(entry);
        return;
    }
    if (facts->status != QLatin1String("trained")) {
        if (++entry.confirmTries >= maxConfirmTries) {
            notConfirmed(entry, tr("the server still says \"%1\" of the model").arg(facts->status.left(40)));
            return;
        }
        r.category = ErrorCategory::Transient;
        r.error = tr("Uploaded; the server has not taken it in yet. It is asked again by itself.");
        entry.nextTry = m_gate.clock().now() + retry::backoff(entry.confirmTries, 0.5);
        m_outbox.save(entry);
        return;
    }
    entry.modelConfirmed = true;
}

void UploadQueue::checkEpochs(Entry &entry, RunState &run, const WireAnswer &answer)
{
    const auto found = m_gate.protocol().epochs(answer.body);
    if (!found) {
        auto unreadable = answer;
        unreadable.failure = Failure::BadAnswer;
        failed(entry, run, unreadable);
        return;
    }
    QVector<int> missing;
    bool refused = false;
    for (auto it = run.record.epochs.cbegin(); it != run.record.epochs.cend(); ++it) {
        // An epoch without any value leaves no trace in what the server lists.
        if (!found->contains(it.key()) && it->json != "{}") {
            missing.append(it.key());
            refused = refused || it->refused;
        }
    }
    if (missing.isEmpty()) {
        confirmed(entry, run);
        return;
    }
    if (refused || ++entry.rounds >= maxRounds) {
        notConfirmed(entry, tr("the server does not have the metrics of epoch %1").arg(list(missing)));
        return;
    }
    Q_EMIT log(tr("HUB does not have the metrics of epoch %1: sent again").arg(list(missing)));
    for (const int epoch : std::as_const(missing)) {
        run.record.epochs[epoch].sentRevision = 0;
        m_outbox.saveEpoch(run, epoch);
    }
    entry.nextTry = m_gate.clock().now() + retry::backoff(entry.rounds, 0.5);
    m_outbox.syncMetricsItems(run);
}

void UploadQueue::confirmed(Entry &entry, RunState &run)
{
    const auto key = run.record.key;
    const auto id = entry.record.id;
    run.record.confirmed = true;
    m_outbox.saveRun(run);
    Q_EMIT runConfirmed(key);
    m_outbox.remove(id);
    m_outbox.tidy(key);
}

void UploadQueue::notConfirmed(Entry &entry, const QString &why)
{
    auto &r = entry.record;
    r.failed = true;
    r.category = ErrorCategory::Permanent;
    r.error = tr("Uploaded, not confirmed: %1. Retry asks again.").arg(why);
    entry.modelConfirmed = false;
    m_outbox.save(entry);
    Q_EMIT log(r.error);
}

void UploadQueue::failed(Entry &entry, RunState &run, const WireAnswer &answer)
{
    auto &r = entry.record;
    const auto verdict = m_gate.judge(answer, std::max(1, r.attempts));
    const bool gone = answer.failure == Failure::None && (answer.status == 404 || answer.status == 410);
    const bool cannotReadBack = entry.modelConfirmed && answer.failure == Failure::None
        && (answer.status == 404 || answer.status == 405 || answer.status == 501);
    if (r.kind == UploadKind::CreateModel && r.phase == ItemPhase::Confirm && cannotReadBack) {
        compared(entry, run, {}); // this server cannot read metrics back: sending twice loses nothing
        return;
    }
    if (r.kind == UploadKind::CreateModel && r.phase == ItemPhase::Confirm && gone) {
        Q_EMIT log(tr("The model %1 is no longer on HUB: a new one is created for %2")
                       .arg(run.record.modelId, run.record.description.modelName));
        r.phase = ItemPhase::Send;
        r.attempts = 0;
        run.record.modelId.clear();
        for (auto it = run.record.epochs.begin(); it != run.record.epochs.end(); ++it) {
            it->sentRevision = 0;
            m_outbox.saveEpoch(run, it.key());
        }
        m_outbox.saveRun(run);
        m_outbox.save(entry);
        m_outbox.syncMetricsItems(run);
        Q_EMIT modelLost(run.record.key);
        return;
    }
    if (r.kind == UploadKind::FinalModel && r.phase == ItemPhase::Confirm && cannotReadBack) {
        confirmed(entry, run); // the model was read back; this server cannot read metrics back
        return;
    }
    if (r.kind == UploadKind::Metrics && splitMetrics(entry, run, verdict, answer.status))
        return;
    entry.inFlight.clear();
    record(entry, verdict, answer.failure == Failure::None ? answer.status : 0);
}

/// A request of many epochs that the server refuses as too large or wrong is sent again in halves, so that
/// one bad epoch does not keep the others; what is refused alone moves to an item of its own.
bool UploadQueue::splitMetrics(Entry &entry, RunState &run, const Verdict &verdict, int httpStatus)
{
    const bool content = httpStatus == 400 || httpStatus == 413 || httpStatus == 422;
    if (verdict.category != ErrorCategory::Permanent || !content)
        return false;
    if (entry.inFlight.size() > 1) {
        run.batchLimit = std::max<int>(1, int(entry.inFlight.size()) / 2);
        entry.inFlight.clear();
        entry.record.error = tr("The server refused %1: fewer epochs at a time are sent.").arg(httpStatus);
        entry.record.httpStatus = httpStatus;
        m_outbox.save(entry);
        return true;
    }
    for (auto it = entry.inFlight.cbegin(); it != entry.inFlight.cend(); ++it) {
        const auto epoch = run.record.epochs.find(it.key());
        if (epoch == run.record.epochs.end() || epoch->revision != it.value())
            continue;
        epoch->refused = true;
        m_outbox.saveEpoch(run, it.key());
    }
    entry.inFlight.clear();
    m_outbox.syncMetricsItems(run);
    if (auto *refused = m_outbox.find(run.record.key, UploadKind::Metrics, true)) {
        ++refused->record.attempts;
        refused->record.lastTry = m_gate.clock().wallNow();
        record(*refused, verdict, httpStatus);
    }
    return true;
}

void UploadQueue::record(Entry &entry, const Verdict &verdict, int httpStatus)
{
    auto &r = entry.record;
    r.category = verdict.category;
    r.httpStatus = httpStatus;
    r.error = verdict.sentence;
    entry.nextTry.reset();
    switch (verdict.category) {
    case ErrorCategory::Limited:
    case ErrorCategory::Transient:
        entry.nextTry = m_gate.clock().now() + verdict.delay.value_or(retry::maxBackoff);
        break;
    case ErrorCategory::Permanent:
    case ErrorCategory::Local:
        r.failed = true;
        break;
    case ErrorCategory::Auth: // the gate is blocked
    case ErrorCategory::None:
        break;
    }
    m_outbox.save(entry);
    Q_EMIT log(r.error);
}

void UploadQueue::fileFailed(qint64 id, Failure failure)
{
    auto *entry = m_outbox.entry(id);
    if (!entry)
        return;
    const auto name = QFileInfo(entry->record.source).fileName();
    record(*entry, m_gate.localVerdict(failure, name), 0);
    pump();
}

void UploadQueue::reviveRefused(Entry &entry)
{
    auto *run = m_outbox.run(entry.record.run);
    if (!run)
        return;
    for (auto it = run->record.epochs.begin(); it != run->record.epochs.end(); ++it) {
        if (it->refused) {
            it->refused = false;
            m_outbox.saveEpoch(*run, it.key());
        }
    }
    m_outbox.syncMetricsItems(*run);
    if (auto *metrics = m_outbox.find(run->record.key, UploadKind::Metrics)) {
        metrics->nextTry.reset();
        metrics->manual = true;
    }
}

} // namespace torchdeck::hub

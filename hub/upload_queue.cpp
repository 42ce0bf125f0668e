// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/upload_queue.h"

#include <QtCore/QFileInfo>

#include <algorithm>

namespace torchdeck::hub {

namespace {

using Channel = RateLimiter::Channel;

constexpr qsizetype maxMetricsBytes = 256 * 1024;

int rankOf(UploadKind kind)
{
    switch (kind) {
    case UploadKind::CreateModel:
        return 0;
    case UploadKind::Metrics:
        return 1;
    case UploadKind::FinalModel:
        return 2;
    case UploadKind::Checkpoint:
        return 3;
    case UploadKind::UsageEvent:
        break;
    }
    return 4;
}

} // namespace

UploadQueue::UploadQueue(Outbox &outbox, AccountGate &gate, HubClient &client, QObject *parent)
    : QObject(parent)
    , m_outbox(outbox)
    , m_gate(gate)
    , m_client(client)
{
    connect(&m_outbox, &Outbox::changed, this, &UploadQueue::pump);
    connect(&m_outbox, &Outbox::fileFailed, this, &UploadQueue::fileFailed);
    connect(&m_gate, &AccountGate::changed, this, &UploadQueue::pump);
}

void UploadQueue::setEnabled(bool enabled)
{
    m_enabled = enabled;
    if (!enabled)
        abortFiles();
    pump();
}

void UploadQueue::setPaused(bool paused)
{
    m_paused = paused;
    if (paused)
        abortFiles();
    pump();
}

/// Small requests on the wire may finish; a large file stops at once and starts again later.
void UploadQueue::abortFiles()
{
    for (auto &[id, entry] : m_outbox.entries()) {
        if (entry.call && laneOf(entry) == Lane::File)
            entry.call->abort();
    }
}

UploadQueue::Lane UploadQueue::laneOf(const Entry &entry)
{
    const auto &r = entry.record;
    const bool file =
        r.kind == UploadKind::Checkpoint || (r.kind == UploadKind::FinalModel && r.phase == ItemPhase::Send);
    return file ? Lane::File : Lane::Small;
}

bool UploadQueue::laneFree(Lane lane) const
{
    return std::none_of(m_outbox.entries().cbegin(), m_outbox.entries().cend(), [lane](const auto &pair) {
        return pair.second.sending && laneOf(pair.second) == lane;
    });
}

/// A model lives on one server: what belongs to it never goes to another one, whatever the settings say now.
bool UploadQueue::belongsHere(const RunState &run) const
{
    return run.record.modelId.isEmpty() || run.record.apiRoot.isEmpty()
        || sameServer(run.record.apiRoot, m_gate.account().apiRoot);
}

/// First moment at or after `now` that our own spacing and the server's gate allow.
TimePoint UploadQueue::spaced(const Entry &entry, const RunState &run, TimePoint now) const
{
    const auto &limiter = m_gate.limiter();
    if (entry.record.kind == UploadKind::Metrics && !run.flush && !entry.manual)
        return limiter.earliest(Channel::Metrics, now);
    if (entry.record.kind == UploadKind::Checkpoint && !run.flush && !entry.manual)
        return limiter.earliest(Channel::Checkpoint, now);
    return limiter.earliest(now);
}

UploadQueue::Due UploadQueue::dueOf(const Entry &entry, const RunState &run, TimePoint now) const
{
    Due due;
    const auto &r = entry.record;
    due.rank = rankOf(r.kind) * 2 + (r.isBest ? 0 : 1);
    const bool ready = m_enabled && !m_paused && !m_gate.blocked() && !m_gate.offline() && !m_gate.account().apiRoot.isEmpty()
        && !entry.sending && !entry.digesting && !entry.superseded && !r.failed && m_outbox.committed(entry) && belongsHere(run);
    if (!ready)
        return due;
    if (r.kind != UploadKind::CreateModel
        && (run.record.modelId.isEmpty() || m_outbox.find(r.run, UploadKind::CreateModel)))
        return due;
    if (r.kind == UploadKind::FinalModel && run.pendingEpochs(false) > 0) {
        // The final model is the last word on a run; but metrics that only the user can send do not keep it.
        const auto *metrics = m_outbox.find(r.run, UploadKind::Metrics);
        if (!metrics || !metrics->record.failed)
            return due;
    }
    if (r.kind == UploadKind::Checkpoint) {
        const auto *final = m_outbox.find(r.run, UploadKind::FinalModel);
        if (final && !final->record.failed)
            return due;
    }
    due.at = std::max(spaced(entry, run, now), entry.nextTry.value_or(now));
    return due;
}

Entry *UploadQueue::choose(Lane lane, TimePoint now, std::optional<TimePoint> &wake)
{
    Entry *best = nullptr;
    std::tuple<bool, bool, int> bestOrder;
    for (auto &[id, entry] : m_outbox.entries()) {
        if (laneOf(entry) != lane)
            continue;
        const auto *run = m_outbox.run(entry.record.run);
        if (!run)
            continue;
        const auto due = dueOf(entry, *run, now);
        if (!due.at)
            continue;
        if (*due.at > now) {
            wake = wake ? std::min(*wake, *due.at) : *due.at;
            continue;
        }
        const std::tuple<bool, bool, int> order(entry.record.run == m_lastServed, !run->live, due.rank);
        if (!best || order < bestOrder) {
            best = &entry;
            bestOrder = order;
        }
    }
    return best;
}

void UploadQueue::pump()
{
    if (m_pumping)
        return;
    m_pumping = true;
    if (m_enabled && !m_paused && !m_outbox.entries().empty())
        m_gate.lookAtNetwork();
    const auto now = m_gate.clock().now();
    std::optional<TimePoint> wake;
    for (const auto lane : { Lane::Small, Lane::File }) {
        if (!laneFree(lane))
            continue;
        // A file that turns out to be gone leaves the lane free for the next one.
        while (auto *entry = choose(lane, now, wake)) {
            if (lane == Lane::File && !fileReady(*entry))
                continue;
            send(*entry);
            break;
        }
    }
    m_pumping = false;
    if (wake)
        wakeAt(*wake);
    Q_EMIT changed();
}

void UploadQueue::wakeAt(TimePoint when)
{
    if (m_wake == when)
        return;
    m_wake = when;
    m_gate.clock().at(when, this, [this, turn = ++m_turn] {
        if (turn != m_turn)
            return;
        m_wake.reset();
        pump();
    });
}

bool UploadQueue::fileReady(Entry &entry)
{
    const QFileInfo info(entry.record.file);
    if (info.isFile() && info.isReadable() && info.size() == entry.record.size)
        return true;
    fileFailed(entry.record.id,
               info.isFile() && info.isReadable() ? Failure::FileChanged : Failure::FileGone);
    return false;
}

WireRequest UploadQueue::requestFor(Entry &entry, RunState &run)
{
    const auto &protocol = m_gate.protocol();
    const auto &account = m_gate.account();
    const auto &model = run.record.modelId;
    auto &r = entry.record;
    switch (r.kind) {
    case UploadKind::CreateModel:
        if (r.phase == ItemPhase::Send)
            return protocol.createModel(account, run.record.description, r.run.toLatin1());
        return entry.modelConfirmed ? protocol.readMetrics(account, model)
                                    : protocol.readModel(account, model);
    case UploadKind::Metrics: {
        QMap<int, QByteArray> texts;
        qsizetype bytes = 0;
        entry.inFlight.clear();
        for (auto it = run.record.epochs.cbegin(); it != run.record.epochs.cend(); ++it) {
            if (!it->pending() || it->refused)
                continue;
            bytes += it->json.size();
            if (!texts.isEmpty() && (texts.size() >= run.batchLimit || bytes > maxMetricsBytes))
                break;
            texts.insert(it.key(), it->json);
            entry.inFlight.insert(it.key(), it->revision);
        }
        m_gate.limiter().mark(Channel::Metrics, m_gate.clock().now());
        return protocol.metrics(account, model, texts);
    }
    case UploadKind::Checkpoint:
    case UploadKind::FinalModel:
        if (r.phase == ItemPhase::Confirm)
            return entry.modelConfirmed ? protocol.readMetrics(account, model)
                                        : protocol.readModel(account, model);
        return protocol.upload(account, model, { r.kind, r.file, r.sha256, r.epoch, r.isBest, r.map });
    case UploadKind::UsageEvent:
        break;
    }
    return {};
}

void UploadQueue::send(Entry &entry)
{
    auto *run = m_outbox.run(entry.record.run);
    auto request = requestFor(entry, *run);
    entry.sending = true;
    entry.manual = false;
    entry.nextTry.reset();
    ++entry.record.attempts;
    entry.record.lastTry = m_gate.clock().wallNow();
    entry.bytesSent = 0;
    entry.rate.reset();
    entry.bytesTotal = laneOf(entry) == Lane::File ? entry.record.size : request.json.size();
    m_lastServed = entry.record.run;
    auto *call = m_client.send(std::move(request));
    entry.call = call;
    const auto id = entry.record.id;
    connect(call, &HubCall::progress, this, [this, id](qint64 sent, qint64 total) {
        if (auto *e = m_outbox.entry(id)) {
            e->bytesSent = sent;
            e->bytesTotal = total;
            e->rate.add(m_gate.clock().now(), sent);
            Q_EMIT progressed();
        }
    });
    connect(call, &HubCall::finished, this, [this, id](const WireAnswer &answer) { answered(id, answer); });
}

void UploadQueue::attemptNow(const QString &run)
{
    for (auto &[id, entry] : m_outbox.entries()) {
        if (entry.record.run != run || entry.record.failed)
            continue;
        entry.nextTry.reset(); // the account gate still holds what the server asked for
        entry.manual = true;
    }
    pump();
}

void UploadQueue::forgetBackoff()
{
    for (auto &[id, entry] : m_outbox.entries()) {
        if (entry.record.category == ErrorCategory::Transient)
            entry.nextTry.reset();
    }
    pump();
}

void UploadQueue::retryNow(qint64 id)
{
    auto *entry = m_outbox.entry(id);
    if (!entry || entry->sending)
        return;
    m_gate.tryKeyAgain();
    entry = m_outbox.entry(id);
    if (!entry)
        return;
    if (entry->record.refusedPart) {
        reviveRefused(*entry);
        pump();
        return;
    }
    entry->nextTry.reset();
    entry->manual = true;
    if (entry->record.failed) {
        entry->record.failed = false;
        entry->rounds = entry->confirmTries = 0;
        entry->record.attempts = 0;
        m_outbox.save(*entry);
    }
    if (!entry->record.file.isEmpty() && entry->record.category == ErrorCategory::Local)
        m_outbox.digestAgain(*entry);
    // What the item waits for is tried as well: a checkpoint cannot go before its model is created.
    if (auto *model = m_outbox.find(entry->record.run, UploadKind::CreateModel); model && model != entry)
        model->nextTry.reset();
    pump();
}

void UploadQueue::retryAll()
{
    std::vector<qint64> ids;
    for (const auto &[id, entry] : m_outbox.entries())
        ids.push_back(id);
    for (const auto id : ids)
        retryNow(id);
}

void UploadQueue::discard(qint64 id)
{
    auto *entry = m_outbox.entry(id);
    if (!entry)
        return;
    if (entry->call) {
        entry->call->disconnect(this);
        entry->call->abort();
    }
    const auto key = entry->record.run;
    auto *run = m_outbox.run(key);
    if (entry->record.kind == UploadKind::CreateModel && run) {
        // Nothing of the run can go anywhere without its model.
        for (auto &[other, e] : m_outbox.entries()) {
            if (e.record.run == key && e.call) {
                e.call->disconnect(this);
                e.call->abort();
            }
        }
        m_outbox.removeRun(key);
    } else if (entry->record.kind == UploadKind::Metrics && run) {
        const auto epochs = run->record.epochs.keys();
        for (const int epoch : epochs) {
            const auto &record = run->record.epochs[epoch];
            if (record.pending() && record.refused == entry->record.refusedPart)
                m_outbox.dropEpoch(*run, epoch);
        }
        entry->sending = false;
        m_outbox.syncMetricsItems(*run);
    } else {
        m_outbox.remove(id);
    }
    m_outbox.tidy(key);
    pump();
}

bool UploadQueue::idle() const
{
    for (const auto &[id, entry] : m_outbox.entries()) {
        if (entry.sending || entry.digesting)
            return false;
        const auto *run = m_outbox.run(entry.record.run);
        if (!run || entry.record.failed || !belongsHere(*run))
            continue;
        const auto *model = m_outbox.find(entry.record.run, UploadKind::CreateModel);
        if (model && model->record.failed)
            continue; // cannot go on before the user acted
        if (m_enabled && !m_gate.blocked() && !m_paused)
            return false;
    }
    return true;
}

bool UploadQueue::serverTrouble() const { return !troubleSentence().isEmpty(); }

QString UploadQueue::troubleSentence() const
{
    for (const auto &[id, entry] : m_outbox.entries()) {
        if (!entry.record.failed && entry.record.category == ErrorCategory::Transient)
            return entry.record.error;
    }
    return {};
}

} // namespace torchdeck::hub

// SPDX-License-Identifier: GPL-3.0-or-later
// The queue as people see it.
#include "hub/upload_queue.h"

namespace torchdeck::hub {

QString UploadQueue::title(const Entry &entry, const RunState &run)
{
    const auto &r = entry.record;
    switch (r.kind) {
    case UploadKind::CreateModel:
        return r.phase == ItemPhase::Confirm ? tr("Find the model") : tr("Create the model");
    case UploadKind::Metrics: {
        // Counted from 1, as results.csv and the progress line do.
        int first = -1, last = -1, count = 0;
        for (auto it = run.record.epochs.cbegin(); it != run.record.epochs.cend(); ++it) {
            if (!it->pending() || it->refused != r.refusedPart)
                continue;
            first = count == 0 ? it.key() : first;
            last = it.key();
            ++count;
        }
        if (count <= 1)
            return tr("Metrics, epoch %1").arg(last + 1);
        if (last - first + 1 == count)
            return tr("Metrics, epochs %1-%2").arg(first + 1).arg(last + 1);
        return tr("Metrics, %1 of the epochs %2-%3").arg(count).arg(first + 1).arg(last + 1);
    }
    case UploadKind::Checkpoint:
        return r.isBest ? tr("Best so far, epoch %1").arg(r.epoch + 1)
                        : tr("Checkpoint, epoch %1").arg(r.epoch + 1);
    case UploadKind::FinalModel:
        return r.phase == ItemPhase::Confirm ? tr("Best model, being confirmed") : tr("Best model");
    case UploadKind::UsageEvent:
        break;
    }
    return tr("Usage event");
}

UploadState UploadQueue::stateOf(const Entry &entry, const RunState &run, TimePoint now) const
{
    if (entry.sending)
        return UploadState::Sending;
    if (entry.record.failed)
        return UploadState::Failed;
    if (m_paused || !belongsHere(run))
        return UploadState::Paused;
    if (m_gate.blocked())
        return UploadState::NeedsKey;
    if (m_gate.offline())
        return UploadState::Offline;
    const bool failedBefore =
        entry.record.category == ErrorCategory::Transient || entry.record.category == ErrorCategory::Limited;
    if (failedBefore && entry.nextTry && *entry.nextTry > now)
        return UploadState::Retrying;
    return UploadState::Waiting;
}

UploadItem UploadQueue::plain(const Entry &entry, const RunState &run)
{
    const auto &r = entry.record;
    UploadItem item;
    item.id = r.id;
    item.kind = r.kind;
    item.state = r.failed ? UploadState::Failed : UploadState::Waiting;
    item.title = title(entry, run);
    item.runName = run.record.description.modelName;
    item.modelId = run.record.modelId;
    item.attempts = r.attempts;
    item.category = r.category;
    item.httpStatus = r.httpStatus;
    item.error = r.error;
    item.lastTry = r.lastTry;
    item.bytesTotal = r.size;
    item.created = r.created;
    item.uploaded = r.kind == UploadKind::FinalModel && r.phase == ItemPhase::Confirm;
    return item;
}

UploadItem UploadQueue::view(const Entry &entry, const RunState &run) const
{
    const auto now = m_gate.clock().now();
    auto item = plain(entry, run);
    item.state = stateOf(entry, run, now);
    item.bytesSent = entry.bytesSent;
    if (entry.sending) {
        item.bytesTotal = entry.bytesTotal;
        item.bytesPerSecond = entry.rate.bytesPerSecond(now);
        item.timeLeft = entry.rate.timeLeft(now, entry.bytesTotal);
    }
    if (item.state == UploadState::NeedsKey) {
        item.category = ErrorCategory::Auth;
        item.error = m_gate.blockSentence();
    } else if (item.state == UploadState::Paused && !belongsHere(run)) {
        item.error = tr("It belongs to a model on %1 and goes out when that server is chosen again.")
                         .arg(run.record.apiRoot.host());
    }
    if (item.state == UploadState::Waiting || item.state == UploadState::Retrying) {
        const auto due = dueOf(entry, run, now);
        if (due.at && *due.at > now)
            item.nextTry = due.at;
        else if (!due.at && entry.nextTry)
            item.nextTry = entry.nextTry;
    }
    return item;
}

QVector<UploadItem> UploadQueue::items() const
{
    QVector<UploadItem> out;
    out.reserve(qsizetype(m_outbox.entries().size()));
    for (const auto &[id, entry] : m_outbox.entries()) {
        if (const auto *run = m_outbox.run(entry.record.run))
            out.append(view(entry, *run));
    }
    return out;
}

QVector<UploadItem> UploadQueue::itemsOf(const JournalContent &content)
{
    QVector<UploadItem> out;
    for (const auto &record : content.items) {
        for (const auto &run : content.runs) {
            if (run.key != record.run)
                continue;
            Entry entry;
            entry.record = record;
            RunState state;
            state.record = run;
            out.append(plain(entry, state));
            break;
        }
    }
    return out;
}

} // namespace torchdeck::hub

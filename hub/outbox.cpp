// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/outbox.h"

#include "hub/client.h"

#include <QtCore/QFileInfo>

#include <algorithm>
#include <tuple>

namespace torchdeck::hub {

namespace {

constexpr int keepRunsDays =
    30; ///< a run that was never finished may be resumed for so long with all it sent before

} // namespace

int RunState::pendingEpochs(bool refused) const
{
    return int(std::count_if(record.epochs.cbegin(), record.epochs.cend(), [refused](const EpochRecord &e) {
        return e.pending() && e.refused == refused;
    }));
}

int RunState::sentEpochs() const
{
    return int(std::count_if(record.epochs.cbegin(), record.epochs.cend(),
                             [](const EpochRecord &e) { return !e.pending(); }));
}

Outbox::Outbox(const QString &journalFile, std::shared_ptr<Clock> clock, QObject *parent)
    : QObject(parent)
    , m_clock(std::move(clock))
    , m_journal(journalFile)
{
    connect(&m_journal, &JournalThread::committed, this, [this](quint64 ticket) {
        m_committed = std::max(m_committed, ticket);
        Q_EMIT changed();
    });
    connect(&m_journal, &JournalThread::problemChanged, this, [this](const QString &problem) {
        m_problem = problem;
        Q_EMIT problemChanged(problem);
    });
    connect(&m_journal, &JournalThread::adopted, this,
            [this](const QString &file, const JournalContent &content) {
                take(content, true);
                const auto folder = file + QStringLiteral(".files/");
                m_journal.release(file, std::any_of(m_entries.cbegin(), m_entries.cend(), [&folder](const auto &pair) {
                                      return pair.second.record.file.startsWith(folder);
                                  }));
                Q_EMIT changed();
            });
}

Outbox::~Outbox() = default;

QStringList Outbox::load()
{
    m_start = m_journal.start();
    m_problem = m_start.problem;
    m_gate = m_start.content.gate;
    m_snapshots = std::make_unique<Snapshots>(m_start.file + QStringLiteral(".files"));
    connect(m_snapshots.get(), &Snapshots::digested, this, &Outbox::digested);
    take(m_start.content, false);
    m_start.content = {};
    if (m_problem.isEmpty()) {
        QSet<QString> used;
        for (const auto &[id, entry] : m_entries)
            used.insert(entry.record.file);
        m_snapshots->removeAllBut(used);
        m_journal.adopt();
    }
    forgetOldRuns();
    return m_start.notices;
}

void Outbox::take(const JournalContent &content, bool foreign)
{
    for (const auto &record : content.runs) {
        auto [it, fresh] = m_runs.try_emplace(record.key);
        auto &run = it->second;
        if (fresh) {
            run.record = record;
        } else {
            for (auto e = record.epochs.cbegin(); e != record.epochs.cend(); ++e) {
                if (!run.record.epochs.contains(e.key()))
                    run.record.epochs.insert(e.key(), e.value());
            }
            if (run.record.modelId.isEmpty()) {
                run.record.modelId = record.modelId;
                run.record.apiRoot = record.apiRoot;
                run.record.webRoot = record.webRoot;
            }
        }
        if (foreign) {
            saveRun(run);
            for (auto e = run.record.epochs.cbegin(); e != run.record.epochs.cend(); ++e)
                saveEpoch(run, e.key());
        }
    }
    for (const auto &item : content.items)
        takeItem(item, foreign);
    for (auto &[key, run] : m_runs)
        syncMetricsItems(run);
}

void Outbox::takeItem(ItemRecord record, bool foreign)
{
    if (!run(record.run))
        return;
    if (foreign) {
        // Adopted before, by a process that ended before it could empty the other file.
        const bool known = std::any_of(m_entries.cbegin(), m_entries.cend(), [&record](const auto &pair) {
            const auto &r = pair.second.record;
            return r.run == record.run && r.kind == record.kind && r.epoch == record.epoch
                && r.sha256 == record.sha256 && r.refusedPart == record.refusedPart;
        });
        const auto *state = run(record.run);
        const bool created = record.kind == UploadKind::CreateModel && record.phase == ItemPhase::Send
            && !state->record.modelId.isEmpty();
        if (known || created)
            return;
        if (!record.file.isEmpty())
            record.file = m_snapshots->takeOver(record.file);
        record.id = m_nextId;
    } else if (!record.file.isEmpty() && !QFileInfo::exists(record.file)) {
        record.file = m_snapshots->takeOver(record.file);
    }
    m_nextId = std::max(m_nextId, record.id + 1);
    auto &entry = m_entries[record.id];
    entry.record = record;
    if (foreign)
        save(entry);
    const bool file = record.kind == UploadKind::Checkpoint || record.kind == UploadKind::FinalModel;
    if (file && (record.sha256.isEmpty() || !QFileInfo::exists(record.file)) && !record.failed)
        digestAgain(entry);
}

void Outbox::digestAgain(Entry &entry)
{
    auto &r = entry.record;
    Snapshots::Frozen frozen;
    if (QFileInfo::exists(r.file)) {
        frozen.file = r.file;
    } else {
        // The process ended before its copy was finished.
        frozen = m_snapshots->freeze(r.source);
        r.file = frozen.file;
        save(entry);
    }
    if (frozen.failure != Failure::None) {
        QMetaObject::invokeMethod(
            this, [this, id = r.id, why = frozen.failure] { digested(id, 0, {}, why); },
            Qt::QueuedConnection);
        return;
    }
    entry.digesting = true;
    m_snapshots->digest(r.id, frozen);
}

/// A run that ends again (resumed after its process was killed while the final model waited) has one final model.
void Outbox::holdFinalModels(const QString &run)
{
    for (auto &[id, entry] : m_entries) {
        if (entry.record.run != run || entry.record.kind != UploadKind::FinalModel)
            continue;
        entry.superseded = true;
        if (entry.call)
            entry.call->abort();
    }
}

/// The same content as an older one, which may be on the server already: that one goes on. Else the newer counts.
bool Outbox::keepsOlderFinalModel(Entry &newer)
{
    const auto &mine = newer.record;
    std::vector<qint64> old;
    bool same = false;
    for (auto &[id, entry] : m_entries) {
        if (id == mine.id || !entry.superseded || entry.record.run != mine.run)
            continue;
        if (!same && entry.record.sha256 == mine.sha256 && !entry.record.failed) {
            same = true;
            entry.superseded = false;
        } else {
            old.push_back(id);
        }
    }
    for (const auto id : old)
        remove(id);
    return same;
}

void Outbox::digested(qint64 id, qint64 size, const QByteArray &sha256, Failure failure)
{
    auto *e = entry(id);
    if (!e)
        return;
    e->digesting = false;
    if (failure == Failure::None) {
        e->record.size = size;
        e->record.sha256 = sha256;
        if (e->record.kind == UploadKind::FinalModel && !e->superseded && keepsOlderFinalModel(*e))
            remove(id);
        else
            save(*e);
    } else {
        Q_EMIT fileFailed(id, failure);
    }
    Q_EMIT changed();
}

bool Outbox::stored() const
{
    return m_committed >= m_journal.lastTicket()
        && std::none_of(m_entries.cbegin(), m_entries.cend(),
                        [](const auto &pair) { return pair.second.digesting; });
}

RunState *Outbox::run(const QString &key)
{
    const auto it = m_runs.find(key);
    return it == m_runs.end() ? nullptr : &it->second;
}

const RunState *Outbox::run(const QString &key) const
{
    const auto it = m_runs.find(key);
    return it == m_runs.end() ? nullptr : &it->second;
}

Entry *Outbox::entry(qint64 id)
{
    const auto it = m_entries.find(id);
    return it == m_entries.end() ? nullptr : &it->second;
}

const Entry *Outbox::find(const QString &run, UploadKind kind, bool refusedPart) const
{
    for (const auto &[id, entry] : m_entries) {
        if (entry.record.run == run && entry.record.kind == kind && entry.record.refusedPart == refusedPart)
            return &entry;
    }
    return nullptr;
}

Entry *Outbox::find(const QString &run, UploadKind kind, bool refusedPart)
{
    return const_cast<Entry *>(std::as_const(*this).find(run, kind, refusedPart));
}

RunState &Outbox::addRun(const RunRecord &record)
{
    auto &run = m_runs[record.key];
    run.record = record;
    saveRun(run);
    return run;
}

Entry &Outbox::add(ItemRecord record)
{
    record.id = m_nextId++;
    if (!record.created.isValid())
        record.created = m_clock->wallNow();
    auto &entry = m_entries[record.id];
    entry.record = std::move(record);
    save(entry);
    return entry;
}

Entry &Outbox::addFile(ItemRecord record, const QString &source)
{
    if (record.kind == UploadKind::FinalModel)
        holdFinalModels(record.run);
    const auto frozen = m_snapshots->freeze(source);
    record.file = frozen.file;
    record.source = source;
    record.size = frozen.size;
    auto &entry = add(std::move(record));
    const auto id = entry.record.id;
    if (frozen.failure != Failure::None) {
        QMetaObject::invokeMethod(
            this, [this, id, why = frozen.failure] { digested(id, 0, {}, why); }, Qt::QueuedConnection);
    } else {
        entry.digesting = true;
        m_snapshots->digest(id, frozen);
    }
    return entry;
}

void Outbox::saveRun(RunState &run)
{
    run.record.touched = m_clock->wallNow();
    const RunFile file { run.record.key, run.record.modelId, run.record.apiRoot, run.record.webRoot };
    const auto folder = run.record.description.runFolder;
    if (!m_start.problem.isEmpty()) {
        m_journal.run([folder, file] { (void)writeRunFile(folder, file); });
        return;
    }
    auto record = run.record;
    record.epochs.clear();
    m_journal.submit([record, folder, file](UploadJournal &j) {
        // hub.json before the commit: a run in the journal that its folder does not know could not be
        // continued. A folder that was deleted meanwhile keeps nothing from being sent.
        (void)writeRunFile(folder, file);
        return j.putRun(record);
    });
}

void Outbox::saveEpoch(RunState &run, int epoch)
{
    const auto it = run.record.epochs.constFind(epoch);
    if (it == run.record.epochs.cend())
        return;
    m_journal.submit([key = run.record.key, epoch, record = *it](UploadJournal &j) {
        return j.putEpoch(key, epoch, record);
    });
}

void Outbox::dropEpoch(RunState &run, int epoch)
{
    run.record.epochs.remove(epoch);
    m_journal.submit([key = run.record.key, epoch](UploadJournal &j) { return j.removeEpoch(key, epoch); });
}

void Outbox::save(Entry &entry)
{
    entry.ticket = m_journal.submit([record = entry.record](UploadJournal &j) { return j.putItem(record); });
}

void Outbox::saveGate(const std::optional<GateRecord> &gate)
{
    m_gate = gate;
    m_journal.submit([gate](UploadJournal &j) { return j.putGate(gate); });
}

void Outbox::remove(qint64 id)
{
    const auto it = m_entries.find(id);
    if (it == m_entries.end())
        return;
    const auto file = it->second.record.file;
    m_entries.erase(it);
    m_journal.submit([id](UploadJournal &j) { return j.removeItem(id); });
    if (!file.isEmpty())
        m_snapshots->remove(file);
}

int Outbox::keepWithin(qint64 bytes)
{
    if (bytes <= 0)
        return 0;
    qint64 held = 0;
    std::vector<const Entry *> waiting;
    for (const auto &[id, entry] : m_entries) {
        if (!entry.record.file.isEmpty())
            held += entry.record.size;
        if (entry.record.kind == UploadKind::Checkpoint && !entry.sending)
            waiting.push_back(&entry);
    }
    std::stable_sort(waiting.begin(), waiting.end(), [](const Entry *a, const Entry *b) {
        return std::tuple(a->record.isBest, a->record.id) < std::tuple(b->record.isBest, b->record.id);
    });
    int dropped = 0;
    for (const auto *entry : waiting) {
        if (held <= bytes)
            break;
        held -= entry->record.size;
        ++dropped;
        remove(entry->record.id);
    }
    return dropped;
}

void Outbox::removeRun(QString key)
{
    std::vector<qint64> ids;
    for (const auto &[id, entry] : m_entries) {
        if (entry.record.run == key)
            ids.push_back(id);
    }
    for (const auto id : ids)
        remove(id);
    m_runs.erase(key);
    m_journal.submit([key](UploadJournal &j) { return j.removeRun(key); });
}

void Outbox::tidy(const QString &key)
{
    const auto *state = run(key);
    if (!state || state->live || !state->record.confirmed)
        return;
    const bool busy = std::any_of(m_entries.cbegin(), m_entries.cend(),
                                  [&key](const auto &pair) { return pair.second.record.run == key; });
    if (!busy)
        removeRun(key);
}

void Outbox::syncMetricsItems(RunState &run)
{
    for (const bool refused : { false, true }) {
        const bool wanted = run.pendingEpochs(refused) > 0;
        auto *item = find(run.record.key, UploadKind::Metrics, refused);
        if (wanted && !item) {
            ItemRecord record;
            record.run = run.record.key;
            record.kind = UploadKind::Metrics;
            record.refusedPart = refused;
            record.failed = refused;
            add(record);
        } else if (!wanted && item && !item->sending) {
            remove(item->record.id);
        }
    }
}

void Outbox::forgetOldRuns()
{
    const auto limit = m_clock->wallNow().addDays(-keepRunsDays);
    std::vector<QString> old;
    for (const auto &[key, run] : m_runs) {
        const bool busy = std::any_of(m_entries.cbegin(), m_entries.cend(),
                                      [&k = key](const auto &pair) { return pair.second.record.run == k; });
        if (!busy && (run.record.confirmed || run.record.touched < limit))
            old.push_back(key);
    }
    for (const auto &key : old)
        removeRun(key);
}

} // namespace torchdeck::hub

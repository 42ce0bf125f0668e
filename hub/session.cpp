// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/session.h"

#include "hub/hub_protocol.h"

#include <QtCore/QFileInfo>
#include <QtCore/QJsonDocument>
#include <QtCore/QUuid>

#include <algorithm>

namespace torchdeck::hub {

Session::Session(Outbox &outbox, std::shared_ptr<Clock> clock, QObject *parent)
    : QObject(parent)
    , m_outbox(outbox)
    , m_clock(std::move(clock))
{
}

void Session::setEnabled(bool enabled, const QUrl &apiRoot)
{
    m_enabled = enabled;
    m_apiRoot = apiRoot;
    if (enabled && m_live && m_key.isEmpty())
        attach();
}

void Session::begin(const RunDescription &description)
{
    if (m_live)
        abandon({});
    m_description = description;
    m_live = true;
    m_key.clear();
    m_before.clear();
    m_savedBefore.reset();
    m_outbox.adoptOthers();
    if (m_enabled)
        attach();
    Q_EMIT changed();
}

void Session::attach()
{
    const auto folder = m_description.runFolder;
    const auto known = readRunFile(folder);
    RunRecord record;
    if (known) {
        record.key = known->localId;
        record.modelId = known->modelId;
        record.apiRoot = known->apiRoot;
        record.webRoot = known->webRoot;
    }
    if (const auto *stored = m_outbox.run(record.key)) {
        const auto fromFile = record.modelId;
        record = stored->record;
        if (record.modelId.isEmpty())
            record.modelId = fromFile;
    }
    if (!record.modelId.isEmpty() && !record.apiRoot.isEmpty() && !sameServer(record.apiRoot, m_apiRoot)) {
        Q_EMIT log(tr("%1 was synced to %2 before; on %3 it becomes a new model")
                       .arg(m_description.modelName, record.apiRoot.host(), m_apiRoot.host()));
        record = {};
    }
    if (record.key.isEmpty())
        record.key = QUuid::createUuid().toString(QUuid::WithoutBraces);
    record.description = m_description;
    record.ended = record.confirmed = false;

    m_key = record.key;
    auto &run = m_outbox.addRun(record);
    run.live = true;
    run.flush = false;
    auto *model = m_outbox.find(m_key, UploadKind::CreateModel);
    if (model) {
        model->record.failed = false;
        model->nextTry.reset();
        m_outbox.save(*model);
    } else {
        ItemRecord item;
        item.run = m_key;
        item.kind = UploadKind::CreateModel;
        item.phase = record.modelId.isEmpty() ? ItemPhase::Send : ItemPhase::Confirm;
        m_outbox.add(item);
    }
    if (record.modelId.isEmpty())
        refill(m_key);
    else
        run.compare = hasMore(run);
    for (auto it = m_before.cbegin(); it != m_before.cend(); ++it)
        putEpoch(run, it.key(), it.value());
    m_before.clear();
    m_outbox.syncMetricsItems(run);
    if (const auto saved = std::exchange(m_savedBefore, std::nullopt))
        addCheckpoint(*saved);
    Q_EMIT changed();
}

/// The folder has epochs that the queue does not know: sent and forgotten long ago, or a killed process had
/// no time to put them there. Only the server can tell.
bool Session::hasMore(const RunState &run)
{
    const auto rows = readResultsCsv(run.record.description.runFolder);
    const auto &known = run.record.epochs;
    return std::any_of(rows.keyBegin(), rows.keyEnd(), [&known](int epoch) { return !known.contains(epoch); });
}

void Session::refill(const QString &key, const QSet<int> &onServer)
{
    auto *run = m_outbox.run(key);
    if (!run)
        return;
    const auto rows = readResultsCsv(run->record.description.runFolder);
    for (auto it = rows.cbegin(); it != rows.cend(); ++it) {
        if (!run->record.epochs.contains(it.key()) && !onServer.contains(it.key()))
            putEpoch(*run, it.key(), it.value());
    }
    m_outbox.syncMetricsItems(*run);
}

void Session::putEpoch(RunState &run, int epoch, const QJsonObject &values)
{
    auto &record = run.record.epochs[epoch];
    const auto json = QJsonDocument(finiteJson(values)).toJson(QJsonDocument::Compact);
    if (record.json == json)
        return;
    if (!record.json.isEmpty())
        ++record.revision;
    record.json = json;
    record.refused = false;
    m_outbox.saveEpoch(run, epoch);
}

void Session::metrics(int epoch, const QJsonObject &values)
{
    if (!m_live || epoch < 0)
        return;
    if (m_key.isEmpty()) {
        m_before[epoch] = values;
        return;
    }
    auto *run = m_outbox.run(m_key);
    if (!run)
        return; // discarded by the user
    putEpoch(*run, epoch, values);
    m_outbox.syncMetricsItems(*run);
    Q_EMIT changed();
}

void Session::modelSaved(int epoch, const QString &lastFile, bool isBest)
{
    if (!m_live)
        return;
    const Saved saved { epoch, lastFile, isBest };
    if (m_key.isEmpty())
        m_savedBefore = saved;
    else if (m_outbox.run(m_key))
        addCheckpoint(saved);
    Q_EMIT changed();
}

void Session::addCheckpoint(const Saved &saved)
{
    if (!QFileInfo(saved.file).isFile()) {
        Q_EMIT log(
            tr("The checkpoint %1 is not there: it is not sent").arg(QFileInfo(saved.file).fileName()));
        return;
    }
    dropWaitingCheckpoints(!saved.isBest);
    ItemRecord item;
    item.run = m_key;
    item.kind = UploadKind::Checkpoint;
    item.epoch = saved.epoch;
    item.isBest = saved.isBest;
    m_outbox.addFile(item, saved.file);
}

/// A newer checkpoint takes the place of the one that waits; only a newer best takes the place of a best.
void Session::dropWaitingCheckpoints(bool keepBest)
{
    std::vector<qint64> old;
    for (const auto &[id, entry] : m_outbox.entries()) {
        const auto &r = entry.record;
        if (r.run == m_key && r.kind == UploadKind::Checkpoint && !entry.sending && !(keepBest && r.isBest))
            old.push_back(id);
    }
    for (const auto id : old)
        m_outbox.remove(id);
}

void Session::end(const QString &bestFile, double map)
{
    if (!m_live)
        return;
    m_live = false;
    auto *run = m_outbox.run(m_key);
    if (!run) {
        m_key.clear(); // HUB was off all along, or the user discarded the run
        Q_EMIT changed();
        return;
    }
    // The final model says more than a checkpoint that only waited for its window.
    dropWaitingCheckpoints(false);
    if (QFileInfo(bestFile).isFile()) {
        ItemRecord item;
        item.run = m_key;
        item.kind = UploadKind::FinalModel;
        item.map = map;
        m_outbox.addFile(item, bestFile);
    } else {
        Q_EMIT log(tr("There is no best model to send for %1: HUB keeps the metrics only")
                       .arg(m_description.modelName));
    }
    detach();
}

void Session::abandon(const QString &reason)
{
    if (!m_live)
        return;
    m_live = false;
    if (!reason.isEmpty() && m_outbox.run(m_key))
        Q_EMIT log(tr("The run failed (%1): what it has so far is sent, without a final model").arg(reason));
    detach();
}

void Session::detach()
{
    m_before.clear();
    m_savedBefore.reset();
    if (auto *run = m_outbox.run(m_key)) {
        run->live = false;
        run->flush = true;
        run->record.ended = true;
        m_outbox.saveRun(*run);
        Q_EMIT ended(m_key);
    }
    Q_EMIT changed();
}

} // namespace torchdeck::hub

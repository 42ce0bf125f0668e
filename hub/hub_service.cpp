// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/hub_service.h"

#include "hub/account_gate.h"
#include "hub/client.h"
#include "hub/heartbeat.h"
#include "hub/model_fetch.h"
#include "hub/network_watch.h"
#include "hub/outbox.h"
#include "hub/sent_examples.h"
#include "hub/session.h"
#include "hub/upload_queue.h"
#include "hub/usage_events.h"

#include <QtCore/QFileInfo>
#include <QtNetwork/QNetworkAccessManager>

namespace torchdeck::hub {

namespace {

using Channel = RateLimiter::Channel;
constexpr std::chrono::seconds testLimit { 5 };
constexpr std::chrono::milliseconds repaint { 100 }; ///< of byte counts

} // namespace

class HubService::Private : public QObject {
public:
    Private(HubService *owner, Config config);
    void wire();
    void wireLog();
    void apply(const HubOptions &options);
    void changed();
    void announce();
    void modelKnown(const QString &key);
    void runConfirmed(const QString &key);
    void keepWithin();
    void checkNetwork();
    [[nodiscard]] SessionStatus status() const;
    [[nodiscard]] std::pair<SessionState, QString> state(const SessionStatus &status) const;
    [[nodiscard]] Countdown countdown(Channel channel, int waiting) const;
    [[nodiscard]] QUrl page(const RunRecord &run) const;
    void test(const HubOptions &options);

    HubService *q;
    std::shared_ptr<Clock> clock;
    std::shared_ptr<const HubProtocol> protocol;
    QNetworkAccessManager *network;
    NetworkWatch watch;
    QString agentName;
    AccountGate gate;
    HubClient client;
    RequestLog requests;
    Outbox outbox;
    UploadQueue queue;
    Heartbeat heartbeat;
    UsageEvents usage;
    Session session;

    HubOptions options;
    QStringList notices;
    int dropped = 0; ///< checkpoints that the user's limit of the queue cost
    QHash<QString, quint64> numbers; ///< run numbers of this process by key
    std::optional<GateRecord> storedGate;
    SessionStatus last; ///< model and epochs of the last confirmed run
    bool done = false;
    bool announcing = false;
    bool progressPlanned = false;
    bool wasIdle = true;
};

HubService::Private::Private(HubService *owner, Config config)
    : q(owner)
    , clock(config.clock ? config.clock : systemClock())
    , protocol(makeHubV1())
    , network(config.network ? config.network : new QNetworkAccessManager(this))
    , watch(clock, config.networkThere || !config.network ? config.networkThere : [] { return true; })
    , agentName(config.agentName)
    , gate(clock, protocol)
    , client(network, clock)
    , outbox(config.journalFile, clock)
    , queue(outbox, gate, client)
    , heartbeat(gate, client, config.agentName)
    , usage(gate, client)
    , session(outbox, clock)
{
    // An options object that nobody set yet must not send anything.
    options.enabled = false;
    wire();
    wireLog();
    notices = outbox.load();
    storedGate = outbox.storedGate();
}

void HubService::Private::wire()
{
    gate.setNetworkCheck([this] { checkNetwork(); });
    connect(&watch, &NetworkWatch::changed, this, [this] {
        checkNetwork();
        if (!gate.offline())
            queue.forgetBackoff();
    });
    connect(&client, &HubClient::requestEnded, this,
            [this](const RequestRecord &record) { Q_EMIT q->requestEnded(requests.add(record)); });
    connect(&queue, &UploadQueue::changed, this, [this] { changed(); });
    connect(&queue, &UploadQueue::progressed, this, [this] {
        if (std::exchange(progressPlanned, true))
            return;
        clock->at(clock->now() + repaint, this, [this] {
            progressPlanned = false;
            changed();
        });
    });
    connect(&queue, &UploadQueue::modelKnown, this, [this](const QString &key) { modelKnown(key); });
    connect(&queue, &UploadQueue::modelLost, this, [this](const QString &key) {
        heartbeat.stop();
        session.refill(key);
    });
    connect(&queue, &UploadQueue::epochsRead, this,
            [this](const QString &key, const QSet<int> &onServer) { session.refill(key, onServer); });
    connect(&queue, &UploadQueue::runConfirmed, this, [this](const QString &key) { runConfirmed(key); });
    connect(&gate, &AccountGate::held, this, [this](std::chrono::milliseconds wait) {
        outbox.saveGate(GateRecord { clock->wallNow().addMSecs(wait.count()), wait.count(),
                                     options.apiRoot.toString(QUrl::RemoveUserInfo) });
    });
    connect(&heartbeat, &Heartbeat::changed, this, [this] { changed(); });
    connect(&heartbeat, &Heartbeat::stopAsked, this, [this] {
        Q_EMIT q->logMessage(HubService::tr("HUB asks to stop this run"));
        Q_EMIT q->stopRequested(session.runNumber());
    });
    connect(&session, &Session::changed, this, [this] {
        if (!session.key().isEmpty() && session.live())
            numbers.insert(session.key(), session.runNumber());
        keepWithin();
        queue.pump();
    });
    connect(&session, &Session::ended, this, [this](const QString &key) { queue.attemptNow(key); });
}

void HubService::Private::wireLog()
{
    const auto say = [this](const QString &text) { Q_EMIT q->logMessage(text); };
    connect(&queue, &UploadQueue::log, this, say);
    connect(&session, &Session::log, this, say);
    connect(&outbox, &Outbox::problemChanged, this, [this, say](const QString &problem) {
        say(problem.isEmpty() ? HubService::tr("The upload queue is kept on disk again.") : problem);
        changed();
    });
}

void HubService::Private::apply(const HubOptions &wanted)
{
    const bool other = wanted.apiRoot != options.apiRoot || wanted.apiKey != options.apiKey;
    options = wanted;
    if (const auto problem = client.setTransport(options.bytesPerSecond, options.caFile, options.proxy);
        !problem.isEmpty())
        notices.append(problem);
    auto &limiter = gate.limiter();
    limiter.setInterval(Channel::Metrics, options.metricsInterval);
    limiter.setInterval(Channel::Checkpoint, options.checkpointInterval);
    limiter.setInterval(Channel::Heartbeat, options.heartbeatInterval);
    gate.setAccount({ options.apiRoot, options.webRoot, options.apiKey });
    if (const auto stored = std::exchange(storedGate, std::nullopt);
        stored && sameServer(QUrl(stored->server), options.apiRoot)) {
        const auto left = std::clamp<qint64>(clock->wallNow().msecsTo(stored->until), 0, stored->waitMs);
        gate.restoreHold(std::chrono::milliseconds(left));
    }
    const bool on = options.enabled && !options.apiRoot.isEmpty();
    checkNetwork();
    keepWithin();
    session.setEnabled(on, options.apiRoot);
    const auto *live = session.live() ? outbox.run(session.key()) : nullptr;
    if (live && !live->record.modelId.isEmpty()) {
        if (!sameServer(live->record.apiRoot, options.apiRoot))
            heartbeat.stop();
        else if (!outbox.find(session.key(), UploadKind::CreateModel))
            heartbeat.start(live->record.modelId);
    }
    heartbeat.setEnabled(on);
    usage.setEnabled(on && options.usageEvents);
    queue.setEnabled(on);
    if (other)
        queue.forgetBackoff();
    changed();
}

void HubService::Private::keepWithin()
{
    const int count = outbox.keepWithin(options.queueBytes);
    if (count == 0)
        return;
    dropped += count;
    Q_EMIT q->logMessage(HubService::tr("%n checkpoint(s) dropped: the upload queue has reached the size set in "
                                        "the settings",
                                        nullptr, count));
}

/// A server on this machine, or one behind a proxy on this machine, needs no network.
void HubService::Private::checkNetwork()
{
    const bool here = isLoopback(options.apiRoot) || (!options.proxy.isEmpty() && isLoopback(options.proxy));
    const bool before = gate.offline();
    gate.setOffline(!here && watch.down());
    if (gate.offline() == before)
        return;
    Q_EMIT q->logMessage(before ? HubService::tr("The network is back: uploads go on")
                                : HubService::tr("There is no network: uploads wait for it"));
}

/// Many changes of one turn of the event loop become one signal.
void HubService::Private::changed()
{
    if (std::exchange(announcing, true))
        return;
    QMetaObject::invokeMethod(
        this, [this] { announce(); }, Qt::QueuedConnection);
}

void HubService::Private::announce()
{
    announcing = false;
    for (const auto &notice : std::exchange(notices, {}))
        Q_EMIT q->logMessage(notice);
    Q_EMIT q->itemsChanged(queue.items());
    Q_EMIT q->statusChanged(status());
    const bool idle = queue.idle();
    if (idle && !wasIdle) {
        wasIdle = true;
        Q_EMIT q->drained();
    }
    wasIdle = idle;
}

QUrl HubService::Private::page(const RunRecord &run) const
{
    auto account = gate.account();
    // The local HUB may have moved to another port since: its web root of today counts.
    if (account.webRoot.isEmpty() || !sameServer(run.apiRoot, account.apiRoot))
        account.webRoot = run.webRoot;
    return protocol->modelPage(account, run.modelId);
}

void HubService::Private::modelKnown(const QString &key)
{
    const auto *run = outbox.run(key);
    if (!run)
        return;
    Q_EMIT q->modelKnown(numbers.value(key), run->record.modelId, page(run->record));
    if (run->live)
        heartbeat.start(run->record.modelId);
}

void HubService::Private::runConfirmed(const QString &key)
{
    const auto *run = outbox.run(key);
    if (!run)
        return;
    const auto url = page(run->record);
    if (key == session.key()) {
        last.modelId = run->record.modelId;
        last.modelUrl = url;
        last.epochsSynced = run->sentEpochs();
        done = true;
    }
    Q_EMIT q->logMessage(HubService::tr("Done: %1 is on HUB, read back and complete. View model at %2")
                             .arg(run->record.description.modelName, url.toString()));
    Q_EMIT q->runConfirmed(numbers.value(key), run->record.modelId, url);
}

Countdown HubService::Private::countdown(Channel channel, int waiting) const
{
    Countdown c;
    c.interval = gate.limiter().interval(channel);
    c.waiting = waiting;
    if (!session.live() || !options.enabled)
        return c;
    c.deadline = gate.limiter().deadline(channel);
    const auto open = gate.limiter().gate(clock->now());
    if (open && (!c.deadline || *open > *c.deadline)) {
        c.deadline = open;
        c.cause = gate.limiter().gateCause();
    }
    return c;
}

SessionStatus HubService::Private::status() const
{
    SessionStatus s;
    s.apiRoot = options.apiRoot;
    s.dropped = dropped;
    s.queueBytes = options.queueBytes;
    int checkpoints = 0;
    for (const auto &[id, entry] : outbox.entries()) {
        ++s.pending;
        if (entry.record.failed || entry.record.category != ErrorCategory::None)
            ++s.failed;
        if (entry.record.kind == UploadKind::Checkpoint && entry.record.run == session.key()
            && !entry.sending)
            ++checkpoints;
    }
    int epochs = 0;
    if (const auto *run = outbox.run(session.key())) {
        s.epochsSynced = run->sentEpochs();
        s.modelId = run->record.modelId;
        if (!s.modelId.isEmpty())
            s.modelUrl = page(run->record);
        epochs = run->pendingEpochs(false);
    } else if (done) {
        s.modelId = last.modelId;
        s.modelUrl = last.modelUrl;
        s.epochsSynced = last.epochsSynced;
    }
    s.metrics = countdown(Channel::Metrics, epochs);
    s.checkpoint = countdown(Channel::Checkpoint, checkpoints);
    s.heartbeat = countdown(Channel::Heartbeat, 0);
    if (heartbeat.next())
        s.heartbeat.deadline = heartbeat.next();
    else if (s.heartbeat.cause.isEmpty())
        s.heartbeat.deadline.reset();
    std::tie(s.state, s.message) = state(s);
    return s;
}

std::pair<SessionState, QString> HubService::Private::state(const SessionStatus &s) const
{
    if (!options.enabled)
        return { SessionState::Off, HubService::tr("HUB is off.") };
    if (options.apiRoot.isEmpty())
        return { SessionState::Idle, HubService::tr("No HUB server is set.") };
    const bool something = s.pending > 0 || session.live();
    if (gate.blocked() && something)
        return { SessionState::BadKey, gate.blockSentence() };
    if (gate.offline() && something)
        return { SessionState::Offline,
                 HubService::tr("This computer has no network. Everything is kept and goes out by itself when it is "
                                "back.") };
    if (gate.limiter().gate(clock->now()) && something)
        return { SessionState::RateLimited, gate.limiter().gateCause() + QLatin1Char('.') };
    if (queue.serverTrouble())
        return { SessionState::WaitingForServer, queue.troubleSentence() };
    if (session.live() && s.modelId.isEmpty())
        return { SessionState::Connecting, HubService::tr("Creating the model on HUB.") };
    if (session.live() && outbox.find(session.key(), UploadKind::CreateModel))
        return { SessionState::Connecting, HubService::tr("Looking for the run's model on HUB.") };
    if (session.live())
        return { SessionState::Syncing,
                 HubService::tr("In sync, %n epoch(s) on HUB.", nullptr, s.epochsSynced) };
    if (!queue.idle())
        return { SessionState::Finishing,
                 HubService::tr("Sending what is left: %n item(s).", nullptr, s.pending) };
    if (s.failed > 0)
        return { SessionState::Idle, HubService::tr("%n upload(s) need attention.", nullptr, s.failed) };
    if (done && !outbox.run(session.key()))
        return { SessionState::Done, HubService::tr("Done: everything is on HUB, read back and complete.") };
    return { SessionState::Idle, HubService::tr("Ready.") };
}

void HubService::Private::test(const HubOptions &wanted)
{
    const Account account { wanted.apiRoot, wanted.webRoot, wanted.apiKey };
    auto *call = client.send(protocol->checkKey(account));
    clock->at(clock->now() + testLimit, call, [call] { call->abort(Failure::Stalled); });
    connect(call, &HubCall::finished, this, [this, account](const WireAnswer &answer) {
        TestResult result;
        result.httpStatus = answer.status;
        result.reachable = answer.failure == Failure::None && answer.status > 0;
        const auto verdict = gate.verdictFor(answer, 1, account.key);
        std::optional<bool> accepted;
        if (answer.ok())
            accepted = protocol->keyAccepted(answer.body);
        const auto host = account.apiRoot.authority();
        result.keyAccepted = accepted.value_or(false);
        if (account.apiRoot.host().isEmpty())
            result.message = HubService::tr("The server address is missing or not a web address.");
        else if (result.keyAccepted)
            result.message = HubService::tr("%1 answers and accepts the key.").arg(host);
        else if (account.key.isEmpty() && result.reachable)
            result.message = HubService::tr("%1 answers. Enter an API key to use it.").arg(host);
        else if (verdict.category == ErrorCategory::Auth || accepted.has_value())
            result.message = HubService::tr("%1 answers, but does not accept the key.").arg(host);
        else if (answer.ok())
            result.message =
                HubService::tr("%1 answers, but not as a HUB does: is the address right?").arg(host);
        else
            result.message = verdict.sentence;
        Q_EMIT q->testFinished(result);
    });
}

HubService::HubService(Config config, QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>(this, std::move(config)))
{
}

HubService::~HubService() = default;

QString HubService::journalProblem() const { return d->outbox.problem(); }

void HubService::setOptions(const HubOptions &options) { d->apply(options); }

HubOptions HubService::options() const { return d->options; }

void HubService::beginRun(const RunDescription &description)
{
    d->done = false;
    d->heartbeat.stop();
    d->session.begin(description);
}

void HubService::startTimers()
{
    const auto now = d->clock->now();
    d->gate.limiter().mark(Channel::Metrics, now);
    d->gate.limiter().mark(Channel::Checkpoint, now);
    d->changed();
}

void HubService::addMetrics(int epoch, const QJsonObject &metrics) { d->session.metrics(epoch, metrics); }

void HubService::modelSaved(int epoch, const QString &lastFile, bool isBest)
{
    d->session.modelSaved(epoch, lastFile, isBest);
}

void HubService::endRun(const QString &bestFile, double map)
{
    d->heartbeat.stop();
    d->session.end(bestFile, map);
}

void HubService::abandonRun(const QString &reason)
{
    d->heartbeat.stop();
    d->session.abandon(reason);
}

QString HubService::publishRun(const RunDescription &description, const QString &bestFile, double map)
{
    if (!d->options.enabled || d->options.apiRoot.isEmpty())
        return tr("HUB is off: turn it on in the settings, then publish the run.");
    if (d->session.live())
        return tr("A run is being synced now: publish %1 when it has ended.").arg(description.modelName);
    const bool weights = QFileInfo(bestFile).isFile();
    if (!weights && readResultsCsv(description.runFolder).isEmpty())
        return tr("%1 has neither a results.csv nor a best model: there is nothing to publish.")
            .arg(description.modelName);
    d->done = false;
    d->session.begin(description);
    d->session.end(bestFile, map);
    return {};
}

QByteArray HubService::usagePreview(const QString &mode, const QJsonObject &params) const
{
    return d->usage.preview(mode, params);
}

QVector<SentExample> HubService::sentExamples(const RunDescription &run, int epoch, const QJsonObject &metrics) const
{
    return hub::sentExamples(*d->protocol, d->gate.account(), run, epoch, metrics, d->agentName);
}

void HubService::usageEvent(const QString &mode, const QJsonObject &params) { d->usage.add(mode, params); }

std::unique_ptr<ModelFetch> HubService::fetch(const HubOptions &options)
{
    return std::make_unique<ModelFetch>(d->client, d->network, d->protocol,
                                        Account { options.apiRoot, options.webRoot, options.apiKey });
}

QVector<UploadItem> HubService::items() const { return d->queue.items(); }

QVector<UploadItem> HubService::storedItems(const QString &journalFile)
{
    return UploadQueue::itemsOf(JournalThread::peek(journalFile));
}

SessionStatus HubService::status() const { return d->status(); }

QVector<RequestRecord> HubService::requests() const
{
    const auto &kept = d->requests.records();
    return { kept.cbegin(), kept.cend() };
}

bool HubService::paused() const { return d->queue.paused(); }

bool HubService::idle() const { return d->queue.idle(); }

bool HubService::stored() const { return d->outbox.stored(); }

void HubService::retryNow(qint64 id) { d->queue.retryNow(id); }

void HubService::retryAll() { d->queue.retryAll(); }

void HubService::discard(qint64 id) { d->queue.discard(id); }

void HubService::setPaused(bool paused) { d->queue.setPaused(paused); }

void HubService::testConnection(const HubOptions &options) { d->test(options); }

} // namespace torchdeck::hub

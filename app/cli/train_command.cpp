// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/train_command.h"

#include "app/cli/commands.h"
#include "app/state_paths.h"
#include "torchdeck/engine/error.h"

#include <QtCore/QCoreApplication>

namespace torchdeck::app::cli {

TrainSession::TrainSession(Options options, Settings &settings)
    : m_options(std::move(options))
    , m_settings(settings)
    , m_console(m_options.json)
    , m_printer(m_console)
    , m_controller(engineRunner(m_options.ranks))
{
    connectRun();
    connect(&m_signals, &StopSignals::stopAsked, this, &TrainSession::onStopAsked);
}

TrainSession::~TrainSession() = default;

void TrainSession::connectRun()
{
    using C = TrainingController;
    connect(&m_controller, &C::pretrainRoutineStart, this, [this](const engine::PretrainRoutineStart &event) {
        // A resumed run goes on syncing unless this command says hub=false.
        if (m_options.hub || (m_options.hubMayResume && event.config.hub))
            setUpHub(event);
        m_record.onPretrainRoutineStart(event);
        m_printer.onPretrainRoutineStart(event);
    });
    connect(&m_controller, &C::pretrainRoutineEnd, this, [this](const engine::PretrainRoutineEnd &event) {
        m_record.onPretrainRoutineEnd(event);
        m_printer.onPretrainRoutineEnd(event);
    });
    connect(&m_controller, &C::batchEnd, this, [this](const engine::BatchEnd &event) {
        m_record.onBatchEnd();
        m_printer.onBatchEnd(event);
    });
    connect(&m_controller, &C::valProgress, this,
            [this](const engine::ValProgress &e) { m_printer.onValProgress(e); });
    connect(&m_controller, &C::fitEpochEnd, this, [this](const engine::FitEpochEnd &event) {
        m_record.onFitEpochEnd(event);
        m_printer.onFitEpochEnd(event);
    });
    connect(&m_controller, &C::log, this, [this](const engine::LogLine &e) { m_printer.onLog(e); });
    connect(&m_controller, &C::finished, this, [this](const engine::Finished &event) { onEnded(event.end); });
    connect(&m_controller, &C::stopped, this, [this](const engine::Stopped &event) {
        m_exitCode = Interrupted;
        onEnded(event.end);
    });
    connect(&m_controller, &C::failed, this, &TrainSession::onFailed);
    // After the bridge had its turn: it is connected later, by setUpHub().
    connect(&m_controller, &C::ended, this, &TrainSession::waitForHub);
}

void TrainSession::makeHost()
{
    if (m_host)
        return;
    m_secrets = std::make_unique<Secrets>(desktopKeyring(), StatePaths::secretFile());
    m_host = std::make_unique<HubHost>(m_settings, *m_secrets, m_background);
    connect(m_host.get(), &HubHost::logMessage, this,
            [this](const QString &text) { m_console.line(QStringLiteral("HUB: ") + text); });
}

/// The model's address on the command line: what it says and holds is fetched before the run starts.
void TrainSession::loadModel()
{
    makeHost();
    HubModel::Wish wish { *m_options.model, m_options.config, m_options.given,
                          StatePaths::dataDir() + QStringLiteral("/datasets"),
                          StatePaths::dataDir() + QStringLiteral("/weights") };
    m_model = std::make_unique<HubModel>(*m_host, wish);
    connect(m_model.get(), &HubModel::progress, this, [this](const QString &text) {
        if (m_console.terminal())
            m_console.status(text);
        else if (text.endsWith(QStringLiteral("...")))
            m_console.line(text);
    });
    connect(m_model.get(), &HubModel::note, this, [this](const QString &text) { m_console.line(text); });
    connect(m_model.get(), &HubModel::failed, this, &TrainSession::failModel);
    connect(m_model.get(), &HubModel::ready, this, [this](const engine::TrainConfig &config) {
        m_model.release()->deleteLater();
        m_options.config = config;
        m_controller.start(config);
    });
    connect(
        m_host.get(), &HubHost::ready, m_model.get(),
        [this] {
            if (m_host->problem().isEmpty())
                m_model->start();
            else
                failModel(m_host->problem(), {});
        },
        Qt::SingleShotConnection);
    m_host->resolve(m_options.hub);
}

void TrainSession::failModel(const QString &sentence, const QString &field)
{
    if (m_model)
        m_model.release()->deleteLater();
    m_console.fail(sentence, field);
    QCoreApplication::exit(FailedRun);
}

void TrainSession::setUpHub(const engine::PretrainRoutineStart &event)
{
    makeHost();
    m_sink = std::make_unique<HubServiceSink>(m_host->service());
    m_bridge = std::make_unique<HubBridge>(*m_sink, rankFromEnvironment());
    connect(m_bridge.get(), &HubBridge::message, this, [this](const QString &text) { m_console.line(text); });
    connect(&m_host->service(), &hub::HubService::modelKnown, this,
            [this](quint64, const QString &id, const QUrl &url) {
                m_modelId = id;
                m_modelUrl = url;
            });
    connect(&m_host->service(), &hub::HubService::stopRequested, this, [this](quint64 run) {
        if (run != m_controller.currentRun() || !m_controller.active())
            return;
        m_console.line(QStringLiteral("HUB asked to stop this run: stopping after this batch and saving."));
        m_controller.stop();
    });
    connectHubToBridge(*m_host, *m_bridge, m_gate);
    connectRunToBridge(m_controller, *m_bridge, m_gate);
    // This very event is being delivered: a connection made now misses it.
    m_gate.post([this, event] { m_bridge->onPretrainRoutineStart(event); });
    m_host->resolve(true);
}

void TrainSession::onStopAsked()
{
    if (m_model) { // nothing trains yet
        m_model->cancel();
        m_model.reset();
        QCoreApplication::exit(Interrupted);
        return;
    }
    if (m_waiter) {
        m_exitCode = Interrupted;
        m_waiter->giveUp();
        return;
    }
    m_console.line(
        QStringLiteral("Stopping after this batch and saving; press Ctrl+C again to quit at once."));
    m_controller.stop();
}

void TrainSession::onEnded(const engine::TrainEnd &end)
{
    m_wallSeconds = double(m_wall.elapsed()) / 1000.0;
    m_end = end;
}

void TrainSession::onFailed(const engine::Failed &event)
{
    m_wallSeconds = double(m_wall.elapsed()) / 1000.0;
    m_failure = event;
    m_exitCode = event.badInput ? BadInput : FailedRun;
}

void TrainSession::waitForHub()
{
    if (!m_host) {
        finish();
        return;
    }
    m_waiter = std::make_unique<HubWaiter>(*m_host, m_options.hubWaitSeconds);
    connect(m_waiter.get(), &HubWaiter::done, this, &TrainSession::finish);
    m_waiter->start();
}

void TrainSession::sayWhatWaits()
{
    const QVector<hub::UploadItem> items = m_host->service().items();
    for (const hub::UploadItem &item : items) {
        if (needsUser(item) && !item.error.isEmpty())
            m_console.line(QStringLiteral("HUB: %1: %2").arg(item.title, item.error));
    }
    if (!items.isEmpty())
        m_console.line(
            QStringLiteral("HUB: %1 %2 queued; they are sent at the next start or by `torchdeck hub queue "
                           "retry`.")
                .arg(items.size())
                .arg(items.size() == 1 ? QStringLiteral("item stays") : QStringLiteral("items stay")));
    else if (m_host->servesLocally() && !m_modelUrl.isEmpty())
        m_console.line(
            QStringLiteral("The local HUB ends with this command; `torchdeck hub serve` shows %1 again.")
                .arg(m_modelUrl.toString()));
}

QJsonObject TrainSession::result() const
{
    QJsonObject object = m_record.json(m_end, m_wallSeconds, peakRssMiB());
    if (m_host) {
        object.insert(QStringLiteral("hub_model_id"), m_modelId);
        object.insert(QStringLiteral("hub_model_url"), m_modelUrl.toString());
        object.insert(QStringLiteral("hub_pending"), m_host->service().items().size());
    }
    return object;
}

void TrainSession::finish()
{
    if (m_host)
        sayWhatWaits();
    if (m_failure) {
        m_console.fail(QString::fromStdString(m_failure->sentence), QString::fromStdString(m_failure->field));
    } else {
        if (!m_end.saveDir.empty() && m_options.ranks.rank == 0)
            m_console.line(QStringLiteral("%1 %2").arg(m_end.stopped
                                                           ? QStringLiteral("Stopped; everything is saved in")
                                                           : QStringLiteral("Results are in"),
                                                       QString::fromStdString(m_end.saveDir.string())));
        if (m_console.wantsJson())
            m_console.json(result());
    }
    QCoreApplication::exit(m_exitCode);
}

int TrainSession::exec()
{
    m_wall.start();
    if (m_options.model)
        loadModel();
    else
        m_controller.start(m_options.config);
    return QCoreApplication::exec();
}

CommandSpec trainSpec()
{
    CommandSpec spec;
    spec.name = QStringLiteral("train");
    spec.usage = QStringLiteral(
        "model=yolov8n.yaml data=PATH/data.yaml [name=value ...] [--json] [--hub-wait=SECONDS]");
    spec.summary = QStringLiteral("train a detector");
    const engine::TrainConfig usual;
    for (const engine::ArgumentInfo &info : engine::trainArguments()) {
        OptionSpec option;
        option.name = QString::fromUtf8(info.name.data(), qsizetype(info.name.size()));
        option.help = QString::fromUtf8(info.help.data(), qsizetype(info.help.size()));
        option.fallback = QString::fromStdString(engine::trainArgumentText(usual, info.name));
        if (option.fallback == u"null")
            option.fallback.clear();
        spec.options.append(option);
    }
    spec.flags = {
        { QStringLiteral("--json"), {}, QStringLiteral("last line of standard output is one JSON object") },
        { QStringLiteral("--hub-wait"), QStringLiteral("SECONDS"),
          QStringLiteral("how long to wait for a HUB that does not answer, after the run [15]") },
    };
    spec.notes = QStringLiteral("hub=true syncs the run: to ULTRALYTICS_HUB_API (with HUB_API_KEY) when set, "
                                "else as the settings say, by\n"
                                "default to a local HUB that runs with the command. resume=true continues "
                                "the newest interrupted run, or the\n"
                                "one of model=PATH/weights/last.pt. Ctrl+C stops after the batch and saves; "
                                "a second one quits at once.\n"
                                "model=WEB/models/ID (perhaps with ?api_key=KEY) goes on with a model of HUB: its arguments, last "
                                "weights and data set are\nfetched; arguments given here win. "
                                "JSON: metrics, wall_seconds, median_epoch_seconds, images_per_second, "
                                "peak_rss_mib, save_dir, epochs,\n"
                                "best_epoch (1-based, as in results.csv), stopped, first_step_seconds; with hub=true "
                                "hub_model_id, hub_model_url, hub_pending.\n"
                                "Under torchrun (RANK, LOCAL_RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT) the "
                                "processes train one model\n"
                                "together: batch= is their total, rank 0 writes, prints and syncs.");
    return spec;
}

namespace {

/// model=WEB/models/ID goes on with that model of HUB; its key leaves the configuration at once.
void takeModelAddress(TrainSession::Options &options)
{
    const QString model = QString::fromStdString(options.config.model);
    if (!HubModel::looksLikeAddress(model))
        return;
    options.model = hub::parseModelIdentifier(model, {});
    if (!options.model)
        throw UsageError { QStringLiteral("model= looks like an address, but not like a model's on HUB: give "
                                          "https://HOST/models/ID, a file, or a name such as yolov8n.yaml.") };
    options.config.model = "hub-model"; // replaced by what HUB says
    if (options.hubMayResume) // hub= was not given
        options.hub = true;
    options.hubMayResume = false;
}

} // namespace

int trainCommand(const QStringList &words)
{
    const RawArguments raw = splitArguments(trainSpec(), words);
    Settings settings(StatePaths::settingsFile());
    TrainSession::Options options;
    options.json = raw.flags.contains(QStringLiteral("--json"));
    options.hubWaitSeconds = hubWaitSeconds(raw.flags, options.hubWaitSeconds);
    options.hub = settings.hub().value_or(false);
    engine::TrainConfig &config = options.config;
    bool dataGiven = false;
    for (const auto &[name, value] : raw.pairs) {
        if (const auto error = engine::setTrainArgument(config, name.toStdString(), value.toStdString()))
            throw UsageError { QString::fromStdString(error->sentence) };
        dataGiven = dataGiven || name == u"data";
        options.given.insert(name);
        if (name == u"hub") {
            options.hub = config.hub;
            options.hubMayResume = false;
        }
    }
    takeModelAddress(options);
    try {
        options.ranks = engine::ranksFromEnvironment();
    } catch (const engine::EngineError &error) {
        throw UsageError { QString::fromUtf8(error.what()) };
    }
    if (options.ranks.rank > 0) { // rank 0 reports and syncs for all
        options.json = options.hub = options.hubMayResume = false;
    }
    config.hub = options.hub;
    if (!options.model && !dataGiven && !config.resume)
        throw UsageError { QStringLiteral("No data set is given: add data=PATH/data.yaml (`torchdeck dataset "
                                          "make-sample DIR` makes one to try).") };
    if (config.project.empty())
        config.project = StatePaths::projectFolder(settings.runsFolder()).toStdString();
    if (!settings.notice().isEmpty())
        Console(options.json).error(settings.notice());
    TrainSession session(std::move(options), settings);
    return session.exec();
}

} // namespace torchdeck::app::cli

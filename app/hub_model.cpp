// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/hub_model.h"

#include "app/hub_host.h"
#include "app/state_paths.h"
#include "hub/run_file.h"

#include <QtCore/QDir>
#include <QtCore/QFileInfo>
#include <QtCore/QLocale>
#include <QtCore/QRegularExpression>
#include <QtCore/QUuid>

namespace torchdeck::app {

namespace {

constexpr qint64 largestWeights = 16LL << 30;
constexpr qint64 largestArchive = 200LL << 30;
constexpr qint64 tellEveryMs = 300;

QString sizeText(qint64 bytes) { return QLocale().formattedDataSize(bytes, 1, QLocale::DataSizeSIFormat); }

/// A file name's worth of `text`, or `fallback`.
QString plainName(QString text, const QString &fallback)
{
    static const QRegularExpression odd(QStringLiteral("[^A-Za-z0-9._-]+"));
    text.replace(odd, QStringLiteral("-"));
    while (text.startsWith(u'.') || text.startsWith(u'-'))
        text.remove(0, 1);
    return text.isEmpty() ? fallback : text.left(60);
}

/// What only this computer can say, and what is settled elsewhere.
bool isOurs(const QString &name)
{
    static const QSet<QString> ours { "model", "data",   "resume", "project", "name",     "exist_ok",
                                      "hub",   "device", "mode",   "task",    "save_dir", "workers" };
    return ours.contains(name);
}

QString textOf(const QJsonValue &value)
{
    if (value.isBool())
        return value.toBool() ? QStringLiteral("true") : QStringLiteral("false");
    return value.isDouble() ? QString::number(value.toDouble(), 'g', 15) : value.toString();
}

} // namespace

HubModel::HubModel(HubHost &host, Wish wish, QObject *parent)
    : QObject(parent)
    , m_host(host)
    , m_wish(std::move(wish))
{
}

HubModel::~HubModel() { cancel(); }

bool HubModel::looksLikeAddress(const QString &model)
{
    return model.startsWith(QLatin1String("http://")) || model.startsWith(QLatin1String("https://"));
}

void HubModel::start()
{
    hub::HubOptions options = m_host.options();
    const QString server = m_wish.model.webRoot.toString();
    const auto here = hub::parseModelIdentifier(server + QStringLiteral("/models/") + m_wish.model.model,
                                                options.webRoot.isEmpty() ? options.apiRoot : options.webRoot);
    if (!here) {
        // Its key (or ours) must not go to a server that nobody chose.
        QMetaObject::invokeMethod(
            this,
            [this, server, options] {
                fail(QStringLiteral("This model is on %1, the settings name %2: choose that server in the settings first.")
                         .arg(server, options.webRoot.toString()));
            },
            Qt::QueuedConnection);
        return;
    }
    m_host.log().hide(m_wish.model.key);
    if (!m_wish.model.key.isEmpty())
        options.apiKey = m_wish.model.key;
    m_fetch = m_host.service().fetch(options);
    connect(m_fetch.get(), &hub::ModelFetch::modelRead, this, &HubModel::read);
    connect(m_fetch.get(), &hub::ModelFetch::failed, this, [this](const QString &sentence) { fail(sentence); });
    connect(m_fetch.get(), &hub::ModelFetch::downloaded, this, &HubModel::downloaded);
    connect(m_fetch.get(), &hub::ModelFetch::progress, this, [this](qint64 received, qint64 total) {
        tell(m_step == Step::Dataset ? QStringLiteral("Downloading the data set") : QStringLiteral("Downloading the weights"),
             received, total);
    });
    Q_EMIT progress(QStringLiteral("Reading the model from %1...").arg(options.apiRoot.authority()));
    m_fetch->readModel(m_wish.model.model);
}

void HubModel::cancel()
{
    m_over = true;
    m_stop->request_stop();
    if (m_fetch)
        m_fetch->cancel();
    if (!m_runFolder.isEmpty())
        QDir(m_runFolder).removeRecursively();
    m_runFolder.clear();
}

void HubModel::fail(const QString &sentence, const QString &field)
{
    if (m_over)
        return;
    cancel();
    Q_EMIT failed(sentence, field);
}

void HubModel::tell(const QString &what, qint64 done, qint64 total)
{
    if (m_lastTold.isValid() && m_lastTold.elapsed() < tellEveryMs)
        return;
    m_lastTold.start();
    Q_EMIT progress(total > 0 ? QStringLiteral("%1: %2 of %3").arg(what, sizeText(done), sizeText(total))
                              : QStringLiteral("%1: %2").arg(what, sizeText(done)));
}

void HubModel::read(const hub::ModelFacts &facts)
{
    if (m_over)
        return;
    m_facts = facts;
    if (facts.status == QLatin1String("trained")) {
        fail(QStringLiteral("This model is trained already: there is nothing to go on with. To train further, download its "
                            "weights and start a new run with model=PATH/best.pt."));
        return;
    }
    takeArguments();
    fetchDataset();
}

void HubModel::takeArguments()
{
    QStringList refused;
    for (auto it = m_facts.trainArgs.begin(); it != m_facts.trainArgs.end(); ++it) {
        const QString name = it.key();
        if (isOurs(name) || m_wish.given.contains(name) || it.value().isNull())
            continue;
        if (engine::setTrainArgument(m_wish.config, name.toStdString(), textOf(it.value()).toStdString()))
            refused << name;
    }
    if (!refused.isEmpty())
        Q_EMIT note(QStringLiteral("Arguments of the model that are not taken: %1").arg(refused.join(QStringLiteral(", "))));
}

void HubModel::fetchDataset()
{
    if (m_wish.given.contains(QStringLiteral("data")))
        return fetchWeights();
    if (m_facts.dataset.isEmpty()) {
        if (m_wish.config.data.empty())
            return fail(QStringLiteral("HUB has no archive of this model's data set: give its data.yaml."),
                        QStringLiteral("data"));
        Q_EMIT note(QStringLiteral("HUB has no archive of this model's data set: the one given here is used."));
        return fetchWeights();
    }
    m_step = Step::Dataset;
    m_lastTold.invalidate();
    if (!QDir().mkpath(m_wish.datasets))
        return fail(QStringLiteral("The folder %1 cannot be made: check the permissions.").arg(m_wish.datasets));
    m_fetch->download(m_facts.dataset,
                      m_wish.datasets + QStringLiteral("/.incoming-%1.zip").arg(QUuid::createUuid().toString(QUuid::Id128)),
                      largestArchive);
}

void HubModel::downloaded(const QString &file)
{
    if (m_over)
        return;
    if (m_step == Step::Weights)
        return goOn();
    Q_EMIT progress(QStringLiteral("Unpacking and checking the data set..."));
    const QString name = QFileInfo(m_facts.dataset.path()).completeBaseName();
    m_background.run(
        [file, datasets = m_wish.datasets, name, stop = m_stop](const std::stop_token &ending) {
            const std::stop_callback both(ending, [stop] { stop->request_stop(); });
            return settleDataset(file, datasets, name, stop->get_token());
        },
        [this](const HubDataset &dataset) { datasetHere(dataset); });
}

void HubModel::datasetHere(const HubDataset &dataset)
{
    if (m_over)
        return;
    if (!dataset.problem.isEmpty())
        return fail(dataset.problem, QStringLiteral("data"));
    if (!dataset.note.isEmpty())
        Q_EMIT note(dataset.note);
    m_wish.config.data = dataset.dataYaml.toStdString();
    fetchWeights();
}

/// A run folder of its own, marked as this model's before anything starts.
bool HubModel::makeRunFolder()
{
    const QString project = QString::fromStdString(m_wish.config.project);
    const QString base = project.isEmpty() ? QStringLiteral("runs/detect") : project;
    const QString name = m_wish.config.name.empty()
        ? plainName(m_facts.name, QStringLiteral("hub-") + m_wish.model.model.left(12))
        : QString::fromStdString(m_wish.config.name);
    QString folder = QDir::cleanPath(QDir().absoluteFilePath(base + u'/' + name));
    const QString first = folder;
    for (int n = 2; QFileInfo::exists(folder); ++n)
        folder = first + QString::number(n);
    if (!QDir().mkpath(folder + QStringLiteral("/weights")))
        return false;
    m_runFolder = folder;
    hub::RunFile file;
    file.localId = QUuid::createUuid().toString(QUuid::WithoutBraces);
    file.modelId = m_wish.model.model;
    file.apiRoot = m_host.options().apiRoot;
    file.webRoot = m_host.options().webRoot;
    return hub::writeRunFile(folder, file);
}

void HubModel::fetchWeights()
{
    if (!makeRunFolder())
        return fail(QStringLiteral("The run's folder cannot be made in %1: choose another with project=.")
                        .arg(QString::fromStdString(m_wish.config.project)),
                    QStringLiteral("project"));
    m_step = Step::Weights;
    m_lastTold.invalidate();
    if (!m_facts.resumeFrom.isEmpty())
        return m_fetch->download(m_facts.resumeFrom, m_runFolder + QStringLiteral("/weights/last.pt"), largestWeights);
    if (m_facts.startFrom.isEmpty())
        return goOn();
    if (!QDir().mkpath(m_wish.weights))
        return fail(QStringLiteral("The folder %1 cannot be made: check the permissions.").arg(m_wish.weights));
    m_fetch->download(m_facts.startFrom, m_wish.weights + u'/' + m_wish.model.model + QStringLiteral(".pt"), largestWeights,
                      m_facts.weightsSha256);
}

void HubModel::goOn()
{
    engine::TrainConfig config = m_wish.config;
    if (!m_facts.resumeFrom.isEmpty()) {
        config.model = (m_runFolder + QStringLiteral("/weights/last.pt")).toStdString();
        config.resume = true;
    } else {
        QString model = m_facts.architecture;
        if (!m_facts.startFrom.isEmpty())
            model = m_wish.weights + u'/' + m_wish.model.model + QStringLiteral(".pt");
        else if (model.isEmpty())
            return fail(QStringLiteral("HUB does not say which network this model is."));
        else if (!model.contains(u'.'))
            model += QStringLiteral(".yaml");
        config.model = model.toStdString();
        config.resume = false;
        config.project = QFileInfo(m_runFolder).absolutePath().toStdString();
        config.name = QFileInfo(m_runFolder).fileName().toStdString();
        config.existOk = true;
    }
    m_runFolder.clear(); // the run's now
    m_over = true;
    if (!m_wish.model.key.isEmpty())
        m_host.useKey(m_wish.model.key); // it has opened the model: the run goes out as the same account
    Q_EMIT ready(config);
}

} // namespace torchdeck::app

// SPDX-License-Identifier: GPL-3.0-or-later
// The window's HUB side: settings, what is sent, remote stop, publishing, support bundle.
#include "app/application.h"
#include "app/publish.h"
#include "app/state_paths.h"
#include "app/support_bundle.h"

#include <filesystem>

namespace torchdeck::app {

void Application::toggleHub(bool enabled)
{
    m_settings.setHub(enabled);
    if (const QString problem = m_settings.save(); !problem.isEmpty())
        m_window->showNotice(problem, true);
    m_host.setEnabled(enabled);
    m_bridge.onOptionsChanged();
}

void Application::showSettings()
{
    ui::SettingsValues values;
    values.hubEnabled = m_settings.hub().value_or(hubOnByDefault);
    values.useLocalHub = m_settings.useLocalHub();
    values.apiRoot = m_settings.apiRoot();
    values.webRoot = m_settings.webRoot();
    values.apiKey = m_secrets.key();
    values.usageEvents = m_settings.usageEvents();
    values.runsFolder = m_settings.runsFolder();
    values.uploadLimit = m_settings.uploadLimit();
    values.queueLimit = m_settings.queueLimit();
    values.caFile = m_settings.caFile();
    values.proxy = m_settings.proxy();
    values.apiRootLockedBy = Settings::lockedBy(QStringLiteral("api_root"));
    values.webRootLockedBy = Settings::lockedBy(QStringLiteral("web_root"));
    values.apiKeyLockedBy = Settings::lockedBy(QStringLiteral("api_key"));
    values.keyStorageNote = m_secrets.note();
    values.keyStorageSecure = m_secrets.secure();
    m_window->setSettings(values);
}

void Application::saveSettings(const ui::SettingsValues &values)
{
    m_settings.setHub(values.hubEnabled);
    m_settings.setUsageEvents(values.usageEvents);
    m_settings.setUploadLimit(values.uploadLimit);
    m_settings.setQueueLimit(values.queueLimit);
    for (const auto &[key, value] : { std::pair { "ca_file", values.caFile }, std::pair { "proxy", values.proxy } }) {
        if (const QString wrong = m_settings.setText(QLatin1String(key), value); !wrong.isEmpty())
            m_window->showNotice(wrong, true);
    }
    const bool otherRuns = values.runsFolder != m_settings.runsFolder();
    m_settings.setRunsFolder(values.runsFolder);
    if (otherRuns)
        showRunFolders();
    if (Settings::lockedBy(QStringLiteral("api_root")).isEmpty()) {
        m_settings.setUseLocalHub(values.useLocalHub);
        m_settings.setApiRoot(cleanRootUrl(values.apiRoot));
    }
    if (Settings::lockedBy(QStringLiteral("web_root")).isEmpty())
        m_settings.setWebRoot(cleanRootUrl(values.webRoot));
    if (const QString problem = m_settings.save(); !problem.isEmpty())
        m_window->showNotice(problem, true);
    const bool newKey =
        Settings::lockedBy(QStringLiteral("api_key")).isEmpty() && values.apiKey != m_secrets.key();
    if (newKey)
        m_secrets.store(values.apiKey.trimmed()); // resolves when it is stored
    else
        m_host.resolve(values.hubEnabled);
    showSettings();
}

void Application::testConnection(const ui::SettingsValues &values)
{
    if (!values.useLocalHub) {
        m_host.service().testConnection(m_host.optionsFor(
            QUrl(cleanRootUrl(values.apiRoot)), QUrl(cleanRootUrl(values.webRoot)), values.apiKey.trimmed()));
        return;
    }
    if (const auto address = m_host.localAddress()) {
        m_host.service().testConnection(
            m_host.optionsFor(address->apiRoot, address->webRoot, address->apiKey));
        return;
    }
    hub::TestResult result;
    result.message = m_host.problem().isEmpty() ? tr("The local HUB starts when these settings are applied.")
                                                : m_host.problem();
    m_window->setTestResult(result);
}

/// The model field holds a model's address on HUB: fetched first, Stop cancels that.
void Application::loadModel(engine::TrainConfig config)
{
    const auto refuse = [this](const QString &sentence, const QString &field) {
        m_window->setLaunchProblems({ { field.isEmpty() ? std::string("model") : field.toStdString(), sentence.toStdString() } });
        m_window->showNotice(sentence, true);
    };
    auto id = hub::parseModelIdentifier(QString::fromStdString(config.model), {});
    if (!id)
        return refuse(tr("This looks like an address, but not like a model's on HUB: https://HOST/models/ID."), {});
    if (m_controller.active() || m_model)
        return refuse(tr("A run is going on already: stop it first."), {});
    if (!m_host.resolved() || !m_host.problem().isEmpty())
        return refuse(m_host.problem().isEmpty() ? tr("HUB is not ready yet: start again in a moment.")
                                                 : m_host.problem(),
                      {});
    if (id->key.isEmpty())
        id->key = m_modelKeys.value(QString::fromStdString(config.model));
    config.model.clear();
    m_model = std::make_unique<HubModel>(m_host, HubModel::Wish { *id, config, {},
                                                                  StatePaths::dataDir() + QStringLiteral("/datasets"),
                                                                  StatePaths::dataDir() + QStringLiteral("/weights") });
    connect(m_model.get(), &HubModel::progress, m_window.get(),
            [this](const QString &text) { m_window->showNotice(text); });
    connect(m_model.get(), &HubModel::note, this, &Application::say);
    connect(m_model.get(), &HubModel::failed, this, [this, refuse](const QString &sentence, const QString &field) {
        m_model.release()->deleteLater();
        refuse(sentence, field);
    });
    connect(m_model.get(), &HubModel::ready, this, [this](const engine::TrainConfig &ready) {
        m_model.release()->deleteLater();
        m_window->showNotice(tr("The model of HUB is here: the run starts."));
        launch(ready);
    });
    m_model->start();
}

/// The run going on, or the last one; before the first, what the form would start.
void Application::showWhatIsSent()
{
    auto run = m_bridge.lastRun();
    const bool real = run.has_value();
    if (!real) {
        run.emplace();
        run->start.config = m_window->launchConfig();
        run->start.saveDir = run->start.config.name.empty() ? "train" : run->start.config.name;
    }
    const bool measured = !run->metrics.isEmpty();
    if (!measured) {
        for (const char *name : { "train/box_loss", "train/cls_loss", "train/dfl_loss", "metrics/precision(B)",
                                  "metrics/recall(B)", "metrics/mAP50(B)", "metrics/mAP50-95(B)", "val/box_loss",
                                  "val/cls_loss", "val/dfl_loss", "model/parameters", "model/GFLOPs",
                                  "model/speed_PyTorch(ms)" })
            run->metrics.insert(QLatin1String(name), 0);
    }
    const hub::RunDescription description = describeRun(run->start);
    hub::HubService &service = m_host.service();
    QVector<hub::SentExample> examples = service.sentExamples(description, run->epoch, run->metrics);
    hub::SentExample usage;
    usage.title = tr("When a command starts");
    usage.request = QStringLiteral("POST %1/v1/usage").arg(service.options().apiRoot.toString());
    usage.body = QString::fromUtf8(service.usagePreview(QStringLiteral("train"), trainUsage(run->start.config)));
    usage.usage = true;
    examples << usage;
    m_window->setSentExamples(examples,
                              measured ? tr("As the run %1 sends it.").arg(description.modelName)
                                       : tr("As the run in the form would send it; metrics stand here as 0."));
}

void Application::stopForHub(quint64 run)
{
    if (run != m_controller.currentRun() || !m_controller.active())
        return;
    const QString sentence = tr("HUB asked to stop this run: it ends after this batch, everything is saved and synced.");
    say(sentence);
    m_window->stopForHub(sentence);
    m_controller.stop(); // also when the window's button says that already
}

void Application::publish(const QString &folder)
{
    m_background.run([folder](const std::stop_token &) { return planPublish(folder); },
                     [this](const PublishPlan &plan) {
                         QString problem = plan.problem;
                         if (problem.isEmpty())
                             problem = m_host.service().publishRun(plan.description, plan.bestFile, plan.map);
                         if (problem.isEmpty())
                             m_window->showNotice(tr("%1 is being published: Uploads shows how far it is.")
                                                      .arg(plan.description.modelName));
                         else
                             m_window->showNotice(problem, true);
                     });
}

void Application::saveSupportBundle(const QString &file)
{
    // The text is made here (settings are the main thread's); writing may take its time.
    const QString text = supportBundle(m_settings, m_secrets.key(), m_host.service().requests());
    m_background.run([file, text](const std::stop_token &) { return writeSupportBundle(file, text); },
                     [this, file](const QString &problem) {
                         m_window->showNotice(problem.isEmpty() ? tr("The support bundle is written: %1").arg(file)
                                                                : problem,
                                              !problem.isEmpty());
                     });
}

} // namespace torchdeck::app

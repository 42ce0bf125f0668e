// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/hub_host.h"

#include "app/state_paths.h"

namespace torchdeck::app {

namespace {

hub::HubService::Config serviceConfig()
{
    hub::HubService::Config config;
    // Where the folder cannot be made, the client says so and keeps its queue in memory.
    (void)ensurePrivateFolder(StatePaths::stateDir());
    config.journalFile = StatePaths::journalFile();
    config.agentName = QStringLiteral("torchdeck/" TORCHDECK_VERSION " (Linux)");
    return config;
}

} // namespace

HubHost::HubHost(Settings &settings, Secrets &secrets, Background &background, QObject *parent)
    : QObject(parent)
    , m_settings(settings)
    , m_secrets(secrets)
    , m_background(background)
    , m_log(StatePaths::logFile())
    , m_service(serviceConfig())
{
    m_options.enabled = false;
    m_service.setOptions(m_options);
    connect(&m_service, &hub::HubService::logMessage, this, &HubHost::logMessage);
    connect(this, &HubHost::logMessage, this, [this](const QString &text) { m_log.add(text); });
    connect(&m_secrets, &Secrets::loaded, this, [this] {
        if (!m_local)
            apply({ QUrl(m_settings.apiRoot()), QUrl(m_settings.webRoot()), key() });
    });
}

HubHost::~HubHost() = default;

void HubHost::resolve(bool enabled)
{
    m_options.enabled = enabled;
    m_options.usageEvents = m_settings.usageEvents();
    m_options.bytesPerSecond = qint64(m_settings.uploadLimit()) * 1000;
    m_options.queueBytes = qint64(m_settings.queueLimit()) * 1'000'000;
    m_options.caFile = m_settings.caFile();
    m_options.proxy = QUrl(m_settings.proxy());
    m_resolved = false;
    m_local = m_settings.useLocalHub();
    if (m_local)
        resolveLocal();
    else
        m_secrets.load();
}

void HubHost::resolveLocal()
{
    if (m_embedded && m_embedded->address()) {
        apply(*m_embedded->address());
        return;
    }
    if (!m_embedded) {
        m_embedded = std::make_unique<EmbeddedHub>(StatePaths::localHubDir(),
                                                   quint16(m_settings.localHubPort()), m_background);
        connect(m_embedded.get(), &EmbeddedHub::ready, this, [this](const HubAddress &address) {
            if (m_local)
                apply(address);
        });
        connect(m_embedded.get(), &EmbeddedHub::failed, this, [this](const QString &sentence) {
            if (m_local)
                giveUp(sentence);
        });
    }
    m_embedded->start();
}

hub::HubOptions HubHost::optionsFor(const QUrl &apiRoot, const QUrl &webRoot, const QString &key) const
{
    hub::HubOptions options = m_options;
    options.apiRoot = apiRoot;
    options.webRoot = webRoot;
    options.apiKey = key;
    return options;
}

void HubHost::useKey(const QString &key)
{
    if (m_givenKey == key)
        return;
    m_givenKey = key;
    if (m_resolved && !m_local)
        apply({ m_options.apiRoot, m_options.webRoot, this->key() });
}

void HubHost::apply(const HubAddress &address)
{
    m_log.hide(address.apiKey);
    m_log.hide(m_options.proxy.password());
    m_options = optionsFor(address.apiRoot, address.webRoot, address.apiKey);
    m_resolved = true;
    m_problem.clear();
    m_service.setOptions(m_options);
    Q_EMIT ready();
}

void HubHost::giveUp(const QString &sentence)
{
    m_resolved = true;
    m_problem = sentence;
    Q_EMIT logMessage(sentence);
    Q_EMIT ready();
}

void HubHost::setEnabled(bool enabled)
{
    m_options.enabled = enabled;
    m_service.setOptions(m_options);
}

std::optional<HubAddress> HubHost::localAddress() const
{
    return m_embedded ? m_embedded->address() : std::nullopt;
}

} // namespace torchdeck::app

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
    , m_service(serviceConfig())
{
    m_options.enabled = false;
    m_service.setOptions(m_options);
    connect(&m_service, &hub::HubService::logMessage, this, &HubHost::logMessage);
    connect(&m_secrets, &Secrets::loaded, this, [this] {
        if (!m_local)
            apply({ QUrl(m_settings.apiRoot()), QUrl(m_settings.webRoot()), m_secrets.key() });
    });
}

HubHost::~HubHost() = default;

void HubHost::resolve(bool enabled)
{
    m_options.enabled = enabled;
    m_options.usageEvents = m_settings.usageEvents();
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

void HubHost::apply(const HubAddress &address)
{
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

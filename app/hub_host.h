// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/embedded_hub.h"
#include "app/recent_log.h"
#include "app/secrets.h"
#include "app/settings.h"
#include "hub/hub_service.h"

#include <memory>

namespace torchdeck::app {

/// The HUB client of this process with everything around it: which server (settings, environment, embedded)
/// and which key. Several processes share the state folder: the client's journal takes a file of its own for
/// each and adopts what ended ones left. Main thread.
class HubHost : public QObject {
    Q_OBJECT
public:
    HubHost(Settings &settings, Secrets &secrets, Background &background, QObject *parent = nullptr);
    ~HubHost() override;

    /// Finds server and key, in the background; answered by ready(), also when that failed (then problem()
    /// says why and the queue waits). Call again when settings or key changed.
    void resolve(bool enabled);
    void setEnabled(bool enabled);
    /// A key that came with the address of a model on the server in use counts instead of the stored one until the
    /// process ends or another key is set; empty = the stored one again.
    void useKey(const QString &key);
    [[nodiscard]] bool resolved() const { return m_resolved; }
    [[nodiscard]] QString problem() const { return m_problem; }

    [[nodiscard]] hub::HubService &service() { return m_service; }
    [[nodiscard]] hub::HubOptions options() const { return m_options; }
    /// Options for trying out values that are not saved yet.
    [[nodiscard]] hub::HubOptions optionsFor(const QUrl &apiRoot, const QUrl &webRoot,
                                             const QString &key) const;
    [[nodiscard]] bool servesLocally() const { return m_embedded && m_embedded->own(); }
    [[nodiscard]] bool local() const { return m_local; }
    [[nodiscard]] std::optional<HubAddress> localAddress() const;
    [[nodiscard]] RecentLog &log() { return m_log; }

Q_SIGNALS:
    void ready();
    void logMessage(const QString &text);

private:
    void resolveLocal();
    [[nodiscard]] QString key() const { return m_givenKey.isEmpty() ? m_secrets.key() : m_givenKey; }
    void apply(const HubAddress &address);
    void giveUp(const QString &sentence);

    Settings &m_settings;
    Secrets &m_secrets;
    Background &m_background;
    std::unique_ptr<EmbeddedHub> m_embedded; ///< outlives the client that talks to it
    RecentLog m_log;
    hub::HubService m_service;
    hub::HubOptions m_options;
    QString m_givenKey;
    bool m_local = true;
    bool m_resolved = false;
    QString m_problem;
};

} // namespace torchdeck::app

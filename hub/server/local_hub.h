// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/server/model_service.h"

#include <QtCore/QString>
#include <QtCore/QUrl>

#include <functional>
#include <memory>

namespace torchdeck::hub::server {

struct LocalHubOptions {
    QString dir; ///< data folder, created 0700: hub.sqlite, models/ID/*.pt, key (0600)
    QString host = QStringLiteral("127.0.0.1"); ///< loopback unless told otherwise
    quint16 port = 0; ///< 0 = any free port
    std::shared_ptr<ModelService> models; ///< runs uploaded models; null: predict answers 501
    QString tlsCertificate = {}, tlsKey = {}; ///< PEM files; both: HTTPS, none: HTTP
    int requestsPerMinute = 0; ///< of one key; 0 = no limit
    qint64 quotaBytes = 0; ///< of all files together; 0 = no limit
    std::function<qint64()> nowMs = {}; ///< ms since 1970; empty = the system's clock
};

/// A HUB of one's own: speaks HUB v1 (docs/hub-protocol in docs/architecture.md), SQLite and files, model
/// page in the browser. Runs on threads of its own; the object itself may live on any thread.
class LocalHub {
public:
    /// Empty, or why start() could not use these options' certificate and key: one sentence that names the file.
    [[nodiscard]] static QString tlsProblem(const LocalHubOptions &options);

    explicit LocalHub(LocalHubOptions options);
    ~LocalHub(); ///< stops, finishing requests under way
    LocalHub(const LocalHub &) = delete;
    LocalHub &operator=(const LocalHub &) = delete;

    /// Binds and serves. False: error() says why in one sentence (port taken, folder unwritable).
    [[nodiscard]] bool start();
    void stop();
    [[nodiscard]] QString error() const;
    [[nodiscard]] QUrl apiRoot() const; ///< "http://127.0.0.1:PORT", or https
    [[nodiscard]] QUrl webRoot() const;
    /// Made at first start, kept in the folder (0600).
    [[nodiscard]] QString apiKey() const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace torchdeck::hub::server

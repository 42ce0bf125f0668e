// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/background.h"
#include "app/file_lock.h"
#include "hub/server/local_hub.h"

#include <QtCore/QPointer>
#include <QtCore/QTimer>

#include <optional>

namespace torchdeck::app {

/// Where a HUB answers and with which key.
struct HubAddress {
    QUrl apiRoot, webRoot;
    QString apiKey;
};

/// Who serves a local HUB's folder, as its lock file says.
struct ServingNote {
    qint64 pid = 0;
    QUrl apiRoot, webRoot;

    [[nodiscard]] QByteArray text() const;
    [[nodiscard]] static std::optional<ServingNote> parse(const QByteArray &text);
};

/// DIR/serving.lock: one server a folder, whatever started it. It lies in the folder that it protects, so it
/// holds also between processes with different state folders.
[[nodiscard]] QString servingLockFile(const QString &dir);

/// The local HUB in the background of the app: starts one, or uses the one that another torchdeck of this
/// user already runs on the same folder, and takes over when that one ends. Main thread; the start itself
/// runs on `background`.
class EmbeddedHub : public QObject {
    Q_OBJECT
public:
    EmbeddedHub(QString dir, quint16 preferredPort, Background &background, QObject *parent = nullptr);
    ~EmbeddedHub() override; ///< stops an own server

    void start(); ///< answered by ready() or failed(); again ready() when the address changes
    [[nodiscard]] bool own() const { return m_server != nullptr; } ///< we serve, and stop it at our end
    [[nodiscard]] std::optional<HubAddress> address() const { return m_address; }

Q_SIGNALS:
    void ready(const torchdeck::app::HubAddress &address);
    void failed(const QString &sentence);

private:
    struct Outcome {
        std::shared_ptr<hub::server::LocalHub> server; ///< null: another process serves
        std::shared_ptr<FileLock> lock;
        std::optional<HubAddress> address;
        QString problem;
    };
    [[nodiscard]] static Outcome open(const QString &dir, quint16 preferredPort, const std::stop_token &stop);
    [[nodiscard]] static Outcome serve(const QString &dir, quint16 preferredPort,
                                       std::shared_ptr<FileLock> lock);
    void take(Outcome outcome);
    void watchOther();

    QString m_dir;
    quint16 m_port;
    Background &m_background;
    std::shared_ptr<FileLock> m_lock;
    std::shared_ptr<hub::server::LocalHub> m_server;
    std::optional<HubAddress> m_address;
    QTimer m_watch;
};

} // namespace torchdeck::app

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QSettings>
#include <QtCore/QString>
#include <QtCore/QStringList>

#include <memory>
#include <optional>

namespace torchdeck::app {

/// What the user set, in XDG_CONFIG_HOME/torchdeck/torchdeck.conf (written to a temporary file and renamed),
/// under what the environment says: ULTRALYTICS_HUB_API and ULTRALYTICS_HUB_WEB win and are shown as locked.
/// The API key is not here, see Secrets. Main thread.
class Settings {
public:
    explicit Settings(const QString &file);
    ~Settings();

    /// The toggle; nothing = never set (the window then syncs, the command line does not).
    [[nodiscard]] std::optional<bool> hub() const;
    void setHub(bool on);
    /// The embedded server; false when the environment names another one.
    [[nodiscard]] bool useLocalHub() const;
    void setUseLocalHub(bool on);
    [[nodiscard]] QString apiRoot() const; ///< environment, else the setting, else the public HUB
    [[nodiscard]] QString webRoot() const;
    void setApiRoot(const QString &url);
    void setWebRoot(const QString &url);
    [[nodiscard]] bool usageEvents() const;
    void setUsageEvents(bool on);
    [[nodiscard]] QString runsFolder() const;
    void setRunsFolder(const QString &folder);
    [[nodiscard]] int uploadLimit() const; ///< kB/s of weights; 0 = none
    void setUploadLimit(int kilobytesPerSecond);
    [[nodiscard]] int queueLimit() const; ///< MB of waiting checkpoints; 0 = none
    void setQueueLimit(int megabytes);
    [[nodiscard]] QString caFile() const;
    [[nodiscard]] QString proxy() const; ///< may hold a password: text() shows it without
    [[nodiscard]] int localHubPort() const;
    void setLocalHubPort(int port);

    /// Name of the environment variable that sets `key` ("api_root", "web_root", "api_key"), or empty.
    [[nodiscard]] static QString lockedBy(const QString &key);

    // By name, for `torchdeck settings`; api_key is handled by the caller.
    [[nodiscard]] static QStringList keys();
    [[nodiscard]] static QString help(const QString &key);
    [[nodiscard]] QString text(const QString &key) const;
    /// An error sentence, or empty when stored.
    [[nodiscard]] QString setText(const QString &key, const QString &value);

    /// Writes what changed. An error sentence, or empty.
    [[nodiscard]] QString save();
    /// Set when the file could not be read: what happened to it.
    [[nodiscard]] QString notice() const { return m_notice; }

private:
    [[nodiscard]] QVariant value(const char *key) const;
    [[nodiscard]] bool flag(const char *key, bool fallback) const;
    void open();

    QString m_file;
    QString m_notice;
    std::unique_ptr<QSettings> m_store;
};

/// Why `file` cannot be a CA file (PEM, at least one certificate), or empty.
[[nodiscard]] QString caFileProblem(const QString &file);
/// Why `text` is no proxy (http://HOST:PORT or socks5://HOST:PORT), or empty.
[[nodiscard]] QString proxyProblem(const QString &text);

/// "https://host/..." or "http://host:port" without a trailing slash; empty when it is no such address.
[[nodiscard]] QString cleanRootUrl(const QString &text);

} // namespace torchdeck::app

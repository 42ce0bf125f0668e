// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QObject>
#include <QtCore/QString>

#include <functional>
#include <memory>

namespace torchdeck::app {

/// A place for secrets that may be slow, locked or missing. Answers on the main thread, later; at most one
/// answer.
class Keyring {
public:
    struct Answer {
        bool available = false; ///< the keyring worked (also when it holds nothing)
        QString secret;
    };
    using Callback = std::function<void(Answer)>;
    virtual ~Keyring() = default;
    [[nodiscard]] virtual bool plausible() const = 0; ///< cheap: is it worth asking at all
    virtual void read(QObject *context, Callback done) = 0;
    virtual void write(const QString &secret, QObject *context, Callback done) = 0; ///< empty = delete
};

/// The desktop's, through QtKeychain.
[[nodiscard]] std::unique_ptr<Keyring> desktopKeyring();

/// The HUB's API key: HUB_API_KEY, else the desktop keyring, else a file only the user can read, with a
/// visible note. Nothing here blocks: the keyring gets three seconds, then the file is used. Main thread.
class Secrets : public QObject {
    Q_OBJECT
public:
    Secrets(std::unique_ptr<Keyring> keyring, QString fallbackFile, int limitMs = 3000,
            QObject *parent = nullptr);
    ~Secrets() override;

    void load(); ///< answered by loaded()
    void store(const QString &key); ///< answered by stored(); empty = forget
    [[nodiscard]] QString key() const { return m_key; } ///< as known now
    [[nodiscard]] QString note() const; ///< "Stored in the desktop keyring.", or the warning about the file
    [[nodiscard]] bool secure() const { return m_secure; }

Q_SIGNALS:
    void loaded();
    void stored(const QString &problem); ///< empty = stored

private:
    void finishLoad(const Keyring::Answer &answer);
    void finishStore(const QString &key, bool inKeyring);
    [[nodiscard]] QString readFile() const;
    [[nodiscard]] QString writeFile(const QString &key) const;
    /// Calls `then` once: with the keyring's answer, or with "not available" when the limit passes.
    void ask(const std::function<void(Keyring::Callback)> &question, Keyring::Callback then);

    std::unique_ptr<Keyring> m_keyring;
    QString m_file;
    int m_limitMs;
    QString m_key;
    bool m_secure = true;
    bool m_fromEnvironment = false;
};

} // namespace torchdeck::app

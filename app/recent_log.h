// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QString>
#include <QtCore/QStringList>

namespace torchdeck::app {

/// The last lines that this user's Torchdecks said, for a support bundle: one file of bounded size in the state
/// folder, readable by the user only. Secrets given to hide() and anything that looks like a key never reach it.
class RecentLog {
public:
    explicit RecentLog(QString file);

    void hide(const QString &secret);
    void add(const QString &line);
    [[nodiscard]] QStringList lines(int most) const; ///< oldest first

private:
    QString m_file;
    QStringList m_secrets;
};

/// `text` without `secrets`, without what looks like a key (api_key=..., x-api-key: ..., Bearer ..., a password in an
/// address), and with the home folder as "~". Pure.
[[nodiscard]] QString withoutSecrets(QString text, const QStringList &secrets);

} // namespace torchdeck::app

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QJsonObject>
#include <QtCore/QProcess>
#include <QtCore/QTemporaryDir>

#include <memory>

/// The real executable with configuration, data and state folders of its own, and a folder to work in.
class Instance {
public:
    struct Result {
        int code = -1;
        QString out, err;
        [[nodiscard]] QJsonObject json() const; ///< the last line of standard output
    };

    Instance();
    [[nodiscard]] QString root() const { return m_dir.path(); }
    [[nodiscard]] QString work() const { return m_dir.path() + QStringLiteral("/work"); }
    /// Everything below root(), relative; for "nothing was written".
    [[nodiscard]] QStringList files() const;

    void set(const QString &variable, const QString &value) { m_environment.insert(variable, value); }
    void unset(const QString &variable) { m_environment.remove(variable); }
    [[nodiscard]] Result run(const QStringList &words, int timeoutMs = 60'000,
                             const QByteArray &input = {}) const;
    [[nodiscard]] std::unique_ptr<QProcess> start(const QStringList &words) const;
    /// Reads on until a line of standard output is there (or the time is up).
    [[nodiscard]] static QByteArray readLine(QProcess &process, int timeoutMs = 60'000);
    [[nodiscard]] static Result finish(QProcess &process, int timeoutMs = 60'000);

private:
    QTemporaryDir m_dir;
    QProcessEnvironment m_environment;
};

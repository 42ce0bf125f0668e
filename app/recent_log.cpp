// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/recent_log.h"

#include <QtCore/QDateTime>
#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QRegularExpression>

namespace torchdeck::app {

namespace {

constexpr qint64 largestFile = 256 * 1024; // then it becomes FILE.1

QString olderFile(const QString &file) { return file + QStringLiteral(".1"); }

QStringList linesOf(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly) || file.size() > 4 * largestFile)
        return {};
    return QString::fromUtf8(file.readAll()).split(u'\n', Qt::SkipEmptyParts);
}

} // namespace

QString withoutSecrets(QString text, const QStringList &secrets)
{
    for (const QString &secret : secrets)
        text.replace(secret, QStringLiteral("***"));
    static const QRegularExpression named(
        QStringLiteral("((?:api[_-]?key|x-api-key|token|authorization)[\"']?\\s*[=:]\\s*[\"']?(?:Bearer\\s+)?)[^\\s\"'&,;]+"),
        QRegularExpression::CaseInsensitiveOption);
    static const QRegularExpression inAddress(QStringLiteral("(://[^/\\s:@]*:)[^/\\s@]+@"));
    static const QRegularExpression keyForm(QStringLiteral("\\b(?:ul_)?[0-9a-f]{40,64}\\b"));
    text.replace(named, QStringLiteral("\\1***"));
    text.replace(inAddress, QStringLiteral("\\1***@"));
    text.replace(keyForm, QStringLiteral("***"));
    if (const QString home = QDir::homePath(); home.size() > 1)
        text.replace(home, QStringLiteral("~"));
    return text;
}

RecentLog::RecentLog(QString file)
    : m_file(std::move(file))
{
}

void RecentLog::hide(const QString &secret)
{
    if (secret.size() >= 4 && !m_secrets.contains(secret))
        m_secrets << secret;
}

void RecentLog::add(const QString &line)
{
    QFile file(m_file);
    if (!file.open(QIODevice::WriteOnly | QIODevice::Append))
        return; // a log that cannot be kept must not hold anything up
    if (file.size() == 0)
        file.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner);
    const QString text = withoutSecrets(line, m_secrets).simplified();
    file.write((QDateTime::currentDateTime().toString(Qt::ISODate) + u' ' + text + u'\n').toUtf8());
    const bool full = file.size() > largestFile;
    file.close();
    if (full) {
        QFile::remove(olderFile(m_file));
        QFile::rename(m_file, olderFile(m_file));
    }
}

QStringList RecentLog::lines(int most) const
{
    const QStringList all = linesOf(olderFile(m_file)) + linesOf(m_file);
    return all.mid(std::max<qsizetype>(0, all.size() - most));
}

} // namespace torchdeck::app

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/settings.h"

#include "app/state_paths.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QFileInfo>
#include <QtCore/QUrl>

#include <QtNetwork/QSslCertificate>

#include <algorithm>
#include <array>

namespace torchdeck::app {

namespace {

constexpr auto publicApi = "https://api.ultralytics.com";
constexpr auto publicWeb = "https://hub.ultralytics.com";
constexpr int mostUpload = 10'000'000; // kB/s
constexpr int mostQueue = 100'000'000; // MB
constexpr qint64 largestCaFile = 8 << 20;
constexpr int usualPort = 8418; // fixed, so that links to models stay good from one start to the next

struct Row {
    const char *name;
    const char *variable; ///< environment variable that wins, or null
    const char *help;
};

constexpr std::array rows {
    Row { "hub", nullptr, "sync runs to a HUB: true or false" },
    Row { "local_hub", nullptr, "use the embedded local HUB: true or false" },
    Row { "api_root", "ULTRALYTICS_HUB_API", "address of the HUB's API, used when local_hub is false" },
    Row { "web_root", "ULTRALYTICS_HUB_WEB", "address of the HUB's pages, used when local_hub is false" },
    Row { "api_key", "HUB_API_KEY", "key for that HUB, kept in the desktop keyring or a private file" },
    Row { "usage_events", nullptr, "send one event per command to the HUB: true or false" },
    Row { "runs_folder", nullptr, "folder of the runs; empty = ./runs" },
    Row { "upload_limit", nullptr, "kB per second for weights; 0 = no limit" },
    Row { "queue_limit", nullptr, "MB of checkpoints that may wait; beyond it the oldest are dropped; 0 = no limit" },
    Row { "ca_file", nullptr, "PEM file with certificates trusted besides the system's; empty = none" },
    Row { "proxy", nullptr, "http://HOST:PORT or socks5://HOST:PORT; empty = none" },
    Row { "local_hub_port", nullptr, "port of the embedded local HUB, 1 to 65535" },
};

const Row *findRow(const QString &key)
{
    for (const Row &row : rows) {
        if (key == QLatin1String(row.name))
            return &row;
    }
    return nullptr;
}

std::optional<bool> parseFlag(const QString &text)
{
    const QString word = text.trimmed().toLower();
    if (word == u"true" || word == u"1" || word == u"yes" || word == u"on")
        return true;
    if (word == u"false" || word == u"0" || word == u"no" || word == u"off")
        return false;
    return std::nullopt;
}

int limitOf(const QVariant &value, int most)
{
    bool number = false;
    const int limit = value.toInt(&number);
    return number ? std::clamp(limit, 0, most) : 0;
}

QString flagText(bool on) { return on ? QStringLiteral("true") : QStringLiteral("false"); }

/// An ini file has sections, comments and key=value lines only: anything else is not ours.
bool looksLikeIni(const QString &file)
{
    QFile in(file);
    if (!in.open(QIODevice::ReadOnly))
        return true; // missing or unreadable: not this check's matter
    if (in.size() > (1 << 20))
        return false;
    for (const QByteArray &line : in.readAll().split('\n')) {
        const QByteArray text = line.trimmed();
        if (text.contains('\0'))
            return false;
        if (!text.isEmpty() && !text.startsWith('[') && !text.startsWith(';') && !text.contains('='))
            return false;
    }
    return true;
}

} // namespace

QString cleanRootUrl(const QString &text)
{
    const QUrl url(text.trimmed(), QUrl::StrictMode);
    const bool web = url.scheme() == u"http" || url.scheme() == u"https";
    if (!url.isValid() || !web || url.host().isEmpty() || url.hasQuery() || url.hasFragment()
        || !url.userInfo().isEmpty())
        return {};
    QString clean = url.toString();
    while (clean.endsWith(u'/'))
        clean.chop(1);
    return clean;
}

QString caFileProblem(const QString &file)
{
    QFile in(file);
    if (!in.open(QIODevice::ReadOnly) || in.size() > largestCaFile)
        return QStringLiteral("The CA file %1 cannot be read: choose a PEM file.").arg(file);
    if (QSslCertificate::fromData(in.readAll(), QSsl::Pem).isEmpty())
        return QStringLiteral("The CA file %1 holds no certificate: choose a PEM file.").arg(file);
    return {};
}

QString proxyProblem(const QString &text)
{
    const QUrl url(text, QUrl::StrictMode);
    const bool form = url.scheme() == u"http" || url.scheme() == u"socks5";
    const bool bare = url.path().isEmpty() || url.path() == u"/";
    if (url.isValid() && form && bare && !url.host().isEmpty() && !url.hasQuery())
        return {};
    return QStringLiteral("The proxy has to look like http://HOST:PORT or socks5://HOST:PORT.");
}

Settings::Settings(const QString &file)
    : m_file(file)
{
    open();
}

Settings::~Settings() = default;

void Settings::open()
{
    if (!looksLikeIni(m_file)) {
        const QString kept = m_file + QStringLiteral(".broken");
        QFile::remove(kept);
        const bool moved = QFile::rename(m_file, kept);
        m_notice = moved
            ? QStringLiteral("The settings file %1 could not be read; it was set aside as %2 and the "
                             "defaults apply.")
                  .arg(m_file, kept)
            : QStringLiteral("The settings file %1 cannot be read; the defaults apply.").arg(m_file);
    }
    m_store = std::make_unique<QSettings>(m_file, QSettings::IniFormat);
    if (m_store->status() == QSettings::AccessError && m_notice.isEmpty())
        m_notice = QStringLiteral("The settings file %1 cannot be read (no permission); the defaults apply.")
                       .arg(m_file);
}

QVariant Settings::value(const char *key) const { return m_store->value(QLatin1String(key)); }

bool Settings::flag(const char *key, bool fallback) const
{
    return parseFlag(value(key).toString()).value_or(fallback);
}

std::optional<bool> Settings::hub() const { return parseFlag(value("hub").toString()); }
void Settings::setHub(bool on) { m_store->setValue(QStringLiteral("hub"), flagText(on)); }

bool Settings::useLocalHub() const
{
    return lockedBy(QStringLiteral("api_root")).isEmpty() && flag("local_hub", true);
}
void Settings::setUseLocalHub(bool on) { m_store->setValue(QStringLiteral("local_hub"), flagText(on)); }

QString Settings::apiRoot() const
{
    const QString env = cleanRootUrl(qEnvironmentVariable("ULTRALYTICS_HUB_API"));
    const QString set = cleanRootUrl(value("api_root").toString());
    return !env.isEmpty() ? env : !set.isEmpty() ? set : QString::fromLatin1(publicApi);
}

QString Settings::webRoot() const
{
    const QString env = cleanRootUrl(qEnvironmentVariable("ULTRALYTICS_HUB_WEB"));
    if (!env.isEmpty())
        return env;
    const QString set = cleanRootUrl(value("web_root").toString());
    // A server of one's own serves pages and API from one address unless told otherwise.
    if (!lockedBy(QStringLiteral("api_root")).isEmpty() || set.isEmpty())
        return apiRoot() == QLatin1String(publicApi) ? QString::fromLatin1(publicWeb) : apiRoot();
    return set;
}

void Settings::setApiRoot(const QString &url) { m_store->setValue(QStringLiteral("api_root"), url); }
void Settings::setWebRoot(const QString &url) { m_store->setValue(QStringLiteral("web_root"), url); }
bool Settings::usageEvents() const { return flag("usage_events", false); }
void Settings::setUsageEvents(bool on) { m_store->setValue(QStringLiteral("usage_events"), flagText(on)); }
QString Settings::runsFolder() const { return value("runs_folder").toString(); }
void Settings::setRunsFolder(const QString &folder)
{
    m_store->setValue(QStringLiteral("runs_folder"), folder);
}

int Settings::uploadLimit() const { return limitOf(value("upload_limit"), mostUpload); }
void Settings::setUploadLimit(int limit) { m_store->setValue(QStringLiteral("upload_limit"), limit); }
int Settings::queueLimit() const { return limitOf(value("queue_limit"), mostQueue); }
void Settings::setQueueLimit(int limit) { m_store->setValue(QStringLiteral("queue_limit"), limit); }
QString Settings::caFile() const { return value("ca_file").toString(); }
QString Settings::proxy() const { return value("proxy").toString(); }

int Settings::localHubPort() const
{
    const int port = value("local_hub_port").toInt();
    return port > 0 && port < 65536 ? port : usualPort;
}

void Settings::setLocalHubPort(int port) { m_store->setValue(QStringLiteral("local_hub_port"), port); }

QString Settings::lockedBy(const QString &key)
{
    const Row *row = findRow(key);
    if (!row || !row->variable || qEnvironmentVariable(row->variable).trimmed().isEmpty())
        return {};
    return QString::fromLatin1(row->variable);
}

QStringList Settings::keys()
{
    QStringList names;
    for (const Row &row : rows)
        names << QString::fromLatin1(row.name);
    return names;
}

QString Settings::help(const QString &key)
{
    const Row *row = findRow(key);
    return row ? QString::fromLatin1(row->help) : QString();
}

QString Settings::text(const QString &key) const
{
    if (key == u"hub")
        return hub() ? flagText(*hub()) : QStringLiteral("default");
    if (key == u"local_hub")
        return flagText(useLocalHub());
    if (key == u"api_root")
        return apiRoot();
    if (key == u"web_root")
        return webRoot();
    if (key == u"usage_events")
        return flagText(usageEvents());
    if (key == u"runs_folder")
        return runsFolder();
    if (key == u"local_hub_port")
        return QString::number(localHubPort());
    if (key == u"upload_limit")
        return QString::number(uploadLimit());
    if (key == u"queue_limit")
        return QString::number(queueLimit());
    if (key == u"ca_file")
        return caFile();
    if (key == u"proxy")
        return QUrl(proxy()).toString(QUrl::RemovePassword);
    return {};
}

QString Settings::setText(const QString &key, const QString &value)
{
    if (const QString variable = lockedBy(key); !variable.isEmpty())
        return QStringLiteral("%1 is set by the environment variable %2: unset that first.")
            .arg(key, variable);
    if (key == u"hub" || key == u"local_hub" || key == u"usage_events") {
        const auto on = parseFlag(value);
        if (!on)
            return QStringLiteral("%1=%2 is not valid: give true or false.").arg(key, value);
        m_store->setValue(key, flagText(*on));
    } else if (key == u"api_root" || key == u"web_root") {
        const QString url = cleanRootUrl(value);
        if (url.isEmpty() && !value.isEmpty())
            return QStringLiteral("%1=%2 is not an address: give one such as https://hub.example.org.")
                .arg(key, value);
        m_store->setValue(key, url);
    } else if (key == u"local_hub_port") {
        bool number = false;
        const int port = value.toInt(&number);
        if (!number || port < 1 || port > 65535)
            return QStringLiteral("%1=%2 is not a port: give a number from 1 to 65535.").arg(key, value);
        m_store->setValue(key, port);
    } else if (key == u"upload_limit" || key == u"queue_limit") {
        bool number = false;
        const int limit = value.toInt(&number);
        const int most = key == u"upload_limit" ? mostUpload : mostQueue;
        if (!number || limit < 0 || limit > most)
            return QStringLiteral("%1=%2 is not valid: give a whole number from 0 to %3.").arg(key, value).arg(most);
        m_store->setValue(key, limit);
    } else if (key == u"ca_file") {
        const QString file = value.isEmpty() ? QString() : QDir::cleanPath(QDir().absoluteFilePath(value));
        if (const QString wrong = file.isEmpty() ? QString() : caFileProblem(file); !wrong.isEmpty())
            return wrong;
        m_store->setValue(key, file);
    } else if (key == u"proxy") {
        if (const QString wrong = value.isEmpty() ? QString() : proxyProblem(value); !wrong.isEmpty())
            return wrong;
        m_store->setValue(key, value);
    } else if (key == u"runs_folder") {
        m_store->setValue(key, value.isEmpty() ? QString() : QDir::cleanPath(QDir().absoluteFilePath(value)));
    } else {
        return QStringLiteral("There is no setting called %1.").arg(key);
    }
    return {};
}

QString Settings::save()
{
    const QString folder = QFileInfo(m_file).absolutePath();
    const bool made = ensurePrivateFolder(folder);
    m_store->sync();
    QFile::setPermissions(m_file, QFileDevice::ReadOwner | QFileDevice::WriteOwner); // a proxy may have a password
    if (!made || m_store->status() == QSettings::AccessError)
        return QStringLiteral(
                   "The settings could not be written to %1: check the permissions and the space of that "
                   "folder.")
            .arg(folder);
    return {};
}

} // namespace torchdeck::app

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/secrets.h"

#include "app/state_paths.h"

#include <QtCore/QFile>
#include <QtCore/QFileInfo>
#include <QtCore/QSaveFile>
#include <QtCore/QTimer>

#include <fcntl.h>
#include <unistd.h>

namespace torchdeck::app {

Secrets::Secrets(std::unique_ptr<Keyring> keyring, QString fallbackFile, int limitMs, QObject *parent)
    : QObject(parent)
    , m_keyring(std::move(keyring))
    , m_file(std::move(fallbackFile))
    , m_limitMs(limitMs)
{
}

Secrets::~Secrets() = default;

void Secrets::ask(const std::function<void(Keyring::Callback)> &question, Keyring::Callback then)
{
    auto once = std::make_shared<Keyring::Callback>(std::move(then));
    const auto answer = [once](const Keyring::Answer &value) {
        if (!*once)
            return; // too late
        const auto call = std::exchange(*once, nullptr);
        call(value);
    };
    if (!m_keyring || !m_keyring->plausible()) {
        QTimer::singleShot(0, this, [answer] { answer({}); });
        return;
    }
    QTimer::singleShot(m_limitMs, this, [answer] { answer({}); });
    question(answer);
}

void Secrets::load()
{
    const QString environment = qEnvironmentVariable("HUB_API_KEY").trimmed();
    m_fromEnvironment = !environment.isEmpty();
    if (m_fromEnvironment) {
        m_key = environment;
        QTimer::singleShot(0, this, [this] { Q_EMIT loaded(); });
        return;
    }
    ask([this](Keyring::Callback done) { m_keyring->read(this, std::move(done)); },
        [this](const Keyring::Answer &answer) { finishLoad(answer); });
}

void Secrets::finishLoad(const Keyring::Answer &answer)
{
    const QString inFile = readFile();
    m_secure = answer.available && inFile.isEmpty();
    m_key = inFile.isEmpty() ? answer.secret : inFile;
    Q_EMIT loaded();
}

void Secrets::store(const QString &key)
{
    ask([this, key](Keyring::Callback done) { m_keyring->write(key, this, std::move(done)); },
        [this, key](const Keyring::Answer &answer) { finishStore(key, answer.available); });
}

void Secrets::finishStore(const QString &key, bool inKeyring)
{
    QString problem;
    if (inKeyring || key.isEmpty()) {
        if (QFileInfo::exists(m_file) && !QFile::remove(m_file))
            problem = QStringLiteral("The old key in %1 could not be removed: delete that file.").arg(m_file);
    } else {
        problem = writeFile(key);
    }
    m_secure = inKeyring;
    m_key = m_fromEnvironment ? m_key : key;
    Q_EMIT stored(problem);
}

QString Secrets::note() const
{
    if (m_fromEnvironment)
        return QStringLiteral("Taken from the environment variable HUB_API_KEY.");
    if (m_secure)
        return QStringLiteral("Stored in the desktop keyring.");
    return QStringLiteral(
               "No desktop keyring answers: the key is stored in %1, readable by your user only, not "
               "encrypted.")
        .arg(m_file);
}

QString Secrets::readFile() const
{
    QFile file(m_file);
    if (!file.open(QIODevice::ReadOnly))
        return {};
    // A file that others may read (copied, restored from a backup) is closed to them before it is used.
    constexpr auto others = QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther;
    if (file.permissions() & others)
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    return QString::fromUtf8(file.read(4096)).trimmed();
}

QString Secrets::writeFile(const QString &key) const
{
    const QString failed =
        QStringLiteral("The key could not be written to %1: check the permissions and the space of "
                       "that folder.")
            .arg(m_file);
    if (!ensurePrivateFolder(QFileInfo(m_file).absolutePath()))
        return failed;
    // Not QSaveFile: its temporary file exists for a moment with the usual permissions.
    const QByteArray temporary = QFile::encodeName(m_file) + ".new";
    ::unlink(temporary.constData());
    const int fd = ::open(temporary.constData(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return failed;
    const QByteArray text = key.toUtf8() + '\n';
    const bool written =
        ::write(fd, text.constData(), size_t(text.size())) == text.size() && ::fsync(fd) == 0;
    ::close(fd);
    if (!written || ::rename(temporary.constData(), QFile::encodeName(m_file).constData()) != 0) {
        ::unlink(temporary.constData());
        return failed;
    }
    return {};
}

} // namespace torchdeck::app

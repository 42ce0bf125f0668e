// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/server/disk.h"

#include "hub/server/access.h"
#include "hub/server/api_error.h"

#include <QtCore/QDir>
#include <QtCore/QFileInfo>

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace torchdeck::hub::server {

namespace {

constexpr qsizetype kWriteSize = 256 * 1024;

QString reason(int code) { return QString::fromLocal8Bit(std::strerror(code)); }

ApiError diskError(int code, const QString &what)
{
    if (code == ENOSPC || code == EDQUOT || code == EFBIG)
        return ApiError(507,
                        QStringLiteral("The disk of this HUB is full: free some space, then try again."));
    return ApiError(500, QStringLiteral("The HUB could not %1 (%2).").arg(what, reason(code)));
}

void syncFolderOf(const QString &path)
{
    const int fd =
        ::open(QFile::encodeName(QFileInfo(path).path()).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    ::fsync(fd);
    ::close(fd);
}

bool writeAll(int fd, const char *data, size_t size)
{
    while (size > 0) {
        const ssize_t n = ::write(fd, data, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        data += n;
        size -= static_cast<size_t>(n);
    }
    return true;
}

FileFacts fromStat(const struct stat &info)
{
    return { info.st_size, qint64(info.st_mtim.tv_sec) * 1'000'000'000 + info.st_mtim.tv_nsec };
}

} // namespace

bool makePrivateDir(const QString &dir, QString *error)
{
    if (!QDir().mkpath(dir) || ::chmod(QFile::encodeName(dir).constData(), 0700) != 0) {
        *error = QStringLiteral("The HUB's folder %1 cannot be used (%2): choose another one.")
                     .arg(dir, reason(errno));
        return false;
    }
    if (::access(QFile::encodeName(dir).constData(), W_OK) != 0) {
        *error = QStringLiteral("The HUB's folder %1 is not writable: choose another one.").arg(dir);
        return false;
    }
    return true;
}

bool writePrivateFile(const QString &path, const QByteArray &content, QString *error)
{
    const QByteArray temporary = QFile::encodeName(path + QStringLiteral(".new"));
    ::unlink(temporary.constData());
    const int fd = ::open(temporary.constData(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good =
        fd >= 0 && writeAll(fd, content.constData(), static_cast<size_t>(content.size())) && ::fsync(fd) == 0;
    int code = good ? 0 : errno;
    if (fd >= 0)
        ::close(fd);
    if (good && ::rename(temporary.constData(), QFile::encodeName(path).constData()) != 0) {
        code = errno;
        good = false;
    }
    if (good)
        syncFolderOf(path);
    else
        *error = QStringLiteral("%1 cannot be written (%2).").arg(path, reason(code));
    return good;
}

void moveIntoPlace(const QString &from, const QString &to)
{
    if (::rename(QFile::encodeName(from).constData(), QFile::encodeName(to).constData()) != 0)
        throw diskError(errno, QStringLiteral("keep the file"));
    syncFolderOf(to);
}

void linkIntoPlace(const QString &from, const QString &to)
{
    const QString temporary = to + QStringLiteral(".new");
    ::unlink(QFile::encodeName(temporary).constData());
    if (::link(QFile::encodeName(from).constData(), QFile::encodeName(temporary).constData()) != 0
        && !QFile::copy(from, temporary)) // a file system without hard links
        throw diskError(errno, QStringLiteral("keep the best checkpoint"));
    moveIntoPlace(temporary, to);
    ::unlink(QFile::encodeName(temporary).constData()); // rename(2) of two names of one file does nothing
}

std::optional<FileFacts> factsOf(const QString &path)
{
    struct stat info { };
    if (::stat(QFile::encodeName(path).constData(), &info) != 0 || !S_ISREG(info.st_mode))
        return std::nullopt;
    return fromStat(info);
}

FileFacts factsOf(const QFile &open)
{
    struct stat info { };
    return ::fstat(open.handle(), &info) == 0 ? fromStat(info) : FileFacts {};
}

QString sha256Of(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly | QIODevice::Unbuffered))
        return {};
    Sha256 hash;
    QByteArray block(kWriteSize, Qt::Uninitialized);
    for (;;) {
        const qint64 got = file.read(block.data(), block.size());
        if (got < 0)
            return {};
        if (got == 0)
            return QString::fromLatin1(hash.takeHex());
        hash.add(QByteArrayView(block.constData(), got));
    }
}

DirLock::~DirLock()
{
    if (m_fd >= 0)
        ::close(m_fd);
}

bool DirLock::take(const QString &dir, QString *error)
{
    m_fd = ::open(QFile::encodeName(dir + QStringLiteral("/lock")).constData(), O_RDWR | O_CREAT | O_CLOEXEC,
                  0600);
    if (m_fd >= 0 && ::flock(m_fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    *error = errno == EWOULDBLOCK
        ? QStringLiteral(
              "The HUB's folder %1 is in use by another running HUB: stop that one or choose another folder.")
              .arg(dir)
        : QStringLiteral("The HUB's folder %1 cannot be locked (%2).").arg(dir, reason(errno));
    return false;
}

IncomingFile::IncomingFile(const QString &tempDir)
    : m_path(tempDir + QLatin1Char('/') + randomId() + QStringLiteral(".part"))
{
    m_fd = ::open(QFile::encodeName(m_path).constData(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (m_fd < 0)
        throw diskError(errno, QStringLiteral("open a temporary file"));
    m_buffer.reserve(kWriteSize);
}

IncomingFile::~IncomingFile()
{
    if (m_fd >= 0)
        ::close(m_fd);
    ::unlink(QFile::encodeName(m_path).constData()); // no longer there once moved into place
}

void IncomingFile::write(const char *data, size_t size)
{
    m_hash.add(QByteArrayView(data, static_cast<qsizetype>(size)));
    m_size += static_cast<qint64>(size);
    m_buffer.append(data, static_cast<qsizetype>(size));
    if (m_buffer.size() >= kWriteSize)
        flush();
}

void IncomingFile::flush()
{
    if (!writeAll(m_fd, m_buffer.constData(), static_cast<size_t>(m_buffer.size())))
        throw diskError(errno, QStringLiteral("write the file"));
    m_buffer.resize(0); // keeps the reserved capacity
}

void IncomingFile::finish()
{
    flush();
    if (::fsync(m_fd) != 0)
        throw diskError(errno, QStringLiteral("write the file"));
    ::close(std::exchange(m_fd, -1));
    m_sha256 = QString::fromLatin1(m_hash.takeHex());
}

} // namespace torchdeck::hub::server

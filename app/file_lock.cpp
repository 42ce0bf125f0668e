// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/file_lock.h"

#include <QtCore/QFile>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace torchdeck::app {

FileLock::FileLock(QString file)
    : m_file(std::move(file))
{
}

FileLock::~FileLock() { unlock(); }

FileLock::Result FileLock::tryLock()
{
    if (locked())
        return Result::Taken;
    const int fd = ::open(QFile::encodeName(m_file).constData(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        m_error = QString::fromLocal8Bit(std::strerror(errno));
        return Result::Error;
    }
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        const int why = errno;
        ::close(fd);
        if (why == EWOULDBLOCK)
            return Result::HeldByOther;
        m_error = QString::fromLocal8Bit(std::strerror(why));
        return Result::Error;
    }
    m_fd = fd;
    return Result::Taken;
}

void FileLock::unlock()
{
    if (!locked())
        return;
    // The text goes, the file stays: unlinking would let two processes lock two files of one name.
    (void)::ftruncate(m_fd, 0);
    ::close(m_fd);
    m_fd = -1;
}

bool FileLock::write(const QByteArray &text)
{
    return locked() && ::ftruncate(m_fd, 0) == 0
        && ::pwrite(m_fd, text.constData(), size_t(text.size()), 0) == text.size();
}

QByteArray FileLock::read(const QString &file)
{
    QFile in(file);
    return in.open(QIODevice::ReadOnly) ? in.read(4096) : QByteArray();
}

} // namespace torchdeck::app

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QByteArray>
#include <QtCore/QString>

namespace torchdeck::app {

/// An advisory lock (flock) on a small file that also says who holds it. The kernel releases it when the
/// process dies in whatever way, so there are no stale locks to judge; that is why it is not a QLockFile,
/// which compares process ids and host names and can wait for ever for a container that is gone. Not
/// copyable; released by the destructor.
class FileLock {
public:
    explicit FileLock(QString file);
    ~FileLock();
    FileLock(const FileLock &) = delete;
    FileLock &operator=(const FileLock &) = delete;

    enum class Result { Taken, HeldByOther, Error };
    /// Returns at once. `Error` (folder missing, no permission): see error().
    [[nodiscard]] Result tryLock();
    void unlock();
    [[nodiscard]] bool locked() const { return m_fd >= 0; }
    [[nodiscard]] QString error() const { return m_error; }

    /// Replaces the file's text; only while locked.
    bool write(const QByteArray &text);
    /// What the holder wrote, also readable by others; empty when there is none.
    [[nodiscard]] static QByteArray read(const QString &file);

private:
    QString m_file;
    QString m_error;
    int m_fd = -1;
};

} // namespace torchdeck::app

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/digest/sha256.h"

#include <QtCore/QByteArray>
#include <QtCore/QFile>
#include <QtCore/QString>

#include <memory>
#include <optional>

namespace torchdeck::hub::server {

/// Creates `dir` (0700) with its parents; an existing one of ours is tightened to 0700.
[[nodiscard]] bool makePrivateDir(const QString &dir, QString *error);
/// Writes a small file whole (0600): temporary, fsync, rename, fsync of the folder.
[[nodiscard]] bool writePrivateFile(const QString &path, const QByteArray &content, QString *error);
/// rename(2) over an existing file, made durable. Throws ApiError.
void moveIntoPlace(const QString &from, const QString &to);
/// Puts the same bytes under a second name (hard link, replacing `to`), made durable. Throws ApiError.
void linkIntoPlace(const QString &from, const QString &to);

struct FileFacts {
    qint64 size = 0;
    qint64 mtimeNs = 0; ///< changes whenever a name is given other bytes
};
[[nodiscard]] std::optional<FileFacts> factsOf(const QString &path);
[[nodiscard]] FileFacts factsOf(const QFile &open);
/// Hex; empty when unreadable.
[[nodiscard]] QString sha256Of(const QString &path);

/// Exclusive use of a data folder by one process; let go by the kernel however that process ends.
class DirLock {
public:
    ~DirLock();
    [[nodiscard]] bool take(const QString &dir, QString *error);

private:
    int m_fd = -1;
};

/// A file being received: written to a temporary in pieces, hashed on the way, gone unless taken into place.
class IncomingFile {
public:
    explicit IncomingFile(const QString &tempDir); ///< throws ApiError
    ~IncomingFile(); ///< removes what was not taken
    IncomingFile(const IncomingFile &) = delete;
    IncomingFile &operator=(const IncomingFile &) = delete;

    void write(const char *data, size_t size); ///< throws ApiError, 507 when the disk is full
    void finish(); ///< flush, fsync, close; afterwards size(), sha256() and path() hold
    [[nodiscard]] qint64 size() const { return m_size; }
    [[nodiscard]] QString sha256() const { return m_sha256; }
    [[nodiscard]] QString path() const { return m_path; }

private:
    void flush();

    QString m_path;
    int m_fd = -1;
    QByteArray m_buffer;
    Sha256 m_hash;
    qint64 m_size = 0;
    QString m_sha256;
};

} // namespace torchdeck::hub::server

// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/snapshots.h"

#include "hub/digest/sha256.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QFileInfo>
#include <QtCore/QSaveFile>
#include <QtCore/QUuid>

#include <cerrno>
#include <unistd.h>

namespace torchdeck::hub {

namespace {

struct Digest {
    qint64 size = 0;
    QByteArray sha256;
    Failure failure = Failure::None;
};

/// Reads `from` to its end; writes what it reads to `to` when that is given.
Digest readThrough(QFile &from, QSaveFile *to, const std::atomic_bool &stop)
{
    Digest result;
    Sha256 hash;
    QByteArray block(1 << 20, Qt::Uninitialized);
    while (!stop) {
        const auto got = from.read(block.data(), block.size());
        if (got < 0) {
            result.failure = Failure::FileGone;
            return result;
        }
        if (got == 0) {
            result.sha256 = hash.takeHex();
            return result;
        }
        hash.add(QByteArrayView(block.constData(), got));
        result.size += got;
        if (to && to->write(block.constData(), got) != got) {
            result.failure = errno == ENOSPC ? Failure::DiskFull : Failure::FileGone;
            return result;
        }
    }
    result.failure = Failure::Cancelled;
    return result;
}

Digest work(const Snapshots::Frozen &frozen, const std::atomic_bool &stop)
{
    if (frozen.from) {
        QSaveFile copy(frozen.file);
        if (!copy.open(QIODevice::WriteOnly))
            return { 0, {}, errno == ENOSPC ? Failure::DiskFull : Failure::FileGone };
        frozen.from->seek(0);
        auto result = readThrough(*frozen.from, &copy, stop);
        if (result.failure == Failure::None && !copy.commit())
            result.failure = Failure::DiskFull;
        return result;
    }
    QFile file(frozen.file);
    if (!file.open(QIODevice::ReadOnly))
        return { 0, {}, Failure::FileGone };
    return readThrough(file, nullptr, stop);
}

} // namespace

Snapshots::Snapshots(const QString &folder, QObject *parent)
    : QObject(parent)
    , m_folder(QDir::cleanPath(QFileInfo(folder).absoluteFilePath()))
{
    m_pool.setMaxThreadCount(1);
    m_pool.setObjectName(QStringLiteral("hub-files"));
}

Snapshots::~Snapshots()
{
    *m_stop = true;
    m_pool.waitForDone();
}

Snapshots::Frozen Snapshots::freeze(const QString &source)
{
    Frozen frozen;
    const QFileInfo info(source);
    const auto real = info.canonicalFilePath(); // a hard link to a symbolic link would freeze nothing
    if (real.isEmpty() || !info.isFile()) {
        frozen.failure = Failure::FileGone;
        return frozen;
    }
    QDir().mkpath(m_folder);
    QFile::setPermissions(m_folder, QFileDevice::ReadOwner | QFileDevice::WriteOwner | QFileDevice::ExeOwner);
    frozen.file = m_folder + QLatin1Char('/') + QUuid::createUuid().toString(QUuid::WithoutBraces)
        + QStringLiteral(".pt");
    frozen.size = info.size();
    if (::link(QFile::encodeName(real).constData(), QFile::encodeName(frozen.file).constData()) == 0)
        return frozen;
    frozen.from = std::make_shared<QFile>(real);
    if (!frozen.from->open(QIODevice::ReadOnly))
        frozen.failure = Failure::FileGone;
    return frozen;
}

void Snapshots::digest(qint64 id, const Frozen &frozen)
{
    m_pool.start([this, id, frozen, stop = m_stop] {
        const auto result = work(frozen, *stop);
        if (result.failure != Failure::Cancelled)
            Q_EMIT digested(id, result.size, result.sha256, result.failure);
    });
}

QString Snapshots::takeOver(const QString &file)
{
    const QFileInfo info(file);
    if (info.absolutePath() == m_folder)
        return file;
    QDir().mkpath(m_folder);
    const QString mine = m_folder + QLatin1Char('/') + info.fileName();
    // A second name, not a move: until our journal has the row, the ended process's row must still find its file.
    if (QFileInfo::exists(mine) || ::link(QFile::encodeName(file).constData(), QFile::encodeName(mine).constData()) == 0)
        return mine;
    return QFile::exists(file) && QFile::copy(file, mine) ? mine : file;
}

void Snapshots::remove(const QString &file)
{
    // Freeing a big file's blocks takes a while on some file systems.
    if (!file.isEmpty() && QFileInfo(file).absolutePath() == m_folder)
        m_pool.start([file] { QFile::remove(file); });
}

void Snapshots::removeAllBut(const QSet<QString> &files)
{
    const auto found = QDir(m_folder).entryInfoList(QDir::Files | QDir::Hidden);
    for (const auto &info : found) {
        if (!files.contains(info.absoluteFilePath()))
            QFile::remove(info.absoluteFilePath());
    }
}

} // namespace torchdeck::hub

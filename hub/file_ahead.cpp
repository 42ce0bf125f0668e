// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/file_ahead.h"

#include <QtCore/QFile>
#include <QtCore/QThreadPool>

#include <algorithm>
#include <cstring>
#include <deque>
#include <mutex>
#include <utility>

namespace torchdeck::hub {

namespace {

constexpr qsizetype blockBytes = 256 * 1024;
constexpr std::size_t mostBlocks = 8;

/// For all files: a slow disk must not keep other work of the program waiting, nor one file the next.
QThreadPool &readers()
{
    static QThreadPool pool;
    static const bool named = [] {
        pool.setMaxThreadCount(4);
        pool.setObjectName(QStringLiteral("hub-read"));
        return true;
    }();
    Q_UNUSED(named)
    return pool;
}

} // namespace

/// What reader and file share: a block that is being read outlives a file that was given up. One block is read at a time,
/// so that `file` has one user.
struct FileAhead::Shared {
    std::mutex mutex;
    std::deque<QByteArray> blocks;
    bool reading = false;
    bool broken = false;
    qint64 next = 0; ///< where the next block begins
    quint64 turn = 0; ///< counts seeks: what was read before one is not wanted
    FileAhead *owner = nullptr; ///< null once it is gone
    QFile file; ///< the reader's while `reading`

    /// Reads one block; true: there is room for another.
    [[nodiscard]] bool readOne();
};

bool FileAhead::Shared::readOne()
{
    qint64 at = 0;
    quint64 began = 0;
    {
        const std::scoped_lock lock(mutex);
        at = next;
        began = turn;
    }
    QByteArray block(blockBytes, Qt::Uninitialized);
    const qint64 got = file.seek(at) ? file.read(block.data(), block.size()) : -1;
    const std::scoped_lock lock(mutex);
    if (turn == began) {
        broken = got <= 0; // its end, too: nobody reads on from there unless bytes are missing
        if (got > 0) {
            block.resize(qsizetype(got));
            blocks.push_back(std::move(block));
            next += got;
        }
    }
    const bool more = owner && !broken && blocks.size() < mostBlocks;
    reading = more;
    if (owner) // still there while we hold the lock
        QMetaObject::invokeMethod(
            owner,
            [owner = owner] {
                if (std::exchange(owner->m_waits, false))
                    Q_EMIT owner->ready();
            },
            Qt::QueuedConnection);
    return more;
}

FileAhead::FileAhead(const QString &path, QObject *parent)
    : QObject(parent)
    , m_path(path)
    , m_shared(std::make_shared<Shared>())
{
    m_shared->owner = this;
}

FileAhead::~FileAhead()
{
    const std::scoped_lock lock(m_shared->mutex);
    m_shared->owner = nullptr;
}

bool FileAhead::open()
{
    m_shared->file.setFileName(m_path);
    if (!m_shared->file.open(QIODevice::ReadOnly | QIODevice::Unbuffered))
        return false;
    m_size = m_shared->file.size();
    fill();
    return true;
}

/// Starts a reader unless one is at work or nothing is missing.
void FileAhead::fill()
{
    {
        const std::scoped_lock lock(m_shared->mutex);
        if (m_shared->reading || m_shared->broken || m_shared->blocks.size() >= mostBlocks || m_shared->next >= m_size)
            return;
        m_shared->reading = true;
    }
    readers().start([shared = m_shared] {
        while (shared->readOne()) { }
    });
}

void FileAhead::seek(qint64 at)
{
    const std::scoped_lock lock(m_shared->mutex);
    m_shared->blocks.clear();
    m_shared->broken = false;
    m_shared->next = at;
    ++m_shared->turn;
    m_at = at;
    m_taken = 0;
}

qint64 FileAhead::read(char *data, qint64 at, qint64 most)
{
    if (at != m_at)
        seek(at);
    qint64 done = 0;
    bool broken = false;
    {
        const std::scoped_lock lock(m_shared->mutex);
        auto &blocks = m_shared->blocks;
        while (done < most && !blocks.empty()) {
            const auto part = std::min<qint64>(most - done, blocks.front().size() - m_taken);
            std::memcpy(data + done, blocks.front().constData() + m_taken, std::size_t(part));
            done += part;
            m_taken += part;
            if (m_taken == blocks.front().size()) {
                blocks.pop_front();
                m_taken = 0;
            }
        }
        broken = m_shared->broken;
        m_waits = done == 0 && !broken;
    }
    m_at += done;
    fill();
    return done > 0 || !broken ? done : -1;
}

} // namespace torchdeck::hub

// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/journal_thread.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QFileInfo>
#include <QtCore/QMutex>
#include <QtCore/QThread>
#include <QtCore/QTimer>

#include <deque>
#include <map>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace torchdeck::hub {

namespace {

constexpr int maxSlots = 64;

/// Held as long as the object lives; the kernel opens it when the process dies.
class FileLock {
public:
    FileLock() = default;
    FileLock(FileLock &&other) noexcept
        : m_fd(std::exchange(other.m_fd, -1))
    {
    }
    FileLock &operator=(FileLock &&other) noexcept
    {
        std::swap(m_fd, other.m_fd);
        return *this;
    }
    ~FileLock()
    {
        if (m_fd >= 0)
            ::close(m_fd);
    }
    bool take(const QString &path)
    {
        const int fd = ::open(QFile::encodeName(path).constData(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0)
            return false;
        if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
            ::close(fd);
            return false;
        }
        m_fd = fd;
        return true;
    }

private:
    int m_fd = -1;
};

QString slotFile(const QString &file, int slot)
{
    if (slot == 1)
        return file;
    const QFileInfo info(file);
    const auto suffix = info.suffix().isEmpty() ? QString() : QLatin1Char('.') + info.suffix();
    return info.absolutePath() + QLatin1Char('/') + info.completeBaseName() + QLatin1Char('-')
        + QString::number(slot) + suffix;
}

QString lockFile(const QString &file) { return file + QStringLiteral(".lock"); }

} // namespace

class JournalThread::Worker : public QObject {
public:
    Worker(JournalThread *owner, QString file)
        : m_owner(owner)
        , m_file(std::move(file))
    {
    }

    Start start()
    {
        Start result;
        QDir().mkpath(QFileInfo(m_file).absolutePath());
        for (int slot = 1; slot <= maxSlots; ++slot) {
            const auto file = slotFile(m_file, slot);
            if (!m_lock.take(lockFile(file)))
                continue;
            result.file = file;
            break;
        }
        if (result.file.isEmpty()) {
            result.file = m_file;
            result.problem = cannotWrite(QCoreApplication::translate("torchdeck::hub::JournalThread",
                                                                     "the folder %1 cannot be written")
                                             .arg(QFileInfo(m_file).absolutePath()));
            return result;
        }
        m_file = result.file;
        if (!m_journal.open(m_file)) {
            result.problem = cannotWrite(m_journal.error());
            return result;
        }
        result.notices = m_journal.notices();
        result.content = m_journal.load();
        return result;
    }

    void push(quint64 ticket, Operation operation)
    {
        const QMutexLocker lock(&m_mutex);
        m_queue.push_back({ ticket, std::move(operation) });
        if (std::exchange(m_awake, true))
            return;
        QMetaObject::invokeMethod(
            this, [this] { drain(); }, Qt::QueuedConnection);
    }

    /// One transaction for everything that waits. What cannot be written stays here and is tried again:
    /// sending goes on, for data that reached the server is safer than data that waits for a full disk.
    void drain()
    {
        {
            const QMutexLocker lock(&m_mutex);
            m_awake = false;
            while (!m_queue.empty()) {
                m_unwritten.push_back(std::move(m_queue.front()));
                m_queue.pop_front();
            }
        }
        if (m_unwritten.empty())
            return;
        const auto ticket = m_unwritten.back().ticket;
        if (m_journal.isOpen() && write()) {
            m_unwritten.clear();
            setProblem({});
        } else if (m_journal.isOpen()) {
            setProblem(cannotWrite(m_journal.error()));
            QTimer::singleShot(5'000, this, [this] { drain(); });
        } else {
            m_unwritten.clear(); // start() said that there is no journal
        }
        Q_EMIT m_owner->committed(ticket);
    }

    void adopt(const QString &base)
    {
        if (!m_journal.isOpen())
            return;
        for (int slot = 1; slot <= maxSlots; ++slot) {
            const auto file = slotFile(base, slot);
            if (file == m_file || m_adopting.contains(file) || !QFileInfo::exists(file))
                continue;
            FileLock lock;
            if (!lock.take(lockFile(file)))
                continue;
            UploadJournal other;
            if (!other.open(file))
                continue;
            const auto content = other.load();
            other.close();
            m_adopting.emplace(file, std::move(lock));
            Q_EMIT m_owner->adopted(file, content);
        }
    }

    void release(const QString &file, bool keepFiles)
    {
        drain();
        if (m_unwritten.empty() && m_journal.isOpen()) {
            for (const char *suffix : { "", "-wal", "-shm" })
                QFile::remove(file + QLatin1String(suffix));
            // Its snapshots have a second name in our folder, or nobody needs them. We hold its lock: no process of
            // today puts files there.
            if (!keepFiles)
                QDir(file + QStringLiteral(".files")).removeRecursively();
        }
        m_adopting.erase(file);
    }

private:
    struct Job {
        quint64 ticket;
        Operation operation;
    };

    bool write()
    {
        if (!m_journal.begin())
            return false;
        for (auto &job : m_unwritten) {
            if (!job.operation(m_journal)) {
                m_journal.rollback();
                return false;
            }
        }
        if (m_journal.commit())
            return true;
        m_journal.rollback();
        return false;
    }

    void setProblem(const QString &problem)
    {
        if (m_problem == problem)
            return;
        m_problem = problem;
        Q_EMIT m_owner->problemChanged(problem);
    }

    static QString cannotWrite(const QString &why)
    {
        return QCoreApplication::translate(
                   "torchdeck::hub::JournalThread",
                   "The upload queue cannot be kept on disk (%1). It is kept in memory only: "
                   "what is unsent when Torchdeck ends is lost.")
            .arg(why);
    }

    JournalThread *m_owner;
    QString m_file;
    FileLock m_lock;
    UploadJournal m_journal;
    std::deque<Job> m_unwritten;
    std::map<QString, FileLock> m_adopting;
    QString m_problem;

    QMutex m_mutex; // guards the two below
    std::deque<Job> m_queue;
    bool m_awake = false;
};

JournalThread::JournalThread(QString file, QObject *parent)
    : QObject(parent)
    , m_thread(std::make_unique<QThread>())
    , m_worker(new Worker(this, file))
    , m_file(std::move(file))
{
    m_thread->setObjectName(QStringLiteral("hub-journal"));
    m_worker->moveToThread(m_thread.get());
    // It owns an SQLite connection of that thread, so it has to die there.
    connect(m_thread.get(), &QThread::finished, m_worker, &QObject::deleteLater);
    m_thread->start();
}

JournalThread::~JournalThread()
{
    QMetaObject::invokeMethod(
        m_worker, [this] { m_worker->drain(); }, Qt::BlockingQueuedConnection);
    m_thread->quit();
    m_thread->wait();
}

JournalThread::Start JournalThread::start()
{
    Start result;
    QMetaObject::invokeMethod(
        m_worker, [this, &result] { result = m_worker->start(); }, Qt::BlockingQueuedConnection);
    return result;
}

quint64 JournalThread::submit(Operation operation)
{
    m_worker->push(++m_ticket, std::move(operation));
    return m_ticket;
}

void JournalThread::run(std::function<void()> work)
{
    QMetaObject::invokeMethod(m_worker, std::move(work), Qt::QueuedConnection);
}

void JournalThread::adopt()
{
    QMetaObject::invokeMethod(
        m_worker, [this] { m_worker->adopt(m_file); }, Qt::QueuedConnection);
}

void JournalThread::release(const QString &file, bool keepFiles)
{
    QMetaObject::invokeMethod(
        m_worker, [this, file, keepFiles] { m_worker->release(file, keepFiles); }, Qt::QueuedConnection);
}

JournalContent JournalThread::peek(const QString &file)
{
    JournalContent all;
    for (int slot = 1; slot <= maxSlots; ++slot) {
        UploadJournal journal;
        if (!journal.openReadOnly(slotFile(file, slot)))
            continue;
        const auto content = journal.load();
        all.runs += content.runs;
        all.items += content.items;
        if (content.gate)
            all.gate = content.gate;
    }
    return all;
}

} // namespace torchdeck::hub

// SPDX-License-Identifier: GPL-3.0-or-later
// The lock that makes one server a folder.
#include "app/file_lock.h"

#include <QtTest/QtTest>

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

using torchdeck::app::FileLock;

class TestFileLock : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void excludes()
    {
        const QString file = m_dir.path() + QStringLiteral("/a.lock");
        FileLock one(file);
        FileLock two(file);
        QCOMPARE(one.tryLock(), FileLock::Result::Taken);
        QCOMPARE(one.tryLock(), FileLock::Result::Taken);
        QCOMPARE(two.tryLock(), FileLock::Result::HeldByOther);
        QVERIFY(one.write("hello"));
        QVERIFY(one.write("bye"));
        QCOMPARE(FileLock::read(file), QByteArray("bye"));
        QVERIFY(!two.write("not mine"));
        one.unlock();
        QVERIFY(FileLock::read(file).isEmpty());
        QCOMPARE(two.tryLock(), FileLock::Result::Taken);
    }

    void killedHolderLeavesNothingBehind()
    {
        const QString file = m_dir.path() + QStringLiteral("/b.lock");
        int ready[2];
        QCOMPARE(::pipe(ready), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            FileLock lock(file);
            const char taken = lock.tryLock() == FileLock::Result::Taken ? 'y' : 'n';
            (void)!::write(ready[1], &taken, 1);
            ::pause();
            ::_exit(0);
        }
        char taken = 0;
        QCOMPARE(::read(ready[0], &taken, 1), ssize_t(1));
        QCOMPARE(taken, 'y');
        FileLock lock(file);
        QCOMPARE(lock.tryLock(), FileLock::Result::HeldByOther);
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        QCOMPARE(lock.tryLock(), FileLock::Result::Taken);
    }

    void missingFolderIsAnError()
    {
        FileLock lock(m_dir.path() + QStringLiteral("/none/c.lock"));
        QCOMPARE(lock.tryLock(), FileLock::Result::Error);
        QVERIFY(!lock.error().isEmpty());
    }

private:
    QTemporaryDir m_dir;
};

QTEST_GUILESS_MAIN(TestFileLock)
#include "tst_file_lock.moc"

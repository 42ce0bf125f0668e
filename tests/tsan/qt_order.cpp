// SPDX-License-Identifier: GPL-3.0-or-later
// Linked into the tests of thread-sanitizer builds. Debian's Qt is not instrumented, so the sanitizer cannot see that a
// posted call happens after its posting, nor that a contended QMutex orders its holders: every queued slot would be a
// "race". These definitions take the place of Qt's own for calls that come from our code, tell the sanitizer of the order,
// and go on to Qt. The order is told per call, object or mutex, never globally: real races stay visible.
#include <QMutex>
#include <QObject>
#include <QRunnable>
#include <QThread>
#include <QThreadPool>
#include <QWaitCondition>

#include <dlfcn.h>
#include <sanitizer/tsan_interface.h>

namespace {

template <typename Function>
Function *next(const char *symbol)
{
    return reinterpret_cast<Function *>(dlsym(RTLD_NEXT, symbol));
}

void before(const void *token) { __tsan_release(const_cast<void *>(token)); }
void after(const void *token) { __tsan_acquire(const_cast<void *>(token)); }

/// A slot that runs after its posting (or after its sender's last emission).
class OrderedSlot final : public QtPrivate::QSlotObjectBase {
public:
    OrderedSlot(QtPrivate::QSlotObjectBase *slot, const QObject *sender)
        : QSlotObjectBase(&run), m_slot(slot), m_sender(sender)
    {
        before(this);
    }

private:
    static void run(int which, QSlotObjectBase *self, QObject *receiver, void **arguments, bool *result)
    {
        auto *mine = static_cast<OrderedSlot *>(self);
        after(mine);
        if (which == Destroy) {
            mine->m_slot->destroyIfLastRef();
            delete mine;
        } else if (which == Call) {
            if (mine->m_sender)
                after(mine->m_sender);
            QtPrivate::QSlotObjectBase *slot = mine->m_slot;
            slot->call(receiver, arguments); // may delete the sender, and with it this connection
            if (!mine->m_sender)
                before(mine); // a blocking call's caller goes on after it
            before(QThread::currentThread());
        } else if (which == Compare) {
            *result = mine->m_slot->compare(arguments);
        }
    }

    QtPrivate::QSlotObjectBase *m_slot;
    const QObject *m_sender;
};

class OrderedTask final : public QRunnable {
public:
    OrderedTask(std::function<void()> work, const QThreadPool *pool) : m_work(std::move(work)), m_pool(pool) { }
    void run() override
    {
        after(this);
        m_work();
        m_work = {};
        before(m_pool);
    }

private:
    std::function<void()> m_work;
    const QThreadPool *m_pool;
};

} // namespace

bool QMetaObject::invokeMethodImpl(QObject *object, QtPrivate::QSlotObjectBase *slot, Qt::ConnectionType type, void *result)
{
    static auto *const real = next<bool(QObject *, QtPrivate::QSlotObjectBase *, Qt::ConnectionType, void *)>(
        "_ZN11QMetaObject16invokeMethodImplEP7QObjectPN9QtPrivate15QSlotObjectBaseEN2Qt14ConnectionTypeEPv");
    auto *ordered = new OrderedSlot(slot, nullptr);
    const bool blocking = type == Qt::BlockingQueuedConnection;
    if (blocking)
        ordered->ref();
    const bool done = real(object, ordered, type, result);
    if (blocking) {
        after(ordered);
        ordered->destroyIfLastRef();
    }
    return done;
}

QMetaObject::Connection QObject::connectImpl(const QObject *sender, void **signal, const QObject *receiver, void **slot,
    QtPrivate::QSlotObjectBase *object, Qt::ConnectionType type, const int *types, const QMetaObject *meta)
{
    static auto *const real = next<QMetaObject::Connection(const QObject *, void **, const QObject *, void **,
        QtPrivate::QSlotObjectBase *, Qt::ConnectionType, const int *, const QMetaObject *)>(
        "_ZN7QObject11connectImplEPKS_PPvS1_S3_PN9QtPrivate15QSlotObjectBaseEN2Qt14ConnectionTypeEPKiPK11QMetaObject");
    return real(sender, signal, receiver, slot, new OrderedSlot(object, sender), type, types, meta);
}

void QMetaObject::activate(QObject *sender, const QMetaObject *meta, int signal, void **arguments)
{
    static auto *const real = next<void(QObject *, const QMetaObject *, int, void **)>(
        "_ZN11QMetaObject8activateEP7QObjectPKS_iPPv");
    before(sender);
    real(sender, meta, signal, arguments);
}

void QThreadPool::start(std::function<void()> work, int priority)
{
    static auto *const real = next<void(QThreadPool *, QRunnable *, int)>("_ZN11QThreadPool5startEP9QRunnablei");
    auto *task = new OrderedTask(std::move(work), this);
    before(task);
    real(this, task, priority);
}

bool QThreadPool::waitForDone(int milliseconds)
{
    static auto *const real = next<bool(QThreadPool *, int)>("_ZN11QThreadPool11waitForDoneEi");
    const bool done = real(this, milliseconds);
    after(this);
    return done;
}

bool QThread::wait(QDeadlineTimer deadline)
{
    static auto *const real = next<bool(QThread *, QDeadlineTimer)>("_ZN7QThread4waitE14QDeadlineTimer");
    const bool done = real(this, deadline);
    after(this);
    return done;
}

void QBasicMutex::lockInternal() noexcept
{
    static auto *const real = next<void(QBasicMutex *)>("_ZN11QBasicMutex12lockInternalEv");
    real(this);
    after(this);
}

void QBasicMutex::unlockInternal() noexcept
{
    static auto *const real = next<void(QBasicMutex *)>("_ZN11QBasicMutex14unlockInternalEv");
    before(this);
    real(this);
}

bool QWaitCondition::wait(QMutex *mutex, QDeadlineTimer deadline)
{
    static auto *const real = next<bool(QWaitCondition *, QMutex *, QDeadlineTimer)>(
        "_ZN14QWaitCondition4waitEP6QMutex14QDeadlineTimer");
    before(mutex);
    const bool woken = real(this, mutex, deadline);
    after(mutex);
    return woken;
}

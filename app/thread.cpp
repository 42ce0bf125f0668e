// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/thread.h"

namespace torchdeck::app {

void GracefulThreadDeleter::operator()(QThread *thread) const
{
    thread->quit();
    if (stop == ThreadStop::Wait)
        thread->wait();
    else if (!thread->wait(1000))
        return;
    delete thread;
}

ThreadPtr startThread(const QString &name, ThreadStop stop)
{
    ThreadPtr thread(new QThread, GracefulThreadDeleter { stop });
    thread->setObjectName(name);
    thread->start();
    return thread;
}

} // namespace torchdeck::app

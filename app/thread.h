// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QString>
#include <QtCore/QThread>

#include <memory>

namespace torchdeck::app {

enum class ThreadStop {
    Wait, ///< the destructor waits for the thread's event loop to end
    WaitBriefly, ///< gives up after a second (a foreign service hangs): the thread is then left to the
                 ///< process's end
};

/// Quits, waits, deletes: a thread's end cannot be forgotten.
struct GracefulThreadDeleter {
    ThreadStop stop = ThreadStop::Wait;
    void operator()(QThread *thread) const;
};
using ThreadPtr = std::unique_ptr<QThread, GracefulThreadDeleter>;

/// A started thread with an event loop, named for debuggers and `top -H`.
[[nodiscard]] ThreadPtr startThread(const QString &name, ThreadStop stop = ThreadStop::Wait);

} // namespace torchdeck::app

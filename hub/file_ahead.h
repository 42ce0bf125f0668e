// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QByteArray>
#include <QtCore/QObject>
#include <QtCore/QString>

#include <memory>

namespace torchdeck::hub {

/// A file that is read a little ahead on a thread of its own: who sends it takes what is there and never waits for the
/// disk, which may sleep or be another machine's. Holds 2 MiB at most. Lives on the thread of its reader; its end waits for nothing.
class FileAhead : public QObject {
    Q_OBJECT
public:
    explicit FileAhead(const QString &path, QObject *parent = nullptr);
    ~FileAhead() override;

    [[nodiscard]] bool open(); ///< begins to read; false: the file is missing or cannot be read
    [[nodiscard]] qint64 size() const { return m_size; } ///< when it was opened
    /// Bytes from `at` on. 0: none is there yet, ready() follows. -1: the file cannot be read, or ends before size().
    /// Going on where the last call ended costs nothing; any other place is read anew.
    qint64 read(char *data, qint64 at, qint64 most);

Q_SIGNALS:
    void ready();

private:
    struct Shared;
    void seek(qint64 at);
    void fill();

    QString m_path;
    qint64 m_size = 0;
    qint64 m_at = 0; ///< of the next byte given out
    qsizetype m_taken = 0; ///< of the first block
    bool m_waits = false; ///< a ready() is owed
    std::shared_ptr<Shared> m_shared;
};

} // namespace torchdeck::hub

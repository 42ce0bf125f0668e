// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/clock.h"
#include "hub/file_ahead.h"
#include "hub/wire.h"

#include <QtCore/QIODevice>

namespace torchdeck::hub {

/// multipart/form-data (RFC 7578) of a request's fields and its file, read piece by piece while it is sent:
/// memory does not grow with the file, and its thread never waits for the disk. With a limit, gives no more bytes than the time so far allows. Lives on
/// the thread of its reader.
class MultipartBody : public QIODevice {
public:
    MultipartBody(const WireRequest &request, std::shared_ptr<Clock> clock, qint64 bytesPerSecond,
                  QObject *parent = nullptr);

    [[nodiscard]] bool openFile(); ///< false: the file is missing or cannot be read
    [[nodiscard]] QByteArray contentType() const;

    [[nodiscard]] bool isSequential() const override { return false; }
    [[nodiscard]] qint64 size() const override { return m_head.size() + m_file.size() + m_tail.size(); }

protected:
    qint64 readData(char *data, qint64 most) override;
    qint64 writeData(const char *, qint64) override { return -1; }

private:
    [[nodiscard]] qint64 allowance();
    qint64 readSome(char *data, qint64 at, qint64 most);
    void wakeLater();

    std::shared_ptr<Clock> m_clock;
    qint64 m_bytesPerSecond;
    QByteArray m_boundary, m_head, m_tail;
    FileAhead m_file;
    double m_budget = 0; ///< bytes that may go out now
    std::optional<TimePoint> m_counted; ///< up to when the budget is filled
    bool m_waking = false;
};

} // namespace torchdeck::hub

// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/multipart_body.h"

#include <QtCore/QUuid>

#include <algorithm>
#include <cstring>

namespace torchdeck::hub {

namespace {

constexpr std::chrono::milliseconds pause { 50 }; ///< between two portions under a limit

} // namespace

MultipartBody::MultipartBody(const WireRequest &request, std::shared_ptr<Clock> clock, qint64 bytesPerSecond,
                             QObject *parent)
    : QIODevice(parent)
    , m_clock(std::move(clock))
    , m_bytesPerSecond(bytesPerSecond)
    , m_boundary("boundary_" + QUuid::createUuid().toByteArray(QUuid::Id128))
    , m_file(request.filePath)
{
    for (const auto &field : request.fields)
        m_head += "--" + m_boundary + "\r\nContent-Disposition: form-data; name=\"" + field.name + "\"\r\n\r\n"
            + field.value + "\r\n";
    m_head += "--" + m_boundary + "\r\nContent-Type: application/octet-stream\r\n"
        + "Content-Disposition: form-data; name=\"" + request.fileName + "\"; filename=\"" + request.fileName
        + "\"\r\n\r\n";
    m_tail = "\r\n--" + m_boundary + "--\r\n";
    connect(&m_file, &FileAhead::ready, this, &QIODevice::readyRead);
}

bool MultipartBody::openFile()
{
    return m_file.open() && QIODevice::open(QIODevice::ReadOnly | QIODevice::Unbuffered);
}

QByteArray MultipartBody::contentType() const
{
    return "multipart/form-data; boundary=\"" + m_boundary + '"';
}

qint64 MultipartBody::allowance()
{
    if (m_bytesPerSecond <= 0)
        return size();
    const auto now = m_clock->now();
    const auto rate = double(m_bytesPerSecond);
    if (m_counted)
        m_budget += rate * std::chrono::duration<double>(now - *m_counted).count();
    m_counted = now;
    // What was not used while the network was slow may not be made up for in one burst.
    m_budget = std::min(m_budget, std::max(1.0, rate / 5));
    return qint64(m_budget);
}

void MultipartBody::wakeLater()
{
    if (m_waking)
        return;
    m_waking = true;
    m_clock->at(m_clock->now() + pause, this, [this] {
        m_waking = false;
        Q_EMIT readyRead();
    });
}

qint64 MultipartBody::readSome(char *data, qint64 at, qint64 most)
{
    const auto fileEnd = m_head.size() + m_file.size();
    if (at >= m_head.size() && at < fileEnd) // shorter than it was: the upload ends as broken, never as complete
        return m_file.read(data, at - m_head.size(), std::min<qint64>(most, fileEnd - at));
    const bool head = at < m_head.size();
    const auto &text = head ? m_head : m_tail;
    const auto from = head ? at : at - fileEnd;
    const auto got = std::min<qint64>(most, text.size() - from);
    std::memcpy(data, text.constData() + from, size_t(got));
    return got;
}

qint64 MultipartBody::readData(char *data, qint64 most)
{
    const auto start = pos();
    if (start >= size())
        return -1;
    const auto allowed = std::min({ most, allowance(), size() - start });
    if (allowed <= 0) {
        if (most > 0)
            wakeLater();
        return 0;
    }
    qint64 done = 0;
    while (done < allowed) {
        const auto got = readSome(data + done, start + done, allowed - done);
        if (got < 0 && done == 0)
            return -1;
        if (got <= 0) // the rest comes with readyRead()
            break;
        done += got;
    }
    m_budget -= double(done);
    return done;
}

} // namespace torchdeck::hub

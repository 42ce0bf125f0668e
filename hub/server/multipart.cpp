// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/server/multipart.h"

#include <QtCore/QList>

#include <algorithm>
#include <cstring>

namespace torchdeck::hub::server {

namespace {

constexpr qsizetype kMaxHeaders = 8 * 1024;
constexpr int kMaxParts = 64;

/// The value of `key` among "; key=value" or "; key="quoted"" parameters. `found` tells an empty value from
/// none.
QByteArray parameter(const QByteArray &line, const QByteArray &key, bool *found)
{
    *found = false;
    qsizetype at = line.indexOf(';');
    while (at >= 0 && at < line.size()) {
        ++at;
        while (at < line.size() && (line[at] == ' ' || line[at] == '\t'))
            ++at;
        const qsizetype equals = line.indexOf('=', at);
        if (equals < 0)
            return {};
        const QByteArray name = line.mid(at, equals - at).trimmed().toLower();
        QByteArray value;
        at = equals + 1;
        if (at < line.size() && line[at] == '"') {
            for (++at; at < line.size() && line[at] != '"'; ++at) {
                if (line[at] == '\\' && at + 1 < line.size() && (line[at + 1] == '"' || line[at + 1] == '\\'))
                    ++at;
                value += line[at];
            }
            at = line.indexOf(';', at);
        } else {
            const qsizetype end = line.indexOf(';', at);
            value = line.mid(at, end < 0 ? -1 : end - at).trimmed();
            at = end;
        }
        if (name == key) {
            *found = true;
            return value;
        }
    }
    return {};
}

} // namespace

MultipartReader::MultipartReader(const QByteArray &boundary, Sink sink)
    : m_delimiter("\r\n--" + boundary)
    , m_sink(std::move(sink))
    , m_pending("\r\n") // so that a boundary on the very first line looks like every other
{
}

std::optional<QByteArray> MultipartReader::boundaryOf(const QByteArray &contentType)
{
    const QByteArray kind = contentType.left(contentType.indexOf(';')).trimmed().toLower();
    bool found = false;
    const QByteArray boundary = parameter(contentType, "boundary", &found);
    const auto legal = [](char c) { return c >= ' ' && c < 127; };
    if (kind != "multipart/form-data" || !found || boundary.isEmpty() || boundary.size() > 70
        || boundary.endsWith(' ') || !std::all_of(boundary.begin(), boundary.end(), legal))
        return std::nullopt;
    return boundary;
}

bool MultipartReader::feed(const char *data, size_t size)
{
    if (m_state == State::Done)
        return true; // an epilogue is allowed and means nothing
    m_pending.append(data, static_cast<qsizetype>(size));
    while (step()) { }
    return m_error.isEmpty();
}

bool MultipartReader::step()
{
    switch (m_state) {
    case State::Preamble:
        return skipPreamble();
    case State::AfterBoundary:
        return afterBoundary();
    case State::Headers:
        return readHeaders();
    case State::Body:
        return readBody();
    case State::Done:
        m_pending.clear();
        return false;
    }
    return false;
}

bool MultipartReader::fail(const char *why)
{
    m_error = QString::fromLatin1(why);
    return false;
}

bool MultipartReader::skipPreamble()
{
    const qsizetype at = m_pending.indexOf(m_delimiter);
    if (at < 0)
        return m_pending.size() > kMaxHeaders ? fail("The upload's first boundary is missing.") : false;
    m_pending.remove(0, at + m_delimiter.size());
    m_state = State::AfterBoundary;
    return true;
}

bool MultipartReader::afterBoundary()
{
    if (m_pending.size() < 2)
        return false;
    if (m_pending.startsWith("--")) {
        m_state = State::Done;
        return true;
    }
    if (m_pending[0] == ' ' || m_pending[0] == '\t') { // padding is allowed by the grammar
        m_pending.remove(0, 1);
        return true;
    }
    if (!m_pending.startsWith("\r\n"))
        return fail("A boundary of the upload is not followed by a new line.");
    // The CRLF stays: it stands before the first header, so that a part without any ends at once.
    m_state = State::Headers;
    return true;
}

bool MultipartReader::readHeaders()
{
    const qsizetype end = m_pending.indexOf("\r\n\r\n");
    if (end > kMaxHeaders || (end < 0 && m_pending.size() > kMaxHeaders))
        return fail("A part of the upload has too long headers.");
    if (end < 0)
        return false;
    if (++m_parts > kMaxParts)
        return fail("The upload has too many parts.");
    Part part;
    bool named = false;
    for (const QByteArray &raw : m_pending.left(end).split('\n')) {
        const QByteArray line = raw.trimmed();
        if (!line.toLower().startsWith("content-disposition:"))
            continue;
        part.name = parameter(line, "name", &named);
        part.fileName = parameter(line, "filename", &part.isFile);
    }
    if (!named)
        return fail("A part of the upload has no name.");
    m_pending.remove(0, end + 4);
    m_sink.begin(part);
    m_state = State::Body;
    return true;
}

bool MultipartReader::readBody()
{
    const void *found = ::memmem(m_pending.constData(), static_cast<size_t>(m_pending.size()),
                                 m_delimiter.constData(), static_cast<size_t>(m_delimiter.size()));
    // Without a hit all but what could be a delimiter's beginning is content.
    const qsizetype content = found ? static_cast<const char *>(found) - m_pending.constData()
                                    : std::max<qsizetype>(0, m_pending.size() - m_delimiter.size() + 1);
    if (content > 0)
        m_sink.data(m_pending.constData(), static_cast<size_t>(content));
    m_pending.remove(0, content + (found ? m_delimiter.size() : 0));
    if (!found)
        return false;
    m_sink.end();
    m_state = State::AfterBoundary;
    return true;
}

} // namespace torchdeck::hub::server

// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/server/upload.h"

#include "hub/server/access.h"
#include "hub/server/api_error.h"
#include "hub/server/multipart.h"

#include <QtCore/QStorageInfo>

#include <algorithm>

namespace torchdeck::hub::server {

namespace {

constexpr qsizetype kMaxField = 64 * 1024;

ApiError tooLarge(qint64 maxFile)
{
    const bool whole = maxFile >= 1LL << 30;
    return ApiError(413,
                    QStringLiteral("The file is larger than the %1 %2 this HUB accepts here.")
                        .arg(maxFile >> (whole ? 30 : 20))
                        .arg(QLatin1String(whole ? "GiB" : "MiB")));
}

/// Collects what the multipart reader finds.
class Collector {
public:
    Collector(const Store &store, qint64 maxFile, Quota::Arrival *room)
        : m_store(store)
        , m_maxFile(maxFile)
        , m_room(room)
    {
    }

    void begin(const MultipartReader::Part &part)
    {
        m_inFile = part.isFile || part.name == "file" || part.name.endsWith(".pt");
        m_name = part.name;
        if (!m_inFile) {
            upload.fields.insert(m_name, {});
            return;
        }
        if (upload.file)
            throw ApiError(400, QStringLiteral("The upload has more than one file."));
        upload.file = std::make_unique<IncomingFile>(m_store.tempDir());
        upload.fileName = cleanName(QString::fromUtf8(part.fileName.isEmpty() ? part.name : part.fileName));
    }

    void data(const char *data, size_t size)
    {
        if (m_inFile) {
            upload.file->write(data, size);
            if (m_room != nullptr)
                m_room->received(upload.file->size());
            if (upload.file->size() > m_maxFile)
                throw tooLarge(m_maxFile);
            return;
        }
        QByteArray &field = upload.fields[m_name];
        field.append(data, static_cast<qsizetype>(size));
        if (field.size() > kMaxField)
            throw ApiError(413, QStringLiteral("A field of the upload is larger than 64 KiB."));
    }

    Upload upload;

private:
    /// Only ever shown and offered as a download's name; on disk files have names of our own.
    static QString cleanName(const QString &given)
    {
        QString name = given.mid(
            std::max(given.lastIndexOf(QLatin1Char('/')), given.lastIndexOf(QLatin1Char('\\'))) + 1);
        name.removeIf([](QChar c) { return !c.isPrint() || c == QLatin1Char('"'); });
        name = name.left(200);
        return name.isEmpty() || name.startsWith(QLatin1Char('.')) ? QStringLiteral("file") : name;
    }

    const Store &m_store;
    const qint64 m_maxFile;
    Quota::Arrival *m_room; ///< null: the file is not kept
    QByteArray m_name;
    bool m_inFile = false;
};

void checkSpace(const Call &call, const Store &store, qint64 maxFile)
{
    if (call.request.contentLength > maxFile + (1 << 20))
        throw tooLarge(maxFile);
    const qint64 free = QStorageInfo(store.tempDir()).bytesAvailable();
    if (free >= 0 && call.request.contentLength > free)
        throw ApiError(
            507,
            QStringLiteral("The disk of this HUB has only %1 MiB left: free some space, then try again.")
                .arg(free >> 20));
}

void checkSum(const Call &call, const Upload &upload)
{
    const QByteArray told = call.request.header("x-checksum-sha256").trimmed().toLower();
    if (!told.isEmpty() && told != upload.file->sha256().toLatin1())
        throw ApiError(422,
                       QStringLiteral("The file arrived damaged: its SHA-256 is %1, not %2. Send it again.")
                           .arg(upload.file->sha256(), QString::fromLatin1(told.left(64))));
}

struct ByteRange {
    qint64 first = 0, count = 0;
};

/// "bytes=a-b", "bytes=a-" or "bytes=-n". Nothing: malformed or several ranges, which a server may ignore.
std::optional<ByteRange> parseRange(const QByteArray &header, qint64 size, bool *unsatisfiable)
{
    *unsatisfiable = false;
    if (!header.startsWith("bytes=") || header.contains(','))
        return std::nullopt;
    const QByteArray span = header.mid(6).trimmed();
    const qsizetype dash = span.indexOf('-');
    bool goodFirst = false, goodLast = false;
    const qint64 a = span.left(dash).toLongLong(&goodFirst);
    const qint64 b = span.mid(dash + 1).toLongLong(&goodLast);
    if (dash < 0 || (!goodFirst && dash > 0) || (!goodLast && dash + 1 < span.size())
        || (!goodFirst && !goodLast))
        return std::nullopt;
    const qint64 first = goodFirst ? a : std::max<qint64>(0, size - b);
    const qint64 last = goodFirst && goodLast ? std::min(b, size - 1) : size - 1;
    *unsatisfiable = first < 0 || first >= size || last < first;
    return ByteRange { first, last - first + 1 };
}

} // namespace

namespace {

Upload receive(const Call &call, const Store &store, qint64 maxFile, Quota::Arrival *room)
{
    const auto boundary = MultipartReader::boundaryOf(call.request.header("content-type"));
    if (!boundary)
        throw ApiError(415, QStringLiteral("An upload must be multipart/form-data with a boundary."));
    checkSpace(call, store, maxFile);
    Collector collector(store, maxFile, room);
    MultipartReader reader(*boundary,
                           { [&](const MultipartReader::Part &part) { collector.begin(part); },
                             [&](const char *data, size_t size) { collector.data(data, size); }, [] {} });
    std::exception_ptr failure; // not through the HTTP library's frames
    const bool whole = call.request.readBody([&](const char *data, size_t size) {
        try {
            return reader.feed(data, size);
        } catch (...) {
            failure = std::current_exception();
            return false;
        }
    });
    if (failure)
        std::rethrow_exception(failure);
    if (!reader.error().isEmpty())
        throw ApiError(400, reader.error());
    if (!whole || !reader.complete())
        throw ApiError(400, QStringLiteral("The upload ended too early."));
    Upload upload = std::move(collector.upload);
    if (!upload.file)
        throw ApiError(400, QStringLiteral("The upload has no file."));
    upload.file->finish();
    if (upload.file->size() == 0)
        throw ApiError(400, QStringLiteral("The uploaded file is empty."));
    checkSum(call, upload);
    return upload;
}

} // namespace

Upload receiveUpload(const Call &call, Store &store, Kind kind)
{
    const qint64 keyLimit = store.keys().quotaOf(Access::presentedKey(call.request));
    const auto room = store.expectFile(kind, call.id(), keyLimit, call.request.contentLength);
    Upload upload = receive(call, store, kMaxUpload, room.get());
    upload.keyLimit = keyLimit;
    return upload;
}

Upload receivePassing(const Call &call, const Store &store, qint64 maxFile)
{
    return receive(call, store, maxFile, nullptr);
}

void sendFile(const Call &call, const std::shared_ptr<QFile> &file, const StoredFile &facts)
{
    HttpResponse &response = call.response;
    const QByteArray tag = '"' + facts.sha256.toLatin1() + '"';
    response.setHeader("ETag", tag);
    response.setHeader("Accept-Ranges", "bytes");
    response.setHeader("Cache-Control", "private, no-cache");
    if (call.request.header("if-none-match").contains(tag)) {
        response.status = 304;
        return;
    }
    const QByteArray ifRange = call.request.header("if-range");
    bool unsatisfiable = false;
    std::optional<ByteRange> range;
    if (ifRange.isEmpty() || ifRange == tag)
        range = parseRange(call.request.header("range"), facts.size, &unsatisfiable);
    const QByteArray total = QByteArray::number(facts.size);
    if (unsatisfiable) {
        response.setHeader("Content-Range", "bytes */" + total);
        throw ApiError(416, QStringLiteral("The file has only %1 bytes.").arg(facts.size));
    }
    response.type = "application/octet-stream";
    response.setHeader("Content-Disposition",
                       "attachment; filename*=UTF-8''" + facts.name.toUtf8().toPercentEncoding());
    response.file = file;
    response.fileLength = facts.size;
    if (!range)
        return;
    const ByteRange part = *range;
    response.status = 206;
    response.fileOffset = part.first;
    response.fileLength = part.count;
    response.setHeader("Content-Range",
                       "bytes " + QByteArray::number(part.first) + '-'
                           + QByteArray::number(part.first + part.count - 1) + '/' + total);
}

} // namespace torchdeck::hub::server

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/server/router.h"
#include "hub/server/store.h"

namespace torchdeck::hub::server {

/// A multipart upload, received to a temporary file on its way in.
struct Upload {
    QMap<QByteArray, QByteArray> fields;
    QString fileName;
    std::unique_ptr<IncomingFile> file;
    qint64 keyLimit = 0; ///< what the key it came with may store, for Store::keepFile()
};

constexpr qint64 kMaxUpload = 8LL << 30;
/// Streams the request's multipart body for the record call.id(): constant memory. Exactly one file part;
/// x-checksum-sha256, when sent, must fit it. Throws ApiError: 400 malformed, 404 no such record, 413 over 8 GiB or
/// over a quota (before the body, and as it grows), 415 not multipart, 422 checksum, 507 disk full.
[[nodiscard]] Upload receiveUpload(const Call &call, Store &store, Kind kind);
/// The same of a file that is not kept, of at most `maxFile` bytes: no quota counts it.
[[nodiscard]] Upload receivePassing(const Call &call, const Store &store, qint64 maxFile);

/// Answers with the file: whole, a range of it (206), or 304.
void sendFile(const Call &call, const std::shared_ptr<QFile> &file, const StoredFile &facts);

} // namespace torchdeck::hub::server

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
};

/// Streams the request's multipart body: constant memory. Exactly one file part; x-checksum-sha256, when
/// sent, must fit it. Throws ApiError: 400 malformed, 413 over `maxFile` bytes, 415 not multipart, 422 checksum, 507
/// disk full.
constexpr qint64 kMaxUpload = 8LL << 30;
[[nodiscard]] Upload receiveUpload(const Call &call, const Store &store, qint64 maxFile = kMaxUpload);

/// Answers with the file: whole, a range of it (206), or 304.
void sendFile(const Call &call, const std::shared_ptr<QFile> &file, const StoredFile &facts);

} // namespace torchdeck::hub::server

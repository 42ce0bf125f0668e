// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/server/web_reply.h"

#include <QtCore/QCryptographicHash>

namespace torchdeck::hub::server {

void sendTagged(Call &call, const QByteArray &type, const QByteArray &body)
{
    const QByteArray tag = '"' + QCryptographicHash::hash(body, QCryptographicHash::Sha1).toHex() + '"';
    call.response.setHeader("ETag", tag);
    call.response.setHeader("Cache-Control", "private, no-cache");
    if (call.request.header("if-none-match").contains(tag)) {
        call.response.status = 304;
        return;
    }
    call.response.type = type;
    call.response.body = body;
}

} // namespace torchdeck::hub::server

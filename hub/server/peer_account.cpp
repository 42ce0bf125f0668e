// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/server/peer_account.h"

#include "hub/server/http_message.h"

#include <QtCore/QFile>

#include <array>

#include <arpa/inet.h>
#include <unistd.h>

namespace torchdeck::hub::server {

namespace {

/// "ADDRESS:PORT" as the tables print it: 32-bit words in the machine's order. Empty: no numeric address.
QByteArray tableEntry(QByteArray address, int port, bool *six)
{
    if (address.startsWith("::ffff:")) // an IPv4 client of a socket for both
        address = address.mid(7);
    std::array<quint32, 4> words {};
    *six = address.contains(':');
    if (::inet_pton(*six ? AF_INET6 : AF_INET, address.constData(), words.data()) != 1)
        return {};
    QByteArray text;
    for (int i = 0; i < (*six ? 4 : 1); ++i)
        text += QByteArray::number(words[static_cast<size_t>(i)], 16).toUpper().rightJustified(8, '0');
    return text + ':' + QByteArray::number(port, 16).toUpper().rightJustified(4, '0');
}

} // namespace

bool isOfOurAccount(const HttpRequest &request)
{
    constexpr int local = 1, remote = 2, state = 3, account = 7; // columns
    const qsizetype colon = request.local.lastIndexOf(':');
    QByteArray ourAddress = request.local.left(colon);
    if (ourAddress.startsWith('['))
        ourAddress = ourAddress.mid(1).chopped(1);
    bool six = false, alsoSix = false;
    const QByteArray theirs = tableEntry(request.peer, request.peerPort, &six);
    const QByteArray ours = tableEntry(ourAddress, request.local.mid(colon + 1).toInt(), &alsoSix);
    QFile table(six ? QStringLiteral("/proc/net/tcp6") : QStringLiteral("/proc/net/tcp"));
    if (theirs.isEmpty() || ours.isEmpty() || six != alsoSix || !table.open(QIODevice::ReadOnly))
        return false;
    for (const QByteArray &line : table.readAll().split('\n')) {
        const QByteArrayList columns = line.simplified().split(' ');
        // Only an established one (01) names its account: others may have lost it and say 0.
        if (columns.size() > account && columns[local] == theirs && columns[remote] == ours && columns[state] == "01")
            return columns[account].toUInt() == ::geteuid();
    }
    return false;
}

} // namespace torchdeck::hub::server

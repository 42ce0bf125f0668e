// SPDX-License-Identifier: GPL-3.0-or-later
// libFuzzer target over everything the local HUB reads from strangers. The first byte chooses the depth: a whole
// connection to a real server on loopback ("@KEY@" and "@ID@" in the input stand for its key and a model of
// its), or only the multipart reader (second byte: size of the pieces), or only the JSON of a metrics request.
#include "hub/server/access.h"
#include "hub/server/api_error.h"
#include "hub/server/http_server.h"
#include "hub/server/json_util.h"
#include "hub/server/model_runner.h"
#include "hub/server/model_service.h"
#include "hub/server/multipart.h"
#include "hub/server/router.h"
#include "hub/server/store.h"
#include "hub/server/web_access.h"

#include <QtCore/QDateTime>
#include <QtCore/QTemporaryDir>

#include <arpa/inet.h>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace torchdeck::hub::server;

namespace {

/// Finds the same in every picture: what is fuzzed is how a request for it is read.
struct OneObject final : ModelService {
    [[nodiscard]] FoundObjects predict(const PredictRequest &) override
    {
        return { { { 0, QStringLiteral("a"), 0.5, 0, 0, 1, 1 } }, 2, 2 };
    }
};

/// Lives as long as the process: its threads must not outlive it.
struct Target {
    QTemporaryDir dir;
    Access access;
    Store store { dir.filePath(QStringLiteral("hub")), &QDateTime::currentMSecsSinceEpoch };
    Router router { access, [this](const HttpRequest &request) {
                       return whoBrowses(access, store, request);
                   }, Router::Users {
                       [this](const QByteArray &key) { return store.keys().userOf(key, store.nowMs()); },
                       [this](const QString &user, const QString &id) { return store.owns(user, id); } } };
    ModelRunner models { std::make_shared<OneObject>() };
    HttpServer http { [this](HttpRequest &request, HttpResponse &response) { router(request, response); },
                      { .threads = 2, .stallTime = std::chrono::milliseconds(500) } };
    QByteArray id;

    Target()
    {
        QString error;
        if (!store.open(&error) || !access.load(dir.filePath(QStringLiteral("hub")), &error))
            std::abort();
        const Api api { store, access, models };
        addRecordRoutes(router, api);
        addModelRoutes(router, api);
        addPredictRoutes(router, api);
        addExportRoutes(router, api);
        addKeyRoutes(router, api);
        addWebRoutes(router, api);
        id = store.create(Kind::Model, { { QStringLiteral("name"), QStringLiteral("target") } }).id.toLatin1();
        if (!http.start(QStringLiteral("127.0.0.1"), 0))
            std::abort();
    }
};

Target &target()
{
    static auto *const one = new Target;
    return *one;
}

/// Sends all, ends our side, reads what comes until the server ends its own.
void talk(quint16 port, const QByteArray &bytes)
{
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to {};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int connected = -1;
    do {
        connected = fd < 0 ? -1 : ::connect(fd, reinterpret_cast<const sockaddr *>(&to), sizeof to);
    } while (connected != 0 && errno == EINTR); // the fuzzer's clock
    if (connected != 0 && errno != EISCONN) {
        std::perror("the server is gone, or we leak sockets");
        std::abort();
    }
    for (qsizetype at = 0; at < bytes.size();) {
        const ssize_t sent = ::send(fd, bytes.constData() + at, size_t(bytes.size() - at), MSG_NOSIGNAL);
        if (sent <= 0)
            break; // refused in the middle
        at += sent;
    }
    ::shutdown(fd, SHUT_WR);
    char answer[4096];
    while (::recv(fd, answer, sizeof answer, 0) > 0) { }
    ::close(fd);
}

void readMultipart(const QByteArray &bytes)
{
    if (bytes.isEmpty())
        return;
    const size_t piece = size_t(uchar(bytes[0])) + 1;
    bool inPart = false;
    MultipartReader reader("XbounX",
                           { [&](const MultipartReader::Part &) { inPart = true; },
                             [&](const char *, size_t) {
                                 if (!inPart)
                                     std::abort();
                             },
                             [&] { inPart = false; } });
    for (size_t at = 1; at < size_t(bytes.size()); at += piece) {
        if (!reader.feed(bytes.constData() + at, std::min(piece, size_t(bytes.size()) - at)))
            return;
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size == 0 || size > 64 * 1024)
        return 0;
    QByteArray rest(reinterpret_cast<const char *>(data + 1), qsizetype(size - 1));
    switch (data[0] % 3) {
    case 0:
        rest.replace("@KEY@", target().access.key()).replace("@ID@", target().id);
        talk(target().http.port(), rest);
        break;
    case 1:
        readMultipart(rest);
        break;
    case 2:
        try {
            (void)parseMetrics(parseObject(withoutNonFinite(rest), QStringLiteral("body")));
        } catch (const ApiError &) {
            // The one answer to bad input.
        }
        break;
    }
    return 0;
}

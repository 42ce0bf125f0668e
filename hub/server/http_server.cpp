// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/server/http_server.h"

#include "hub/server/connection.h"
#include "hub/server/worker_pool.h"

#include <QtCore/QFile>

#include <future>
#include <set>

#include <sys/eventfd.h>
#include <unistd.h>

namespace torchdeck::hub::server {

namespace {

/// The request being parsed by this thread; the library's callbacks carry no user data.
struct Exchange {
    Connection *connection = nullptr;
    httplib::Request *request = nullptr; ///< null until the headers are complete
    bool bodyPending = false; ///< sent by the peer, not read to its end by us
    bool drain = false; ///< HttpResponse::drainBody
    qint64 contentLength = -1; ///< -1: chunked or no body
    std::string path;
    std::string contentType;
};
thread_local Exchange t_exchange;

QByteArray bytes(const std::string &text)
{
    return QByteArray(text.data(), static_cast<qsizetype>(text.size()));
}

/// Headers are complete: hide from the library what it would mishandle, keep it for ourselves.
void adopt(httplib::Request &request)
{
    Exchange &now = t_exchange;
    now.connection->headersDone();
    now.request = &request;
    now.path = std::exchange(request.path, "/"); // its routes are regular expressions; ours are in the router
    now.contentType = request.get_header_value("Content-Type");
    request.headers.erase("Content-Type"); // its multipart parser buffers without bound
    request.headers.erase("Accept-Encoding"); // no compression: loopback and LAN
    request.ranges.clear(); // served by the download handler, which knows the size
    const bool chunked = request.has_header("Transfer-Encoding");
    now.bodyPending = chunked
        || (request.has_header("Content-Length") && request.get_header_value("Content-Length") != "0");
}

/// Empty, or why the message framing cannot be trusted.
const char *badFraming(const httplib::Request &request)
{
    static const std::set<std::string> known { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" };
    if (!known.count(request.method))
        return "This method is not supported.";
    if (request.get_header_value_count("Content-Length") > 1 || request.get_header_value_count("Host") > 1)
        return "A header that must be unique came twice.";
    const std::string length = request.get_header_value("Content-Length");
    if (length.size() > 18 || length.find_first_not_of("0123456789") != std::string::npos)
        return "Content-Length is not a number.";
    if (request.has_header("Content-Length") && length.empty())
        return "Content-Length is empty.";
    if (request.has_header("Transfer-Encoding")) {
        if (request.has_header("Content-Length"))
            return "Both Content-Length and Transfer-Encoding were given.";
        if (strcasecmp(request.get_header_value("Transfer-Encoding").c_str(), "chunked") != 0)
            return "Only the transfer encoding 'chunked' is supported.";
    }
    return nullptr;
}

HttpRequest convert(const httplib::Request &from)
{
    HttpRequest to;
    to.method = bytes(from.method);
    to.path = bytes(t_exchange.path);
    for (const auto &[name, value] : from.params) {
        if (!to.query.contains(bytes(name)))
            to.query.insert(bytes(name), bytes(value));
    }
    for (const auto &[name, value] : from.headers) {
        const QByteArray key = bytes(name).toLower();
        if (!to.headers.contains(key))
            to.headers.insert(key, bytes(value));
    }
    to.headers.insert("content-type", bytes(t_exchange.contentType));
    to.peer = bytes(from.remote_addr);
    to.peerPort = from.remote_port;
    const bool six = from.local_addr.find(':') != std::string::npos;
    to.local =
        bytes((six ? '[' + from.local_addr + ']' : from.local_addr) + ':' + std::to_string(from.local_port));
    to.secure = t_exchange.connection->secure();
    to.hasBody = t_exchange.bodyPending;
    if (from.has_header("Content-Length"))
        to.contentLength = bytes(from.get_header_value("Content-Length")).toLongLong();
    return to;
}

void streamFile(const HttpResponse &from, httplib::Response &to)
{
    to.set_content_provider(
        static_cast<size_t>(from.fileLength), from.type.toStdString(),
        [file = from.file, start = from.fileOffset](size_t offset, size_t length, httplib::DataSink &sink) {
            std::array<char, 128 * 1024> piece;
            if (!file->seek(start + static_cast<qint64>(offset)))
                return false;
            const qint64 got = file->read(piece.data(), static_cast<qint64>(std::min(length, piece.size())));
            return got > 0 && sink.write(piece.data(), static_cast<size_t>(got));
        });
}

void apply(const HttpResponse &from, httplib::Response &to)
{
    to.status = from.status;
    for (const auto &[name, value] : from.headers)
        to.set_header(name.toStdString(), value.toStdString());
    if (from.file && from.fileLength > 0)
        streamFile(from, to);
    else if (!from.type.isEmpty())
        to.set_content(from.body.constData(), static_cast<size_t>(from.body.size()), from.type.toStdString());
}

} // namespace

struct HttpServer::Impl final : httplib::Server {
    Impl(HttpHandler handler, HttpLimits limits, std::shared_ptr<const TlsIdentity> tls);
    ~Impl() override;

    void answer(const httplib::Request &request, httplib::Response &response,
                const httplib::ContentReader *reader);
    bool process_and_close_socket(socket_t fd) override;
    void refuseCrowd(Connection &connection);
    void serve(Connection &connection);
    bool bind(const QString &host, quint16 wanted);
    void tuneListener() const;
    void abortAll();

    const HttpHandler handle;
    const HttpLimits limits;
    const std::shared_ptr<const TlsIdentity> tls; ///< null: plain HTTP
    const std::shared_ptr<std::atomic<int>> waiting = std::make_shared<std::atomic<int>>(0);
    const int wakeFd;
    std::atomic<bool> stopping { false };
    std::mutex mutex;
    std::set<Connection *> open; ///< guarded by mutex
    std::future<void> listener;
    quint16 port = 0;
    QString error;
};

HttpServer::Impl::Impl(HttpHandler handler, HttpLimits theLimits, std::shared_ptr<const TlsIdentity> theTls)
    : handle(std::move(handler))
    , limits(theLimits)
    , tls(std::move(theTls))
    , wakeFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
    set_tcp_nodelay(true);
    set_keep_alive_max_count(1000); // only told to clients; our loop does not count
    set_keep_alive_timeout(std::chrono::duration_cast<std::chrono::seconds>(limits.idleTime).count());
    set_socket_options([](socket_t fd) {
        const int yes =
            1; // not SO_REUSEPORT, the library's default: with it two servers share a port unnoticed
        ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    });
    new_task_queue = [this] { return new WorkerPool(limits.threads, waiting); };
    set_pre_routing_handler([](const httplib::Request &request, httplib::Response &response) {
        const char *problem = badFraming(request);
        if (!problem)
            return HandlerResponse::Unhandled;
        t_exchange.bodyPending = true; // unknown: never reuse this connection
        t_exchange.request->set_header("Connection", "close");
        response.status = 400;
        response.set_content(std::string(R"({"success": false, "message": ")") + problem + "\"}",
                             "application/json");
        return HandlerResponse::Handled;
    });
    // What the library itself refuses (broken request line, header too long) gets our shape too.
    set_error_handler(httplib::Server::Handler([](const httplib::Request &, httplib::Response &response) {
        if (response.body.empty() && !response.content_provider_ && !response.has_header("Content-Type"))
            response.set_content(R"({"success": false, "message": "The request could not be understood."})",
                                 "application/json");
    }));
    const auto plain = [this](const httplib::Request &request, httplib::Response &response) {
        answer(request, response, nullptr);
    };
    const auto reading = [this](const httplib::Request &request, httplib::Response &response,
                                const httplib::ContentReader &reader) { answer(request, response, &reader); };
    Get("/", plain).Options("/", plain);
    Post("/", reading).Put("/", reading).Patch("/", reading).Delete("/", reading);
}

HttpServer::Impl::~Impl() { ::close(wakeFd); }

void HttpServer::Impl::answer(const httplib::Request &from, httplib::Response &to,
                              const httplib::ContentReader *reader)
{
    HttpRequest request = convert(from);
    request.readBody = [&](const std::function<bool(const char *, size_t)> &sink) {
        if (!t_exchange.bodyPending)
            return true;
        if (!reader || !(*reader)([&](const char *data, size_t size) { return sink(data, size); }))
            return false;
        t_exchange.bodyPending = false;
        return true;
    };
    HttpResponse response;
    handle(request, response);
    apply(response, to);
    t_exchange.drain = response.drainBody;
    t_exchange.contentLength = request.contentLength;
    if (t_exchange.bodyPending || stopping)
        t_exchange.request->set_header("Connection", "close");
}

bool HttpServer::Impl::process_and_close_socket(socket_t fd)
{
    {
        Connection connection(fd, limits, wakeFd, [this] { return *waiting > 0; }, tls.get());
        {
            const std::lock_guard lock(mutex);
            open.insert(&connection);
        }
        if (*waiting < limits.waiting) {
            if (connection.open())
                serve(connection);
        } else if (!connection.secure()) { // no time for a handshake: a TLS client finds it closed, and comes back
            refuseCrowd(connection);
        }
        const std::lock_guard lock(mutex);
        open.erase(&connection);
    }
    ::close(fd);
    return true;
}

void HttpServer::Impl::refuseCrowd(Connection &connection)
{
    static const std::string text =
        R"({"success": false, "message": "The HUB is busy: try again in a moment."})";
    const std::string answer = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\n"
                               "Content-Type: application/json\r\nContent-Length: "
        + std::to_string(text.size()) + "\r\n\r\n" + text;
    connection.write(answer.data(), answer.size());
    connection.linger(std::chrono::milliseconds(100));
}

void HttpServer::Impl::serve(Connection &connection)
{
    while (connection.waitForRequest()) {
        t_exchange = {};
        t_exchange.connection = &connection;
        bool closed = false;
        const bool good = process_request(connection, false, closed, adopt);
        const bool reusable = good && !closed && t_exchange.request && !t_exchange.bodyPending && !stopping;
        t_exchange.request = nullptr;
        if (!reusable) {
            if (good && t_exchange.drain && t_exchange.bodyPending && t_exchange.contentLength > 0)
                connection.drainBody(t_exchange.contentLength);
            connection.linger(std::chrono::seconds(10));
            break;
        }
    }
    t_exchange = {};
}

bool HttpServer::Impl::bind(const QString &host, quint16 wanted)
{
    errno = 0;
    const int got = wanted ? (bind_to_port(host.toStdString(), wanted) ? wanted : -1)
                           : bind_to_any_port(host.toStdString());
    if (got > 0) {
        port = static_cast<quint16>(got);
        return true;
    }
    const int code = errno;
    const QString where = QStringLiteral("%1:%2").arg(host).arg(wanted);
    if (code == EADDRINUSE)
        error =
            QStringLiteral("Port %1 on %2 is taken by another program: choose another port or stop that one.")
                .arg(wanted)
                .arg(host);
    else if (code == EACCES)
        error = QStringLiteral("Listening on %1 is not permitted: choose a port from 1024 up.").arg(where);
    else
        error = QStringLiteral("Cannot listen on %1 (%2): check the address.")
                    .arg(where,
                         code ? QString::fromLocal8Bit(std::strerror(code)) : QStringLiteral("unknown host"));
    return false;
}

void HttpServer::Impl::tuneListener() const
{
    ::listen(svr_sock_,
             256); // the library's backlog of 5 makes a burst of clients wait a second for the retried SYN
}

void HttpServer::Impl::abortAll()
{
    const std::lock_guard lock(mutex);
    for (Connection *connection : open)
        connection->abort();
}

HttpServer::HttpServer(HttpHandler handler, HttpLimits limits, std::shared_ptr<const TlsIdentity> tls)
    : m_impl(std::make_unique<Impl>(std::move(handler), limits, std::move(tls)))
{
}

HttpServer::~HttpServer() { stop(); }

bool HttpServer::start(const QString &host, quint16 port)
{
    if (m_impl->listener.valid())
        return true;
    m_impl->error.clear();
    if (!m_impl->bind(host, port))
        return false;
    m_impl->tuneListener();
    m_impl->stopping = false;
    m_impl->listener =
        std::async(std::launch::async, [impl = m_impl.get()] { (void)impl->listen_after_bind(); });
    using namespace std::chrono_literals; // the library ignores a stop() that comes before it is running
    while (!m_impl->is_running() && m_impl->listener.wait_for(1ms) == std::future_status::timeout) { }
    return true;
}

void HttpServer::stop()
{
    if (!m_impl->listener.valid())
        return;
    m_impl->stopping = true;
    quint64 one = 1;
    (void)!::write(m_impl->wakeFd, &one, sizeof one);
    static_cast<httplib::Server &>(*m_impl).stop();
    if (m_impl->listener.wait_for(m_impl->limits.stopGrace) != std::future_status::ready)
        m_impl->abortAll();
    m_impl->listener.get();
    (void)!::read(m_impl->wakeFd, &one, sizeof one); // a later start() begins calm
}

quint16 HttpServer::port() const { return m_impl->port; }

QString HttpServer::error() const { return m_impl->error; }

} // namespace torchdeck::hub::server

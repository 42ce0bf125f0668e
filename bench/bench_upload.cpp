// SPDX-License-Identifier: GPL-3.0-or-later
// The HUB client against the product's own server in a process beside it, over loopback.
//   bench_upload [ROUNDS=3] [MIB ...=50 500] [rows=2000]
// Files: a final model of random bytes, from endRun() until the server is seen to hold it. Against the machine in the same run:
// the same bytes through a plain loopback socket (read from the file, received and dropped), SHA-256 of the file as the client
// takes it, and writing it flushed to disk. Client and server both hash, the server writes and flushes: "parts" adds all four up.
// Rows: 2,000 epochs' metrics given at once and one by one, with no limit of our own, against as many bare POSTs of one epoch
// each on one kept connection. Medians of ROUNDS for files; the best of three for the machine's own. Above 1 = better than that.
#include "app/startup_report.h"
#include "bench/machine.h"
#include "bench/timing.h"
#include "hub/digest/sha256.h"
#include "hub/hub_service.h"
#include "hub/server/local_hub.h"

#include <QtCore/QDir>
#include <QtCore/QEventLoop>
#include <QtCore/QJsonDocument>
#include <QtCore/QProcess>
#include <QtCore/QRandomGenerator>
#include <QtCore/QTemporaryDir>
#include <QtCore/QTimer>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace torchdeck;

namespace {

using bench::median;
using bench::rounded;

constexpr std::size_t block = 1 << 20;
constexpr int oneByOne = 200;
const QString self = QStringLiteral("self"); ///< of /proc

double now() { return bench::seconds(CLOCK_MONOTONIC); }

app::MeteredApplication &metered() { return *static_cast<app::MeteredApplication *>(QCoreApplication::instance()); }

/// Turns the event loop until `done`, at most ten minutes; done() is asked whenever something happened.
void waitFor(const char *what, const std::function<bool()> &done)
{
    QTimer wake;
    wake.start(100); // anything else wakes it, too
    for (const double limit = now() + 600; !done();) {
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
        if (now() > limit)
            qFatal("%s did not come to an end", what);
    }
}

// The server's process -------------------------------------------------------------------------------------------------------

int serve(const QString &folder)
{
    hub::server::LocalHubOptions options;
    options.dir = folder;
    hub::server::LocalHub hub(options);
    if (!hub.start()) {
        std::fprintf(stderr, "%s\n", qPrintable(hub.error()));
        return 1;
    }
    std::printf("%s %s\n", qPrintable(hub.apiRoot().toString()), qPrintable(hub.apiKey()));
    std::fflush(stdout);
    char byte = 0;
    while (::read(STDIN_FILENO, &byte, 1) > 0) { } // until the other side closes it
    return 0;
}

class Server {
public:
    explicit Server(const QString &folder)
    {
        m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        m_process.start(QCoreApplication::applicationFilePath(), { QStringLiteral("--serve"), folder });
        if (!m_process.waitForReadyRead(30'000))
            qFatal("the server does not start");
        const QList<QByteArray> words = m_process.readLine().trimmed().split(' ');
        api = QUrl(QString::fromUtf8(words.value(0)));
        key = QString::fromUtf8(words.value(1));
    }
    ~Server()
    {
        m_process.closeWriteChannel();
        m_process.waitForFinished(30'000);
    }
    Server(const Server &) = delete;
    Server &operator=(const Server &) = delete;

    QUrl api;
    QString key;

private:
    QProcess m_process;
};

// The machine's own ----------------------------------------------------------------------------------------------------------

void eachBlock(const QString &path, const std::function<void(const char *, std::size_t)> &take)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly | QIODevice::Unbuffered))
        qFatal("%s cannot be read", qPrintable(path));
    std::vector<char> bytes(block);
    for (qint64 got = 0; (got = file.read(bytes.data(), qint64(bytes.size()))) > 0;)
        take(bytes.data(), std::size_t(got));
}

void sendAll(int socket, const char *data, std::size_t count)
{
    for (std::size_t done = 0; done < count;) {
        const ssize_t sent = ::send(socket, data + done, count - done, MSG_NOSIGNAL);
        if (sent <= 0)
            qFatal("the loopback socket broke");
        done += std::size_t(sent);
    }
}

int connectTo(quint16 port)
{
    sockaddr_in address {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0), one = 1;
    if (socket < 0 || ::connect(socket, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0)
        qFatal("no connection over loopback");
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return socket;
}

double copySeconds(const QString &path)
{
    sockaddr_in address {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    if (::bind(listener, reinterpret_cast<sockaddr *>(&address), length) != 0 || ::listen(listener, 1) != 0
        || ::getsockname(listener, reinterpret_cast<sockaddr *>(&address), &length) != 0)
        qFatal("no socket over loopback");
    std::thread receiver([listener] {
        const int socket = ::accept(listener, nullptr, nullptr);
        std::vector<char> bytes(block);
        while (::recv(socket, bytes.data(), bytes.size(), 0) > 0) { }
        (void)::send(socket, "k", 1, MSG_NOSIGNAL);
        ::close(socket);
    });
    const int socket = connectTo(ntohs(address.sin_port));
    const double start = now();
    eachBlock(path, [socket](const char *data, std::size_t count) { sendAll(socket, data, count); });
    ::shutdown(socket, SHUT_WR);
    char answer = 0;
    (void)::recv(socket, &answer, 1, 0); // all of it has been received
    const double seconds = now() - start;
    receiver.join();
    ::close(socket);
    ::close(listener);
    return seconds;
}

double hashSeconds(const QString &path)
{
    const double start = now();
    hub::Sha256 hash;
    eachBlock(path, [&hash](const char *data, std::size_t count) { hash.add(QByteArrayView(data, qsizetype(count))); });
    (void)hash.takeHex();
    return now() - start;
}

double writeSeconds(const QString &path)
{
    const QString copy = path + QStringLiteral(".copy");
    const double start = now();
    const int file = ::open(QFile::encodeName(copy).constData(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
    eachBlock(path, [file](const char *data, std::size_t count) {
        if (::write(file, data, count) != ssize_t(count))
            qFatal("the disk is full");
    });
    if (::fsync(file) != 0)
        qFatal("the disk does not take it");
    const double seconds = now() - start;
    ::close(file);
    QFile::remove(copy);
    return seconds;
}

double bestOfThree(double (*measure)(const QString &), const QString &path)
{
    return std::min({ measure(path), measure(path), measure(path) });
}

// Files ----------------------------------------------------------------------------------------------------------------------

void writeRandom(const QString &path, int mib)
{
    QFile file(path);
    std::vector<quint32> words(block / sizeof(quint32));
    bool good = file.open(QIODevice::WriteOnly);
    for (int i = 0; i < mib && good; ++i) {
        QRandomGenerator::global()->fillRange(words.data(), qsizetype(words.size()));
        good = file.write(reinterpret_cast<const char *>(words.data()), qint64(block)) == qint64(block);
    }
    if (!good || !file.flush())
        qFatal("%s cannot be written", qPrintable(path));
}

/// A client as the window has it, with no limits of its own.
class Client {
public:
    Client(const Server &server, const QString &folder)
        : m_folder(folder)
        , service({ folder + QStringLiteral("/queue.sqlite"), nullptr, nullptr, QStringLiteral("torchdeck/bench"), {} })
    {
        using hub::HubService;
        QObject::connect(&service, &HubService::modelKnown, &service, [this](quint64, const QString &id) { model = id; });
        QObject::connect(&service, &HubService::runConfirmed, &service, [this] { confirmed = true; });
        QObject::connect(&service, &HubService::requestEnded, &service, [this](const hub::RequestRecord &record) {
            if (record.subject.kind == hub::RequestKind::FinalModel && record.httpStatus == 200)
                upload = double(record.duration.count()) / 1e3;
            if (record.failed())
                qFatal("a request failed: %s", qPrintable(hub::requestLine(record)));
        });
        hub::HubOptions options;
        options.apiRoot = options.webRoot = server.api;
        options.apiKey = server.key;
        options.metricsInterval = options.checkpointInterval = std::chrono::milliseconds(0);
        service.setOptions(options);
        hub::RunDescription run;
        run.run = 1;
        run.runFolder = folder + QStringLiteral("/run");
        QDir().mkpath(run.runFolder + QStringLiteral("/weights"));
        run.modelName = QStringLiteral("train");
        run.architecture = QStringLiteral("yolov8n");
        run.datasetName = QStringLiteral("sample");
        run.epochs = 100'000;
        run.batch = 16;
        run.imgsz = 320;
        run.device = QStringLiteral("cpu");
        service.beginRun(run);
        service.startTimers();
        waitFor("the model's creation", [this] { return !model.isEmpty() && service.idle(); });
    }
    [[nodiscard]] QString best() const { return m_folder + QStringLiteral("/run/weights/best.pt"); }

private:
    QString m_folder;

public:
    hub::HubService service;
    QString model;
    bool confirmed = false;
    double upload = 0; ///< seconds of the request
};

struct FileRound {
    double whole = 0, upload = 0, growth = 0, longestWall = 0, longestThread = 0, thread = 0;
};

FileRound sendFile(const Server &server, const QString &folder, const QString &source)
{
    Client client(server, folder);
    if (::link(QFile::encodeName(source).constData(), QFile::encodeName(client.best()).constData()) != 0)
        qFatal("%s cannot be linked", qPrintable(source));
    FileRound round;
    if (!bench::forgetPeak(self))
        qFatal("the kernel does not let a peak be counted anew (clear_refs)");
    const double before = bench::residentMiB(self), thread = bench::seconds(CLOCK_THREAD_CPUTIME_ID);
    metered().restart();
    const double start = now();
    client.service.endRun(client.best(), 0.5);
    waitFor("the upload", [&client] { return client.confirmed; });
    round.whole = now() - start;
    round.upload = client.upload;
    round.growth = bench::peakMiB(self) - before;
    round.longestWall = metered().longestClockMs();
    round.longestThread = metered().longestThreadMs();
    round.thread = bench::seconds(CLOCK_THREAD_CPUTIME_ID) - thread;
    return round;
}

QJsonObject files(const Server &server, const QString &root, int mib, int rounds)
{
    const QString source = root + QStringLiteral("/%1.pt").arg(mib);
    writeRandom(source, mib);
    (void)copySeconds(source); // from now on the file is in memory
    const double copy = bestOfThree(copySeconds, source), hash = bestOfThree(hashSeconds, source),
                 write = bestOfThree(writeSeconds, source);
    std::vector<double> whole, upload, growth, wall, thread, share;
    for (int i = 0; i < rounds; ++i) {
        const FileRound round = sendFile(server, root + QStringLiteral("/%1-%2").arg(mib).arg(i), source);
        whole.push_back(round.whole);
        upload.push_back(round.upload);
        growth.push_back(round.growth);
        wall.push_back(round.longestWall);
        thread.push_back(round.longestThread);
        share.push_back(round.thread / round.whole);
    }
    QFile::remove(source);
    return {
        { QStringLiteral("mib"), mib },
        { QStringLiteral("machine_mib_a_second"),
          QJsonObject { { QStringLiteral("socket_copy"), rounded(mib / copy) },
                        { QStringLiteral("sha256"), rounded(mib / hash) },
                        { QStringLiteral("write_and_flush"), rounded(mib / write) } } },
        { QStringLiteral("upload_request_mib_a_second"), rounded(mib / median(upload)) },
        { QStringLiteral("queued_to_confirmed_mib_a_second"), rounded(mib / median(whole)) },
        { QStringLiteral("upload_request_of_socket_copy"), rounded(copy / median(upload)) },
        { QStringLiteral("upload_request_of_server_parts"), rounded((copy + hash + write) / median(upload)) },
        { QStringLiteral("queued_to_confirmed_of_all_parts"), rounded((copy + 2 * hash + write) / median(whole)) },
        { QStringLiteral("client_growth_mib"), rounded(*std::max_element(growth.begin(), growth.end())) },
        { QStringLiteral("main_thread_share_of_a_core"), rounded(median(share)) },
        { QStringLiteral("longest_event"),
          QJsonObject { { QStringLiteral("wall_ms"), rounded(*std::max_element(wall.begin(), wall.end())) },
                        { QStringLiteral("thread_cpu_ms"), rounded(*std::max_element(thread.begin(), thread.end())) } } },
    };
}

// Rows -----------------------------------------------------------------------------------------------------------------------

QJsonObject valuesOf(int epoch)
{
    QJsonObject values;
    for (const char *key : { "train/box_loss", "train/cls_loss", "train/dfl_loss", "metrics/precision(B)", "metrics/recall(B)",
                             "metrics/mAP50(B)", "metrics/mAP50-95(B)", "val/box_loss", "val/cls_loss", "val/dfl_loss" })
        values[QLatin1String(key)] = 1.0 / (epoch + 3);
    return values;
}

/// POSTs a body and waits for the whole answer; the connection is kept.
void post(int socket, const QByteArray &path, const Server &server, const QByteArray &body)
{
    const QByteArray request = "POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nx-api-key: " + server.key.toLatin1()
        + "\r\nContent-Type: application/json\r\nContent-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body;
    sendAll(socket, request.constData(), std::size_t(request.size()));
    QByteArray answer;
    qsizetype wanted = -1;
    while (wanted < 0 || answer.size() < wanted) {
        char bytes[4096];
        const ssize_t got = ::recv(socket, bytes, sizeof bytes, 0);
        if (got <= 0)
            qFatal("the server closed the connection");
        answer.append(bytes, got);
        const auto head = answer.indexOf("\r\n\r\n");
        if (wanted < 0 && head >= 0) {
            const QByteArray lower = answer.left(head).toLower();
            const auto at = lower.indexOf("\r\ncontent-length:");
            if (!lower.startsWith("http/1.1 200") || at < 0)
                qFatal("the server answered: %s", lower.constData());
            wanted = head + 4 + lower.mid(at + 17).split('\r').first().trimmed().toLongLong();
        }
    }
}

double barePosts(const Server &server, const QString &model, int rows)
{
    const int socket = connectTo(quint16(server.api.port()));
    const double start = now();
    for (int epoch = 0; epoch < rows; ++epoch) {
        const QByteArray text = QJsonDocument(valuesOf(epoch)).toJson(QJsonDocument::Compact);
        const QJsonObject body { { QStringLiteral("type"), QStringLiteral("metrics") },
                                 { QStringLiteral("metrics"), QJsonObject { { QString::number(epoch), QString::fromUtf8(text) } } } };
        post(socket, "/v1/models/" + model.toLatin1(), server, QJsonDocument(body).toJson(QJsonDocument::Compact));
    }
    const double seconds = now() - start;
    ::close(socket);
    return seconds;
}

QJsonObject rowsOf(const Server &server, const QString &root, int rows)
{
    Client other(server, root + QStringLiteral("/bare")), single(server, root + QStringLiteral("/single")),
        client(server, root + QStringLiteral("/rows"));
    const double bare = barePosts(server, other.model, rows);
    double start = now();
    for (int epoch = 0; epoch < oneByOne; ++epoch) {
        single.service.addMetrics(epoch, valuesOf(epoch));
        waitFor("a row", [&single, epoch] { return single.service.status().epochsSynced > epoch; });
    }
    const double each = (now() - start) / oneByOne;
    metered().restart();
    start = now();
    for (int epoch = 0; epoch < rows; ++epoch)
        client.service.addMetrics(epoch, valuesOf(epoch));
    const double given = now() - start;
    waitFor("the rows", [&] { return client.service.idle() && client.service.status().epochsSynced >= rows; });
    const double whole = now() - start;
    return { { QStringLiteral("rows"), rows },
             { QStringLiteral("bare_posts_a_second"), rounded(rows / bare) },
             { QStringLiteral("rows_a_second"), rounded(rows / whole) },
             { QStringLiteral("rows_of_bare_posts"), rounded(bare / whole) },
             { QStringLiteral("one_by_one_a_second"), rounded(1 / each) },
             { QStringLiteral("one_by_one_of_bare_posts"), rounded(bare / rows / each) },
             { QStringLiteral("add_metrics_us"), rounded(given / rows * 1e6) },
             { QStringLiteral("longest_event"),
               QJsonObject { { QStringLiteral("wall_ms"), rounded(metered().longestClockMs()) },
                             { QStringLiteral("thread_cpu_ms"), rounded(metered().longestThreadMs()) } } } };
}

} // namespace

int main(int count, char **arguments)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    if (count == 3 && std::strcmp(arguments[1], "--serve") == 0) {
        const QCoreApplication application(count, arguments);
        return serve(QString::fromLocal8Bit(arguments[2]));
    }
    app::MeteredApplication application(count, arguments);
    QStringList words = QCoreApplication::arguments().mid(1);
    int rows = 2'000;
    if (!words.isEmpty() && words.last().startsWith(QLatin1String("rows=")))
        rows = words.takeLast().mid(5).toInt();
    const int rounds = words.isEmpty() ? 3 : std::max(1, words.takeFirst().toInt());
    if (words.isEmpty())
        words = { QStringLiteral("50"), QStringLiteral("500") };
    const QTemporaryDir root;
    const QJsonObject before = bench::machine();
    QJsonArray sizes;
    QJsonObject answer;
    {
        const Server server(root.filePath(QStringLiteral("hub")));
        for (const QString &mib : std::as_const(words))
            sizes.append(files(server, root.path(), std::max(1, mib.toInt()), rounds));
        answer = { { QStringLiteral("machine_before"), before },
                   { QStringLiteral("rounds"), rounds },
                   { QStringLiteral("files"), sizes },
                   { QStringLiteral("metrics"), rowsOf(server, root.path(), rows) },
                   { QStringLiteral("machine_after"), bench::machine() } };
    }
    std::fputs(QJsonDocument(answer).toJson().constData(), stdout);
    return 0;
}

// SPDX-License-Identifier: GPL-3.0-or-later
// What a training holds in memory, by phase, and whether it grows: the real program, `torchdeck train`, on drawn data.
//   bench_memory TORCHDECK [EPOCHS=8] [key=value ...]      (320 px, batch 16 unless told otherwise)
//   bench_memory TORCHDECK window=1 [EPOCHS=2000]
// "before_the_first_step_ended" is the peak up to the first batch's line, the first step itself included. Its progress lines (on a terminal of their own, every 0.1 s) say which phase it is in; the kernel counts the peak of each phase.
// "must_be_there": fp32 weights, gradients, AdamW's two moments and the average of the weights. "libtorch" is what `torchdeck
// devices` takes at its peak, which loads the library and computes nothing. Growth is from the third epoch on: of what is
// resident at the end of each epoch, and of each epoch's peak. The ratio to Ultralytics is in compare_with_python.py.
// Ratios, above 1 = better: the third epoch's peak by the last one's; window=1: the empty window by the one with a long run.
#include "bench/machine.h"
#include "bench/own_folders.h"
#include "bench/timing.h"
#include "torchdeck/engine/sample_dataset.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QDir>
#include <QtCore/QFileInfo>
#include <QtCore/QJsonDocument>
#include <QtCore/QProcess>
#include <QtCore/QRegularExpression>
#include <QtCore/QTemporaryDir>

#include <algorithm>
#include <cstdio>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <pty.h>
#include <unistd.h>

using namespace torchdeck;

namespace {

using bench::rounded;

constexpr int pollMs = 5;

/// A program whose standard error is a terminal that we read.
class Watched {
public:
    Watched(const QString &program, const QStringList &words, const QString &root)
    {
        int inner = -1;
        winsize size { 50, 200, 0, 0 };
        if (::openpty(&m_terminal, &inner, nullptr, nullptr, &size) != 0)
            qFatal("no terminal");
        ::fcntl(m_terminal, F_SETFL, O_NONBLOCK);
        m_process.setProcessEnvironment(bench::ownFolders(root));
        m_process.setWorkingDirectory(root);
        m_process.setChildProcessModifier([inner] { ::dup2(inner, STDERR_FILENO); });
        m_process.start(program, words);
        if (!m_process.waitForStarted())
            qFatal("%s does not start", qPrintable(program));
        ::close(inner);
    }
    ~Watched()
    {
        m_process.kill();
        m_process.waitForFinished();
        ::close(m_terminal);
    }
    Watched(const Watched &) = delete;
    Watched &operator=(const Watched &) = delete;

    [[nodiscard]] bool running() { return !m_process.waitForFinished(pollMs) && m_process.state() == QProcess::Running; }
    [[nodiscard]] bool wentWell() const { return m_process.exitStatus() == QProcess::NormalExit && m_process.exitCode() == 0; }
    [[nodiscard]] QString id() const { return QString::number(m_process.processId()); }
    [[nodiscard]] QByteArray output() { return m_process.readAllStandardOutput(); }
    void end() { m_process.terminate(); }
    /// Lines that were written since, the ones that replaced each other too.
    [[nodiscard]] QStringList lines()
    {
        char block[4096];
        for (ssize_t got = 0; (got = ::read(m_terminal, block, sizeof block)) > 0;)
            m_pending += QByteArray(block, got);
        static const QRegularExpression ends(QStringLiteral("[\r\n]|\x1b\\[K"));
        QStringList found = QString::fromUtf8(m_pending).split(ends);
        m_pending = found.takeLast().toUtf8();
        found.removeAll(QString());
        if (!found.isEmpty())
            m_last = found.last();
        return found;
    }
    [[nodiscard]] QString lastLine() const { return m_last; }

private:
    QProcess m_process;
    int m_terminal = -1;
    QByteArray m_pending;
    QString m_last;
};

/// Peak of the whole program.
double peakOf(const QString &program, const QStringList &words, const QString &root)
{
    Watched watched(program, words, root);
    double peak = 0;
    do
        peak = std::max(peak, bench::peakMiB(watched.id()));
    while (watched.running());
    return watched.wentWell() ? peak : 0;
}

struct Epoch {
    double trainPeak = 0, valPeak = 0, atEnd = 0, proportionalAtEnd = 0;
    [[nodiscard]] double peak() const { return std::max(trainPeak, valPeak); }
};

struct Watch {
    double beforeFirstStep = 0; ///< peak
    double afterwards = 0; ///< peak of the final validation and the end
    std::vector<Epoch> epochs;
    double parameters = 0;
    QJsonObject result; ///< what the program said last
};

/// Follows the phases of a training by its lines.
class Phases {
public:
    Phases(Watched &watched, Watch &watch)
        : m_watched(watched)
        , m_watch(watch)
    {
    }
    void read()
    {
        static const QRegularExpression batch(QStringLiteral("^epoch (\\d+)/\\d+  batch (\\d+)/(\\d+)  ")),
            done(QStringLiteral("^epoch \\d+/\\d+ done in ")), model(QStringLiteral(" layers, (\\d+) parameters"));
        const QStringList lines = m_watched.lines();
        for (const QString &line : lines) {
            if (const auto found = model.match(line); found.hasMatch())
                m_watch.parameters = found.captured(1).toDouble();
            if (const auto found = batch.match(line); found.hasMatch()) {
                if (m_watch.epochs.empty() && m_setUp) {
                    m_watch.beforeFirstStep = close();
                    m_setUp = false;
                }
                if (found.captured(2) == found.captured(3))
                    m_current.trainPeak = close();
            } else if (done.match(line).hasMatch()) {
                m_current.valPeak = close();
                m_current.atEnd = bench::residentMiB(m_watched.id());
                m_current.proportionalAtEnd = bench::proportionalMiB(m_watched.id());
                m_watch.epochs.push_back(std::exchange(m_current, {}));
            }
        }
        m_peak = std::max(m_peak, bench::peakMiB(m_watched.id()));
    }
    [[nodiscard]] double close() ///< the peak of the phase that ends
    {
        const double peak = std::max(m_peak, bench::peakMiB(m_watched.id()));
        if (!bench::forgetPeak(m_watched.id()))
            qFatal("the kernel does not let a peak be counted anew (clear_refs)");
        m_peak = 0;
        return peak;
    }
    [[nodiscard]] double peak() const { return m_peak; }

private:
    Watched &m_watched;
    Watch &m_watch;
    Epoch m_current;
    bool m_setUp = true;
    double m_peak = 0;
};

Watch train(const QString &program, const QStringList &words, const QString &root)
{
    Watch watch;
    Watched watched(program, words, root);
    Phases phases(watched, watch);
    while (watched.running())
        phases.read();
    (void)watched.lines(); // what it said last
    watch.afterwards = phases.peak();
    const QByteArray last = watched.output().trimmed().split('\n').last();
    watch.result = QJsonDocument::fromJson(last).object();
    if (!watched.wentWell() || watch.epochs.size() < 4 || watch.result.isEmpty())
        qFatal("the training did not end well, or had fewer than four epochs: %s", qPrintable(watched.lastLine()));
    return watch;
}

/// MiB an epoch, by least squares over the epochs from the third one on.
double slope(const std::vector<Epoch> &epochs, const std::function<double(const Epoch &)> &value)
{
    double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
    for (std::size_t i = 2; i < epochs.size(); ++i) {
        const double x = double(i), y = value(epochs[i]);
        n += 1, sx += x, sy += y, sxx += x * x, sxy += x * y;
    }
    return n > 1 ? (n * sxy - sx * sy) / (n * sxx - sx * sx) : 0;
}

QJsonObject growthOf(const std::vector<Epoch> &epochs, const std::function<double(const Epoch &)> &value)
{
    return { { QStringLiteral("third_epoch_mib"), rounded(value(epochs[2])) },
             { QStringLiteral("last_epoch_mib"), rounded(value(epochs.back())) },
             { QStringLiteral("mib_an_epoch"), rounded(slope(epochs, value)) },
             { QStringLiteral("third_by_last"), rounded(value(epochs[2]) / value(epochs.back())) } };
}

QJsonObject training(const QString &program, const QString &root, int epochs, const QStringList &given)
{
    engine::SampleDatasetOptions sample;
    sample.trainImages = 128;
    sample.valImages = 32;
    const auto data = QString::fromStdString(
        engine::makeSampleDataset(root.toStdString() + "/shapes", sample).string());
    const auto words = [&](int count) {
        QStringList all { QStringLiteral("train"), QStringLiteral("data=") + data,
                          QStringLiteral("project=") + root + QStringLiteral("/runs"), QStringLiteral("hub=false"),
                          QStringLiteral("device=cpu"), QStringLiteral("optimizer=AdamW") };
        for (const char *usual : { "model=yolov8n.yaml", "imgsz=320", "batch=16" }) {
            const QString word = QLatin1String(usual);
            const auto same = [&word](const QString &one) { return one.section(u'=', 0, 0) == word.section(u'=', 0, 0); };
            if (std::none_of(given.begin(), given.end(), same))
                all << word;
        }
        return all + given + QStringList { QStringLiteral("epochs=%1").arg(count), QStringLiteral("--json") };
    };
    const double library = peakOf(program, { QStringLiteral("devices") }, root);
    (void)peakOf(program, words(1), root); // which arithmetic is faster is measured once a machine
    const Watch watch = train(program, words(epochs), root);
    double trainPeak = 0, valPeak = 0;
    QJsonArray rows;
    for (const Epoch &epoch : watch.epochs) {
        trainPeak = std::max(trainPeak, epoch.trainPeak);
        valPeak = std::max(valPeak, epoch.valPeak);
        rows.append(QJsonObject { { QStringLiteral("training_peak"), rounded(epoch.trainPeak) },
                                  { QStringLiteral("validation_peak"), rounded(epoch.valPeak) },
                                  { QStringLiteral("rss_at_end"), rounded(epoch.atEnd) },
                                  { QStringLiteral("pss_at_end"), rounded(epoch.proportionalAtEnd) } });
    }
    const double bytes = 4 * watch.parameters, mib = 1 << 20, must = 5 * bytes / mib;
    const double peak = std::max({ trainPeak, valPeak, watch.beforeFirstStep, watch.afterwards });
    return { { QStringLiteral("arguments"), words(epochs).mid(3).join(u' ') },
             { QStringLiteral("parameters"), watch.parameters },
             { QStringLiteral("must_be_there_mib"),
               QJsonObject { { QStringLiteral("weights"), rounded(bytes / mib) },
                             { QStringLiteral("gradients"), rounded(bytes / mib) },
                             { QStringLiteral("optimizer"), rounded(2 * bytes / mib) },
                             { QStringLiteral("average"), rounded(bytes / mib) },
                             { QStringLiteral("sum"), rounded(must) } } },
             { QStringLiteral("peak_mib"),
               QJsonObject { { QStringLiteral("libtorch"), rounded(library) },
                             { QStringLiteral("before_the_first_step_ended"), rounded(watch.beforeFirstStep) },
                             { QStringLiteral("training"), rounded(trainPeak) },
                             { QStringLiteral("validation"), rounded(valPeak) },
                             { QStringLiteral("final_validation_and_end"), rounded(watch.afterwards) },
                             { QStringLiteral("all"), rounded(peak) } } },
             { QStringLiteral("epochs_mib"), rows },
             { QStringLiteral("growth_of_peak"), growthOf(watch.epochs, [](const Epoch &e) { return e.peak(); }) },
             { QStringLiteral("growth_of_rss_at_end"), growthOf(watch.epochs, [](const Epoch &e) { return e.atEnd; }) },
             { QStringLiteral("peak_without_libtorch_by_must_be_there"), rounded((peak - library) / must) } };
}

/// A run folder as Ultralytics and Torchdeck leave it, with `epochs` rows.
QString longRun(const QString &root, int epochs)
{
    const QString folder = root + QStringLiteral("/runs/long");
    QDir().mkpath(folder + QStringLiteral("/weights"));
    QFile arguments(folder + QStringLiteral("/args.yaml")), csv(folder + QStringLiteral("/results.csv"));
    if (!arguments.open(QIODevice::WriteOnly) || !csv.open(QIODevice::WriteOnly))
        qFatal("the run folder cannot be written");
    arguments.write("task: detect\nmode: train\nmodel: yolov8n.yaml\ndata: data.yaml\nepochs: " + QByteArray::number(epochs)
                    + "\nbatch: 16\nimgsz: 320\n");
    csv.write("epoch,time,train/box_loss,train/cls_loss,train/dfl_loss,metrics/precision(B),metrics/recall(B),metrics/mAP50(B),"
              "metrics/mAP50-95(B),val/box_loss,val/cls_loss,val/dfl_loss,lr/pg0,lr/pg1,lr/pg2\n");
    for (int i = 1; i <= epochs; ++i) {
        QByteArray row = QByteArray::number(i) + ',' + QByteArray::number(10 * i);
        for (int column = 0; column < 13; ++column)
            row += ',' + QByteArray::number(1.0 / (1 + (i * 37 + column * 11) % 101) + 1.0 / i, 'f', 5);
        csv.write(row + '\n');
    }
    return folder;
}

/// Resident and proportional size of the window once both have not moved for two seconds.
QJsonObject windowSize(const QString &program, const QStringList &words, const QString &root)
{
    constexpr int settleMs = 2'000, mostMs = 60'000, step = 250;
    Watched watched(program, words, root);
    double before = 0, quiet = 0;
    for (int ms = 0; ms < mostMs && quiet < settleMs; ms += step) {
        std::this_thread::sleep_for(std::chrono::milliseconds(step));
        if (!watched.running())
            qFatal("the window ended");
        const double now = bench::residentMiB(watched.id());
        quiet = std::abs(now - before) < 0.5 ? quiet + step : 0;
        before = now;
    }
    const QJsonObject size { { QStringLiteral("rss_mib"), rounded(bench::residentMiB(watched.id())) },
                             { QStringLiteral("pss_mib"), rounded(bench::proportionalMiB(watched.id())) },
                             { QStringLiteral("peak_mib"), rounded(bench::peakMiB(watched.id())) } };
    watched.end();
    return size;
}

QJsonObject window(const QString &program, const QString &root, int epochs)
{
    const QString folder = longRun(root + QStringLiteral("/elsewhere"), epochs); // not where the window looks by itself
    (void)windowSize(program, {}, root); // the first start ever makes files
    const QJsonObject empty = windowSize(program, {}, root), loaded = windowSize(program, { folder }, root);
    return { { QStringLiteral("run_epochs"), epochs },
             { QStringLiteral("empty_window"), empty },
             { QStringLiteral("window_with_the_run"), loaded },
             { QStringLiteral("empty_by_loaded_rss"),
               rounded(empty.value(QStringLiteral("rss_mib")).toDouble() / loaded.value(QStringLiteral("rss_mib")).toDouble()) } };
}

} // namespace

int main(int count, char **arguments)
{
    const QCoreApplication application(count, arguments);
    QStringList words = application.arguments().mid(1);
    if (words.isEmpty()) {
        std::fputs("bench_memory TORCHDECK [window=1] [EPOCHS] [key=value ...]\n", stderr);
        return 2;
    }
    const QString program = QFileInfo(words.takeFirst()).absoluteFilePath();
    const bool ofWindow = words.removeAll(QStringLiteral("window=1")) > 0;
    bool counted = false;
    int epochs = words.value(0).toInt(&counted);
    if (counted)
        words.removeFirst();
    else
        epochs = ofWindow ? 2'000 : 8;
    const QTemporaryDir root;
    const QJsonObject before = bench::machine();
    QJsonObject answer = ofWindow ? window(program, root.path(), epochs) : training(program, root.path(), epochs, words);
    answer[QStringLiteral("machine_before")] = before;
    answer[QStringLiteral("machine_after")] = bench::machine();
    std::fputs(QJsonDocument(answer).toJson().constData(), stdout);
    return 0;
}

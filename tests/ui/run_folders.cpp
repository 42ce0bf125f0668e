// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/run_folders.h"

#include <QtCharts/QChart>
#include <QtCore/QCoreApplication>
#include <QtCore/QDateTime>
#include <QtCore/QDir>
#include <QtCore/QFile>

#include <algorithm>
#include <cmath>
#include <ctime>

namespace torchdeck::fixtures {

namespace {

constexpr qint64 idle = 20; ///< us

void writeFile(const QString &path, const QByteArray &text, bool aged)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
        qFatal("%s cannot be written", qPrintable(path));
    file.flush();
    if (aged)
        file.setFileTime(QDateTime::currentDateTime().addSecs(-3600), QFileDevice::FileModificationTime);
}

} // namespace

RunFiles::RunFiles(const QTemporaryDir &dir, const QString &name)
    : m_folder(dir.filePath(name))
{
}

RunFiles &RunFiles::epochs(int done, int planned)
{
    m_done = done;
    m_planned = planned;
    return *this;
}

RunFiles &RunFiles::best(int epoch)
{
    m_best = epoch;
    return *this;
}

RunFiles &RunFiles::patience(int epochs)
{
    m_patience = epochs;
    return *this;
}

RunFiles &RunFiles::level(double value)
{
    m_level = value;
    return *this;
}

RunFiles &RunFiles::lastPt()
{
    m_last = true;
    return *this;
}

RunFiles &RunFiles::aged()
{
    m_aged = true;
    return *this;
}

QString RunFiles::write() const
{
    QDir().mkpath(m_folder + QStringLiteral("/weights"));
    const QByteArray args = "task: detect\nmode: train\nmodel: yolov8n.yaml\ndata: /sets/shapes/data.yaml\nepochs: "
        + QByteArray::number(m_planned) + "\npatience: " + QByteArray::number(m_patience) + "\nbatch: 16\nimgsz: 640\n"
        + "lr0: " + QByteArray::number(0.01 + m_level) + "\nclasses: null\nsave_dir: " + m_folder.toUtf8() + "\n";
    writeFile(m_folder + QStringLiteral("/args.yaml"), args, m_aged);
    QByteArray csv = "epoch,time,train/box_loss,train/cls_loss,train/dfl_loss,metrics/precision(B),metrics/recall(B),"
                     "metrics/mAP50(B),metrics/mAP50-95(B),val/box_loss,val/cls_loss,val/dfl_loss,lr/pg0,lr/pg1,lr/pg2\n";
    const int best = m_best > 0 ? m_best : m_done;
    for (int epoch = 1; epoch <= m_done; ++epoch) {
        const double rise = 1 - std::exp(-3.0 * std::min(epoch, best) / std::max(1, best));
        const double map = m_level + 0.4 * rise - 0.001 * std::max(0, epoch - best);
        csv += QByteArray::number(epoch) + ',' + QByteArray::number(10 * epoch);
        for (const double value : { 2.5 - rise, 2.0 - rise, 1.9 - rise, map, map, map * 1.2, map, 2.6 - rise, 2.1 - rise,
                                    2.0 - rise, 0.001, 0.001, 0.001 })
            csv += ',' + QByteArray::number(value, 'g', 6);
        csv += '\n';
    }
    if (m_done > 0)
        writeFile(m_folder + QStringLiteral("/results.csv"), csv, m_aged);
    if (m_last)
        writeFile(m_folder + QStringLiteral("/weights/last.pt"), "x", m_aged);
    return m_folder;
}

QPoint pixelOf(const ui::LineChart &chart, int line, int index)
{
    const ui::ChartPoint &point = chart.points(line)[static_cast<std::size_t>(index)];
    return chart.chart()->mapToPosition({ point.x, point.y }).toPoint();
}

void TurnMeter::turn()
{
    const auto now = [] { // the thread's own time: what others take from the core is not the window's doing
        timespec time {};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return qint64(time.tv_sec) * 1'000'000 + time.tv_nsec / 1000;
    };
    const qint64 before = now();
    QCoreApplication::processEvents();
    if (const qint64 used = now() - before; used > idle) // turns in which nothing was pending tell nothing
        m_turns.push_back(used);
}

double TurnMeter::shareOver(qint64 microseconds) const
{
    const auto over = std::count_if(m_turns.begin(), m_turns.end(), [=](qint64 us) { return us > microseconds; });
    return m_turns.empty() ? 0 : double(over) / double(m_turns.size());
}

QString TurnMeter::words() const
{
    if (m_turns.empty())
        return QStringLiteral("no turns");
    std::vector<qint64> sorted = m_turns;
    std::sort(sorted.begin(), sorted.end());
    const auto at = [&sorted](double part) {
        return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(part * static_cast<double>(sorted.size())))];
    };
    return QStringLiteral("%1 busy turns: median %2 us, p99 %3 us, p99.9 %4 us, longest %5 us")
        .arg(sorted.size())
        .arg(at(0.5))
        .arg(at(0.99))
        .arg(at(0.999))
        .arg(sorted.back());
}

} // namespace torchdeck::fixtures

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/zip_extract.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QFileInfo>
#include <QtCore/QStorageInfo>

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace torchdeck::app {

namespace {

constexpr qint64 spareBytes = 64 << 20;
constexpr size_t blockSize = 1 << 20;

struct Closer {
    void operator()(archive *a) const { archive_read_free(a); }
};
using Archive = std::unique_ptr<archive, Closer>;

QString nameOf(archive_entry *entry)
{
    if (const char *utf8 = archive_entry_pathname_utf8(entry))
        return QString::fromUtf8(utf8);
    const char *bytes = archive_entry_pathname(entry);
    return bytes ? QFile::decodeName(bytes) : QString();
}

struct Job {
    const QString &folder;
    const ZipLimits &limits;
    const std::stop_token &stop;
    const std::function<void(qint64)> &progress;
    qint64 packed = 0;
    qint64 room = 0;
    qint64 written = 0;
    qint64 entries = 0;

    /// One entry's problem, or empty.
    QString take(archive *from, archive_entry *entry);
    QString write(archive *from, const QString &path);
};

QString Job::take(archive *from, archive_entry *entry)
{
    const QString name = nameOf(entry);
    if (++entries > limits.mostEntries)
        return QStringLiteral("it has more than %1 entries").arg(limits.mostEntries);
    if (!isSafeEntryName(name))
        return QStringLiteral("the name %1 leads out of its folder").arg(name.left(80));
    if (archive_entry_is_encrypted(entry))
        return QStringLiteral("it is encrypted");
    const auto type = archive_entry_filetype(entry);
    const QString path = folder + u'/' + name;
    if (type == AE_IFDIR)
        return QDir().mkpath(path) ? QString() : QStringLiteral("the folder %1 cannot be made").arg(name);
    if (type != AE_IFREG || archive_entry_hardlink(entry) || archive_entry_symlink(entry))
        return QStringLiteral("%1 is a link or another special file").arg(name.left(80));
    if (!QDir().mkpath(QFileInfo(path).absolutePath()))
        return QStringLiteral("the folder of %1 cannot be made").arg(name.left(80));
    if (QFileInfo::exists(path))
        return QStringLiteral("it has two entries called %1").arg(name.left(80));
    return write(from, path);
}

QString Job::write(archive *from, const QString &path)
{
    QFile out(path);
    if (!out.open(QIODevice::WriteOnly | QIODevice::NewOnly))
        return QStringLiteral("%1 cannot be written (%2)").arg(path, out.errorString());
    std::vector<char> block(blockSize);
    while (!stop.stop_requested()) {
        const la_ssize_t got = archive_read_data(from, block.data(), block.size());
        if (got < 0)
            return QStringLiteral("it is damaged (%1)").arg(QString::fromUtf8(archive_error_string(from)));
        if (got == 0)
            return {};
        written += got;
        // Counted while it is written: what an archive says of its own sizes proves nothing.
        if (written > limits.mostBytes)
            return QStringLiteral("it unpacks to more than %1 GB").arg(limits.mostBytes >> 30);
        if (written > limits.ratioFrom && written / limits.mostRatio > packed)
            return QStringLiteral("it unpacks to more than %1 times its size, as only a trap does").arg(limits.mostRatio);
        if (written + spareBytes > room)
            return QStringLiteral("the disk has no room for it");
        if (out.write(block.data(), got) != got)
            return QStringLiteral("%1 cannot be written (%2)").arg(path, out.errorString());
        if (progress)
            progress(written);
    }
    return {};
}

} // namespace

bool isSafeEntryName(const QString &name)
{
    if (name.isEmpty() || name.size() > 1000 || name.startsWith(u'/') || name.contains(u'\\'))
        return false;
    if (std::any_of(name.begin(), name.end(), [](QChar c) { return c.unicode() < 32 || c.unicode() == 127; }))
        return false;
    if (name.size() >= 2 && name.at(1) == u':')
        return false; // a drive of Windows
    const QStringList parts = name.split(u'/');
    return std::none_of(parts.begin(), parts.end(), [](const QString &part) { return part == u".."; });
}

QString extractZip(const QString &zip, const QString &folder, const ZipLimits &limits, const std::stop_token &stop,
                   const std::function<void(qint64)> &progress)
{
    const QString name = QFileInfo(zip).fileName();
    if (QFileInfo::exists(folder))
        return QStringLiteral("%1 exists already: remove it first.").arg(folder);
    const Archive from(archive_read_new());
    archive_read_support_format_zip(from.get());
    if (archive_read_open_filename(from.get(), QFile::encodeName(zip).constData(), 64 * 1024) != ARCHIVE_OK)
        return QStringLiteral("The archive %1 is no zip file (%2).")
            .arg(name, QString::fromUtf8(archive_error_string(from.get())));
    if (!QDir().mkpath(folder))
        return QStringLiteral("The folder %1 cannot be made: check the permissions.").arg(folder);
    Job job { folder, limits, stop, progress };
    job.packed = std::max<qint64>(1, QFileInfo(zip).size());
    job.room = QStorageInfo(folder).bytesAvailable();
    QString problem;
    archive_entry *entry = nullptr;
    int got = ARCHIVE_OK;
    while (problem.isEmpty() && !stop.stop_requested()
           && (got = archive_read_next_header(from.get(), &entry)) != ARCHIVE_EOF) {
        if (got != ARCHIVE_OK && got != ARCHIVE_WARN)
            problem = QStringLiteral("it is damaged (%1)").arg(QString::fromUtf8(archive_error_string(from.get())));
        else
            problem = job.take(from.get(), entry);
    }
    if (problem.isEmpty() && !stop.stop_requested() && job.entries == 0)
        problem = QStringLiteral("it is empty");
    if (problem.isEmpty() && !stop.stop_requested())
        return {};
    QDir(folder).removeRecursively();
    return problem.isEmpty() ? QString()
                             : QStringLiteral("The archive %1 is refused: %2.").arg(name, problem);
}

} // namespace torchdeck::app

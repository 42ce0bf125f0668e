// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/hub_dataset.h"

#include "app/zip_extract.h"
#include "hub/digest/sha256.h"
#include "torchdeck/engine/dataset_report.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QFileInfo>
#include <QtCore/QRegularExpression>
#include <QtCore/QSaveFile>

namespace torchdeck::app {

namespace {

constexpr qint64 largestYaml = 4 << 20;

QByteArray digestOf(const QString &path, const std::stop_token &stop)
{
    QFile file(path);
    hub::Sha256 hash;
    if (!file.open(QIODevice::ReadOnly))
        return {};
    while (!file.atEnd() && !stop.stop_requested())
        hash.add(file.read(1 << 20));
    return hash.takeHex();
}

QByteArray readAll(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) && file.size() <= largestYaml ? file.readAll() : QByteArray();
}

bool writeAll(const QString &path, const QByteArray &content)
{
    QSaveFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(content) == content.size() && file.commit();
}

QString markOf(const QString &folder) { return folder + QStringLiteral("/.torchdeck-archive"); }

/// data.yaml, or the only yaml file, of the folder or of its only sub-folder.
QString findYaml(const QString &folder)
{
    const QDir dir(folder);
    const QStringList here = dir.entryList({ "*.yaml", "*.yml" }, QDir::Files);
    if (here.contains(QStringLiteral("data.yaml")))
        return dir.filePath(QStringLiteral("data.yaml"));
    if (here.size() == 1)
        return dir.filePath(here.first());
    const QStringList below = dir.entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    return here.isEmpty() && below.size() == 1 ? findYaml(dir.filePath(below.first())) : QString();
}

/// `name`, `name-2`, ...: one that is free, or one that holds just this archive.
QString folderFor(const QString &datasets, QString name, const QByteArray &digest, bool *there)
{
    static const QRegularExpression odd(QStringLiteral("[^A-Za-z0-9._-]+"));
    name.replace(odd, QStringLiteral("-"));
    while (name.startsWith(u'.') || name.startsWith(u'-'))
        name.remove(0, 1);
    name = name.left(80).isEmpty() ? QStringLiteral("dataset") : name.left(80);
    for (int n = 1;; ++n) {
        const QString folder = datasets + u'/' + (n == 1 ? name : QStringLiteral("%1-%2").arg(name).arg(n));
        *there = QFileInfo::exists(folder) && readAll(markOf(folder)) == digest;
        if (*there || !QFileInfo::exists(folder))
            return folder;
    }
}

QString makeReady(const QString &folder, HubDataset &result)
{
    const QString yaml = findYaml(folder);
    if (yaml.isEmpty())
        return QStringLiteral("The data set's archive holds no data.yaml.");
    QString problem;
    const QByteArray confined = confinedDataYaml(readAll(yaml), &problem);
    if (!problem.isEmpty())
        return problem;
    if (!writeAll(yaml, confined))
        return QStringLiteral("%1 cannot be written: check the permissions.").arg(yaml);
    result.dataYaml = yaml;
    return {};
}

} // namespace

QByteArray confinedDataYaml(const QByteArray &yaml, QString *problem)
{
    static const QRegularExpression key(QStringLiteral("^(path|train|val|test|minival)\\s*:\\s*(.*)$"));
    static const QRegularExpression item(QStringLiteral("^\\s*-\\s+(.*)$"));
    QStringList lines;
    bool inSplit = false;
    const auto leadsOut = [](QString value) {
        value = value.section(QStringLiteral(" #"), 0, 0).trimmed();
        for (QString part : value.remove(u'[').remove(u']').split(u',')) {
            part = part.trimmed().remove(u'"').remove(u'\'');
            if (part.startsWith(QLatin1String("../")) && !part.mid(3).startsWith(u'/'))
                part.remove(0, 3); // Roboflow writes this for a folder beside the file
            if (part.startsWith(u'/') || part.contains(u'\\') || part.contains(QLatin1String("..")) || part.contains(u':'))
                return true;
        }
        return false;
    };
    for (const QString &line : QString::fromUtf8(yaml).split(u'\n')) {
        const auto match = key.match(line);
        const auto member = item.match(line);
        if (match.hasMatch() && match.captured(1) == u"path") {
            lines << QStringLiteral("path: .");
            inSplit = false;
            continue;
        }
        if (match.hasMatch())
            inSplit = true;
        else if (!member.hasMatch() && !line.trimmed().isEmpty() && !line.trimmed().startsWith(u'#'))
            inSplit = false;
        if ((match.hasMatch() && leadsOut(match.captured(2))) || (inSplit && member.hasMatch() && leadsOut(member.captured(1)))) {
            *problem = QStringLiteral("The data set's data.yaml points outside its archive (%1): it is not used.")
                           .arg(line.trimmed().left(120));
            return {};
        }
        lines << line;
    }
    return lines.join(u'\n').toUtf8();
}

HubDataset settleDataset(const QString &zip, const QString &datasets, const QString &name, const std::stop_token &stop,
                         const std::function<void(qint64)> &progress)
{
    HubDataset result;
    const QByteArray digest = digestOf(zip, stop);
    bool there = false;
    const QString folder = folderFor(datasets, name, digest, &there);
    if (there) {
        QFile::remove(zip);
        result.problem = makeReady(folder, result);
        result.note = QStringLiteral("The data set is here already: %1").arg(folder);
        return result;
    }
    const QString fresh = folder + QStringLiteral(".part");
    QDir(fresh).removeRecursively();
    result.problem = extractZip(zip, fresh, {}, stop, progress);
    QFile::remove(zip);
    if (!result.problem.isEmpty() || stop.stop_requested())
        return result;
    result.problem = makeReady(fresh, result);
    if (result.problem.isEmpty()) {
        const auto report = engine::inspectDataset(result.dataYaml.toStdString(), stop);
        if (report.fatal())
            result.problem = QStringLiteral("The data set from HUB cannot be used: %1")
                                 .arg(QString::fromStdString(report.problems.front().sentence));
    }
    if (result.problem.isEmpty() && (!writeAll(markOf(fresh), digest) || !QDir().rename(fresh, folder)))
        result.problem = QStringLiteral("%1 cannot be written: check the permissions.").arg(folder);
    if (!result.problem.isEmpty() || stop.stop_requested()) {
        QDir(fresh).removeRecursively();
        return result;
    }
    result.dataYaml.replace(0, fresh.size(), folder);
    return result;
}

} // namespace torchdeck::app

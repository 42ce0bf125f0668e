// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/results/pinned_epochs.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QFile>
#include <QtCore/QFileInfo>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QLocale>

#include <algorithm>

namespace torchdeck::ui {

namespace {

constexpr qint64 mostBytes = 64 << 20; ///< the engine keeps a quarter of it
constexpr qsizetype mostImages = 64;
constexpr qsizetype boxFields = 7;

std::vector<ImageBox> boxesOf(const QJsonArray &rows, const QStringList &classes, bool truth)
{
    std::vector<ImageBox> boxes;
    for (const QJsonValue &row : rows) {
        const QJsonArray values = row.toArray();
        if (values.size() != boxFields)
            continue;
        ImageBox box;
        box.classId = values[0].toInt();
        box.name = classes.value(box.classId, QString::number(box.classId));
        box.rect = QRectF(QPointF(values[1].toDouble(), values[2].toDouble()),
                          QPointF(values[3].toDouble(), values[4].toDouble()));
        box.confidence = values[5].toDouble();
        box.kind = truth                 ? ImageBox::Kind::Truth
            : values[6].toInt() != 0 ? ImageBox::Kind::Right
                                     : ImageBox::Kind::False;
        boxes.push_back(std::move(box));
    }
    return boxes;
}

std::optional<PinnedEpoch> epochOf(const QByteArray &line)
{
    const QJsonObject object = QJsonDocument::fromJson(line).object();
    const QJsonValue images = object.value(QLatin1String("images"));
    const int number = object.value(QLatin1String("epoch")).toInt(-1);
    if (number < 0 || !images.isArray())
        return std::nullopt;
    PinnedEpoch epoch { number, object.value(QLatin1String("confidence")).toDouble(), {}, {} };
    QStringList classes;
    for (const QJsonValue &name : object.value(QLatin1String("classes")).toArray())
        classes << name.toString();
    for (const QJsonValue &name : object.value(QLatin1String("unknown")).toArray())
        epoch.unknown << name.toString();
    const QJsonArray list = images.toArray();
    for (qsizetype i = 0; i < std::min(list.size(), mostImages); ++i) {
        const QJsonObject one = list[i].toObject();
        epoch.images.push_back({ one.value(QLatin1String("image")).toString(),
                                 { one.value(QLatin1String("width")).toDouble(), one.value(QLatin1String("height")).toDouble() },
                                 boxesOf(one.value(QLatin1String("truth")).toArray(), classes, true),
                                 boxesOf(one.value(QLatin1String("found")).toArray(), classes, false) });
    }
    return epoch;
}

} // namespace

ImageEntry PinnedImage::at(double confidence, bool onlyTruth) const
{
    ImageEntry entry;
    entry.file = file;
    entry.title = QFileInfo(file).fileName();
    entry.size = size;
    int missed = 0, wrong = 0, right = 0;
    for (ImageBox box : truth) {
        const bool met = box.confidence > 0 && box.confidence >= confidence;
        missed += !met;
        right += met;
        if (!onlyTruth && met)
            continue; // its detection stands for it
        box.kind = onlyTruth ? ImageBox::Kind::Truth : ImageBox::Kind::Missed;
        box.confidence = 1;
        entry.boxes.push_back(std::move(box));
    }
    for (const ImageBox &box : found) {
        if (box.confidence < confidence)
            continue;
        wrong += box.kind == ImageBox::Kind::False;
        if (!onlyTruth)
            entry.boxes.push_back(box);
    }
    entry.detail = onlyTruth
        ? QCoreApplication::translate("PinnedImages", "%n object(s)", nullptr, static_cast<int>(truth.size()))
        : QCoreApplication::translate("PinnedImages", "%1 right, %2 missed, %3 false").arg(right).arg(missed).arg(wrong);
    return entry;
}

std::vector<PinnedEpoch> parsePinnedEpochs(const QByteArray &lines)
{
    std::vector<PinnedEpoch> epochs;
    for (const QByteArray &line : lines.split('\n')) {
        auto epoch = epochOf(line);
        if (!epoch)
            continue;
        std::erase_if(epochs, [&epoch](const PinnedEpoch &earlier) { return earlier.epoch >= epoch->epoch; });
        epochs.push_back(std::move(*epoch));
    }
    return epochs;
}

std::vector<PinnedEpoch> readPinnedEpochs(const QString &runFolder)
{
    QFile file(runFolder + QStringLiteral("/pinned_images.jsonl"));
    if (file.size() > mostBytes || !file.open(QIODevice::ReadOnly))
        return {};
    return parsePinnedEpochs(file.readAll());
}

} // namespace torchdeck::ui

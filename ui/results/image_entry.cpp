// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/results/image_entry.h"

#include "ui/theme.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QFileInfo>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QLocale>
#include <QtGui/QImageReader>
#include <QtGui/QPainter>

#include <algorithm>
#include <array>

namespace torchdeck::ui {

namespace {

constexpr qsizetype mostJson = 64 << 20;
constexpr qsizetype mostImages = 1000;

std::optional<ImageBox> parseBox(const QJsonArray &values, const QStringList &classes, bool truth)
{
    if (values.size() != 7)
        return std::nullopt;
    ImageBox box;
    box.classId = values[0].toInt();
    box.name = classes.value(box.classId, QString::number(box.classId));
    box.rect = QRectF(QPointF(values[1].toDouble(), values[2].toDouble()),
                      QPointF(values[3].toDouble(), values[4].toDouble()));
    box.confidence = values[5].toDouble();
    const bool good = values[6].toInt() != 0;
    box.kind = truth ? (good ? ImageBox::Kind::Truth : ImageBox::Kind::Missed)
                     : (good ? ImageBox::Kind::Right : ImageBox::Kind::False);
    return box;
}

QColor colorOfClass(int classId, const Theme &theme)
{
    const std::array<QColor, 6> colors { theme.series.blue,   theme.series.orange, theme.series.green,
                                         theme.series.purple, theme.series.sky,    theme.series.red };
    return colors[static_cast<std::size_t>(std::max(0, classId)) % colors.size()];
}

QRectF placed(const ImageBox &box, const QRectF &target, double scale)
{
    return { target.left() + box.rect.left() * scale, target.top() + box.rect.top() * scale,
             box.rect.width() * scale, box.rect.height() * scale };
}

QColor colorOf(ImageBox::Kind kind, int classId, const Theme &theme)
{
    switch (kind) {
    case ImageBox::Kind::Found:
    case ImageBox::Kind::Label:
        return colorOfClass(classId, theme);
    case ImageBox::Kind::Right:
    case ImageBox::Kind::Truth:
        return lightTheme().series.green;
    case ImageBox::Kind::False:
        return lightTheme().series.orange;
    case ImageBox::Kind::Missed:
        return QColor(0xd0, 0x2c, 0x2c);
    }
    return theme.accent;
}

} // namespace

std::optional<WorstImages> parseWorstImages(const QByteArray &json)
{
    if (json.size() > mostJson)
        return std::nullopt;
    const QJsonObject root = QJsonDocument::fromJson(json).object();
    if (!root.value(QLatin1String("images")).isArray())
        return std::nullopt;
    WorstImages worst;
    worst.confidence = root.value(QLatin1String("confidence")).toDouble();
    worst.imagesSeen = root.value(QLatin1String("images_seen")).toInt();
    QStringList classes;
    for (const QJsonValue &name : root.value(QLatin1String("classes")).toArray())
        classes << name.toString();
    const QJsonArray images = root.value(QLatin1String("images")).toArray();
    for (qsizetype i = 0; i < std::min(images.size(), mostImages); ++i) {
        const QJsonObject object = images[i].toObject();
        ImageEntry entry;
        entry.file = object.value(QLatin1String("image")).toString();
        entry.title = QFileInfo(entry.file).fileName();
        entry.size = { object.value(QLatin1String("width")).toDouble(),
                       object.value(QLatin1String("height")).toDouble() };
        int missed = 0, wrong = 0;
        for (const bool truth : { true, false }) {
            const QJsonArray boxes = object.value(QLatin1String(truth ? "truth" : "found")).toArray();
            for (const QJsonValue &value : boxes) {
                const auto box = parseBox(value.toArray(), classes, truth);
                if (!box)
                    continue;
                missed += box->kind == ImageBox::Kind::Missed;
                wrong += box->kind == ImageBox::Kind::False;
                if (box->kind != ImageBox::Kind::Truth) // its detection stands for it
                    entry.boxes.push_back(*box);
            }
        }
        entry.detail = QCoreApplication::translate("WorstImages", "F1 %1, %2 missed, %3 false")
                           .arg(QLocale().toString(object.value(QLatin1String("f1")).toDouble(), 'f', 2))
                           .arg(missed)
                           .arg(wrong);
        worst.images.push_back(std::move(entry));
    }
    return worst;
}

QImage readPicture(const QString &file, int longest)
{
    QImageReader reader(file);
    reader.setAutoTransform(true);
    const QSize size = reader.size();
    if (size.isValid() && std::max(size.width(), size.height()) > longest)
        reader.setScaledSize(size.scaled(longest, longest, Qt::KeepAspectRatio));
    return reader.read();
}

QColor classColor(int classId, const QPalette &palette) { return colorOfClass(classId, themeFor(palette)); }

void drawOutlines(QPainter &painter, const std::vector<ImageBox> &boxes, const QRectF &target, double scale,
                  const QPalette &palette)
{
    const Theme &theme = themeFor(palette);
    painter.save();
    painter.setClipRect(target);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    for (const ImageBox &box : boxes) {
        const QRectF rect = placed(box, target, scale);
        painter.setPen(QPen(QColor(0, 0, 0, 90), 3)); // on a thing of its own colour, too
        painter.drawRect(rect);
        painter.setPen(QPen(colorOf(box.kind, box.classId, theme), 1.6));
        painter.drawRect(rect);
    }
    painter.restore();
}

namespace {

/// Where a box's label goes: above it, else inside, else below; beside what is there already.
QRectF labelPlace(const QRectF &box, const QSizeF &size, const QRectF &picture, const std::vector<QRectF> &taken)
{
    QRectF first;
    for (const double top : { box.top() - size.height(), box.top(), box.bottom(), box.bottom() - size.height() }) {
        QRectF place(QPointF(box.left() - 1, top), size);
        if (place.right() > picture.right())
            place.moveRight(picture.right());
        if (place.top() < picture.top() || place.bottom() > picture.bottom())
            continue;
        if (first.isNull())
            first = place;
        if (std::ranges::none_of(taken, [&place](const QRectF &other) { return other.intersects(place); }))
            return place;
    }
    return first.isNull() ? QRectF(box.topLeft(), size) : first;
}

QString labelWords(const ImageBox &box)
{
    switch (box.kind) {
    case ImageBox::Kind::Missed:
        return QCoreApplication::translate("WorstImages", "missed: %1").arg(box.name);
    case ImageBox::Kind::Truth:
    case ImageBox::Kind::Label:
        return box.name;
    case ImageBox::Kind::Found:
    case ImageBox::Kind::Right:
    case ImageBox::Kind::False:
        break;
    }
    return box.name + QLatin1Char(' ') + QLocale().toString(box.confidence, 'f', 2);
}

Qt::PenStyle penOf(ImageBox::Kind kind)
{
    return kind == ImageBox::Kind::Missed ? Qt::DashLine : kind == ImageBox::Kind::False ? Qt::DotLine : Qt::SolidLine;
}

} // namespace

void drawBoxes(QPainter &painter, const std::vector<ImageBox> &boxes, const QRectF &target, double scale,
               const QPalette &palette)
{
    const Theme &theme = themeFor(palette);
    const QFontMetricsF metrics(painter.font());
    std::vector<QRectF> taken;
    painter.save();
    painter.setClipRect(target);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    for (const ImageBox &box : boxes) { // told by the line as well as by the colour
        painter.setPen(QPen(colorOf(box.kind, box.classId, theme), 2, penOf(box.kind)));
        painter.drawRect(placed(box, target, scale));
    }
    for (const ImageBox &box : boxes) {
        const QColor color = colorOf(box.kind, box.classId, theme);
        const QString text = labelWords(box);
        const QSizeF size(metrics.horizontalAdvance(text) + 8, metrics.height() + 2);
        taken.push_back(labelPlace(placed(box, target, scale), size, target, taken));
        painter.fillRect(taken.back(), color);
        painter.setPen(color.lightnessF() > 0.6F ? QColor(0x10, 0x14, 0x1a) : QColor(Qt::white));
        painter.drawText(taken.back(), Qt::AlignCenter, text);
    }
    painter.restore();
}

} // namespace torchdeck::ui

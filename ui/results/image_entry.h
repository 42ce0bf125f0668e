// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QByteArray>
#include <QtCore/QRectF>
#include <QtCore/QString>
#include <QtCore/QStringList>
#include <QtGui/QColor>
#include <QtGui/QImage>

#include <optional>
#include <vector>

class QPainter;
class QPalette;

namespace torchdeck::ui {

/// A box to draw on a picture.
struct ImageBox {
    enum class Kind {
        Found, ///< a detection, nothing known about the truth
        Right, ///< a detection that is in the truth
        False, ///< one that is not
        Missed, ///< truth that was not found
        Truth, ///< truth that was
        Label ///< what a label file says, in its class's colour
    };
    Kind kind = Kind::Found;
    QRectF rect; ///< pixels of the original picture
    int classId = 0;
    QString name; ///< of the class
    double confidence = 1;
};

/// A picture file with what is in it.
struct ImageEntry {
    QString file;
    QString title, detail; ///< lines of a list
    QSizeF size; ///< of the original picture; empty = as the file is
    std::vector<ImageBox> boxes;
};

/// The worst images of a validation, RUN/worst_images.json.
struct WorstImages {
    double confidence = 0; ///< the detections shown are over it
    int imagesSeen = 0;
    std::vector<ImageEntry> images; ///< worst first
};

/// Anything that is not such a file gives nothing. Pure.
[[nodiscard]] std::optional<WorstImages> parseWorstImages(const QByteArray &json);

/// The picture scaled to at most `longest` pixels a side, rotated as its EXIF data say; null when it cannot
/// be read. Any thread.
[[nodiscard]] QImage readPicture(const QString &file, int longest);

/// Colour of a class's boxes; they repeat.
[[nodiscard]] QColor classColor(int classId, const QPalette &palette);

/// As drawBoxes(), without names: for pictures too small for them.
void drawOutlines(QPainter &painter, const std::vector<ImageBox> &boxes, const QRectF &target, double scale,
                  const QPalette &palette);

/// Boxes over a picture that is drawn into `target`; `scale` = target pixels a pixel of the original.
void drawBoxes(QPainter &painter, const std::vector<ImageBox> &boxes, const QRectF &target, double scale,
               const QPalette &palette);

} // namespace torchdeck::ui

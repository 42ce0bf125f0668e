// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// What a widget really writes on the screen: every text it paints, with its place. Style, delegates and own painting
// alike, because the recorder stands in for the screen.

#include <QtCore/QRectF>
#include <QtCore/QString>
#include <QtCore/QVector>

class QWidget;

namespace torchdeck::audit {

struct PaintedText {
    QString text;
    QRectF rect; ///< of the letters: from the baseline up by most of the ascent, in the widget's coordinates
};

/// The texts of one widget without its children, pieces of one line joined. A QGraphicsView's scene included.
[[nodiscard]] QVector<PaintedText> paintedTexts(QWidget &widget);

} // namespace torchdeck::audit

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// The look of the window in one place: colours, spacing, type sizes, the style sheet. Everything follows from
// the system palette's lightness, so custom-painted widgets ask themeFor(palette()) and need no global state.

#include <QtGui/QColor>
#include <QtGui/QFont>
#include <QtGui/QIcon>
#include <QtGui/QPalette>

class QWidget;

namespace torchdeck::ui {

/// Spacing scale in device-independent pixels: nothing in the window uses other distances.
namespace space {
constexpr int xs = 4;
constexpr int s = 8;
constexpr int m = 12;
constexpr int l = 16;
constexpr int xl = 24;
} // namespace space

/// Colour-blind-safe set (after Okabe and Ito, "Color Universal Design", 2008), tuned for each background.
struct SeriesColors {
    QColor blue, orange, green, purple, sky, red;
};

struct Theme {
    bool dark = false;
    QColor window; ///< behind the cards
    QColor surface; ///< cards and the side panel
    QColor field; ///< inputs
    QColor hover; ///< row or button under the pointer
    QColor border, borderStrong;
    QColor text, textMuted, textFaint;
    QColor accent, accentHover, accentText; ///< accentText: on accent
    QColor accentSoft; ///< selected rows, chips
    QColor success, warning, danger, info;
    QColor successSoft, warningSoft, dangerSoft, infoSoft;
    QColor grid; ///< chart grid lines
    SeriesColors series;
};

[[nodiscard]] bool isDark(const QPalette &palette);
[[nodiscard]] const Theme &lightTheme();
[[nodiscard]] const Theme &darkTheme();
/// The theme that fits `palette`, by its window lightness.
[[nodiscard]] const Theme &themeFor(const QPalette &palette);

/// A complete palette in the theme's colours, so that natively drawn parts match the style sheet.
[[nodiscard]] QPalette themePalette(const Theme &theme);
[[nodiscard]] QString styleSheet(const Theme &theme);
/// Sets palette and style sheet on a top-level widget to match the system palette; again at each palette
/// change.
void applyTheme(QWidget &window);

/// An icon of resources/icons in a colour of the theme (the SVGs are drawn in currentColor).
[[nodiscard]] QIcon themedIcon(const QString &name, const QColor &color);
/// The icon as a pixmap of `size` logical pixels for `ratio`.
[[nodiscard]] QPixmap themedPixmap(const QString &name, const QColor &color, int size, qreal ratio);

/// The widget's own font, scaled.
[[nodiscard]] QFont scaledFont(const QFont &base, double factor, QFont::Weight weight = QFont::Normal);
[[nodiscard]] QFont monospaceFont(const QFont &base, double factor = 0.95);

} // namespace torchdeck::ui

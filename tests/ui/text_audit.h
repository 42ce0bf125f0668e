// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Looks at every text of a window as it is painted: is it cut, does it lie on another one, is it translated.

#include <QtCore/QStringList>
#include <QtWidgets/QWidget>

namespace torchdeck::audit {

/// Texts that do not fit, that are shortened without a tool tip, or that lie on other texts. One line each:
/// "QLabel in HubPanel: \"Waiting for ...\" needs 210 px, has 180".
[[nodiscard]] QStringList cutTexts(QWidget &top);

/// Texts, tool tips, accessible names and actions that still read English in a Chinese window. Values (files,
/// arguments, names of the field) are known by their form or by being an argument; `data` are texts that a test
/// itself has put in.
[[nodiscard]] QStringList untranslatedTexts(QWidget &top, const QStringList &data);

/// "LogView > QTableView > viewport": where a widget is.
[[nodiscard]] QString placeOf(const QWidget &widget);

} // namespace torchdeck::audit

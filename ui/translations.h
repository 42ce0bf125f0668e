// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QLocale>

namespace torchdeck::ui {

/// Installs the window's language for `locale` for the whole application: ours and, where its package is installed,
/// Qt's own (dialog buttons). English when there is no other. Call once, before the first window.
void installTranslations(const QLocale &locale);

} // namespace torchdeck::ui

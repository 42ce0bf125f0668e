// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Every screen and dialog of the production window, filled with fixture values: for pictures and for audits.

#include <QtCore/QString>

#include <functional>
#include <vector>

class QWidget;

namespace torchdeck::ui {
class MainWindow;
}

namespace torchdeck::screens {

struct Screen {
    QString name;
    /// Brings a shown window there; what is to be looked at: the window itself, a dialog or a menu of it.
    std::function<QWidget *(ui::MainWindow &)> prepare;
};

[[nodiscard]] std::vector<Screen> all();
void fill(ui::MainWindow &window); ///< models and devices, as the app gives them at its start
void settle(int ms = 250); ///< lets timers, layouts and throttled repaints come to rest

} // namespace torchdeck::screens

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QWidget;

namespace torchdeck::ui {
class MainWindow;
}

namespace torchdeck::screens {

void prepareLaunch(ui::MainWindow &window); ///< the form with a run, its data set checked
QWidget *dataset(ui::MainWindow &window, int classes); ///< classes and box sizes folded out
QWidget *checks(ui::MainWindow &window); ///< scrolled to what is said of the disk and of HUB
QWidget *copy(ui::MainWindow &window); ///< of an earlier run, three arguments changed

} // namespace torchdeck::screens

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtWidgets/QMessageBox>

namespace torchdeck::ui {

/// Asked when the window is closed while something goes on. Deletes itself when it is closed; Enter and Escape choose
/// what loses nothing.
class QuitQuestion : public QMessageBox {
    Q_OBJECT
public:
    [[nodiscard]] static QuitQuestion *aboutRun(QWidget *window);
    /// `waiting`: items that are not on HUB yet. `tray`: there is one to wait in.
    [[nodiscard]] static QuitQuestion *aboutUploads(QWidget *window, int waiting, bool tray);

Q_SIGNALS:
    void quitChosen();
    void waitChosen(); ///< for the uploads, then quit
    void waitInTrayChosen();
    void stayChosen();

private:
    QuitQuestion(QWidget *window, const QString &text, const QString &details);
};

} // namespace torchdeck::ui

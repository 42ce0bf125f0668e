// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/quit_question.h"

#include "ui/theme.h"

#include <QtWidgets/QPushButton>

namespace torchdeck::ui {

namespace {

constexpr int iconSize = 32;

} // namespace

QuitQuestion::QuitQuestion(QWidget *window, const QString &text, const QString &details)
    : QMessageBox(QMessageBox::Question, tr("Torchdeck"), text, QMessageBox::NoButton, window)
{
    setAttribute(Qt::WA_DeleteOnClose);
    setInformativeText(details);
    setIconPixmap(themedPixmap(QStringLiteral("quit"), themeFor(window->palette()).accent, iconSize,
                               window->devicePixelRatioF()));
}

QuitQuestion *QuitQuestion::aboutRun(QWidget *window)
{
    auto *box = new QuitQuestion(window, tr("A run is going on."),
                                 tr("Stop it after this batch, save and quit? It can be resumed later; what is "
                                    "not on HUB yet is sent at the next start."));
    QPushButton *stop = box->addButton(tr("Stop, save and quit"), QMessageBox::AcceptRole);
    QPushButton *keep = box->addButton(tr("Keep running"), QMessageBox::RejectRole);
    box->setDefaultButton(keep);
    box->setEscapeButton(keep);
    connect(stop, &QPushButton::clicked, box, &QuitQuestion::quitChosen);
    connect(keep, &QPushButton::clicked, box, &QuitQuestion::stayChosen);
    return box;
}

/// Everything is on disk already: quitting now loses nothing, so that is the default.
QuitQuestion *QuitQuestion::aboutUploads(QWidget *window, int waiting, bool tray)
{
    auto *box = new QuitQuestion(window, tr("Uploads are not finished."),
                                 tr("%n item(s) are not on HUB yet. They are kept on this computer: what is left "
                                    "is sent at the next start.",
                                    nullptr, waiting));
    QPushButton *quit = box->addButton(tr("Quit, send at the next start"), QMessageBox::AcceptRole);
    QPushButton *wait = box->addButton(tr("Wait, then quit"), QMessageBox::ActionRole);
    if (tray) {
        QPushButton *hidden = box->addButton(tr("Wait in the tray, then quit"), QMessageBox::ActionRole);
        connect(hidden, &QPushButton::clicked, box, &QuitQuestion::waitInTrayChosen);
    }
    QPushButton *keep = box->addButton(QMessageBox::Cancel);
    box->setDefaultButton(quit);
    box->setEscapeButton(keep);
    connect(quit, &QPushButton::clicked, box, &QuitQuestion::quitChosen);
    connect(wait, &QPushButton::clicked, box, &QuitQuestion::waitChosen);
    connect(keep, &QPushButton::clicked, box, &QuitQuestion::stayChosen);
    return box;
}

} // namespace torchdeck::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/event_words.h"

#include <QtCore/QCoreApplication>

namespace torchdeck::ui {

QString eventWords(const engine::RunEvent &event)
{
    switch (event.kind) {
    case engine::RunEventKind::Changed:
        return QString::fromStdString(event.text).replace(QStringLiteral("->"), QStringLiteral("\u2192"));
    case engine::RunEventKind::Paused:
        return QCoreApplication::translate("RunEvent", "Paused");
    case engine::RunEventKind::Continued:
        return QCoreApplication::translate("RunEvent", "Continued");
    case engine::RunEventKind::Resumed:
        return QCoreApplication::translate("RunEvent", "Resumed");
    case engine::RunEventKind::Recovered:
        return QCoreApplication::translate("RunEvent", "Back to last.pt");
    case engine::RunEventKind::Stopped:
        return QCoreApplication::translate("RunEvent", "Stopped");
    }
    return {};
}

} // namespace torchdeck::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QString>
#include <QtCore/QVector>

namespace torchdeck::ui {

/// What a finished model can be written as. A new format is a row in exportFormats() and a case in the app's exporter;
/// the window shows what the list has.
enum class ExportKind { Ultralytics84, Ultralytics83 };

struct ExportFormat {
    ExportKind kind = ExportKind::Ultralytics84;
    QString name; ///< in the menu
    QString about; ///< its tool tip, one sentence
    QString suffix; ///< of the file, without the dot
    QString fileMark; ///< what the proposed file name ends with
};

[[nodiscard]] QVector<ExportFormat> exportFormats();

/// What the user asked for.
struct ExportWish {
    ExportKind kind = ExportKind::Ultralytics84;
    QString checkpoint; ///< the run's
    QString file; ///< to write
};

} // namespace torchdeck::ui

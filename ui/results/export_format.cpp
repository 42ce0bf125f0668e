// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/results/export_format.h"

#include <QtCore/QCoreApplication>

namespace torchdeck::ui {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(torchdeck::ui::ExportFormat)
};

} // namespace

QVector<ExportFormat> exportFormats()
{
    return {
        { ExportKind::Ultralytics84, Words::tr("PyTorch (.pt) for Ultralytics 8.4 and newer"),
          Words::tr("Every Ultralytics loads it for val, predict and export; 8.4 can also resume the run."),
          QStringLiteral("pt"), QStringLiteral("8.4") },
        { ExportKind::Ultralytics83, Words::tr("PyTorch (.pt) for Ultralytics 8.0 to 8.3"),
          Words::tr("Every Ultralytics loads it for val, predict and export; 8.0 to 8.3 can also resume the run."),
          QStringLiteral("pt"), QStringLiteral("8.3") },
    };
}

} // namespace torchdeck::ui

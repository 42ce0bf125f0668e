// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/export_job.h"

#include "torchdeck/engine/checkpoint_convert.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QFileInfo>

namespace torchdeck::app {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(torchdeck::app::ExportJob)
};

} // namespace

QString exportModel(const ui::ExportWish &wish)
{
    const QFileInfo from(wish.checkpoint), to(wish.file);
    if (!from.isFile())
        return Words::tr("%1 is no longer there: nothing was exported.").arg(wish.checkpoint);
    if (from.canonicalFilePath() == to.canonicalFilePath())
        return Words::tr("%1 is the run's own checkpoint: choose another file.").arg(wish.file);
    try {
        const auto version = wish.kind == ui::ExportKind::Ultralytics83 ? engine::PythonVersion::Before84
                                                                        : engine::PythonVersion::Since84;
        engine::convertCheckpoint(wish.checkpoint.toStdString(), wish.file.toStdString(), version);
    } catch (const std::exception &error) {
        return QString::fromUtf8(error.what());
    }
    return {};
}

} // namespace torchdeck::app

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/disk_line.h"

#include "ui/format.h"
#include "ui/theme.h"
#include "ui/widgets/basics.h"

namespace torchdeck::ui {

namespace {

constexpr double tightDiskShare = 0.8; ///< of the room
constexpr double keptAside = 1e9; ///< bytes that a system wants free

QString bytes(double value) { return bytesWords(static_cast<qint64>(value)); }

} // namespace

bool DiskEstimate::tight() const
{
    if (!known())
        return false;
    const double all = likely + (sameDisk && cacheFits() ? imageCache : 0);
    return all > tightDiskShare * free || free - all < keptAside;
}

DiskLine::DiskLine(QWidget *parent)
    : QLabel(parent)
{
    setWordWrap(true);
    setFont(scaledFont(font(), 0.92));
    setEstimate({});
}

QString DiskLine::refusal(const DiskEstimate &estimate)
{
    if (!estimate.tooLarge())
        return {};
    const QString need = bytes(estimate.certain), free = bytes(estimate.free);
    return estimate.kept > 1
        ? tr("The run cannot fit on the disk: it keeps %1 checkpoints, %2 at least, and %3 has %4 free. Free some space, "
             "choose another project folder or keep fewer checkpoints (save_period).")
              .arg(QString::number(estimate.kept), need, estimate.folder, free)
        : tr("The run cannot fit on the disk: it writes %1 at least, and %2 has %3 free. Free some space or choose another "
             "project folder.")
              .arg(need, estimate.folder, free);
}

QString DiskLine::words(const DiskEstimate &estimate)
{
    if (const QString refused = refusal(estimate); !refused.isEmpty())
        return refused;
    QStringList sentences;
    const QString need = bytes(estimate.likely), free = bytes(estimate.free);
    if (estimate.tight() && estimate.kept > 1)
        sentences << tr("The disk gets tight: about %1 with %2 kept checkpoints, %3 free in %4.")
                         .arg(need, QString::number(estimate.kept), free, estimate.folder);
    else if (estimate.tight() && estimate.sameDisk && estimate.imageCache > 0 && estimate.cacheFits())
        sentences << tr("The disk gets tight: about %1 and up to %2 for cached images, %3 free.")
                         .arg(need, bytes(estimate.imageCache), free);
    else if (estimate.tight())
        sentences << tr("The disk gets tight: about %1 is written, %2 free in %3.").arg(need, free, estimate.folder);
    if (!estimate.cacheFits())
        sentences << tr("cache=disk may need up to %1 and %2 has %3 free: it may be left out.")
                         .arg(bytes(estimate.imageCache), estimate.cacheFolder, bytes(estimate.cacheFree));
    return sentences.join(QLatin1Char(' '));
}

void DiskLine::setEstimate(const DiskEstimate &estimate)
{
    m_estimate = estimate;
    const QString said = words(estimate);
    setText(said);
    setLook(this, estimate.tooLarge() ? "problem" : "warning");
    setVisible(!said.isEmpty());
}

} // namespace torchdeck::ui

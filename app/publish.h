// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/types.h"

namespace torchdeck::app {

/// What HUB is told of a run that ended long ago, read from its folder.
struct PublishPlan {
    hub::RunDescription description;
    QString bestFile; ///< weights/best.pt, or empty
    double map = 0; ///< mAP50-95 of the best row of results.csv
    QString problem; ///< empty, or the sentence that says why it is no run
};

/// Reads files: not for the GUI thread. Throws nothing.
[[nodiscard]] PublishPlan planPublish(const QString &folder);

} // namespace torchdeck::app

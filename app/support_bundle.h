// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/request_log.h"

#include <QtCore/QString>
#include <QtCore/QVector>

namespace torchdeck::app {

class Settings;

/// What someone who helps needs to see: versions, settings, the upload queue, `requests` to HUB and the last log lines, as text. Without
/// the key (`key` is searched for and removed), without passwords, with the home folder as "~".
[[nodiscard]] QString supportBundle(const Settings &settings, const QString &key,
                                    const QVector<hub::RequestRecord> &requests = {});
/// Writes it by rename, readable by the user only. An error sentence, or empty.
[[nodiscard]] QString writeSupportBundle(const QString &file, const QString &text);

} // namespace torchdeck::app

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QByteArray>
#include <QtCore/QString>

#include <functional>
#include <stop_token>

namespace torchdeck::app {

struct HubDataset {
    QString dataYaml; ///< ready to train on
    QString problem; ///< or the sentence why not
    QString note; ///< "... was there already"
};

/// Unpacks a data set's archive below `datasets` (a folder named after it), makes its data.yaml point into that folder
/// only, and checks labels and images. An archive of the same content that was unpacked before is used again. The
/// archive is removed. Blocking.
[[nodiscard]] HubDataset settleDataset(const QString &zip, const QString &datasets, const QString &name,
                                       const std::stop_token &stop,
                                       const std::function<void(qint64 bytes)> &progress = {});

/// The text of a data.yaml whose `path` is the folder it lies in; nothing when a split leads out of that folder.
[[nodiscard]] QByteArray confinedDataYaml(const QByteArray &yaml, QString *problem);

} // namespace torchdeck::app

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QString>

#include <functional>
#include <stop_token>

namespace torchdeck::app {

/// What an archive from the network may cost.
struct ZipLimits {
    qint64 mostBytes = 200LL << 30; ///< unpacked, all files together
    qint64 mostEntries = 5'000'000;
    int mostRatio = 200; ///< unpacked to packed; data sets of images hardly shrink
    qint64 ratioFrom = 100 << 20; ///< small archives may shrink as they like
};

/// Unpacks a zip into `folder`, which is created and must not exist. All or nothing: on a problem, or a stop, the folder
/// is removed again. Only plain files and folders with names inside `folder` are accepted; an archive with anything
/// else (absolute names, "..", links, devices, two entries of one name) is refused as a whole. Blocking. Returns a
/// sentence, or empty; "" with `stop` requested means it was cut short.
[[nodiscard]] QString extractZip(const QString &zip, const QString &folder, const ZipLimits &limits,
                                 const std::stop_token &stop,
                                 const std::function<void(qint64 bytes)> &progress = {});

/// Is `name` a relative path that stays inside? Pure.
[[nodiscard]] bool isSafeEntryName(const QString &name);

} // namespace torchdeck::app

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QString>

#include <optional>
#include <vector>

namespace torchdeck::app::cli {

/// What val and predict answer to Ultralytics' arguments they do not take: empty = accepted, as the value is
/// the default and changes nothing; a sentence = refused; nothing = no argument of theirs. `command`: "val"
/// or "predict".
[[nodiscard]] std::optional<QString> foreignAnswer(const QString &command, const QString &name,
                                                   const QString &value);

/// "0", "0,2,3" or "[0, 2, 3]"; "" and "None" = none. Throws UsageError.
[[nodiscard]] std::vector<int> integerList(const QString &name, const QString &text);

/// nms=: false is the one-to-one head without NMS, None the usual one. Throws UsageError for true.
[[nodiscard]] bool usesOneToOne(const QString &nms);

/// half= and quantize= (16, fp16, 32, fp32, None) together. Throws UsageError for other precisions.
[[nodiscard]] bool halfPrecision(bool half, const QString &quantize);

} // namespace torchdeck::app::cli

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/results/image_entry.h"

#include <vector>

namespace torchdeck::ui {

/// A validation image as one epoch saw it. Boxes are kept for every confidence: which ones count is asked later.
struct PinnedImage {
    QString file;
    QSizeF size;
    std::vector<ImageBox> truth; ///< confidence = of the detection that found it, 0 = none did
    std::vector<ImageBox> found; ///< kind Right or False, by falling confidence

    /// What is right, wrong and missed at a confidence; with `onlyTruth` what is there, whatever was found.
    [[nodiscard]] ImageEntry at(double confidence, bool onlyTruth) const;
};

struct PinnedEpoch {
    int epoch = 0; ///< 0-based
    double bestConfidence = 0; ///< where F1 was highest in this epoch
    QStringList unknown; ///< chosen images that are not in the validation set
    std::vector<PinnedImage> images;
};

/// RUN/pinned_images.jsonl by rising epoch. A line ends what earlier lines said of its own and later epochs (the run was
/// resumed); torn and foreign lines are left out. Pure.
[[nodiscard]] std::vector<PinnedEpoch> parsePinnedEpochs(const QByteArray &lines);

/// The file of a run folder; empty when there is none. Any thread.
[[nodiscard]] std::vector<PinnedEpoch> readPinnedEpochs(const QString &runFolder);

} // namespace torchdeck::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/core/image_matches.h"

#include <memory>

namespace torchdeck::engine {

/// A few validation images whose boxes are kept after every epoch, to see how the model learns them:
/// RUN/pinned_images.jsonl, one line an epoch, boxes only. Which ones: the first four, or those named in
/// RUN/pinned_images.txt (torchdeck/engine/pinned_choice.h), which is read anew for every validation.
class PinnedImages : public EvaluationListener {
public:
    PinnedImages(std::shared_ptr<const Dataset> dataset, int imgsz, std::filesystem::path runFolder);

    void onBatch(const Batch &batch, std::int64_t index,
                 const std::vector<std::vector<Detection>> &detections) override;

    /// Adds the line of `epoch` (0-based). A line ends what lines before it said of this and later epochs, so a resumed
    /// run needs to take nothing away. Past `limit` bytes every second epoch goes. Throws EngineError (Storage).
    void keep(int epoch, const std::vector<std::string> &names, double confidence,
              std::size_t limit = usualLimit) const;
    [[nodiscard]] std::string line(int epoch, const std::vector<std::string> &names, double confidence) const;

    /// For a run that begins anew in an existing folder: its boxes go, the choice of images stays.
    static void clear(const std::filesystem::path &runFolder);

    static constexpr std::size_t usualLimit = 16u << 20;

private:
    std::shared_ptr<const Dataset> m_dataset;
    int m_imgsz;
    std::filesystem::path m_folder;
    std::vector<std::int64_t> m_pinned; ///< samples, in the order asked for
    std::vector<SeenImage> m_seen; ///< by m_pinned; sample -1 = not seen yet
    std::vector<std::filesystem::path> m_unknown; ///< asked for, not in the validation set
};

} // namespace torchdeck::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/image_scores.h"

#include "engine/core/atomic_file.h"
#include "engine/core/detection_files.h"

#include <algorithm>

namespace torchdeck::engine {

namespace {

/// What is right in an image at one confidence.
struct Judged {
    std::size_t sample = 0; ///< place among those seen
    std::vector<bool> right, met; ///< a detection, a truth box
    std::size_t hits = 0;

    [[nodiscard]] double f1() const
    {
        const std::size_t all = right.size() + met.size();
        return all == 0 ? 1 : 2.0 * double(hits) / double(all);
    }
    [[nodiscard]] std::size_t mistakes() const { return right.size() + met.size() - 2 * hits; }
};

Judged judge(const SeenImage &seen, double confidence)
{
    const BoxClaims claims = claimBoxes(seen.found, seen.truth);
    Judged judged;
    judged.met.assign(seen.truth.size(), false);
    for (std::size_t d = 0; d < seen.found.size() && seen.found[d].confidence >= confidence; ++d) {
        judged.right.push_back(claims.truthOf[d] >= 0);
        if (claims.truthOf[d] < 0)
            continue;
        judged.met[static_cast<std::size_t>(claims.truthOf[d])] = true;
        ++judged.hits;
    }
    return judged;
}

} // namespace

ImageScores::ImageScores(std::shared_ptr<const Dataset> dataset, int imgsz)
    : m_dataset(std::move(dataset))
    , m_imgsz(imgsz)
{
}

void ImageScores::onBatch(const Batch &batch, std::int64_t,
                          const std::vector<std::vector<Detection>> &detections)
{
    for (std::size_t i = 0; i < detections.size(); ++i)
        m_seen.push_back(seeImage(batch, i, detections[i], *m_dataset, m_imgsz));
}

std::string ImageScores::text(const std::vector<std::string> &names, double confidence,
                              std::size_t count) const
{
    std::vector<Judged> judged;
    for (std::size_t i = 0; i < m_seen.size(); ++i) {
        Judged one = judge(m_seen[i], confidence);
        one.sample = i;
        if (one.mistakes() > 0)
            judged.push_back(std::move(one));
    }
    std::ranges::stable_sort(judged, [](const Judged &a, const Judged &b) {
        return a.f1() != b.f1() ? a.f1() < b.f1() : a.mistakes() > b.mistakes();
    });
    judged.resize(std::min(judged.size(), count));
    std::string out = "{\"confidence\": " + std::to_string(confidence)
        + ", \"images_seen\": " + std::to_string(m_seen.size()) + ", \"classes\": " + namesText(names)
        + ",\n\"images\": [";
    for (std::size_t i = 0; i < judged.size(); ++i) {
        const SeenImage &seen = m_seen[judged[i].sample];
        const Sample &sample = m_dataset->samples[static_cast<std::size_t>(seen.sample)];
        out += (i ? ",\n" : "\n") + std::string("{\"image\": ") + jsonString(sample.image.string())
            + ", \"width\": " + std::to_string(seen.width) + ", \"height\": " + std::to_string(seen.height)
            + ", \"f1\": " + std::to_string(judged[i].f1()) + ",\n \"truth\": [";
        for (std::size_t t = 0; t < seen.truth.size(); ++t) {
            const TruthBox &box = seen.truth[t];
            out +=
                (t ? ", " : "") + boxText(box.classId, box.x1, box.y1, box.x2, box.y2, 1, judged[i].met[t]);
        }
        out += "],\n \"found\": [";
        for (std::size_t d = 0; d < judged[i].right.size();
             ++d) { // the first ones: those over the confidence
            const Detection &box = seen.found[d];
            out += (d ? ", " : "")
                + boxText(box.classId, box.x1, box.y1, box.x2, box.y2, box.confidence, judged[i].right[d]);
        }
        out += "]}";
    }
    return out + "]}\n";
}

void ImageScores::write(const std::filesystem::path &runFolder, const std::vector<std::string> &names,
                        double confidence, std::size_t count) const
{
    writeFileAtomically(runFolder / "worst_images.json", text(names, confidence, count));
}

} // namespace torchdeck::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/image_scores.h"

#include "engine/core/atomic_file.h"
#include "engine/core/detection_files.h"
#include "engine/ops/boxes.h"

#include <algorithm>
#include <cstdio>

namespace torchdeck::engine {

namespace {

constexpr float leastConfidence = 0.05F;
constexpr std::size_t mostDetections = 100;
constexpr float rightIou = 0.5F;

float overlap(const Detection &a, const TruthBox &b)
{
    const float w = std::min(a.x2, b.x2) - std::max(a.x1, b.x1),
                h = std::min(a.y2, b.y2) - std::max(a.y1, b.y1);
    if (w <= 0 || h <= 0)
        return 0;
    const float both = w * h;
    return both / ((a.x2 - a.x1) * (a.y2 - a.y1) + (b.x2 - b.x1) * (b.y2 - b.y1) - both);
}

/// What is right in an image: detections by falling confidence each claim the free truth of their class they
/// overlap most.
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

Judged judge(const std::vector<Detection> &found, const std::vector<TruthBox> &truth, double confidence)
{
    Judged judged;
    judged.met.assign(truth.size(), false);
    for (const Detection &detection : found) {
        if (detection.confidence < confidence)
            continue;
        std::size_t best = truth.size();
        float most = rightIou;
        for (std::size_t t = 0; t < truth.size(); ++t) {
            const float iou = overlap(detection, truth[t]);
            if (!judged.met[t] && truth[t].classId == detection.classId && iou >= most) {
                most = iou;
                best = t;
            }
        }
        judged.right.push_back(best < truth.size());
        if (best < truth.size()) {
            judged.met[best] = true;
            ++judged.hits;
        }
    }
    return judged;
}

std::string boxText(int classId, double x1, double y1, double x2, double y2, double confidence, bool good)
{
    char text[160];
    std::snprintf(text, sizeof text, "[%d, %.2f, %.2f, %.2f, %.2f, %.4f, %d]", classId, x1, y1, x2, y2,
                  confidence, good ? 1 : 0);
    return text;
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
    for (std::size_t i = 0; i < detections.size(); ++i) {
        const ImageGeometry &geometry = batch.geometry[i];
        Seen seen { geometry.index, geometry.originalWidth, geometry.originalHeight, {}, {} };
        for (const Detection &detection : detections[i]) { // by falling confidence
            if (detection.confidence < leastConfidence || seen.found.size() >= mostDetections)
                break;
            seen.found.push_back(detection);
        }
        toPicture(seen.found, validationMap(seen.width, seen.height, m_imgsz, batch.width, batch.height),
                  seen.width, seen.height);
        const auto width = static_cast<float>(seen.width), height = static_cast<float>(seen.height);
        for (const BoxLabel &label : m_dataset->samples[static_cast<std::size_t>(geometry.index)].labels)
            seen.truth.push_back({ (label.x - label.w / 2) * width, (label.y - label.h / 2) * height,
                                   (label.x + label.w / 2) * width, (label.y + label.h / 2) * height,
                                   label.classId });
        m_seen.push_back(std::move(seen));
    }
}

std::string ImageScores::text(const std::vector<std::string> &names, double confidence,
                              std::size_t count) const
{
    std::vector<Judged> judged;
    for (std::size_t i = 0; i < m_seen.size(); ++i) {
        Judged one = judge(m_seen[i].found, m_seen[i].truth, confidence);
        one.sample = i;
        if (one.mistakes() > 0)
            judged.push_back(std::move(one));
    }
    std::ranges::stable_sort(judged, [](const Judged &a, const Judged &b) {
        return a.f1() != b.f1() ? a.f1() < b.f1() : a.mistakes() > b.mistakes();
    });
    judged.resize(std::min(judged.size(), count));
    std::string out = "{\"confidence\": " + std::to_string(confidence)
        + ", \"images_seen\": " + std::to_string(m_seen.size()) + ", \"classes\": [";
    for (std::size_t i = 0; i < names.size(); ++i)
        out += (i ? ", " : "") + jsonString(names[i]);
    out += "],\n\"images\": [";
    for (std::size_t i = 0; i < judged.size(); ++i) {
        const Seen &seen = m_seen[judged[i].sample];
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

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/pinned_images.h"

#include "engine/core/atomic_file.h"
#include "engine/core/detection_files.h"
#include "torchdeck/engine/error.h"
#include "torchdeck/engine/pinned_choice.h"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace torchdeck::engine {

namespace {

std::filesystem::path epochsFile(const std::filesystem::path &folder) { return folder / "pinned_images.jsonl"; }

/// The same file by another spelling counts: data sets are reached over links and relative paths.
std::int64_t sampleOf(const Dataset &dataset, const std::filesystem::path &image)
{
    const auto exact = std::ranges::find(dataset.samples, image, &Sample::image);
    if (exact != dataset.samples.end())
        return exact - dataset.samples.begin();
    std::error_code error;
    for (std::size_t i = 0; i < dataset.samples.size(); ++i) {
        if (dataset.samples[i].image.filename() == image.filename()
            && std::filesystem::equivalent(dataset.samples[i].image, image, error))
            return static_cast<std::int64_t>(i);
    }
    return -1;
}

/// Every second line goes, the newest never.
std::string thinned(const std::string &text)
{
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    std::string out;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if ((lines.size() - 1 - i) % 2 == 0)
            out += lines[i] + "\n";
    }
    return out;
}

} // namespace

PinnedImages::PinnedImages(std::shared_ptr<const Dataset> dataset, int imgsz, std::filesystem::path runFolder)
    : m_dataset(std::move(dataset))
    , m_imgsz(imgsz)
    , m_folder(std::move(runFolder))
{
    for (const std::filesystem::path &image : readPinnedChoice(m_folder)) {
        const std::int64_t sample = sampleOf(*m_dataset, image);
        if (sample < 0)
            m_unknown.push_back(image);
        else if (std::ranges::find(m_pinned, sample) == m_pinned.end())
            m_pinned.push_back(sample);
    }
    for (std::size_t i = 0; m_pinned.empty() && i < std::min(usuallyPinned, m_dataset->samples.size()); ++i)
        m_seen.push_back({ static_cast<std::int64_t>(i), 0, 0, {}, {} });
    for (const SeenImage &usual : m_seen)
        m_pinned.push_back(usual.sample);
    m_seen.assign(m_pinned.size(), SeenImage { -1, 0, 0, {}, {} });
}

void PinnedImages::onBatch(const Batch &batch, std::int64_t,
                           const std::vector<std::vector<Detection>> &detections)
{
    for (std::size_t i = 0; i < detections.size(); ++i) {
        const auto at = std::ranges::find(m_pinned, batch.geometry[i].index);
        if (at != m_pinned.end())
            m_seen[static_cast<std::size_t>(at - m_pinned.begin())] =
                seeImage(batch, i, detections[i], *m_dataset, m_imgsz);
    }
}

std::string PinnedImages::line(int epoch, const std::vector<std::string> &names, double confidence) const
{
    std::vector<std::string> unknown;
    for (const std::filesystem::path &image : m_unknown)
        unknown.push_back(image.filename().string());
    std::string out = "{\"epoch\": " + std::to_string(epoch) + ", \"confidence\": " + std::to_string(confidence)
        + ", \"classes\": " + namesText(names) + ", \"unknown\": " + namesText(unknown) + ", \"images\": [";
    bool first = true;
    for (const SeenImage &seen : m_seen) {
        if (seen.sample < 0)
            continue;
        const BoxClaims claims = claimBoxes(seen.found, seen.truth);
        out += std::string(first ? "" : ", ") + "{\"image\": "
            + jsonString(m_dataset->samples[static_cast<std::size_t>(seen.sample)].image.string())
            + ", \"width\": " + std::to_string(seen.width) + ", \"height\": " + std::to_string(seen.height)
            + ", \"truth\": [";
        first = false;
        for (std::size_t t = 0; t < seen.truth.size(); ++t) {
            const TruthBox &box = seen.truth[t];
            const int by = claims.foundBy[t];
            const double score = by < 0 ? 0 : double(seen.found[static_cast<std::size_t>(by)].confidence);
            out += (t ? ", " : "") + boxText(box.classId, box.x1, box.y1, box.x2, box.y2, score, by >= 0);
        }
        out += "], \"found\": [";
        for (std::size_t d = 0; d < seen.found.size(); ++d) {
            const Detection &box = seen.found[d];
            out += (d ? ", " : "")
                + boxText(box.classId, box.x1, box.y1, box.x2, box.y2, box.confidence, claims.truthOf[d] >= 0);
        }
        out += "]}";
    }
    return out + "]}\n";
}

void PinnedImages::clear(const std::filesystem::path &runFolder)
{
    std::error_code error;
    std::filesystem::remove(epochsFile(runFolder), error);
}

void PinnedImages::keep(int epoch, const std::vector<std::string> &names, double confidence,
                        std::size_t limit) const
{
    const std::filesystem::path file = epochsFile(m_folder);
    const std::string added = line(epoch, names, confidence);
    std::error_code missing;
    const std::uintmax_t size = std::filesystem::file_size(file, missing);
    if (missing)
        return writeFileAtomically(file, added);
    if (size + added.size() > limit)
        return writeFileAtomically(file, thinned(readFile(file) + added));
    std::string before;
    { // what a crash has torn is ended, so that it costs no line but its own
        std::ifstream in(file, std::ios::binary);
        in.seekg(-1, std::ios::end);
        if (size > 0 && in.get() != '\n')
            before = "\n";
    }
    std::ofstream out(file, std::ios::binary | std::ios::app);
    out << before << added << std::flush;
    if (!out)
        throw EngineError(ErrorKind::Storage,
                          "Cannot write " + file.string()
                              + ": free some disk space or check the folder's permissions.");
}

} // namespace torchdeck::engine

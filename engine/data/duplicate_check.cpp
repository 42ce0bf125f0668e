// SPDX-License-Identifier: GPL-3.0-or-later
#include "torchdeck/engine/duplicate_check.h"

#include "engine/data/fingerprint.h"
#include "engine/data/leak_check.h"
#include "engine/data/scan.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <set>
#include <system_error>
#include <unordered_map>

namespace torchdeck::engine {

namespace fs = std::filesystem;

namespace {

constexpr int mostBits = 10; ///< of 63: candidates
constexpr double leastLikeness = 0.97;

struct Kept {
    std::uintmax_t size = 0;
    fs::file_time_type date;
    Fingerprint print;
};

bool comparable(const Fingerprint &print) { return print.readable && !print.blank; }

/// Hashes lie close together: that is where the time goes in large sets.
struct Candidate {
    std::uint64_t hash = 0;
    std::size_t index = 0;
};

/// The nearest training image, if it is near enough; its index, or -1.
std::ptrdiff_t nearest(const Fingerprint &print, const std::vector<Candidate> &candidates,
                       const std::vector<Fingerprint> &prints, double &like)
{
    std::ptrdiff_t best = -1;
    for (const Candidate &candidate : candidates) {
        if (std::popcount(candidate.hash ^ print.hash) > mostBits)
            continue;
        const double value = likeness(print, prints[candidate.index]);
        if (value >= leastLikeness && (best < 0 || value > like)) {
            like = value;
            best = static_cast<std::ptrdiff_t>(candidate.index);
        }
    }
    return best;
}

} // namespace

struct DuplicateFinder::Impl {
    std::unordered_map<std::string, Kept> kept;

    std::vector<Fingerprint> read(const std::vector<Sample> &samples, const std::function<void()> &one,
                                  const std::stop_token &stop);
};

std::vector<Fingerprint> DuplicateFinder::Impl::read(const std::vector<Sample> &samples,
                                                     const std::function<void()> &one, const std::stop_token &stop)
{
    std::vector<Kept> found(samples.size());
    parallelFor(samples.size(), stop, [&](std::size_t i) {
        const Sample &sample = samples[i];
        std::error_code error;
        Kept &now = found[i];
        now.size = fs::file_size(sample.image, error);
        now.date = fs::last_write_time(sample.image, error);
        const auto before = kept.find(sample.image.string()); // nobody writes to it meanwhile
        if (before != kept.end() && before->second.size == now.size && before->second.date == now.date)
            now.print = before->second.print;
        else
            now.print = fingerprintOf(sample.image, sample.width, sample.height);
        one();
    });
    std::vector<Fingerprint> prints;
    prints.reserve(found.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        prints.push_back(found[i].print);
        if (found[i].print.readable)
            kept[samples[i].image.string()] = found[i];
    }
    return prints;
}

DuplicateFinder::DuplicateFinder()
    : m_impl(std::make_unique<Impl>())
{
}

DuplicateFinder::~DuplicateFinder() = default;

DuplicateReport DuplicateFinder::find(const std::string &dataYaml, const Progress &progress,
                                      const std::stop_token &stop)
{
    const DataYaml yaml = readDataYaml(dataYaml);
    const std::vector<Sample> train = scanSplit(yaml, "train", {}, stop).samples;
    const std::vector<Sample> val = scanSplit(yaml, "val", {}, stop).samples;
    const auto total = static_cast<std::int64_t>(train.size() + val.size());
    std::atomic<std::int64_t> done { 0 };
    const auto one = [&] {
        const std::int64_t now = ++done;
        if (progress)
            progress(now, total);
    };
    const std::vector<Fingerprint> trainPrints = m_impl->read(train, one, stop);
    const std::vector<Fingerprint> valPrints = m_impl->read(val, one, stop);
    std::set<fs::path> equal; // reported already
    for (const ScanProblem &leak : findLeaks(train, val, stop))
        equal.insert(leak.problem.file);

    std::vector<Candidate> candidates;
    for (std::size_t i = 0; i < trainPrints.size(); ++i) {
        if (comparable(trainPrints[i]))
            candidates.push_back({ trainPrints[i].hash, i });
    }
    std::vector<DuplicatePair> pairs(val.size());
    parallelFor(val.size(), stop, [&](std::size_t i) {
        if (!comparable(valPrints[i]) || equal.count(val[i].image) > 0)
            return;
        double like = 0;
        if (const std::ptrdiff_t twin = nearest(valPrints[i], candidates, trainPrints, like); twin >= 0)
            pairs[i] = { val[i].image, train[static_cast<std::size_t>(twin)].image, like };
    });

    DuplicateReport report;
    report.images = total;
    report.stopped = stop.stop_requested();
    if (report.stopped)
        return report;
    for (const std::vector<Fingerprint> *prints : { &trainPrints, &valPrints })
        report.unreadable += std::ranges::count_if(*prints, [](const Fingerprint &p) { return !p.readable; });
    std::erase_if(pairs, [](const DuplicatePair &pair) { return pair.val.empty(); });
    std::ranges::stable_sort(pairs, std::greater(), &DuplicatePair::likeness);
    report.pairs = std::move(pairs);
    return report;
}

} // namespace torchdeck::engine

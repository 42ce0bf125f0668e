// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/lifecycle.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace torchdeck::engine {

/// What a validation of one epoch tells beyond the row in results.csv.
struct EpochDetails {
    int epoch = 0; ///< 0-based
    std::vector<ClassMetrics> classes;
    DetectionCurves curves; ///< 101 points an axis
    ConfusionMatrix confusion;
};

[[nodiscard]] EpochDetails detailsOf(const FitEpochEnd &event);

/// Compact form: curves in steps of 1/4000 and by their differences, the matrix by its cells that are not
/// zero. 80 classes take about 30 KB.
[[nodiscard]] std::string encodeEpochDetails(const EpochDetails &details);
/// Nothing when the bytes are not whole; whatever they are, no more memory than a few times their size is
/// used (plus one matrix of at most 1500 classes).
[[nodiscard]] std::optional<EpochDetails> decodeEpochDetails(std::string_view bytes);

/// The details of a run's epochs in their compact form, by rising epoch. Bounded: when they grow past `limit` bytes only
/// every second epoch is kept from then on, then every fourth, ... (and always the best and the newest), so that a long
/// run is kept in even, coarser steps. Not thread-safe.
class EpochArchive {
public:
    static constexpr std::size_t usualLimit = 32u << 20;

    explicit EpochArchive(std::size_t limit = usualLimit)
        : m_limit(limit)
    {
    }

    /// An epoch that is there already is replaced. True: others had to go to make room.
    bool add(const EpochDetails &details);
    void clear();
    void dropFrom(int epoch); ///< and all later ones: about to be trained again
    [[nodiscard]] std::vector<int> epochs() const;
    [[nodiscard]] int stride() const { return m_stride; } ///< above 1: the file lacks the newest and the best
    [[nodiscard]] bool empty() const { return m_records.empty(); }
    [[nodiscard]] std::size_t bytes() const { return m_bytes; }
    [[nodiscard]] std::optional<EpochDetails> at(int epoch) const;

    /// RUN/epoch_details.bin. Torn or foreign parts are left out; never throws. Any thread.
    [[nodiscard]] static EpochArchive read(const std::filesystem::path &runFolder);
    /// The whole file anew, by rename. Throws EngineError.
    void write(const std::filesystem::path &runFolder) const;
    /// Adds the newest record to the file's end, unless it is one of those that will not stay; writes the file when there
    /// is none. Throws EngineError.
    void append(const std::filesystem::path &runFolder) const;

private:
    struct Record {
        int epoch = 0;
        double fitness = 0; ///< mean mAP50-95
        std::string bytes;
    };
    bool insert(Record record);
    void thin();
    [[nodiscard]] bool stays(const Record &record) const { return record.epoch % m_stride == 0; }

    std::vector<Record> m_records;
    std::size_t m_bytes = 0;
    std::size_t m_limit;
    int m_stride = 1; ///< epochs that are no multiple of it go
};

} // namespace torchdeck::engine

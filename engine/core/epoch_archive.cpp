// SPDX-License-Identifier: GPL-3.0-or-later
// RUN/epoch_details.bin: "TDEPOCH1", then records of length, CRC-32 (both little-endian) and bytes. Appended
// to, so that a crash can tear the last record only, which its checksum tells.
#include "engine/core/atomic_file.h"
#include "torchdeck/engine/epoch_details.h"
#include "torchdeck/engine/error.h"

#include <algorithm>
#include <array>
#include <fstream>

namespace torchdeck::engine {

namespace {

constexpr std::string_view magic = "TDEPOCH1";
constexpr std::size_t headSize = 8; ///< length and checksum
constexpr std::uintmax_t mostFileBytes = 256u << 20; ///< more is no file of ours

std::filesystem::path fileOf(const std::filesystem::path &folder) { return folder / "epoch_details.bin"; }

std::uint32_t crc32(std::string_view bytes)
{
    static const std::array<std::uint32_t, 256> table = [] {
        std::array<std::uint32_t, 256> made {};
        for (std::uint32_t i = 0; i < 256; ++i) {
            std::uint32_t value = i;
            for (int bit = 0; bit < 8; ++bit)
                value = value & 1 ? 0xedb88320u ^ (value >> 1) : value >> 1;
            made[i] = value;
        }
        return made;
    }();
    std::uint32_t sum = ~0u;
    for (const char byte : bytes)
        sum = table[(sum ^ static_cast<std::uint8_t>(byte)) & 0xff] ^ (sum >> 8);
    return ~sum;
}

std::uint32_t readWord(std::string_view bytes, std::size_t at)
{
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i)
        value |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(bytes[at + i])) << (8 * i);
    return value;
}

std::string framed(const std::string &bytes)
{
    std::string out;
    for (const std::uint32_t word : { static_cast<std::uint32_t>(bytes.size()), crc32(bytes) }) {
        for (int shift = 0; shift < 32; shift += 8)
            out += static_cast<char>(word >> shift);
    }
    return out + bytes;
}

double fitnessOf(const EpochDetails &details)
{
    double sum = 0;
    for (const ClassMetrics &row : details.classes)
        sum += row.map5095;
    return details.classes.empty() ? 0 : sum / double(details.classes.size());
}

} // namespace

bool EpochArchive::add(const EpochDetails &details)
{
    return insert({ details.epoch, fitnessOf(details), encodeEpochDetails(details) });
}

void EpochArchive::clear()
{
    m_records.clear();
    m_bytes = 0;
    m_stride = 1;
}

bool EpochArchive::insert(Record record)
{
    const auto at = std::ranges::lower_bound(m_records, record.epoch, {}, &Record::epoch);
    m_bytes += record.bytes.size();
    if (at != m_records.end() && at->epoch == record.epoch) {
        m_bytes -= at->bytes.size();
        *at = std::move(record);
    } else {
        m_records.insert(at, std::move(record));
    }
    if (m_bytes <= m_limit) {
        if (m_stride > 1)
            thin(); // the one that was the newest goes; the file never had it
        return false;
    }
    while (m_bytes > m_limit && m_records.size() > 3) {
        m_stride *= 2;
        thin();
    }
    return true;
}

void EpochArchive::thin()
{
    const int best = std::ranges::max_element(m_records, {}, &Record::fitness)->epoch;
    const int newest = m_records.back().epoch;
    std::erase_if(m_records, [&](const Record &record) {
        const bool goes = !stays(record) && record.epoch != best && record.epoch != newest;
        m_bytes -= goes ? record.bytes.size() : 0;
        return goes;
    });
}

void EpochArchive::dropFrom(int epoch)
{
    std::erase_if(m_records, [epoch](const Record &record) { return record.epoch >= epoch; });
    m_bytes = 0;
    for (const Record &record : m_records)
        m_bytes += record.bytes.size();
}

std::vector<int> EpochArchive::epochs() const
{
    std::vector<int> all;
    for (const Record &record : m_records)
        all.push_back(record.epoch);
    return all;
}

std::optional<EpochDetails> EpochArchive::at(int epoch) const
{
    const auto found = std::ranges::lower_bound(m_records, epoch, {}, &Record::epoch);
    if (found == m_records.end() || found->epoch != epoch)
        return std::nullopt;
    return decodeEpochDetails(found->bytes);
}

EpochArchive EpochArchive::read(const std::filesystem::path &runFolder)
{
    EpochArchive archive;
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(fileOf(runFolder), error);
    if (error || size > mostFileBytes)
        return archive;
    try {
        const std::string bytes = readFile(fileOf(runFolder));
        const std::string_view all = bytes;
        if (all.substr(0, magic.size()) != magic)
            return archive;
        for (std::size_t at = magic.size(); all.size() - at >= headSize;) {
            const std::size_t length = readWord(all, at);
            if (length > all.size() - at - headSize)
                break;
            const std::string_view record = all.substr(at + headSize, length);
            if (crc32(record) == readWord(all, at + 4)) {
                if (const auto details = decodeEpochDetails(record))
                    archive.insert({ details->epoch, fitnessOf(*details), std::string(record) });
            }
            at += headSize + length;
        }
    } catch (const EngineError &) { // gone, or not ours to read
    }
    return archive;
}

void EpochArchive::write(const std::filesystem::path &runFolder) const
{
    std::string bytes(magic);
    for (const Record &record : m_records)
        bytes += framed(record.bytes);
    writeFileAtomically(fileOf(runFolder), bytes);
}

void EpochArchive::append(const std::filesystem::path &runFolder) const
{
    std::error_code missing;
    if (m_records.empty() || !std::filesystem::exists(fileOf(runFolder), missing))
        return write(runFolder);
    if (!stays(m_records.back()))
        return;
    std::ofstream out(fileOf(runFolder), std::ios::binary | std::ios::app);
    out << framed(m_records.back().bytes) << std::flush;
    if (!out)
        throw EngineError(ErrorKind::Storage,
                          "Cannot write " + fileOf(runFolder).string()
                              + ": free some disk space or check the folder's permissions.");
}

} // namespace torchdeck::engine

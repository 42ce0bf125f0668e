// SPDX-License-Identifier: GPL-3.0-or-later
// The format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
#include "engine/interop/zip_reader.h"

#include <algorithm>
#include <array>

namespace torchdeck::engine::interop {

namespace {

constexpr std::uint32_t localSignature = 0x04034b50;
constexpr std::uint32_t entrySignature = 0x02014b50;
constexpr std::uint32_t endSignature = 0x06054b50;
constexpr std::uint32_t end64Signature = 0x06064b50;
constexpr std::uint32_t locator64Signature = 0x07064b50;
constexpr std::size_t endSize = 22, locator64Size = 20, end64Size = 56, localSize = 30;
constexpr std::size_t longestComment = 65535;
constexpr std::uint64_t mostEntries = 100'000;
constexpr std::uint64_t largestDirectory = std::uint64_t(32) << 20;
constexpr std::uint32_t in64 = 0xffffffff; ///< the number is in the zip64 field

/// Little-endian fields of a block, one after another.
class Fields {
public:
    explicit Fields(std::span<const std::uint8_t> bytes)
        : m_bytes(bytes)
    {
    }
    std::uint64_t next(std::size_t width)
    {
        const auto field = take(width);
        std::uint64_t value = 0;
        for (std::size_t i = width; i-- > 0;)
            value = value << 8 | field[i];
        return value;
    }
    std::span<const std::uint8_t> take(std::size_t count)
    {
        if (count > m_bytes.size())
            throw FormatError("its table of contents is damaged");
        const auto part = m_bytes.first(count);
        m_bytes = m_bytes.subspan(count);
        return part;
    }
    [[nodiscard]] bool empty() const { return m_bytes.empty(); }
    [[nodiscard]] std::size_t left() const { return m_bytes.size(); }

private:
    std::span<const std::uint8_t> m_bytes;
};

struct Entry {
    std::string name;
    std::uint64_t method = 0, flags = 0, packed = 0, size = 0, header = 0;
    std::uint32_t crc = 0;
};

/// Takes 64-bit sizes from the extra fields where the 32-bit ones say so.
void readExtra(Fields extra, Entry &entry)
{
    while (extra.left() >= 4) {
        const std::uint64_t id = extra.next(2);
        Fields field(extra.take(static_cast<std::size_t>(extra.next(2))));
        if (id != 1)
            continue;
        for (std::uint64_t *number : { &entry.size, &entry.packed, &entry.header }) {
            if (*number == in64)
                *number = field.next(8);
        }
    }
}

Entry readEntry(Fields &fields)
{
    Entry entry;
    if (fields.next(4) != entrySignature)
        throw FormatError("its table of contents is damaged");
    (void)fields.take(4); // versions
    entry.flags = fields.next(2);
    entry.method = fields.next(2);
    (void)fields.take(4); // time
    entry.crc = static_cast<std::uint32_t>(fields.next(4));
    entry.packed = fields.next(4);
    entry.size = fields.next(4);
    const auto nameLength = static_cast<std::size_t>(fields.next(2));
    const auto extraLength = static_cast<std::size_t>(fields.next(2));
    const auto commentLength = static_cast<std::size_t>(fields.next(2));
    (void)fields.take(8); // disk, attributes
    entry.header = fields.next(4);
    const auto name = fields.take(nameLength);
    entry.name.assign(name.begin(), name.end());
    readExtra(Fields(fields.take(extraLength)), entry);
    (void)fields.take(commentLength);
    return entry;
}

std::array<std::array<std::uint32_t, 256>, 8> makeCrcTables()
{
    std::array<std::array<std::uint32_t, 256>, 8> tables {};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit)
            value = (value >> 1) ^ ((value & 1) != 0 ? 0xEDB88320u : 0u);
        tables[0][i] = value;
    }
    for (std::size_t t = 1; t < tables.size(); ++t) {
        for (std::size_t i = 0; i < 256; ++i)
            tables[t][i] = (tables[t - 1][i] >> 8) ^ tables[0][tables[t - 1][i] & 0xff];
    }
    return tables;
}

} // namespace

std::uint32_t crc32(std::span<const std::uint8_t> bytes, std::uint32_t crc)
{
    static const auto tables = makeCrcTables();
    crc = ~crc;
    std::size_t i = 0;
    for (; i + 8 <= bytes.size(); i += 8) { // eight bytes at a time
        const std::uint8_t *p = bytes.data() + i;
        crc ^= std::uint32_t(p[0]) | std::uint32_t(p[1]) << 8 | std::uint32_t(p[2]) << 16
            | std::uint32_t(p[3]) << 24;
        crc = tables[7][crc & 0xff] ^ tables[6][crc >> 8 & 0xff] ^ tables[5][crc >> 16 & 0xff]
            ^ tables[4][crc >> 24] ^ tables[3][p[4]] ^ tables[2][p[5]] ^ tables[1][p[6]] ^ tables[0][p[7]];
    }
    for (; i < bytes.size(); ++i)
        crc = tables[0][(crc ^ bytes[i]) & 0xff] ^ (crc >> 8);
    return ~crc;
}

ZipReader::ZipReader(ByteSource &source)
    : m_source(source)
{
    readDirectory(findDirectory());
    locateData();
}

const ZipReader::Record *ZipReader::find(const std::string &name) const
{
    const auto it = m_records.find(name);
    return it == m_records.end() ? nullptr : &it->second;
}

ZipReader::Directory ZipReader::findDirectory()
{
    const std::uint64_t size = m_source.size();
    const std::uint64_t tailSize = std::min<std::uint64_t>(size, endSize + longestComment);
    const std::vector<std::uint8_t> tail = m_source.bytes(size - tailSize, tailSize);
    for (std::size_t i = tail.size() < endSize ? 0 : tail.size() - endSize + 1; i-- > 0;) {
        Fields fields { std::span<const std::uint8_t>(tail).subspan(i) };
        if (fields.next(4) != endSignature)
            continue;
        (void)fields.take(6); // disks, entries on this disk
        Directory found;
        found.entries = fields.next(2);
        found.size = fields.next(4);
        found.offset = fields.next(4);
        const std::uint64_t end = size - tailSize + i;
        if (end < locator64Size)
            return found;
        const std::vector<std::uint8_t> locator = m_source.bytes(end - locator64Size, locator64Size);
        Fields locatorFields(locator);
        if (locatorFields.next(4) != locator64Signature)
            return found;
        (void)locatorFields.take(4);
        const std::vector<std::uint8_t> block = m_source.bytes(locatorFields.next(8), end64Size);
        Fields end64(block);
        if (end64.next(4) != end64Signature)
            throw FormatError("its table of contents is damaged");
        (void)end64.take(28);
        found.entries = end64.next(8);
        found.size = end64.next(8);
        found.offset = end64.next(8);
        return found;
    }
    throw FormatError("it has no table of contents: it was not written or copied completely");
}

void ZipReader::readDirectory(const Directory &directory)
{
    if (directory.entries > mostEntries || directory.size > largestDirectory)
        throw FormatError("it has too many records");
    const std::vector<std::uint8_t> bytes = m_source.bytes(directory.offset, directory.size);
    Fields fields(bytes);
    for (std::uint64_t i = 0; i < directory.entries; ++i) {
        Entry entry = readEntry(fields);
        if (!entry.name.empty() && entry.name.back() == '/')
            continue;
        if (entry.method != 0 || entry.packed != entry.size || (entry.flags & 1) != 0)
            throw FormatError("its records are compressed or encrypted, which torch.save does not do");
        const std::string folder = entry.name.substr(0, entry.name.find('/'));
        if (entry.name.size() > folder.size() && entry.name.substr(folder.size()) == "/data.pkl")
            m_folder = folder;
        if (!m_records.emplace(entry.name, Record { entry.header, entry.size, entry.crc }).second)
            throw FormatError("it has two records of the same name");
    }
}

/// From the local headers to the data behind them, and no byte belongs to two records.
void ZipReader::locateData()
{
    std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
    for (auto &[name, record] : m_records) {
        const std::uint64_t begin = record.offset;
        const std::vector<std::uint8_t> header = m_source.bytes(begin, localSize);
        Fields fields(header);
        if (fields.next(4) != localSignature)
            throw FormatError("a record is not where the table of contents says");
        (void)fields.take(22);
        const std::uint64_t nameLength = fields.next(2);
        record.offset = begin + localSize + nameLength + fields.next(2);
        if (record.offset > m_source.size() || record.size > m_source.size() - record.offset)
            throw FormatError("it is cut off");
        ranges.emplace_back(begin, record.offset + record.size);
    }
    std::sort(ranges.begin(), ranges.end());
    for (std::size_t i = 1; i < ranges.size(); ++i) {
        if (ranges[i].first < ranges[i - 1].second)
            throw FormatError("its records overlap");
    }
}

} // namespace torchdeck::engine::interop

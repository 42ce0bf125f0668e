// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/interop/byte_source.h"

#include <unordered_map>

namespace torchdeck::engine::interop {

/// The table of contents of a zip whose records are stored, not compressed, as torch.save writes it (with or
/// without zip64). Strict: records lie inside the file and do not overlap.
class ZipReader {
public:
    struct Record {
        std::uint64_t offset = 0; ///< of the data in the file
        std::uint64_t size = 0;
        std::uint32_t crc = 0;
    };

    /// Throws FormatError.
    explicit ZipReader(ByteSource &source);

    [[nodiscard]] const std::unordered_map<std::string, Record> &records() const { return m_records; }
    [[nodiscard]] const Record *find(const std::string &name) const;
    /// The folder that all records of a torch file lie in ("best", "archive"), or empty.
    [[nodiscard]] const std::string &folder() const { return m_folder; }

private:
    struct Directory {
        std::uint64_t offset = 0, size = 0, entries = 0;
    };
    [[nodiscard]] Directory findDirectory();
    void readDirectory(const Directory &directory);
    void locateData();

    ByteSource &m_source;
    std::unordered_map<std::string, Record> m_records;
    std::string m_folder;
};

/// CRC-32 as zip uses it; `crc` continues an earlier one.
[[nodiscard]] std::uint32_t crc32(std::span<const std::uint8_t> bytes, std::uint32_t crc = 0);

} // namespace torchdeck::engine::interop

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/interop/data_tree.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <span>

namespace torchdeck::engine::interop {

/// Random access to bytes in a file or in memory. Not thread-safe.
class ByteSource {
public:
    virtual ~ByteSource() = default;
    [[nodiscard]] virtual std::uint64_t size() const = 0;
    /// Fills `target` from `offset`. Throws FormatError when the range is not there.
    virtual void read(std::uint64_t offset, std::span<std::uint8_t> target) = 0;

    [[nodiscard]] std::vector<std::uint8_t> bytes(std::uint64_t offset, std::uint64_t count)
    {
        checkRange(offset, count);
        std::vector<std::uint8_t> result(static_cast<std::size_t>(count));
        read(offset, result);
        return result;
    }

protected:
    void checkRange(std::uint64_t offset, std::uint64_t count) const
    {
        if (offset > size() || count > size() - offset)
            throw FormatError("it is cut off");
    }
};

class MemorySource : public ByteSource {
public:
    explicit MemorySource(std::span<const std::uint8_t> bytes)
        : m_bytes(bytes)
    {
    }
    [[nodiscard]] std::uint64_t size() const override { return m_bytes.size(); }
    void read(std::uint64_t offset, std::span<std::uint8_t> target) override
    {
        checkRange(offset, target.size());
        if (!target.empty())
            std::memcpy(target.data(), m_bytes.data() + offset, target.size());
    }

private:
    std::span<const std::uint8_t> m_bytes;
};

class FileSource : public ByteSource {
public:
    explicit FileSource(const std::filesystem::path &file)
        : m_stream(file, std::ios::binary)
    {
        m_stream.seekg(0, std::ios::end);
        const auto end = m_stream.tellg();
        if (!m_stream || end < 0)
            throw FormatError("it cannot be read");
        m_size = static_cast<std::uint64_t>(end);
    }
    [[nodiscard]] std::uint64_t size() const override { return m_size; }
    void read(std::uint64_t offset, std::span<std::uint8_t> target) override
    {
        checkRange(offset, target.size());
        m_stream.clear();
        m_stream.seekg(static_cast<std::streamoff>(offset));
        m_stream.read(reinterpret_cast<char *>(target.data()), static_cast<std::streamsize>(target.size()));
        if (!m_stream)
            throw FormatError("it cannot be read to its end");
    }

private:
    std::ifstream m_stream;
    std::uint64_t m_size = 0;
};

} // namespace torchdeck::engine::interop

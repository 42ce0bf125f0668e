// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/interop/pt_file.h"

#include "engine/interop/safetensors.h"

#include <algorithm>
#include <charconv>

namespace torchdeck::engine::interop {

namespace {

/// First bytes of torch.save before PyTorch 1.6: a pickle of one 80-bit number.
constexpr std::uint8_t legacyStart[] = { 0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9 };

bool startsWith(ByteSource &source, std::span<const std::uint8_t> start)
{
    if (source.size() < start.size())
        return false;
    const std::vector<std::uint8_t> bytes = source.bytes(0, start.size());
    return std::equal(start.begin(), start.end(), bytes.begin());
}

std::vector<std::uint8_t> checkedRecord(ByteSource &source, const ZipReader::Record &record)
{
    std::vector<std::uint8_t> bytes = source.bytes(record.offset, record.size);
    if (crc32(bytes) != record.crc)
        throw FormatError("its content is damaged (the checksum differs)");
    return bytes;
}

} // namespace

PtFile::PtFile(const std::filesystem::path &file)
    : m_source(std::make_unique<FileSource>(file))
{
    open();
}

PtFile::PtFile(std::span<const std::uint8_t> bytes)
    : m_source(std::make_unique<MemorySource>(bytes))
{
    open();
}

void PtFile::open()
{
    if (m_source->size() == 0)
        throw FormatError("it is empty");
    if (looksLikeSafetensors(*m_source)) {
        m_document.root = readSafetensors(*m_source, m_document);
        return;
    }
    if (startsWith(*m_source, legacyStart))
        throw FormatError("it is in PyTorch's format from before version 1.6; load it there and save it "
                          "again with torch.save");
    constexpr std::uint8_t zipStart[] = { 'P', 'K', 3, 4 };
    if (!startsWith(*m_source, zipStart))
        throw FormatError("it is neither a zip that torch.save wrote nor a safetensors file");
    m_zip = std::make_unique<ZipReader>(*m_source);
    const std::string &folder = m_zip->folder();
    const ZipReader::Record *pickle = m_zip->find(folder + "/data.pkl");
    if (!pickle)
        throw FormatError("it is a zip, but not one that torch.save wrote");
    if (m_zip->find(folder + "/constants.pkl"))
        throw FormatError("it is an exported TorchScript program; give the .pt it was exported from");
    if (const ZipReader::Record *order = m_zip->find(folder + "/byteorder")) {
        constexpr std::string_view little = "little";
        const std::vector<std::uint8_t> text =
            checkedRecord(*m_source, { order->offset, std::min<std::uint64_t>(order->size, 16), order->crc });
        if (!std::equal(text.begin(), text.end(), little.begin(), little.end()))
            throw FormatError("it was written on a big-endian machine");
    }
    if (pickle->size > PickleLimits {}.bytes)
        throw FormatError("its pickle is larger than " + std::to_string(PickleLimits {}.bytes >> 20)
                          + " MiB");
    m_document.root = readPickle(checkedRecord(*m_source, *pickle), m_document);
}

ZipReader::Record PtFile::recordOf(const TensorInfo &tensor) const
{
    if (m_zip) {
        const ZipReader::Record *record = m_zip->find(m_zip->folder() + "/data/" + tensor.storage);
        if (!record)
            throw FormatError("the data of storage '" + tensor.storage + "' is missing");
        return *record;
    }
    const std::string &range = tensor.storage;
    std::uint64_t begin = 0, end = 0;
    const std::size_t colon = range.find(':');
    std::from_chars(range.data(), range.data() + colon, begin);
    std::from_chars(range.data() + colon + 1, range.data() + range.size(), end);
    return { begin, end - begin, 0 };
}

std::uint64_t PtFile::storageBytes(const TensorInfo &tensor) const
{
    const std::uint64_t size = recordOf(tensor).size;
    const std::uint64_t width = sizeOf(tensor.type);
    if (size % width != 0 || size / width < static_cast<std::uint64_t>(tensor.storageSize))
        throw FormatError("the data of storage '" + tensor.storage + "' has the wrong size");
    return size;
}

void PtFile::readStorage(const TensorInfo &tensor, std::span<std::uint8_t> target)
{
    const ZipReader::Record record = recordOf(tensor);
    if (record.size != target.size())
        throw FormatError("the data of storage '" + tensor.storage + "' has the wrong size");
    m_source->read(record.offset, target);
    if (m_zip && crc32(target) != record.crc)
        throw FormatError("the data of storage '" + tensor.storage + "' is damaged (the checksum differs)");
}

} // namespace torchdeck::engine::interop

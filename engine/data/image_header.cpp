// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/image_header.h"

#include <opencv2/imgcodecs.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <string_view>
#include <system_error>
#include <vector>

namespace torchdeck::engine {

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr const char *kCutOff = "is cut off";

/// Little random-access reader: every read says whether all bytes were there.
class Reader {
public:
    explicit Reader(const std::filesystem::path &file)
        : m_stream(file, std::ios::binary)
    {
        if (m_stream) {
            m_stream.seekg(0, std::ios::end);
            m_size = static_cast<std::int64_t>(m_stream.tellg());
        }
    }
    [[nodiscard]] bool open() const { return m_stream.is_open() && m_size >= 0; }
    [[nodiscard]] std::int64_t size() const { return m_size; }
    bool read(std::int64_t at, void *to, std::size_t count)
    {
        if (at < 0 || at + static_cast<std::int64_t>(count) > m_size)
            return false;
        m_stream.clear();
        m_stream.seekg(at);
        m_stream.read(static_cast<char *>(to), static_cast<std::streamsize>(count));
        return static_cast<std::size_t>(m_stream.gcount()) == count;
    }

private:
    std::ifstream m_stream;
    std::int64_t m_size = -1;
};

std::uint32_t be16(const std::uint8_t *p) { return static_cast<std::uint32_t>(p[0] << 8 | p[1]); }
std::uint32_t be32(const std::uint8_t *p) { return be16(p) << 16 | be16(p + 2); }
std::uint32_t le16(const std::uint8_t *p) { return static_cast<std::uint32_t>(p[1] << 8 | p[0]); }
std::uint32_t le32(const std::uint8_t *p) { return le16(p + 2) << 16 | le16(p); }

/// Orientation (1..8) of a TIFF block as it lies in EXIF data; 1 when absent or damaged.
int tiffOrientation(const std::uint8_t *data, std::size_t size)
{
    if (size < 8)
        return 1;
    const bool big = data[0] == 'M' && data[1] == 'M';
    if (!big && !(data[0] == 'I' && data[1] == 'I'))
        return 1;
    const auto u16 = [&](std::size_t at) { return big ? be16(data + at) : le16(data + at); };
    const std::size_t ifd = big ? be32(data + 4) : le32(data + 4);
    if (ifd + 2 > size)
        return 1;
    const std::size_t count = u16(ifd);
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t at = ifd + 2 + i * 12;
        if (at + 12 > size)
            break;
        if (u16(at) == 0x0112) {
            const auto value = static_cast<int>(u16(at + 8));
            return value >= 1 && value <= 8 ? value : 1;
        }
    }
    return 1;
}

/// True when an end-of-image marker follows `from`: entropy-coded data never holds FF D9, so one means a
/// whole image, also when a camera appended data of its own.
bool jpegEnds(Reader &reader, std::int64_t from)
{
    std::array<std::uint8_t, 2> tail {};
    if (reader.size() - 2 >= from && reader.read(reader.size() - 2, tail.data(), 2) && tail[0] == 0xff
        && tail[1] == 0xd9)
        return true;
    constexpr std::int64_t kChunk = 1 << 16;
    Bytes chunk(static_cast<std::size_t>(kChunk));
    for (std::int64_t at = from; at + 1 < reader.size(); at += kChunk - 1) {
        const auto count = static_cast<std::size_t>(std::min(kChunk, reader.size() - at));
        if (!reader.read(at, chunk.data(), count))
            return false;
        for (std::size_t i = 0; i + 1 < count; ++i) {
            if (chunk[i] == 0xff && chunk[i + 1] == 0xd9)
                return true;
        }
    }
    return false;
}

bool isStartOfFrame(int marker)
{
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

/// `needDecode` is set where the header alone cannot tell (height given later in the stream).
ImageHeader readJpeg(Reader &reader, bool &needDecode)
{
    ImageHeader header;
    int orientation = 0;
    std::int64_t at = 2;
    for (;;) {
        std::array<std::uint8_t, 4> bytes {};
        if (!reader.read(at, bytes.data(), 2) || bytes[0] != 0xff)
            return { 0, 0, kCutOff };
        const int marker = bytes[1];
        if (marker == 0xff) {
            ++at;
            continue;
        }
        at += 2;
        if (marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8))
            continue;
        if (marker == 0xd9 || !reader.read(at, bytes.data(), 2))
            return { 0, 0, kCutOff };
        const std::uint32_t length = be16(bytes.data());
        if (length < 2)
            return { 0, 0, "has a broken JPEG header" };
        if (isStartOfFrame(marker)) {
            std::array<std::uint8_t, 5> frame {};
            if (!reader.read(at + 2, frame.data(), frame.size()))
                return { 0, 0, kCutOff };
            header.height = static_cast<int>(be16(frame.data() + 1));
            header.width = static_cast<int>(be16(frame.data() + 3));
        } else if (marker == 0xe1 && orientation == 0) {
            Bytes block(length - 2);
            if (reader.read(at + 2, block.data(), block.size()) && block.size() > 6
                && std::memcmp(block.data(), "Exif\0\0", 6) == 0)
                orientation = tiffOrientation(block.data() + 6, block.size() - 6);
        } else if (marker == 0xda) {
            break;
        }
        at += length;
    }
    if (!jpegEnds(reader, at))
        return { 0, 0, kCutOff };
    needDecode = header.width == 0 || header.height == 0;
    if (orientation >= 5)
        std::swap(header.width, header.height);
    return header;
}

ImageHeader readPng(Reader &reader)
{
    ImageHeader header;
    int orientation = 1;
    std::int64_t at = 8;
    for (;;) {
        std::array<std::uint8_t, 8> chunk {};
        if (!reader.read(at, chunk.data(), chunk.size()))
            return { 0, 0, kCutOff };
        const std::uint32_t length = be32(chunk.data());
        const auto is = [&](const char *type) { return std::memcmp(chunk.data() + 4, type, 4) == 0; };
        if (at + 12 + static_cast<std::int64_t>(length) > reader.size())
            return { 0, 0, kCutOff };
        if (is("IHDR") != (at == 8)) // a second one would hide the size that the decoder goes by
            return { 0, 0, "has a broken PNG header" };
        if (is("IHDR")) {
            std::array<std::uint8_t, 8> size {};
            if (!reader.read(at + 8, size.data(), size.size()))
                return { 0, 0, kCutOff };
            header.width = static_cast<int>(be32(size.data()));
            header.height = static_cast<int>(be32(size.data() + 4));
        } else if (is("eXIf") && length < (1u << 20)) {
            Bytes block(length);
            if (reader.read(at + 8, block.data(), block.size()))
                orientation = tiffOrientation(block.data(), block.size());
        } else if (is("IEND")) {
            break;
        }
        at += 12 + static_cast<std::int64_t>(length);
    }
    if (orientation >= 5)
        std::swap(header.width, header.height);
    return header;
}

ImageHeader readWebp(Reader &reader)
{
    std::array<std::uint8_t, 30> head {};
    if (!reader.read(0, head.data(), head.size()))
        return { 0, 0, kCutOff };
    if (static_cast<std::int64_t>(le32(head.data() + 4)) + 8 > reader.size())
        return { 0, 0, kCutOff };
    const std::uint8_t *p = head.data();
    if (std::memcmp(p + 12, "VP8X", 4) == 0) {
        return { static_cast<int>((le32(p + 24) & 0xffffff) + 1),
                 static_cast<int>((le16(p + 27) | static_cast<std::uint32_t>(p[29]) << 16) + 1),
                 {} };
    }
    if (std::memcmp(p + 12, "VP8L", 4) == 0) {
        const std::uint32_t bits = le32(p + 21);
        return { static_cast<int>((bits & 0x3fff) + 1), static_cast<int>((bits >> 14 & 0x3fff) + 1), {} };
    }
    if (std::memcmp(p + 12, "VP8 ", 4) == 0)
        return { static_cast<int>(le16(p + 26) & 0x3fff), static_cast<int>(le16(p + 28) & 0x3fff), {} };
    return { 0, 0, "has a broken WebP header" };
}

ImageHeader readBmp(Reader &reader, bool &needDecode)
{
    std::array<std::uint8_t, 34> head {};
    if (!reader.read(0, head.data(), head.size()))
        return { 0, 0, kCutOff };
    const std::uint8_t *p = head.data();
    if (le32(p + 14) < 40 || le32(p + 30) != 0) { // old header or compressed rows
        needDecode = true;
        return {};
    }
    const auto width = static_cast<std::int32_t>(le32(p + 18));
    const std::int64_t height = std::abs(static_cast<std::int64_t>(static_cast<std::int32_t>(le32(p + 22))));
    if (width <= 0 || height <= 0 || height > (1 << 20) || width > (1 << 20))
        return { 0, 0, "has a broken BMP header" };
    const std::int64_t row = (static_cast<std::int64_t>(width) * le16(p + 28) + 31) / 32 * 4;
    if (static_cast<std::int64_t>(le32(p + 10)) + row * height > reader.size())
        return { 0, 0, kCutOff };
    return { width, static_cast<int>(height), {} };
}

ImageHeader decode(const std::filesystem::path &file)
{
    const cv::Mat image = cv::imread(file.string(), cv::IMREAD_COLOR);
    if (image.empty())
        return { 0, 0, "is not an image this program can read" };
    return { image.cols, image.rows, {} };
}

ImageHeader readAny(const std::filesystem::path &file)
{
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error)) // opening a pipe would wait for its writer
        return { 0, 0, std::filesystem::exists(file, error) ? "is not a regular file" : "does not exist" };
    Reader reader(file);
    if (!reader.open())
        return { 0, 0, "cannot be opened" };
    if (reader.size() == 0)
        return { 0, 0, "is empty" };
    std::array<std::uint8_t, 12> magic {};
    reader.read(0, magic.data(),
                std::min<std::size_t>(magic.size(), static_cast<std::size_t>(reader.size())));
    static constexpr std::uint8_t kPng[] = { 0x89, 'P', 'N', 'G', 0x0d, 0x0a, 0x1a, 0x0a };
    bool needDecode = false;
    ImageHeader header;
    if (magic[0] == 0xff && magic[1] == 0xd8)
        header = readJpeg(reader, needDecode);
    else if (std::memcmp(magic.data(), kPng, sizeof kPng) == 0)
        header = readPng(reader);
    else if (std::memcmp(magic.data(), "RIFF", 4) == 0 && std::memcmp(magic.data() + 8, "WEBP", 4) == 0)
        header = readWebp(reader);
    else if (magic[0] == 'B' && magic[1] == 'M')
        header = readBmp(reader, needDecode);
    else
        needDecode = true;
    return needDecode && header.problem.empty() ? decode(file) : header;
}

} // namespace

ImageHeader readImageHeader(const std::filesystem::path &file)
{
    constexpr int kSmallest = 10; // the field's lower bound
    ImageHeader header;
    try {
        header = readAny(file);
    } catch (const std::exception &error) {
        return { 0, 0, std::string("cannot be read (") + error.what() + ")" };
    }
    if (header.problem.empty() && (header.width < kSmallest || header.height < kSmallest)) {
        header.problem = "is " + std::to_string(header.width) + "x" + std::to_string(header.height)
            + " pixels, too small to train on";
    }
    return header;
}

bool hasImageExtension(const std::filesystem::path &file)
{
    static constexpr std::array<std::string_view, 14> kExtensions = { "avif", "bmp",  "dng",  "heic", "heif",
                                                                      "jp2",  "jpeg", "jpg",  "mpo",  "pfm",
                                                                      "png",  "tif",  "tiff", "webp" };
    std::string extension = file.extension().string();
    if (extension.size() < 2)
        return false;
    extension.erase(0, 1);
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
    return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

} // namespace torchdeck::engine

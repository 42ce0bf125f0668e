// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/image_store.h"

#include "engine/data/disk_cache.h"

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <limits>
#include <system_error>

#include <unistd.h>

namespace torchdeck::engine {

namespace fs = std::filesystem;

namespace {

std::int64_t readNumber(const char *file)
{
    std::ifstream stream(file);
    std::int64_t value = -1;
    stream >> value; // "max" leaves it unread
    return stream ? value : -1;
}

std::int64_t bytesOf(const StoredImage &image)
{
    return static_cast<std::int64_t>(image.pixels.total() * image.pixels.elemSize());
}

std::vector<std::uint8_t> readFile(const fs::path &file)
{
    std::ifstream stream(file, std::ios::binary | std::ios::ate);
    if (!stream)
        return {};
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(std::max<std::streamoff>(stream.tellg(), 0)));
    stream.seekg(0);
    stream.read(reinterpret_cast<char *>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(stream.gcount()));
    return bytes;
}

/// For sides that are to be halved exactly, as 1280 x 720 for imgsz=640: libjpeg then decodes at half the size, which is the mean
/// of the same 2 x 2 pixels that a linear resize takes, in half the time. Other factors would give other pixels than it.
bool isJpeg(const std::vector<std::uint8_t> &bytes)
{
    return bytes.size() > 3 && bytes[0] == 0xff && bytes[1] == 0xd8 && bytes[2] == 0xff;
}

} // namespace

std::int64_t availableMemory()
{
    std::int64_t available = 0;
    std::ifstream stream("/proc/meminfo");
    std::string key, unit;
    for (std::int64_t value = 0; stream >> key >> value; std::getline(stream, unit)) {
        if (key == "MemAvailable:") {
            available = value * 1024;
            break;
        }
    }
    if (available == 0)
        available = static_cast<std::int64_t>(sysconf(_SC_AVPHYS_PAGES)) * sysconf(_SC_PAGESIZE);
    for (const auto &[limitFile, usedFile] :
         { std::pair { "/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current" },
           std::pair { "/sys/fs/cgroup/memory/memory.limit_in_bytes",
                       "/sys/fs/cgroup/memory/memory.usage_in_bytes" } }) {
        const std::int64_t limit = readNumber(limitFile), used = readNumber(usedFile);
        if (limit > 0 && used >= 0)
            available = std::min(available, std::max<std::int64_t>(limit - used, 0));
    }
    return available;
}

std::int64_t storedBytes(const Dataset &dataset, int imgsz)
{
    std::int64_t bytes = 0;
    for (const Sample &sample : dataset.samples) {
        const PixelSize size = fittedSize({ sample.width, sample.height }, imgsz);
        bytes += std::int64_t { 3 } * size.width * size.height;
    }
    return bytes;
}

ImageStore::ImageStore(std::shared_ptr<const Dataset> dataset, ImageStoreOptions options)
    : m_dataset(std::move(dataset))
    , m_options(std::move(options))
{
    const std::int64_t whole = storedBytes(*m_dataset, m_options.imgsz);
    const std::int64_t available = m_options.freeMemory >= 0 ? m_options.freeMemory : availableMemory();
    const std::int64_t square = std::int64_t { 3 } * m_options.imgsz * m_options.imgsz;
    const std::int64_t least = std::min(m_options.window * square, std::max(available / 8, square));
    if (m_options.cache == "auto") {
        m_budget = whole <= available * 3 / 10 ? whole : least;
    } else if (m_options.cache == "ram" || m_options.cache == "true") {
        m_budget = std::min(whole, available / 2);
        if (m_budget < whole)
            note("cache=ram: the images need " + std::to_string(whole >> 20)
                 + " MiB, half of the free memory is " + std::to_string(m_budget >> 20)
                 + " MiB; as many as fit are kept.");
    }
    m_budget = std::max(m_budget, least);
    if (m_options.cache != "disk")
        return;
    if (m_options.diskFolder.empty())
        m_options.diskFolder = defaultImageCacheFolder();
    std::error_code error;
    fs::create_directories(m_options.diskFolder, error);
    const auto space = fs::space(m_options.diskFolder, error);
    if (m_options.diskFolder.empty() || error
        || static_cast<std::int64_t>(space.available / 10 * 9) < whole) {
        note("cache=disk: " + m_options.diskFolder.string() + " cannot be used or has less than "
             + std::to_string(whole >> 20) + " MiB free; images are decoded each time.");
        m_options.cache = "false";
    } else {
        pruneImageCache(m_options.diskFolder);
    }
}

void ImageStore::note(std::string sentence)
{
    const std::lock_guard lock(m_mutex);
    m_problems.push_back(std::move(sentence));
}

std::vector<std::string> ImageStore::problems() const
{
    const std::lock_guard lock(m_mutex);
    return m_problems;
}

StoredImagePtr ImageStore::get(std::size_t index)
{
    {
        std::unique_lock lock(m_mutex);
        m_loaded.wait(lock, [&] { return m_loading.count(index) == 0; });
        if (const auto found = m_entries.find(index); found != m_entries.end()) {
            m_recent.splice(m_recent.begin(), m_recent, found->second.place);
            return found->second.image;
        }
        m_loading.insert(index);
    }
    StoredImagePtr image;
    try {
        image = load(index);
    } catch (...) {
        {
            const std::lock_guard lock(m_mutex);
            m_loading.erase(index);
        }
        m_loaded.notify_all();
        throw;
    }
    keep(index, image);
    m_loaded.notify_all();
    return image;
}

void ImageStore::keep(std::size_t index, const StoredImagePtr &image)
{
    const std::lock_guard lock(m_mutex);
    m_loading.erase(index);
    if (image->pixels.empty() && m_failed.insert(index).second)
        m_problems.push_back(m_dataset->samples[index].image.string()
                             + ": The image cannot be decoded; another one is used in its place.");
    m_recent.push_front(index);
    m_entries[index] = { image, m_recent.begin() };
    m_used += bytesOf(*image);
    while (m_used > m_budget && m_recent.size() > 1) {
        const auto oldest = m_entries.find(m_recent.back());
        m_used -= bytesOf(*oldest->second.image);
        m_entries.erase(oldest);
        m_recent.pop_back();
    }
}

StoredImagePtr ImageStore::load(std::size_t index)
{
    const Sample &sample = m_dataset->samples[index];
    if (m_options.cache != "disk")
        return decode(sample);
    const fs::path file = m_options.diskFolder / imageCacheName(sample.image, m_options.imgsz);
    auto image = std::make_shared<StoredImage>();
    image->pixels = readRawImage(file, image->original.width, image->original.height);
    if (!image->pixels.empty())
        return image;
    StoredImagePtr decoded = decode(sample);
    if (!decoded->pixels.empty())
        writeRawImage(file, decoded->pixels, decoded->original.width, decoded->original.height);
    return decoded;
}

StoredImagePtr ImageStore::decode(const Sample &sample)
{
    auto image = std::make_shared<StoredImage>();
    image->original = { sample.width, sample.height };
    const PixelSize expected = fittedSize(image->original, m_options.imgsz);
    const PixelSize doubled { 2 * expected.width, 2 * expected.height };
    cv::Mat pixels;
    bool halved = false;
    try {
        const std::vector<std::uint8_t> bytes = readFile(sample.image);
        halved = m_options.halveByDecoder && doubled == image->original && isJpeg(bytes);
        if (!bytes.empty())
            pixels = cv::imdecode(bytes, halved ? cv::IMREAD_REDUCED_COLOR_2 : cv::IMREAD_COLOR);
        if (halved && PixelSize { pixels.cols, pixels.rows } != expected) { // not the file that was looked at
            halved = false;
            pixels = cv::imdecode(bytes, cv::IMREAD_COLOR);
        }
    } catch (const cv::Exception &) {
        pixels.release(); // too large or damaged: reported as undecodable
    }
    if (pixels.empty())
        return image;
    if (!halved)
        image->original = { pixels.cols, pixels.rows };
    const PixelSize wanted = halved ? expected : fittedSize(image->original, m_options.imgsz);
    if (wanted != image->original)
        cv::resize(pixels, pixels, cv::Size(wanted.width, wanted.height), 0, 0, cv::INTER_LINEAR);
    cv::cvtColor(pixels, image->pixels, cv::COLOR_BGR2RGB);
    return image;
}

} // namespace torchdeck::engine

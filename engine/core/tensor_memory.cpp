// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/tensor_memory.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>

#include <malloc.h>
#include <sys/mman.h>

namespace torchdeck::engine {

namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr std::size_t kSmall = std::size_t(-1); ///< all: its checks need malloc()
#else
constexpr std::size_t kSmall = std::size_t { 64 } << 10; ///< below, malloc() does well
#endif
constexpr std::size_t kHuge = std::size_t { 2 } << 20; ///< a huge page

std::size_t roundedUp(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }

/// Sixteen sizes between powers of two: much is given out again, little is wasted.
std::size_t blockSize(std::size_t bytes)
{
    return roundedUp(bytes, std::max<std::size_t>(std::bit_floor(bytes) / 16, 4096));
}

/// Blocks of whole pages. Kept ones are given out to whoever asks for their size or a little less; what is mapped stays
/// near the most that was ever in use at once: before a new block is mapped beyond that, kept ones go, the longest kept first.
class Blocks {
public:
    void *take(std::size_t bytes)
    {
        const std::size_t wanted = blockSize(bytes);
        const std::lock_guard lock(m_mutex);
        const auto found = m_kept.lower_bound(wanted);
        if (found != m_kept.end() && found->first <= wanted + wanted / 8) {
            const Kept kept = found->second;
            const std::size_t size = found->first;
            m_kept.erase(found);
            m_memory.kept -= size;
            return lend(kept.block, size);
        }
        makeRoom(wanted);
        void *block = map(wanted);
        if (block == nullptr) {
            release();
            block = map(wanted);
        }
        return block == nullptr ? nullptr : lend(block, wanted);
    }

    /// How large the block is; 0: not one of these.
    std::size_t sizeOf(void *block)
    {
        const std::lock_guard lock(m_mutex);
        const auto lent = m_lent.find(block);
        return lent == m_lent.end() ? 0 : lent->second;
    }

    void giveBack(void *block)
    {
        const std::lock_guard lock(m_mutex);
        const auto lent = m_lent.find(block);
        const std::size_t size = lent->second;
        m_lent.erase(lent);
        m_memory.used -= size;
        m_memory.kept += size;
        m_kept.emplace(size, Kept { block, ++m_turn });
    }

    void releaseKept()
    {
        const std::lock_guard lock(m_mutex);
        release();
        m_mostUsed = m_memory.used;
    }

    TensorMemory memory()
    {
        const std::lock_guard lock(m_mutex);
        return m_memory;
    }

private:
    struct Kept {
        void *block;
        std::uint64_t since;
    };

    void *lend(void *block, std::size_t size)
    {
        m_lent.emplace(block, size);
        m_memory.used += size;
        m_mostUsed = std::max(m_mostUsed, m_memory.used);
        return block;
    }

    void makeRoom(std::size_t size)
    {
        const std::size_t most = m_mostUsed + m_mostUsed / 4;
        while (!m_kept.empty() && m_memory.used + m_memory.kept + size > most) {
            const auto oldest = std::min_element(m_kept.begin(), m_kept.end(), [](const auto &a, const auto &b) {
                return a.second.since < b.second.since;
            });
            munmap(oldest->second.block, oldest->first);
            m_memory.kept -= oldest->first;
            m_kept.erase(oldest);
        }
    }

    void release()
    {
        for (const auto &[size, kept] : m_kept)
            munmap(kept.block, size);
        m_kept.clear();
        m_memory.kept = 0;
    }

    /// Blocks of several huge pages begin at one: their tail alone is of small pages.
    static void *map(std::size_t size)
    {
        const bool huge = size >= 2 * kHuge;
        const std::size_t room = huge ? size + kHuge : size;
        void *const start = mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (start == MAP_FAILED)
            return nullptr;
        if (!huge)
            return start;
        char *const first = static_cast<char *>(start);
        char *const block = first + (roundedUp(reinterpret_cast<std::size_t>(first), kHuge) - reinterpret_cast<std::size_t>(first));
        if (block > first)
            munmap(first, static_cast<std::size_t>(block - first));
        if (const auto tail = static_cast<std::size_t>(first + room - (block + size)); tail > 0)
            munmap(block + size, tail);
        madvise(block, size, MADV_HUGEPAGE);
        return block;
    }

    std::mutex m_mutex;
    std::multimap<std::size_t, Kept> m_kept;
    std::unordered_map<void *, std::size_t> m_lent;
    TensorMemory m_memory;
    std::size_t m_mostUsed = 0;
    std::uint64_t m_turn = 0;
};

Blocks &blocks()
{
    static auto *const all = new Blocks; // never destroyed: tensors of static lifetime give back late
    return *all;
}

/// One deleter for all, so that raw_allocate(), which oneDNN's scratch memory comes from, works too. Tells LibTorch's
/// memory reporting what comes and goes, as its own allocator does: MemoryBudget counts by it.
class TensorAllocator final : public c10::Allocator {
public:
    c10::DataPtr allocate(std::size_t bytes) override
    {
        void *const data = bytes == 0 ? nullptr
            : bytes < kSmall          ? std::aligned_alloc(64, roundedUp(bytes, 64))
                                      : blocks().take(bytes);
        if (data == nullptr && bytes > 0)
            C10_THROW_ERROR(OutOfMemoryError, "can't allocate memory: " + std::to_string(bytes) + " bytes");
        if (data != nullptr && c10::memoryProfilingEnabled())
            reportTaken(data);
        return { data, data, &giveBack, cpu() };
    }
    [[nodiscard]] c10::DeleterFnPtr raw_deleter() const override { return &giveBack; }
    void copy_data(void *to, const void *from, std::size_t count) const override { default_copy_data(to, from, count); }

private:
    static c10::Device cpu() { return c10::Device(c10::DeviceType::CPU); }

    static std::size_t blockSizeOf(void *data)
    {
        const bool maybeBlock = reinterpret_cast<std::size_t>(data) % 4096 == 0; // one of whole pages always is
        return maybeBlock ? blocks().sizeOf(data) : 0;
    }

    static void report(void *data, std::size_t block, int sign)
    {
        const std::size_t size = block > 0 ? block : malloc_usable_size(data);
        c10::reportMemoryUsageToProfiler(data, sign * static_cast<std::int64_t>(size), 0, 0, cpu());
    }

    /// Who listens may throw: nobody gets the memory then.
    static void reportTaken(void *data)
    {
        const std::size_t block = blockSizeOf(data);
        try {
            report(data, block, 1);
        } catch (...) {
            drop(data, block);
            throw;
        }
    }

    static void drop(void *data, std::size_t block)
    {
        if (block > 0)
            blocks().giveBack(data);
        else
            std::free(data);
    }

    static void giveBack(void *data)
    {
        if (data == nullptr)
            return;
        const std::size_t block = blockSizeOf(data);
        if (c10::memoryProfilingEnabled())
            report(data, block, -1);
        drop(data, block);
    }
};

} // namespace

void installTensorMemory()
{
    static TensorAllocator allocator;
    static std::once_flag once;
    std::call_once(once, [] { c10::SetCPUAllocator(&allocator, 1); });
}

void releaseTensorMemory()
{
    blocks().releaseKept();
    malloc_trim(0);
}

TensorMemory tensorMemory() { return blocks().memory(); }

} // namespace torchdeck::engine

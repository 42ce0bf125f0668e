// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// What the benchmarks measure with.

#include <algorithm>
#include <cstddef>
#include <ctime>
#include <vector>

namespace torchdeck::bench {

/// Of CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID.
inline double seconds(clockid_t clock)
{
    timespec time {};
    ::clock_gettime(clock, &time);
    return double(time.tv_sec) + double(time.tv_nsec) * 1e-9;
}

/// Processor time of all threads.
template <typename Work> double processorSeconds(const Work &work)
{
    const double start = seconds(CLOCK_PROCESS_CPUTIME_ID);
    work();
    return seconds(CLOCK_PROCESS_CPUTIME_ID) - start;
}

/// The upper one of an even number; `values` must not be empty.
inline double median(std::vector<double> values)
{
    const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

} // namespace torchdeck::bench

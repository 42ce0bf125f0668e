// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Counter-based random numbers: a stream is named by (seed, a, b), so an image's augmentation depends on
// nothing but its place in the epoch. The standard distributions differ between libraries; these do not.
// Mixing function: SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).

#include <cmath>
#include <cstdint>

namespace torchdeck::engine {

class Rng {
public:
    explicit Rng(std::uint64_t seed, std::uint64_t a = 0, std::uint64_t b = 0)
        : m_state(mix(mix(mix(seed + kStep) ^ (a * kStep + 1)) ^ (b * kStep + 2)))
    {
    }

    std::uint64_t next() { return mix(m_state += kStep); }
    /// In [0, 1).
    double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
    double uniform(double low, double high) { return low + (high - low) * uniform(); }
    /// In [0, n), n >= 1, without modulo bias (Lemire's method).
    std::uint64_t below(std::uint64_t n)
    {
        __extension__ using Wide = unsigned __int128;
        Wide product = static_cast<Wide>(next()) * n;
        if (static_cast<std::uint64_t>(product) < n) {
            const std::uint64_t threshold = (0 - n) % n;
            while (static_cast<std::uint64_t>(product) < threshold)
                product = static_cast<Wide>(next()) * n;
        }
        return static_cast<std::uint64_t>(product >> 64);
    }
    int between(int low, int high)
    {
        return low + static_cast<int>(below(static_cast<std::uint64_t>(high - low) + 1));
    }
    double normal()
    {
        const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
        return radius * std::cos(6.283185307179586 * uniform());
    }
    /// Gamma(shape, 1) for shape >= 1 (Marsaglia and Tsang, 2000).
    double gamma(double shape)
    {
        const double d = shape - 1.0 / 3.0;
        const double c = 1.0 / std::sqrt(9.0 * d);
        for (;;) {
            const double x = normal();
            const double root = 1.0 + c * x;
            if (root <= 0)
                continue;
            const double v = root * root * root;
            if (std::log(1.0 - uniform()) < 0.5 * x * x + d - d * v + d * std::log(v))
                return d * v;
        }
    }
    double beta(double a, double b)
    {
        const double x = gamma(a);
        return x / (x + gamma(b));
    }

private:
    static constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15ull;
    static constexpr std::uint64_t mix(std::uint64_t z)
    {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
        return z ^ (z >> 31);
    }
    std::uint64_t m_state;
};

} // namespace torchdeck::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace torchdeck::engine {

/// Boxes by their size for one imgsz.
struct SizeShares {
    std::int64_t all = 0, tiny = 0, small = 0, medium = 0, large = 0; ///< tiny ones are small, too
};

/// How large boxes are: counted by their side, the root of the area, as a share of the image's longer side. Letterboxing
/// brings that side to imgsz, so the share times imgsz is what the model sees, in pixels. Values only.
class BoxSizes {
public:
    static constexpr int steps = 4000; ///< of the whole side: what is told apart
    static constexpr double tiny = 8; ///< pixels: a cell of the head's finest grid
    static constexpr double small = 32, medium = 96; ///< pixels: below is small, medium (COCO's areas 32^2 and 96^2)

    /// A box of `width` x `height`, shares of an image of `imageWidth` x `imageHeight` pixels; none when there is no image.
    void add(double width, double height, int imageWidth, int imageHeight)
    {
        const double w = imageWidth, h = imageHeight, longer = std::max(w, h);
        if (longer <= 0)
            return;
        if (m_counts.empty())
            m_counts.resize(steps + 1);
        const double side = std::clamp(std::sqrt(std::max(0.0, width * w * height * h)) / longer, 0.0, 1.0);
        ++m_counts[static_cast<std::size_t>(side * steps)];
        ++m_total;
    }
    [[nodiscard]] std::int64_t total() const { return m_total; }
    /// Boxes whose side is below `pixels` for a model of `imgsz` pixels.
    [[nodiscard]] std::int64_t below(double pixels, int imgsz) const
    {
        if (imgsz <= 0 || pixels <= 0)
            return 0;
        // Rounded to a billionth: 32 px of 640 are step 200, however the division ends.
        const double end = std::ceil(std::round(pixels / imgsz * steps * 1e9) / 1e9);
        std::int64_t sum = 0;
        for (std::size_t i = 0; i < m_counts.size() && static_cast<double>(i) < end; ++i)
            sum += m_counts[i];
        return sum;
    }
    [[nodiscard]] SizeShares shares(int imgsz) const
    {
        const std::int64_t belowMedium = below(small, imgsz), belowLarge = below(medium, imgsz);
        return { m_total, below(tiny, imgsz), belowMedium, belowLarge - belowMedium, m_total - belowLarge };
    }

private:
    std::vector<std::int64_t> m_counts; ///< [i]: sides from i / steps on; empty without a box
    std::int64_t m_total = 0;
};

} // namespace torchdeck::engine

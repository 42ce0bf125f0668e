// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/fingerprint.h"

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace torchdeck::engine {

namespace {

constexpr int dctSide = 32; ///< the usual size of this hash
constexpr int frequencies = 8;
constexpr int enough = 64; ///< pixels of the shorter side that are worth decoding
constexpr double leastContrast = 3; ///< grey levels, standard deviation

/// JPEG decodes at 1/8, 1/4 and 1/2 for less.
int coarseFlag(int shorter)
{
    if (shorter >= 8 * enough)
        return cv::IMREAD_REDUCED_COLOR_8;
    if (shorter >= 4 * enough)
        return cv::IMREAD_REDUCED_COLOR_4;
    return shorter >= 2 * enough ? cv::IMREAD_REDUCED_COLOR_2 : cv::IMREAD_COLOR;
}

std::uint64_t frequencyHash(const cv::Mat &picture)
{
    cv::Mat small, grey, values, spectrum;
    cv::resize(picture, small, cv::Size(dctSide, dctSide), 0, 0, cv::INTER_AREA);
    cv::cvtColor(small, grey, cv::COLOR_BGR2GRAY);
    grey.convertTo(values, CV_32F);
    cv::dct(values, spectrum);
    std::array<float, frequencies * frequencies> low {};
    for (int y = 0; y < frequencies; ++y) {
        for (int x = 0; x < frequencies; ++x)
            low[static_cast<std::size_t>(y * frequencies + x)] = spectrum.at<float>(y, x);
    }
    std::array<float, low.size() - 1> rest {}; // without the mean brightness
    std::copy(low.begin() + 1, low.end(), rest.begin());
    auto sorted = rest;
    std::nth_element(sorted.begin(), sorted.begin() + sorted.size() / 2, sorted.end());
    const float median = sorted[sorted.size() / 2];
    std::uint64_t hash = 0;
    for (const float value : rest)
        hash = hash << 1 | std::uint64_t { value > median };
    return hash;
}

} // namespace

Fingerprint fingerprintOf(const std::filesystem::path &file, int width, int height)
{
    Fingerprint print;
    try {
        const cv::Mat picture = cv::imread(file.string(), coarseFlag(std::min(width, height)));
        if (picture.empty())
            return print;
        print.readable = true;
        cv::Mat small;
        cv::resize(picture, small, cv::Size(Fingerprint::side, Fingerprint::side), 0, 0, cv::INTER_AREA);
        std::memcpy(print.colours.data(), small.data, print.colours.size());
        cv::Scalar mean, deviation;
        cv::meanStdDev(small, mean, deviation);
        print.blank = std::max({ deviation[0], deviation[1], deviation[2] }) < leastContrast;
        print.hash = frequencyHash(picture);
    } catch (const cv::Exception &) {
        print = {}; // too large or damaged: the data set check says so
    }
    return print;
}

double likeness(const Fingerprint &a, const Fingerprint &b)
{
    const auto count = static_cast<double>(a.colours.size());
    double sumA = 0, sumB = 0, squareA = 0, squareB = 0, product = 0;
    for (std::size_t i = 0; i < a.colours.size(); ++i) {
        const double x = a.colours[i], y = b.colours[i];
        sumA += x;
        sumB += y;
        squareA += x * x;
        squareB += y * y;
        product += x * y;
    }
    const double varianceA = squareA - sumA * sumA / count, varianceB = squareB - sumB * sumB / count;
    return varianceA <= 0 || varianceB <= 0 ? 0 : (product - sumA * sumB / count) / std::sqrt(varianceA * varianceB);
}

} // namespace torchdeck::engine

// SPDX-License-Identifier: GPL-3.0-or-later
// What the loader costs an image against its floor: OpenCV's decode and one warp of every image that goes into it.
//   bench_loader DATA.YAML [imgsz=320] [turns=5]
// One loader thread, processor time of the whole process; loader and floor take turns, medians count. Mosaic puts four images
// into one, so its floor is four decodes and four warps to the image's size; with cache=ram nothing is decoded after the first
// epoch, and the floor is the warps; with cache=false a window of images stays, as in Ultralytics. Prints JSON; a ratio below 1 is
// faster than the floor.
#include "bench/timing.h"
#include "engine/core/training_loaders.h"
#include "engine/data/loader.h"

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <vector>

namespace {

using namespace torchdeck;
using namespace torchdeck::engine;

using bench::median;
using bench::processorSeconds;

struct Case {
    const char *name;
    const char *cache;
    double mosaic;
    bool later = false; ///< what a GPU is given
};

cv::Mat warped(const cv::Mat &image, int side)
{
    const double scale = double(side) / std::max(image.cols, image.rows);
    const cv::Matx23d matrix(scale, 0, 0, 0, scale, 0);
    cv::Mat out;
    cv::warpAffine(image, out, matrix, { side, side }, cv::INTER_LINEAR, cv::BORDER_CONSTANT, cv::Scalar(114, 114, 114));
    return out;
}

/// Every image of the set once for each of its `parts` in an output image.
void floorEpoch(const Dataset &set, int side, int parts, bool decode, const std::vector<cv::Mat> &kept)
{
    for (std::size_t i = 0; i < set.samples.size(); ++i) {
        for (int part = 0; part < parts; ++part) {
            const std::size_t n = (i + std::size_t(part) * 7) % set.samples.size();
            (void)warped(decode ? cv::imread(set.samples[n].image.string(), cv::IMREAD_COLOR) : kept[n], side);
        }
    }
}

void measure(const std::shared_ptr<const Dataset> &set, int imgsz, int turns, const Case &which, bool last)
{
    LoaderOptions options;
    options.imgsz = imgsz;
    options.threads = 1;
    options.cache = which.cache;
    options.augment.mosaic = which.mosaic;
    options.composeLater = which.later;
    Loader loader(set, options);
    const bool decode = std::string_view(which.cache) == "false";
    std::vector<cv::Mat> kept;
    if (!decode) {
        for (const Sample &sample : set->samples) {
            kept.push_back(cv::imread(sample.image.string(), cv::IMREAD_COLOR));
            if (const double scale = double(imgsz) / std::max(kept.back().cols, kept.back().rows); scale != 1)
                cv::resize(kept.back(), kept.back(), {}, scale, scale);
        }
    }
    std::vector<double> ours, floor;
    for (int turn = 0; turn <= turns; ++turn) { // the first warms up, and fills the cache
        const double loading = processorSeconds([&] {
            loader.startEpoch(turn, which.mosaic > 0);
            while (loader.next()) { }
        });
        const double least =
            processorSeconds([&] { floorEpoch(*set, imgsz, which.mosaic > 0 ? 4 : 1, decode, kept); });
        if (turn > 0) {
            ours.push_back(loading);
            floor.push_back(least);
        }
    }
    const double images = double(set->samples.size());
    std::printf("  {\"case\": \"%s\", \"images_a_second_and_core\": %.0f, \"floor\": %.0f, \"ratio_of_time\": %.2f}%s\n",
                which.name, images / median(ours), images / median(floor), median(ours) / median(floor), last ? "" : ",");
}

} // namespace

int main(int count, char **arguments)
{
    if (count < 2) {
        std::fputs("usage: bench_loader DATA.YAML [imgsz=320] [turns=5]\n", stderr);
        return 2;
    }
    const int imgsz = count > 2 ? std::atoi(arguments[2]) : 320, turns = count > 3 ? std::atoi(arguments[3]) : 5;
    try {
        cv::setNumThreads(1);
        TrainConfig config;
        DataYaml yaml = readDataYaml(arguments[1]);
        const auto set = indexSplit(yaml, "train", indexOptions(config, yaml), {});
        std::printf("{\"images\": %zu, \"imgsz\": %d, \"turns\": %d, \"loader\": [\n", set->samples.size(), imgsz, turns);
        const Case cases[] = { { "mosaic, cache=false", "false", 1 }, { "mosaic, cache=ram", "ram", 1 },
                               { "one image, cache=false", "false", 0 }, { "one image, cache=ram", "ram", 0 },
                               { "mosaic, cache=ram, composed by a GPU", "ram", 1, true } };
        for (const Case &which : cases)
            measure(set, imgsz, turns, which, &which == std::end(cases) - 1);
        std::printf("]}\n");
    } catch (const std::exception &error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}

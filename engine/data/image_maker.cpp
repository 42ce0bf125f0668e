// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/data/image_maker.h"

#include "torchdeck/engine/error.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace torchdeck::engine {

namespace {

/// Mosaic neighbours come from the whole set unless it is too large to stay in memory anywhere; then, as in
/// the field, from the images used last. Decided by the set alone: free memory must not change what a seed
/// gives.
std::int64_t neighbourWindow(const Dataset &dataset, const LoaderOptions &options)
{
    constexpr std::int64_t kKeptWhole = std::int64_t { 4 } << 30;
    constexpr std::int64_t kLeast = 64, kMost = 1000;
    if (!options.training || options.cache == "ram" || options.cache == "true"
        || storedBytes(dataset, options.imgsz) <= kKeptWhole)
        return 0;
    const int batch = options.neighbourBatch > 0 ? options.neighbourBatch : options.batch;
    return std::clamp<std::int64_t>(std::int64_t { 8 } * batch, kLeast, kMost);
}

ImageStoreOptions storeOptions(const LoaderOptions &options, std::int64_t window)
{
    ImageStoreOptions result;
    result.imgsz = options.imgsz;
    result.cache = options.keepImages ? options.cache : "false";
    // Validation takes each image once: keeping a few is enough unless the cache mode keeps all.
    result.window =
        options.training ? std::max<std::int64_t>(window, 64) + std::int64_t { 2 } * options.batch : 4;
    result.halveByDecoder = options.training && options.cache != "disk";
    return result;
}

/// A damaged image is left out, a folder that is gone ends the run: going on with the few images that are still in
/// memory, or validating on blank ones, would be a lie.
void requirePlace(const Sample &sample)
{
    const std::filesystem::path folder = sample.image.parent_path();
    std::error_code error;
    if (std::filesystem::exists(folder, error))
        return;
    throw EngineError(ErrorKind::Dataset,
                      "The data set is not in its place any more: " + folder.string()
                          + " is gone. Put it back, then resume the run; what was saved before is untouched.",
                      "data");
}

} // namespace

ImageMaker::ImageMaker(std::shared_ptr<const Dataset> dataset, const LoaderOptions &options)
    : m_dataset(std::move(dataset))
    , m_options(options)
    , m_window(neighbourWindow(*m_dataset, options))
    , m_store(m_dataset, storeOptions(options, m_window))
{
}

SourceImage ImageMaker::usable(std::size_t index, std::size_t &used)
{
    const std::size_t count = m_dataset->samples.size();
    for (std::size_t step = 0; step < count; ++step) {
        used = (index + step) % count;
        StoredImagePtr image = m_store.get(used);
        if (!image->pixels.empty())
            return { std::move(image), &m_dataset->samples[used].labels, &m_dataset->samples[used].outlines };
        requirePlace(m_dataset->samples[used]);
    }
    throw EngineError(
        ErrorKind::Dataset,
        "None of the " + std::to_string(count)
            + " images can be decoded any more; check that the data set is still in its place, e.g. "
            + m_dataset->samples[index].image.string() + ".",
        "data");
}

std::size_t ImageMaker::neighbourOf(const std::vector<std::size_t> &order, std::int64_t position,
                                    Rng &rng) const
{
    const auto count = static_cast<std::int64_t>(order.size());
    if (m_window == 0 || m_window >= count)
        return static_cast<std::size_t>(rng.below(order.size()));
    const auto back = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(m_window)));
    return order[static_cast<std::size_t>((position - back + count) % count)];
}

MadeImage ImageMaker::planForTraining(const EpochKey &key, const std::vector<std::size_t> &order,
                                      std::int64_t position, PixelSize shape, cv::Mat &target,
                                      ImageRecipe &recipe)
{
    Rng rng(m_options.seed, key.stream(), static_cast<std::uint64_t>(position));
    MadeImage made;
    std::size_t used = 0;
    ImageSource source;
    source.primary = [&] { return usable(order[static_cast<std::size_t>(position)], used); };
    source.neighbour = [&](Rng &draw) {
        std::size_t other = 0;
        return usable(neighbourOf(order, position, draw), other);
    };
    PlannedImage planned = planImage(m_options.augment, key.mosaic, source, rng, shape, target);
    recipe = std::move(planned.recipe);
    for (const PixelBox &box : planned.labels.boxes)
        made.labels.push_back(toNormalised(box, shape));
    const Sample &sample = m_dataset->samples[used];
    made.geometry = { static_cast<std::int64_t>(used), sample.width, sample.height, 1, 0, 0 };
    return made;
}

MadeImage ImageMaker::planForValidation(std::size_t index, PixelSize shape, ImageRecipe &recipe)
{
    const StoredImagePtr image = m_store.get(index);
    const Sample &sample = m_dataset->samples[index];
    MadeImage made;
    made.geometry.index = static_cast<std::int64_t>(index);
    const bool blank = image->pixels.empty(); // nothing to find there, so nothing is expected either
    if (blank)
        requirePlace(sample);
    const PixelSize original = blank ? PixelSize { sample.width, sample.height } : image->original;
    const PixelSize stored =
        blank ? fittedSize(original, m_options.imgsz) : PixelSize { image->pixels.cols, image->pixels.rows };
    const Letterbox box = letterbox(stored, shape);
    made.geometry.originalWidth = original.width;
    made.geometry.originalHeight = original.height;
    made.geometry.gain = static_cast<float>(static_cast<double>(stored.height) / original.height * box.ratio);
    made.geometry.padX = static_cast<float>(box.left);
    made.geometry.padY = static_cast<float>(box.top);
    if (blank)
        return made;
    if (stored == box.resized)
        recipe.part = image->pixels;
    else // hardly ever: images are kept in a size that fits
        cv::resize(image->pixels, recipe.part, cv::Size(box.resized.width, box.resized.height), 0, 0,
                   cv::INTER_LINEAR);
    recipe.place[2] = box.left;
    recipe.place[5] = box.top;
    for (const PixelBox &placed : toPixels(sample.labels, stored, made.geometry.padX, made.geometry.padY,
                                           static_cast<float>(box.ratio)))
        made.labels.push_back(toNormalised(placed, shape));
    return made;
}

MadeImage ImageMaker::make(const EpochKey &key, const std::vector<std::size_t> &order, std::int64_t position,
                           PixelSize shape, std::uint8_t *pixels)
{
    cv::Mat target;
    if (pixels)
        target = cv::Mat(shape.height, shape.width, CV_8UC3, pixels);
    ImageRecipe recipe;
    MadeImage made = m_options.training
        ? planForTraining(key, order, position, shape, target, recipe)
        : planForValidation(order[static_cast<std::size_t>(position)], shape, recipe);
    if (pixels)
        recipe.paint(target);
    else
        made.unfinished = recipe.handOut(shape);
    return made;
}

} // namespace torchdeck::engine

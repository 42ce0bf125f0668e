// SPDX-License-Identifier: GPL-3.0-or-later
// Scores made-up predictions as validation does: suppression, matching at ten IoUs, average precision. Run by
// nms_ap_with_python.py, which times Ultralytics on the same files.
//     bench_nms_ap make FOLDER IMAGES BOXES CLASSES            writes predictions.f32, truth.f32
//     bench_nms_ap score FOLDER IMAGES BOXES CLASSES THREADS   prints one JSON object
#include "engine/data/rng.h"
#include "engine/eval/detection_metrics.h"
#include "engine/ops/nms.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <vector>

namespace {

using namespace torchdeck::engine;

constexpr float side = 640; ///< pixels of the square images
constexpr std::size_t truthValues = 6; ///< image, x1, y1, x2, y2, class

struct Task {
    std::string folder;
    int images = 0, boxes = 0, classes = 0, threads = 1;
    [[nodiscard]] std::size_t imageValues() const
    {
        return static_cast<std::size_t>(4 + classes) * static_cast<std::size_t>(boxes);
    }
};

/// Boxes scattered around the truth like a half-trained detector's: most near an object, some anywhere; a
/// second class of some score on every box.
void makeImage(const Task &task, int image, std::vector<float> &values, std::vector<float> &truth)
{
    Rng rng(7, static_cast<std::uint64_t>(image), 0x6e6d73u);
    const auto boxes = static_cast<std::size_t>(task.boxes);
    const int objects = rng.between(1, 14);
    std::vector<float> mine;
    for (int i = 0; i < objects; ++i) {
        const double w = 20 + 200 * rng.uniform(), h = 20 + 200 * rng.uniform();
        const double x = w / 2 + (side - w) * rng.uniform(), y = h / 2 + (side - h) * rng.uniform();
        const auto id = static_cast<float>(rng.between(0, task.classes - 1));
        for (const double v : { double(image), x - w / 2, y - h / 2, x + w / 2, y + h / 2, double(id) })
            mine.push_back(static_cast<float>(v));
    }
    std::fill(values.begin(), values.end(), 0.0f);
    for (std::size_t b = 0; b < boxes; ++b) {
        const float *near = &mine[truthValues * static_cast<std::size_t>(rng.between(0, objects - 1))];
        const double spread = rng.uniform() < 0.25 ? 3 : 0.3 * rng.uniform(), w = near[3] - near[1], h = near[4] - near[2];
        const auto jitter = [&](double size) { return (rng.uniform() - 0.5) * spread * size; };
        const double box[] { (near[1] + near[3]) / 2 + jitter(w), (near[2] + near[4]) / 2 + jitter(h),
                             w * (1 + jitter(0.5) / 2), h * (1 + jitter(0.5) / 2) };
        for (std::size_t k = 0; k < 4; ++k)
            values[k * boxes + b] = static_cast<float>(k < 2 ? box[k] : std::max(box[k], 2.0));
        const double score = std::max(0.002, (1 - spread / 3) * rng.uniform());
        const auto right = static_cast<std::size_t>(near[5]);
        const auto other = static_cast<std::size_t>(rng.between(0, task.classes - 1));
        values[(4 + other) * boxes + b] = static_cast<float>(score * rng.uniform());
        values[(4 + right) * boxes + b] = static_cast<float>(score);
    }
    truth.insert(truth.end(), mine.begin(), mine.end());
}

void write(std::ofstream &out, const std::vector<float> &values)
{
    out.write(reinterpret_cast<const char *>(values.data()), std::streamsize(values.size() * sizeof(float)));
    if (!out)
        throw std::runtime_error("cannot write the predictions: is the disk full?");
}

std::vector<float> readAll(const std::string &file)
{
    std::ifstream in(file, std::ios::binary | std::ios::ate);
    if (!in)
        throw std::runtime_error("cannot read " + file + ": run `make` first");
    std::vector<float> values(static_cast<std::size_t>(in.tellg()) / sizeof(float));
    in.seekg(0);
    in.read(reinterpret_cast<char *>(values.data()), std::streamsize(values.size() * sizeof(float)));
    return values;
}

void make(const Task &task)
{
    std::ofstream out(task.folder + "/predictions.f32", std::ios::binary);
    std::vector<float> values(task.imageValues()), truth;
    for (int i = 0; i < task.images; ++i) {
        makeImage(task, i, values, truth);
        write(out, values);
    }
    std::ofstream boxes(task.folder + "/truth.f32", std::ios::binary);
    write(boxes, truth);
}

std::vector<std::vector<TruthBox>> truthOf(const Task &task)
{
    const std::vector<float> values = readAll(task.folder + "/truth.f32");
    std::vector<std::vector<TruthBox>> truth(static_cast<std::size_t>(task.images));
    for (std::size_t i = 0; i + truthValues <= values.size(); i += truthValues) {
        const float *v = &values[i];
        truth.at(static_cast<std::size_t>(v[0])).push_back({ v[1], v[2], v[3], v[4], static_cast<int>(v[5]) });
    }
    return truth;
}

double cpuSeconds()
{
    rusage use {};
    getrusage(RUSAGE_SELF, &use);
    return double(use.ru_utime.tv_sec) + double(use.ru_utime.tv_usec) * 1e-6;
}

void score(const Task &task)
{
    const std::vector<float> predictions = readAll(task.folder + "/predictions.f32");
    const auto truth = truthOf(task);
    if (predictions.size() != truth.size() * task.imageValues())
        throw std::runtime_error("the predictions are of another size: run `make` with the same numbers");
    NmsOptions options;
    options.conf = 0.001f;
    options.iou = 0.7f;
    options.multiLabel = true;

    const auto start = std::chrono::steady_clock::now();
    const double cpuBefore = cpuSeconds();
    std::vector<MatchedImage> matched(truth.size());
    std::atomic<std::size_t> next { 0 };
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < task.threads; ++t) {
            threads.emplace_back([&] {
                for (std::size_t i = next++; i < truth.size(); i = next++)
                    matched[i] = matchImage(nonMaxSuppression(predictions.data() + i * task.imageValues(),
                                                              task.classes, task.boxes, options),
                                            truth[i]);
            });
        }
    }
    std::vector<std::string> names;
    for (int c = 0; c < task.classes; ++c)
        names.push_back(std::to_string(c));
    DetectionMetrics metrics(names);
    std::size_t kept = 0;
    for (const MatchedImage &image : matched) {
        kept += image.detections.size();
        metrics.add(image);
    }
    const DetectionScores scores = metrics.compute();
    const double cpu = cpuSeconds() - cpuBefore;
    const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::printf("{\"wall_seconds\": %.6f, \"user_seconds\": %.6f, \"detections\": %zu, \"precision\": %.9f, "
                "\"recall\": %.9f, \"map50\": %.9f, \"map50_95\": %.9f}\n",
                wall, cpu, kept, scores.precision, scores.recall, scores.map50, scores.map5095);
}

} // namespace

int main(int count, char **words)
try {
    if (count < 6)
        throw std::runtime_error("usage: bench_nms_ap make|score FOLDER IMAGES BOXES CLASSES [THREADS]");
    const Task task { words[2], std::atoi(words[3]), std::atoi(words[4]), std::atoi(words[5]),
                      count > 6 ? std::max(1, std::atoi(words[6])) : 1 };
    if (task.images < 1 || task.boxes < 1 || task.classes < 1)
        throw std::runtime_error("IMAGES, BOXES and CLASSES are numbers above 0");
    std::string(words[1]) == "make" ? make(task) : score(task);
    return 0;
} catch (const std::exception &error) {
    std::fprintf(stderr, "bench_nms_ap: %s\n", error.what());
    return 2;
}

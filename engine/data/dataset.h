// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/data/batch.h"
#include "torchdeck/engine/dataset_report.h"

#include <filesystem>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace torchdeck::engine {

/// data.yaml, read and checked (YOLO format: path, train, val, test, names as list or map, nc).
struct DataYaml {
    std::filesystem::path file;
    std::string name; ///< for people and HUB: folder or file stem, never a path
    std::filesystem::path root;
    std::vector<std::filesystem::path> train, val, test; ///< folders or .txt lists, absolute
    std::vector<std::string> names; ///< by class id
    int keypointColumns =
        0; ///< extra columns of a pose set's labels (kpt_shape); the boxes are used without them
    std::map<std::string, int> lines; ///< 1-based line of each top-level key, for messages
};

/// `file` may also be a folder that holds data.yaml.
/// Throws EngineError (Dataset, field "data") with one sentence: missing, broken YAML (line), no train/val,
/// no names...
[[nodiscard]] DataYaml readDataYaml(const std::filesystem::path &file);

using Outline = std::vector<float>; ///< corners x, y, x, y, ... of a polygon, normalised

struct Sample {
    std::filesystem::path image;
    std::filesystem::path labelFile;
    int width = 0, height = 0; ///< from the header, EXIF rotation applied
    std::vector<BoxLabel> labels; ///< duplicates removed
    std::vector<Outline> outlines; ///< one a label when all labels of the set are polygons, else empty
};

/// One split, indexed: every image with its labels, checked. Immutable once built, so threads share it
/// freely.
class Dataset {
public:
    std::vector<std::string> names;
    std::vector<Sample> samples; ///< sorted by path
    std::int64_t corrupt = 0, background = 0, instances = 0;
    std::vector<DatasetProblem> problems; ///< warnings (skipped images, duplicates, ...)
};

struct DatasetOptions {
    bool singleCls = false;
    double fraction = 1.0; ///< first images of the sorted list: round(n * fraction), or a number above 1
    std::vector<int> classes; ///< labels of other classes are left out; empty = all
    std::string field = "data"; ///< argument to blame in errors
};

/// Indexes one split ("train", "val", "test"): finds images (folders recursively, txt lists), reads labels
/// from the `labels` twin of `images`, reads image headers on several threads. Throws EngineError (Dataset)
/// with file:line for a label with class >= nc, coordinates outside 0..1 or a wrong column count; for no
/// images; for labels missing everywhere; when all images are corrupt. Single corrupt images are skipped,
/// counted, listed in `problems`. After a stop request it returns early with what was read so far.
[[nodiscard]] std::shared_ptr<const Dataset> indexSplit(const DataYaml &yaml, const std::string &split,
                                                        const DatasetOptions &options, std::stop_token stop);

} // namespace torchdeck::engine

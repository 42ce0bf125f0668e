// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace torchdeck::engine {

/// All arguments of one training run. Names and defaults are those of Ultralytics' `cfg/default.yaml`;
/// the ones we do not implement are known to the argument table and refused by name, with the reason.
struct TrainConfig {
    // What to train
    std::string model = "yolov8n.yaml"; ///< built-in spec name, path of a spec file, or a checkpoint (.pt)
    std::string data; ///< path of data.yaml
    int epochs = 100;
    double time = 0.0; ///< max hours, 0 = no limit
    int patience = 100; ///< epochs without a better fitness before stopping, 0 = never
    int batch = 16; ///< -1 = chosen by a short measurement at start
    double batchMemory = 0.6; ///< share of the free memory that batch = -1 may fill; batch=0.7 sets both
    int imgsz = 640; ///< pixels, square, rounded up to a multiple of the model's largest stride
    std::string device; ///< "", "cpu", "0", "cuda:0"; "" = GPU 0 when there is one, else CPU
    int workers = 8; ///< loader threads at most; the CPU device uses fewer (see docs/architecture.md)
    std::string cache = "auto"; ///< "auto" (ram when it fits easily), "ram"/"true", "disk", "false"
    bool rect = false; ///< training batches of like-shaped images, no mosaic, no shuffling
    double multiScale = 0.0; ///< each batch at a random size of imgsz * (1 -+ this)
    std::string project; ///< folder that holds the runs; "" = runs/detect
    std::string name; ///< "" = train, train2, ...
    bool existOk = false;
    bool resume = false;
    std::string pretrained; ///< checkpoint to start from; "" = model's own weights, "false" = none
    bool clsRemap = true; ///< fine-tuning: rows of the class layers follow the class names
    int seed = 0;
    bool deterministic = true;
    bool singleCls = false;
    double fraction = 1.0; ///< training images used: part in (0, 1], or a count above 1
    double valFraction = 1.0; ///< the same for validation
    std::vector<int> classes; ///< only these class ids, empty = all
    bool val = true;
    std::string split = "val"; ///< split to validate on: val, test, train
    bool save = true;
    int savePeriod = -1; ///< also keep weights/epochN.pt every N epochs, < 1 = off
    bool verbose = true;
    bool plots = true; ///< pictures of the labels and of the first batches

    // Optimisation
    std::string optimizer = "auto"; ///< auto, SGD, Adam, AdamW, Adamax, NAdam, RAdam, RMSProp
    double lr0 = 0.01;
    double lrf = 0.01; ///< final learning rate = lr0 * lrf
    double momentum = 0.937;
    double weightDecay = 0.0005;
    double warmupEpochs = 3.0;
    double warmupMomentum = 0.8;
    double warmupBiasLr = 0.1;
    bool cosLr = false;
    int nbs = 64; ///< nominal batch size
    bool amp = true; ///< half precision where it helps (CUDA); the CPU trains in fp32
    int freeze = 0; ///< freeze the first N layers
    std::vector<std::string> freezeLayers; ///< or these: layer numbers or module names ("10", "22.cv2")

    // Loss gains
    double box = 7.5;
    double cls = 0.5;
    double clsPw = 0; ///< power of the inverse class frequency that weighs the class loss
    double dfl = 1.5;

    // Augmentation
    int closeMosaic = 10; ///< last N epochs without mosaic
    double hsvH = 0.015;
    double hsvS = 0.7;
    double hsvV = 0.4;
    double degrees = 0.0;
    double translate = 0.1;
    double scale = 0.5;
    std::vector<double> scaleRange; ///< instead of 1 -+ scale: smallest and largest factor, or empty
    double shear = 0.0;
    double perspective = 0.0;
    double flipud = 0.0;
    double fliplr = 0.5;
    double bgr = 0.0;
    double mosaic = 1.0;
    double mixup = 0.0;
    double cutmix = 0.0;
    double copyPaste = 0.0; ///< needs outlines: label rows of polygons
    std::string copyPasteMode = "flip"; ///< flip, mixup

    // Validation
    double conf = 0.001;
    double iou = 0.7;
    int maxDet = 300; ///< raised to the largest number of objects in an image when left at its default
    bool agnosticNms = false;
    bool endToEnd = false; ///< nms=false: detections of the one-to-one head, where the model has one

    // HUB: engine only carries it into args.yaml
    bool hub = false;
};

enum class ArgumentKind { Int, Float, Bool, Text, Path, Choice };

/// One row of the argument table: the single source for command line, window, args.yaml and checks.
struct ArgumentInfo {
    std::string_view name; ///< the field's spelling, e.g. "warmup_epochs"
    ArgumentKind kind = ArgumentKind::Text;
    std::string_view group; ///< "Run", "Optimisation", "Loss", "Augmentation", "Validation"
    std::string_view help; ///< one line
    std::optional<double> minimum; ///< inclusive
    std::optional<double> maximum; ///< inclusive
    std::vector<std::string_view> choices; ///< for Choice
};

struct ArgumentError {
    std::string argument;
    std::string sentence;
};

/// Every argument of `train`, in args.yaml order.
[[nodiscard]] std::span<const ArgumentInfo> trainArguments();
[[nodiscard]] const ArgumentInfo *findTrainArgument(std::string_view name);
/// The table's nearest name by edit distance (for "did you mean"), or empty when nothing is near.
[[nodiscard]] std::string nearestTrainArgument(std::string_view name);

/// Parses `text` into the field called `name`. Unknown name, wrong type, out of range, or an Ultralytics
/// argument we do not implement at a value other than its default: an error that names the argument.
[[nodiscard]] std::optional<ArgumentError> setTrainArgument(TrainConfig &config, std::string_view name,
                                                            std::string_view text);
/// The field as it is written in args.yaml ("true", "0.01", "null" ...).
[[nodiscard]] std::string trainArgumentText(const TrainConfig &config, std::string_view name);
/// Range and combination checks of a whole configuration; files are not touched.
[[nodiscard]] std::vector<ArgumentError> checkTrainConfig(const TrainConfig &config);

} // namespace torchdeck::engine

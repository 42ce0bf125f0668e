// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/train_arguments.h"

#include <limits>

namespace torchdeck::engine {

namespace {

constexpr double max32 = std::numeric_limits<int>::max();
using K = ArgumentKind;
using C = TrainConfig;

std::vector<ArgumentBinding> runArguments()
{
    const char *g = "Run";
    return {
        { { "model", K::Path, g, "Built-in model, spec file or checkpoint to start from", {}, {}, {} },
          &C::model },
        { { "data", K::Path, g, "Path of the data set's data.yaml", {}, {}, {} }, &C::data },
        { { "epochs", K::Int, g, "Passes over the training images", 1, 100000, {} }, &C::epochs },
        { { "time", K::Float, g, "Longest training time in hours, 0 = no limit", 0, 100000, {} }, &C::time },
        { { "patience",
            K::Int,
            g,
            "Stop after this many epochs without improvement, 0 = never",
            0,
            max32,
            {} },
          &C::patience },
        { { "batch", K::Int, g, "Images per batch", 1, 4096, {} }, &C::batch },
        { { "imgsz", K::Int, g, "Image size in pixels (square)", 32, 8192, {} }, &C::imgsz },
        { { "save", K::Bool, g, "Save checkpoints every epoch", {}, {}, {} }, &C::save },
        { { "save_period", K::Int, g, "Also keep a checkpoint every N epochs, -1 = off", -1, 100000, {} },
          &C::savePeriod },
        { { "cache",
            K::Choice,
            g,
            "Keep images in memory or on disk between epochs",
            {},
            {},
            { "auto", "ram", "disk", "false", "true" } },
          &C::cache },
        { { "device", K::Text, g, "cpu, or the number of a CUDA device; empty = best there is", {}, {}, {} },
          &C::device },
        { { "workers", K::Int, g, "Loader threads at most", 0, 256, {} }, &C::workers },
        { { "project", K::Path, g, "Folder that holds the runs", {}, {}, {} }, &C::project },
        { { "name", K::Text, g, "Name of the run's folder", {}, {}, {} }, &C::name },
        { { "exist_ok", K::Bool, g, "Write into an existing run folder", {}, {}, {} }, &C::existOk },
        { { "pretrained", K::Path, g, "Checkpoint whose matching weights are taken over", {}, {}, {} },
          &C::pretrained },
        { { "seed", K::Int, g, "Random seed; the same seed gives the same run on the CPU", 0, max32, {} },
          &C::seed },
        { { "deterministic", K::Bool, g, "Use reproducible operations only", {}, {}, {} },
          &C::deterministic },
        { { "single_cls", K::Bool, g, "Treat all classes as one", {}, {}, {} }, &C::singleCls },
        { { "fraction", K::Float, g, "Part of the training images to use", 1e-6, 1, {} }, &C::fraction },
        { { "resume", K::Bool, g, "Continue an interrupted run", {}, {}, {} }, &C::resume },
        { { "val", K::Bool, g, "Validate after every epoch", {}, {}, {} }, &C::val },
        { { "verbose", K::Bool, g, "Per-class results in the log", {}, {}, {} }, &C::verbose },
        { { "hub", K::Bool, g, "Sync the run to HUB", {}, {}, {} }, &C::hub },
    };
}

std::vector<ArgumentBinding> optimisationArguments()
{
    const char *g = "Optimisation";
    return {
        { { "optimizer",
            K::Choice,
            g,
            "auto picks one by the number of iterations",
            {},
            {},
            { "auto", "SGD", "Adam", "AdamW" } },
          &C::optimizer },
        { { "lr0", K::Float, g, "Initial learning rate", 0, 10, {} }, &C::lr0 },
        { { "lrf", K::Float, g, "Final learning rate as a fraction of lr0", 0, 1, {} }, &C::lrf },
        { { "momentum", K::Float, g, "SGD momentum or Adam beta1", 0, 0.9999, {} }, &C::momentum },
        { { "weight_decay", K::Float, g, "L2 weight decay", 0, 1, {} }, &C::weightDecay },
        { { "warmup_epochs", K::Float, g, "Warm-up length in epochs, fractions allowed", 0, 1000, {} },
          &C::warmupEpochs },
        { { "warmup_momentum", K::Float, g, "Momentum at the start of the warm-up", 0, 0.9999, {} },
          &C::warmupMomentum },
        { { "warmup_bias_lr", K::Float, g, "Bias learning rate at the start of the warm-up", 0, 10, {} },
          &C::warmupBiasLr },
        { { "cos_lr", K::Bool, g, "Cosine instead of linear learning-rate schedule", {}, {}, {} },
          &C::cosLr },
        { { "nbs",
            K::Int,
            g,
            "Nominal batch size; smaller batches accumulate gradients up to it",
            1,
            4096,
            {} },
          &C::nbs },
        { { "amp", K::Bool, g, "Mixed precision on CUDA", {}, {}, {} }, &C::amp },
        { { "freeze", K::Int, g, "Freeze the first N layers", 0, 1000, {} }, &C::freeze },
    };
}

std::vector<ArgumentBinding> lossArguments()
{
    const char *g = "Loss";
    return {
        { { "box", K::Float, g, "Gain of the box loss (CIoU)", 0, 1000, {} }, &C::box },
        { { "cls", K::Float, g, "Gain of the class loss", 0, 1000, {} }, &C::cls },
        { { "dfl", K::Float, g, "Gain of the distribution focal loss", 0, 1000, {} }, &C::dfl },
    };
}

std::vector<ArgumentBinding> augmentationArguments()
{
    const char *g = "Augmentation";
    return {
        { { "close_mosaic", K::Int, g, "No mosaic in the last N epochs", 0, 100000, {} }, &C::closeMosaic },
        { { "hsv_h", K::Float, g, "Hue jitter, fraction", 0, 1, {} }, &C::hsvH },
        { { "hsv_s", K::Float, g, "Saturation jitter, fraction", 0, 1, {} }, &C::hsvS },
        { { "hsv_v", K::Float, g, "Brightness jitter, fraction", 0, 1, {} }, &C::hsvV },
        { { "degrees", K::Float, g, "Rotation, +/- degrees", 0, 180, {} }, &C::degrees },
        { { "translate", K::Float, g, "Shift, +/- fraction of the image", 0, 1, {} }, &C::translate },
        { { "scale", K::Float, g, "Scaling, +/- gain", 0, 0.99, {} }, &C::scale },
        { { "shear", K::Float, g, "Shear, +/- degrees", 0, 89, {} }, &C::shear },
        { { "perspective", K::Float, g, "Perspective, +/- fraction", 0, 0.001, {} }, &C::perspective },
        { { "flipud", K::Float, g, "Probability of a vertical flip", 0, 1, {} }, &C::flipud },
        { { "fliplr", K::Float, g, "Probability of a horizontal flip", 0, 1, {} }, &C::fliplr },
        { { "bgr", K::Float, g, "Probability of swapping the red and blue channels", 0, 1, {} }, &C::bgr },
        { { "mosaic", K::Float, g, "Probability of a mosaic of four images", 0, 1, {} }, &C::mosaic },
        { { "mixup", K::Float, g, "Probability of blending two images", 0, 1, {} }, &C::mixup },
    };
}

std::vector<ArgumentBinding> validationArguments()
{
    const char *g = "Validation";
    return {
        { { "conf", K::Float, g, "Confidence from which detections count in validation", 0, 1, {} },
          &C::conf },
        { { "iou", K::Float, g, "IoU above which NMS suppresses", 0, 1, {} }, &C::iou },
        { { "max_det", K::Int, g, "Detections per image at most", 1, 30000, {} }, &C::maxDet },
    };
}

} // namespace

const std::vector<ArgumentBinding> &argumentBindings()
{
    static const std::vector<ArgumentBinding> bindings = [] {
        std::vector<ArgumentBinding> all;
        for (auto part : { runArguments(), optimisationArguments(), lossArguments(), augmentationArguments(),
                           validationArguments() })
            all.insert(all.end(), part.begin(), part.end());
        return all;
    }();
    return bindings;
}

const std::vector<ForeignArgument> &foreignArguments()
{
    static const std::vector<ForeignArgument> list {
        { "task", "detect" },
        { "mode", "train" },
        { "rect", "false" },
        { "multi_scale", "0" },
        { "compile", "false" },
        { "profile", "false" },
        { "channels_last", "null" },
        { "overlap_mask", "true" },
        { "mask_ratio", "4" },
        { "dropout", "0" },
        { "split", "val" },
        { "save_json", "false" },
        { "plots", "true" },
        { "cls_remap", "true" },
        { "distill_model", "null" },
        { "dis", "6" },
        { "cls_pw", "0" },
        { "cutmix", "0" },
        { "copy_paste", "0" },
        { "copy_paste_mode", "flip" },
        { "auto_augment", "randaugment" },
        { "erasing", "0.4" },
        { "pose", "12" },
        { "kobj", "1" },
        { "rle", "1" },
        { "angle", "1" },
        { "dlog", "1" },
        { "dgrad", "0.5" },
        { "dlam", "1" },
        { "classes", "null" },
        { "half", "false" },
        { "dnn", "false" },
        { "quantize", "null" },
        { "nms", "null" },
        { "agnostic_nms", "false" },
        { "augment", "false" },
        { "label_smoothing", "0" },
        { "cfg", "null" },
        { "tracker", "tracktrack.yaml" },
        { "save_dir", "null" },
    };
    return list;
}

} // namespace torchdeck::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/argument_values.h"

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
        { { "batch", K::Int, g, "Images per batch; -1 = as large as is useful", 1, 4096, {} }, batchText },
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
          cacheText },
        { { "device", K::Text, g, "cpu, the number of a CUDA device, or several (0,1), a process each; empty = best there is", {}, {}, {} },
          &C::device },
        { { "workers", K::Int, g, "Loader threads at most", 0, 256, {} }, &C::workers },
        { { "project", K::Path, g, "Folder that holds the runs", {}, {}, {} }, &C::project },
        { { "name", K::Text, g, "Name of the run's folder", {}, {}, {} }, &C::name },
        { { "exist_ok", K::Bool, g, "Write into an existing run folder", {}, {}, {} }, &C::existOk },
        { { "pretrained",
            K::Path,
            g,
            "Checkpoint whose matching weights are taken over; false = start from random weights",
            {},
            {},
            {} },
          pretrainedText },
        { { "cls_remap", K::Bool, g, "Fine-tuning: take class weights over by class name", {}, {}, {} },
          &C::clsRemap },
        { { "seed", K::Int, g, "Random seed; the same seed gives the same run on the CPU", 0, max32, {} },
          &C::seed },
        { { "deterministic", K::Bool, g, "Use reproducible operations only", {}, {}, {} },
          &C::deterministic },
        { { "single_cls", K::Bool, g, "Treat all classes as one", {}, {}, {} }, &C::singleCls },
        { { "classes", K::Text, g, "Only these classes, e.g. [0, 2]; empty = all", {}, {}, {} },
          classesText },
        { { "fraction",
            K::Text,
            g,
            "Training images to use: part or number; [train, val] limits both",
            {},
            {},
            {} },
          fractionText },
        { { "rect", K::Bool, g, "Batches of like-shaped images, without mosaic and shuffling", {}, {}, {} },
          &C::rect },
        { { "multi_scale", K::Float, g, "Each batch at imgsz -/+ this fraction", 0, 0.95, {} },
          &C::multiScale },
        { { "resume", K::Bool, g, "Continue an interrupted run", {}, {}, {} }, resumeText },
        { { "val", K::Bool, g, "Validate after every epoch", {}, {}, {} }, &C::val },
        { { "split", K::Choice, g, "Split to validate on", {}, {}, { "val", "test", "train" } }, &C::split },
        { { "plots", K::Bool, g, "Pictures of the labels and the first batches", {}, {}, {} }, &C::plots },
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
            { "auto", "SGD", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "RMSProp", "MuSGD" } },
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
        { { "amp", K::Bool, g, "Mixed precision (bf16): on CUDA, and on a CPU that gains by it", {}, {}, {} }, ampText },
        { { "freeze",
            K::Text,
            g,
            "Freeze the first N layers, or a list of layers, e.g. [0, 1, 22.cv2]",
            {},
            {},
            {} },
          freezeText },
    };
}

std::vector<ArgumentBinding> lossArguments()
{
    const char *g = "Loss";
    return {
        { { "box", K::Float, g, "Gain of the box loss (CIoU)", 0, 1000, {} }, &C::box },
        { { "cls", K::Float, g, "Gain of the class loss", 0, 1000, {} }, &C::cls },
        { { "cls_pw", K::Float, g, "Weight classes by (1 / objects)^cls_pw; 0 counts all the same", 0, 1, {} },
          &C::clsPw },
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
        { { "scale", K::Text, g, "Scaling, +/- gain, or [smallest, largest] factor", {}, {}, {} },
          scaleText },
        { { "shear", K::Float, g, "Shear, +/- degrees", 0, 89, {} }, &C::shear },
        { { "perspective", K::Float, g, "Perspective, +/- fraction", 0, 0.001, {} }, &C::perspective },
        { { "flipud", K::Float, g, "Probability of a vertical flip", 0, 1, {} }, &C::flipud },
        { { "fliplr", K::Float, g, "Probability of a horizontal flip", 0, 1, {} }, &C::fliplr },
        { { "bgr", K::Float, g, "Probability of swapping the red and blue channels", 0, 1, {} }, &C::bgr },
        { { "mosaic", K::Float, g, "Probability of a mosaic of four images", 0, 1, {} }, &C::mosaic },
        { { "mixup", K::Float, g, "Probability of blending two images", 0, 1, {} }, &C::mixup },
        { { "cutmix", K::Float, g, "Probability of pasting a rectangle of another image", 0, 1, {} },
          &C::cutmix },
        { { "copy_paste", K::Float, g, "Part of the outlined objects to copy and paste", 0, 1, {} },
          &C::copyPaste },
        { { "copy_paste_mode",
            K::Choice,
            g,
            "Paste from the mirrored image or from another one",
            {},
            {},
            { "flip", "mixup" } },
          &C::copyPasteMode },
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
        { { "agnostic_nms", K::Bool, g, "NMS across classes", {}, {}, {} }, &C::agnosticNms },
        { { "nms", K::Text, g, "false = the one-to-one head of a YOLO26, without NMS", {}, {}, {} },
          nmsText },
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

} // namespace torchdeck::engine

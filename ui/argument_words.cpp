// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/argument_words.h"

#include <QtCore/QCoreApplication>

#include <algorithm>
#include <iterator>

namespace torchdeck::ui {

namespace {

/// The engine knows no languages: what its argument table says is listed here for lupdate. test_ui_platform compares.
const char *const words[] = {
    QT_TRANSLATE_NOOP("Arguments", "Built-in model, spec file or checkpoint to start from"),
    QT_TRANSLATE_NOOP("Arguments", "Path of the data set's data.yaml"),
    QT_TRANSLATE_NOOP("Arguments", "Passes over the training images"),
    QT_TRANSLATE_NOOP("Arguments", "Longest training time in hours, 0 = no limit"),
    QT_TRANSLATE_NOOP("Arguments", "Stop after this many epochs without improvement, 0 = never"),
    QT_TRANSLATE_NOOP("Arguments", "Images per batch; -1 = as large as is useful"),
    QT_TRANSLATE_NOOP("Arguments", "Image size in pixels (square)"),
    QT_TRANSLATE_NOOP("Arguments", "Save checkpoints every epoch"),
    QT_TRANSLATE_NOOP("Arguments", "Also keep a checkpoint every N epochs, -1 = off"),
    QT_TRANSLATE_NOOP("Arguments", "Keep images in memory or on disk between epochs"),
    QT_TRANSLATE_NOOP("Arguments", "cpu, the number of a CUDA device, or several (0,1), a process each; empty = best there is"),
    QT_TRANSLATE_NOOP("Arguments", "Loader threads at most"),
    QT_TRANSLATE_NOOP("Arguments", "Folder that holds the runs"),
    QT_TRANSLATE_NOOP("Arguments", "Name of the run's folder"),
    QT_TRANSLATE_NOOP("Arguments", "Write into an existing run folder"),
    QT_TRANSLATE_NOOP("Arguments", "Checkpoint whose matching weights are taken over; false = start from random weights"),
    QT_TRANSLATE_NOOP("Arguments", "Fine-tuning: take class weights over by class name"),
    QT_TRANSLATE_NOOP("Arguments", "Random seed; the same seed gives the same run on the CPU"),
    QT_TRANSLATE_NOOP("Arguments", "Use reproducible operations only"),
    QT_TRANSLATE_NOOP("Arguments", "Treat all classes as one"),
    QT_TRANSLATE_NOOP("Arguments", "Only these classes, e.g. [0, 2]; empty = all"),
    QT_TRANSLATE_NOOP("Arguments", "Training images to use: part or number; [train, val] limits both"),
    QT_TRANSLATE_NOOP("Arguments", "Batches of like-shaped images, without mosaic and shuffling"),
    QT_TRANSLATE_NOOP("Arguments", "Each batch at imgsz -/+ this fraction"),
    QT_TRANSLATE_NOOP("Arguments", "Continue an interrupted run"),
    QT_TRANSLATE_NOOP("Arguments", "Validate after every epoch"),
    QT_TRANSLATE_NOOP("Arguments", "Split to validate on"),
    QT_TRANSLATE_NOOP("Arguments", "Pictures of the labels and the first batches"),
    QT_TRANSLATE_NOOP("Arguments", "Per-class results in the log"),
    QT_TRANSLATE_NOOP("Arguments", "Sync the run to HUB"),
    QT_TRANSLATE_NOOP("Arguments", "auto picks one by the number of iterations"),
    QT_TRANSLATE_NOOP("Arguments", "Initial learning rate"),
    QT_TRANSLATE_NOOP("Arguments", "Final learning rate as a fraction of lr0"),
    QT_TRANSLATE_NOOP("Arguments", "SGD momentum or Adam beta1"),
    QT_TRANSLATE_NOOP("Arguments", "L2 weight decay"),
    QT_TRANSLATE_NOOP("Arguments", "Warm-up length in epochs, fractions allowed"),
    QT_TRANSLATE_NOOP("Arguments", "Momentum at the start of the warm-up"),
    QT_TRANSLATE_NOOP("Arguments", "Bias learning rate at the start of the warm-up"),
    QT_TRANSLATE_NOOP("Arguments", "Cosine instead of linear learning-rate schedule"),
    QT_TRANSLATE_NOOP("Arguments", "Nominal batch size; smaller batches accumulate gradients up to it"),
    QT_TRANSLATE_NOOP("Arguments", "Mixed precision (bf16): on CUDA, and on a CPU that gains by it"),
    QT_TRANSLATE_NOOP("Arguments", "Freeze the first N layers, or a list of layers, e.g. [0, 1, 22.cv2]"),
    QT_TRANSLATE_NOOP("Arguments", "Gain of the box loss (CIoU)"),
    QT_TRANSLATE_NOOP("Arguments", "Gain of the class loss"),
    QT_TRANSLATE_NOOP("Arguments", "Weight classes by (1 / objects)^cls_pw; 0 counts all the same"),
    QT_TRANSLATE_NOOP("Arguments", "Gain of the distribution focal loss"),
    QT_TRANSLATE_NOOP("Arguments", "No mosaic in the last N epochs"),
    QT_TRANSLATE_NOOP("Arguments", "Hue jitter, fraction"),
    QT_TRANSLATE_NOOP("Arguments", "Saturation jitter, fraction"),
    QT_TRANSLATE_NOOP("Arguments", "Brightness jitter, fraction"),
    QT_TRANSLATE_NOOP("Arguments", "Rotation, +/- degrees"),
    QT_TRANSLATE_NOOP("Arguments", "Shift, +/- fraction of the image"),
    QT_TRANSLATE_NOOP("Arguments", "Scaling, +/- gain, or [smallest, largest] factor"),
    QT_TRANSLATE_NOOP("Arguments", "Shear, +/- degrees"),
    QT_TRANSLATE_NOOP("Arguments", "Perspective, +/- fraction"),
    QT_TRANSLATE_NOOP("Arguments", "Probability of a vertical flip"),
    QT_TRANSLATE_NOOP("Arguments", "Probability of a horizontal flip"),
    QT_TRANSLATE_NOOP("Arguments", "Probability of swapping the red and blue channels"),
    QT_TRANSLATE_NOOP("Arguments", "Probability of a mosaic of four images"),
    QT_TRANSLATE_NOOP("Arguments", "Probability of blending two images"),
    QT_TRANSLATE_NOOP("Arguments", "Probability of pasting a rectangle of another image"),
    QT_TRANSLATE_NOOP("Arguments", "Part of the outlined objects to copy and paste"),
    QT_TRANSLATE_NOOP("Arguments", "Paste from the mirrored image or from another one"),
    QT_TRANSLATE_NOOP("Arguments", "Confidence from which detections count in validation"),
    QT_TRANSLATE_NOOP("Arguments", "IoU above which NMS suppresses"),
    QT_TRANSLATE_NOOP("Arguments", "Detections per image at most"),
    QT_TRANSLATE_NOOP("Arguments", "NMS across classes"),
    QT_TRANSLATE_NOOP("Arguments", "false = the one-to-one head of a YOLO26, without NMS"),
    QT_TRANSLATE_NOOP("Arguments", "Run"),
    QT_TRANSLATE_NOOP("Arguments", "Optimisation"),
    QT_TRANSLATE_NOOP("Arguments", "Loss"),
    QT_TRANSLATE_NOOP("Arguments", "Augmentation"),
    QT_TRANSLATE_NOOP("Arguments", "Validation"),
};

} // namespace

QString argumentWords(std::string_view english)
{
    const std::string text(english);
    return QCoreApplication::translate("Arguments", text.c_str());
}

bool knowsArgumentWords(std::string_view english)
{
    return std::ranges::find(words, english) != std::end(words);
}

} // namespace torchdeck::ui

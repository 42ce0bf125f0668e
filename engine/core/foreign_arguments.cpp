// SPDX-License-Identifier: GPL-3.0-or-later
// Ultralytics' arguments that a training here does not take, with the reason why.
#include "engine/core/train_arguments.h"

namespace torchdeck::engine {

namespace {

constexpr std::string_view onlySegment = "it belongs to segmentation, and detection models are trained here; "
                                         "leave it out";
constexpr std::string_view onlyClassify = "it belongs to classification, and detection models are trained "
                                          "here; leave it out";
constexpr std::string_view onlyPose = "it belongs to pose estimation, and detection models are trained here; "
                                      "leave it out";
constexpr std::string_view onlyObb = "it belongs to oriented boxes, and detection models are trained here; "
                                     "leave it out";
constexpr std::string_view onlyDepth = "it belongs to depth estimation, and detection models are trained "
                                       "here; leave it out";
constexpr std::string_view onlyPredict = "it belongs to prediction; leave it out here and give it to "
                                         "`torchdeck predict`";
constexpr std::string_view onlyExport = "it belongs to export; leave it out when training";
constexpr std::string_view onlyVal = "it belongs to validation on its own; leave it out here and give it to "
                                     "`torchdeck val`";
constexpr std::string_view noDistillation = "there is no knowledge distillation; leave it out";

std::vector<ForeignArgument> trainingArguments()
{
    return {
        { "task", "detect", "only task=detect can be trained; choose a detection model" },
        { "mode", "train", "the command says the mode; use `torchdeck val` or `torchdeck predict`" },
        { "profile", "false", "no ONNX or TensorRT speeds are measured while training; leave it out" },
        { "compile", "false",
          "there is no graph compiler in C++, and fused kernels are always on; leave it out" },
        { "channels_last", "null",
          "every model is channels_last, where the results are the same; leave it out" },
        { "quantize", "null", "there is no quantisation-aware training; leave it out" },
        { "distill_model", "null", noDistillation },
        { "dis", "6", noDistillation },
        { "overlap_mask", "true", onlySegment },
        { "mask_ratio", "4", onlySegment },
        { "dropout", "0", onlyClassify },
        { "auto_augment", "randaugment", onlyClassify },
        { "erasing", "0.4", onlyClassify },
        { "pose", "12", onlyPose },
        { "kobj", "1", onlyPose },
        { "rle", "1", onlyPose },
        { "angle", "1", onlyObb },
        { "dlog", "1", onlyDepth },
        { "dgrad", "0.5", onlyDepth },
        { "dlam", "1", onlyDepth },
        { "label_smoothing", "0",
          "Ultralytics removed it, as the class targets are soft by themselves; "
          "leave it out" },
        { "cfg", "null", "arguments are given one by one; copy the file's values to the command line" },
        { "save_dir", "null", "the run's folder is PROJECT/NAME; give project= and name=" },
    };
}

std::vector<ForeignArgument> otherModesArguments()
{
    return {
        { "save_json", "false", onlyVal },
        { "dnn", "false", onlyVal },
        { "augment", "false", onlyVal },
        { "visualize", "false", onlyVal },
        { "half", "false", "amp= sets the precision of training and its validation; leave it out" },
        { "int8", "false", onlyExport },
        { "source", "null", onlyPredict },
        { "vid_stride", "1", onlyPredict },
        { "stream_buffer", "false", onlyPredict },
        { "retina_masks", "false", onlyPredict },
        { "embed", "null", onlyPredict },
        { "show", "false", onlyPredict },
        { "save_frames", "false", onlyPredict },
        { "save_txt", "false", onlyPredict },
        { "save_conf", "false", onlyPredict },
        { "save_crop", "false", onlyPredict },
        { "show_labels", "true", onlyPredict },
        { "show_conf", "true", onlyPredict },
        { "show_boxes", "true", onlyPredict },
        { "line_width", "null", onlyPredict },
        { "format", "torchscript", onlyExport },
        { "optimize", "false", onlyExport },
        { "dynamic", "false", onlyExport },
        { "simplify", "true", onlyExport },
        { "opset", "null", onlyExport },
        { "workspace", "null", onlyExport },
        { "tracker", "tracktrack.yaml", "there is no tracking; leave it out" },
    };
}

} // namespace

const std::vector<ForeignArgument> &foreignArguments()
{
    static const std::vector<ForeignArgument> list = [] {
        std::vector<ForeignArgument> all = trainingArguments();
        const std::vector<ForeignArgument> more = otherModesArguments();
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }();
    return list;
}

} // namespace torchdeck::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/foreign_arguments.h"

#include "app/cli/arguments.h"
#include "torchdeck/engine/train_config.h"

#include <QtCore/QStringList>

#include <algorithm>
#include <array>

namespace torchdeck::app::cli {

namespace {

enum class Why {
    NotHere, ///< belongs to another command
    OtherTask, ///< to segmentation, poses, ...
    NotBuilt, ///< detection has it in Ultralytics
    OneWay, ///< runs of one kind only
};

struct Foreign {
    const char *name;
    const char *fallback; ///< Ultralytics' default
    Why why;
    const char *hint; ///< what to do instead
};

constexpr std::array foreign {
    Foreign { "task", "detect", Why::OneWay, "detect is the only task" },
    Foreign { "mode", "", Why::OneWay, "the command's name is the mode" },
    Foreign { "augment", "false", Why::NotBuilt, "leave test-time augmentation out" },
    Foreign { "dnn", "false", Why::NotBuilt, "checkpoints run in LibTorch" },
    Foreign { "compile", "false", Why::NotBuilt, "leave it out" },
    Foreign { "visualize", "false", Why::NotBuilt, "plots=true and save=true show the results" },
    Foreign { "embed", "none", Why::NotBuilt, "leave it out" },
    Foreign { "show", "false", Why::NotBuilt, "open the saved pictures, or use the window" },
    Foreign { "stream_buffer", "false", Why::NotBuilt, "live streams are not read" },
    Foreign { "channels_last", "none", Why::OneWay, "tensors are channels_last already" },
    Foreign { "retina_masks", "false", Why::OtherTask, "leave it out" },
    Foreign { "overlap_mask", "true", Why::OtherTask, "leave it out" },
    Foreign { "mask_ratio", "4", Why::OtherTask, "leave it out" },
    Foreign { "tracker", "tracktrack.yaml", Why::NotHere, "leave it out" },
    Foreign { "cfg", "none", Why::NotBuilt, "write the arguments here" },
    Foreign { "save_dir", "none", Why::NotBuilt, "use project= and name=" },
    Foreign { "format", "torchscript", Why::NotHere, "leave it out" },
    Foreign { "optimize", "false", Why::NotHere, "leave it out" },
    Foreign { "dynamic", "false", Why::NotHere, "leave it out" },
    Foreign { "simplify", "true", Why::NotHere, "leave it out" },
    Foreign { "opset", "none", Why::NotHere, "leave it out" },
    Foreign { "workspace", "none", Why::NotHere, "leave it out" },
    Foreign { "int8", "false", Why::NotHere, "leave it out" },
    Foreign { "source", "none", Why::NotHere, "leave it out" },
    Foreign { "data", "none", Why::NotHere, "leave it out" },
    Foreign { "split", "val", Why::NotHere, "leave it out" },
    Foreign { "save_json", "false", Why::NotHere, "leave it out" },
    Foreign { "plots", "true", Why::NotHere, "leave it out" },
    Foreign { "single_cls", "false", Why::NotHere, "leave it out" },
    Foreign { "vid_stride", "1", Why::NotHere, "leave it out" },
    Foreign { "save_frames", "false", Why::NotHere, "leave it out" },
    Foreign { "save_crop", "false", Why::NotHere, "leave it out" },
    Foreign { "show_labels", "true", Why::NotHere, "leave it out" },
    Foreign { "show_conf", "true", Why::NotHere, "leave it out" },
    Foreign { "show_boxes", "true", Why::NotHere, "leave it out" },
    Foreign { "line_width", "none", Why::NotHere, "leave it out" },
    Foreign { "save", "true", Why::NotHere, "leave it out" },
};

/// Arguments of training that our own table of them does not know.
constexpr std::array trainOnly { "profile",      "multi_scale", "dropout", "cls_remap",  "distill_model",
                                 "dis",          "cls_pw",      "cutmix",  "copy_paste", "copy_paste_mode",
                                 "auto_augment", "erasing",     "pose",    "kobj",       "rle",
                                 "angle",        "dlog",        "dgrad",   "dlam",       "label_smoothing" };

/// One spelling for values that mean the same.
QString plain(const QString &value)
{
    const QString text = value.trimmed().toLower();
    if (text.isEmpty() || text == u"null")
        return QStringLiteral("none");
    bool number = false;
    const double parsed = text.toDouble(&number);
    return number ? QString::number(parsed) : text;
}

QString refusal(const QString &command, const QString &name, const QString &value, Why why,
                const QString &hint)
{
    const QString given = QStringLiteral("%1=%2").arg(name, value);
    switch (why) {
    case Why::NotHere:
        return QStringLiteral("%1 is not an argument of %2: %3.").arg(given, command, hint);
    case Why::OtherTask:
        return QStringLiteral("%1 belongs to another task than detection: %2.").arg(given, hint);
    case Why::NotBuilt:
        return QStringLiteral("%1 is not supported by %2: %3.").arg(given, command, hint);
    case Why::OneWay:
        return QStringLiteral("%1 is not supported: %2.").arg(given, hint);
    }
    return given;
}

} // namespace

std::optional<QString> foreignAnswer(const QString &command, const QString &name, const QString &value)
{
    const std::string key = name.toStdString();
    for (const Foreign &one : foreign) {
        if (key != one.name)
            continue;
        const QString usual = key == "mode" ? command : QString::fromLatin1(one.fallback);
        if (plain(value) == plain(usual))
            return QString();
        return refusal(command, name, value, one.why, QString::fromLatin1(one.hint));
    }
    const bool known = engine::findTrainArgument(key) != nullptr
        || std::any_of(trainOnly.begin(), trainOnly.end(), [&](const char *one) { return key == one; });
    if (known)
        return QStringLiteral("%1= is an argument of train, which %2 does not use: leave it out.")
            .arg(name, command);
    return std::nullopt;
}

std::vector<int> integerList(const QString &name, const QString &text)
{
    QString inner = text.trimmed();
    if (inner.startsWith(u'[') && inner.endsWith(u']'))
        inner = inner.mid(1, inner.size() - 2).trimmed();
    std::vector<int> numbers;
    if (plain(inner) == u"none")
        return numbers;
    for (const QString &part : inner.split(u',')) {
        bool valid = false;
        const int number = part.trimmed().toInt(&valid);
        if (!valid || number < 0)
            throw UsageError { QStringLiteral(
                                   "%1=%2 is not valid: give whole numbers, as in %1=0 or %1=0,2,3.")
                                   .arg(name, text) };
        numbers.push_back(number);
    }
    return numbers;
}

bool usesOneToOne(const QString &nms)
{
    const QString text = plain(nms);
    if (text == u"false")
        return true;
    if (text == u"none")
        return false;
    throw UsageError { QStringLiteral("nms=%1 is not possible here: give false for the one-to-one head of a "
                                      "YOLO26, or leave it out (true belongs to export).")
                           .arg(nms) };
}

bool halfPrecision(bool half, const QString &quantize)
{
    const QString text = plain(quantize);
    if (text == u"16" || text == u"fp16")
        return true;
    if (text == u"none")
        return half;
    if (text == u"32" || text == u"fp32")
        return false;
    throw UsageError { QStringLiteral("quantize=%1 is not supported here: give 16 or 32.").arg(quantize) };
}

} // namespace torchdeck::app::cli

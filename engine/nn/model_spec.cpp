// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/nn/model_spec.h"

#include "engine/nn/builtin_specs.h"
#include "engine/nn/layer_plan.h"
#include "torchdeck/engine/error.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <fstream>
#include <limits>
#include <regex>
#include <sstream>

namespace torchdeck::engine::nn {

namespace fs = std::filesystem;

namespace {

constexpr std::uintmax_t kMaxSpecBytes = 1 << 20;
constexpr std::size_t kMaxLayers = 1000;
constexpr std::string_view kScaleLetters = "nsmlx";

bool isSpecName(const fs::path &file)
{
    const std::string extension = file.extension().string();
    return extension == ".yaml" || extension == ".yml";
}

/// "yolov8n-p2" -> "yolov8-p2" and "n"; letter empty when the name carries none.
struct FamilyAndScale {
    std::string family;
    std::string letter;
};

FamilyAndScale splitName(const std::string &stem)
{
    static const std::regex form(R"(^(.*yolo(?:e-)?v?\d+)([nsmlx])((?:[-_.].*)?)$)");
    std::smatch match;
    if (std::regex_match(stem, match, form)) {
        return { match.str(1) + match.str(3), match.str(2) };
    }
    return { stem, {} };
}

std::string stemOf(const std::string &name)
{
    const fs::path file = fs::path(name).filename();
    const std::string extension = file.extension().string();
    return extension == ".yaml" || extension == ".yml" ? file.stem().string() : file.string();
}

/// One reading of one text: knows the name to blame.
class SpecReader {
public:
    SpecReader(const std::string &yaml, const std::string &name)
    {
        const bool withExtension = isSpecName(fs::path(name));
        m_spec.file = withExtension ? name : name + ".yaml";
        m_spec.name = stemOf(name);
        m_spec.yaml = yaml;
    }

    ModelSpec read()
    {
        YAML::Node root;
        try {
            root = YAML::Load(m_spec.yaml);
        } catch (const YAML::Exception &e) {
            fail(e.mark.line + 1, "not valid YAML: " + e.msg);
        }
        if (!root.IsMap()) {
            fail(1, "a model file is a map with `backbone` and `head`");
        }
        try {
            readTop(root);
            readScale(root);
            readRows(root, "backbone", m_spec.backbone);
            readRows(root, "head", m_spec.head);
        } catch (const YAML::Exception &e) {
            fail(e.mark.line + 1, e.msg);
        }
        return std::move(m_spec);
    }

private:
    [[noreturn]] void fail(int line, const std::string &sentence) const
    {
        throw EngineError(ErrorKind::Argument,
                          m_spec.file + ":" + std::to_string(std::max(1, line)) + ": " + sentence + ".",
                          "model");
    }
    [[noreturn]] void fail(const YAML::Node &node, const std::string &sentence) const
    {
        fail(node.Mark().line + 1, sentence);
    }

    template <typename T> T value(const YAML::Node &node, const std::string &key, const char *kind) const
    {
        T result {};
        if (!node.IsScalar() || !YAML::convert<T>::decode(node, result)) {
            fail(node, "`" + key + "` must be " + kind);
        }
        return result;
    }

    static bool isNone(const YAML::Node &node)
    {
        return node.IsNull() || (node.IsScalar() && node.Scalar() == "None");
    }

    void readTop(const YAML::Node &root)
    {
        if (const YAML::Node node = root["nc"]) {
            m_spec.nc = value<std::int64_t>(node, "nc", "a whole number");
            if (m_spec.nc < 1 || m_spec.nc > 16384) {
                fail(node, "`nc` is " + std::to_string(m_spec.nc) + ", but must lie between 1 and 16384");
            }
        }
        if (const YAML::Node node = root["reg_max"]) {
            m_spec.regMax = value<std::int64_t>(node, "reg_max", "a whole number");
            if (m_spec.regMax < 1 || m_spec.regMax > 128) {
                fail(node,
                     "`reg_max` is " + std::to_string(m_spec.regMax) + ", but must lie between 1 and 128");
            }
        }
        if (const YAML::Node node = root["end2end"]; node && !isNone(node)) {
            m_spec.end2end = value<bool>(node, "end2end", "True or False");
        }
        if (const YAML::Node node = root["activation"]; node && !node.IsNull()) {
            m_spec.activation = value<std::string>(node, "activation", "text like nn.SiLU()");
        }
    }

    double factor(const YAML::Node &node, const std::string &key) const
    {
        const auto result = value<double>(node, key, "a number");
        if (!std::isfinite(result) || result <= 0.0 || result > 16.0) {
            fail(node, "`" + key + "` must be above 0 and at most 16");
        }
        return result;
    }

    void readScale(const YAML::Node &root)
    {
        m_spec.scale.maxChannels = std::numeric_limits<std::int64_t>::max();
        if (const YAML::Node node = root["depth_multiple"]) {
            m_spec.scale.depth = factor(node, "depth_multiple");
        }
        if (const YAML::Node node = root["width_multiple"]) {
            m_spec.scale.width = factor(node, "width_multiple");
        }
        const YAML::Node scales = root["scales"];
        if (!scales || scales.IsNull()) {
            m_spec.scaleName = splitName(m_spec.name).letter;
            return;
        }
        if (!scales.IsMap() || scales.size() == 0) {
            fail(scales, "`scales` must map letters to [depth, width, max_channels]");
        }
        std::string letter = splitName(m_spec.name).letter;
        if (letter.empty()) {
            if (const YAML::Node node = root["scale"]; node && node.IsScalar()) {
                letter = node.as<std::string>();
            } else { // as the field does: the first one
                letter = scales.begin()->first.as<std::string>();
            }
        }
        const YAML::Node chosen = scales[letter];
        if (!chosen) {
            std::string all;
            for (const auto &entry : scales) {
                all += (all.empty() ? "" : ", ") + entry.first.as<std::string>();
            }
            fail(scales, "there is no scale '" + letter + "'; scales: " + all);
        }
        if (!chosen.IsSequence() || chosen.size() != 3) {
            fail(chosen, "scale '" + letter + "' must be [depth, width, max_channels]");
        }
        m_spec.scale.depth = factor(chosen[0], "depth");
        m_spec.scale.width = factor(chosen[1], "width");
        m_spec.scale.maxChannels = value<std::int64_t>(chosen[2], "max_channels", "a whole number");
        if (m_spec.scale.maxChannels < 1) {
            fail(chosen, "max_channels must be at least 1");
        }
        m_spec.scaleName = letter;
        nameWithScale(letter);
    }

    /// "yolov8" read with scale n is the model yolov8n.
    void nameWithScale(const std::string &letter)
    {
        static const std::regex form(R"(^(.*yolo(?:e-)?v?\d+)((?:[-_.].*)?)$)");
        std::smatch match;
        if (letter.size() == 1 && kScaleLetters.find(letter) != std::string_view::npos
            && std::regex_match(m_spec.name, match, form)) {
            m_spec.name = match.str(1) + letter + match.str(2);
        }
    }

    void readRows(const YAML::Node &root, const char *section, std::vector<SpecLayer> &rows)
    {
        const YAML::Node list = root[section];
        if (!list || !list.IsSequence() || list.size() == 0) {
            fail(list ? list.Mark().line + 1 : 1,
                 std::string("`") + section + "` must be a list of rows [from, repeats, module, args]");
        }
        for (const YAML::Node &node : list) {
            const int index = static_cast<int>(m_spec.backbone.size() + m_spec.head.size());
            if (static_cast<std::size_t>(index) >= kMaxLayers) {
                fail(node, "more than " + std::to_string(kMaxLayers) + " layers");
            }
            rows.push_back(readRow(node, index));
        }
    }

    SpecLayer readRow(const YAML::Node &node, int index) const
    {
        if (!node.IsSequence() || node.size() != 4) {
            fail(node, "layer " + std::to_string(index) + " must be [from, repeats, module, args]");
        }
        SpecLayer row;
        row.line = node.Mark().line + 1;
        if (node[0].IsSequence()) {
            for (const YAML::Node &from : node[0]) {
                row.from.push_back(source(from, index));
            }
        } else {
            row.from.push_back(source(node[0], index));
        }
        if (row.from.empty()) {
            fail(node, "`from` of layer " + std::to_string(index) + " is empty");
        }
        row.repeats = value<int>(node[1], "repeats", "a whole number");
        if (row.repeats < 1 || row.repeats > 100) {
            fail(node, "`repeats` is " + std::to_string(row.repeats) + ", but must lie between 1 and 100");
        }
        row.module = value<std::string>(node[2], "module", "a name");
        if (!node[3].IsSequence()) {
            fail(node, "the arguments of " + row.module + " must be a list, e.g. [64, 3, 2]");
        }
        for (const YAML::Node &argument : node[3]) {
            row.args.push_back(specValue(argument));
        }
        return row;
    }

    /// -1 stays; other negative numbers count back from this layer.
    int source(const YAML::Node &node, int index) const
    {
        const int from = value<int>(node, "from", "a layer number or a list of them");
        return from < -1 ? std::max(index + from, -1000000) : from;
    }

    SpecValue specValue(const YAML::Node &node) const
    {
        if (node.IsNull()) {
            return std::monostate {};
        }
        if (node.IsSequence()) {
            std::vector<std::int64_t> list;
            for (const YAML::Node &entry : node) {
                list.push_back(value<std::int64_t>(entry, "an argument list", "of whole numbers"));
            }
            return list;
        }
        if (!node.IsScalar()) {
            fail(node, "an argument must be a number, a word, True, False, None or a list");
        }
        const std::string &text = node.Scalar();
        if (text == "None") {
            return std::monostate {};
        }
        if (text == "True" || text == "true" || text == "False" || text == "false") {
            return text.front() == 'T' || text.front() == 't';
        }
        std::int64_t integer = 0;
        if (YAML::convert<std::int64_t>::decode(node, integer)) {
            return integer;
        }
        double number = 0;
        if (YAML::convert<double>::decode(node, number) && std::isfinite(number)) {
            return number;
        }
        return text;
    }

    ModelSpec m_spec;
};

std::string readSpecFile(const fs::path &file)
{
    std::error_code error;
    const std::uintmax_t size = fs::file_size(file, error);
    if (!error && size > kMaxSpecBytes) {
        throw EngineError(ErrorKind::Argument,
                          file.string()
                              + " is too large for a model file (over 1 MiB); give a YAML model description.",
                          "model");
    }
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    if (!stream || error) {
        throw EngineError(ErrorKind::Argument, "The model file " + file.string() + " cannot be read.",
                          "model");
    }
    return text.str();
}

[[noreturn]] void failUnknown(const std::string &name)
{
    const std::vector<std::string> names = builtinModelNames();
    std::string all;
    for (const std::string &known : names) {
        all += (all.empty() ? "" : ", ") + known;
    }
    const std::string near = nearestName(stemOf(name) + ".yaml", names);
    throw EngineError(ErrorKind::Argument,
                      "There is no model '" + name + "': neither a file nor a built-in model"
                          + (near.empty() ? "" : " (did you mean " + near + "?)")
                          + "; built-in models: " + all + ".",
                      "model");
}

} // namespace

std::vector<std::string> builtinModelNames()
{
    std::vector<std::string> names;
    for (const BuiltinSpec &spec : builtinSpecs()) {
        for (const char letter : kScaleLetters) {
            names.push_back(std::string(spec.family) + letter + ".yaml");
        }
    }
    return names;
}

ModelSpec parseModelSpec(const std::string &yaml, const std::string &name)
{
    ModelSpec spec = SpecReader(yaml, name).read();
    static_cast<void>(planNetwork(spec, spec.nc)); // the network must fit together, not only the text
    return spec;
}

ModelSpec loadModelSpec(const std::string &name)
{
    const fs::path path(name);
    const std::string stem = stemOf(name);
    const FamilyAndScale split = splitName(stem);
    std::error_code error;
    if (!name.empty() && fs::is_regular_file(path, error)) {
        if (!isSpecName(path)) {
            throw EngineError(ErrorKind::Argument,
                              name + " is not a model description: its name must end in .yaml.", "model");
        }
        return parseModelSpec(readSpecFile(path), name);
    }
    if (isSpecName(path) && !split.letter.empty()) {
        const fs::path unified = path.parent_path() / (split.family + path.extension().string());
        if (fs::is_regular_file(unified, error)) {
            return parseModelSpec(readSpecFile(unified), name);
        }
    }
    if (!path.has_parent_path()) {
        for (const BuiltinSpec &spec : builtinSpecs()) {
            if (split.family == spec.family) {
                return parseModelSpec(std::string(spec.yaml), stem);
            }
        }
    }
    failUnknown(name);
}

} // namespace torchdeck::engine::nn

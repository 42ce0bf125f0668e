// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/argument_values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace torchdeck::engine {

namespace {

constexpr double mostImages = 4096;

bool isWhole(double value) { return value == std::floor(value) && std::abs(value) <= 2e9; }

std::string listText(const std::vector<std::string> &items)
{
    std::string text = "[";
    for (const std::string &item : items)
        text += (text.size() > 1 ? ", " : "") + item;
    return text + "]";
}

bool bracketed(std::string_view text)
{
    return !text.empty() && (text.front() == '[' || text.front() == '(');
}

std::optional<std::vector<double>> parseNumbers(std::string_view text)
{
    const auto items = parseList(text);
    if (!items)
        return std::nullopt;
    std::vector<double> numbers;
    for (const std::string &item : *items) {
        const auto number = parseNumber(item);
        if (!number)
            return std::nullopt;
        numbers.push_back(*number);
    }
    return numbers;
}

bool setBatch(TrainConfig &config, std::string_view text)
{
    const auto value = parseNumber(text);
    if (!value)
        return false;
    const bool automatic = *value == -1 || (*value > 0 && *value < 1);
    if (!automatic && (!isWhole(*value) || *value < 1 || *value > mostImages))
        return false;
    config.batch = automatic ? -1 : static_cast<int>(*value);
    config.batchMemory = automatic && *value > 0 ? *value : TrainConfig {}.batchMemory;
    return true;
}

std::string getBatch(const TrainConfig &config)
{
    const bool share = config.batch == -1 && config.batchMemory != TrainConfig {}.batchMemory;
    return share ? numberText(config.batchMemory) : std::to_string(config.batch);
}

bool setScale(TrainConfig &config, std::string_view text)
{
    const auto numbers = parseNumbers(text);
    if (!numbers)
        return false;
    if (numbers->size() == 2 && numbers->front() > 0 && numbers->front() <= numbers->back()) {
        config.scaleRange = *numbers;
        return true;
    }
    if (numbers->size() != 1 || bracketed(text) || numbers->front() < 0 || numbers->front() > 1)
        return false;
    config.scale = numbers->front();
    config.scaleRange.clear();
    return true;
}

std::string getScale(const TrainConfig &config)
{
    if (config.scaleRange.size() != 2)
        return numberText(config.scale);
    return listText({ numberText(config.scaleRange[0]), numberText(config.scaleRange[1]) });
}

bool setFraction(TrainConfig &config, std::string_view text)
{
    const auto numbers = parseNumbers(text);
    if (!numbers || numbers->empty() || numbers->size() > 3 || (bracketed(text) && numbers->size() == 1))
        return false;
    for (std::size_t i = 0; i < numbers->size(); ++i) {
        const double value = (*numbers)[i];
        const bool unusedTest = i == 2 && value == 0;
        if (!unusedTest && (value <= 0 || (value > 1 && !isWhole(value))))
            return false;
    }
    config.fraction = (*numbers)[0];
    config.valFraction = numbers->size() > 1 ? (*numbers)[1] : 1.0;
    return true;
}

std::string getFraction(const TrainConfig &config)
{
    if (config.valFraction == 1)
        return numberText(config.fraction);
    return listText({ numberText(config.fraction), numberText(config.valFraction) });
}

bool setFreeze(TrainConfig &config, std::string_view text)
{
    int first = 0;
    std::vector<std::string> layers;
    if (const auto number = parseNumber(text); number && !bracketed(text)) {
        if (!isWhole(*number) || *number < 0 || *number > 1000)
            return false;
        first = static_cast<int>(*number);
    } else if (!isNullText(text)) {
        const auto items = parseList(text);
        if (!items)
            return false;
        for (const std::string &item : *items) { // a number, then names: "22", "23.cv2"
            const std::string number = item.substr(0, item.find('.'));
            const bool digits = !number.empty() && number.size() < 5
                && std::ranges::all_of(number, [](unsigned char c) { return std::isdigit(c) != 0; });
            if (!digits)
                return false;
        }
        layers = *items;
    }
    config.freeze = first;
    config.freezeLayers = layers;
    return true;
}

std::string getFreeze(const TrainConfig &config)
{
    if (!config.freezeLayers.empty())
        return listText(config.freezeLayers);
    return config.freeze == 0 ? "null" : std::to_string(config.freeze);
}

bool setNms(TrainConfig &config, std::string_view text)
{
    const std::optional<bool> value = parseBool(text);
    if (value == true || (!value && !isNullText(text)))
        return false;
    config.endToEnd = value.has_value();
    return true;
}

bool setClasses(TrainConfig &config, std::string_view text)
{
    std::vector<int> classes;
    if (!isNullText(text)) {
        const auto numbers = parseNumbers(text);
        if (!numbers)
            return false;
        for (const double number : *numbers) {
            if (!isWhole(number) || number < 0)
                return false;
            classes.push_back(static_cast<int>(number));
        }
    }
    config.classes = classes;
    return true;
}

std::string getClasses(const TrainConfig &config)
{
    std::vector<std::string> items;
    for (const int id : config.classes)
        items.push_back(std::to_string(id));
    return items.empty() ? "null" : listText(items);
}

bool setAmp(TrainConfig &config, std::string_view text)
{
    const std::string word = lowerText(text);
    const auto value = word == "bf16" ? std::optional(true)
        : word == "fp32"              ? std::optional(false)
                                      : parseBool(text);
    config.amp = value.value_or(config.amp);
    return value.has_value();
}

bool setCache(TrainConfig &config, std::string_view text)
{
    const std::string word = isNullText(text) ? "false" : lowerText(text);
    const auto value = parseBool(word);
    const bool known = value || word == "auto" || word == "ram" || word == "disk";
    if (known)
        config.cache = value ? (*value ? "true" : "false") : word;
    return known;
}

bool setPretrained(TrainConfig &config, std::string_view text)
{
    const auto value = parseBool(text);
    config.pretrained = isNullText(text) || value == true ? "" : value == false ? "false" : std::string(text);
    return true;
}

std::string getPretrained(const TrainConfig &config)
{
    return config.pretrained.empty() ? "true" : config.pretrained;
}

bool setResume(TrainConfig &config, std::string_view text)
{
    if (const auto value = isNullText(text) ? std::optional(false) : parseBool(text)) {
        config.resume = *value;
        return true;
    }
    if (!text.ends_with(".pt"))
        return false;
    config.resume = true;
    config.model = std::string(text);
    return true;
}

} // namespace

std::string lowerText(std::string_view text)
{
    std::string out(text);
    std::ranges::transform(out, out.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

bool isNullText(std::string_view text)
{
    const std::string word = lowerText(text);
    return word.empty() || word == "none" || word == "null" || word == "~";
}

std::optional<double> parseNumber(std::string_view text)
{
    double value = 0;
    const char *end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, value);
    if (result.ec != std::errc() || result.ptr != end || !std::isfinite(value))
        return std::nullopt;
    return value;
}

std::optional<bool> parseBool(std::string_view text)
{
    const std::string word = lowerText(text);
    if (word == "true" || word == "1" || word == "yes" || word == "on")
        return true;
    if (word == "false" || word == "0" || word == "no" || word == "off")
        return false;
    return std::nullopt;
}

std::string numberText(double value)
{
    char buffer[64];
    const auto result = std::to_chars(buffer, buffer + sizeof buffer, value);
    return std::string(buffer, result.ptr);
}

std::optional<std::vector<std::string>> parseList(std::string_view text)
{
    if (bracketed(text)) {
        if (text.size() < 2 || text.back() != (text.front() == '[' ? ']' : ')'))
            return std::nullopt;
        text = text.substr(1, text.size() - 2);
    }
    std::vector<std::string> items;
    constexpr std::string_view around = " \t'\"";
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find(',', at), text.size());
        const std::string_view item = text.substr(at, end - at);
        const std::size_t first = item.find_first_not_of(around);
        if (first == std::string_view::npos)
            return std::nullopt;
        items.emplace_back(item.substr(first, item.find_last_not_of(around) - first + 1));
        at = end + 1;
    }
    return items;
}

const ArgumentText batchText { getBatch, setBatch,
                               "a whole number from 1 to 4096, -1 to choose it by measurement, or the share "
                               "of the memory to fill (0 to 1)" };
const ArgumentText scaleText { getScale, setScale,
                               "a number from 0 to 1, or the smallest and largest factor as [0.5, 1.5]" };
const ArgumentText fractionText {
    getFraction, setFraction,
    "a number above 0 up to 1, a whole number of images, or both for training and validation as [0.5, 1]"
};
const ArgumentText freezeText {
    getFreeze, setFreeze,
    "a whole number from 0 to 1000 (the first layers), or a list of layers as [0, 1, 22.cv2]"
};
const ArgumentText classesText { getClasses, setClasses, "class numbers, as 0 or [0, 2]" };
const ArgumentText ampText {
    [](const TrainConfig &config) -> std::string { return config.amp ? "true" : "false"; }, setAmp,
    "true or bf16 (mixed precision on CUDA is bfloat16 here), or false or fp32"
};
const ArgumentText nmsText { [](const TrainConfig &config) -> std::string {
                                return config.endToEnd ? "false" : "null";
                            },
                             setNms, "null, or false for the one-to-one head (true belongs to export)" };
const ArgumentText cacheText { [](const TrainConfig &config) { return config.cache; }, setCache,
                               "one of auto, ram, disk, false, true" };
const ArgumentText pretrainedText { getPretrained, setPretrained, "true, false or a checkpoint" };
const ArgumentText resumeText { [](const TrainConfig &config) -> std::string {
                                   return config.resume ? "true" : "false";
                               },
                                setResume, "true, false or the path of a last.pt" };

} // namespace torchdeck::engine

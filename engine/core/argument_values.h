// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/core/train_arguments.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace torchdeck::engine {

/// Reading and writing of argument values, shared by the table and its special cases.
[[nodiscard]] std::string lowerText(std::string_view text);
/// "", none, null, ~
[[nodiscard]] bool isNullText(std::string_view text);
[[nodiscard]] std::optional<double> parseNumber(std::string_view text);
[[nodiscard]] std::optional<bool> parseBool(std::string_view text);
[[nodiscard]] std::string numberText(double value);
/// "[a, b]", "(a, b)" or "a,b" without the brackets, blanks and quotes; one word is a list of one. Nothing
/// when brackets do not match or an item is empty.
[[nodiscard]] std::optional<std::vector<std::string>> parseList(std::string_view text);

extern const ArgumentText batchText, scaleText, fractionText, freezeText, classesText, ampText, cacheText, nmsText,
    pretrainedText, resumeText;

} // namespace torchdeck::engine

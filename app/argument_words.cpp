// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/argument_words.h"

#include <algorithm>

namespace torchdeck::app {

QStringList argumentWords(const engine::TrainConfig &config, std::initializer_list<std::string_view> except)
{
    static const engine::TrainConfig usual;
    QStringList words;
    for (const engine::ArgumentInfo &info : engine::trainArguments()) {
        const std::string text = engine::trainArgumentText(config, info.name);
        if (text != engine::trainArgumentText(usual, info.name) && std::ranges::find(except, info.name) == except.end())
            words << QString::fromStdString(std::string(info.name) + "=" + text);
    }
    return words;
}

} // namespace torchdeck::app

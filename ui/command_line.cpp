// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/command_line.h"

#include <QtCore/QRegularExpression>

#include <algorithm>

namespace torchdeck::ui {

namespace {

QString argumentText(const engine::TrainConfig &config, std::string_view name)
{
    return QString::fromStdString(engine::trainArgumentText(config, name));
}

} // namespace

QStringList changedArguments(const engine::TrainConfig &config, const engine::TrainConfig &from)
{
    QStringList names;
    for (const engine::ArgumentInfo &info : engine::trainArguments()) {
        if (argumentText(config, info.name) != argumentText(from, info.name))
            names << QString::fromUtf8(info.name.data(), static_cast<qsizetype>(info.name.size()));
    }
    return names;
}

QString shellQuoted(const QString &text)
{
    static const QRegularExpression plain(QStringLiteral("^[A-Za-z0-9_@%+=:,./-]+$"));
    if (plain.match(text).hasMatch())
        return text;
    QString quoted = text;
    quoted.replace(QLatin1Char('\''), QLatin1String("'\\''"));
    return QLatin1Char('\'') + quoted + QLatin1Char('\'');
}

QString trainCommandLine(const engine::TrainConfig &config)
{
    // The form's own fields are always said, so that the line is readable; the rest only when changed.
    QStringList names { QStringLiteral("model"), QStringLiteral("data"), QStringLiteral("epochs"),
                        QStringLiteral("imgsz"), QStringLiteral("batch") };
    for (const QString &name : changedArguments(config)) {
        if (!names.contains(name))
            names << name;
    }
    QStringList words { QStringLiteral("torchdeck"), QStringLiteral("train") };
    for (const QString &name : std::as_const(names)) {
        const QString value = argumentText(config, name.toStdString());
        if (name == QLatin1String("data") && config.data.empty())
            continue;
        words << shellQuoted(name + QLatin1Char('=') + value);
    }
    return words.join(QLatin1Char(' '));
}

} // namespace torchdeck::ui

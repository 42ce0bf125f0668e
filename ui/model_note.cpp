// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/model_note.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QUrl>
#include <QtCore/QUrlQuery>

namespace torchdeck::ui {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(torchdeck::ui::LaunchPanel)
};

} // namespace

bool isModelAddress(const QString &model)
{
    const bool web = model.startsWith(QLatin1String("http://")) || model.startsWith(QLatin1String("https://"));
    return web && model.contains(QLatin1String("/models/"));
}

QString keyOfModelAddress(const QString &model)
{
    return isModelAddress(model) ? QUrlQuery(QUrl(model)).queryItemValue(QStringLiteral("api_key"), QUrl::FullyDecoded)
                                 : QString();
}

QString modelNote(const QString &text)
{
    if (isModelAddress(text))
        return Words::tr("Goes on with this model of HUB: its arguments, weights and data set are fetched at the start");
    if (text.endsWith(QLatin1String(".pt")))
        return Words::tr("Starts from the weights of this checkpoint");
    if (text.endsWith(QLatin1String("n.yaml")))
        return Words::tr("Nano: the smallest and fastest");
    if (text.endsWith(QLatin1String("s.yaml")))
        return Words::tr("Small");
    if (text.endsWith(QLatin1String("m.yaml")))
        return Words::tr("Medium: slow without a GPU");
    if (text.endsWith(QLatin1String("l.yaml")))
        return Words::tr("Large: wants a GPU");
    if (text.endsWith(QLatin1String("x.yaml")))
        return Words::tr("Extra large: the slowest and most exact, wants a GPU");
    return {};
}

} // namespace torchdeck::ui

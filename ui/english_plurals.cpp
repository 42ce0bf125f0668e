// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/english_plurals.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QPointer>

namespace torchdeck::ui {

QString EnglishPlurals::translate(const char *, const char *source, const char *, int n) const
{
    if (n < 0)
        return {};
    QString text = QString::fromUtf8(source);
    if (!text.contains(QLatin1String("(s)")) && !text.contains(QLatin1String("(es)")))
        return {};
    text.replace(QLatin1String("(es)"), n == 1 ? QString() : QStringLiteral("es"));
    return text.replace(QLatin1String("(s)"), n == 1 ? QString() : QStringLiteral("s"));
}

void EnglishPlurals::install()
{
    static QPointer<EnglishPlurals> installed;
    if (installed || !QCoreApplication::instance())
        return;
    installed = new EnglishPlurals(QCoreApplication::instance());
    QCoreApplication::installTranslator(installed);
}

} // namespace torchdeck::ui

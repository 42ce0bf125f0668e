// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/translations.h"

#include "ui/english_plurals.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QLibraryInfo>
#include <QtCore/QTranslator>

static void registerTranslations()
{
#ifdef TORCHDECK_TRANSLATIONS
    Q_INIT_RESOURCE(torchdeck_translations);
#endif
}

namespace torchdeck::ui {

void installTranslations(const QLocale &locale)
{
    registerTranslations();
    EnglishPlurals::install(); // first: a language installed later wins
    QCoreApplication *app = QCoreApplication::instance();
    const std::pair<QString, QString> files[] = {
        { QStringLiteral("qtbase"), QLibraryInfo::path(QLibraryInfo::TranslationsPath) },
        { QStringLiteral("torchdeck"), QStringLiteral(":/torchdeck/i18n") },
    };
    for (const auto &[name, folder] : files) {
        auto *translator = new QTranslator(app);
        if (translator->load(locale, name, QStringLiteral("_"), folder))
            QCoreApplication::installTranslator(translator);
        else
            delete translator;
    }
}

} // namespace torchdeck::ui

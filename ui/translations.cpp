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

namespace {

/// Buttons that Qt names itself. Its own words for them come in a package that need not be there.
const char *const standardButtons[] = {
    QT_TRANSLATE_NOOP("StandardButtons", "OK"),      QT_TRANSLATE_NOOP("StandardButtons", "Cancel"),
    QT_TRANSLATE_NOOP("StandardButtons", "Apply"),   QT_TRANSLATE_NOOP("StandardButtons", "Close"),
    QT_TRANSLATE_NOOP("StandardButtons", "Discard"), QT_TRANSLATE_NOOP("StandardButtons", "Save"),
    QT_TRANSLATE_NOOP("StandardButtons", "Open"),    QT_TRANSLATE_NOOP("StandardButtons", "&Yes"),
    QT_TRANSLATE_NOOP("StandardButtons", "&No"),
};

class StandardButtons : public QTranslator {
    Q_OBJECT
public:
    using QTranslator::QTranslator;
    [[nodiscard]] bool isEmpty() const override { return false; }
    [[nodiscard]] QString translate(const char *context, const char *text, const char *, int) const override
    {
        if (qstrcmp(context, "QPlatformTheme") != 0)
            return {};
        for (const char *button : standardButtons) {
            if (qstrcmp(button, text) == 0)
                return QCoreApplication::translate("StandardButtons", button);
        }
        return {};
    }
};

} // namespace

void installTranslations(const QLocale &locale)
{
    registerTranslations();
    EnglishPlurals::install(); // first: a language installed later wins
    QCoreApplication *app = QCoreApplication::instance();
    QCoreApplication::installTranslator(new StandardButtons(app)); // before Qt's own words, which win where they are
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

#include "translations.moc"

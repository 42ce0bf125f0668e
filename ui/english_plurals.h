// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QTranslator>

namespace torchdeck::ui {

/// Resolves "(s)" in tr("%n epoch(s)", nullptr, n) for the source language, so that English needs no
/// translation file. A translator installed later (another language) wins.
class EnglishPlurals : public QTranslator {
    Q_OBJECT
public:
    using QTranslator::QTranslator;
    [[nodiscard]] QString translate(const char *context, const char *source, const char *disambiguation,
                                    int n) const override;
    [[nodiscard]] bool isEmpty() const override { return false; }

    static void install(); ///< once for the application; safe to repeat
};

} // namespace torchdeck::ui

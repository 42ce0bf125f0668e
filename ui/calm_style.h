// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtWidgets/QProxyStyle>

namespace torchdeck::ui {

/// Fusion, without its moving parts (busy bars, fading scroll bars) for those who want little motion.
class CalmStyle : public QProxyStyle {
    Q_OBJECT
public:
    CalmStyle()
        : QProxyStyle(QStringLiteral("Fusion"))
    {
    }
    static void setReducedMotion(bool on) { s_calm = on; }
    [[nodiscard]] int styleHint(StyleHint hint, const QStyleOption *option = nullptr,
                                const QWidget *widget = nullptr,
                                QStyleHintReturn *more = nullptr) const override
    {
        if (s_calm && hint == SH_Widget_Animation_Duration)
            return 0;
        return QProxyStyle::styleHint(hint, option, widget, more);
    }

private:
    static inline bool s_calm = false; ///< main thread
};

} // namespace torchdeck::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/basics.h"

#include <QtCore/QTimer>

#include <functional>

namespace torchdeck::ui {

/// One sentence across the top of the middle; hints leave by themselves, errors stay until closed.
class NoticeBar : public QFrame {
    Q_OBJECT
public:
    explicit NoticeBar(QWidget *parent = nullptr);
    void showNotice(const QString &sentence, bool error = false);
    /// Stays until it is closed; the button does `action` and closes it.
    void showOffer(const QString &sentence, const QString &button, std::function<void()> action);
    [[nodiscard]] QPushButton *offerButton() const { return m_offer; }
    [[nodiscard]] QString text() const { return m_text->text(); }

private:
    IconLabel *m_icon;
    QLabel *m_text;
    QPushButton *m_offer;
    std::function<void()> m_action;
    QTimer m_hide;
};

} // namespace torchdeck::ui

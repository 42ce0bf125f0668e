// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/basics.h"

#include <QtCore/QTimer>

namespace torchdeck::ui {

/// One sentence across the top of the middle; hints leave by themselves, errors stay until closed.
class NoticeBar : public QFrame {
    Q_OBJECT
public:
    explicit NoticeBar(QWidget *parent = nullptr);
    void showNotice(const QString &sentence, bool error);
    [[nodiscard]] QString text() const { return m_text->text(); }

private:
    IconLabel *m_icon;
    QLabel *m_text;
    QTimer m_hide;
};

} // namespace torchdeck::ui

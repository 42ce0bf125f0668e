// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtWidgets/QWidget>

class QLabel;

namespace torchdeck::ui {

/// A caption, an editor and the sentence about what is wrong with it.
class FormField : public QWidget {
    Q_OBJECT
public:
    FormField(const QString &caption, QWidget *editor, QWidget *parent = nullptr);
    void setProblem(const QString &sentence);
    void setNote(const QString &note, bool warning = false);
    [[nodiscard]] QString problem() const;
    [[nodiscard]] QString note() const;

private:
    QWidget *m_editor;
    QLabel *m_problem;
    QLabel *m_note;
};

} // namespace torchdeck::ui

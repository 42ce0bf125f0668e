// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/form_field.h"

#include "ui/theme.h"
#include "ui/widgets/basics.h"

#include <QtWidgets/QVBoxLayout>

namespace torchdeck::ui {

FormField::FormField(const QString &caption, QWidget *editor, QWidget *parent)
    : QWidget(parent)
    , m_editor(editor)
    , m_problem(makeLabel({}, "problem", 0.92))
    , m_note(makeLabel({}, "muted", 0.88))
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(space::xs);
    auto *label = makeLabel(caption, nullptr, 0.95, QFont::DemiBold);
    label->setBuddy(editor);
    layout->addWidget(label);
    layout->addWidget(editor);
    layout->addWidget(m_problem);
    layout->addWidget(m_note);
    m_problem->setWordWrap(true);
    m_note->setWordWrap(true);
    m_problem->hide();
    m_note->hide();
}

void FormField::setProblem(const QString &sentence)
{
    m_problem->setText(sentence);
    m_problem->setVisible(!sentence.isEmpty());
    setStyleProperty(m_editor, "problem", !sentence.isEmpty());
}

void FormField::setNote(const QString &note, bool warning)
{
    m_note->setText(note);
    m_note->setVisible(!note.isEmpty());
    setLook(m_note, warning ? "warning" : "muted");
}

QString FormField::problem() const { return m_problem->text(); }

QString FormField::note() const { return m_note->text(); }

} // namespace torchdeck::ui

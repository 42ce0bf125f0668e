// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/duplicate_line.h"

#include "ui/format.h"
#include "ui/theme.h"
#include "ui/widgets/basics.h"

#include <QtWidgets/QProgressBar>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QVBoxLayout>

namespace torchdeck::ui {

DuplicateLine::DuplicateLine(QWidget *parent)
    : QWidget(parent)
    , m_words(makeLabel({}, "muted", 0.92))
    , m_progress(new QProgressBar)
    , m_start(makeButton(tr("Compare train and val"), "link"))
    , m_cancel(makeButton(tr("Cancel"), "link"))
{
    m_words->setWordWrap(true);
    m_progress->setTextVisible(false);
    setLook(m_progress, "thin");
    m_progress->setAccessibleName(tr("Images compared"));
    m_start->setToolTip(tr("Looks for images that are in train and in val, in another size, format or as the next frame"));
    auto *row = new QHBoxLayout;
    row->setSpacing(space::s);
    row->addWidget(m_words, 1);
    row->addWidget(m_cancel);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(space::xs);
    layout->addLayout(row);
    layout->addWidget(m_progress);
    layout->addWidget(m_start, 0, Qt::AlignLeft);
    connect(m_start, &QPushButton::clicked, this, &DuplicateLine::startRequested);
    connect(m_cancel, &QPushButton::clicked, this, &DuplicateLine::cancelRequested);
    reset();
}

void DuplicateLine::present(const QString &words, bool working, const char *look)
{
    m_working = working;
    setLook(m_words, look);
    m_words->setText(words);
    m_words->setVisible(!words.isEmpty());
    m_progress->setVisible(working);
    m_cancel->setVisible(working);
    m_start->setVisible(!working);
    setVisible(true);
}

void DuplicateLine::reset()
{
    m_working = false;
    m_words->clear();
    setVisible(false);
}

void DuplicateLine::offer() { present({}, false); }

void DuplicateLine::setProgress(qint64 done, qint64 total)
{
    if (!m_working)
        present({}, true);
    m_progress->setRange(0, static_cast<int>(total)); // 0 of 0: not known yet
    m_progress->setValue(static_cast<int>(done));
    m_words->setText(total > 0 ? tr("Comparing train and val: %1 of %2 images").arg(countWords(done), countWords(total))
                               : tr("Comparing train and val..."));
    m_words->setVisible(true);
}

void DuplicateLine::setFound(int pairs, qint64 unreadable)
{
    QString words = pairs == 0 ? tr("No near duplicates in train and val.")
                               : tr("%n near duplicate(s) of training images in val.", nullptr, pairs);
    if (unreadable > 0)
        words += QLatin1Char(' ') + tr("%n could not be read.", nullptr, static_cast<int>(unreadable));
    present(words, false, pairs == 0 ? "muted" : "warning");
    m_start->setVisible(false); // done
}

void DuplicateLine::setStopped() { present(tr("The comparison of train and val was cancelled."), false); }

void DuplicateLine::setProblem(const QString &sentence) { present(sentence, false, "problem"); }

QString DuplicateLine::words() const { return m_words->text(); }

} // namespace torchdeck::ui

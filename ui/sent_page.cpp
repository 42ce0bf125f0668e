// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/sent_page.h"

#include "ui/theme.h"
#include "ui/widgets/basics.h"

#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QPlainTextEdit>
#include <QtWidgets/QVBoxLayout>

namespace torchdeck::ui {

namespace {

constexpr int mostLines = 16; ///< of a block; longer ones scroll

void clear(QVBoxLayout *layout)
{
    while (QLayoutItem *item = layout->takeAt(0)) {
        if (item->widget())
            item->widget()->deleteLater();
        delete item;
    }
}

QVBoxLayout *blocks()
{
    auto *layout = new QVBoxLayout;
    layout->setSpacing(space::s);
    return layout;
}

QLabel *note(const QString &text)
{
    QLabel *label = makeLabel(text, "muted", 0.92);
    label->setWordWrap(true);
    return label;
}

} // namespace

SentPage::SentPage(QWidget *parent)
    : QWidget(parent)
    , m_about(note({}))
    , m_usage(new ToggleSwitch(tr("Send usage events")))
    , m_runBlocks(blocks())
    , m_usageBlocks(blocks())
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(space::l, space::l, space::l, space::l);
    layout->setSpacing(space::m);
    auto *runs = new Card;
    runs->body()->addWidget(makeLabel(tr("A synced run"), nullptr, 1.1, QFont::DemiBold));
    runs->body()->addWidget(note(tr("Only while sync is on, and only to the HUB of these settings. Names only: no "
                                    "folder, no user name, no host name, no image.")));
    runs->body()->addWidget(m_about);
    runs->body()->addLayout(m_runBlocks);
    layout->addWidget(runs);

    auto *usage = new Card;
    auto *head = new QHBoxLayout;
    head->addWidget(makeLabel(tr("Usage events"), nullptr, 1.1, QFont::DemiBold));
    head->addStretch(1);
    head->addWidget(m_usage);
    usage->body()->addLayout(head);
    usage->body()->addWidget(note(tr("Off unless you turn them on, and only ever sent to the HUB of these settings. "
                                     "This is a whole one, as starting a run would send it:")));
    usage->body()->addLayout(m_usageBlocks);
    layout->addWidget(usage);
    layout->addStretch(1);
}

QWidget *SentPage::block(const hub::SentExample &example) const
{
    auto *widget = new QWidget;
    auto *layout = new QVBoxLayout(widget);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(2);
    layout->addWidget(makeLabel(example.title, nullptr, 0.95, QFont::DemiBold));
    auto *text = new QPlainTextEdit(example.request + (example.body.isEmpty() ? QString() : QStringLiteral("\n\n"))
                                    + example.body);
    text->setReadOnly(true);
    text->setFont(monospaceFont(font(), 0.88));
    text->setAccessibleName(example.title);
    text->setTabChangesFocus(true);
    const int lines = std::min(mostLines, int(text->toPlainText().count(QLatin1Char('\n'))) + 1);
    text->setFixedHeight(QFontMetrics(text->font()).lineSpacing() * lines + 22);
    layout->addWidget(text);
    return widget;
}

void SentPage::setExamples(const QVector<hub::SentExample> &examples, const QString &about)
{
    m_examples = examples;
    m_about->setText(about);
    m_about->setVisible(!about.isEmpty());
    clear(m_runBlocks);
    clear(m_usageBlocks);
    for (const hub::SentExample &example : examples)
        (example.usage ? m_usageBlocks : m_runBlocks)->addWidget(block(example));
}

QString SentPage::text() const
{
    QStringList all;
    for (const hub::SentExample &example : m_examples)
        all << example.title << example.request << example.body;
    return all.join(QLatin1Char('\n'));
}

} // namespace torchdeck::ui

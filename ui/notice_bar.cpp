// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/notice_bar.h"

#include "ui/theme.h"

#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QPushButton>

#include <utility>

namespace torchdeck::ui {

namespace {
constexpr int hintMs = 8000;
}

NoticeBar::NoticeBar(QWidget *parent)
    : QFrame(parent)
    , m_icon(new IconLabel(QStringLiteral("info"), Tone::Accent, 20))
    , m_text(makeLabel({}))
    , m_offer(makeButton(tr("OK")))
{
    setObjectName(QStringLiteral("notice"));
    m_text->setWordWrap(true);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto *close = new IconButton(QStringLiteral("close"), tr("Hide this message"));
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(space::m, space::xs, space::xs, space::xs);
    layout->setSpacing(space::s);
    layout->addWidget(m_icon);
    layout->addWidget(m_text, 1);
    layout->addWidget(m_offer);
    m_offer->hide();
    layout->addWidget(close);
    m_hide.setSingleShot(true);
    m_hide.setInterval(hintMs);
    connect(&m_hide, &QTimer::timeout, this, &QWidget::hide);
    connect(close, &QAbstractButton::clicked, this, &QWidget::hide);
    connect(m_offer, &QPushButton::clicked, this, [this] {
        hide();
        if (const auto action = std::exchange(m_action, {}))
            action();
    });
    hide();
}

void NoticeBar::showOffer(const QString &sentence, const QString &button, std::function<void()> action)
{
    showNotice(sentence, false);
    m_hide.stop();
    m_action = std::move(action);
    m_offer->setText(button);
    m_offer->show();
}

void NoticeBar::showNotice(const QString &sentence, bool error)
{
    m_offer->hide();
    m_action = {};
    m_text->setText(sentence);
    setAccessibleName(sentence);
    m_icon->setIcon(error ? QStringLiteral("error") : QStringLiteral("info"),
                    error ? Tone::Danger : Tone::Accent);
    setLook(this, error ? "banner-danger" : "banner-info");
    setVisible(!sentence.isEmpty());
    if (error)
        m_hide.stop();
    else
        m_hide.start();
}

} // namespace torchdeck::ui

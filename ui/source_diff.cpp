// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/source_diff.h"

#include "ui/command_line.h"
#include "ui/theme.h"
#include "ui/widgets/basics.h"

#include <QtWidgets/QGridLayout>
#include <QtWidgets/QHBoxLayout>

#include <algorithm>

namespace torchdeck::ui {

namespace {

constexpr std::size_t mostRows = 8; ///< the form stays below it

QString valueText(const engine::TrainConfig &config, const QString &argument)
{
    const QString text = QString::fromStdString(engine::trainArgumentText(config, argument.toStdString()));
    return text == QLatin1String("null") ? SourceDiff::tr("empty") : text;
}

/// Of two long paths the ends are what differs.
QString shortened(const QString &value)
{
    constexpr qsizetype most = 14;
    return value.size() <= most ? value : QStringLiteral("\u2026") + value.right(most - 1);
}

} // namespace

SourceDiff::SourceDiff(QWidget *parent)
    : QFrame(parent)
    , m_title(new ElidedLabel)
    , m_words(makeLabel({}, "muted", 0.92))
    , m_body(new QVBoxLayout(this))
{
    setLook(this, "banner-info");
    m_title->setFont(scaledFont(m_title->font(), 1.0, QFont::DemiBold));
    m_words->setWordWrap(true);
    auto *close = new IconButton(QStringLiteral("close"), tr("Stop comparing; the form stays as it is"));
    auto *head = new QHBoxLayout;
    head->setSpacing(space::xs);
    head->addWidget(m_title, 1);
    head->addWidget(close);
    m_body->setContentsMargins(space::m, space::s, space::s, space::s);
    m_body->setSpacing(space::xs);
    m_body->addLayout(head);
    m_body->addWidget(m_words);
    connect(close, &QAbstractButton::clicked, this, &SourceDiff::forget);
    setVisible(false);
}

void SourceDiff::setSource(Kind kind, const QString &name, const engine::TrainConfig &config)
{
    m_kind = kind;
    m_config = config;
    m_title->setFullText(kind == Kind::Queued ? tr("In the queue: %1").arg(name) : tr("Copy of %1").arg(name));
    show({});
    setVisible(kind != Kind::None);
}

void SourceDiff::forget()
{
    if (m_kind == Kind::None)
        return;
    setSource(Kind::None, {}, {});
    Q_EMIT forgotten();
}

void SourceDiff::compare(const engine::TrainConfig &now)
{
    if (m_kind == Kind::None)
        return;
    std::vector<Change> changes;
    for (const QString &name : changedArguments(now, m_config))
        changes.push_back({ name, valueText(m_config, name), valueText(now, name) });
    if (changes != m_changes) // another field was typed in: the lines stay
        show(changes);
}

void SourceDiff::show(const std::vector<Change> &changes)
{
    m_changes = changes;
    if (m_rows) { // one of its buttons may be why we are here
        m_rows->hide();
        m_rows->deleteLater();
    }
    m_rows = new QWidget;
    auto *rows = new QGridLayout(m_rows);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setHorizontalSpacing(space::s);
    rows->setVerticalSpacing(0);
    rows->setColumnStretch(1, 1);
    for (std::size_t i = 0; i < std::min(changes.size(), mostRows); ++i)
        addRow(*rows, changes[i]);
    m_body->insertWidget(1, m_rows);
    m_rows->setVisible(!changes.empty());
    const int more = static_cast<int>(changes.size()) - static_cast<int>(mostRows);
    m_words->setVisible(changes.empty() || more > 0);
    m_words->setText(more > 0                 ? tr("and %n more", nullptr, more)
                         : m_kind == Kind::Queued ? tr("Change what you want, then save it in the queue.")
                                                  : tr("Nothing is changed yet: the same would be trained again."));
}

void SourceDiff::addRow(QGridLayout &rows, const Change &change)
{
    auto *values = new ElidedLabel(nullptr, Qt::ElideMiddle);
    values->setFont(scaledFont(values->font(), 0.92));
    values->setFullText(shortened(change.before) + QStringLiteral(" \u2192 ") + shortened(change.now));
    values->setToolTip(change.before + QStringLiteral(" \u2192 ") + change.now);
    values->setAccessibleName(tr("%1: was %2, is %3").arg(change.argument, change.before, change.now));
    auto *undo = new IconButton(QStringLiteral("reset"), tr("%1 back to %2").arg(change.argument, change.before));
    connect(undo, &QAbstractButton::clicked, this, [this, argument = change.argument] { Q_EMIT undoRequested(argument); });
    const int row = rows.rowCount();
    rows.addWidget(makeLabel(change.argument, "muted", 0.92), row, 0);
    rows.addWidget(values, row, 1);
    rows.addWidget(undo, row, 2);
}

} // namespace torchdeck::ui

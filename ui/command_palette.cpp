// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/command_palette.h"

#include "torchdeck/engine/train_config.h"
#include "ui/argument_words.h"
#include "ui/theme.h"
#include "ui/widgets/basics.h"

#include <QtCore/QPointer>
#include <QtGui/QAction>
#include <QtGui/QKeyEvent>
#include <QtGui/QPainter>
#include <QtGui/QStandardItemModel>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QListView>
#include <QtWidgets/QMenu>
#include <QtWidgets/QMenuBar>
#include <QtWidgets/QStyledItemDelegate>
#include <QtWidgets/QVBoxLayout>

namespace torchdeck::ui {

namespace {

enum Role { ActionRole = Qt::UserRole + 1, ArgumentRole, RightRole };
constexpr QSize paletteSize { 560, 400 };

/// The words on the left, shortcut or group on the right.
class PaletteDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &) const override
    {
        return { 200, option.fontMetrics.height() + 14 };
    }

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        const Theme &theme = themeFor(option.palette);
        painter->save();
        if (option.state & QStyle::State_Selected)
            painter->fillRect(option.rect, theme.accentSoft);
        const QRect inner = option.rect.adjusted(space::m, 0, -space::m, 0);
        const QString right = index.data(RightRole).toString();
        const int rightWidth = option.fontMetrics.horizontalAdvance(right);
        painter->setPen(theme.textMuted);
        painter->drawText(inner, Qt::AlignVCenter | Qt::AlignRight, right);
        painter->setPen(theme.text);
        painter->drawText(inner, Qt::AlignVCenter,
                          option.fontMetrics.elidedText(index.data().toString(), Qt::ElideRight,
                                                        inner.width() - rightWidth - space::m));
        painter->restore();
    }
};

QString plain(QString text)
{
    text.remove(QLatin1Char('&'));
    return text;
}

void collect(const QMenu &menu, const QString &path, QStandardItemModel &model)
{
    const auto actions = menu.actions();
    for (QAction *action : actions) {
        if (action->menu()) {
            collect(*action->menu(), path + QStringLiteral(": ") + plain(action->text()), model);
        } else if (!action->isSeparator() && action->isEnabled()) {
            auto *item = new QStandardItem(path + QStringLiteral(": ") + plain(action->text()));
            item->setData(QVariant::fromValue(QPointer<QAction>(action)), ActionRole);
            item->setData(action->shortcut().toString(QKeySequence::NativeText), RightRole);
            model.appendRow(item);
        }
    }
}

} // namespace

int PaletteFilter::distance(const QString &pattern, const QString &text)
{
    if (pattern.isEmpty())
        return 0;
    if (const auto whole = text.indexOf(pattern, 0, Qt::CaseInsensitive); whole >= 0)
        return static_cast<int>(whole);
    qsizetype at = -1, first = -1;
    for (const QChar letter : pattern) {
        if (letter.isSpace())
            continue;
        at = text.indexOf(letter, at + 1, Qt::CaseInsensitive);
        if (at < 0)
            return -1;
        first = first < 0 ? at : first;
    }
    return 1000 + static_cast<int>(at - first); // letters near each other come first
}

void PaletteFilter::setPattern(const QString &text)
{
    m_pattern = text.trimmed();
    invalidate();
    sort(0);
}

bool PaletteFilter::filterAcceptsRow(int row, const QModelIndex &parent) const
{
    return distance(m_pattern, sourceModel()->index(row, 0, parent).data().toString()) >= 0;
}

bool PaletteFilter::lessThan(const QModelIndex &left, const QModelIndex &right) const
{
    const int a = distance(m_pattern, left.data().toString()), b = distance(m_pattern, right.data().toString());
    return a != b ? a < b : left.row() < right.row();
}

CommandPalette::CommandPalette(QMenuBar &menus, QWidget *parent)
    : QDialog(parent)
    , m_field(new QLineEdit)
    , m_list(new QListView)
    , m_model(new QStandardItemModel(this))
    , m_filter(new PaletteFilter(this))
{
    setWindowTitle(tr("Commands"));
    setAttribute(Qt::WA_DeleteOnClose);
    resize(paletteSize);
    m_field->setPlaceholderText(tr("What do you want to do?"));
    m_field->setAccessibleName(tr("Search commands"));
    m_field->installEventFilter(this);
    fill(menus);
    m_filter->setSourceModel(m_model);
    m_list->setModel(m_filter);
    m_list->setItemDelegate(new PaletteDelegate(m_list));
    m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_list->setUniformItemSizes(true);
    m_list->setAccessibleName(tr("Commands"));
    setLook(m_list, "framed");
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(space::m, space::m, space::m, space::m);
    layout->setSpacing(space::s);
    layout->addWidget(m_field);
    layout->addWidget(m_list, 1);
    const auto chooseFirst = [this] { m_list->setCurrentIndex(m_filter->index(0, 0)); };
    connect(m_field, &QLineEdit::textChanged, this, [this, chooseFirst](const QString &text) {
        m_filter->setPattern(text);
        chooseFirst();
    });
    connect(m_list, &QListView::clicked, this, &CommandPalette::runCurrent);
    chooseFirst();
    m_field->setFocus();
}

void CommandPalette::fill(QMenuBar &menus)
{
    const auto actions = menus.actions();
    for (const QAction *action : actions) {
        if (action->menu())
            collect(*action->menu(), plain(action->text()), *m_model);
    }
    for (const engine::ArgumentInfo &info : engine::trainArguments()) {
        const QString name = QString::fromUtf8(info.name.data(), static_cast<qsizetype>(info.name.size()));
        auto *item = new QStandardItem(tr("Set %1: %2").arg(name, argumentWords(info.help)));
        item->setData(name, ArgumentRole);
        item->setData(tr("argument"), RightRole);
        m_model->appendRow(item);
    }
}

bool CommandPalette::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_field && event->type() == QEvent::KeyPress) {
        auto *key = static_cast<QKeyEvent *>(event);
        const int row = m_list->currentIndex().row();
        switch (key->key()) {
        case Qt::Key_Down:
        case Qt::Key_Up:
            m_list->setCurrentIndex(
                m_filter->index(qBound(0, row + (key->key() == Qt::Key_Down ? 1 : -1), m_filter->rowCount() - 1), 0));
            return true;
        case Qt::Key_Return:
        case Qt::Key_Enter:
            runCurrent();
            return true;
        default:
            break;
        }
    }
    return QDialog::eventFilter(watched, event);
}

void CommandPalette::runCurrent()
{
    const QModelIndex index = m_list->currentIndex();
    if (!index.isValid())
        return;
    const auto action = index.data(ActionRole).value<QPointer<QAction>>();
    const QString argument = index.data(ArgumentRole).toString();
    accept(); // first: the action may open a dialog of its own
    if (action)
        action->trigger();
    else if (!argument.isEmpty())
        Q_EMIT argumentChosen(argument);
}

} // namespace torchdeck::ui

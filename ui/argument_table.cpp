// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/argument_table.h"

#include "ui/theme.h"
#include "ui/widgets/basics.h"

#include <QtGui/QMouseEvent>
#include <QtGui/QPainter>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QHeaderView>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QStyledItemDelegate>
#include <QtWidgets/QTableView>
#include <QtWidgets/QVBoxLayout>

namespace torchdeck::ui {

namespace {

constexpr int valueWidth = 84;
constexpr int resetWidth = 26;

/// Name over its one-line help, the value, and a reset mark on changed rows.
class ArgumentDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        const Theme &theme = themeFor(option.palette);
        const bool changed = index.data(ArgumentTableModel::ChangedRole).toBool();
        const bool wrong = !index.data(ArgumentTableModel::ProblemRole).toString().isEmpty();
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        if (option.state & QStyle::State_Selected)
            painter->fillRect(option.rect, theme.accentSoft);
        painter->setPen(QPen(theme.border, 1));
        painter->drawLine(option.rect.bottomLeft(), option.rect.bottomRight());
        if (index.column() == ArgumentTableModel::Name)
            paintName(*painter, option, index, theme, changed);
        else if (index.column() == ArgumentTableModel::Value)
            paintValue(*painter, option, index, theme, changed, wrong);
        else if (changed) {
            const qreal ratio = option.widget ? option.widget->devicePixelRatioF() : 1.0;
            painter->drawPixmap(option.rect.center() - QPoint(8, 8),
                                themedPixmap(QStringLiteral("reset"), theme.textMuted, 16, ratio));
        }
        painter->restore();
    }

    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &) const override
    {
        return { 60, option.fontMetrics.height() * 2 + 8 };
    }

    QWidget *createEditor(QWidget *parent, const QStyleOptionViewItem &,
                          const QModelIndex &index) const override
    {
        const QStringList choices = index.data(ArgumentTableModel::ChoicesRole).toStringList();
        if (choices.isEmpty())
            return new QLineEdit(parent);
        auto *box = new QComboBox(parent);
        box->addItems(choices);
        // A choice is done when it is picked; no second click elsewhere is needed.
        auto *self = const_cast<ArgumentDelegate *>(this);
        connect(box, &QComboBox::activated, self, [self, box] {
            Q_EMIT self->commitData(box);
            Q_EMIT self->closeEditor(box);
        });
        return box;
    }

    void setEditorData(QWidget *editor, const QModelIndex &index) const override
    {
        const QString value = index.data(Qt::EditRole).toString();
        if (auto *box = qobject_cast<QComboBox *>(editor))
            box->setCurrentText(value);
        else if (auto *line = qobject_cast<QLineEdit *>(editor))
            line->setText(value);
    }

    void setModelData(QWidget *editor, QAbstractItemModel *model, const QModelIndex &index) const override
    {
        const auto *box = qobject_cast<QComboBox *>(editor);
        const auto *line = qobject_cast<QLineEdit *>(editor);
        model->setData(index, box ? box->currentText() : line ? line->text() : QString(), Qt::EditRole);
    }

    void updateEditorGeometry(QWidget *editor, const QStyleOptionViewItem &option,
                              const QModelIndex &) const override
    {
        const int height = qMax(editor->sizeHint().height(), 28);
        editor->setGeometry(QRect(option.rect.left() - 16, option.rect.center().y() - height / 2,
                                  option.rect.width() + 16, height));
    }

private:
    static void paintName(QPainter &painter, const QStyleOptionViewItem &option, const QModelIndex &index,
                          const Theme &theme, bool changed)
    {
        const QRect rect = option.rect.adjusted(space::s, 3, -space::xs, -3);
        const QFont name = scaledFont(option.font, 1.0, changed ? QFont::Bold : QFont::Normal);
        painter.setFont(name);
        painter.setPen(theme.text);
        painter.drawText(rect, Qt::AlignTop | Qt::AlignLeft, index.data().toString());
        const QFont help = scaledFont(option.font, 0.85);
        const QFontMetrics metrics(help);
        painter.setFont(help);
        painter.setPen(theme.textMuted);
        painter.drawText(rect, Qt::AlignBottom | Qt::AlignLeft,
                         metrics.elidedText(index.data(ArgumentTableModel::HelpRole).toString(),
                                            Qt::ElideRight, rect.width()));
    }

    static void paintValue(QPainter &painter, const QStyleOptionViewItem &option, const QModelIndex &index,
                           const Theme &theme, bool changed, bool wrong)
    {
        QRect rect = option.rect.adjusted(space::xs, 0, -space::xs, 0);
        if (wrong) {
            painter.drawPixmap(rect.left() - 2, rect.center().y() - 8,
                               themedPixmap(QStringLiteral("error"), theme.danger, 16, 1.0));
            rect.setLeft(rect.left() + 18);
        }
        painter.setFont(scaledFont(option.font, 1.0, changed ? QFont::Bold : QFont::Normal));
        const QString value = index.data().toString();
        painter.setPen(wrong ? theme.danger : value.isEmpty() ? theme.textFaint : theme.text);
        const QString shown = value.isEmpty() ? ArgumentTable::tr("not set") : value;
        painter.drawText(rect, Qt::AlignVCenter | Qt::AlignRight,
                         QFontMetrics(painter.font()).elidedText(shown, Qt::ElideMiddle, rect.width()));
    }
};

} // namespace

ArgumentTable::ArgumentTable(ArgumentTableModel *model, QWidget *parent)
    : QWidget(parent)
    , m_model(model)
    , m_filter(new ArgumentFilter(this))
    , m_search(new QLineEdit)
    , m_onlyChanged(new ToggleSwitch(tr("Changed only")))
    , m_view(new QTableView)
    , m_problem(makeLabel({}, "problem", 0.92))
{
    m_filter->setSourceModel(m_model);
    m_search->setPlaceholderText(tr("Search arguments"));
    m_search->setToolTip(m_search->placeholderText());
    m_search->setAccessibleName(tr("Search arguments"));
    m_search->setClearButtonEnabled(true);
    m_problem->setWordWrap(true);
    m_problem->hide();
    m_view->setModel(m_filter);
    setLook(m_view, "framed");
    m_view->setItemDelegate(new ArgumentDelegate(m_view));
    m_view->setShowGrid(false);
    m_view->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_view->setSelectionMode(QAbstractItemView::SingleSelection);
    m_view->setEditTriggers(QAbstractItemView::SelectedClicked | QAbstractItemView::DoubleClicked
                            | QAbstractItemView::EditKeyPressed | QAbstractItemView::AnyKeyPressed);
    m_view->setTabKeyNavigation(false);
    m_view->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_view->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_view->setAccessibleName(tr("More training arguments"));
    m_view->setMinimumHeight(240);
    m_view->verticalHeader()->hide();
    m_view->verticalHeader()->setDefaultSectionSize(fontMetrics().height() * 2 + 8);
    QHeaderView *header = m_view->horizontalHeader();
    header->hide();
    header->setMinimumSectionSize(resetWidth);
    header->setSectionResizeMode(ArgumentTableModel::Name, QHeaderView::Stretch);
    header->setSectionResizeMode(ArgumentTableModel::Value, QHeaderView::Fixed);
    header->setSectionResizeMode(ArgumentTableModel::Reset, QHeaderView::Fixed);
    header->resizeSection(ArgumentTableModel::Value, valueWidth);
    header->resizeSection(ArgumentTableModel::Reset, resetWidth);

    auto *bar = new QHBoxLayout;
    bar->setSpacing(space::s);
    bar->addWidget(m_search, 1);
    bar->addWidget(m_onlyChanged);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(space::s);
    layout->addLayout(bar);
    layout->addWidget(m_problem);
    layout->addWidget(m_view, 1);

    connect(m_search, &QLineEdit::textChanged, m_filter, &ArgumentFilter::setSearch);
    connect(m_onlyChanged, &QAbstractButton::toggled, m_filter, &ArgumentFilter::setOnlyChanged);
    connect(m_model, &ArgumentTableModel::refused, this,
            [this](const QString &, const QString &sentence) { showProblem(sentence); });
    connect(m_model, &ArgumentTableModel::changed, this, [this] { showProblem({}); });
    connect(m_view, &QTableView::clicked, this, [this](const QModelIndex &index) {
        const QModelIndex source = m_filter->mapToSource(index);
        if (source.column() == ArgumentTableModel::Reset
            && source.data(ArgumentTableModel::ChangedRole).toBool())
            m_model->resetRow(source.row());
        else if (source.column() == ArgumentTableModel::Value)
            m_view->edit(index);
    });
}

void ArgumentTable::showProblem(const QString &sentence)
{
    m_problem->setText(sentence);
    m_problem->setVisible(!sentence.isEmpty());
}

QString ArgumentTable::problem() const { return m_problem->text(); }

void ArgumentTable::setProblems(const std::vector<engine::ArgumentError> &problems)
{
    m_model->setProblems(problems);
    QStringList sentences;
    int first = -1;
    for (const engine::ArgumentError &problem : problems) {
        const int row = m_model->rowOf(QString::fromStdString(problem.argument));
        sentences << QString::fromStdString(problem.sentence);
        first = first < 0 ? row : first;
    }
    showProblem(sentences.join(QLatin1Char('\n')));
    if (first >= 0) {
        m_search->clear();
        m_onlyChanged->setChecked(false);
        // Queued: the table may only now be unfolded and has no layout yet.
        QMetaObject::invokeMethod(
            this,
            [this, first] {
                m_view->scrollTo(m_filter->mapFromSource(m_model->index(first, 0)),
                                 QAbstractItemView::PositionAtCenter);
            },
            Qt::QueuedConnection);
    }
}

} // namespace torchdeck::ui

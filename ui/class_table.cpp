// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/class_table.h"

#include "ui/format.h"
#include "ui/theme.h"
#include "ui/widgets/basics.h"

#include <QtCore/QSortFilterProxyModel>
#include <QtGui/QPainter>
#include <QtWidgets/QHeaderView>
#include <QtWidgets/QStyledItemDelegate>
#include <QtWidgets/QTableView>
#include <QtWidgets/QVBoxLayout>

#include <algorithm>

namespace torchdeck::ui {

namespace {

/// A ratio as a number over a bar, so that a weak class is seen without reading.
class RatioDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        const Theme &theme = themeFor(option.palette);
        const double value = std::clamp(index.data(ClassTableModel::SortRole).toDouble(), 0.0, 1.0);
        if (option.state & QStyle::State_Selected)
            painter->fillRect(option.rect, theme.accentSoft);
        const QRect inner = option.rect.adjusted(space::s, 0, -space::m, 0);
        const int textWidth = option.fontMetrics.horizontalAdvance(QStringLiteral("0.000")) + space::s;
        painter->setPen(theme.text);
        painter->setFont(option.font);
        painter->drawText(inner, Qt::AlignVCenter | Qt::AlignRight, index.data(Qt::DisplayRole).toString());
        const QRectF track(inner.left(), inner.center().y() - 2.5, inner.width() - textWidth, 6);
        if (track.width() < 16)
            return;
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(Qt::NoPen);
        painter->setBrush(theme.hover);
        painter->drawRoundedRect(track, 3, 3);
        painter->setBrush(theme.series.blue);
        if (value > 0.01)
            painter->drawRoundedRect(QRectF(track.topLeft(), QSizeF(track.width() * value, 6)), 3, 3);
        painter->restore();
    }
};

} // namespace

int ClassTableModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_classes.size());
}

int ClassTableModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant ClassTableModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const engine::ClassMetrics &row = m_classes[static_cast<std::size_t>(index.row())];
    if (role == Qt::TextAlignmentRole)
        return int(Qt::AlignVCenter | (index.column() == Name ? Qt::AlignLeft : Qt::AlignRight));
    if (role != Qt::DisplayRole && role != SortRole)
        return {};
    const bool display = role == Qt::DisplayRole;
    switch (index.column()) {
    case Name:
        return QString::fromStdString(row.name);
    case Images:
        return display ? QVariant(countWords(row.images)) : QVariant(qint64(row.images));
    case Instances:
        return display ? QVariant(countWords(row.instances)) : QVariant(qint64(row.instances));
    case Precision:
        return display ? QVariant(metricWords(row.precision)) : QVariant(row.precision);
    case Recall:
        return display ? QVariant(metricWords(row.recall)) : QVariant(row.recall);
    case Map50:
        return display ? QVariant(metricWords(row.map50)) : QVariant(row.map50);
    case Map5095:
        return display ? QVariant(metricWords(row.map5095)) : QVariant(row.map5095);
    default:
        return {};
    }
}

QVariant ClassTableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return int(Qt::AlignVCenter | (section == Name ? Qt::AlignLeft : Qt::AlignRight));
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Name:
        return tr("Class");
    case Images:
        return tr("Images");
    case Instances:
        return tr("Objects");
    case Precision:
        return tr("Precision");
    case Recall:
        return tr("Recall");
    case Map50:
        return QStringLiteral("mAP50");
    case Map5095:
        return QStringLiteral("mAP50-95");
    default:
        return {};
    }
}

void ClassTableModel::setClasses(std::vector<engine::ClassMetrics> classes)
{
    if (classes.size() == m_classes.size()) { // keeps selection and scroll position from epoch to epoch
        m_classes = std::move(classes);
        if (!m_classes.empty())
            Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
        return;
    }
    beginResetModel();
    m_classes = std::move(classes);
    endResetModel();
}

ClassTable::ClassTable(QWidget *parent)
    : QWidget(parent)
    , m_model(new ClassTableModel(this))
    , m_sorted(new QSortFilterProxyModel(this))
    , m_view(new QTableView)
    , m_caption(makeLabel({}, "muted"))
{
    m_sorted->setSourceModel(m_model);
    m_sorted->setSortRole(ClassTableModel::SortRole);
    m_view->setModel(m_sorted);
    setLook(m_view, "framed");
    m_view->setSortingEnabled(true);
    m_view->sortByColumn(-1, Qt::AscendingOrder);
    m_view->setShowGrid(false);
    m_view->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_view->setTabKeyNavigation(false); // Tab leaves the table
    m_view->setAccessibleName(tr("Results of each class"));
    m_view->verticalHeader()->hide();
    m_view->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 12);
    m_view->viewport()->installEventFilter(this);
    m_view->horizontalHeader()->setHighlightSections(false);
    auto *ratio = new RatioDelegate(m_view);
    for (int column = ClassTableModel::Precision; column < ClassTableModel::ColumnCount; ++column)
        m_view->setItemDelegateForColumn(column, ratio);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(space::s);
    layout->addWidget(m_caption);
    layout->addWidget(m_view, 1);
    startRun();
}

/// Each column has room for its title; what is left is shared out.
void ClassTable::fitColumns()
{
    QHeaderView *header = m_view->horizontalHeader();
    int wanted = 0;
    for (int column = 0; column < ClassTableModel::ColumnCount; ++column)
        wanted += header->sectionSizeHint(column);
    const int more = std::max(0, m_view->viewport()->width() - wanted);
    for (int column = 0; column < ClassTableModel::ColumnCount; ++column)
        header->resizeSection(column, header->sectionSizeHint(column) + more / ClassTableModel::ColumnCount
                                  + (column < more % ClassTableModel::ColumnCount ? 1 : 0));
}

bool ClassTable::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::Resize && watched == m_view->viewport())
        fitColumns();
    return QWidget::eventFilter(watched, event);
}

void ClassTable::startRun()
{
    m_model->setClasses({});
    m_caption->setText(tr("The table fills after the first validation."));
}

void ClassTable::setEpoch(const engine::FitEpochEnd &event)
{
    if (event.classes.empty())
        return;
    m_model->setClasses(event.classes);
    m_caption->setText(event.finalEval
                           ? tr("Best model (epoch %1), validated once more").arg(event.bestEpoch + 1)
                           : tr("Validation after epoch %1").arg(event.epoch + 1));
}

} // namespace torchdeck::ui

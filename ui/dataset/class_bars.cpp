// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dataset/class_bars.h"

#include "ui/dataset/box_size_chart.h"
#include "ui/format.h"
#include "ui/theme.h"
#include "ui/widgets/basics.h"

#include <QtGui/QPainter>

#include <algorithm>
#include <tuple>

namespace torchdeck::ui {

namespace {

constexpr int padding = 6;
constexpr int mostRowsShown = 8;
constexpr double nameShare = 0.36; ///< of the row, at most

} // namespace

int ClassBarsModel::rowCount(const QModelIndex &parent) const { return parent.isValid() ? 0 : int(m_rows.size()); }

QVariant ClassBarsModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || index.row() >= m_rows.size())
        return {};
    const Row &row = m_rows[index.row()];
    const auto share = [this](qint64 part, qint64 whole) {
        return whole > 0 && m_largestShare > 0 ? double(part) / double(whole) / m_largestShare : 0.0;
    };
    switch (role) {
    case Qt::DisplayRole:
        return row.name;
    case Qt::ToolTipRole:
    case Qt::AccessibleTextRole:
        return tr("%1 (class %2): %3 boxes in train (%4), %5 in val (%6)")
            .arg(row.name, QString::number(row.number), countWords(row.train), shareWords(row.train, m_train),
                 countWords(row.val), shareWords(row.val, m_val));
    case TrainRole:
        return row.train;
    case ValRole:
        return row.val;
    case TrainShareRole:
        return share(row.train, m_train);
    case ValShareRole:
        return share(row.val, m_val);
    default:
        return {};
    }
}

void ClassBarsModel::setReport(const engine::DatasetReport &report)
{
    beginResetModel();
    m_rows.clear();
    m_train = m_val = m_most = 0;
    m_largestShare = 0;
    const auto count = [](const std::vector<std::int64_t> &all, std::size_t i) { return i < all.size() ? qint64(all[i]) : 0; };
    for (std::size_t i = 0; i < report.summary.classNames.size(); ++i) {
        const Row row { QString::fromStdString(report.summary.classNames[i]), int(i), count(report.trainInstancesPerClass, i),
                        count(report.valInstancesPerClass, i) };
        m_rows.append(row);
        m_train += row.train;
        m_val += row.val;
        m_most = std::max({ m_most, row.train, row.val });
    }
    for (const Row &row : std::as_const(m_rows)) {
        if (m_train > 0)
            m_largestShare = std::max(m_largestShare, double(row.train) / double(m_train));
        if (m_val > 0)
            m_largestShare = std::max(m_largestShare, double(row.val) / double(m_val));
    }
    sort();
    endResetModel();
}

void ClassBarsModel::setOrder(Order order)
{
    beginResetModel();
    m_order = order;
    sort();
    endResetModel();
}

void ClassBarsModel::sort()
{
    std::ranges::sort(m_rows, {}, [this](const Row &row) {
        const qint64 key = m_order == Order::Class ? 0 : m_order == Order::MostFirst ? -row.train : row.train;
        return std::pair(key, row.number);
    });
}

QSize ClassBarsDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &) const
{
    return { 120, qMax(22, option.fontMetrics.height() + 6) };
}

void ClassBarsDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const Theme &theme = themeFor(option.palette);
    painter->save();
    if (option.state & QStyle::State_Selected)
        painter->fillRect(option.rect, theme.accentSoft);
    else if (option.state & QStyle::State_MouseOver)
        painter->fillRect(option.rect, theme.hover);
    painter->setFont(option.font);
    const QFontMetrics &metrics = option.fontMetrics;
    const auto *model = qobject_cast<const ClassBarsModel *>(index.model());
    const int number = metrics.horizontalAdvance(countWords(model ? model->most() : 0));
    QRect rest = option.rect.adjusted(padding, 0, -padding, 0);
    const int name = int(rest.width() * nameShare);
    const qint64 train = index.data(ClassBarsModel::TrainRole).toLongLong(), val = index.data(ClassBarsModel::ValRole).toLongLong();

    painter->setPen(theme.text);
    painter->drawText(QRect(rest.left(), rest.top(), name, rest.height()), Qt::AlignVCenter,
                      metrics.elidedText(index.data().toString(), Qt::ElideRight, name));
    const QRect valNumber(rest.right() - number + 1, rest.top(), number, rest.height());
    const QRect trainNumber = valNumber.translated(-number - space::s, 0);
    painter->setPen(train > 0 ? theme.text : theme.danger); // what is never seen is not learnt
    painter->drawText(trainNumber, Qt::AlignVCenter | Qt::AlignRight, countWords(train));
    painter->setPen(val > 0 ? theme.textMuted : theme.warning);
    painter->drawText(valNumber, Qt::AlignVCenter | Qt::AlignRight, countWords(val));

    const double left = rest.left() + name + space::s, wide = trainNumber.left() - space::s - left;
    const double middle = rest.top() + rest.height() / 2.0;
    const auto bar = [&](int role, double top, double high, const QColor &color) {
        const double share = index.data(role).toDouble();
        if (share > 0 && wide > 2)
            painter->fillRect(QRectF(left, top, std::max(1.5, wide * share), high), color);
    };
    bar(ClassBarsModel::TrainShareRole, middle - 5, 6, theme.series.blue);
    bar(ClassBarsModel::ValShareRole, middle + 2, 3, theme.series.orange);
    painter->restore();
}

ClassBars::ClassBars(QWidget *parent)
    : QListView(parent)
    , m_classes(new ClassBarsModel(this))
{
    setModel(m_classes);
    setItemDelegate(new ClassBarsDelegate(this));
    setLook(this, "framed");
    setAccessibleName(tr("Boxes of every class"));
    setFont(scaledFont(font(), 0.88));
    setMouseTracking(true);
    setUniformItemSizes(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
}

void ClassBars::setReport(const engine::DatasetReport &report)
{
    m_classes->setReport(report);
    const int row = qMax(22, QFontMetrics(font()).height() + 6);
    const int rows = m_classes->rowCount();
    setFixedHeight((rows > mostRowsShown ? row * mostRowsShown + row / 2 : row * rows) + 4); // half a row: there is more
}

} // namespace torchdeck::ui

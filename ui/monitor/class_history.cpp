// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/monitor/class_history.h"

#include "ui/format.h"
#include "ui/widgets/basics.h"
#include "ui/theme.h"

#include <QtGui/QPainter>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QHeaderView>
#include <QtWidgets/QScrollBar>
#include <QtWidgets/QStyledItemDelegate>
#include <QtWidgets/QTableView>
#include <QtWidgets/QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace torchdeck::ui {

namespace {

constexpr int cellWidth = 46;

QColor between(const QColor &a, const QColor &b, double part)
{
    const auto mix = [part](int x, int y) { return static_cast<int>(std::lround(x + (y - x) * part)); };
    return { mix(a.red(), b.red()), mix(a.green(), b.green()), mix(a.blue(), b.blue()) };
}

/// One colour from pale to strong (lightness alone tells it, also to the colour-blind), the number on top.
class HeatDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        const Theme &theme = themeFor(option.palette);
        const double value = index.data(ClassHistoryModel::ValueRole).toDouble();
        const QRect cell = option.rect.adjusted(0, 0, -1, -1);
        if (!std::isfinite(value))
            return;
        const double part = std::clamp(value, 0.0, 1.0);
        const QColor fill = between(theme.hover, theme.series.blue, part);
        painter->fillRect(cell, fill);
        painter->setPen(fill.lightnessF() > 0.55F ? QColor(0x10, 0x14, 0x1a) : QColor(Qt::white));
        painter->setFont(scaledFont(option.font, 0.82));
        painter->drawText(cell, Qt::AlignCenter, index.data().toString());
        if (option.state & QStyle::State_Selected) {
            painter->setPen(QPen(theme.text, 1.5));
            painter->drawRect(cell.adjusted(1, 1, -1, -1));
        }
    }
};

} // namespace

void ClassHistoryModel::clear()
{
    beginResetModel();
    m_names.clear();
    m_columns.clear();
    endResetModel();
}

void ClassHistoryModel::add(const engine::FitEpochEnd &event)
{
    if (event.classes.empty() || event.finalEval)
        return;
    QStringList names;
    for (const engine::ClassMetrics &row : event.classes)
        names << QString::fromStdString(row.name);
    if (names != m_names) {
        beginResetModel();
        m_names = names;
        m_columns = { { event.epoch + 1, event.classes } };
        endResetModel();
        return;
    }
    const int epoch = event.epoch + 1;
    const auto at = std::lower_bound(m_columns.begin(), m_columns.end(), epoch,
                                     [](const Column &column, int wanted) { return column.epoch < wanted; });
    const int column = static_cast<int>(at - m_columns.begin());
    if (at != m_columns.end() && at->epoch == epoch) {
        at->classes = event.classes;
        Q_EMIT dataChanged(index(0, column), index(rowCount() - 1, column));
        return;
    }
    beginInsertColumns({}, column, column);
    m_columns.insert(at, { epoch, event.classes });
    endInsertColumns();
}

void ClassHistoryModel::setValue(Value value)
{
    m_value = value;
    if (rowCount() > 0 && columnCount() > 0)
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
}

double ClassHistoryModel::value(int row, int column) const
{
    const engine::ClassMetrics &metrics =
        m_columns[static_cast<std::size_t>(column)].classes[static_cast<std::size_t>(row)];
    switch (m_value) {
    case Map5095:
        return metrics.map5095;
    case Map50:
        return metrics.map50;
    case Recall:
        return metrics.recall;
    case Precision:
        return metrics.precision;
    }
    return metrics.map5095;
}

double ClassHistoryModel::drop(int row) const
{
    if (m_columns.size() < 2)
        return 0;
    double best = 0;
    for (int column = 0; column < columnCount(); ++column)
        best = std::max(best, value(row, column));
    return best - value(row, columnCount() - 1);
}

QStringList ClassHistoryModel::forgotten() const
{
    std::vector<std::pair<double, QString>> drops;
    for (int row = 0; row < rowCount(); ++row) {
        if (drop(row) > forgottenDrop)
            drops.emplace_back(drop(row), m_names[row]);
    }
    std::sort(drops.begin(), drops.end(), [](const auto &a, const auto &b) { return a.first > b.first; });
    QStringList names;
    for (const auto &[by, name] : drops)
        names << name;
    return names;
}

int ClassHistoryModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_names.size());
}

int ClassHistoryModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_columns.size());
}

QVariant ClassHistoryModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const double number = value(index.row(), index.column());
    switch (role) {
    case Qt::DisplayRole:
        return std::isfinite(number) ? QLocale().toString(number, 'f', 2) : QString();
    case Qt::ToolTipRole:
    case Qt::AccessibleTextRole:
        return tr("%1, epoch %2: %3")
            .arg(m_names[index.row()])
            .arg(m_columns[static_cast<std::size_t>(index.column())].epoch)
            .arg(metricWords(number));
    case ValueRole:
        return number;
    case ForgottenRole:
        return drop(index.row()) > forgottenDrop;
    default:
        return {};
    }
}

QVariant ClassHistoryModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (role != Qt::DisplayRole)
        return {};
    if (orientation == Qt::Vertical)
        return m_names.value(section);
    return section < columnCount() ? m_columns[static_cast<std::size_t>(section)].epoch : QVariant();
}

ClassHistory::ClassHistory(QWidget *parent)
    : QWidget(parent)
    , m_model(new ClassHistoryModel(this))
    , m_view(new QTableView)
    , m_value(new QComboBox)
    , m_words(makeLabel({}, "muted"))
{
    m_value->addItems({ QStringLiteral("mAP50-95"), QStringLiteral("mAP50"), tr("Recall"), tr("Precision") });
    m_value->setAccessibleName(tr("Value of the table"));
    m_words->setWordWrap(true);
    m_view->setModel(m_model);
    m_view->setItemDelegate(new HeatDelegate(m_view));
    setLook(m_view, "framed");
    m_view->setShowGrid(false);
    m_view->setTabKeyNavigation(false); // Tab leaves the table
    m_view->setAccessibleName(tr("Results of each class after each epoch"));
    m_view->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_view->horizontalHeader()->setDefaultSectionSize(cellWidth);
    m_view->horizontalHeader()->setMinimumSectionSize(cellWidth);
    m_view->horizontalHeader()->setHighlightSections(false);
    m_view->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 10);
    auto *bar = new QHBoxLayout;
    bar->setSpacing(space::s);
    bar->addWidget(m_words, 1);
    bar->addWidget(m_value);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(space::s);
    layout->addLayout(bar);
    layout->addWidget(m_view, 1);
    connect(m_value, &QComboBox::currentIndexChanged, this, [this](int index) {
        m_model->setValue(static_cast<ClassHistoryModel::Value>(index));
        updateWords();
    });
    updateWords();
}

void ClassHistory::startRun()
{
    m_model->clear();
    updateWords();
}

void ClassHistory::addEpoch(const engine::FitEpochEnd &event)
{
    const QScrollBar *bar = m_view->horizontalScrollBar();
    const bool atEnd = bar->value() >= bar->maximum() - 2; // a reader who scrolled back stays where he is
    m_model->add(event);
    if (atEnd && m_view->isVisible())
        QMetaObject::invokeMethod(
            this, [this] { m_view->horizontalScrollBar()->setValue(m_view->horizontalScrollBar()->maximum()); },
            Qt::QueuedConnection);
    updateWords();
}

void ClassHistory::updateWords()
{
    if (m_model->columnCount() == 0) {
        m_words->setText(tr("The table fills with each validation."));
        return;
    }
    const QStringList names = m_model->forgotten();
    setLook(m_words, names.isEmpty() ? "muted" : "warning");
    m_words->setText(names.isEmpty() ? tr("No class is far below its own best.")
                                     : tr("Being forgotten, more than 0.1 below their best: %1")
                                           .arg(names.mid(0, 6).join(QStringLiteral(", "))));
}

QString ClassHistory::words() const { return m_words->text(); }

} // namespace torchdeck::ui

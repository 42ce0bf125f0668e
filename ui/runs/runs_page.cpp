// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/runs_page.h"

#include "ui/runs/run_compare.h"
#include "ui/runs/run_list_model.h"
#include "ui/theme.h"
#include "ui/widgets/basics.h"

#include <QtCore/QTimer>
#include <QtGui/QPainter>
#include <QtGui/QAction>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QHeaderView>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QMessageBox>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QSplitter>
#include <QtWidgets/QStackedWidget>
#include <QtWidgets/QStyledItemDelegate>
#include <QtWidgets/QTableView>
#include <QtWidgets/QVBoxLayout>

#include <algorithm>

namespace torchdeck::ui {

namespace {

constexpr int offerDays = 7;
constexpr int selectionMs = 60;

/// Air on both sides of the text, as in the header.
class PaddedDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        if (option.state & QStyle::State_Selected)
            painter->fillRect(option.rect, themeFor(option.palette).accentSoft);
        QStyleOptionViewItem inner = option;
        inner.rect = option.rect.adjusted(space::xs, 0, -space::xs, 0);
        QStyledItemDelegate::paint(painter, inner, index);
    }
};

/// State as a word with a dot in its tone.
class RunStateDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        const Theme &theme = themeFor(option.palette);
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        if (option.state & QStyle::State_Selected)
            painter->fillRect(option.rect, theme.accentSoft);
        const QColor color =
            toneColor(option.palette, toneOf(static_cast<RunState>(index.data(RunListModel::StateRole).toInt())));
        painter->setPen(Qt::NoPen);
        painter->setBrush(color);
        const double middle = option.rect.center().y() + 0.5;
        painter->drawEllipse(QPointF(option.rect.left() + 12, middle), 3.5, 3.5);
        painter->setPen(color);
        painter->setFont(option.font);
        const QRect text = option.rect.adjusted(22, 0, -4, 0);
        painter->drawText(text, Qt::AlignVCenter,
                          option.fontMetrics.elidedText(index.data().toString(), Qt::ElideRight, text.width()));
        painter->restore();
    }
};

} // namespace

RunsPage::RunsPage(QWidget *parent)
    : QWidget(parent)
    , m_model(new RunListModel(this))
    , m_filter(new RunFilter(this))
    , m_watcher(new RunWatcher(std::chrono::seconds(2), this))
    , m_compare(new RunCompare)
    , m_table(new QTableView)
    , m_search(new QLineEdit)
    , m_state(new QComboBox)
    , m_count(makeLabel({}, "count", 0.9))
    , m_selection(makeLabel({}, "muted"))
    , m_resume(makeButton(tr("Resume")))
    , m_reuse(makeButton(tr("Duplicate")))
    , m_results(makeButton(tr("Results")))
    , m_open(makeButton(tr("Open folder")))
    , m_trash(makeButton(tr("Move to trash...")))
    , m_publish(new QAction(tr("Publish on HUB"), this))
    , m_pages(new QStackedWidget)
    , m_selectionTimer(new QTimer(this))
{
    auto *splitter = new QSplitter(Qt::Vertical);
    splitter->setChildrenCollapsible(false);
    splitter->setHandleWidth(space::m);
    splitter->addWidget(buildTable());
    splitter->addWidget(m_compare);
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 2);
    m_compare->setMinimumHeight(220);
    m_pages->addWidget(buildEmptyState());
    m_pages->addWidget(splitter);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(space::l, space::l, space::l, space::l);
    layout->setSpacing(space::m);
    layout->addWidget(buildHead());
    layout->addWidget(m_pages, 1);
    m_selectionTimer->setSingleShot(true);
    m_selectionTimer->setInterval(selectionMs);
    connect(m_selectionTimer, &QTimer::timeout, this, &RunsPage::updateSelection);
    connectWatcher();
    updateCounts();
    updateSelection();
}

QWidget *RunsPage::buildHead()
{
    m_search->setPlaceholderText(tr("Search name, model, data, tags, notes, or lr0=0.01"));
    m_search->setAccessibleName(tr("Search runs"));
    m_search->setClearButtonEnabled(true);
    m_search->setMaximumWidth(420);
    m_state->addItem(tr("All states"), -1);
    for (const RunState state : { RunState::Running, RunState::Finished, RunState::EndedEarly,
                                  RunState::Interrupted, RunState::Broken })
        m_state->addItem(stateWords(state), int(state));
    m_state->setAccessibleName(tr("State of the runs shown"));
    auto *add = makeButton(tr("Add folder..."));
    add->setToolTip(tr("Shows the runs below another folder too, for example the one Ultralytics uses"));
    auto *head = new QWidget;
    auto *row = new QHBoxLayout(head);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(space::s);
    row->addWidget(makeLabel(tr("Runs"), nullptr, 1.45, QFont::DemiBold));
    row->addWidget(m_count, 0, Qt::AlignVCenter);
    row->addSpacing(space::m);
    row->addWidget(m_search, 1);
    row->addWidget(m_state);
    row->addStretch(1);
    row->addWidget(add);
    connect(m_search, &QLineEdit::textChanged, this, [this](const QString &text) {
        m_filter->setSearch(text);
        updateCounts();
    });
    connect(m_state, &QComboBox::currentIndexChanged, this, [this] {
        m_filter->setState(m_state->currentData().toInt());
        updateCounts();
    });
    connect(add, &QPushButton::clicked, this, &RunsPage::addFolderRequested);
    return head;
}

QWidget *RunsPage::buildTable()
{
    m_filter->setSourceModel(m_model);
    m_table->setModel(m_filter);
    m_table->setItemDelegate(new PaddedDelegate(m_table));
    m_table->setItemDelegateForColumn(RunListModel::State, new RunStateDelegate(m_table));
    m_table->setSortingEnabled(true);
    m_table->sortByColumn(RunListModel::Started, Qt::DescendingOrder);
    m_table->setShowGrid(false);
    m_table->setWordWrap(false);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_table->setEditTriggers(QAbstractItemView::DoubleClicked | QAbstractItemView::EditKeyPressed);
    m_table->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_table->setTabKeyNavigation(false);
    m_table->setAccessibleName(tr("Runs"));
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 12);
    QHeaderView *header = m_table->horizontalHeader();
    header->setHighlightSections(false);
    header->setSectionsMovable(true);
    const int widths[] = { 130, 118, 98, 80, 100, 116, 120, 128, 130, 190, 130 };
    for (int column = 0; column < RunListModel::ColumnCount; ++column)
        header->resizeSection(column, widths[column]);
    header->setStretchLastSection(true);

    auto *actions = new QHBoxLayout;
    actions->setContentsMargins(space::m, space::s, space::m, 0);
    actions->setSpacing(space::s);
    actions->addWidget(m_selection, 1);
    for (QPushButton *button : { m_results, m_resume, m_reuse, m_open, m_trash })
        actions->addWidget(button);
    m_reuse->setToolTip(tr("This run's arguments in the form, with what you change of them shown"));
    auto *card = new Card;
    card->body()->setContentsMargins(0, space::xs, 0, space::s);
    card->body()->setSpacing(0);
    card->body()->addWidget(m_table, 1);
    card->body()->addLayout(actions);
    card->setMinimumHeight(180);

    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this,
            [this] { m_selectionTimer->start(); });
    connect(m_resume, &QPushButton::clicked, this, &RunsPage::resumeSelected);
    connect(m_reuse, &QPushButton::clicked, this, [this] {
        if (const auto runs = selected(); runs.size() == 1)
            Q_EMIT settingsWanted(runs.front());
    });
    connect(m_open, &QPushButton::clicked, this, [this] {
        if (const auto runs = selected(); !runs.isEmpty())
            Q_EMIT openFolderRequested(runs.front().folder);
    });
    m_results->setToolTip(tr("Curves, worst images, and the model to try"));
    connect(m_results, &QPushButton::clicked, this, [this] {
        if (const auto runs = selected(); runs.size() == 1)
            Q_EMIT resultsRequested(runs.front().folder);
    });
    connect(m_trash, &QPushButton::clicked, this, &RunsPage::trashSelected);
    m_publish->setToolTip(tr("Sends this run's metrics and best model to HUB, also long after it ended"));
    m_table->setContextMenuPolicy(Qt::ActionsContextMenu);
    m_table->addAction(m_publish);
    connect(m_publish, &QAction::triggered, this, [this] {
        if (const auto runs = selected(); runs.size() == 1)
            Q_EMIT publishRequested(runs.front());
    });
    return card;
}

QWidget *RunsPage::buildEmptyState()
{
    auto *page = new Card;
    auto *title = makeLabel(tr("No runs yet"), nullptr, 1.2, QFont::DemiBold);
    auto *words = makeLabel(tr("Every run lands here by itself: those of this window, of the command line, and of "
                               "`yolo train` in a terminal. Runs elsewhere appear when you add their folder."),
                            "muted");
    words->setWordWrap(true);
    words->setMaximumWidth(460);
    words->setAlignment(Qt::AlignHCenter);
    auto *start = makeButton(tr("Start a run"), "primary");
    connect(start, &QPushButton::clicked, this, &RunsPage::newRunRequested);
    page->body()->addStretch(2);
    page->body()->addWidget(new IconLabel(QStringLiteral("table"), Tone::Accent, 36), 0, Qt::AlignHCenter);
    page->body()->addWidget(title, 0, Qt::AlignHCenter);
    auto *middle = new QHBoxLayout; // an aligned label would be one line high
    middle->addStretch(1);
    middle->addWidget(words, 8);
    middle->addStretch(1);
    page->body()->addLayout(middle);
    page->body()->addSpacing(space::s);
    page->body()->addWidget(start, 0, Qt::AlignHCenter);
    page->body()->addStretch(3);
    return page;
}

void RunsPage::connectWatcher()
{
    connect(m_watcher, &RunWatcher::changed, this, [this](const QVector<RunSummary> &runs) {
        m_model->apply(runs);
        updateCounts();
        m_selectionTimer->start(); // a selected run may have grown
    });
    connect(m_watcher, &RunWatcher::gone, this, [this](const QStringList &folders) {
        m_model->remove(folders);
        updateCounts();
    });
    connect(m_watcher, &RunWatcher::scanned, this, &RunsPage::offerInterrupted);
    connect(m_watcher, &RunWatcher::problem, this, [this](const QString &text) { Q_EMIT notice(text, true); });
    connect(m_watcher, &RunWatcher::curvesRead, m_compare, &RunCompare::setCurves);
    connect(m_compare, &RunCompare::curvesWanted, m_watcher, &RunWatcher::requestCurves);
    connect(m_compare, &RunCompare::runPicked, this, &RunsPage::selectRun);
    connect(m_compare, &RunCompare::notice, this, &RunsPage::notice);
    connect(m_model, &RunListModel::notesEdited, m_watcher, &RunWatcher::storeNotes);
}

void RunsPage::setTraining(bool on)
{
    m_training = on;
    updateSelection();
}

QVector<RunSummary> RunsPage::selected() const
{
    QVector<RunSummary> runs;
    const QModelIndexList rows = m_table->selectionModel()->selectedRows();
    for (const QModelIndex &index : rows)
        runs.append(m_model->run(m_filter->mapToSource(index).row()));
    return runs;
}

/// The row comes into view as the current one; what is selected stays selected.
void RunsPage::selectRun(const QString &folder)
{
    const int row = m_model->rowOf(folder);
    if (row < 0)
        return;
    const QModelIndex index = m_filter->mapFromSource(m_model->index(row, RunListModel::Name));
    if (!index.isValid())
        return;
    if (m_table->selectionModel()->isRowSelected(index.row(), {}))
        m_table->selectionModel()->setCurrentIndex(index, QItemSelectionModel::NoUpdate);
    else
        m_table->selectRow(index.row());
    m_table->scrollTo(index, QAbstractItemView::PositionAtCenter);
    m_selection->setText(tr("Curve of %1").arg(m_model->run(row).name));
}

void RunsPage::updateSelection()
{
    const QVector<RunSummary> runs = selected();
    m_compare->setRuns(runs);
    const bool one = runs.size() == 1;
    const bool resumable =
        one && runs.front().resumable && runs.front().state == RunState::Interrupted && !m_training;
    m_resume->setEnabled(resumable);
    m_resume->setToolTip(m_training ? tr("A run is going on: stop it first")
                                    : tr("Goes on where an interrupted run stopped"));
    m_reuse->setEnabled(one);
    m_open->setEnabled(one);
    m_publish->setEnabled(one && runs.front().state != RunState::Running);
    m_results->setEnabled(one);
    m_trash->setEnabled(!runs.isEmpty()
                        && std::none_of(runs.begin(), runs.end(), [](const RunSummary &run) {
                               return run.state == RunState::Running;
                           }));
    m_selection->setText(runs.isEmpty() ? tr("Select runs to compare them")
                                        : tr("%n run(s) selected", nullptr, static_cast<int>(runs.size())));
}

void RunsPage::updateCounts()
{
    const int all = m_model->rowCount(), shown = m_filter->rowCount();
    m_count->setText(shown == all ? QString::number(all) : tr("%1 of %2").arg(shown).arg(all));
    m_count->setVisible(all > 0);
    m_pages->setCurrentIndex(all == 0 ? 0 : 1);
}

bool RunsPage::showsEmptyState() const { return m_pages->currentIndex() == 0; }

void RunsPage::resumeSelected()
{
    const QVector<RunSummary> runs = selected();
    if (runs.size() == 1 && m_resume->isEnabled())
        Q_EMIT resumeRequested(runs.front());
}

void RunsPage::trashSelected()
{
    if (!m_trash->isEnabled())
        return;
    QStringList folders;
    const QVector<RunSummary> runs = selected();
    for (const RunSummary &run : runs)
        folders << run.folder;
    auto *box = new QMessageBox(QMessageBox::Question, tr("Move to the trash?"),
                                tr("%n run(s) go to the trash, with weights and results.", nullptr,
                                   static_cast<int>(folders.size())),
                                QMessageBox::Cancel, window());
    box->setInformativeText(folders.mid(0, 8).join(QLatin1Char('\n'))
                            + (folders.size() > 8 ? QStringLiteral("\n...") : QString()));
    QPushButton *yes = box->addButton(tr("Move to trash"), QMessageBox::DestructiveRole);
    box->setDefaultButton(QMessageBox::Cancel);
    box->setAttribute(Qt::WA_DeleteOnClose);
    connect(yes, &QPushButton::clicked, this, [this, folders] { m_watcher->moveToTrash(folders); });
    box->open();
}

void RunsPage::offerInterrupted()
{
    if (m_offered)
        return;
    const RunSummary *newest = nullptr;
    bool undecided = false;
    const qint64 since = QDateTime::currentDateTime().addDays(-offerDays).toMSecsSinceEpoch();
    for (int row = 0; row < m_model->rowCount(); ++row) {
        const RunSummary &run = m_model->run(row);
        undecided = undecided || (run.state == RunState::Running && run.resumable);
        if (run.state == RunState::Interrupted && run.lastChange > since
            && (!newest || run.lastChange > newest->lastChange))
            newest = &run;
    }
    // A run that was killed looks like a running one for a while: the offer waits for it.
    m_offered = newest != nullptr || !undecided;
    if (newest)
        Q_EMIT interruptedFound(*newest);
}

} // namespace torchdeck::ui

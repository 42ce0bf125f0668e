// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dataset_problems.h"

#include "ui/format.h"
#include "ui/theme.h"
#include "ui/widgets/basics.h"

#include <QtCore/QEvent>
#include <QtWidgets/QMenu>

#include <algorithm>
#include <cmath>

namespace torchdeck::ui {

namespace {

enum Role { FileRole = Qt::UserRole, OtherRole };

constexpr int maximumListHeight = 132;
constexpr std::size_t maximumProblems = 200; ///< listed; the rest is counted

QString pathText(const std::filesystem::path &path) { return QString::fromStdString(path.string()); }

QString problemText(const engine::DatasetProblem &problem)
{
    QString place = pathText(problem.file.filename());
    if (!place.isEmpty() && problem.line > 0)
        place += QStringLiteral(":%1").arg(problem.line);
    QString sentence = QString::fromStdString(problem.sentence);
    if (!problem.other.empty()) // the tool tip and the menu have the whole path
        sentence.replace(pathText(problem.other), pathText(problem.other.filename()));
    return place.isEmpty() || sentence.contains(place) ? sentence : place + QStringLiteral("  ") + sentence;
}

engine::DatasetProblem problemOf(const engine::DuplicatePair &pair)
{
    // Rounded down: what is not the same file is not 100 % alike.
    const int percent = std::min(99, static_cast<int>(std::floor(pair.likeness * 100)));
    return { engine::ProblemLevel::Warning, pair.val, 0,
             DatasetProblems::tr("Looks like %1 in train (%2 % alike); the metrics will look better than they are.")
                 .arg(pathText(pair.train.filename()))
                 .arg(percent)
                 .toStdString(),
             pair.train };
}

} // namespace

DatasetProblems::DatasetProblems(QWidget *parent)
    : QListWidget(parent)
{
    setAccessibleName(tr("Problems of the data set"));
    setLook(this, "framed");
    setFont(scaledFont(font(), 0.88));
    setWordWrap(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    setSpacing(2);
    setIconSize({ 16, 16 });
    connect(this, &QListWidget::itemActivated, this, &DatasetProblems::open);
    connect(this, &QListWidget::itemClicked, this, &DatasetProblems::open);
    fill();
}

void DatasetProblems::setProblems(const std::vector<engine::DatasetProblem> &problems)
{
    m_problems = problems;
    m_duplicates.clear();
    fill();
}

void DatasetProblems::setDuplicates(const std::vector<engine::DuplicatePair> &pairs)
{
    m_duplicates.clear();
    for (const engine::DuplicatePair &pair : pairs)
        m_duplicates.push_back(problemOf(pair));
    fill();
}

void DatasetProblems::fill()
{
    clear();
    std::size_t listed = 0;
    const std::size_t all = m_problems.size() + m_duplicates.size();
    for (const auto *list : { &m_problems, &m_duplicates }) {
        for (std::size_t i = 0; i < list->size() && listed < maximumProblems; ++i, ++listed)
            addProblem((*list)[i]);
    }
    if (all > listed)
        addItem(tr("... and %1 more").arg(countWords(static_cast<qint64>(all - listed))));
    setVisible(all > 0);
    // Two lines of words each is the rule, three where two files are named; more scrolls.
    const bool two = std::ranges::any_of(m_problems, [](const auto &p) { return !p.other.empty(); });
    const int lines = two || !m_duplicates.empty() ? 3 : 2;
    const int row = lines * QFontMetrics(font()).lineSpacing() + 8;
    setFixedHeight(qMin(row * count() + 8, maximumListHeight));
}

void DatasetProblems::changeEvent(QEvent *event)
{
    QListWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && count() > 0)
        fill(); // icons in the colours of the theme
}

void DatasetProblems::addProblem(const engine::DatasetProblem &problem)
{
    const Theme &theme = themeFor(palette());
    const bool fatal = problem.level == engine::ProblemLevel::Fatal;
    const bool warning = problem.level == engine::ProblemLevel::Warning;
    const QString icon = fatal ? QStringLiteral("error") : warning ? QStringLiteral("warning") : QStringLiteral("info");
    const QColor color = fatal ? theme.danger : warning ? theme.warning : theme.textMuted;
    auto *item = new QListWidgetItem(themedIcon(icon, color), problemText(problem), this);
    item->setData(FileRole, pathText(problem.file));
    item->setData(OtherRole, pathText(problem.other));
    item->setToolTip(problem.other.empty()
                         ? tr("Click to open %1").arg(pathText(problem.file))
                         : tr("Click to open %1 or %2").arg(pathText(problem.file), pathText(problem.other)));
}

void DatasetProblems::open(QListWidgetItem *item)
{
    const QString file = item->data(FileRole).toString(), other = item->data(OtherRole).toString();
    if (other.isEmpty()) {
        if (!file.isEmpty())
            Q_EMIT openFileRequested(file);
        return;
    }
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    for (const QString &one : { file, other }) {
        connect(menu->addAction(tr("Open %1").arg(one)), &QAction::triggered, this,
                [this, one] { Q_EMIT openFileRequested(one); });
    }
    menu->popup(viewport()->mapToGlobal(visualItemRect(item).bottomLeft()));
}

} // namespace torchdeck::ui

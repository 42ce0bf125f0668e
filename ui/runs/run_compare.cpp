// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/run_compare.h"

#include "ui/charts/chart_card.h"
#include "ui/charts/event_words.h"
#include "ui/runs/argument_diff_model.h"

#include <QtWidgets/QComboBox>
#include <QtWidgets/QHeaderView>
#include <QtWidgets/QSlider>
#include <QtWidgets/QStackedWidget>
#include <QtWidgets/QTabBar>
#include <QtWidgets/QTableView>
#include <QtWidgets/QVBoxLayout>

#include <algorithm>
#include <array>
#include <cmath>

namespace torchdeck::ui {

namespace {

constexpr std::array<QColor SeriesColors::*, 6> colors { &SeriesColors::blue,   &SeriesColors::orange,
                                                         &SeriesColors::green,  &SeriesColors::purple,
                                                         &SeriesColors::sky,    &SeriesColors::red };
constexpr std::array<Qt::PenStyle, 4> pens { Qt::SolidLine, Qt::DashLine, Qt::DotLine, Qt::DashDotLine };
constexpr std::size_t mostMarkers = 200;
constexpr double sameSpot = 0.02; ///< epochs: events of one run so close are one line
constexpr qsizetype mostKeys = 12; ///< runs named in the legend; with more, the pointer tells
const char *const firstMetric = "metrics/mAP50-95(B)";

std::vector<ChartPoint> pointsOf(const RunCurves &curves, const QString &name)
{
    std::vector<ChartPoint> points;
    const auto column = curves.names.indexOf(name);
    if (column < 0)
        return points;
    const auto &values = curves.columns[static_cast<std::size_t>(column)];
    points.reserve(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (std::isfinite(values[i]))
            points.push_back({ curves.epochs[i], values[i] });
    }
    return points;
}

std::vector<ChartPoint> smoothed(std::vector<ChartPoint> points, double weight)
{
    Smoother smoother(weight);
    for (ChartPoint &point : points)
        point.y = smoother.add(point.y);
    return points;
}

} // namespace

RunCompare::RunCompare(QWidget *parent)
    : QWidget(parent)
    , m_card(new ChartCard(tr("Curves"), tr("epoch")))
    , m_metric(new QComboBox)
    , m_slider(new QSlider(Qt::Horizontal))
    , m_diff(new ArgumentDiffModel(this))
    , m_table(new QTableView)
    , m_tabs(new QTabBar)
    , m_pages(new QStackedWidget)
{
    m_tabs->addTab(tr("Curves"));
    m_tabs->addTab(tr("Arguments"));
    m_tabs->setDrawBase(false);
    m_tabs->setAccessibleName(tr("What to compare"));
    m_pages->addWidget(buildCurves());
    m_pages->addWidget(buildArguments());
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(space::s);
    layout->addWidget(m_tabs, 0, Qt::AlignLeft);
    layout->addWidget(m_pages, 1);
    connect(m_tabs, &QTabBar::currentChanged, m_pages, &QStackedWidget::setCurrentIndex);
    connect(m_card, &ChartCard::notice, this, &RunCompare::notice);
    setRuns({});
}

QWidget *RunCompare::buildCurves()
{
    m_metric->setAccessibleName(tr("Value to compare"));
    m_metric->setMinimumWidth(190);
    m_slider->setRange(0, 99);
    m_slider->setFixedWidth(90);
    m_slider->setAccessibleName(tr("Smoothing"));
    m_slider->setToolTip(tr("Smoothing: how much of the past each point carries"));
    m_card->addToHead(m_slider);
    m_card->addToHead(makeLabel(tr("Smoothing"), "muted", 0.9));
    m_card->addToHead(m_metric);
    m_card->chart()->setXWords([this](double x) { return tr("Epoch %1").arg(std::lround(x)); });
    connect(m_metric, &QComboBox::currentTextChanged, this, [this] {
        chart()->resetView();
        redraw();
    });
    connect(m_slider, &QSlider::valueChanged, this, [this](int value) { setSmoothing(value / 100.0); });
    connect(chart(), &LineChart::lineClicked, this, [this](int line) {
        highlight(folderOfLine(line));
        Q_EMIT runPicked(folderOfLine(line));
    });
    return m_card;
}

QWidget *RunCompare::buildArguments()
{
    auto *page = new Card;
    auto *only = new ToggleSwitch(tr("Only what differs"));
    only->setCheckable(true);
    only->setChecked(true);
    m_table->setModel(m_diff);
    m_table->setShowGrid(false);
    m_table->setAlternatingRowColors(true);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setTabKeyNavigation(false); // Tab leaves the table
    m_table->setAccessibleName(tr("Arguments of the selected runs"));
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 10);
    m_table->horizontalHeader()->setDefaultSectionSize(150);
    m_table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter); // as the values below
    page->body()->addWidget(only, 0, Qt::AlignLeft);
    page->body()->addWidget(m_table, 1);
    connect(only, &QAbstractButton::toggled, m_diff, &ArgumentDiffModel::setOnlyDifferences);
    return page;
}

LineChart *RunCompare::chart() const { return m_card->chart(); }

QString RunCompare::metric() const { return m_metric->currentText(); }

void RunCompare::setMetric(const QString &name) { m_metric->setCurrentText(name); }

void RunCompare::setSmoothing(double weight)
{
    m_smoothing = std::clamp(weight, 0.0, 0.99);
    m_slider->setValue(static_cast<int>(std::lround(m_smoothing * 100)));
    redraw();
}

void RunCompare::setRuns(const QVector<RunSummary> &runs)
{
    m_runs = runs;
    m_diff->setRuns(runs);
    chart()->setEmptyText(runs.isEmpty() ? tr("Select runs in the table to see their curves over each other")
                                         : tr("No epoch of the selected runs has this value yet"));
    QHash<QString, Loaded> kept;
    for (const RunSummary &run : runs) {
        Loaded &loaded = kept[run.folder] = m_curves.value(run.folder);
        if (loaded.stamp == run.resultsStamp && loaded.size == run.resultsSize)
            continue;
        loaded.stamp = run.resultsStamp;
        loaded.size = run.resultsSize;
        Q_EMIT curvesWanted(run.folder);
    }
    m_curves = kept;
    updateMetrics();
    redraw();
}

void RunCompare::setCurves(const QString &folder, const RunCurves &curves)
{
    const auto it = m_curves.find(folder);
    if (it == m_curves.end()) // no longer selected
        return;
    it->curves = curves;
    scheduleRedraw();
}

/// Fifty answers arrive one after the other: drawn once.
void RunCompare::scheduleRedraw()
{
    if (std::exchange(m_redrawPending, true))
        return;
    QMetaObject::invokeMethod(
        this,
        [this] {
            m_redrawPending = false;
            updateMetrics();
            redraw();
        },
        Qt::QueuedConnection);
}

void RunCompare::updateMetrics()
{
    QStringList names;
    for (const RunSummary &run : std::as_const(m_runs)) {
        for (const QString &name : m_curves.value(run.folder).curves.names) {
            if (!names.contains(name))
                names << name;
        }
    }
    if (names.isEmpty())
        names << QString::fromLatin1(firstMetric);
    QStringList shown;
    for (int i = 0; i < m_metric->count(); ++i)
        shown << m_metric->itemText(i);
    if (names == shown)
        return;
    const QString current = m_metric->currentText();
    m_metric->blockSignals(true);
    m_metric->clear();
    m_metric->addItems(names);
    const QString wanted = names.contains(current) ? current : QString::fromLatin1(firstMetric);
    m_metric->setCurrentIndex(std::max(0, static_cast<int>(names.indexOf(wanted))));
    m_metric->blockSignals(false);
}

void RunCompare::redraw()
{
    LineChart *chart = this->chart();
    chart->removeLines();
    m_lineFolders.clear();
    std::vector<LegendEntry> keys;
    const QString name = metric();
    for (qsizetype i = 0; i < m_runs.size(); ++i) {
        const auto number = static_cast<std::size_t>(i);
        const auto color = colors[number % colors.size()];
        const Qt::PenStyle pen = pens[number / colors.size() % pens.size()];
        std::vector<ChartPoint> points = pointsOf(m_curves.value(m_runs[i].folder).curves, name);
        if (m_smoothing > 0) {
            const int raw = chart->addLine({ m_runs[i].name, color, 1.0, Qt::SolidLine, 0.25, false });
            m_lineFolders << m_runs[i].folder;
            chart->setLine(raw, points);
            points = smoothed(std::move(points), m_smoothing);
        }
        if (keys.size() < mostKeys)
            keys.push_back({ m_runs[i].name, color, pen,
                             points.empty() ? QString() : QString::number(points.back().y, 'g', 3) });
        const int line = chart->addLine({ m_runs[i].name, color, 1.8, pen, 1.0, true });
        m_lineFolders << m_runs[i].folder;
        chart->setLine(line, std::move(points));
    }
    if (m_runs.size() > mostKeys)
        keys.push_back({ tr("and %n more", nullptr, static_cast<int>(m_runs.size() - mostKeys)),
                         &SeriesColors::blue, Qt::NoPen, QStringLiteral(" ") });
    m_card->legend()->setEntries(std::move(keys));
    const bool ratio = name.startsWith(QLatin1String("metrics/"));
    chart->setYLimit(ratio ? 1.0 : std::numeric_limits<double>::infinity());
    chart->fitAxes(true, ratio || name.contains(QLatin1String("loss")));
    highlight(m_highlighted);
}

/// What happened to the runs, as lines in their colours. Where there are more runs than colours only the one in front
/// has them: a hundred lines would tell nothing.
void RunCompare::drawEvents()
{
    std::vector<ChartMarker> markers;
    for (qsizetype i = 0; i < m_runs.size(); ++i) {
        if (m_runs.size() > qsizetype(colors.size()) && m_runs[i].folder != m_highlighted)
            continue;
        const auto color = colors[static_cast<std::size_t>(i) % colors.size()];
        const QString before = m_runs.size() > 1 ? m_runs[i].name + QStringLiteral(": ") : QString();
        const std::size_t first = markers.size();
        for (const engine::RunEvent &event : m_curves.value(m_runs[i].folder).curves.events) {
            if (markers.size() > first && std::abs(markers.back().x - event.position) < sameSpot)
                markers.back().label += QStringLiteral(", ") + eventWords(event);
            else if (markers.size() < mostMarkers)
                markers.push_back({ event.position, before + eventWords(event), color });
        }
    }
    std::ranges::stable_sort(markers, {}, &ChartMarker::x);
    QStringList told;
    for (const ChartMarker &marker : markers)
        told << tr("Epoch %1").arg(QLocale().toString(marker.x, 'f', 1)) + QStringLiteral(": ") + marker.label;
    chart()->setMarkers(std::move(markers));
    const QString lines = m_card->legend()->text();
    chart()->setAccessibleDescription(told.isEmpty() ? lines : lines + QStringLiteral(". ") + told.join(QStringLiteral("; ")));
}

void RunCompare::highlight(const QString &folder)
{
    m_highlighted = folder;
    drawEvents();
    chart()->setHighlighted(static_cast<int>(m_lineFolders.lastIndexOf(folder)));
}

} // namespace torchdeck::ui

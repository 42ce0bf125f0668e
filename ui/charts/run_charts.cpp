// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/run_charts.h"

#include "ui/charts/event_words.h"
#include "ui/format.h"

#include <QtWidgets/QGridLayout>
#include <QtWidgets/QSlider>

#include <algorithm>
#include <cmath>

namespace torchdeck::ui {

namespace {

constexpr int narrow = 640; ///< below this width the cards stand in one column
constexpr int minimumCardHeight = 190;
constexpr std::size_t mostMarkers = 200;

constexpr std::array<const char *, 3> lossNames { "box", "cls", "dfl" };
constexpr std::array<QColor SeriesColors::*, 4> lineColors { &SeriesColors::blue, &SeriesColors::orange,
                                                             &SeriesColors::green, &SeriesColors::purple };
constexpr std::array<const char *, 6> lossKeys { "train/box_loss", "train/cls_loss", "train/dfl_loss",
                                                 "val/box_loss",   "val/cls_loss",   "val/dfl_loss" };
constexpr std::array<const char *, 2> l1Keys { "train/l1_loss", "val/l1_loss" };
constexpr std::array<const char *, 4> metricKeys { "metrics/precision(B)", "metrics/recall(B)",
                                                   "metrics/mAP50(B)", "metrics/mAP50-95(B)" };
constexpr std::array<const char *, 3> rateKeys { "lr/pg0", "lr/pg1", "lr/pg2" };

QString latin(const char *text) { return QString::fromLatin1(text); }

/// A missing key must leave a gap, not draw a zero.
double valueOrNan(const engine::Metrics &metrics, const char *key)
{
    return engine::metricValue(metrics, key, std::nan(""));
}

} // namespace

RunCharts::RunCharts(QWidget *parent)
    : QWidget(parent)
    , m_grid(new QGridLayout(this))
{
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setSpacing(space::m);
    buildBatchLoss();
    buildEpochLoss();
    buildMetrics();
    buildLearningRate();
    for (ChartCard *card : m_cards) {
        card->setMinimumHeight(minimumCardHeight);
        connect(card, &ChartCard::notice, this, &RunCharts::notice);
    }
    for (const Chart which : { BatchLoss, LearningRate })
        m_cards[which]->chart()->setGrowing(true);
    linkCharts();
    m_timer.setInterval(refreshInterval / ChartCount);
    connect(&m_timer, &QTimer::timeout, this, &RunCharts::refreshNext);
    arrange(2);
    startRun();
}

/// All four count epochs along x: they share the part in view and the crosshair.
void RunCharts::linkCharts()
{
    for (ChartCard *from : m_cards) {
        for (ChartCard *to : m_cards) {
            if (from == to)
                continue;
            LineChart *other = to->chart();
            connect(from->chart(), &LineChart::viewChanged, other, [other](double x0, double x1, bool zoomed) {
                zoomed ? other->setView(x0, x1) : other->resetView();
            });
            connect(from->chart(), &LineChart::crosshairMoved, other,
                    [other](double x) { other->setCrosshair(x); });
            connect(from->chart(), &LineChart::crosshairLeft, other,
                    [other] { other->setCrosshair(std::nullopt); });
        }
    }
}

void RunCharts::setSmoothing(double weight)
{
    m_smoothing = std::clamp(weight, 0.0, 0.99);
    markDirty(BatchLoss);
}

void RunCharts::buildBatchLoss()
{
    auto *card = new ChartCard(tr("Losses, each batch"), tr("epoch"), this);
    std::vector<LegendEntry> legend;
    // Raw values first, so that the smoothed lines lie on top of them.
    for (std::size_t i = 0; i < 3; ++i)
        card->chart()->addLine(
            { tr("%1, each batch").arg(latin(lossNames[i])), lineColors[i], 1.0, Qt::SolidLine, 0.30, false });
    for (std::size_t i = 0; i < 3; ++i) {
        card->chart()->addLine({ latin(lossNames[i]), lineColors[i], 2.2, Qt::SolidLine, 1.0, true });
        legend.push_back({ latin(lossNames[i]), lineColors[i], Qt::SolidLine, {} });
    }
    card->chart()->setXWords([this](double x) { return tr("Epoch %1").arg(QLocale().toString(x, 'f', 2)); });
    card->chart()->setEmptyText(tr("Charts appear after the first batch"));
    card->legend()->setEntries(std::move(legend));
    card->legend()->setToolTip(tr("Strong line: smoothed. Thin line: every batch, with its extremes."));
    auto *slider = new QSlider(Qt::Horizontal);
    slider->setRange(0, 99);
    slider->setValue(static_cast<int>(std::lround(m_smoothing * 100)));
    slider->setFixedWidth(70);
    slider->setAccessibleName(tr("Smoothing"));
    slider->setToolTip(tr("Smoothing: how much of the past each point carries"));
    connect(slider, &QSlider::valueChanged, this, [this](int value) { setSmoothing(value / 100.0); });
    card->addToHead(slider);
    m_cards[BatchLoss] = card;
}

void RunCharts::buildEpochLoss()
{
    auto *card = new ChartCard(tr("Losses, training and validation"), tr("epoch"), this);
    std::vector<LegendEntry> legend;
    for (std::size_t i = 0; i < 6; ++i) {
        const Qt::PenStyle pen = i < 3 ? Qt::SolidLine : Qt::DotLine;
        const QString name = (i < 3 ? tr("%1 train") : tr("%1 val")).arg(latin(lossNames[i % 3]));
        card->chart()->addLine({ name, lineColors[i % 3], 2.0, pen, 1.0, true });
    }
    for (std::size_t i = 0; i < 3; ++i)
        legend.push_back({ latin(lossNames[i]), lineColors[i], Qt::SolidLine, {} });
    legend.push_back({ tr("dotted: val"), lineColors[0], Qt::DotLine, {} });
    card->chart()->setXWords([this](double x) { return tr("Epoch %1").arg(std::lround(x)); });
    card->chart()->setEmptyText(tr("Appears after the first epoch"));
    card->legend()->setEntries(std::move(legend));
    m_cards[EpochLoss] = card;
}

void RunCharts::buildMetrics()
{
    auto *card = new ChartCard(tr("Validation metrics"), tr("epoch"), this);
    const std::array<QString, 4> names { tr("Precision"), tr("Recall"), QStringLiteral("mAP50"),
                                         QStringLiteral("mAP50-95") };
    std::vector<LegendEntry> legend;
    // mAP50-95 decides which model is best: the strongest line in the first colour.
    constexpr std::array<QColor SeriesColors::*, 4> colors { &SeriesColors::orange, &SeriesColors::purple,
                                                             &SeriesColors::green, &SeriesColors::blue };
    for (std::size_t i = 0; i < 4; ++i) {
        const Qt::PenStyle pen = i < 2 ? Qt::DotLine : Qt::SolidLine;
        card->chart()->addLine({ names[i], colors[i], i == 3 ? 2.8 : 2.0, pen, 1.0, true });
        legend.push_back({ i == 0       ? tr("P", "precision")
                               : i == 1 ? tr("R", "recall")
                                        : names[i],
                           colors[i],
                           pen,
                           {} }); // short, so that the values fit beside
    }
    card->chart()->setYLimit(1.0);
    card->chart()->setXWords([this](double x) { return tr("Epoch %1").arg(std::lround(x)); });
    card->chart()->setEmptyText(tr("Appears after the first epoch"));
    card->legend()->setEntries(std::move(legend));
    m_cards[Metrics] = card;
}

void RunCharts::buildLearningRate()
{
    auto *card = new ChartCard(tr("Learning rate"), tr("epoch"), this);
    std::vector<LegendEntry> legend;
    constexpr std::array<Qt::PenStyle, 3> pens { Qt::SolidLine, Qt::DashLine, Qt::DotLine };
    card->chart()->addLine({ tr("each batch"), &SeriesColors::sky, 1.2, Qt::SolidLine, 0.7, false });
    for (std::size_t i = 0; i < 3; ++i) {
        const QString name = QStringLiteral("pg%1").arg(i);
        card->chart()->addLine({ name, lineColors[i], 2.2, pens[i], 1.0, true });
        legend.push_back({ name, lineColors[i], pens[i], {} });
    }
    card->chart()->setXWords([this](double x) { return tr("Epoch %1").arg(std::lround(x)); });
    card->chart()->setYWords([](double y) { return compactNumber(y); });
    card->chart()->setEmptyText(tr("Charts appear after the first batch"));
    card->legend()->setEntries(std::move(legend));
    m_cards[LearningRate] = card;
}

void RunCharts::startRun()
{
    m_timer.stop();
    const auto reset = [](auto &buffers) {
        for (auto &buffer : buffers)
            buffer.clear();
    };
    reset(m_raw);
    reset(m_epochLoss);
    reset(m_metrics);
    reset(m_rates);
    m_batchRate.clear();
    m_markers.clear();
    m_dirty.fill(false);
    for (ChartCard *card : m_cards) {
        card->chart()->clearLines();
        card->chart()->setMarkers({});
    }
    for (int i = 0; i < 3; ++i) {
        m_cards[BatchLoss]->legend()->setValue(i, {});
        m_cards[EpochLoss]->legend()->setValue(i, {});
        m_cards[LearningRate]->legend()->setValue(i, {});
    }
    for (int i = 0; i < 4; ++i)
        m_cards[Metrics]->legend()->setValue(i, {});
}

void RunCharts::addBatch(const engine::BatchEnd &event)
{
    const double batches = static_cast<double>(std::max<std::int64_t>(1, event.batches));
    const double x = event.epoch + static_cast<double>(event.batch + 1) / batches;
    const std::array<double, 3> losses { event.boxLoss, event.clsLoss, event.dflLoss };
    for (std::size_t i = 0; i < 3; ++i) {
        m_raw[i].add(x, losses[i]);
    }
    m_batchRate.add(x, event.learningRate);
    markDirty(BatchLoss);
    markDirty(LearningRate);
}

void RunCharts::addEpoch(const engine::FitEpochEnd &event)
{
    if (event.finalEval) // best.pt once more: not a point in time
        return;
    const double x = event.epoch + 1;
    for (std::size_t i = 0; i < 6; ++i) {
        const engine::Metrics &losses = i < 3 ? event.trainLosses : event.metrics;
        const double value = valueOrNan(losses, lossKeys[i]);
        // Models without bins (YOLO26) call the third one l1.
        m_epochLoss[i].add(x, i % 3 == 2 && std::isnan(value) ? valueOrNan(losses, l1Keys[i / 3]) : value);
    }
    for (std::size_t i = 0; i < 4; ++i)
        m_metrics[i].add(x, valueOrNan(event.metrics, metricKeys[i]));
    for (std::size_t i = 0; i < 3; ++i)
        m_rates[i].add(x, valueOrNan(event.learningRates, rateKeys[i]));
    for (const Chart which : { EpochLoss, Metrics, LearningRate })
        markDirty(which);
}

void RunCharts::addEvent(const engine::RunEvent &event)
{
    if (event.kind == engine::RunEventKind::Continued) // where it was paused
        return;
    constexpr double sameSpot = 1e-6;
    if (!m_markers.empty() && std::abs(m_markers.back().x - event.position) < sameSpot)
        m_markers.back().label += QStringLiteral(", ") + eventWords(event);
    else if (m_markers.size() < mostMarkers)
        m_markers.push_back({ event.position, eventWords(event) });
    for (ChartCard *card : m_cards)
        card->chart()->setMarkers(m_markers);
}

void RunCharts::markDirty(Chart which)
{
    m_dirty[which] = true;
    if (!m_timer.isActive())
        m_timer.start();
}

void RunCharts::markAllDirty()
{
    for (int i = 0; i < ChartCount; ++i)
        markDirty(static_cast<Chart>(i));
}

void RunCharts::refreshNext()
{
    // Each chart has its slot in the interval, so that none is drawn more often than that.
    m_slot = (m_slot + 1) % ChartCount;
    if (isVisible() && m_dirty[static_cast<std::size_t>(m_slot)])
        draw(static_cast<Chart>(m_slot));
    if (!isVisible() || std::none_of(m_dirty.begin(), m_dirty.end(), [](bool dirty) { return dirty; }))
        m_timer.stop(); // drawn when shown
}

void RunCharts::refreshNow()
{
    m_timer.stop();
    if (!isVisible())
        return;
    for (int i = 0; i < ChartCount; ++i) {
        if (m_dirty[static_cast<std::size_t>(i)])
            draw(static_cast<Chart>(i));
    }
}

void RunCharts::draw(Chart which)
{
    ++m_refreshes;
    m_dirty[which] = false;
    if (which == BatchLoss)
        drawBatchLoss();
    else
        drawEpochs(which);
}

void RunCharts::drawBatchLoss()
{
    LineChart *chart = m_cards[BatchLoss]->chart();
    for (std::size_t i = 0; i < 3; ++i) {
        const int raw = static_cast<int>(i), smooth = raw + 3;
        chart->setLine(raw, m_raw[i].points());
        std::vector<ChartPoint> line = m_raw[i].smoothed(m_smoothing);
        if (!line.empty())
            m_cards[BatchLoss]->legend()->setValue(raw, metricWords(line.back().y));
        chart->setLine(smooth, std::move(line));
    }
    chart->fitAxes(false, true);
    chart->setAccessibleDescription(m_cards[BatchLoss]->legend()->text());
}

void RunCharts::drawEpochs(Chart which)
{
    ChartCard *card = m_cards[which];
    LineChart *chart = card->chart();
    const auto draw = [&](const auto &buffers, int firstLine, std::size_t legendEntries, auto words) {
        for (std::size_t i = 0; i < buffers.size(); ++i) {
            chart->setLine(static_cast<int>(i) + firstLine, buffers[i].points());
            if (i < legendEntries && !buffers[i].empty())
                card->legend()->setValue(static_cast<int>(i), words(buffers[i].last().y));
        }
    };
    if (which == EpochLoss)
        draw(m_epochLoss, 0, 3, metricWords);
    else if (which == Metrics)
        draw(m_metrics, 0, 4, metricWords);
    else {
        chart->setLine(0, m_batchRate.points());
        draw(m_rates, 1, 3, compactNumber);
    }
    chart->fitAxes(which != LearningRate, true);
    chart->setAccessibleDescription(card->legend()->text());
}

void RunCharts::arrange(int columns)
{
    if (columns == m_columns)
        return;
    m_columns = columns;
    for (ChartCard *card : m_cards)
        m_grid->removeWidget(card);
    for (int i = 0; i < ChartCount; ++i)
        m_grid->addWidget(m_cards[static_cast<std::size_t>(i)], i / columns, i % columns);
    m_grid->setColumnStretch(0, 1);
    m_grid->setColumnStretch(1, columns == 2 ? 1 : 0);
}

void RunCharts::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    arrange(width() < narrow ? 1 : 2);
    markAllDirty(); // decimation and ticks depend on the width
}

void RunCharts::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    markAllDirty(); // nothing is drawn while hidden
}

} // namespace torchdeck::ui

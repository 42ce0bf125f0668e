// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/monitor/epoch_view.h"

#include "ui/charts/chart_card.h"
#include "ui/format.h"
#include "ui/monitor/confusion_view.h"
#include "ui/theme.h"
#include "ui/widgets/off_thread.h"

#include <QtWidgets/QComboBox>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QScrollArea>
#include <QtWidgets/QSlider>
#include <QtWidgets/QSplitter>
#include <QtWidgets/QVBoxLayout>

#include <algorithm>
#include <array>

namespace torchdeck::ui {

namespace {

constexpr std::array<QColor SeriesColors::*, 5> classColors { &SeriesColors::orange, &SeriesColors::green,
                                                              &SeriesColors::purple, &SeriesColors::sky,
                                                              &SeriesColors::red };
constexpr int smallestCard = 280; ///< px high
constexpr int besideFrom = 640; ///< px: in less width the curves go below the matrix
constexpr std::size_t fewClasses = 6; ///< up to here each class is in the legend

const std::vector<float> &valuesOf(const engine::ClassCurves &one, EpochView::Curve curve)
{
    switch (curve) {
    case EpochView::PrecisionRecall:
        return one.precisionAtRecall;
    case EpochView::F1:
        return one.f1;
    case EpochView::Precision:
        return one.precision;
    case EpochView::Recall:
        return one.recall;
    }
    return one.f1;
}

std::vector<ChartPoint> pointsOf(const std::vector<float> &x, const std::vector<float> &y)
{
    std::vector<ChartPoint> points;
    points.reserve(x.size());
    for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i)
        points.push_back({ x[i], y[i] });
    return points;
}

} // namespace

EpochView::EpochView(QWidget *parent)
    : QWidget(parent)
    , m_head(new QWidget)
    , m_splitter(new QSplitter(Qt::Horizontal))
    , m_epochText(makeLabel({}, nullptr, 1.0, QFont::DemiBold))
    , m_slider(new QSlider(Qt::Horizontal))
    , m_latest(makeButton(tr("Newest")))
    , m_words(makeLabel({}, "muted"))
    , m_cell(makeLabel({}, "muted"))
    , m_normalized(new ToggleSwitch(tr("Shares")))
    , m_confusion(new ConfusionView)
    , m_curve(new QComboBox)
    , m_class(new QComboBox)
    , m_curves(new ChartCard(tr("Curves"), {}))
{
    buildHead();
    auto *matrixCard = new Card;
    auto *matrixHead = new QHBoxLayout;
    matrixHead->addWidget(makeLabel(tr("Confusion matrix"), nullptr, 1.0, QFont::DemiBold), 1);
    matrixHead->addWidget(m_normalized);
    auto *scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus); // what is in it has the keys
    setLook(m_confusion, "plain");
    scroll->setWidget(m_confusion);
    scroll->viewport()->setAutoFillBackground(false);
    m_confusion->setAutoFillBackground(false);
    m_cell->setMinimumHeight(m_cell->fontMetrics().height());
    matrixCard->body()->addLayout(matrixHead);
    matrixCard->body()->addWidget(scroll, 1);
    matrixCard->body()->addWidget(m_cell);
    m_curves->addToHead(m_curve);
    m_curves->chart()->setYLimit(1.0);
    m_curves->chart()->setEmptyText(tr("Appears after the first validation"));
    QSplitter *splitter = m_splitter;
    matrixCard->setMinimumHeight(smallestCard);
    m_curves->setMinimumHeight(smallestCard);
    splitter->setHandleWidth(space::m);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(matrixCard);
    splitter->addWidget(m_curves);
    splitter->setSizes({ 500, 560 });
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(space::m);
    layout->addWidget(m_head);
    layout->addWidget(splitter, 1);

    connect(m_slider, &QSlider::valueChanged, this, [this](int index) {
        m_following = index == m_slider->maximum();
        showCurrent();
    });
    connect(m_latest, &QPushButton::clicked, this, [this] { m_slider->setValue(m_slider->maximum()); });
    connect(m_normalized, &QAbstractButton::toggled, m_confusion, &ConfusionView::setNormalized);
    connect(m_confusion, &ConfusionView::cellChanged, m_cell, &QLabel::setText);
    connect(m_curve, &QComboBox::currentIndexChanged, this, [this] { showCurves(); });
    connect(m_class, &QComboBox::currentIndexChanged, this, [this] { showCurves(); });
    connect(m_curves, &ChartCard::notice, this, &EpochView::notice);
    startRun();
}

void EpochView::buildHead()
{
    m_slider->setAccessibleName(tr("Epoch"));
    m_slider->setTickPosition(QSlider::NoTicks);
    m_latest->setToolTip(tr("Follow the newest epoch"));
    m_words->setWordWrap(true);
    m_normalized->setChecked(true);
    m_normalized->setToolTip(tr("Shares of the true objects of a class instead of counts"));
    m_curve->addItems({ tr("Precision over recall"), tr("F1 over confidence"),
                        tr("Precision over confidence"), tr("Recall over confidence") });
    m_curve->setAccessibleName(tr("Kind of curve"));
    m_class->setAccessibleName(tr("Class in front"));
    m_class->setMaximumWidth(110);
    m_curve->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_class->addItem(tr("All classes"));
    m_epochText->setMinimumWidth(m_epochText->fontMetrics().horizontalAdvance(tr("Epoch %1").arg(8888)));
    auto *row = new QHBoxLayout;
    row->setSpacing(space::m);
    row->addWidget(m_epochText);
    row->addWidget(m_slider, 1);
    row->addWidget(m_class);
    row->addWidget(m_latest);
    auto *layout = new QVBoxLayout(m_head);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(space::xs);
    layout->addLayout(row);
    layout->addWidget(m_words);
}

void EpochView::startRun()
{
    m_archive.clear();
    m_folder.clear();
    m_following = true;
    m_shown.reset();
    m_confusion->setMatrix({}, {});
    m_curves->chart()->removeLines();
    m_curves->legend()->setEntries({});
    epochsChanged();
}

void EpochView::addEpoch(const engine::FitEpochEnd &event)
{
    if (event.finalEval || event.replayed || event.curves.classes.empty())
        return;
    m_archive.add(engine::detailsOf(event));
    epochsChanged();
}

void EpochView::setArchive(engine::EpochArchive archive)
{
    for (const int epoch : m_archive.epochs()) // those that came while the file was read
        archive.add(*m_archive.at(epoch));
    m_archive = std::move(archive);
    epochsChanged();
}

void EpochView::loadFrom(const QString &runFolder)
{
    m_folder = runFolder;
    offThread(
        this, [runFolder] { return engine::EpochArchive::read(runFolder.toStdString()); },
        [this, runFolder](engine::EpochArchive archive) {
            if (m_folder == runFolder)
                setArchive(std::move(archive));
        });
}

void EpochView::epochsChanged()
{
    const int before = shownEpoch();
    m_epochs = m_archive.epochs();
    const int last = static_cast<int>(m_epochs.size()) - 1;
    const QSignalBlocker blocker(m_slider);
    m_slider->setRange(0, std::max(0, last));
    m_slider->setEnabled(last > 0);
    const auto at = std::lower_bound(m_epochs.begin(), m_epochs.end(), before);
    m_slider->setValue(m_following ? std::max(0, last)
                                   : static_cast<int>(std::min(at, m_epochs.end()) - m_epochs.begin()));
    showCurrent();
}

void EpochView::showEpoch(int epoch)
{
    const auto at = std::lower_bound(m_epochs.begin(), m_epochs.end(), epoch);
    m_slider->setValue(static_cast<int>(at - m_epochs.begin()));
}

void EpochView::setCurve(Curve curve) { m_curve->setCurrentIndex(curve); }

void EpochView::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    if (std::exchange(m_dirty, false))
        showCurrent();
}

void EpochView::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    m_splitter->setOrientation(width() < besideFrom ? Qt::Vertical : Qt::Horizontal);
}

void EpochView::showCurrent()
{
    m_latest->setEnabled(!m_following);
    if (m_epochs.empty()) {
        m_epochText->setText(tr("Epoch -"));
        m_words->setText(tr("The curves of each validation are kept here."));
        return;
    }
    const int epoch = m_epochs[static_cast<std::size_t>(m_slider->value())];
    m_epochText->setText(tr("Epoch %1").arg(epoch + 1));
    if (!isVisible()) {
        m_dirty = true;
        return;
    }
    m_shown = m_archive.at(epoch);
    if (!m_shown)
        return;
    QStringList names; // by class id: those without objects have none of their own here
    for (const engine::ClassMetrics &row : m_shown->classes) {
        while (row.classId >= names.size() && row.classId >= 0 && names.size() < m_shown->confusion.classes)
            names << QString::number(names.size());
        if (row.classId >= 0 && row.classId < names.size())
            names[row.classId] = QString::fromStdString(row.name);
    }
    m_confusion->setMatrix(m_shown->confusion, names);
    const QStringList mistakes = m_confusion->worstMistakes(2);
    m_words->setText(mistakes.isEmpty() ? tr("No class was taken for another one.")
                                        : tr("Most often: %1.").arg(mistakes.join(QStringLiteral("; "))));
    fillClasses();
    showCurves();
}

void EpochView::fillClasses()
{
    QStringList names { tr("All classes") };
    for (const engine::ClassCurves &one : m_shown->curves.classes)
        names << QString::fromStdString(one.name);
    bool same = m_class->count() == names.size();
    for (int i = 0; same && i < names.size(); ++i)
        same = m_class->itemText(i) == names[i];
    if (same)
        return;
    const QSignalBlocker blocker(m_class);
    m_class->clear();
    m_class->addItems(names);
}

void EpochView::showCurves()
{
    LineChart *chart = m_curves->chart();
    chart->removeLines();
    if (!m_shown || m_shown->curves.classes.empty())
        return;
    const auto curve = static_cast<Curve>(m_curve->currentIndex());
    const engine::DetectionCurves &curves = m_shown->curves;
    const std::vector<float> &x = curve == PrecisionRecall ? curves.recall : curves.confidence;
    const bool few = curves.classes.size() <= fewClasses;
    std::vector<float> mean(x.size(), 0.0F);
    std::vector<LegendEntry> legend;
    for (std::size_t i = 0; i < curves.classes.size(); ++i) {
        const engine::ClassCurves &one = curves.classes[i];
        const std::vector<float> &y = valuesOf(one, curve);
        for (std::size_t p = 0; p < std::min(y.size(), mean.size()); ++p)
            mean[p] += y[p] / static_cast<float>(curves.classes.size());
        const auto color = classColors[i % classColors.size()];
        const QString name = QString::fromStdString(one.name);
        const int line =
            chart->addLine({ name, color, few ? 1.6 : 1.0, Qt::SolidLine, few ? 0.9 : 0.35, true });
        chart->setLine(line, pointsOf(x, y));
        if (few)
            legend.push_back({ name, color, Qt::SolidLine,
                               curve == PrecisionRecall ? metricWords(one.map50) : QString() });
    }
    const int meanLine = chart->addLine({ tr("mean"), &SeriesColors::blue, 2.8, Qt::SolidLine, 1.0, true });
    chart->setLine(meanLine, pointsOf(x, mean));
    legend.push_back({ tr("mean"), &SeriesColors::blue, Qt::SolidLine, {} });
    const int front = m_class->currentIndex() - 1;
    if (front >= 0 && !few && front < static_cast<int>(curves.classes.size()))
        legend.push_back({ m_class->currentText(), classColors[std::size_t(front) % classColors.size()],
                           Qt::SolidLine, metricWords(curves.classes[std::size_t(front)].map50) });
    m_curves->legend()->setEntries(std::move(legend));
    chart->setXWords([curve](double value) {
        return (curve == PrecisionRecall ? tr("Recall %1") : tr("Confidence %1"))
            .arg(QLocale().toString(value, 'f', 2));
    });
    if (curve == PrecisionRecall)
        chart->setMarkers({});
    else
        chart->setMarkers({ { x[std::min(curves.best, x.size() - 1)], tr("best F1") } });
    chart->fitAxes(false, true);
    chart->setHighlighted(front >= 0 ? front : few ? -1 : meanLine);
    chart->setAccessibleDescription(m_curves->legend()->text());
}

QString EpochView::words() const { return m_words->text(); }

} // namespace torchdeck::ui

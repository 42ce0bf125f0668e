// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/run_header.h"

#include "ui/format.h"
#include "ui/monitor/run_controls.h"
#include "ui/theme.h"

#include <QtCore/QLocale>
#include <QtWidgets/QGridLayout>
#include <QtWidgets/QProgressBar>

#include <cmath>

namespace torchdeck::ui {

namespace {

constexpr int refreshMs = 100;
constexpr int narrowHeader = 600; ///< below this width the facts stand in two rows
constexpr int narrowControls = 560; ///< below it the buttons are icons only
constexpr const char *map5095Key = "metrics/mAP50-95(B)";

} // namespace

FactTile::FactTile(const QString &name, QWidget *parent)
    : QWidget(parent)
    , m_value(new TextLine(&Theme::text, 1.2, QFont::DemiBold))
    , m_detail(new TextLine(&Theme::textFaint, 0.85))
    , m_name(name)
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(1);
    auto *caption = new ElidedLabel;
    setLook(caption, "muted");
    caption->setFont(scaledFont(caption->font(), 0.85));
    caption->setFullText(name);
    layout->addWidget(caption);
    layout->addWidget(m_value);
    layout->addWidget(m_detail);
    m_value->setText(QStringLiteral("-"));
    setAccessibleName(name);
}

void FactTile::setValue(const QString &value, const QString &detail)
{
    if (m_value->text() != value) {
        m_value->setText(value);
        setAccessibleDescription(value);
    }
    m_detail->setText(detail);
}

QString FactTile::value() const { return m_value->text(); }

QString FactTile::detail() const { return m_detail->text(); }

RunHeader::RunHeader(QWidget *parent)
    : Card(parent)
    , m_title(new ElidedLabel)
    , m_subtitle(new ElidedLabel)
    , m_badge(new StateBadge)
    , m_controls(new RunControls)
    , m_openFolder(new IconButton(QStringLiteral("folder"), tr("Open the run's folder")))
    , m_tileGrid(new QGridLayout)
    , m_runProgress(new QProgressBar)
    , m_runText(new TextLine(&Theme::textMuted, 0.9))
    , m_progress(new QProgressBar)
    , m_progressText(new TextLine(&Theme::textMuted, 0.9))
    , m_patience(makeLabel({}, "muted", 0.9))
    , m_planNote(makeLabel({}, "muted", 0.9))
{
    m_title->setFont(scaledFont(m_title->font(), 1.45, QFont::DemiBold));
    m_title->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    setLook(m_subtitle, "muted");
    auto *head = new QHBoxLayout;
    head->setSpacing(space::m);
    head->addWidget(m_title);
    head->addWidget(m_badge);
    head->addStretch(1);
    head->addWidget(m_controls);
    head->addWidget(m_openFolder);
    body()->addLayout(head);
    body()->addWidget(m_subtitle);

    const std::array<QString, TileCount> names { tr("Epoch"), tr("This epoch"), tr("Whole run"),
                                                 tr("Speed"), tr("Memory"),     tr("Best mAP50-95") };
    m_tileGrid->setHorizontalSpacing(space::l);
    m_tileGrid->setVerticalSpacing(space::s);
    for (std::size_t i = 0; i < TileCount; ++i)
        m_tiles[i] = new FactTile(names[i]);
    arrangeTiles(TileCount);
    body()->addSpacing(space::xs);
    body()->addLayout(m_tileGrid);

    m_runProgress->setAccessibleName(tr("Progress of the run"));
    m_progress->setAccessibleName(tr("Progress of the epoch"));
    auto *progress = new QGridLayout;
    progress->setHorizontalSpacing(space::m);
    progress->setVerticalSpacing(2);
    progress->setColumnStretch(0, 1);
    const std::pair<QProgressBar *, TextLine *> bars[] = { { m_runProgress, m_runText },
                                                         { m_progress, m_progressText } };
    int row = 0;
    for (const auto &[bar, text] : bars) {
        bar->setTextVisible(false);
        bar->setRange(0, 1000);
        // Wide enough for the longest words, so that the bars do not jump.
        text->reserve(tr("Validating, batch %1 of %2").arg(1000).arg(1000));
        progress->addWidget(bar, row, 0, Qt::AlignVCenter);
        progress->addWidget(text, row++, 1);
    }
    setStyleProperty(m_progress, "look", QStringLiteral("thin"));
    body()->addSpacing(space::xs);
    body()->addLayout(progress);

    body()->addWidget(m_patience);
    m_patience->hide();
    body()->addWidget(m_planNote);
    m_planNote->hide();
    m_timer.setSingleShot(true);
    m_timer.setInterval(refreshMs);
    connect(&m_timer, &QTimer::timeout, this, &RunHeader::refreshNow);
    connect(m_openFolder, &QAbstractButton::clicked, this, [this] { Q_EMIT openFolderRequested(m_folder); });
}

void RunHeader::startRun(const engine::PretrainRoutineStart &event)
{
    m_timer.stop();
    m_batchPending = m_validationPending = false;
    m_folder = QString::fromStdString(event.saveDir.string());
    m_title->setFullText(QString::fromStdString(event.saveDir.filename().string()));
    m_subtitle->setFullText(event.resumed ? tr("Continuing an interrupted run") : tr("Reading the data set"));
    m_openFolder->setToolTip(m_folder.isEmpty() ? tr("Open the run's folder") : m_folder);
    for (FactTile *tile : m_tiles)
        tile->setValue(QStringLiteral("-"));
    m_tiles[Epoch]->setValue(tr("- of %1").arg(event.config.epochs));
    m_pace.reset();
    m_patienceEpochs = event.config.patience;
    m_patience->hide();
    m_controls->setActive(true);
    m_controls->setPlan({ event.config.epochs, event.config.patience, event.config.savePeriod, 1,
                          event.config.time > 0 });
    m_pendingPlan = {};
    updatePlanNote();
    m_progress->setValue(0);
    m_progressText->setText(tr("Preparing"));
    setRunProgress(0);
    setState(State::Preparing);
}

void RunHeader::setFacts(const engine::PretrainRoutineEnd &event)
{
    m_valBatches = event.valBatches;
    m_batchesPerEpoch = event.batchesPerEpoch;
    QStringList facts;
    for (const std::string &fact : { event.model.name, event.dataset.name, event.device, event.optimizer }) {
        if (!fact.empty())
            facts << QString::fromStdString(fact);
    }
    m_subtitle->setFullText(facts.join(QStringLiteral("  \u00b7  ")));
    m_tiles[Epoch]->setValue(tr("%1 of %2").arg(event.startEpoch).arg(event.epochs),
                             tr("%n batch(es) each", nullptr, static_cast<int>(event.batchesPerEpoch)));
}

void RunHeader::setBatch(const engine::BatchEnd &event)
{
    m_batch = event;
    if (event.imagesPerSecond > 0 && event.batch + 1 < event.batches) // the last batch of an epoch may be smaller
        m_pace.addBatch(1 / event.imagesPerSecond);
    m_batchPending = true;
    m_validationPending = false;
    if (m_state == State::Preparing || m_state == State::Validating)
        setState(State::Training);
    scheduleRefresh();
}

void RunHeader::setValidation(const engine::ValProgress &event)
{
    m_validation = event;
    m_validationPending = true;
    if (m_state == State::Preparing || m_state == State::Training)
        setState(State::Validating);
    scheduleRefresh();
}

void RunHeader::scheduleRefresh()
{
    if (!m_timer.isActive())
        m_timer.start();
}

void RunHeader::refreshNow()
{
    m_timer.stop();
    if (std::exchange(m_batchPending, false))
        showBatch();
    if (std::exchange(m_validationPending, false))
        showValidation();
}

void RunHeader::showBatch()
{
    const engine::BatchEnd &b = m_batch;
    const std::int64_t batches = std::max<std::int64_t>(1, b.batches);
    m_tiles[Epoch]->setValue(tr("%1 of %2").arg(b.epoch + 1).arg(b.epochs),
                             tr("%n batch(es) each", nullptr, static_cast<int>(b.batches)));
    m_tiles[EpochLeft]->setValue(durationWords(b.epochSecondsLeft), tr("left"));
    const double later = double(std::max(0, b.epochs - b.epoch - 1)) * double(batches);
    showRunLeft(b.runSecondsLeft, double(batches - b.batch - 1) + later);
    m_tiles[Speed]->setValue(b.imagesPerSecond > 0
                                 ? tr("%1 img/s").arg(QLocale().toString(b.imagesPerSecond, 'f', 1))
                                 : QStringLiteral("-"),
                             tr("%1 px").arg(b.imgsz));
    m_tiles[Memory]->setValue(b.memoryMiB > 0 ? bytesWords(std::llround(b.memoryMiB * 1024 * 1024))
                                              : QStringLiteral("-"));
    const double epochPart = static_cast<double>(b.batch + 1) / static_cast<double>(batches);
    setRunProgress((b.epoch + epochPart) / std::max(1, b.epochs));
    m_progress->setValue(static_cast<int>(epochPart * 1000));
    m_controls->setEpochsBegun(b.epoch + 1);
    m_progressText->setText(tr("Batch %1 of %2").arg(countWords(b.batch + 1), countWords(b.batches)));
}

/// "about 12 min", below it "10–15, at 14:05"; without a spread yet the time alone.
void RunHeader::showRunLeft(double seconds, double batchesLeft)
{
    FactTile *tile = m_tiles[RunLeft];
    if (!std::isfinite(seconds) || seconds <= 0 || seconds >= 1e8) {
        tile->setValue(durationWords(seconds));
        tile->setToolTip({});
        return;
    }
    const QString clock = QLocale().toString(QDateTime::currentDateTime().addSecs(std::lround(seconds)),
                                             seconds < 72000 ? QStringLiteral("HH:mm") : QStringLiteral("ddd HH:mm"));
    const auto range = m_pace.range(seconds, batchesLeft);
    if (!range) {
        tile->setValue(durationWords(seconds), tr("done about %1").arg(clock));
        tile->setToolTip({});
        return;
    }
    const TimeLeftWords words = timeLeftWords(seconds, *range);
    tile->setValue(words.about,
                   words.span.isEmpty() ? tr("done about %1").arg(clock) : tr("%1, at %2").arg(words.span, clock));
    tile->setToolTip(tr("From how much this run's epochs differ so far: nine of ten such runs end between %1 and %2 from "
                        "now.")
                         .arg(durationWords(range->low), durationWords(range->high)));
}

void RunHeader::showValidation()
{
    const std::int64_t batches = std::max<std::int64_t>(1, m_validation.batches);
    m_progress->setValue(static_cast<int>((m_validation.batch + 1) * 1000 / batches));
    m_progressText->setText(tr("Validating, batch %1 of %2")
                                .arg(countWords(m_validation.batch + 1), countWords(m_validation.batches)));
}

void RunHeader::setEpoch(const engine::FitEpochEnd &event)
{
    refreshNow();
    const double now = engine::metricValue(event.metrics, map5095Key, std::nan(""));
    if (event.finalEval) {
        m_tiles[Best]->setValue(metricWords(now), tr("epoch %1").arg(event.bestEpoch + 1));
        return;
    }
    m_tiles[Epoch]->setValue(tr("%1 of %2").arg(event.epoch + 1).arg(event.epochs));
    if (!event.replayed)
        m_pace.addEpoch(event.epochSeconds);
    showRunLeft(event.runSecondsLeft, double(std::max(0, event.epochs - event.epoch - 1)) * double(m_batchesPerEpoch));
    showPatience(event);
    if (event.bestEpoch == event.epoch || m_tiles[Best]->value() == QLatin1String("-"))
        m_tiles[Best]->setValue(metricWords(now), tr("epoch %1").arg(event.epoch + 1));
}

/// Shown from the first epoch without a better model on, unless the run ends before patience can run out.
void RunHeader::showPatience(const engine::FitEpochEnd &event)
{
    const int waited = event.epoch - event.bestEpoch;
    const int left = m_patienceEpochs - waited;
    const bool counts = m_patienceEpochs > 0 && waited > 0 && event.epoch + left < event.epochs;
    m_patience->setVisible(counts);
    if (!counts)
        return;
    setLook(m_patience, left * 4 <= m_patienceEpochs ? "warning" : "muted");
    m_patience->setText(tr("Stops in %n epoch(s) unless one is better than epoch %1 (fitness %2)", nullptr, left)
                            .arg(event.bestEpoch + 1)
                            .arg(metricWords(event.bestFitness)));
}

void RunHeader::setState(State state)
{
    m_state = state;
    const bool over = state == State::Finished || state == State::Stopped || state == State::Failed;
    if (over && m_controls->isActive()) {
        m_controls->setActive(false);
        m_pendingPlan = {};
        updatePlanNote();
    }
    if (state == State::Stopping)
        m_controls->setStopping(true);
    switch (state) {
    case State::Preparing:
        return m_badge->setState(tr("Preparing"), Tone::Neutral);
    case State::Training:
        return m_badge->setState(tr("Training"), Tone::Accent);
    case State::Validating:
        return m_badge->setState(tr("Validating"), Tone::Accent);
    case State::Pausing:
        return m_badge->setState(tr("Pausing"), Tone::Warning);
    case State::Paused:
        return m_badge->setState(tr("Paused"), Tone::Warning);
    case State::Stopping:
        return m_badge->setState(tr("Stopping"), Tone::Warning);
    case State::Finished:
        return m_badge->setState(tr("Finished"), Tone::Success);
    case State::Stopped:
        return m_badge->setState(tr("Stopped"), Tone::Warning);
    case State::Failed:
        return m_badge->setState(tr("Failed"), Tone::Danger);
    }
}

void RunHeader::setEvent(const engine::RunEvent &event)
{
    if (event.replayed)
        return;
    refreshNow();
    const bool stopping = m_state == State::Stopping;
    if (event.kind == engine::RunEventKind::Paused && !stopping) {
        setState(State::Paused);
        m_tiles[EpochLeft]->setValue(QStringLiteral("-"));
        m_tiles[RunLeft]->setValue(QStringLiteral("-"), tr("paused"));
    } else if (event.kind == engine::RunEventKind::Continued && !stopping) {
        setState(State::Training);
    } else if (event.kind == engine::RunEventKind::Changed) {
        RunPlan plan = m_controls->plan();
        plan.epochs = event.epochs;
        plan.patience = m_patienceEpochs = event.patience;
        plan.savePeriod = event.savePeriod;
        m_controls->setPlan(plan);
        m_pendingPlan = {};
        updatePlanNote();
        m_tiles[Epoch]->setValue(tr("%1 of %2").arg(std::lround(event.position)).arg(event.epochs));
    }
}

void RunHeader::setPauseAsked(bool paused)
{
    m_controls->setPauseAsked(paused);
    if (m_state == State::Stopping)
        return;
    if (paused && m_state != State::Paused)
        setState(State::Pausing);
    else if (!paused && (m_state == State::Pausing || m_state == State::Paused))
        setState(State::Training);
}

void RunHeader::setStopAfterEpoch(bool on)
{
    m_controls->setStopAfterEpoch(on);
    updatePlanNote();
}

void RunHeader::setPlanPending(const engine::PlanChange &change)
{
    if (change.epochs)
        m_pendingPlan.epochs = change.epochs;
    if (change.patience)
        m_pendingPlan.patience = change.patience;
    if (change.savePeriod)
        m_pendingPlan.savePeriod = change.savePeriod;
    RunPlan plan = m_controls->plan(); // so that the dialog shows what is asked for
    plan.epochs = change.epochs.value_or(plan.epochs);
    plan.patience = change.patience.value_or(plan.patience);
    plan.savePeriod = change.savePeriod.value_or(plan.savePeriod);
    m_controls->setPlan(plan);
    updatePlanNote();
}

void RunHeader::updatePlanNote()
{
    QStringList parts;
    if (m_controls->stopsAfterEpoch())
        parts << tr("stops and saves");
    if (m_pendingPlan.epochs)
        parts << tr("epochs become %1").arg(*m_pendingPlan.epochs);
    if (m_pendingPlan.patience)
        parts << (*m_pendingPlan.patience > 0 ? tr("patience becomes %1").arg(*m_pendingPlan.patience)
                                              : tr("patience is off"));
    if (m_pendingPlan.savePeriod)
        parts << (*m_pendingPlan.savePeriod > 0
                      ? tr("a checkpoint is kept every %n epoch(s)", nullptr, *m_pendingPlan.savePeriod)
                      : tr("no extra checkpoints"));
    m_planNote->setVisible(!parts.isEmpty());
    m_planNote->setText(tr("At the end of this epoch: %1").arg(parts.join(QStringLiteral(", "))));
}

void RunHeader::arrangeTiles(int columns)
{
    if (columns == m_tileColumns)
        return;
    m_tileColumns = columns;
    for (FactTile *tile : m_tiles)
        m_tileGrid->removeWidget(tile);
    for (int i = 0; i < TileCount; ++i) {
        m_tileGrid->addWidget(m_tiles[static_cast<std::size_t>(i)], i / columns, i % columns);
        m_tileGrid->setColumnStretch(i, i < columns ? 1 : 0);
    }
}

void RunHeader::resizeEvent(QResizeEvent *event)
{
    Card::resizeEvent(event);
    m_controls->setCompact(width() < narrowControls);
    arrangeTiles(width() < narrowHeader ? TileCount / 2 : TileCount);
}

void RunHeader::setRunProgress(double part)
{
    m_runProgress->setValue(static_cast<int>(std::clamp(part, 0.0, 1.0) * 1000));
    m_runText->setText(tr("Run %1 %").arg(runPercent()));
}

int RunHeader::runPercent() const { return m_runProgress->value() / 10; }

void RunHeader::setFailed()
{
    m_patience->hide();
    refreshNow();
    m_tiles[EpochLeft]->setValue(QStringLiteral("-"));
    m_tiles[RunLeft]->setValue(QStringLiteral("-"));
    m_progressText->setText(tr("Ended here"));
}

void RunHeader::setEnd(const engine::TrainEnd &end)
{
    m_patience->hide();
    refreshNow();
    m_tiles[EpochLeft]->setValue(QStringLiteral("-"));
    m_tiles[RunLeft]->setValue(durationWords(end.seconds), tr("in all"));
    if (m_state == State::Finished) { // also when patience ended it early
        m_progress->setValue(1000);
        setRunProgress(1);
    }
    m_progressText->setText(tr("%n epoch(s) done", nullptr, end.epochsDone));
}

} // namespace torchdeck::ui

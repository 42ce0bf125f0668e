// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/run_panel.h"

#include "ui/charts/event_words.h"
#include "ui/charts/run_charts.h"
#include "ui/class_table.h"
#include "ui/log_view.h"
#include "ui/monitor/class_history.h"
#include "ui/monitor/epoch_view.h"
#include "ui/monitor/pinned_view.h"
#include "ui/monitor/system_view.h"
#include "ui/results_banner.h"
#include "ui/run_header.h"
#include "ui/theme.h"

#include <QtWidgets/QPushButton>
#include <QtWidgets/QScrollArea>
#include <QtWidgets/QStackedWidget>
#include <QtWidgets/QTabBar>
#include <QtWidgets/QTabWidget>
#include <QtWidgets/QVBoxLayout>

namespace torchdeck::ui {

namespace {

QWidget *step(const QString &number, const QString &title, const QString &words)
{
    auto *row = new QWidget;
    auto *layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(space::m);
    auto *badge = makeLabel(number, "count", 1.0, QFont::DemiBold);
    badge->setAlignment(Qt::AlignCenter);
    badge->setFixedSize(26, 26);
    setStyleProperty(badge, "look", QStringLiteral("step"));
    layout->addWidget(badge, 0, Qt::AlignTop);
    auto *texts = new QVBoxLayout;
    texts->setSpacing(2);
    texts->addWidget(makeLabel(title, nullptr, 1.0, QFont::DemiBold));
    auto *more = makeLabel(words, "muted");
    more->setWordWrap(true);
    texts->addWidget(more);
    layout->addLayout(texts, 1);
    return row;
}

QScrollArea *scrollable(QWidget *page)
{
    auto *scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus); // what is in it has the keys
    setLook(page, "plain");
    scroll->setWidget(page);
    scroll->viewport()->setAutoFillBackground(false);
    page->setAutoFillBackground(false);
    return scroll;
}

} // namespace

RunPanel::RunPanel(QWidget *parent)
    : QWidget(parent)
    , m_pages(new QStackedWidget)
    , m_header(new RunHeader)
    , m_banner(new ResultsBanner)
    , m_tabs(new QTabWidget)
    , m_charts(new RunCharts)
    , m_classes(new ClassTable)
    , m_history(new ClassHistory)
    , m_epochs(new EpochView)
    , m_pinned(new PinnedView(PinnedView::Use::Live))
    , m_system(new SystemView)
    , m_log(new LogView)
{
    m_pages->addWidget(buildWelcome());
    m_pages->addWidget(buildRunPage());
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_pages);
    connect(m_header, &RunHeader::openFolderRequested, this, &RunPanel::openFolderRequested);
    connect(m_banner, &ResultsBanner::openFolderRequested, this, &RunPanel::openFolderRequested);
    connect(m_banner, &ResultsBanner::openUrlRequested, this, &RunPanel::openUrlRequested);
    connect(m_pinned, &PinnedView::notice, this, &RunPanel::notice);
}

QWidget *RunPanel::buildWelcome()
{
    auto *card = new Card;
    card->setMaximumWidth(560);
    card->body()->setContentsMargins(32, 28, 32, 28);
    card->body()->setSpacing(space::l);
    card->body()->addWidget(new IconLabel(QStringLiteral("chart"), Tone::Accent, 36));
    card->body()->addWidget(makeLabel(tr("Train a detector"), nullptr, 1.6, QFont::DemiBold));
    card->body()->addWidget(
        step(QStringLiteral("1"), tr("Choose a data set"),
             tr("A data.yaml in YOLO format. It is checked before anything starts. You can "
                "also drop it on this window.")));
    card->body()->addWidget(step(QStringLiteral("2"), tr("Choose a model and how long to train"),
                                 tr("yolov8n is the smallest and the right one to begin with.")));
    card->body()->addWidget(step(QStringLiteral("3"), tr("Press Start"),
                                 tr("Losses, metrics and the remaining time appear here while it trains.")));
    auto *buttons = new QHBoxLayout;
    buttons->setSpacing(space::s);
    auto *browse = makeButton(tr("Choose data.yaml..."), "primary");
    auto *sample = makeButton(tr("Make a sample set"));
    sample->setToolTip(tr("Draws a small set of shapes that a model learns in minutes"));
    buttons->addWidget(browse);
    buttons->addWidget(sample);
    buttons->addStretch(1);
    card->body()->addSpacing(space::xs);
    card->body()->addLayout(buttons);
    connect(browse, &QPushButton::clicked, this, &RunPanel::browseDatasetRequested);
    connect(sample, &QPushButton::clicked, this, &RunPanel::sampleRequested);

    auto *page = new QWidget;
    auto *layout = new QVBoxLayout(page);
    layout->addStretch(2);
    auto *middle = new QHBoxLayout;
    middle->addStretch(1);
    middle->addWidget(card, 6);
    middle->addStretch(1);
    layout->addLayout(middle);
    layout->addStretch(3);
    return page;
}

QWidget *RunPanel::buildRunPage()
{
    QScrollArea *scroll = scrollable(m_charts);
    m_tabs->setDocumentMode(true);
    m_tabs->tabBar()->setDrawBase(false);
    // Short titles: all of them fit into the smallest window; the tool tip says more.
    const auto add = [this](QWidget *page, const QString &title, const QString &more) {
        m_tabs->setTabToolTip(m_tabs->addTab(page, title), more);
    };
    add(scroll, tr("Charts"), tr("Losses, metrics and learning rates"));
    add(m_classes, tr("Classes"), tr("Results of each class"));
    add(m_history, tr("History"), tr("Each class from epoch to epoch"));
    add(scrollable(m_epochs), tr("Curves"), tr("Confusion matrix and curves of any epoch"));
    add(m_pinned, tr("Pinned"), tr("The same validation images in every epoch"));
    add(scrollable(m_system), tr("System"), tr("Processor, memory and disk"));
    add(m_log, tr("Log"), tr("What the run says"));
    m_tabs->setAccessibleName(tr("Views of the run"));
    for (QWidget *inner : { static_cast<QWidget *>(m_classes), static_cast<QWidget *>(m_history),
                            static_cast<QWidget *>(m_epochs), static_cast<QWidget *>(m_pinned),
                            static_cast<QWidget *>(m_system), static_cast<QWidget *>(m_log) })
        inner->layout()->setContentsMargins(0, space::m, 0, 0);
    m_charts->layout()->setContentsMargins(0, space::m, 0, 0);

    auto *page = new QWidget;
    auto *layout = new QVBoxLayout(page);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(space::m);
    layout->addWidget(m_header);
    layout->addWidget(m_banner);
    layout->addWidget(m_tabs, 1);
    return page;
}

void RunPanel::showTab(Tab tab)
{
    if (m_hasRun)
        m_pages->setCurrentIndex(1);
    m_tabs->setCurrentIndex(tab);
}

void RunPanel::showWelcome()
{
    if (!m_hasRun)
        m_pages->setCurrentIndex(0);
}

void RunPanel::onPretrainRoutineStart(const engine::PretrainRoutineStart &event)
{
    m_run = event.run;
    m_hasRun = true;
    m_warnings = 0;
    m_folder = QString::fromStdString(event.saveDir.string());
    m_header->startRun(event);
    m_charts->startRun();
    m_classes->startRun();
    m_history->startRun();
    m_epochs->startRun();
    m_pinned->setRun(m_folder);
    if (event.resumed)
        m_epochs->loadFrom(m_folder);
    m_system->startRun();
    m_banner->hideForNewRun(event.run, m_folder);
    m_tabs->setTabText(LogTab, tr("Log"));
    m_tabs->setTabToolTip(LogTab, tr("What the run says"));
    m_pages->setCurrentIndex(1);
}

void RunPanel::onPretrainRoutineEnd(const engine::PretrainRoutineEnd &event)
{
    if (!isMine(event.run))
        return;
    m_header->setFacts(event);
    m_system->setDevice(QString::fromStdString(event.device));
}

void RunPanel::onBatchEnd(const engine::BatchEnd &event)
{
    if (!isMine(event.run))
        return;
    m_header->setBatch(event);
    m_charts->addBatch(event);
}

void RunPanel::onValProgress(const engine::ValProgress &event)
{
    if (isMine(event.run))
        m_header->setValidation(event);
}

void RunPanel::onFitEpochEnd(const engine::FitEpochEnd &event)
{
    if (!isMine(event.run))
        return;
    m_header->setEpoch(event);
    m_charts->addEpoch(event);
    m_classes->setEpoch(event);
    m_history->addEpoch(event);
    m_epochs->addEpoch(event);
    if (!event.replayed && !event.finalEval)
        m_pinned->reload(); // the engine has written the epoch's boxes by now
}

void RunPanel::onLog(const engine::LogLine &event)
{
    m_log->addLine(event);
    if (event.level >= engine::LogLevel::Warning) {
        ++m_warnings;
        m_tabs->setTabText(LogTab, tr("Log (%1)").arg(m_warnings));
        m_tabs->setTabToolTip(LogTab, tr("%n warning(s)", nullptr, m_warnings));
    }
}

void RunPanel::onRunEvent(const engine::RunEvent &event)
{
    if (!isMine(event.run))
        return;
    m_header->setEvent(event);
    m_charts->addEvent(event);
    const bool pause =
        event.kind == engine::RunEventKind::Paused || event.kind == engine::RunEventKind::Continued;
    if (pause && !event.replayed) // the engine tells the other ones itself
        onLog({ event.run, engine::LogLevel::Info, eventWords(event).toStdString() });
}

void RunPanel::onFinished(const engine::Finished &event)
{
    if (!isMine(event.run))
        return;
    m_header->setState(RunHeader::State::Finished);
    m_system->endRun();
    m_header->setEnd(event.end);
    m_banner->showFinished(event);
}

void RunPanel::onStopped(const engine::Stopped &event)
{
    if (!isMine(event.run))
        return;
    m_header->setState(RunHeader::State::Stopped);
    m_system->endRun();
    m_header->setEnd(event.end);
    m_banner->showStopped(event);
}

void RunPanel::onFailed(const engine::Failed &event)
{
    if (!isMine(event.run)) // refused before its first event: the window says so, the last run stays in view
        return;
    m_header->setState(RunHeader::State::Failed);
    m_system->endRun();
    m_header->setFailed();
    m_banner->showFailed(event);
}

void RunPanel::setStopping()
{
    if (m_hasRun)
        m_header->setState(RunHeader::State::Stopping);
}

} // namespace torchdeck::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/results/results_page.h"

#include "ui/format.h"
#include "ui/monitor/epoch_view.h"
#include "ui/monitor/pinned_view.h"
#include "ui/results/image_browser.h"
#include "ui/results/try_model.h"
#include "ui/run_header.h"
#include "ui/runs/run_list_model.h"
#include "ui/theme.h"
#include "ui/widgets/off_thread.h"

#include <QtGui/QClipboard>
#include <QtGui/QGuiApplication>
#include <QtWidgets/QFileDialog>
#include <QtWidgets/QMenu>
#include <QtWidgets/QProgressBar>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QScrollArea>
#include <QtWidgets/QStackedWidget>
#include <QtWidgets/QTabBar>
#include <QtWidgets/QTabWidget>
#include <QtWidgets/QVBoxLayout>

#include <algorithm>

namespace torchdeck::ui {

ResultsPage::ResultsPage(QWidget *parent)
    : QWidget(parent)
    , m_pages(new QStackedWidget)
    , m_empty(makeLabel({}, "muted"))
    , m_title(new ElidedLabel)
    , m_subtitle(new ElidedLabel)
    , m_state(new StateBadge)
    , m_view(makeButton(tr("View model"), "primary"))
    , m_copy(makeButton(tr("Copy link")))
    , m_open(makeButton(tr("Open folder")))
    , m_report(makeButton(tr("Save report...")))
    , m_export(makeButton(tr("Export model")))
    , m_exporting(new QProgressBar)
    , m_tabs(new QTabWidget)
    , m_epochs(new EpochView)
    , m_pinned(new PinnedView(PinnedView::Use::Finished))
    , m_worst(new ImageBrowser({}))
    , m_worstWords(makeLabel({}, "muted"))
    , m_try(new TryModel)
{
    auto *worstPage = new QWidget;
    auto *worstLayout = new QVBoxLayout(worstPage);
    worstLayout->setContentsMargins(0, space::m, 0, 0);
    worstLayout->setSpacing(space::s);
    m_worstWords->setWordWrap(true);
    worstLayout->addWidget(m_worstWords);
    worstLayout->addWidget(m_worst, 1);
    m_epochs->layout()->setContentsMargins(0, space::m, 0, 0);
    m_tabs->setDocumentMode(true);
    m_tabs->tabBar()->setDrawBase(false);
    auto *curves = new QScrollArea; // a small window scrolls
    curves->setWidgetResizable(true);
    curves->setFrameShape(QFrame::NoFrame);
    curves->setFocusPolicy(Qt::NoFocus); // what is in it has the keys
    setLook(m_epochs, "plain");
    curves->setWidget(m_epochs);
    curves->viewport()->setAutoFillBackground(false);
    m_epochs->setAutoFillBackground(false);
    m_tabs->addTab(curves, tr("Curves"));
    m_pinned->layout()->setContentsMargins(0, space::m, 0, 0);
    m_tabs->addTab(m_pinned, tr("Pinned images"));
    m_tabs->addTab(worstPage, tr("Worst images"));
    m_tabs->addTab(m_try, tr("Try the model"));
    m_tabs->setAccessibleName(tr("Results of the run"));

    auto *page = new QWidget;
    auto *layout = new QVBoxLayout(page);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(space::m);
    layout->addWidget(buildHead());
    layout->addWidget(m_tabs, 1);
    m_pages->addWidget(buildEmptyState());
    m_pages->addWidget(page);
    auto *outer = new QVBoxLayout(this);
    outer->setContentsMargins(space::l, space::l, space::l, space::l);
    outer->addWidget(m_pages);

    connect(m_view, &QPushButton::clicked, this, [this] { Q_EMIT openUrlRequested(m_results.modelUrl); });
    connect(m_copy, &QPushButton::clicked, this,
            [this] { QGuiApplication::clipboard()->setText(m_results.modelUrl.toString()); });
    connect(m_open, &QPushButton::clicked, this, [this] { Q_EMIT openFolderRequested(m_folder); });
    connect(m_report, &QPushButton::clicked, this, &ResultsPage::askReport);
    buildExport();
    connect(m_epochs, &EpochView::notice, this, &ResultsPage::notice);
}

QWidget *ResultsPage::buildHead()
{
    m_title->setFont(scaledFont(m_title->font(), 1.45, QFont::DemiBold));
    m_title->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    setLook(m_subtitle, "muted");
    auto *head = new QHBoxLayout;
    head->setSpacing(space::s);
    head->addWidget(m_title);
    head->addSpacing(space::xs);
    head->addWidget(m_state);
    head->addStretch(1);
    for (QPushButton *button : { m_view, m_copy, m_open, m_report, m_export })
        head->addWidget(button);
    const std::array<QString, TileCount> names { QStringLiteral("mAP50-95"),
                                                 QStringLiteral("mAP50"),
                                                 tr("Precision"),
                                                 tr("Recall"),
                                                 tr("Best epoch"),
                                                 tr("Time") };
    auto *tiles = new QHBoxLayout;
    tiles->setSpacing(space::l);
    for (std::size_t i = 0; i < TileCount; ++i) {
        m_tiles[i] = new FactTile(names[i]);
        tiles->addWidget(m_tiles[i], 1);
    }
    auto *card = new Card;
    card->body()->addLayout(head);
    card->body()->addWidget(m_subtitle);
    card->body()->addWidget(m_exporting);
    card->body()->addSpacing(space::xs);
    card->body()->addLayout(tiles);
    return card;
}

QWidget *ResultsPage::buildEmptyState()
{
    auto *card = new Card;
    m_empty->setAlignment(Qt::AlignHCenter);
    m_empty->setWordWrap(true);
    m_empty->setText(
        tr("When a run ends, what it came to is shown here. Runs of earlier days: choose one on the Runs "
           "page and press Results."));
    m_empty->setMaximumWidth(460);
    card->body()->addStretch(2);
    card->body()->addWidget(new IconLabel(QStringLiteral("chart"), Tone::Accent, 36), 0, Qt::AlignHCenter);
    card->body()->addWidget(makeLabel(tr("No results yet"), nullptr, 1.2, QFont::DemiBold), 0,
                            Qt::AlignHCenter);
    auto *middle = new QHBoxLayout; // an aligned label would be one line high
    middle->addStretch(1);
    middle->addWidget(m_empty, 8);
    middle->addStretch(1);
    card->body()->addLayout(middle);
    card->body()->addStretch(3);
    return card;
}

void ResultsPage::showRun(const QString &folder, bool justEnded)
{
    const int number = ++m_reading;
    offThread(
        this, [folder] { return readResults(folder); },
        [this, folder, number, justEnded](RunResults results) {
            if (number != m_reading)
                return;
            if (!results.found) {
                if (!justEnded)
                    Q_EMIT notice(tr("%1 holds no run any more.").arg(folder), true);
                return;
            }
            const bool other = m_folder != folder;
            m_folder = folder;
            const QUrl known = other ? QUrl() : m_results.modelUrl;
            m_results = std::move(results);
            RunSummary &run = m_results.summary;
            if (justEnded && run.state == RunState::Running) // its files are as fresh as a running one's
                run.state = run.resumable ? RunState::Interrupted : RunState::Broken;
            if (m_results.modelUrl.isEmpty())
                m_results.modelUrl = known;
            fill();
            if (other)
                m_try->setModel(m_results.checkpoint);
            Q_EMIT loaded(folder);
        });
}

void ResultsPage::fill()
{
    const RunSummary &run = m_results.summary;
    m_title->setFullText(run.name);
    m_state->setState(stateWords(run.state), toneOf(run.state));
    m_subtitle->setFullText(run.argument(QStringLiteral("model")) + QStringLiteral("  \u00b7  ")
                            + run.argument(QStringLiteral("data")).section(QLatin1Char('/'), -2)
                            + QStringLiteral("  \u00b7  ")
                            + QLocale().toString(run.started, QLocale::ShortFormat));
    m_tiles[Map5095]->setValue(metricWords(run.map5095));
    m_tiles[Map50]->setValue(metricWords(run.map50));
    m_tiles[Precision]->setValue(metricWords(m_results.bestValue(QStringLiteral("metrics/precision(B)"))));
    m_tiles[Recall]->setValue(metricWords(m_results.bestValue(QStringLiteral("metrics/recall(B)"))));
    m_tiles[Best]->setValue(run.bestEpoch > 0 ? QString::number(run.bestEpoch) : QStringLiteral("-"),
                            tr("of %1").arg(run.epochsDone));
    m_tiles[Time]->setValue(durationWords(run.seconds));
    m_view->setVisible(!m_results.modelUrl.isEmpty());
    m_copy->setVisible(!m_results.modelUrl.isEmpty());
    updateExport();
    m_epochs->startRun();
    m_epochs->setArchive(m_results.epochs);
    if (run.bestEpoch > 0)
        m_epochs->showEpoch(run.bestEpoch - 1);
    m_pinned->setRun(m_folder);
    m_worst->setEmptyWords(
        m_results.worst.imagesSeen > 0
            ? tr("Nothing to show: every image of the validation is right.")
            : tr("The worst images are found when a run ends. This one ended without, or was made by "
                 "another program."));
    m_worst->setEntries(m_results.worst.images);
    m_worstWords->setVisible(!m_results.worst.images.empty());
    m_worstWords->setText(tr("%1 of %2 validation images, worst first, at confidence %3. Dashed red: missed. "
                             "Dotted orange: found where "
                             "nothing of the kind is. Green: right.")
                              .arg(m_results.worst.images.size())
                              .arg(m_results.worst.imagesSeen)
                              .arg(QLocale().toString(m_results.worst.confidence, 'f', 2)));
    m_pages->setCurrentIndex(1);
}

void ResultsPage::setModelUrl(const QString &folder, const QUrl &url)
{
    if (folder != m_folder || url.isEmpty())
        return;
    m_results.modelUrl = url;
    m_view->setVisible(true);
    m_copy->setVisible(true);
}

void ResultsPage::showTab(Tab tab) { m_tabs->setCurrentIndex(tab); }

void ResultsPage::askReport()
{
    auto *dialog = new QFileDialog(window(), tr("Save the report of %1").arg(m_results.summary.name),
                                   m_folder, tr("Web page (*.html)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("html"));
    dialog->selectFile(QStringLiteral("report.html"));
    connect(dialog, &QFileDialog::fileSelected, this, &ResultsPage::writeReport);
    dialog->open();
}

void ResultsPage::buildExport()
{
    auto *menu = new QMenu(m_export);
    menu->setToolTipsVisible(true);
    for (const ExportFormat &format : exportFormats()) {
        QAction *action = menu->addAction(format.name + QStringLiteral("..."));
        action->setToolTip(format.about);
        connect(action, &QAction::triggered, this, [this, format] { askExport(format); });
    }
    m_export->setMenu(menu);
    m_exporting->setRange(0, 0);
    m_exporting->setTextVisible(false);
    m_exporting->setAccessibleName(tr("The model is being exported"));
    updateExport();
}

void ResultsPage::askExport(const ExportFormat &format)
{
    auto *dialog = new QFileDialog(window(), tr("Export the model of %1").arg(m_results.summary.name), m_folder,
                                   QStringLiteral("%1 (*.%2)").arg(format.suffix.toUpper(), format.suffix));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(format.suffix);
    dialog->selectFile(QStringLiteral("%1-%2.%3").arg(m_results.summary.name, format.fileMark, format.suffix));
    const QString checkpoint = m_results.checkpoint; // of this run, whichever is shown when the name is chosen
    connect(dialog, &QFileDialog::fileSelected, this, [this, kind = format.kind, checkpoint](const QString &file) {
        ++m_exports;
        updateExport();
        Q_EMIT exportRequested({ kind, checkpoint, file });
    });
    dialog->open();
}

void ResultsPage::setExportEnded(const ExportWish &wish, const QString &problem)
{
    m_exports = std::max(0, m_exports - 1);
    updateExport();
    Q_EMIT notice(problem.isEmpty() ? tr("The model is exported: %1").arg(wish.file) : problem, !problem.isEmpty());
}

void ResultsPage::updateExport()
{
    m_exporting->setVisible(m_exports > 0);
    m_export->setEnabled(m_exports == 0 && !m_results.checkpoint.isEmpty());
    m_export->setToolTip(m_results.checkpoint.isEmpty() ? tr("This run has left no model to export")
                                                       : tr("Writes the best model in a form that other programs load"));
}

void ResultsPage::writeReport(const QString &file)
{
    m_report->setEnabled(false);
    offThread(
        this, [results = m_results, file] { return saveReport(results, file); },
        [this, file](const QString &problem) {
            m_report->setEnabled(true);
            Q_EMIT notice(problem.isEmpty() ? tr("Saved %1").arg(file) : problem, !problem.isEmpty());
        });
}

} // namespace torchdeck::ui

// SPDX-License-Identifier: GPL-3.0-or-later
// What the window shows about a run before it starts.
#include "ui/dataset_line.h"
#include "ui/estimate_line.h"
#include "ui/hub_check_line.h"
#include "ui/main_window_p.h"

namespace torchdeck::ui {

namespace {

constexpr int estimateDelayMs = 300; ///< after the last change of an argument

} // namespace

void MainWindow::Private::connectLaunchViews()
{
    QObject::connect(launch->dataset(), &DatasetLine::duplicatesRequested, &window,
                     &MainWindow::duplicateCheckRequested);
    QObject::connect(launch->dataset(), &DatasetLine::duplicatesCancelRequested, &window,
                     &MainWindow::duplicateCancelRequested);
    QObject::connect(launch, &LaunchPanel::previewRequested, &window, [this] { showPreview(); });
    QObject::connect(launch->hubCheck(), &HubCheckLine::testRequested, &window,
                     [this] { Q_EMIT window.testConnectionRequested(settings); });
    QObject::connect(launch->hubCheck(), &HubCheckLine::settingsRequested, &window, &MainWindow::openSettings);
    estimateDelay.setSingleShot(true);
    estimateDelay.setInterval(estimateDelayMs);
    QObject::connect(&estimateDelay, &QTimer::timeout, &window,
                     [this] { Q_EMIT window.estimateWanted(launch->config()); });
    QObject::connect(launch, &LaunchPanel::configChanged, &estimateDelay, qOverload<>(&QTimer::start));
    QObject::connect(launch, &LaunchPanel::measureRequested, &window, &MainWindow::measureRequested);
    QObject::connect(launch, &LaunchPanel::measureCancelRequested, &window, &MainWindow::measureCancelRequested);
}

void MainWindow::setEstimate(const RunEstimate &estimate) { d->launch->estimate()->setEstimate(estimate); }

void MainWindow::setDiskEstimate(const DiskEstimate &estimate) { d->launch->setDiskEstimate(estimate); }

void MainWindow::onMeasureProgress(const QString &phase, int done, int total)
{
    d->launch->estimate()->setProgress(phase, done, total);
}

void MainWindow::onMeasureEnded(const QString &problem) { d->launch->estimate()->setEnded(problem); }

void MainWindow::Private::showPreview()
{
    if (!preview) {
        preview = new AugmentPreview(&window);
        QObject::connect(preview, &AugmentPreview::requested, &window, &MainWindow::previewRequested);
        QObject::connect(preview, &AugmentPreview::cancelRequested, &window, &MainWindow::previewCancelRequested);
        QObject::connect(launch, &LaunchPanel::configChanged, preview,
                         [this] { preview->setConfig(launch->config()); });
    }
    preview->setConfig(launch->config());
    preview->show();
    preview->raise();
    preview->activateWindow();
}

void MainWindow::onDuplicateProgress(const QString &dataYaml, qint64 done, qint64 total)
{
    d->launch->dataset()->setDuplicateProgress(dataYaml, done, total);
}

void MainWindow::onDuplicatesEnded(const QString &dataYaml, const engine::DuplicateReport &report,
                                   const QString &problem)
{
    d->launch->dataset()->setDuplicates(dataYaml, report, problem);
}

void MainWindow::onPreviewImage(const engine::PreviewImage &image)
{
    if (d->preview)
        d->preview->addImage(image);
}

void MainWindow::onPreviewEnded(const engine::PreviewFacts &facts, const QString &problem)
{
    if (d->preview)
        d->preview->setEnded(facts, problem);
}

} // namespace torchdeck::ui

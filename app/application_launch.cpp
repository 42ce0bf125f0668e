// SPDX-License-Identifier: GPL-3.0-or-later
// What the window asks about a run before it starts: its training images, images that are in train and in val.
#include "app/application.h"

#include "app/state_paths.h"
#include "torchdeck/engine/disk_need.h"
#include "ui/disk_line.h"

#include <QtCore/QFileInfo>

namespace torchdeck::app {

namespace {

/// Sets up to this size are compared without being asked: a minute's work on a slow machine.
constexpr std::int64_t comparedUnasked = 20'000;

ui::RunEstimate estimateFor(const RunCosts &costs, const engine::TrainConfig &config, const engine::DeviceFacts &facts,
                            std::int64_t trainImages, std::int64_t valImages)
{
    const RunShape shape { imagesUsed(trainImages, config.fraction), imagesUsed(valImages, config.valFraction),
                           config.epochs, config.val, config.time * 3600 };
    const CostEstimate known =
        estimateCost(costs.like(costKey(config, QString::fromStdString(facts.device))), shape);
    ui::RunEstimate estimate;
    estimate.freeMemory = facts.freeMemory;
    estimate.epochs = config.epochs;
    if (!known.known)
        return estimate;
    estimate.source = known.runs > 0 ? ui::RunEstimate::Source::Runs : ui::RunEstimate::Source::Probe;
    estimate.runs = known.runs;
    estimate.tried = known.tried;
    estimate.batch = known.batch;
    estimate.peakMemory = known.peakMemory;
    if (estimate.freeMemory <= 0)
        estimate.freeMemory = known.freeMemory;
    estimate.epochSeconds = known.epochSeconds;
    estimate.epochSpread = known.epochSpread;
    estimate.totalSeconds = known.totalSeconds;
    estimate.totalSpread = known.totalSpread;
    return estimate;
}

QString displayed(const std::filesystem::path &path) { return QString::fromStdString(path.string()); }

/// What counts as the same model: a file that was written anew is another.
QString modelKey(const engine::TrainConfig &config, int classes)
{
    const QFileInfo file(QString::fromStdString(config.model));
    return QStringLiteral("%1|%2|%3").arg(file.filePath()).arg(classes).arg(file.exists() ? file.lastModified().toMSecsSinceEpoch() : 0);
}

ui::DiskEstimate diskEstimate(const engine::TrainConfig &config, qint64 parameters, std::int64_t images)
{
    const engine::DiskNeed need = engine::diskNeed(config, parameters, images);
    const engine::DiskRoom room = engine::diskRoom(engine::projectFolder(config));
    ui::DiskEstimate estimate;
    estimate.checkpoint = need.checkpoint;
    estimate.kept = need.kept;
    estimate.certain = need.certain;
    estimate.likely = need.likely;
    estimate.free = room.free;
    estimate.folder = displayed(room.folder);
    if (need.imageCache > 0) {
        const engine::DiskRoom cache = engine::imageCacheRoom();
        estimate.imageCache = need.imageCache;
        estimate.cacheFree = cache.free;
        estimate.cacheFolder = displayed(cache.folder);
        estimate.sameDisk = cache.disk == room.disk;
    }
    return estimate;
}

} // namespace

void Application::connectLaunchViews()
{
    using W = ui::MainWindow;
    W *window = m_window.get();
    connect(window, &W::previewRequested, &m_preview, &PreviewJob::start);
    connect(window, &W::previewCancelRequested, &m_preview, &PreviewJob::cancel);
    connect(&m_preview, &PreviewJob::made, window, &W::onPreviewImage);
    connect(&m_preview, &PreviewJob::ended, window, &W::onPreviewEnded);

    connect(window, &W::duplicateCheckRequested, &m_duplicates, &DuplicateJob::start);
    connect(window, &W::duplicateCancelRequested, &m_duplicates, &DuplicateJob::cancel);
    connect(&m_duplicates, &DuplicateJob::progress, window, &W::onDuplicateProgress);
    connect(&m_duplicates, &DuplicateJob::ended, window, &W::onDuplicatesEnded);
    // A run wants the cores; the comparison is offered again.
    connect(&m_controller, &TrainingController::started, &m_duplicates, &DuplicateJob::cancel);
    connectMeasuring();
}

void Application::connectMeasuring()
{
    using W = ui::MainWindow;
    W *window = m_window.get();
    connect(window, &W::estimateWanted, this, &Application::lookUpEstimate);
    connect(window, &W::estimateWanted, this, &Application::lookUpDisk);
    connect(window, &W::measureRequested, this, &Application::measure);
    connect(window, &W::measureCancelRequested, &m_measure, &EstimateJob::cancel);
    connect(&m_measure, &EstimateJob::progress, window, &W::onMeasureProgress);
    connect(&m_measure, &EstimateJob::measured, this,
            [this](const engine::TrainConfig &config, const engine::RunProbe &probe) {
                m_costs.add(costOf(probe, config));
            });
    connect(&m_measure, &EstimateJob::ended, this, [this](const QString &problem) {
        m_window->onMeasureEnded(problem);
        if (problem.isEmpty())
            lookUpEstimate(m_window->launchConfig());
    });
    // Before the run begins: nothing is measured beside it.
    connect(&m_controller, &TrainingController::started, &m_measure, &EstimateJob::cancel);
    connect(&m_recorder, &CostRecorder::recorded, this, [this] { lookUpEstimate(m_window->launchConfig()); });
}

void Application::measure(const engine::TrainConfig &config)
{
    if (m_controller.active())
        m_window->onMeasureEnded(tr("A run is going on: measuring beside it would tell nothing."));
    else if (HubModel::looksLikeAddress(QString::fromStdString(config.model)))
        m_window->onMeasureEnded(tr("The model is still on HUB: what it needs is known once a run has fetched it."));
    else
        m_measure.start(config);
}

/// What is known of runs like this one, and the memory that is free now.
void Application::lookUpEstimate(const engine::TrainConfig &config)
{
    const int number = ++m_estimate;
    m_background.run(
        [device = config.device](const std::stop_token &) -> std::optional<engine::DeviceFacts> {
            try {
                return engine::deviceFacts(device);
            } catch (const std::exception &) {
                return std::nullopt; // no such device here: the form says so when it is started
            }
        },
        [this, config, number](const std::optional<engine::DeviceFacts> &facts) {
            if (number != m_estimate)
                return;
            const bool counted = m_inspected == QString::fromStdString(config.data);
            m_window->setEstimate(facts ? estimateFor(m_costs, config, *facts, counted ? m_trainImages : 0,
                                                      counted ? m_valImages : 0)
                                        : ui::RunEstimate());
        });
}

/// What the run writes and the room for it; the model's parameters are counted once.
void Application::lookUpDisk(engine::TrainConfig config)
{
    const int number = ++m_diskLookUp;
    if (config.model.empty() || HubModel::looksLikeAddress(QString::fromStdString(config.model))) {
        m_window->setDiskEstimate({}); // it is not known yet what HUB sends
        return;
    }
    if (config.project.empty())
        config.project = StatePaths::projectFolder(m_settings.runsFolder()).toStdString();
    const bool inspected = m_inspected == QString::fromStdString(config.data);
    const int classes = config.singleCls ? 1 : inspected ? m_classes : 0;
    const std::int64_t images = inspected
        ? imagesUsed(m_trainImages, config.fraction) + imagesUsed(m_valImages, config.valFraction) : 0;
    struct Answer {
        QString key;
        qint64 parameters = 0;
        ui::DiskEstimate estimate;
    };
    m_background.run(
        [config, classes, images, known = m_parameters](const std::stop_token &) {
            Answer answer { modelKey(config, classes), 0, {} };
            answer.parameters = known.value(answer.key, -1);
            try {
                if (answer.parameters < 0)
                    answer.parameters = engine::modelParameters(config, classes);
            } catch (const std::exception &) {
                answer.parameters = 0; // what is wrong with the model is said beside it, at the start
            }
            answer.estimate = diskEstimate(config, answer.parameters, images);
            return answer;
        },
        [this, number](const Answer &answer) {
            m_parameters.insert(answer.key, answer.parameters);
            if (number == m_diskLookUp)
                m_window->setDiskEstimate(answer.estimate);
        });
}

void Application::compareSplits(const QString &dataYaml, const engine::DatasetReport &report)
{
    m_duplicates.cancel(); // of the data set before
    const std::int64_t train = report.summary.trainImages, val = report.summary.valImages;
    if (train > 0 && val > 0 && train + val <= comparedUnasked && !m_controller.active())
        m_duplicates.start(dataYaml);
}

} // namespace torchdeck::app

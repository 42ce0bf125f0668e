// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/results_banner.h"

#include "ui/format.h"
#include "ui/theme.h"

#include <QtGui/QClipboard>
#include <QtGui/QGuiApplication>
#include <QtWidgets/QGridLayout>
#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QPushButton>

#include <cmath>

namespace torchdeck::ui {

namespace {

constexpr int narrowBanner = 680; ///< below this width the buttons stand under the words

QString bestMetric(const engine::TrainEnd &end)
{
    return metricWords(engine::metricValue(end.metrics, "metrics/mAP50-95(B)", std::nan("")));
}

QString pathText(const std::filesystem::path &path) { return QString::fromStdString(path.string()); }

} // namespace

ResultsBanner::ResultsBanner(QWidget *parent)
    : QFrame(parent)
    , m_icon(new IconLabel(QStringLiteral("check-circle"), Tone::Success, 24))
    , m_headline(makeLabel({}, nullptr, 1.15, QFont::DemiBold))
    , m_detail(makeLabel({}))
    , m_view(makeButton(tr("View model"), "primary"))
    , m_copyLink(makeButton(tr("Copy link")))
    , m_results(makeButton(tr("Results")))
    , m_openFolder(makeButton(tr("Open folder")))
    , m_copyDetail(makeButton(tr("Copy details")))
    , m_close(new IconButton(QStringLiteral("close"), tr("Hide this message")))
    , m_buttons(new QWidget)
    , m_grid(new QGridLayout(this))
{
    m_headline->setWordWrap(true);
    m_detail->setWordWrap(true);
    m_detail->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto *words = new QVBoxLayout;
    words->setSpacing(2);
    words->addWidget(m_headline);
    words->addWidget(m_detail);
    auto *buttons = new QHBoxLayout(m_buttons);
    buttons->setContentsMargins(0, 0, 0, 0);
    buttons->setSpacing(space::s);
    for (QPushButton *button : { m_view, m_copyLink, m_results, m_openFolder, m_copyDetail })
        buttons->addWidget(button);
    buttons->addStretch(1);
    m_grid->setContentsMargins(space::l, space::m, space::s, space::m);
    m_grid->setHorizontalSpacing(space::m);
    m_grid->setVerticalSpacing(space::s);
    m_grid->setColumnStretch(1, 1);
    m_grid->addWidget(m_icon, 0, 0, Qt::AlignTop);
    m_grid->addLayout(words, 0, 1);
    m_grid->addWidget(m_close, 0, 3, Qt::AlignTop);
    placeButtons(false);
    setVisible(false);

    connect(m_view, &QPushButton::clicked, this, [this] { Q_EMIT openUrlRequested(m_url); });
    connect(m_copyLink, &QPushButton::clicked, this,
            [this] { QGuiApplication::clipboard()->setText(m_url.toString()); });
    connect(m_openFolder, &QPushButton::clicked, this, [this] { Q_EMIT openFolderRequested(m_folder); });
    connect(m_results, &QPushButton::clicked, this, [this] { Q_EMIT resultsRequested(m_folder); });
    connect(m_copyDetail, &QPushButton::clicked, this, [this] {
        QGuiApplication::clipboard()->setText(m_headline->text() + QLatin1Char('\n') + m_technical);
    });
    connect(m_close, &QAbstractButton::clicked, this, &QWidget::hide);
}

void ResultsBanner::placeButtons(bool below)
{
    if (below == m_buttonsBelow)
        return;
    m_buttonsBelow = below;
    m_grid->removeWidget(m_buttons);
    if (below)
        m_grid->addWidget(m_buttons, 1, 1);
    else
        m_grid->addWidget(m_buttons, 0, 2, Qt::AlignVCenter);
}

void ResultsBanner::resizeEvent(QResizeEvent *event)
{
    QFrame::resizeEvent(event);
    placeButtons(width() < narrowBanner);
    updateWords();
}

void ResultsBanner::hideForNewRun(quint64 run, const QString &folder)
{
    m_folder = folder;
    m_kind = Kind::None;
    m_run = run;
    m_confirmed = false;
    setVisible(false);
}

void ResultsBanner::show(Kind kind, quint64 run, const engine::TrainEnd &end, const QString &headline)
{
    m_kind = kind;
    m_confirmed = m_confirmed && m_run == run;
    m_run = run;
    m_folder = pathText(end.saveDir);
    m_hasModel = !end.best.empty();
    m_headline->setText(headline);
    setAccessibleName(headline);
    updateWords();
    setVisible(true);
}

void ResultsBanner::showFinished(const engine::Finished &event)
{
    const QString took = durationWords(event.end.seconds);
    m_technical.clear();
    m_advice = event.end.earlyStopped
        ? tr("Stopped early after %1: no better epoch came. Best was epoch %2, %3 in all.")
              .arg(tr("%n epoch(s)", nullptr, event.end.epochsDone))
              .arg(event.end.bestEpoch + 1)
              .arg(took)
        : tr("Best was epoch %1 of %2, %3 in all.")
              .arg(event.end.bestEpoch + 1)
              .arg(event.end.epochsDone)
              .arg(took);
    setLook(this, "banner-success");
    m_icon->setIcon(QStringLiteral("check-circle"), Tone::Success);
    show(Kind::Finished, event.run, event.end, tr("Finished: mAP50-95 %1").arg(bestMetric(event.end)));
}

void ResultsBanner::showStopped(const engine::Stopped &event)
{
    m_technical.clear();
    const bool saved = !event.end.last.empty();
    m_advice = saved ? tr("Everything up to here is saved. To go on, set resume to true under More arguments "
                          "and press Start.")
                     : tr("No epoch was complete, so there is no model yet. Press Start to begin again.");
    setLook(this, "banner-warning");
    m_icon->setIcon(QStringLiteral("stop"), Tone::Warning);
    const QString after = tr("%n epoch(s)", nullptr, event.end.epochsDone);
    show(Kind::Stopped, event.run, event.end,
         saved && !event.end.metrics.empty()
             ? tr("Stopped after %1: mAP50-95 %2").arg(after, bestMetric(event.end))
             : tr("Stopped after %1").arg(after));
}

void ResultsBanner::showFailed(const engine::Failed &event)
{
    m_technical = QString::fromStdString(event.detail);
    m_advice = event.badInput ? tr("Nothing was written. Correct it on the left and press Start again.")
                              : tr("Checkpoints saved so far are kept. The log tells more.");
    setLook(this, "banner-danger");
    m_icon->setIcon(QStringLiteral("error"), Tone::Danger);
    engine::TrainEnd end;
    if (!event.badInput) // else nothing was written
        end.saveDir = m_folder.toStdString();
    show(Kind::Failed, event.run, end, QString::fromStdString(event.sentence));
}

void ResultsBanner::setHub(const hub::SessionStatus &status)
{
    m_status = status;
    updateWords();
}

void ResultsBanner::setUploads(const QVector<hub::UploadItem> &items)
{
    const QString run = m_folder.section(QLatin1Char('/'), -1);
    m_final.reset();
    for (const hub::UploadItem &item : items) {
        if (item.kind == hub::UploadKind::FinalModel && item.runName == run)
            m_final = item;
    }
    updateWords();
}

void ResultsBanner::setUploadsPaused(bool paused)
{
    m_paused = paused;
    updateWords();
}

void ResultsBanner::setConfirmed(quint64 run, const QUrl &modelUrl)
{
    if (run != m_run)
        return;
    m_confirmed = true;
    m_url = modelUrl;
    updateWords();
}

QString ResultsBanner::uploadWords() const
{
    if (m_confirmed)
        return tr("The model is on HUB.");
    if (!m_hasModel || m_kind == Kind::Failed)
        return {};
    if (m_paused && m_status.state != hub::SessionState::Off)
        return tr("Uploads are paused: the final model waits and is kept when you close.");
    if (m_final && m_final->state == hub::UploadState::Failed)
        return m_final->error; // "Uploaded, not confirmed: ...", or why the server refused it
    if (m_final && m_final->uploaded && m_status.state != hub::SessionState::Off)
        return tr("The final model is uploaded, not confirmed yet.");
    switch (m_status.state) {
    case hub::SessionState::Off:
        return {};
    case hub::SessionState::BadKey:
        return tr("HUB refused the key: the final model waits until the key is right in the settings.");
    case hub::SessionState::WaitingForServer:
    case hub::SessionState::RateLimited:
        return tr(
            "HUB does not take it now: the final model will be uploaded later, at the next start if you "
            "close.");
    case hub::SessionState::Offline:
        return tr("There is no network: the final model will be uploaded when it is back, at the next start if you "
                  "close.");
    case hub::SessionState::Connecting:
    case hub::SessionState::Syncing:
    case hub::SessionState::Finishing:
    case hub::SessionState::Done:
        return tr("Uploading the final model...");
    case hub::SessionState::Idle:
        return m_status.pending > 0 ? tr("Uploading the final model...") : QString();
    }
    return {};
}

void ResultsBanner::updateWords()
{
    QStringList words { m_advice };
    if (const QString upload = uploadWords(); !upload.isEmpty())
        words << upload;
    m_detail->setText(words.join(QLatin1Char(' ')));
    const bool link = m_confirmed && m_url.isValid() && !m_url.isEmpty();
    m_view->setVisible(link);
    m_copyLink->setVisible(link && width() >= narrowBanner); // else on the Results page
    m_results->setVisible(m_hasModel && !m_folder.isEmpty() && m_kind != Kind::None);
    m_openFolder->setVisible(!m_folder.isEmpty() && m_kind != Kind::None);
    m_copyDetail->setVisible(m_kind == Kind::Failed && !m_technical.isEmpty());
}

} // namespace torchdeck::ui

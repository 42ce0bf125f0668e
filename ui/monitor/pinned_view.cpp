// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/monitor/pinned_view.h"

#include "torchdeck/engine/error.h"
#include "torchdeck/engine/pinned_choice.h"
#include "ui/results/image_browser.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/off_thread.h"

#include <QtCore/QFileInfo>
#include <QtWidgets/QFileDialog>
#include <QtWidgets/QGridLayout>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QScrollArea>
#include <QtWidgets/QSlider>
#include <QtWidgets/QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace torchdeck::ui {

namespace {

constexpr int stepMs = 350; ///< an epoch while playing
constexpr int usualConfidence = 25; ///< per cent; the same for all epochs, so that they can be compared
constexpr int sliderWidth = 90;
constexpr QSize smallestPicture { 150, 120 }; ///< two beside each other in the smallest window

} // namespace

PinnedView::PinnedView(Use use, QWidget *parent)
    : QWidget(parent)
    , m_use(use)
    , m_head(new QWidget)
    , m_epochText(makeLabel({}, nullptr, 1.0, QFont::DemiBold))
    , m_slider(new QSlider(Qt::Horizontal))
    , m_play(makeButton(tr("Play")))
    , m_newest(makeButton(tr("Newest")))
    , m_choose(makeButton(tr("Choose images...")))
    , m_usual(makeButton(tr("Use the first ones"), "link"))
    , m_confidence(new QSlider(Qt::Horizontal))
    , m_confidenceText(makeLabel({}, "muted"))
    , m_truth(new ToggleSwitch(tr("Ground truth")))
    , m_words(makeLabel({}, "muted"))
    , m_grid(new QWidget)
    , m_gridLayout(new QGridLayout(m_grid))
{
    buildHead();
    auto *scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);
    setLook(m_grid, "plain");
    scroll->setWidget(m_grid);
    scroll->viewport()->setAutoFillBackground(false);
    m_grid->setAutoFillBackground(false);
    m_gridLayout->setContentsMargins(0, 0, 0, 0);
    m_gridLayout->setSpacing(space::m);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(space::s);
    layout->addWidget(m_head);
    layout->addWidget(scroll, 1);
    m_playing.setInterval(stepMs);
    connect(&m_playing, &QTimer::timeout, this, &PinnedView::step);
    connect(m_slider, &QSlider::valueChanged, this, [this](int index) {
        m_following = index == m_slider->maximum();
        showCurrent();
    });
    connect(m_play, &QPushButton::clicked, this, [this] { play(!m_playing.isActive()); });
    connect(m_newest, &QPushButton::clicked, this, [this] { m_slider->setValue(m_slider->maximum()); });
    connect(m_confidence, &QSlider::valueChanged, this, &PinnedView::showCurrent);
    connect(m_truth, &QAbstractButton::toggled, this, &PinnedView::showCurrent);
    connect(m_choose, &QPushButton::clicked, this, &PinnedView::askImages);
    connect(m_usual, &QPushButton::clicked, this, [this] { choose({}); });
    take({});
}

void PinnedView::buildHead()
{
    m_slider->setAccessibleName(tr("Epoch"));
    m_confidence->setAccessibleName(tr("Least confidence of the boxes shown"));
    m_confidence->setToolTip(m_confidence->accessibleName());
    m_confidence->setRange(5, 95);
    m_confidence->setValue(usualConfidence);
    m_confidence->setFixedWidth(sliderWidth);
    m_play->setToolTip(tr("Shows one epoch after the other"));
    m_newest->setToolTip(tr("Follow the newest epoch"));
    m_truth->setToolTip(tr("Shows what is in the pictures instead of what was found"));
    m_choose->setToolTip(tr("Up to %1 images of the validation set, from the next validation on").arg(engine::mostPinned));
    m_choose->setVisible(m_use == Use::Live);
    m_usual->setToolTip(tr("The first %1 images of the validation set").arg(engine::usuallyPinned));
    m_words->setWordWrap(true);
    m_epochText->setMinimumWidth(m_epochText->fontMetrics().horizontalAdvance(tr("Epoch %1").arg(8888)));
    m_confidenceText->setMinimumWidth(
        m_confidenceText->fontMetrics().horizontalAdvance(tr("Confidence %1").arg(QLocale().toString(0.88, 'f', 2))));
    auto *epochs = new QHBoxLayout;
    epochs->setSpacing(space::s);
    epochs->addWidget(m_epochText);
    epochs->addWidget(m_slider, 1);
    epochs->addWidget(m_play);
    epochs->addWidget(m_newest);
    auto *boxes = new QHBoxLayout;
    boxes->setSpacing(space::s);
    boxes->addWidget(m_confidenceText);
    boxes->addWidget(m_confidence);
    boxes->addSpacing(space::m);
    boxes->addWidget(m_truth);
    boxes->addStretch(1);
    auto *below = new QHBoxLayout;
    below->setSpacing(space::s);
    below->addWidget(m_words, 1, Qt::AlignTop);
    below->addWidget(m_usual, 0, Qt::AlignTop);
    below->addWidget(m_choose, 0, Qt::AlignTop);
    auto *layout = new QVBoxLayout(m_head);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(space::s);
    layout->addLayout(epochs);
    layout->addLayout(boxes);
    layout->addLayout(below);
}

void PinnedView::setRun(const QString &folder)
{
    m_folder = folder;
    m_following = true;
    play(false);
    take({});
    reload();
}

void PinnedView::reload()
{
    m_stale = true;
    if (isVisible())
        read();
}

void PinnedView::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    if (m_stale)
        read();
}

void PinnedView::read()
{
    m_stale = false;
    const int number = ++m_reading;
    struct Found {
        std::vector<PinnedEpoch> epochs;
        bool chosen = false;
    };
    offThread(
        this,
        [folder = m_folder] {
            return Found { readPinnedEpochs(folder), !engine::readPinnedChoice(folder.toStdString()).empty() };
        },
        [this, number](Found found) {
            if (number != m_reading)
                return;
            m_usual->setVisible(m_use == Use::Live && found.chosen);
            take(std::move(found.epochs));
            Q_EMIT loaded();
        });
}

void PinnedView::take(std::vector<PinnedEpoch> epochs)
{
    const int before = shownEpoch();
    m_epochs = std::move(epochs);
    if (m_epochs.empty())
        m_usual->hide();
    const int last = static_cast<int>(m_epochs.size()) - 1;
    {
        const QSignalBlocker blocker(m_slider);
        m_slider->setRange(0, std::max(0, last));
        m_slider->setEnabled(last > 0);
        const auto at = std::ranges::lower_bound(m_epochs, before, {}, &PinnedEpoch::epoch);
        const auto kept = std::min(static_cast<int>(at - m_epochs.begin()), std::max(0, last));
        m_slider->setValue(m_following ? std::max(0, last) : kept);
    }
    m_play->setEnabled(last > 0);
    m_choose->setEnabled(!m_epochs.empty());
    showCurrent();
}

int PinnedView::shownEpoch() const
{
    const auto at = static_cast<std::size_t>(m_slider->value());
    return at < m_epochs.size() ? m_epochs[at].epoch : -1;
}

void PinnedView::showCurrent()
{
    m_newest->setEnabled(!m_following && !m_epochs.empty());
    const double confidence = m_confidence->value() / 100.0;
    m_confidenceText->setText(tr("Confidence %1").arg(QLocale().toString(confidence, 'f', 2)));
    m_confidence->setEnabled(!m_truth->isChecked());
    if (m_epochs.empty()) {
        m_epochText->setText(tr("Epoch -"));
        m_words->setText(tr("After each validation the boxes of the same few images are kept here, to see how the model "
                            "learns them."));
        makePictures(0);
        return;
    }
    const PinnedEpoch &epoch = m_epochs[static_cast<std::size_t>(m_slider->value())];
    m_epochText->setText(tr("Epoch %1").arg(epoch.epoch + 1));
    QString words = m_truth->isChecked()
        ? tr("What is in the pictures.")
        : tr("Green: right. Dotted orange: found where nothing of the kind is. Dashed red: missed. F1 is highest at "
             "confidence %1 in this epoch.")
              .arg(QLocale().toString(epoch.bestConfidence, 'f', 2));
    if (!epoch.unknown.isEmpty())
        words += QLatin1Char(' ')
            + tr("Not in the validation set: %1.").arg(epoch.unknown.join(QStringLiteral(", ")));
    m_words->setText(words);
    makePictures(epoch.images.size());
    for (std::size_t i = 0; i < epoch.images.size(); ++i) {
        const ImageEntry entry = epoch.images[i].at(confidence, m_truth->isChecked());
        m_pictures[i]->setEntry(entry);
        m_titles[i]->setFullText(entry.title);
        m_details[i]->setFullText(entry.detail);
    }
}

void PinnedView::makePictures(std::size_t count)
{
    if (m_cells.size() == count)
        return;
    for (QWidget *cell : m_cells)
        delete cell;
    m_cells.clear();
    m_pictures.clear();
    m_titles.clear();
    m_details.clear();
    const int columns = std::max(1, static_cast<int>(std::ceil(std::sqrt(double(count)))));
    for (std::size_t i = 0; i < count; ++i) {
        auto *cell = new Card;
        cell->body()->setSpacing(2);
        m_pictures.push_back(new PictureView);
        m_pictures.back()->setMinimumSize(smallestPicture);
        m_titles.push_back(new ElidedLabel(nullptr, Qt::ElideMiddle));
        m_details.push_back(new ElidedLabel);
        setLook(m_details.back(), "muted");
        cell->body()->addWidget(m_titles.back());
        cell->body()->addWidget(m_details.back());
        cell->body()->addWidget(m_pictures.back(), 1);
        m_gridLayout->addWidget(cell, static_cast<int>(i) / columns, static_cast<int>(i) % columns);
        m_cells.push_back(cell);
    }
}

void PinnedView::play(bool on)
{
    if (on && m_epochs.size() > 1) {
        if (m_slider->value() == m_slider->maximum())
            m_slider->setValue(0);
        m_playing.start();
    } else {
        m_playing.stop();
    }
    m_play->setText(m_playing.isActive() ? tr("Stop") : tr("Play"));
}

void PinnedView::step()
{
    if (m_slider->value() >= m_slider->maximum())
        play(false);
    else
        m_slider->setValue(m_slider->value() + 1);
}

void PinnedView::askImages()
{
    const QString folder =
        m_epochs.empty() || m_epochs.back().images.empty() ? QString() : QFileInfo(m_epochs.back().images[0].file).absolutePath();
    auto *dialog = new QFileDialog(window(), tr("Choose validation images to watch"), folder,
                                   tr("Pictures (*.jpg *.jpeg *.png *.bmp *.webp *.tif *.tiff)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFiles);
    connect(dialog, &QFileDialog::filesSelected, this, &PinnedView::choose);
    dialog->open();
}

void PinnedView::choose(const QStringList &images)
{
    std::vector<std::filesystem::path> files;
    for (const QString &image : images)
        files.emplace_back(image.toStdString());
    const bool many = files.size() > engine::mostPinned;
    offThread(
        this,
        [folder = m_folder, files]() -> QString {
            try {
                engine::writePinnedChoice(folder.toStdString(), files);
            } catch (const engine::EngineError &error) {
                return QString::fromUtf8(error.what());
            }
            return {};
        },
        [this, many, any = !images.isEmpty()](const QString &problem) {
            if (!problem.isEmpty())
                Q_EMIT notice(problem, true);
            else if (many)
                Q_EMIT notice(tr("Only the first %1 images are watched, from the next validation on.").arg(engine::mostPinned),
                              false);
            else
                Q_EMIT notice(any ? tr("These images are watched from the next validation on.")
                                  : tr("The first images of the validation set are watched from the next validation on."),
                              false);
            m_usual->setVisible(m_use == Use::Live && any);
        });
}

QString PinnedView::words() const { return m_words->text(); }

} // namespace torchdeck::ui

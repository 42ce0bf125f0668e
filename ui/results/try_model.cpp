// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/results/try_model.h"

#include "ui/format.h"
#include "ui/results/image_browser.h"
#include "ui/theme.h"
#include "ui/widgets/basics.h"

#include <QtCore/QFileInfo>
#include <QtCore/QMimeData>
#include <QtCore/QUrl>
#include <QtGui/QDragEnterEvent>
#include <QtWidgets/QFileDialog>
#include <QtWidgets/QProgressBar>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QSlider>
#include <QtWidgets/QVBoxLayout>

namespace torchdeck::ui {

namespace {

constexpr double leastConfidence = 0.05; ///< of what is asked for; the slider goes on from there
constexpr int usualConfidence = 25; ///< percent

ImageEntry entryOf(const engine::ImagePredictions &found)
{
    ImageEntry entry;
    entry.file = QString::fromStdString(found.image.string());
    entry.title = QFileInfo(entry.file).fileName();
    entry.detail =
        found.problem.empty() ? QString::fromStdString(found.summary) : QString::fromStdString(found.problem);
    entry.size = { double(found.width), double(found.height) };
    for (const engine::Prediction &box : found.boxes) {
        entry.boxes.push_back({ ImageBox::Kind::Found,
                                QRectF(QPointF(box.x1, box.y1), QPointF(box.x2, box.y2)), box.classId,
                                QString::fromStdString(box.className), box.confidence });
    }
    return entry;
}

} // namespace

TryModel::TryModel(QWidget *parent)
    : QWidget(parent)
    , m_image(makeButton(tr("Choose picture...")))
    , m_folder(makeButton(tr("Choose folder...")))
    , m_cancel(makeButton(tr("Cancel"), "stop"))
    , m_confidence(new QSlider(Qt::Horizontal))
    , m_confidenceText(makeLabel({}, "muted"))
    , m_progress(new QProgressBar)
    , m_words(makeLabel({}, "muted"))
    , m_browser(new ImageBrowser(tr("Drop a picture or a folder here to see what the model finds.")))
{
    setAcceptDrops(true);
    m_confidence->setRange(static_cast<int>(leastConfidence * 100), 99);
    m_confidence->setFixedWidth(120);
    m_confidence->setAccessibleName(tr("Confidence"));
    m_confidence->setToolTip(tr("Boxes that the model is less sure of are not drawn"));
    m_progress->setTextVisible(false);
    m_progress->setAccessibleName(tr("Progress of the prediction"));
    m_words->setWordWrap(true);
    auto *row = new QHBoxLayout;
    row->setSpacing(space::s);
    for (QPushButton *button : { m_image, m_folder, m_cancel })
        row->addWidget(button);
    row->addStretch(1);
    row->addWidget(m_confidenceText);
    row->addWidget(m_confidence);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, space::m, 0, 0);
    layout->setSpacing(space::s);
    layout->addLayout(row);
    layout->addWidget(m_progress);
    layout->addWidget(m_words);
    layout->addWidget(m_browser, 1);
    connect(m_confidence, &QSlider::valueChanged, this, [this](int percent) {
        m_confidenceText->setText(tr("Confidence from %1").arg(QLocale().toString(percent / 100.0, 'f', 2)));
        m_browser->setThreshold(percent / 100.0);
    });
    m_confidence->setValue(usualConfidence);
    connect(m_image, &QPushButton::clicked, this, [this] {
        auto *dialog = new QFileDialog(window(), tr("A picture to try the model on"));
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->setFileMode(QFileDialog::ExistingFile);
        connect(dialog, &QFileDialog::fileSelected, this, &TryModel::predict);
        dialog->open();
    });
    connect(m_folder, &QPushButton::clicked, this, [this] {
        auto *dialog = new QFileDialog(window(), tr("A folder of pictures to try the model on"));
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->setFileMode(QFileDialog::Directory);
        dialog->setOption(QFileDialog::ShowDirsOnly);
        connect(dialog, &QFileDialog::fileSelected, this, &TryModel::predict);
        dialog->open();
    });
    connect(m_cancel, &QPushButton::clicked, this, [this] {
        m_cancelled = true;
        Q_EMIT cancelRequested();
    });
    setModel({});
}

void TryModel::setModel(const QString &checkpoint)
{
    if (m_running)
        Q_EMIT cancelRequested();
    m_checkpoint = checkpoint;
    m_running = false;
    m_browser->setEntries({});
    m_browser->setEmptyWords(checkpoint.isEmpty()
                                 ? tr("This run has no model: no epoch was saved.")
                                 : tr("Drop a picture or a folder here to see what the model finds."));
    m_words->clear();
    m_progress->setVisible(false);
    updateButtons();
}

void TryModel::updateButtons()
{
    m_image->setEnabled(!m_checkpoint.isEmpty() && !m_running);
    m_folder->setEnabled(!m_checkpoint.isEmpty() && !m_running);
    m_cancel->setVisible(m_running);
    m_words->setVisible(!m_words->text().isEmpty());
}

void TryModel::predict(const QString &source)
{
    if (m_checkpoint.isEmpty() || m_running)
        return;
    m_running = true;
    m_cancelled = false;
    m_done = m_objects = m_skipped = 0;
    m_browser->setEntries({});
    m_progress->setRange(0, 0); // until the number of pictures is known
    m_progress->setVisible(true);
    m_words->setText(tr("Loading the model..."));
    updateButtons();
    engine::PredictConfig config;
    config.model = m_checkpoint.toStdString();
    config.source = source.toStdString();
    config.conf = leastConfidence;
    config.save = false;
    Q_EMIT predictRequested(config);
}

void TryModel::addResult(const engine::ImagePredictions &found)
{
    if (!m_running)
        return;
    ++m_done;
    m_objects += static_cast<std::int64_t>(found.boxes.size());
    m_skipped += !found.problem.empty();
    m_progress->setRange(0, static_cast<int>(std::max<std::int64_t>(1, found.total)));
    m_progress->setValue(static_cast<int>(found.number));
    m_words->setText(tr("Picture %1 of %2").arg(countWords(found.number), countWords(found.total)));
    if (m_done <= mostShown)
        m_browser->add(entryOf(found));
}

void TryModel::setEnded(const QString &problem)
{
    if (!m_running)
        return;
    m_running = false;
    m_progress->setVisible(false);
    QStringList words;
    if (!problem.isEmpty())
        words << problem;
    else if (m_cancelled)
        words << tr("Cancelled after %n picture(s).", nullptr, static_cast<int>(m_done));
    else
        words << tr("%n picture(s) done.", nullptr, static_cast<int>(m_done));
    if (m_skipped > 0)
        words << tr("%n could not be read.", nullptr, static_cast<int>(m_skipped));
    if (m_done > mostShown)
        words << tr("The first %1 are listed.").arg(mostShown);
    setLook(m_words, problem.isEmpty() ? "muted" : "problem");
    m_words->setText(words.join(QLatin1Char(' ')));
    updateButtons();
}

QString TryModel::words() const { return m_words->text(); }

void TryModel::dragEnterEvent(QDragEnterEvent *event)
{
    const QList<QUrl> urls = event->mimeData()->urls();
    if (urls.size() == 1 && urls.front().isLocalFile() && !m_checkpoint.isEmpty() && !m_running)
        event->acceptProposedAction();
}

void TryModel::dropEvent(QDropEvent *event)
{
    event->acceptProposedAction();
    predict(event->mimeData()->urls().value(0).toLocalFile());
}

} // namespace torchdeck::ui

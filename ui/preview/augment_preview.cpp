// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/preview/augment_preview.h"

#include "ui/preview/preview_grid.h"
#include "ui/theme.h"
#include "ui/widgets/basics.h"

#include <QtCore/QLocale>
#include <QtGui/QShowEvent>
#include <QtWidgets/QProgressBar>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QSpinBox>
#include <QtWidgets/QVBoxLayout>

#include <algorithm>

namespace torchdeck::ui {

namespace {

constexpr int delayMs = 250; ///< after the last change of an argument
constexpr QSize usualSize { 760, 860 };

QString text(const std::string &words) { return QString::fromStdString(words); }

} // namespace

QString previewKey(const engine::TrainConfig &config)
{
    static const std::vector<std::string_view> others { "data",     "model", "epochs", "imgsz", "batch",
                                                        "fraction", "rect",  "cache",  "seed",  "single_cls",
                                                        "classes",  "multi_scale" };
    QString key;
    for (const engine::ArgumentInfo &info : engine::trainArguments()) {
        if (info.group == "Augmentation" || std::ranges::find(others, info.name) != others.end())
            key += text(engine::trainArgumentText(config, info.name)) + QLatin1Char('\n');
    }
    return key;
}

AugmentPreview::AugmentPreview(QWidget *parent)
    : QDialog(parent)
    , m_grid(new PreviewGrid)
    , m_legend(new ClassLegend)
    , m_where(makeLabel({}, "muted"))
    , m_words(makeLabel({}, "muted", 0.92))
    , m_problem(makeLabel({}, "problem"))
    , m_epoch(new QSpinBox)
    , m_boxes(new ToggleSwitch(tr("Boxes")))
    , m_another(makeButton(tr("Another batch"), "primary"))
    , m_cancel(makeButton(tr("Cancel"), "stop"))
    , m_progress(new QProgressBar)
{
    setWindowTitle(tr("Training images"));
    resize(usualSize);
    m_epoch->setMinimum(1);
    m_epoch->setPrefix(tr("Epoch "));
    m_epoch->setAccessibleName(tr("Epoch whose first images are shown"));
    m_epoch->setToolTip(tr("The images that this epoch begins with"));
    m_another->setToolTip(tr("The images that the next epoch begins with"));
    m_another->setAutoDefault(false);
    m_cancel->setAutoDefault(false);
    m_boxes->setChecked(true);
    m_where->setWordWrap(true);
    m_words->setWordWrap(true);
    m_problem->setWordWrap(true);
    m_progress->setTextVisible(false);
    setLook(m_progress, "thin");
    m_progress->setRange(0, PreviewGrid::cells);
    m_progress->setAccessibleName(tr("Images made"));
    QSizePolicy keeps = m_progress->sizePolicy();
    keeps.setRetainSizeWhenHidden(true); // the grid must not jump
    m_progress->setSizePolicy(keeps);

    auto *head = new QHBoxLayout;
    head->setSpacing(space::s);
    head->addWidget(makeLabel(tr("As the model gets them"), nullptr, 1.3, QFont::DemiBold), 1);
    for (QWidget *one : std::initializer_list<QWidget *> { m_boxes, m_epoch, m_cancel, m_another })
        head->addWidget(one);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(space::l, space::l, space::l, space::l);
    layout->setSpacing(space::s);
    layout->addLayout(head);
    layout->addWidget(m_where);
    layout->addWidget(m_problem);
    layout->addWidget(m_progress);
    layout->addWidget(m_grid, 1);
    layout->addWidget(m_legend);
    layout->addWidget(m_words);
    setTabOrder(m_boxes, m_epoch);
    setTabOrder(m_epoch, m_cancel);
    setTabOrder(m_cancel, m_another);
    setTabOrder(m_another, m_grid);

    m_delay.setSingleShot(true);
    m_delay.setInterval(delayMs);
    connect(&m_delay, &QTimer::timeout, this, &AugmentPreview::request);
    connect(m_another, &QPushButton::clicked, this, &AugmentPreview::anotherBatch);
    connect(m_cancel, &QPushButton::clicked, this, &AugmentPreview::cancel);
    connect(m_epoch, &QSpinBox::valueChanged, this, [this] { m_delay.start(); });
    connect(m_boxes, &QAbstractButton::toggled, m_grid, &PreviewGrid::setBoxesShown);
    connect(m_grid, &PreviewGrid::zoomChanged, this, [this](int cell) {
        m_words->setText(cell >= 0 ? m_grid->words(cell) : m_words->property("facts").toString());
    });
    connect(m_grid, &PreviewGrid::currentChanged, this, [this](int cell) {
        if (m_grid->zoomed() >= 0)
            m_words->setText(m_grid->words(cell));
    });
    m_problem->hide();
    setWorking(false);
}

void AugmentPreview::setConfig(const engine::TrainConfig &config)
{
    m_config = config;
    {
        const QSignalBlocker quiet(m_epoch);
        m_epoch->setMaximum(std::max(1, config.epochs));
    }
    if (isVisible() && previewKey(config) != m_asked)
        m_delay.start();
}

void AugmentPreview::anotherBatch()
{
    const bool last = m_epoch->value() >= m_epoch->maximum();
    {
        const QSignalBlocker quiet(m_epoch);
        m_epoch->setValue(last ? 1 : m_epoch->value() + 1);
    }
    request();
}

void AugmentPreview::request()
{
    m_delay.stop();
    m_asked = previewKey(m_config);
    m_cancelled = false;
    m_made = 0;
    m_progress->setValue(0);
    m_problem->hide();
    if (m_config.data.empty()) {
        setEnded({}, tr("Choose a data set first: its images are shown here."));
        return;
    }
    m_grid->fade();
    setWorking(true);
    m_where->setText(tr("Making the first images of epoch %1...").arg(m_epoch->value()));
    Q_EMIT requested(m_config, m_epoch->value() - 1, PreviewGrid::cells, std::exchange(m_anew, false));
}

void AugmentPreview::cancel()
{
    if (!m_working)
        return;
    m_cancelled = true;
    Q_EMIT cancelRequested();
}

void AugmentPreview::addImage(const engine::PreviewImage &image)
{
    if (!m_working || image.number < 0 || image.number >= PreviewGrid::cells)
        return;
    m_made = std::max(m_made, image.number + 1);
    m_progress->setValue(m_made);
    m_grid->setImage(image.number, image);
}

void AugmentPreview::setEnded(const engine::PreviewFacts &facts, const QString &problem)
{
    setWorking(false);
    if (!problem.isEmpty()) {
        m_problem->setText(problem);
        m_problem->show();
        m_where->clear();
        m_words->setProperty("facts", QString());
        m_words->clear();
        m_grid->clear(tr("No images can be shown with these arguments."));
        m_legend->setClasses({}, {});
        return;
    }
    QStringList names;
    for (const std::string &name : facts.classNames)
        names << text(name);
    m_grid->setClassNames(names);
    m_grid->keep(m_made);
    m_legend->setClasses(m_grid->classesShown(), names);
    m_where->setText(m_cancelled
                         ? tr("Cancelled: press Another batch, or change an argument, to go on.")
                         : tr("What epoch %1 of %2 begins with, out of %3 training images. Click one to enlarge it.")
                               .arg(facts.epoch + 1)
                               .arg(m_epoch->maximum())
                               .arg(QLocale().toString(qlonglong(facts.trainImages))));
    m_words->setProperty("facts", factWords(facts));
    if (m_grid->zoomed() < 0)
        m_words->setText(factWords(facts));
}

QString AugmentPreview::factWords(const engine::PreviewFacts &facts) const
{
    QStringList words;
    if (m_cancelled)
        return {};
    if (facts.imgsz != m_config.imgsz)
        words << tr("The image size is rounded up to %1 px, a multiple of the model's stride.").arg(facts.imgsz);
    if (m_config.rect)
        words << tr("rect: images of like shape, no mosaic and no mixing.");
    else if (facts.mosaicClosed && m_config.mosaic > 0)
        words << tr("No mosaic in this epoch: close_mosaic ends it for the last %n epoch(s).", nullptr,
                    std::min(m_config.closeMosaic, m_config.epochs));
    if (facts.largest > 0)
        words << tr("multi_scale then resizes every batch, to between %1 and %2 px.")
                     .arg(facts.smallest)
                     .arg(facts.largest);
    for (std::size_t i = 0; i < std::min<std::size_t>(3, facts.problems.size()); ++i)
        words << text(facts.problems[i]);
    return words.join(QLatin1Char(' '));
}

void AugmentPreview::setWorking(bool on)
{
    m_working = on;
    m_cancel->setVisible(on);
    m_progress->setVisible(on);
}

QString AugmentPreview::facts() const { return m_words->text(); }

QString AugmentPreview::problem() const { return m_problem->isHidden() ? QString() : m_problem->text(); }

void AugmentPreview::showEvent(QShowEvent *event)
{
    QDialog::showEvent(event);
    if (event->spontaneous()) // came back from being minimised
        return;
    m_anew = true;
    request();
    m_grid->setFocus();
}

void AugmentPreview::hideEvent(QHideEvent *event)
{
    QDialog::hideEvent(event);
    if (event->spontaneous())
        return;
    m_delay.stop();
    cancel();
}

} // namespace torchdeck::ui

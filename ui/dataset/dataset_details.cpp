// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dataset/dataset_details.h"

#include "ui/dataset/box_size_chart.h"
#include "ui/dataset/class_bars.h"
#include "ui/theme.h"
#include "ui/widgets/basics.h"

#include <QtCore/QEvent>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QVBoxLayout>

namespace torchdeck::ui {

namespace {

constexpr double manyTiny = 0.05; ///< of the boxes

} // namespace

DatasetDetails::DatasetDetails(QWidget *parent)
    : QWidget(parent)
    , m_sizes(makeLabel({}, "muted", 0.92))
    , m_warning(makeLabel({}, "warning", 0.92))
    , m_more(makeButton({}, "section"))
    , m_all(new QWidget)
    , m_chartTitle(makeLabel({}, "muted", 0.88))
    , m_chart(new BoxSizeChart)
    , m_order(new QComboBox)
    , m_classes(new ClassBars)
{
    m_sizes->setWordWrap(true);
    m_warning->setWordWrap(true);
    m_order->addItems({ tr("In class order"), tr("Most boxes first"), tr("Fewest boxes first") });
    m_order->setAccessibleName(tr("Order of the classes"));
    auto *head = new QHBoxLayout;
    head->addWidget(m_chartTitle, 1);
    head->addWidget(new SplitLegend);
    auto *classHead = new QHBoxLayout;
    classHead->addWidget(makeLabel(tr("Boxes of each class"), "muted", 0.88), 1);
    classHead->addWidget(m_order);
    auto *all = new QVBoxLayout(m_all);
    all->setContentsMargins(0, space::xs, 0, space::xs);
    all->setSpacing(space::xs);
    all->addLayout(head);
    all->addWidget(m_chart);
    all->addSpacing(space::s);
    all->addLayout(classHead);
    all->addWidget(m_classes);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(space::xs);
    layout->addWidget(m_sizes);
    layout->addWidget(m_warning);
    layout->addWidget(m_more, 0, Qt::AlignLeft);
    layout->addWidget(m_all);
    connect(m_more, &QPushButton::clicked, this, [this] { showAll(m_all->isHidden()); });
    connect(m_order, &QComboBox::currentIndexChanged, this,
            [this](int row) { m_classes->classes()->setOrder(static_cast<ClassBarsModel::Order>(row)); });
    showAll(false);
    clear();
}

void DatasetDetails::clear() { hide(); }

void DatasetDetails::setReport(const engine::DatasetReport &report)
{
    m_train = report.trainBoxes;
    m_val = report.valBoxes;
    m_classes->setReport(report);
    updateSizes();
    setVisible(m_train.total() + m_val.total() > 0);
}

void DatasetDetails::setImageSize(int imgsz)
{
    if (imgsz == m_imgsz)
        return;
    m_imgsz = imgsz;
    updateSizes();
}

void DatasetDetails::updateSizes()
{
    const engine::SizeShares boxes = m_train.shares(m_imgsz);
    m_sizes->setText(tr("At %1 px, %2 of the boxes are small, %3 medium, %4 large.")
                         .arg(QString::number(m_imgsz), shareWords(boxes.small, boxes.all),
                              shareWords(boxes.medium, boxes.all), shareWords(boxes.large, boxes.all)));
    m_sizes->setToolTip(tr("Side of the box as the model sees it: small below 32 px, large from 96 px on, as in COCO"));
    const bool many = boxes.all > 0 && double(boxes.tiny) > manyTiny * double(boxes.all);
    m_warning->setText(many ? tr("%1 are below 8 px and hardly learnt: a larger image size helps.").arg(shareWords(boxes.tiny, boxes.all))
                            : QString());
    m_warning->setVisible(many);
    m_chartTitle->setText(tr("Box size at %1 px").arg(m_imgsz));
    m_chart->setSizes(m_train, m_val, m_imgsz);
}

void DatasetDetails::showAll(bool on)
{
    m_all->setVisible(on);
    updateMore();
}

void DatasetDetails::updateMore()
{
    const bool shown = !m_all->isHidden();
    m_more->setText(tr("Classes and box sizes"));
    m_more->setAccessibleDescription(shown ? tr("shown") : tr("hidden"));
    setButtonIcon(m_more, shown ? QStringLiteral("chevron-down") : QStringLiteral("chevron-right"),
                  themeFor(palette()).textMuted);
}

QString DatasetDetails::sizeText() const { return isHidden() ? QString() : m_sizes->text(); }

QString DatasetDetails::warning() const { return isHidden() ? QString() : m_warning->text(); }

void DatasetDetails::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_more)
        updateMore();
}

} // namespace torchdeck::ui

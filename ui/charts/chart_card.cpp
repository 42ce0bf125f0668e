// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/chart_card.h"

#include "ui/charts/chart_export.h"

#include <QtGui/QPainter>
#include <QtWidgets/QFileDialog>
#include <QtWidgets/QMenu>
#include <QtWidgets/QVBoxLayout>

namespace torchdeck::ui {

namespace {
constexpr int keyWidth = 13;
constexpr int keyGap = 5;
constexpr int entryGap = 12;
} // namespace

LegendRow::LegendRow(QWidget *parent)
    : QWidget(parent)
{
    setFont(scaledFont(font(), 0.9));
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
}

void LegendRow::setEntries(std::vector<LegendEntry> entries)
{
    m_entries = std::move(entries);
    fitHeight();
    update();
}

void LegendRow::setValue(int entry, const QString &value)
{
    QString &shown = m_entries.at(static_cast<std::size_t>(entry)).value;
    if (shown == value)
        return;
    const bool wider = value.size() > shown.size();
    shown = value;
    if (wider)
        fitHeight();
    update();
}

QString LegendRow::text() const
{
    QStringList words;
    for (const LegendEntry &entry : m_entries)
        words << (entry.value.isEmpty() ? entry.name : entry.name + QLatin1Char(' ') + entry.value);
    return words.join(QStringLiteral(", "));
}

int LegendRow::lineHeight() const { return fontMetrics().height() + 2; }

int LegendRow::entryWidth(const LegendEntry &entry) const
{
    // Room for the value is kept before there is one, so that the legend does not move when a run begins.
    const QString value = entry.value.isEmpty() ? QStringLiteral("0.000") : entry.value;
    const bool valued = entry.pen != Qt::DotLine || !entry.value.isEmpty();
    return keyWidth + keyGap + fontMetrics().horizontalAdvance(entry.name)
        + (valued ? keyGap + fontMetrics().horizontalAdvance(value) : 0);
}

void LegendRow::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    fitHeight();
}

void LegendRow::fitHeight()
{
    int lines = 1, x = 0;
    for (const LegendEntry &entry : m_entries) {
        if (x > 0 && x + entryWidth(entry) > width()) {
            ++lines;
            x = 0;
        }
        x += entryWidth(entry) + entryGap;
    }
    setFixedHeight(lines * lineHeight());
}

QSize LegendRow::sizeHint() const { return { 200, lineHeight() }; }

QSize LegendRow::minimumSizeHint() const { return { 40, lineHeight() }; }

void LegendRow::paintEvent(QPaintEvent *)
{
    const Theme &theme = themeFor(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    int x = 0, y = 0;
    for (const LegendEntry &entry : m_entries) {
        if (x > 0 && x + entryWidth(entry) > width()) {
            x = 0;
            y += lineHeight();
        }
        const int nameWidth = fontMetrics().horizontalAdvance(entry.name);
        const double middle = y + lineHeight() / 2.0;
        painter.setPen(QPen(theme.series.*entry.color, 3, entry.pen, Qt::FlatCap));
        painter.drawLine(QPointF(x, middle), QPointF(x + keyWidth, middle));
        const QRect line(x + keyWidth + keyGap, y, width(), lineHeight());
        painter.setPen(theme.textMuted);
        painter.drawText(line, Qt::AlignVCenter, entry.name);
        painter.setPen(theme.text);
        painter.drawText(line.translated(nameWidth + keyGap, 0), Qt::AlignVCenter, entry.value);
        x += entryWidth(entry) + entryGap;
    }
}

ChartCard::ChartCard(const QString &title, const QString &axisWords, QWidget *parent)
    : Card(parent)
    , m_title(title)
    , m_axisWords(axisWords)
    , m_legend(new LegendRow)
    , m_chart(new LineChart)
    , m_head(new QHBoxLayout)
    , m_menu(new QMenu(this))
    , m_showAll(new IconButton(QStringLiteral("reset"), tr("Show everything again")))
{
    auto *titleLabel = new ElidedLabel;
    titleLabel->setFont(scaledFont(titleLabel->font(), 1.0, QFont::DemiBold));
    titleLabel->setFullText(title);
    auto *more = new IconButton(QStringLiteral("more"), tr("Axis, table and export of %1").arg(title));
    m_head->setSpacing(space::xs);
    m_head->addWidget(titleLabel, 1);
    m_head->addWidget(makeLabel(axisWords, "faint", 0.85));
    m_head->addWidget(m_showAll);
    m_head->addWidget(more);
    body()->setSpacing(space::xs);
    body()->addLayout(m_head);
    body()->addWidget(m_legend);
    body()->addWidget(m_chart, 1);
    setAccessibleName(title);
    m_chart->setAccessibleName(title);
    m_chart->setToolTip(tr("Drag over a part to zoom, drag to move, double-click to see everything. Ctrl + wheel "
                           "zooms too."));
    m_showAll->hide();
    buildMenu();
    connect(m_chart, &LineChart::viewChanged, this,
            [this](double, double, bool zoomed) { m_showAll->setVisible(zoomed); });
    connect(m_showAll, &QAbstractButton::clicked, this,
            [this] { m_chart->zoomBy(1e9, m_chart->view().first); });
    connect(more, &QAbstractButton::clicked, this,
            [this, more] { m_menu->popup(more->mapToGlobal(QPoint(0, more->height()))); });
}

void ChartCard::buildMenu()
{
    QAction *logarithmic = m_menu->addAction(tr("Logarithmic axis"));
    logarithmic->setCheckable(true);
    connect(logarithmic, &QAction::toggled, m_chart, &LineChart::setLogarithmic);
    m_menu->addSeparator();
    QAction *table = m_menu->addAction(tr("Show values as a table"));
    table->setObjectName(QStringLiteral("chartTable"));
    connect(table, &QAction::triggered, this, [this] { showChartTable(*m_chart, m_title, m_axisWords); });
    connect(m_menu->addAction(tr("Export...")), &QAction::triggered, this, &ChartCard::askExport);
}

void ChartCard::askExport()
{
    auto *dialog = new QFileDialog(window(), tr("Export %1").arg(m_title), {},
                                   tr("Picture (*.png);;Drawing (*.svg);;Values (*.csv)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("png"));
    connect(dialog, &QFileDialog::filterSelected, dialog, [dialog](const QString &filter) {
        dialog->setDefaultSuffix(filter.section(QLatin1String("*."), 1).left(3));
    });
    connect(dialog, &QFileDialog::fileSelected, this, &ChartCard::exportTo);
    dialog->open();
}

void ChartCard::exportTo(const QString &file)
{
    const QString problem = saveChart(*m_chart, m_title, m_axisWords, file);
    Q_EMIT notice(problem.isEmpty() ? tr("Saved %1").arg(file) : problem, !problem.isEmpty());
}

void ChartCard::addToHead(QWidget *widget) { m_head->insertWidget(1, widget); }

} // namespace torchdeck::ui

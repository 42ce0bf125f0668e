// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/chart_card.h"

#include <QtGui/QPainter>
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
    , m_legend(new LegendRow)
    , m_chart(new LineChart)
{
    auto *head = new QHBoxLayout;
    auto *titleLabel = new ElidedLabel;
    titleLabel->setFont(scaledFont(titleLabel->font(), 1.0, QFont::DemiBold));
    titleLabel->setFullText(title);
    head->addWidget(titleLabel, 1);
    head->addWidget(makeLabel(axisWords, "faint", 0.85));
    body()->setSpacing(space::xs);
    body()->addLayout(head);
    body()->addWidget(m_legend);
    body()->addWidget(m_chart, 1);
    setAccessibleName(title);
    m_chart->setAccessibleName(title);
}

} // namespace torchdeck::ui

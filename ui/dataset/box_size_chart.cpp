// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dataset/box_size_chart.h"

#include "ui/format.h"
#include "ui/theme.h"

#include <QtCore/QLocale>
#include <QtGui/QHelpEvent>
#include <QtGui/QPainter>
#include <QtWidgets/QToolTip>

#include <algorithm>
#include <cmath>

namespace torchdeck::ui {

namespace {

using B = engine::BoxSizes;

constexpr int barsAThird = 3; ///< from 32 to 96 px, and so on in both directions
constexpr int barsBelowSmall = 4; ///< from 7.4 to 32 px; one more holds what is smaller
constexpr int barsHeight = 64;
constexpr double smallScale = 0.82;

QString pixelWords(double pixels) { return QLocale().toString(std::round(pixels), 'f', 0); }

QString binWords(const SizeBin &bin, bool first, bool last)
{
    if (first)
        return BoxSizeChart::tr("below %1 px").arg(pixelWords(bin.to));
    return last ? BoxSizeChart::tr("%1 px and more").arg(pixelWords(bin.from))
                : BoxSizeChart::tr("%1 to %2 px").arg(pixelWords(bin.from), pixelWords(bin.to));
}

} // namespace

QVector<SizeBin> sizeBins(const B &train, const B &val, int imgsz)
{
    QVector<SizeBin> bins;
    double from = 0;
    std::int64_t trainBefore = 0, valBefore = 0;
    for (int i = -barsBelowSmall; from < imgsz; ++i) {
        const double to = B::small * std::pow(3.0, double(i) / barsAThird);
        const bool last = to >= imgsz; // it has the boxes that are as large as the image, too
        const std::int64_t trainBelow = last ? train.total() : train.below(to, imgsz);
        const std::int64_t valBelow = last ? val.total() : val.below(to, imgsz);
        bins.append({ from, to, trainBelow - trainBefore, valBelow - valBefore });
        trainBefore = trainBelow;
        valBefore = valBelow;
        from = to;
    }
    return bins;
}

QString shareWords(qint64 part, qint64 whole)
{
    const double percent = whole > 0 ? 100.0 * double(part) / double(whole) : 0;
    if (percent > 0 && percent < 0.1)
        return QStringLiteral("< %1 %").arg(QLocale().toString(0.1, 'f', 1));
    return QLocale().toString(percent, 'f', percent > 0 && percent < 9.95 ? 1 : 0) + QStringLiteral(" %");
}

BoxSizeChart::BoxSizeChart(QWidget *parent)
    : QWidget(parent)
{
    setFont(scaledFont(font(), smallScale));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAccessibleName(tr("Sizes of the boxes"));
}

void BoxSizeChart::setSizes(const B &train, const B &val, int imgsz)
{
    m_bins = sizeBins(train, val, imgsz);
    m_train = train.total();
    m_val = val.total();
    m_imgsz = imgsz;
    QStringList words;
    for (qsizetype i = 0; i < m_bins.size(); ++i)
        words << tr("%1: %2 of train, %3 of val")
                     .arg(binWords(m_bins[i], i == 0, i + 1 == m_bins.size()), shareWords(m_bins[i].train, m_train),
                          shareWords(m_bins[i].val, m_val));
    setAccessibleDescription(words.join(QStringLiteral("; ")));
    update();
}

QSize BoxSizeChart::sizeHint() const { return { 280, barsHeight + 3 * fontMetrics().height() + 8 }; }

QRectF BoxSizeChart::plot() const { return { 1, 2, width() - 2.0, double(barsHeight) }; }

void BoxSizeChart::paintBars(QPainter &painter, const QRectF &plot) const
{
    const Theme &theme = themeFor(palette());
    const auto share = [](qint64 part, qint64 whole) { return whole > 0 ? double(part) / double(whole) : 0; };
    double most = 0;
    for (const SizeBin &bin : m_bins)
        most = std::max({ most, share(bin.train, m_train), share(bin.val, m_val) });
    if (most <= 0)
        return;
    const double step = plot.width() / double(m_bins.size());
    for (qsizetype i = 0; i < m_bins.size(); ++i) {
        const double left = plot.left() + double(i) * step + 1;
        const auto top = [&](double part) { // what is there is seen
            return plot.bottom() - (part > 0 ? std::max(1.5, (plot.height() - 2) * part / most) : 0);
        };
        painter.setPen(Qt::NoPen);
        const double train = share(m_bins[i].train, m_train), val = share(m_bins[i].val, m_val);
        if (train > 0) {
            painter.setBrush(theme.series.blue);
            painter.drawRect(QRectF(QPointF(left, top(train)), QPointF(left + step - 2, plot.bottom())));
        }
        if (val > 0) {
            painter.setBrush(theme.series.orange);
            painter.drawRect(QRectF(left, top(val) - 1, step - 2, 2));
        }
    }
}

/// Borders at 32 and 96 px, and below them how much is small, medium and large.
void BoxSizeChart::paintZones(QPainter &painter, const QRectF &plot) const
{
    const Theme &theme = themeFor(palette());
    const double step = plot.width() / double(m_bins.size()), line = fontMetrics().height();
    const QString names[] = { tr("small"), tr("medium"), tr("large") };
    const double ends[] = { B::small, B::medium, 1e9 };
    qsizetype bin = 0;
    for (int zone = 0; zone < 3 && bin < m_bins.size(); ++zone) {
        const qsizetype begin = bin;
        qint64 boxes = 0;
        for (; bin < m_bins.size() && m_bins[bin].from < ends[zone] * (1 - 1e-9); ++bin)
            boxes += m_bins[bin].train;
        const double left = plot.left() + double(begin) * step, right = plot.left() + double(bin) * step;
        const QRectF words(left, plot.bottom() + line + 4, right - left, line);
        painter.setPen(theme.textMuted);
        painter.drawText(words, Qt::AlignCenter, names[zone]);
        painter.setPen(theme.text);
        painter.drawText(words.translated(0, line), Qt::AlignCenter, shareWords(boxes, m_train));
        const bool last = bin == m_bins.size();
        painter.setPen(theme.textFaint);
        const QString pixels = last ? tr("%1 px").arg(m_imgsz) : pixelWords(ends[zone]);
        const double wide = fontMetrics().horizontalAdvance(pixels) + 2.0;
        painter.drawText(QRectF(last ? plot.right() - wide : right - wide / 2, plot.bottom() + 2, wide, line),
                         Qt::AlignCenter, pixels);
        if (!last) {
            painter.setPen(QPen(theme.borderStrong, 1, Qt::DashLine));
            painter.drawLine(QPointF(right, plot.top()), QPointF(right, plot.bottom()));
        }
    }
}

void BoxSizeChart::paintEvent(QPaintEvent *)
{
    if (m_bins.isEmpty())
        return;
    QPainter painter(this);
    const QRectF area = plot();
    paintBars(painter, area);
    painter.setPen(QPen(themeFor(palette()).borderStrong, 1));
    painter.drawLine(area.bottomLeft(), area.bottomRight());
    paintZones(painter, area);
}

bool BoxSizeChart::event(QEvent *event)
{
    if (event->type() != QEvent::ToolTip || m_bins.isEmpty())
        return QWidget::event(event);
    const auto *help = static_cast<QHelpEvent *>(event);
    const double step = plot().width() / double(m_bins.size());
    const auto i = std::clamp<qsizetype>(qsizetype((help->pos().x() - plot().left()) / step), 0, m_bins.size() - 1);
    QToolTip::showText(help->globalPos(),
                       tr("%1: %2 boxes of train (%3), %4 of val (%5)")
                           .arg(binWords(m_bins[i], i == 0, i + 1 == m_bins.size()), countWords(m_bins[i].train),
                                shareWords(m_bins[i].train, m_train), countWords(m_bins[i].val),
                                shareWords(m_bins[i].val, m_val)),
                       this);
    return true;
}

SplitLegend::SplitLegend(QWidget *parent)
    : QWidget(parent)
{
    setFont(scaledFont(font(), smallScale));
}

QSize SplitLegend::sizeHint() const
{
    const int words = fontMetrics().horizontalAdvance(tr("train")) + fontMetrics().horizontalAdvance(tr("val"));
    return { words + 2 * 14 + space::m + 2, fontMetrics().height() };
}

void SplitLegend::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const Theme &theme = themeFor(palette());
    double left = 0;
    for (const auto &[words, color] : { std::pair { tr("train"), theme.series.blue }, std::pair { tr("val"), theme.series.orange } }) {
        painter.fillRect(QRectF(left, height() / 2.0 - 4, 8, 8), color);
        painter.setPen(theme.textMuted);
        const double wide = fontMetrics().horizontalAdvance(words) + 1.0;
        painter.drawText(QRectF(left + 13, 0, wide, height()), Qt::AlignVCenter, words);
        left += 13 + wide + space::m;
    }
}

} // namespace torchdeck::ui

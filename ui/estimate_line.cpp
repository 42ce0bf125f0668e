// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/estimate_line.h"

#include "ui/format.h"
#include "ui/theme.h"
#include "ui/widgets/basics.h"

#include <QtCore/QDateTime>
#include <QtCore/QLocale>
#include <QtGui/QPainter>
#include <QtWidgets/QProgressBar>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QVBoxLayout>

#include <algorithm>

namespace torchdeck::ui {

namespace {

constexpr double tightShare = 0.85;
constexpr double longestDated = 20.0 * 24 * 3600; ///< seconds; beyond, a time of day says nothing

QString memoryWords(double bytes) { return bytesWords(static_cast<qint64>(bytes)); }

/// "12 to 16 min", "3.1 to 3.4 h": no finer than an estimate is.
QString rangeWords(double middle, double spread)
{
    struct Unit {
        double from, seconds;
        int digits;
        QString range, one;
    };
    const Unit units[] = {
        { 2 * 86400.0, 86400, 1, EstimateLine::tr("%1 to %2 days"), EstimateLine::tr("%1 days") },
        { 5400, 3600, 1, EstimateLine::tr("%1 to %2 h"), EstimateLine::tr("%1 h") },
        { 600, 60, 0, EstimateLine::tr("%1 to %2 min"), EstimateLine::tr("%1 min") },
        { 90, 60, 1, EstimateLine::tr("%1 to %2 min"), EstimateLine::tr("%1 min") },
        { 10, 1, 0, EstimateLine::tr("%1 to %2 s"), EstimateLine::tr("%1 s") },
        { 0, 1, 1, EstimateLine::tr("%1 to %2 s"), EstimateLine::tr("%1 s") },
    };
    const double high = middle + spread, low = std::max(0.0, middle - spread);
    const Unit &unit = *std::ranges::find_if(units, [high](const Unit &u) { return high >= u.from; });
    const auto number = [&unit](double seconds) {
        return QLocale().toString(seconds / unit.seconds, 'f', unit.digits);
    };
    return number(low) == number(high) ? unit.one.arg(number(high)) : unit.range.arg(number(low), number(high));
}

/// "14:40", with the day when it is another.
QString endWords(double seconds)
{
    const QDateTime now = QDateTime::currentDateTime(), end = now.addSecs(static_cast<qint64>(seconds));
    QString format = QLocale().timeFormat(QLocale::ShortFormat);
    format.remove(QStringLiteral(":ss"));
    const QString time = QLocale().toString(end.time(), format);
    return end.date() == now.date() ? time
                                    : QLocale().toString(end.date(), QLocale::ShortFormat) + QLatin1Char(' ') + time;
}

} // namespace

MemoryBar::MemoryBar(QWidget *parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void MemoryBar::setShare(double share)
{
    m_share = share;
    update();
}

void MemoryBar::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    const Theme &theme = themeFor(palette());
    const QRectF whole(0, (height() - 6) / 2.0, width(), 6);
    painter.setBrush(theme.hover);
    painter.drawRoundedRect(whole, 3, 3);
    painter.setBrush(m_share > 1 ? theme.danger : m_share > tightShare ? theme.warning : theme.success);
    const double used = m_share > 1 ? whole.width() : std::max(6.0, whole.width() * m_share);
    painter.drawRoundedRect(QRectF(whole.topLeft(), QSizeF(used, whole.height())), 3, 3);
    if (m_share > 1) { // where the memory ends
        painter.setBrush(theme.text);
        painter.drawRect(QRectF(whole.width() / m_share - 1, 0, 2, height()));
    }
}

EstimateLine::EstimateLine(QWidget *parent)
    : QWidget(parent)
    , m_memory(makeLabel({}))
    , m_bar(new MemoryBar)
    , m_time(makeLabel({}))
    , m_note(makeLabel({}, "muted", 0.88))
    , m_progress(new QProgressBar)
    , m_measure(makeButton(tr("Measure"), "link"))
    , m_cancel(makeButton(tr("Cancel"), "link"))
{
    for (QLabel *label : { m_memory, m_time, m_note })
        label->setWordWrap(true);
    m_memory->setFont(scaledFont(font(), 0.92));
    m_time->setFont(scaledFont(font(), 0.92));
    m_bar->setAccessibleName(tr("Share of the free memory"));
    m_progress->setTextVisible(false);
    setLook(m_progress, "thin");
    m_progress->setAccessibleName(tr("Progress of the measurement"));
    auto *head = new QHBoxLayout;
    head->setSpacing(space::s);
    head->addWidget(makeLabel(tr("Memory and time"), nullptr, 0.95, QFont::DemiBold), 1);
    head->addWidget(m_measure);
    head->addWidget(m_cancel);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(space::xs);
    layout->addLayout(head);
    layout->addWidget(m_memory);
    layout->addWidget(m_bar);
    layout->addWidget(m_time);
    layout->addWidget(m_note);
    layout->addWidget(m_progress);
    connect(m_measure, &QPushButton::clicked, this, &EstimateLine::measureRequested);
    connect(m_cancel, &QPushButton::clicked, this, &EstimateLine::cancelRequested);
    setEstimate({});
}

void EstimateLine::showMemory(const RunEstimate &estimate)
{
    const bool known = estimate.peakMemory > 0;
    m_memory->setVisible(known);
    m_bar->setVisible(known && estimate.freeMemory > 0);
    if (!known)
        return;
    m_bar->setShare(estimate.freeMemory > 0 ? estimate.peakMemory / estimate.freeMemory : 0);
    const QString need = memoryWords(estimate.peakMemory), free = memoryWords(estimate.freeMemory);
    if (estimate.tooLarge())
        m_memory->setText(tr("It will not fit: about %1 of memory is needed, %2 is free. Use a smaller batch or image "
                             "size.")
                              .arg(need, free));
    else if (estimate.tight())
        m_memory->setText(tr("It is tight: about %1 of the %2 free memory.").arg(need, free));
    else if (estimate.freeMemory > 0)
        m_memory->setText(tr("Memory: about %1 of %2 free").arg(need, free));
    else
        m_memory->setText(tr("Memory: about %1").arg(need));
    setLook(m_memory, estimate.tooLarge() ? "problem" : estimate.tight() ? "warning" : "");
}

void EstimateLine::showTime(const RunEstimate &estimate)
{
    const bool known = estimate.epochSeconds > 0;
    m_time->setVisible(known);
    if (!known)
        return;
    QString words = tr("Time: %1 for %n epoch(s), one takes about %2", nullptr, estimate.epochs)
                        .arg(rangeWords(estimate.totalSeconds, estimate.totalSpread),
                             rangeWords(estimate.epochSeconds, 0));
    if (estimate.totalSeconds < longestDated)
        words += tr("; started now, done about %1").arg(endWords(estimate.totalSeconds));
    m_time->setText(words);
}

void EstimateLine::setEstimate(const RunEstimate &estimate)
{
    m_known = estimate.source != RunEstimate::Source::None;
    showMemory(estimate);
    showTime(estimate);
    if (!m_working) {
        QString words;
        if (estimate.source == RunEstimate::Source::Runs)
            words = tr("From %n earlier run(s) like this on this machine.", nullptr, estimate.runs);
        else if (estimate.source == RunEstimate::Source::Probe)
            words = estimate.tried ? tr("From a measurement of some batches.")
                                   : tr("Worked out from small batches; the whole one was not tried.");
        else if (estimate.freeMemory > 0)
            words = tr("Not measured here yet; %1 of memory free.").arg(memoryWords(estimate.freeMemory));
        else
            words = tr("Not measured here yet.");
        if (m_known && estimate.epochSeconds <= 0 && estimate.tried)
            words += QLatin1Char(' ') + tr("The time needs a checked data set.");
        showNote(words, "muted");
    }
    updateButtons();
}

void EstimateLine::setProgress(const QString &phase, int done, int total)
{
    m_working = true;
    m_progress->setRange(0, total);
    m_progress->setValue(done);
    QString words;
    if (phase == QLatin1String("training"))
        words = tr("Measuring: batch %1 of %2").arg(done).arg(total);
    else if (phase == QLatin1String("small batches"))
        words = tr("Measuring small batches...");
    else if (phase == QLatin1String("data set"))
        words = tr("Reading the data set...");
    else if (phase.isEmpty())
        words = tr("Starting the measurement...");
    if (!words.isEmpty()) // the program says other things, too
        showNote(words, "muted");
    updateButtons();
}

void EstimateLine::setEnded(const QString &problem)
{
    m_working = false;
    showNote(problem, problem.isEmpty() ? "muted" : "problem");
    updateButtons();
}

void EstimateLine::setBlocked(bool on)
{
    m_blocked = on;
    updateButtons();
}

void EstimateLine::showNote(const QString &words, const char *look)
{
    setLook(m_note, look);
    m_note->setText(words);
    m_note->setVisible(!words.isEmpty());
}

void EstimateLine::updateButtons()
{
    m_progress->setVisible(m_working);
    m_cancel->setVisible(m_working);
    m_measure->setVisible(!m_working);
    m_measure->setEnabled(!m_blocked);
    m_measure->setText(m_known ? tr("Measure again") : tr("Measure"));
    m_measure->setToolTip(m_blocked ? tr("When the run has ended: beside it, a measurement tells nothing")
                                    : tr("Trains some batches in a process of its own and forgets them"));
}

QString EstimateLine::memoryText() const { return m_memory->isHidden() ? QString() : m_memory->text(); }

QString EstimateLine::timeText() const { return m_time->isHidden() ? QString() : m_time->text(); }

QString EstimateLine::noteText() const { return m_note->text(); }

} // namespace torchdeck::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/estimate_values.h"

#include <QtWidgets/QWidget>

class QLabel;
class QProgressBar;
class QPushButton;

namespace torchdeck::ui {

/// A thin bar: how much of the free memory a run will take. Over the end it says so by colour and by a mark.
class MemoryBar : public QWidget {
    Q_OBJECT
public:
    explicit MemoryBar(QWidget *parent = nullptr);
    void setShare(double share); ///< of what is free; above 1 = too much
    [[nodiscard]] double share() const { return m_share; }
    [[nodiscard]] QSize sizeHint() const override { return { 80, 8 }; }
    [[nodiscard]] QSize minimumSizeHint() const override { return { 40, 8 }; }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    double m_share = 0;
};

/// Memory and time of the run that the form describes: what is known, and a way to measure it.
class EstimateLine : public QWidget {
    Q_OBJECT
public:
    explicit EstimateLine(QWidget *parent = nullptr);

    void setEstimate(const RunEstimate &estimate); ///< of the arguments as they are now
    void setProgress(const QString &phase, int done, int total); ///< a measurement goes on; 0 of 0: not counted
    void setEnded(const QString &problem); ///< of the measurement; an estimate comes by itself
    void setBlocked(bool on); ///< a run is going on: nothing is measured beside it

    [[nodiscard]] bool working() const { return m_working; }
    [[nodiscard]] QPushButton *measureButton() const { return m_measure; }
    [[nodiscard]] QPushButton *cancelButton() const { return m_cancel; }
    [[nodiscard]] QString memoryText() const;
    [[nodiscard]] QString timeText() const;
    [[nodiscard]] QString noteText() const;

Q_SIGNALS:
    void measureRequested();
    void cancelRequested();

private:
    void showMemory(const RunEstimate &estimate);
    void showTime(const RunEstimate &estimate);
    void showNote(const QString &words, const char *look);
    void updateButtons();

    QLabel *m_memory;
    MemoryBar *m_bar;
    QLabel *m_time;
    QLabel *m_note;
    QProgressBar *m_progress;
    QPushButton *m_measure;
    QPushButton *m_cancel;
    bool m_working = false;
    bool m_blocked = false;
    bool m_known = false;
};

} // namespace torchdeck::ui

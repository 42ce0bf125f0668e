// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtWidgets/QWidget>

class QLabel;
class QProgressBar;
class QPushButton;

namespace torchdeck::ui {

/// The search for images that are in train and in val: a link that starts it, its progress with Cancel, what came of
/// it.
class DuplicateLine : public QWidget {
    Q_OBJECT
public:
    explicit DuplicateLine(QWidget *parent = nullptr);

    void reset(); ///< nothing to compare: hidden
    void offer(); ///< can be started
    void setProgress(qint64 done, qint64 total); ///< it is going on
    void setFound(int pairs, qint64 unreadable);
    void setStopped();
    void setProblem(const QString &sentence);

    [[nodiscard]] bool working() const { return m_working; }
    [[nodiscard]] QPushButton *startButton() const { return m_start; }
    [[nodiscard]] QPushButton *cancelButton() const { return m_cancel; }
    [[nodiscard]] QString words() const;

Q_SIGNALS:
    void startRequested();
    void cancelRequested();

private:
    void present(const QString &words, bool working, const char *look = "muted");

    QLabel *m_words;
    QProgressBar *m_progress;
    QPushButton *m_start;
    QPushButton *m_cancel;
    bool m_working = false;
};

} // namespace torchdeck::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/predictor.h"

#include <QtWidgets/QWidget>

class QLabel;
class QProgressBar;
class QPushButton;
class QSlider;

namespace torchdeck::ui {

class ImageBrowser;

/// Runs the model of a run on pictures that are dropped here or chosen. Asks by a signal; the app runs the
/// prediction on another thread and feeds what is found. The confidence slider filters what was found,
/// without a new run.
class TryModel : public QWidget {
    Q_OBJECT
public:
    static constexpr int mostShown = 2000; ///< pictures kept in the list; the rest is counted

    explicit TryModel(QWidget *parent = nullptr);
    void setModel(const QString &checkpoint); ///< empty = the run has none; ends what goes on
    void predict(const QString &source); ///< a picture or a folder
    void addResult(const engine::ImagePredictions &found);
    void setEnded(const QString &problem); ///< empty = all done, or cancelled

    [[nodiscard]] bool running() const { return m_running; }
    [[nodiscard]] QString words() const;
    [[nodiscard]] ImageBrowser *browser() const { return m_browser; }
    [[nodiscard]] QPushButton *cancelButton() const { return m_cancel; }

Q_SIGNALS:
    void predictRequested(const torchdeck::engine::PredictConfig &config);
    void cancelRequested();

protected:
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dropEvent(QDropEvent *event) override;

private:
    void updateButtons();

    QString m_checkpoint;
    bool m_running = false, m_cancelled = false;
    std::int64_t m_done = 0, m_objects = 0, m_skipped = 0;
    QPushButton *m_image;
    QPushButton *m_folder;
    QPushButton *m_cancel;
    QSlider *m_confidence;
    QLabel *m_confidenceText;
    QProgressBar *m_progress;
    QLabel *m_words;
    ImageBrowser *m_browser;
};

} // namespace torchdeck::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/results/pinned_epochs.h"

#include <QtCore/QTimer>
#include <QtWidgets/QWidget>

class QGridLayout;
class QLabel;
class QPushButton;
class QSlider;

namespace torchdeck::ui {

class ElidedLabel;
class PictureView;
class ToggleSwitch;

/// The same few validation images in every epoch, to see how a model learns them: boxes that are right, wrong and
/// missing, an epoch slider, and Play. Reads RUN/pinned_images.jsonl on another thread, and only while it is visible.
class PinnedView : public QWidget {
    Q_OBJECT
public:
    enum class Use {
        Live, ///< of a run that goes on: other images can be chosen
        Finished
    };
    explicit PinnedView(Use use, QWidget *parent = nullptr);

    void setRun(const QString &folder); ///< empties it and reads that run
    void reload(); ///< an epoch has ended
    void choose(const QStringList &images); ///< from the next validation on; empty = the usual ones
    void play(bool on);

    [[nodiscard]] int shownEpoch() const; ///< 0-based; -1 without one
    [[nodiscard]] QSlider *slider() const { return m_slider; }
    [[nodiscard]] QSlider *confidence() const { return m_confidence; }
    [[nodiscard]] ToggleSwitch *truthSwitch() const { return m_truth; }
    [[nodiscard]] QPushButton *playButton() const { return m_play; }
    [[nodiscard]] QPushButton *chooseButton() const { return m_choose; }
    [[nodiscard]] const std::vector<PictureView *> &pictures() const { return m_pictures; } ///< as many as are shown
    [[nodiscard]] QString words() const;

Q_SIGNALS:
    void loaded();
    void notice(const QString &sentence, bool error);

protected:
    void showEvent(QShowEvent *event) override;

private:
    void buildHead();
    void read();
    void take(std::vector<PinnedEpoch> epochs);
    void showCurrent();
    void makePictures(std::size_t count);
    void askImages();
    void step();

    std::vector<PinnedEpoch> m_epochs;
    QString m_folder;
    Use m_use;
    bool m_following = true; ///< the newest epoch
    bool m_stale = false; ///< the file has more
    int m_reading = 0; ///< number of the newest reading: answers of older ones are dropped
    QTimer m_playing;
    QWidget *m_head;
    QLabel *m_epochText;
    QSlider *m_slider;
    QPushButton *m_play;
    QPushButton *m_newest;
    QPushButton *m_choose;
    QPushButton *m_usual;
    QSlider *m_confidence;
    QLabel *m_confidenceText;
    ToggleSwitch *m_truth;
    QLabel *m_words;
    QWidget *m_grid;
    QGridLayout *m_gridLayout;
    std::vector<QWidget *> m_cells;
    std::vector<PictureView *> m_pictures;
    std::vector<ElidedLabel *> m_titles, m_details;
};

} // namespace torchdeck::ui

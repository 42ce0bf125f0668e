// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/epoch_details.h"

#include <QtWidgets/QWidget>

class QComboBox;
class QLabel;
class QPushButton;
class QSlider;
class QSplitter;

namespace torchdeck::ui {

class ChartCard;
class ConfusionView;
class IconButton;
class ToggleSwitch;

/// Confusion matrix and curves of any epoch, chosen by a slider. Follows the newest epoch until the user goes
/// back. Epochs are kept in their compact form and unpacked one at a time, and only while this is visible.
class EpochView : public QWidget {
    Q_OBJECT
public:
    enum Curve { PrecisionRecall, F1, Precision, Recall };

    explicit EpochView(QWidget *parent = nullptr);

    void startRun(); ///< empties everything
    void addEpoch(const engine::FitEpochEnd &event);
    void setArchive(engine::EpochArchive archive); ///< of a finished or resumed run; newer epochs stay
    void loadFrom(const QString &runFolder); ///< the same, read on another thread

    void showEpoch(int epoch); ///< 0-based; the nearest that is kept
    void setCurve(Curve curve);
    [[nodiscard]] int shownEpoch() const { return m_shown ? m_shown->epoch : -1; }
    [[nodiscard]] const engine::EpochArchive &archive() const { return m_archive; }
    [[nodiscard]] QSlider *slider() const { return m_slider; }
    [[nodiscard]] ConfusionView *confusion() const { return m_confusion; }
    [[nodiscard]] ChartCard *curves() const { return m_curves; }
    [[nodiscard]] QComboBox *classBox() const { return m_class; }
    [[nodiscard]] QString words() const;

Q_SIGNALS:
    void notice(const QString &sentence, bool error);

protected:
    void showEvent(QShowEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void buildHead();
    void epochsChanged();
    void showCurrent();
    void showCurves();
    void fillClasses();

    engine::EpochArchive m_archive;
    std::vector<int> m_epochs; ///< of the archive: the slider counts them
    std::optional<engine::EpochDetails> m_shown;
    QString m_folder; ///< that is being read: answers about another one are dropped
    bool m_following = true;
    bool m_dirty = false;
    QWidget *m_head;
    QSplitter *m_splitter;
    QLabel *m_epochText;
    QSlider *m_slider;
    QPushButton *m_latest;
    QLabel *m_words;
    QLabel *m_cell;
    ToggleSwitch *m_normalized;
    ConfusionView *m_confusion;
    QComboBox *m_curve;
    QComboBox *m_class;
    ChartCard *m_curves;
};

} // namespace torchdeck::ui

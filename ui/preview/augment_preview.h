// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/batch_preview.h"

#include <QtCore/QTimer>
#include <QtWidgets/QDialog>

class QLabel;
class QProgressBar;
class QPushButton;
class QSpinBox;

namespace torchdeck::ui {

class ClassLegend;
class PreviewGrid;
class ToggleSwitch;

/// A window beside the form: the first images of an epoch as a run with the form's arguments would train on them.
/// It asks for them a short while after the last change; whoever makes them answers with addImage() and setEnded().
class AugmentPreview : public QDialog {
    Q_OBJECT
public:
    explicit AugmentPreview(QWidget *parent = nullptr);

    void setConfig(const engine::TrainConfig &config); ///< of the form, at each change
    void addImage(const engine::PreviewImage &image);
    void setEnded(const engine::PreviewFacts &facts, const QString &problem);
    void anotherBatch(); ///< the beginning of the next epoch
    void cancel();

    [[nodiscard]] PreviewGrid *grid() const { return m_grid; }
    [[nodiscard]] QPushButton *anotherButton() const { return m_another; }
    [[nodiscard]] QPushButton *cancelButton() const { return m_cancel; }
    [[nodiscard]] QSpinBox *epochField() const { return m_epoch; }
    [[nodiscard]] bool working() const { return m_working; }
    [[nodiscard]] QString facts() const;
    [[nodiscard]] QString problem() const;

Q_SIGNALS:
    /// `anew`: the data set may have changed since the last one.
    void requested(const torchdeck::engine::TrainConfig &config, int epoch, int count, bool anew);
    void cancelRequested();

protected:
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;

private:
    void request();
    void setWorking(bool on);
    [[nodiscard]] QString factWords(const engine::PreviewFacts &facts) const;

    PreviewGrid *m_grid;
    ClassLegend *m_legend;
    QLabel *m_where;
    QLabel *m_words;
    QLabel *m_problem;
    QSpinBox *m_epoch;
    ToggleSwitch *m_boxes;
    QPushButton *m_another;
    QPushButton *m_cancel;
    QProgressBar *m_progress;
    QTimer m_delay;
    engine::TrainConfig m_config;
    QString m_asked; ///< the arguments of the last request
    bool m_anew = true;
    bool m_working = false;
    bool m_cancelled = false;
    int m_made = 0;
};

/// The arguments that a training image depends on, as one text.
[[nodiscard]] QString previewKey(const engine::TrainConfig &config);

} // namespace torchdeck::ui

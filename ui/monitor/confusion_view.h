// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/detection_report.h"

#include <QtGui/QImage>
#include <QtWidgets/QWidget>

namespace torchdeck::ui {

/// A confusion matrix as a heat map: row = predicted, column = true, the last of each is the background.
/// Painted from one small picture, so that 80 classes cost what 3 cost. Names and numbers appear as soon as
/// they fit; the pointer and the arrow keys tell each cell. Ctrl + wheel zooms (inside a scroll area).
class ConfusionView : public QWidget {
    Q_OBJECT
public:
    explicit ConfusionView(QWidget *parent = nullptr);

    void setMatrix(const engine::ConfusionMatrix &matrix, const QStringList &names);
    /// Each column by its sum: shares of the true objects instead of counts.
    void setNormalized(bool on);
    [[nodiscard]] QString cellWords(int predicted, int truth) const;
    /// "circle taken for square 12 times, ...": the most frequent mistakes between classes, at most `count`.
    [[nodiscard]] QStringList worstMistakes(int count) const;
    [[nodiscard]] QRect cellRect(int predicted, int truth) const;
    [[nodiscard]] QSize sizeHint() const override { return { 420, 420 }; }

Q_SIGNALS:
    void cellChanged(const QString &words); ///< under the pointer; empty when none

protected:
    bool event(QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    [[nodiscard]] int side() const { return m_matrix.classes > 0 ? m_matrix.classes + 1 : 0; }
    [[nodiscard]] QRectF gridRect() const;
    [[nodiscard]] QString nameOf(int index) const;
    [[nodiscard]] QString wordsAt(QPoint place) const;
    [[nodiscard]] double part(int predicted, int truth) const; ///< colour and, when normalised, value
    void rebuild();
    void setCell(QPoint cell);
    void drawNames(QPainter &painter, const QRectF &grid);
    void drawNumbers(QPainter &painter, const QRectF &grid, const QRect &exposed);

    engine::ConfusionMatrix m_matrix;
    QStringList m_names;
    std::vector<double> m_columnSums;
    QImage m_image; ///< a pixel a cell
    QPoint m_cell { -1, -1 }; ///< x = truth, y = predicted
    double m_zoom = 1;
    bool m_normalized = true;
};

} // namespace torchdeck::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/box_sizes.h"

#include <QtCore/QVector>
#include <QtWidgets/QWidget>

namespace torchdeck::ui {

/// Boxes whose side is from `from` up to `to` pixels of the model's image.
struct SizeBin {
    double from = 0, to = 0;
    qint64 train = 0, val = 0;
    friend bool operator==(const SizeBin &, const SizeBin &) = default;
};

/// Bars from "too small to be seen" to the whole image: each a cube root of three wider, so that both 32 px and 96 px
/// (small, medium, large) are borders of bars. Pure.
[[nodiscard]] QVector<SizeBin> sizeBins(const engine::BoxSizes &train, const engine::BoxSizes &val, int imgsz);

/// "31 %", "2.4 %", "0 %", "< 0.1 %".
[[nodiscard]] QString shareWords(qint64 part, qint64 whole);

/// How large the boxes of train (bars) and val (marks) are for the model, with small, medium and large told apart.
class BoxSizeChart : public QWidget {
    Q_OBJECT
public:
    explicit BoxSizeChart(QWidget *parent = nullptr);
    void setSizes(const engine::BoxSizes &train, const engine::BoxSizes &val, int imgsz);
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override { return { 160, sizeHint().height() }; }

protected:
    bool event(QEvent *event) override; ///< tool tips of the bars
    void paintEvent(QPaintEvent *event) override;

private:
    [[nodiscard]] QRectF plot() const;
    void paintBars(QPainter &painter, const QRectF &plot) const;
    void paintZones(QPainter &painter, const QRectF &plot) const;

    QVector<SizeBin> m_bins;
    qint64 m_train = 0, m_val = 0; ///< all boxes
    int m_imgsz = 0;
};

/// "train" and "val" with the colours that they have in the data set's charts.
class SplitLegend : public QWidget {
    Q_OBJECT
public:
    explicit SplitLegend(QWidget *parent = nullptr);
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent *event) override;
};

} // namespace torchdeck::ui

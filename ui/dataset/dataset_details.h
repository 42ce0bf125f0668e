// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/dataset_report.h"

#include <QtWidgets/QWidget>

class QComboBox;
class QLabel;
class QPushButton;

namespace torchdeck::ui {

class BoxSizeChart;
class ClassBars;

/// What a checked data set holds: how large the boxes are for a model of the form's image size, in a line; folded out,
/// their distribution and the boxes of each class.
class DatasetDetails : public QWidget {
    Q_OBJECT
public:
    explicit DatasetDetails(QWidget *parent = nullptr);
    void clear(); ///< nothing is known: hides itself
    void setReport(const engine::DatasetReport &report);
    void setImageSize(int imgsz);
    void showAll(bool on);

    [[nodiscard]] QString sizeText() const;
    [[nodiscard]] QString warning() const; ///< empty unless many boxes are too small to be learnt
    [[nodiscard]] QPushButton *moreButton() const { return m_more; }
    [[nodiscard]] ClassBars *classBars() const { return m_classes; }
    [[nodiscard]] QComboBox *orderBox() const { return m_order; }

protected:
    void changeEvent(QEvent *event) override;

private:
    void updateSizes();
    void updateMore();

    engine::BoxSizes m_train, m_val;
    int m_imgsz = 640;
    QLabel *m_sizes;
    QLabel *m_warning;
    QPushButton *m_more;
    QWidget *m_all;
    QLabel *m_chartTitle;
    BoxSizeChart *m_chart;
    QComboBox *m_order;
    ClassBars *m_classes;
};

} // namespace torchdeck::ui

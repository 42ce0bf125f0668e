// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/dataset_report.h"
#include "torchdeck/engine/duplicate_check.h"

#include <QtWidgets/QListWidget>

namespace torchdeck::ui {

/// What is wrong with a data set, one finding a row. A click opens the file it is about; where it is about two, a menu
/// asks which.
class DatasetProblems : public QListWidget {
    Q_OBJECT
public:
    explicit DatasetProblems(QWidget *parent = nullptr);
    void setProblems(const std::vector<engine::DatasetProblem> &problems);
    /// After the others, instead of earlier ones.
    void setDuplicates(const std::vector<engine::DuplicatePair> &pairs);

Q_SIGNALS:
    void openFileRequested(const QString &file);

protected:
    void changeEvent(QEvent *event) override;

private:
    void fill();
    void addProblem(const engine::DatasetProblem &problem);
    void open(QListWidgetItem *item);

    std::vector<engine::DatasetProblem> m_problems, m_duplicates;
};

} // namespace torchdeck::ui

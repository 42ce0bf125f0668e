// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/dataset_report.h"
#include "torchdeck/engine/duplicate_check.h"

#include <QtCore/QTimer>
#include <QtWidgets/QWidget>

class QLabel;
class QLineEdit;
class QMimeData;
class QPushButton;

namespace torchdeck::ui {

class DatasetDetails;
class DatasetProblems;
class DuplicateLine;
class IconButton;

/// The data set field: path, browse, sample set, a drop target, and what the check found with its places to
/// open.
class DatasetLine : public QWidget {
    Q_OBJECT
public:
    explicit DatasetLine(QWidget *parent = nullptr);

    [[nodiscard]] QString path() const;
    void setPath(const QString &path);
    /// A report on another file than the one in the field is dropped: it is stale.
    void setReport(const QString &dataYaml, const engine::DatasetReport &report);
    void setProblem(const QString &sentence);
    void setImageSize(int imgsz); ///< the model's: what the sizes of boxes are told for
    void setDuplicateProgress(const QString &dataYaml, qint64 done, qint64 total); ///< stale ones are dropped
    void setDuplicates(const QString &dataYaml, const engine::DuplicateReport &report, const QString &problem);
    void browse();
    void askSampleFolder();

    [[nodiscard]] QString facts() const;
    [[nodiscard]] QString problem() const;
    [[nodiscard]] DatasetProblems *problemList() const { return m_problems; }
    [[nodiscard]] QLineEdit *field() const { return m_field; }
    [[nodiscard]] DuplicateLine *duplicates() const { return m_duplicates; }
    [[nodiscard]] DatasetDetails *details() const { return m_details; }
    [[nodiscard]] QPushButton *previewButton() const { return m_preview; }

    /// The data.yaml a drop brings: a yaml file, or a folder that holds a data.yaml; empty when neither.
    [[nodiscard]] static QString droppedDataset(const QMimeData &mime);
    [[nodiscard]] static QString datasetAt(const QString &path); ///< the same for one path

Q_SIGNALS:
    void pathChanged(const QString &path);
    void inspectRequested(const QString &path); ///< a short while after the last change
    void previewRequested();
    void duplicatesRequested(const QString &dataYaml);
    void duplicatesCancelRequested();
    void sampleRequested(const QString &folder);
    void openFileRequested(const QString &file);

protected:
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dropEvent(QDropEvent *event) override;

private:
    void clearReport();
    void scheduleInspection();

    QLineEdit *m_field;
    IconButton *m_browse;
    QPushButton *m_sample;
    QPushButton *m_preview;
    QLabel *m_facts;
    DatasetDetails *m_details;
    QLabel *m_problem;
    DatasetProblems *m_problems;
    DuplicateLine *m_duplicates;
    QTimer m_inspect;
};

} // namespace torchdeck::ui

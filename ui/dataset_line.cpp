// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dataset_line.h"

#include "ui/dataset/dataset_details.h"
#include "ui/dataset_problems.h"
#include "ui/duplicate_line.h"
#include "ui/format.h"
#include "ui/theme.h"
#include "ui/widgets/basics.h"

#include <QtCore/QDir>
#include <QtCore/QFileInfo>
#include <QtCore/QMimeData>
#include <QtCore/QStandardPaths>
#include <QtCore/QUrl>
#include <QtGui/QDragEnterEvent>
#include <QtWidgets/QFileDialog>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QVBoxLayout>

namespace torchdeck::ui {

namespace {

constexpr int inspectDelayMs = 350;

QString factsText(const engine::DatasetSummary &summary)
{
    const QString dot = QStringLiteral(" \u00b7 ");
    QStringList facts {
        DatasetLine::tr("%1 train").arg(countWords(summary.trainImages)),
        DatasetLine::tr("%1 val").arg(countWords(summary.valImages)),
        DatasetLine::tr("%n class(es)", nullptr, static_cast<int>(summary.classNames.size())),
        DatasetLine::tr("%1 objects").arg(countWords(summary.trainInstances + summary.valInstances))
    };
    if (summary.corruptImages > 0)
        facts << DatasetLine::tr("%1 unreadable").arg(countWords(summary.corruptImages));
    return facts.join(dot);
}

} // namespace

DatasetLine::DatasetLine(QWidget *parent)
    : QWidget(parent)
    , m_field(new QLineEdit)
    , m_browse(new IconButton(QStringLiteral("folder"), tr("Choose a data.yaml")))
    , m_sample(makeButton(tr("Make a sample set"), "link"))
    , m_preview(makeButton(tr("Preview training images"), "link"))
    , m_facts(makeLabel({}, "muted", 0.92))
    , m_details(new DatasetDetails)
    , m_problem(makeLabel({}, "problem", 0.92))
    , m_problems(new DatasetProblems)
    , m_duplicates(new DuplicateLine)
{
    setAcceptDrops(true);
    m_field->setPlaceholderText(tr("data.yaml: choose, type or drop it here"));
    m_field->setToolTip(m_field->placeholderText());
    m_field->setAccessibleName(tr("Data set (data.yaml)"));
    m_field->setAcceptDrops(false); // the whole line takes drops, and takes folders too
    auto *row = new QHBoxLayout;
    row->setSpacing(space::xs);
    row->addWidget(m_field, 1);
    row->addWidget(m_browse);
    m_problem->setWordWrap(true);
    m_facts->setWordWrap(true);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(space::xs);
    layout->addLayout(row);
    layout->addWidget(m_problem);
    layout->addWidget(m_facts);
    layout->addWidget(m_details);
    layout->addWidget(m_problems);
    layout->addWidget(m_duplicates);
    layout->addWidget(m_sample, 0, Qt::AlignLeft);
    layout->addWidget(m_preview, 0, Qt::AlignLeft);
    m_preview->setToolTip(tr("Mosaic, colours, flips: the images as the model gets them with these arguments"));
    clearReport();
    setProblem({});

    m_inspect.setSingleShot(true);
    m_inspect.setInterval(inspectDelayMs);
    connect(&m_inspect, &QTimer::timeout, this, [this] { Q_EMIT inspectRequested(path()); });
    connect(m_field, &QLineEdit::textChanged, this, [this] {
        clearReport();
        setProblem({});
        scheduleInspection();
        Q_EMIT pathChanged(path());
    });
    connect(m_browse, &QAbstractButton::clicked, this, &DatasetLine::browse);
    connect(m_sample, &QPushButton::clicked, this, &DatasetLine::askSampleFolder);
    connect(m_preview, &QPushButton::clicked, this, &DatasetLine::previewRequested);
    connect(m_problems, &DatasetProblems::openFileRequested, this, &DatasetLine::openFileRequested);
    connect(m_duplicates, &DuplicateLine::startRequested, this, [this] { Q_EMIT duplicatesRequested(path()); });
    connect(m_duplicates, &DuplicateLine::cancelRequested, this, &DatasetLine::duplicatesCancelRequested);
}

QString DatasetLine::path() const { return m_field->text().trimmed(); }

void DatasetLine::setPath(const QString &path) { m_field->setText(path); }

void DatasetLine::scheduleInspection()
{
    if (path().isEmpty())
        m_inspect.stop();
    else
        m_inspect.start();
}

void DatasetLine::clearReport()
{
    m_facts->setText(tr("Images in YOLO layout. The set is checked before anything starts."));
    m_details->clear();
    m_problems->setProblems({});
    m_duplicates->reset();
    m_sample->setVisible(path().isEmpty());
    m_preview->setVisible(!path().isEmpty());
}

void DatasetLine::setReport(const QString &dataYaml, const engine::DatasetReport &report)
{
    if (dataYaml != path())
        return;
    clearReport();
    const bool readable = report.summary.trainImages + report.summary.valImages > 0;
    m_facts->setText(readable ? factsText(report.summary) : QString());
    m_facts->setVisible(readable);
    m_details->setReport(report);
    m_problems->setProblems(report.problems);
    if (report.summary.trainImages > 0 && report.summary.valImages > 0)
        m_duplicates->offer();
}

void DatasetLine::setDuplicateProgress(const QString &dataYaml, qint64 done, qint64 total)
{
    if (dataYaml == path())
        m_duplicates->setProgress(done, total);
}

void DatasetLine::setDuplicates(const QString &dataYaml, const engine::DuplicateReport &report, const QString &problem)
{
    if (dataYaml != path())
        return;
    if (!problem.isEmpty()) {
        m_duplicates->setProblem(problem);
    } else if (report.stopped) {
        m_duplicates->setStopped();
    } else {
        m_problems->setDuplicates(report.pairs);
        m_duplicates->setFound(static_cast<int>(report.pairs.size()), report.unreadable);
    }
}

void DatasetLine::setProblem(const QString &sentence)
{
    m_problem->setText(sentence);
    m_problem->setVisible(!sentence.isEmpty());
    m_facts->setVisible(sentence.isEmpty());
    setStyleProperty(m_field, "problem", !sentence.isEmpty());
}

void DatasetLine::setImageSize(int imgsz) { m_details->setImageSize(imgsz); }

QString DatasetLine::facts() const { return m_facts->text(); }

QString DatasetLine::problem() const { return m_problem->text(); }

void DatasetLine::browse()
{
    const QFileInfo now(path());
    auto *dialog = new QFileDialog(window(), tr("Choose a data set"),
                                   now.exists() ? now.absolutePath() : QDir::homePath(),
                                   tr("Data sets (*.yaml *.yml);;All files (*)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, &DatasetLine::setPath);
    dialog->open();
}

void DatasetLine::askSampleFolder()
{
    auto *dialog = new QFileDialog(window(), tr("Where to draw the sample set"),
                                   QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setFileMode(QFileDialog::AnyFile);
    dialog->setOption(QFileDialog::DontConfirmOverwrite);
    dialog->setLabelText(QFileDialog::Accept, tr("Draw here"));
    dialog->setLabelText(QFileDialog::FileName, tr("New folder:"));
    dialog->selectFile(QStringLiteral("torchdeck-sample"));
    connect(dialog, &QFileDialog::fileSelected, this, &DatasetLine::sampleRequested);
    dialog->open();
}

QString DatasetLine::droppedDataset(const QMimeData &mime)
{
    const auto urls = mime.urls();
    for (const QUrl &url : urls) {
        if (const QString dataset = datasetAt(url.toLocalFile()); !dataset.isEmpty())
            return dataset;
    }
    return {};
}

QString DatasetLine::datasetAt(const QString &path)
{
    const QFileInfo file(path);
    if (file.isDir() && QFileInfo::exists(file.filePath() + QLatin1String("/data.yaml")))
        return QDir(file.filePath()).filePath(QStringLiteral("data.yaml"));
    const QString suffix = file.suffix().toLower();
    return file.isFile() && (suffix == QLatin1String("yaml") || suffix == QLatin1String("yml")) ? file.filePath()
                                                                                               : QString();
}

void DatasetLine::dragEnterEvent(QDragEnterEvent *event)
{
    if (!droppedDataset(*event->mimeData()).isEmpty())
        event->acceptProposedAction();
}

void DatasetLine::dropEvent(QDropEvent *event)
{
    const QString dataset = droppedDataset(*event->mimeData());
    if (dataset.isEmpty())
        return;
    setPath(dataset);
    event->acceptProposedAction();
}

} // namespace torchdeck::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/request_history.h"

#include "ui/format.h"
#include "ui/theme.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/off_thread.h"

#include <QtCore/QSaveFile>
#include <QtCore/QSortFilterProxyModel>
#include <QtGui/QClipboard>
#include <QtGui/QGuiApplication>
#include <QtWidgets/QCheckBox>
#include <QtWidgets/QFileDialog>
#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QHeaderView>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QTableView>

#include <algorithm>
#include <array>

namespace torchdeck::ui {

namespace {

QString millisecondWords(std::chrono::milliseconds time)
{
    return time.count() < 10'000 ? RequestModel::tr("%1 ms").arg(QLocale().toString(qlonglong(time.count())))
                                 : durationWords(double(time.count()) / 1000.0);
}

} // namespace

void RequestModel::setRecords(const QVector<hub::RequestRecord> &records)
{
    beginResetModel();
    m_records.assign(records.crbegin(), records.crend());
    if (m_records.size() > hub::RequestLog::most)
        m_records.resize(hub::RequestLog::most);
    endResetModel();
}

void RequestModel::add(const hub::RequestRecord &record)
{
    if (m_records.size() >= hub::RequestLog::most) {
        const int last = int(m_records.size()) - 1;
        beginRemoveRows({}, last, last);
        m_records.pop_back();
        endRemoveRows();
    }
    beginInsertRows({}, 0, 0);
    m_records.push_front(record);
    endInsertRows();
}

int RequestModel::failures() const
{
    return int(std::count_if(m_records.cbegin(), m_records.cend(), [](const auto &record) { return record.failed(); }));
}

int RequestModel::rowCount(const QModelIndex &parent) const { return parent.isValid() ? 0 : int(m_records.size()); }

int RequestModel::columnCount(const QModelIndex &parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant RequestModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const auto &r = m_records[std::size_t(index.row())];
    if (role == FailedRole)
        return r.failed();
    if (role == Qt::TextAlignmentRole)
        return int((index.column() > Result ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    if (role == Qt::ForegroundRole && index.column() == Result && r.failed())
        return themeFor(QGuiApplication::palette()).danger;
    if (role == Qt::ToolTipRole)
        return tr("%1, number %2 to %3")
            .arg(QLocale().toString(r.started, QLocale::LongFormat))
            .arg(r.number)
            .arg(r.server);
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case Time:
        return r.started.time().toString(QStringLiteral("HH:mm:ss"));
    case Request:
        return hub::subjectWords(r.subject);
    case Result:
        return hub::resultWords(r);
    case Duration:
        return millisecondWords(r.duration);
    case Sent:
        return bytesWords(r.bytesSent);
    case Received:
        return bytesWords(r.bytesReceived);
    case Wait:
        return r.serverWait ? durationWords(double(r.serverWait->count()) / 1000.0) : QString();
    default:
        return {};
    }
}

QVariant RequestModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    if (role == Qt::TextAlignmentRole)
        return int((section > Result ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    const std::array<QString, ColumnCount> names { tr("Time"), tr("Request"),  tr("Result"),  tr("Took"),
                                                   tr("Sent"), tr("Received"), tr("To wait") };
    return names[std::size_t(section)];
}

QByteArray requestsCsv(const QVector<hub::RequestRecord> &records)
{
    QByteArray out = "number,started,request,result,http_status,duration_ms,bytes_sent,bytes_received,server_wait_s,"
                     "server\n";
    for (const auto &r : records) {
        const QByteArray wait = r.serverWait ? QByteArray::number(double(r.serverWait->count()) / 1000.0) : QByteArray();
        const QByteArrayList cells { QByteArray::number(r.number),
                                     r.started.toString(Qt::ISODateWithMs).toLatin1(),
                                     csvCell(hub::subjectWords(r.subject)),
                                     csvCell(hub::resultWords(r)),
                                     r.httpStatus > 0 ? QByteArray::number(r.httpStatus) : QByteArray(),
                                     QByteArray::number(qlonglong(r.duration.count())),
                                     QByteArray::number(r.bytesSent),
                                     QByteArray::number(r.bytesReceived),
                                     wait,
                                     csvCell(r.server) };
        out += cells.join(',') + '\n';
    }
    return out;
}

RequestHistory::RequestHistory(RequestModel *model, QWidget *parent)
    : QDialog(parent)
    , m_model(model)
    , m_filter(new QSortFilterProxyModel(this))
    , m_view(new QTableView)
    , m_onlyFailures(new QCheckBox(tr("Only &failures")))
    , m_count(makeLabel({}, "muted", 0.95))
    , m_copy(makeButton(tr("Copy")))
    , m_save(makeButton(tr("Save as CSV...")))
{
    setWindowTitle(tr("Requests to HUB since the start"));
    resize(860, 520);
    m_filter->setSourceModel(model);
    m_filter->setFilterRole(RequestModel::FailedRole);
    m_view->setModel(m_filter);
    setLook(m_view, "framed");
    m_view->setAccessibleName(windowTitle());
    m_view->setTabKeyNavigation(false); // Tab leaves the table
    m_view->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_view->setShowGrid(false);
    m_view->setWordWrap(false);
    m_view->verticalHeader()->hide();
    m_view->verticalHeader()->setDefaultSectionSize(m_view->fontMetrics().height() + 10);
    m_view->horizontalHeader()->setHighlightSections(false);
    m_view->horizontalHeader()->setResizeContentsPrecision(200);
    m_view->horizontalHeader()->setSectionResizeMode(QHeaderView::Interactive);
    m_view->horizontalHeader()->setSectionResizeMode(RequestModel::Request, QHeaderView::Stretch);
    m_copy->setToolTip(tr("Copies the selected rows as text, or all that are shown"));

    auto *head = new QHBoxLayout;
    head->addWidget(m_count, 1);
    head->addWidget(m_onlyFailures);
    auto *close = makeButton(tr("Close"), "primary");
    auto *buttons = new QHBoxLayout;
    buttons->addWidget(m_copy);
    buttons->addWidget(m_save);
    buttons->addStretch(1);
    buttons->addWidget(close);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(space::l, space::l, space::l, space::l);
    layout->addLayout(head);
    layout->addWidget(m_view, 1);
    layout->addLayout(buttons);

    connect(m_onlyFailures, &QCheckBox::toggled, this, [this](bool only) {
        m_filter->setFilterFixedString(only ? QStringLiteral("true") : QString());
        updateWords();
    });
    connect(m_copy, &QPushButton::clicked, this, &RequestHistory::copy);
    connect(m_save, &QPushButton::clicked, this, &RequestHistory::askCsv);
    connect(close, &QPushButton::clicked, this, &QDialog::close);
    for (const auto signal : { &QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved })
        connect(model, signal, this, &RequestHistory::updateWords);
    connect(model, &QAbstractItemModel::modelReset, this, &RequestHistory::updateWords);
    updateWords();
}

void RequestHistory::showEvent(QShowEvent *event)
{
    QDialog::showEvent(event);
    QHeaderView *header = m_view->horizontalHeader();
    m_view->resizeColumnsToContents(); // now that its header has the fonts of the style sheet
    header->setSectionResizeMode(RequestModel::Request, QHeaderView::Interactive);
    header->setSectionResizeMode(RequestModel::Request, QHeaderView::Stretch); // takes the rest again
}

QVector<hub::RequestRecord> RequestHistory::shown() const
{
    QVector<hub::RequestRecord> rows;
    for (int row = 0; row < m_filter->rowCount(); ++row)
        rows << m_model->record(m_filter->mapToSource(m_filter->index(row, 0)).row());
    return rows;
}

void RequestHistory::updateWords()
{
    const int failures = m_model->failures();
    const QString all = tr("%n request(s)", nullptr, m_model->rowCount());
    m_count->setText(failures == 0 ? all : tr("%1, %2 failed").arg(all).arg(failures));
    const bool some = m_filter->rowCount() > 0;
    m_copy->setEnabled(some);
    m_save->setEnabled(some);
}

void RequestHistory::copy()
{
    const QModelIndexList rows = m_view->selectionModel()->selectedRows();
    QStringList lines;
    if (rows.isEmpty()) {
        for (const auto &record : shown())
            lines << hub::requestLine(record);
    }
    for (const QModelIndex &row : rows)
        lines << hub::requestLine(m_model->record(m_filter->mapToSource(row).row()));
    QGuiApplication::clipboard()->setText(lines.join(u'\n') + u'\n');
}

void RequestHistory::askCsv()
{
    auto *dialog = new QFileDialog(this, tr("Save the requests"), {}, tr("Table (*.csv)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("csv"));
    dialog->selectFile(QStringLiteral("hub-requests.csv"));
    connect(dialog, &QFileDialog::fileSelected, this, &RequestHistory::writeCsv);
    dialog->open();
}

void RequestHistory::writeCsv(const QString &file)
{
    offThread(
        this,
        [rows = shown(), file] {
            const QByteArray bytes = requestsCsv(rows);
            QSaveFile out(file);
            const bool written = out.open(QIODevice::WriteOnly) && out.write(bytes) == bytes.size() && out.commit();
            return written ? QString() : out.errorString();
        },
        [this, file](const QString &problem) {
            Q_EMIT notice(problem.isEmpty() ? tr("Saved %1").arg(file)
                                            : tr("%1 cannot be written: %2. Choose another folder.").arg(file, problem),
                          !problem.isEmpty());
        });
}

} // namespace torchdeck::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/chart_export.h"

#include "ui/format.h"
#include "ui/widgets/basics.h"

#include <QtCore/QBuffer>
#include <QtCore/QCoreApplication>
#include <QtCore/QLocale>
#include <QtCore/QSaveFile>
#include <QtGui/QClipboard>
#include <QtGui/QGuiApplication>
#include <QtGui/QPainter>
#include <QtSvg/QSvgGenerator>
#include <QtWidgets/QDialog>
#include <QtWidgets/QHeaderView>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QTableView>
#include <QtWidgets/QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace torchdeck::ui {

namespace {

constexpr int titleHeight = 34;
constexpr int margin = 16;
constexpr int widthFromRows = 50; ///< rows of a table that its columns' widths are measured by

struct Export {
    Q_DECLARE_TR_FUNCTIONS(ChartExport)
};

/// Title, colour keys and the chart, as on the card.
void paintChart(LineChart &chart, const QString &title, QPainter &painter, const QSize &size)
{
    const Theme &theme = themeFor(chart.palette());
    painter.fillRect(QRect(QPoint(0, 0), size), theme.surface);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(scaledFont(chart.font(), 1.05, QFont::DemiBold));
    painter.setPen(theme.text);
    painter.drawText(QRect(margin, 8, size.width() - 2 * margin, titleHeight - 8), Qt::AlignVCenter, title);
    painter.setFont(scaledFont(chart.font(), 0.9));
    int x = margin;
    const int y = titleHeight + 8;
    for (int line = 0; line < chart.lineCount(); ++line) {
        const SeriesStyle &style = chart.style(line);
        if (!style.inTooltip || chart.points(line).empty())
            continue;
        const int width = painter.fontMetrics().horizontalAdvance(style.name);
        if (x + width + 24 > size.width())
            break;
        painter.setPen(QPen(theme.series.*style.color, 3, style.pen, Qt::FlatCap));
        painter.drawLine(x, y, x + 13, y);
        painter.setPen(theme.textMuted);
        painter.drawText(QRect(x + 18, y - 10, width + 4, 20), Qt::AlignVCenter, style.name);
        x += width + 32;
    }
    const QRect target(margin, titleHeight + 22, size.width() - 2 * margin, size.height() - titleHeight - 22 - 8);
    chart.render(&painter, target, chart.viewport()->rect(), Qt::IgnoreAspectRatio);
}

QSize exportSize(const LineChart &chart)
{
    return chart.viewport()->size() + QSize(2 * margin, titleHeight + 30);
}

QByteArray png(LineChart &chart, const QString &title)
{
    const QSize size = exportSize(chart);
    QImage image(size * 2, QImage::Format_RGB32);
    image.setDevicePixelRatio(2);
    QPainter painter(&image);
    paintChart(chart, title, painter, size);
    painter.end();
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    return image.save(&buffer, "PNG") ? bytes : QByteArray();
}

QByteArray svg(LineChart &chart, const QString &title)
{
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    QSvgGenerator generator;
    generator.setOutputDevice(&buffer);
    generator.setSize(exportSize(chart));
    generator.setViewBox(QRect(QPoint(0, 0), exportSize(chart)));
    generator.setTitle(title);
    QPainter painter(&generator);
    paintChart(chart, title, painter, exportSize(chart));
    painter.end();
    return bytes;
}

} // namespace

ChartTableModel::ChartTableModel(const LineChart &chart, const QString &xName, QObject *parent)
    : QAbstractTableModel(parent)
    , m_names { xName }
{
    for (int line = 0; line < chart.lineCount(); ++line) {
        for (const ChartPoint &point : chart.points(line))
            m_x.push_back(point.x);
    }
    std::sort(m_x.begin(), m_x.end());
    m_x.erase(std::unique(m_x.begin(), m_x.end()), m_x.end());
    for (int line = 0; line < chart.lineCount(); ++line) {
        if (chart.points(line).empty())
            continue;
        m_names << chart.style(line).name;
        std::vector<double> column(m_x.size(), std::nan(""));
        std::size_t row = 0;
        for (const ChartPoint &point : chart.points(line)) {
            while (m_x[row] < point.x)
                ++row;
            column[row] = point.y;
        }
        m_columns.push_back(std::move(column));
    }
}

int ChartTableModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_x.size());
}

int ChartTableModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_names.size());
}

QVariant ChartTableModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    if (role == Qt::TextAlignmentRole)
        return int(Qt::AlignRight | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    const auto row = static_cast<std::size_t>(index.row());
    const double value =
        index.column() == 0 ? m_x[row] : m_columns[static_cast<std::size_t>(index.column() - 1)][row];
    return std::isnan(value) ? QString() : QLocale().toString(value, 'g', 6);
}

QVariant ChartTableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (role != Qt::DisplayRole || orientation != Qt::Horizontal)
        return {};
    return m_names.value(section);
}

QByteArray ChartTableModel::csv() const
{
    QByteArrayList head;
    for (const QString &name : m_names)
        head << csvCell(name);
    QByteArray out = head.join(',') + '\n';
    for (std::size_t row = 0; row < m_x.size(); ++row) {
        out += QByteArray::number(m_x[row], 'g', 10);
        for (const auto &column : m_columns) {
            out += ',';
            if (!std::isnan(column[row]))
                out += QByteArray::number(column[row], 'g', 10);
        }
        out += '\n';
    }
    return out;
}

QString saveChart(LineChart &chart, const QString &title, const QString &xName, const QString &path)
{
    QByteArray bytes;
    if (path.endsWith(QLatin1String(".png"), Qt::CaseInsensitive))
        bytes = png(chart, title);
    else if (path.endsWith(QLatin1String(".svg"), Qt::CaseInsensitive))
        bytes = svg(chart, title);
    else if (path.endsWith(QLatin1String(".csv"), Qt::CaseInsensitive))
        bytes = ChartTableModel(chart, xName).csv();
    else
        return Export::tr("%1 has no ending that says how to write it: use .png, .svg or .csv.").arg(path);
    QSaveFile file(path);
    if (!bytes.isEmpty() && file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() && file.commit())
        return {};
    return Export::tr("%1 cannot be written: %2. Choose another folder.").arg(path, file.errorString());
}

void showChartTable(LineChart &chart, const QString &title, const QString &xName)
{
    auto *dialog = new QDialog(chart.window());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(title);
    dialog->resize(620, 480);
    auto *model = new ChartTableModel(chart, xName, dialog);
    auto *view = new QTableView;
    view->setModel(model);
    setLook(view, "framed");
    view->setAccessibleName(title);
    view->setTabKeyNavigation(false); // Tab leaves the table
    view->verticalHeader()->hide();
    view->verticalHeader()->setDefaultSectionSize(view->fontMetrics().height() + 10);
    view->horizontalHeader()->setDefaultAlignment(Qt::AlignRight | Qt::AlignVCenter); // as the values below
    view->horizontalHeader()->setResizeContentsPrecision(widthFromRows);
    auto *copy = makeButton(Export::tr("Copy as CSV"));
    auto *close = makeButton(Export::tr("Close"), "primary");
    auto *buttons = new QHBoxLayout;
    buttons->addWidget(copy);
    buttons->addStretch(1);
    buttons->addWidget(close);
    auto *layout = new QVBoxLayout(dialog);
    layout->setContentsMargins(space::l, space::l, space::l, space::l);
    layout->addWidget(view, 1);
    layout->addLayout(buttons);
    QObject::connect(copy, &QPushButton::clicked, dialog,
                     [model] { QGuiApplication::clipboard()->setText(QString::fromUtf8(model->csv())); });
    QObject::connect(close, &QPushButton::clicked, dialog, &QDialog::accept);
    dialog->open();
    view->resizeColumnsToContents(); // now that its header has the fonts of the style sheet
}

} // namespace torchdeck::ui

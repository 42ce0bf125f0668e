// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/line_chart.h"

#include <QtCore/QAbstractTableModel>

namespace torchdeck::ui {

/// A chart's values as a table: x first, one column a line, one row an x that any line has.
class ChartTableModel : public QAbstractTableModel {
    Q_OBJECT
public:
    ChartTableModel(const LineChart &chart, const QString &xName, QObject *parent = nullptr); ///< takes a copy
    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    [[nodiscard]] QByteArray csv() const; ///< numbers with a point, whatever the user's language

private:
    QStringList m_names;
    std::vector<double> m_x;
    std::vector<std::vector<double>> m_columns; ///< NaN = none at this x
};

/// Writes the chart as .png (twice the screen's resolution), .svg or .csv, by the file's ending. An error sentence,
/// or empty. Nothing is left half written.
[[nodiscard]] QString saveChart(LineChart &chart, const QString &title, const QString &xName, const QString &file);

/// The values in a window of their own.
void showChartTable(LineChart &chart, const QString &title, const QString &xName);

} // namespace torchdeck::ui

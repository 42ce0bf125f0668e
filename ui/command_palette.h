// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QSortFilterProxyModel>
#include <QtWidgets/QDialog>

class QAction;
class QLineEdit;
class QListView;
class QMenuBar;
class QStandardItemModel;

namespace torchdeck::ui {

/// Entries that hold the typed letters in order ("otr" finds "Open the run's folder"); words as typed come first.
class PaletteFilter : public QSortFilterProxyModel {
    Q_OBJECT
public:
    using QSortFilterProxyModel::QSortFilterProxyModel;
    void setPattern(const QString &text);
    /// Smaller is better; -1 = no match.
    [[nodiscard]] static int distance(const QString &pattern, const QString &text);

protected:
    [[nodiscard]] bool filterAcceptsRow(int row, const QModelIndex &parent) const override;
    [[nodiscard]] bool lessThan(const QModelIndex &left, const QModelIndex &right) const override;

private:
    QString m_pattern;
};

/// Every action of the menus and every training argument behind one line of text.
class CommandPalette : public QDialog {
    Q_OBJECT
public:
    explicit CommandPalette(QMenuBar &menus, QWidget *parent = nullptr);
    [[nodiscard]] QLineEdit *field() const { return m_field; }
    [[nodiscard]] QListView *list() const { return m_list; }
    void runCurrent();

Q_SIGNALS:
    void argumentChosen(const QString &name);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void fill(QMenuBar &menus);

    QLineEdit *m_field;
    QListView *m_list;
    QStandardItemModel *m_model;
    PaletteFilter *m_filter;
};

} // namespace torchdeck::ui

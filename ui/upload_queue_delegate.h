// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtWidgets/QStyledItemDelegate>

namespace torchdeck::ui {

/// Paints one upload as a small card: what and state, its run and attempts, the error in words, the next try
/// or the progress. The row under the pointer or selected shows Retry now and Discard.
class UploadQueueDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    explicit UploadQueueDelegate(QObject *parent = nullptr);
    void paint(QPainter *painter, const QStyleOptionViewItem &option,
               const QModelIndex &index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;

Q_SIGNALS:
    void retryClicked(qint64 id);
    void discardClicked(qint64 id);

protected:
    bool editorEvent(QEvent *event, QAbstractItemModel *model, const QStyleOptionViewItem &option,
                     const QModelIndex &index) override;
};

} // namespace torchdeck::ui

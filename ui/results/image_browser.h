// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/results/image_entry.h"

#include <QtCore/QAbstractListModel>
#include <QtWidgets/QWidget>

class QListView;

namespace torchdeck::ui {

/// One picture with its boxes, as large as there is room. Files are read on another thread.
class PictureView : public QWidget {
    Q_OBJECT
public:
    explicit PictureView(QWidget *parent = nullptr);
    void setEntry(const ImageEntry &entry);
    void clear(const QString &words = {});
    void setThreshold(double confidence); ///< detections below it are not drawn
    [[nodiscard]] bool hasPicture() const { return !m_picture.isNull(); }
    [[nodiscard]] std::size_t drawnBoxes() const { return shownBoxes().size(); }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    [[nodiscard]] std::vector<ImageBox> shownBoxes() const;

    ImageEntry m_entry;
    QImage m_picture;
    QString m_words;
    double m_threshold = 0;
    int m_wanted = 0; ///< number of the newest picture asked for: answers of older ones are dropped
};

class ImageListModel : public QAbstractListModel {
    Q_OBJECT
public:
    enum Role { DetailRole = Qt::UserRole + 1 };
    using QAbstractListModel::QAbstractListModel;
    void setEntries(std::vector<ImageEntry> entries);
    void add(ImageEntry entry);
    [[nodiscard]] const ImageEntry &entry(int row) const
    {
        return m_entries.at(static_cast<std::size_t>(row));
    }
    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;

private:
    std::vector<ImageEntry> m_entries;
};

/// A list of pictures on the left, the chosen one with its boxes on the right.
class ImageBrowser : public QWidget {
    Q_OBJECT
public:
    explicit ImageBrowser(const QString &emptyWords, QWidget *parent = nullptr);
    void setEntries(std::vector<ImageEntry> entries);
    void add(ImageEntry entry); ///< the first one is shown
    void setEmptyWords(const QString &words);
    void setThreshold(double confidence);
    [[nodiscard]] ImageListModel *model() const { return m_model; }
    [[nodiscard]] QListView *list() const { return m_list; }
    [[nodiscard]] PictureView *picture() const { return m_picture; }

private:
    ImageListModel *m_model;
    QListView *m_list;
    PictureView *m_picture;
    QString m_emptyWords;
};

} // namespace torchdeck::ui

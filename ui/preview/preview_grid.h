// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/batch_preview.h"

#include <QtCore/QTimer>
#include <QtGui/QImage>
#include <QtWidgets/QWidget>

#include <array>

namespace torchdeck::ui {

/// Four by four training images with their boxes in the colours of their classes. A click, or Return, shows one as
/// large as there is room; arrow keys go from one to the next, Escape goes back.
class PreviewGrid : public QWidget {
    Q_OBJECT
public:
    static constexpr int columns = 4;
    static constexpr int cells = columns * columns;

    explicit PreviewGrid(QWidget *parent = nullptr);

    void fade(); ///< what is shown belongs to earlier arguments, until it is replaced
    void setImage(int cell, const engine::PreviewImage &image);
    void keep(int count); ///< there are no more: cells behind are emptied, none is faded
    void clear(const QString &words = {}); ///< says why there is nothing
    void setClassNames(const QStringList &names);
    void setBoxesShown(bool on);
    void setZoomed(int cell); ///< -1 = the grid

    [[nodiscard]] int shownImages() const; ///< that are not faded
    [[nodiscard]] int zoomed() const { return m_zoomed; }
    [[nodiscard]] QImage image(int cell) const { return m_cells.at(static_cast<std::size_t>(cell)).full; }
    [[nodiscard]] QString words(int cell) const; ///< file and boxes of one image, in words
    [[nodiscard]] QList<int> classesShown() const; ///< ids, rising
    [[nodiscard]] QRect cellRect(int cell) const;

Q_SIGNALS:
    void currentChanged(int cell);
    void zoomChanged(int cell);

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    bool event(QEvent *event) override;

private:
    struct Cell {
        QImage full; ///< shares the engine's pixels
        QImage small; ///< at the cell's size; null until there was time to make it
        engine::PreviewImage image;
        bool faded = false;
    };
    [[nodiscard]] int cellAt(QPoint position) const;
    [[nodiscard]] QRectF target(const Cell &cell, const QRectF &room) const;
    void paintCell(QPainter &painter, const Cell &cell, const QRectF &room, bool large) const;
    void scaleNext();
    void setCurrent(int cell);

    std::array<Cell, cells> m_cells;
    QStringList m_names;
    QString m_words;
    QTimer m_scaling; ///< one cell an event, so that no frame waits
    bool m_boxes = true;
    int m_current = 0;
    int m_zoomed = -1;
};

/// Coloured chips with the names of classes, in one line; what does not fit is counted.
class ClassLegend : public QWidget {
    Q_OBJECT
public:
    explicit ClassLegend(QWidget *parent = nullptr);
    void setClasses(const QList<int> &ids, const QStringList &names);
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QList<int> m_ids;
    QStringList m_names;
};

} // namespace torchdeck::ui

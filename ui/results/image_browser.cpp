// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/results/image_browser.h"

#include "ui/theme.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/off_thread.h"

#include <QtGui/QPainter>
#include <QtWidgets/QListView>
#include <QtWidgets/QSplitter>
#include <QtWidgets/QStyledItemDelegate>
#include <QtWidgets/QVBoxLayout>

#include <algorithm>

namespace torchdeck::ui {

namespace {

constexpr int longestSide = 1600; ///< pixels kept of a picture
constexpr int listWidth = 240;

/// Name over what was found.
class EntryDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &) const override
    {
        return { 120, option.fontMetrics.height() * 2 + 12 };
    }

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        const Theme &theme = themeFor(option.palette);
        painter->save();
        if (option.state & QStyle::State_Selected)
            painter->fillRect(option.rect, theme.accentSoft);
        QRect line = option.rect.adjusted(space::s, 4, -space::s, 0);
        line.setHeight(option.fontMetrics.height() + 2);
        painter->setPen(theme.text);
        painter->drawText(
            line, Qt::AlignVCenter,
            option.fontMetrics.elidedText(index.data().toString(), Qt::ElideMiddle, line.width()));
        line.translate(0, line.height());
        painter->setFont(scaledFont(option.font, 0.9));
        painter->setPen(theme.textMuted);
        painter->drawText(line, Qt::AlignVCenter,
                          painter->fontMetrics().elidedText(index.data(ImageListModel::DetailRole).toString(),
                                                            Qt::ElideRight, line.width()));
        painter->restore();
    }
};

} // namespace

PictureView::PictureView(QWidget *parent)
    : QWidget(parent)
{
    setMinimumSize(200, 160);
    setAccessibleName(tr("Picture with its boxes"));
}

void PictureView::setEntry(const ImageEntry &entry)
{
    const bool sameFile = entry.file == m_entry.file && !m_picture.isNull();
    m_entry = entry;
    setAccessibleDescription(entry.title + QStringLiteral(": ") + entry.detail);
    if (sameFile) { // other boxes on the picture that is there
        update();
        return;
    }
    const int number = ++m_wanted;
    offThread(
        this, [file = entry.file] { return readPicture(file, longestSide); },
        [this, number](QImage picture) {
            if (number != m_wanted)
                return;
            m_picture = std::move(picture);
            m_words = m_picture.isNull()
                ? tr("%1 cannot be shown: it was moved or is no picture.").arg(m_entry.file)
                : QString();
            update();
        });
}

void PictureView::clear(const QString &words)
{
    ++m_wanted;
    m_entry = {};
    m_picture = {};
    m_words = words;
    update();
}

void PictureView::setThreshold(double confidence)
{
    m_threshold = confidence;
    update();
}

std::vector<ImageBox> PictureView::shownBoxes() const
{
    std::vector<ImageBox> boxes;
    for (const ImageBox &box : m_entry.boxes) {
        if (box.confidence >= m_threshold)
            boxes.push_back(box);
    }
    std::ranges::reverse(boxes); // the surest on top
    return boxes;
}

void PictureView::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const Theme &theme = themeFor(palette());
    if (m_picture.isNull()) {
        painter.setPen(theme.textFaint);
        painter.drawText(rect().adjusted(space::xl, 0, -space::xl, 0), Qt::AlignCenter | Qt::TextWordWrap,
                         m_words);
        return;
    }
    // Small pictures grow, but not to mush.
    const QSizeF room = QSizeF(size()).boundedTo(QSizeF(m_picture.size()) * 4);
    const QSizeF fitted = QSizeF(m_picture.size()).scaled(room, Qt::KeepAspectRatio);
    const QRectF target(QPointF((width() - fitted.width()) / 2, (height() - fitted.height()) / 2), fitted);
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    painter.drawImage(target, m_picture);
    const double original = m_entry.size.isEmpty() ? m_picture.width() : m_entry.size.width();
    painter.setFont(scaledFont(font(), 0.85));
    drawBoxes(painter, shownBoxes(), target, fitted.width() / original, palette());
}

void ImageListModel::setEntries(std::vector<ImageEntry> entries)
{
    beginResetModel();
    m_entries = std::move(entries);
    endResetModel();
}

void ImageListModel::add(ImageEntry entry)
{
    beginInsertRows({}, rowCount(), rowCount());
    m_entries.push_back(std::move(entry));
    endInsertRows();
}

int ImageListModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_entries.size());
}

QVariant ImageListModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const ImageEntry &one = entry(index.row());
    switch (role) {
    case Qt::DisplayRole:
        return one.title;
    case DetailRole:
        return one.detail;
    case Qt::ToolTipRole:
        return one.file;
    case Qt::AccessibleTextRole:
        return QString(one.title + QStringLiteral(", ") + one.detail);
    default:
        return {};
    }
}

ImageBrowser::ImageBrowser(const QString &emptyWords, QWidget *parent)
    : QWidget(parent)
    , m_model(new ImageListModel(this))
    , m_list(new QListView)
    , m_picture(new PictureView)
    , m_emptyWords(emptyWords)
{
    m_list->setModel(m_model);
    m_list->setItemDelegate(new EntryDelegate(m_list));
    m_list->setUniformItemSizes(true);
    m_list->setMinimumWidth(140);
    m_list->setAccessibleName(tr("Pictures"));
    setLook(m_list, "framed");
    auto *splitter = new QSplitter(Qt::Horizontal);
    splitter->setHandleWidth(space::m);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(m_list);
    splitter->addWidget(m_picture);
    splitter->setStretchFactor(1, 1);
    splitter->setSizes({ listWidth, 600 });
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(splitter);
    connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this,
            [this](const QModelIndex &now) {
                if (now.isValid())
                    m_picture->setEntry(m_model->entry(now.row()));
                else
                    m_picture->clear(m_emptyWords);
            });
    m_picture->clear(m_emptyWords);
}

void ImageBrowser::setEntries(std::vector<ImageEntry> entries)
{
    m_model->setEntries(std::move(entries));
    if (m_model->rowCount() > 0)
        m_list->setCurrentIndex(m_model->index(0));
    else
        m_picture->clear(m_emptyWords);
}

void ImageBrowser::add(ImageEntry entry)
{
    m_model->add(std::move(entry));
    if (m_model->rowCount() == 1)
        m_list->setCurrentIndex(m_model->index(0));
}

void ImageBrowser::setEmptyWords(const QString &words)
{
    m_emptyWords = words;
    if (m_model->rowCount() == 0)
        m_picture->clear(words);
}

void ImageBrowser::setThreshold(double confidence) { m_picture->setThreshold(confidence); }

} // namespace torchdeck::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/text_recorder.h"

#include <QtGui/QPaintEngine>
#include <QtWidgets/QGraphicsTextItem>
#include <QtWidgets/QGraphicsView>
#include <QtWidgets/QWidget>

#include <cmath>
#include <utility>

namespace torchdeck::audit {

namespace {

constexpr double lettersShare = 0.72; ///< of the ascent: capitals reach no higher

class RecordingEngine : public QPaintEngine {
public:
    RecordingEngine()
        : QPaintEngine(AllFeatures)
    {
    }
    bool begin(QPaintDevice *) override { return true; }
    bool end() override { return true; }
    Type type() const override { return User; }
    void updateState(const QPaintEngineState &state) override
    {
        m_another = true; // pen, font or clip have changed: not the same text any more
        if (state.state() & DirtyTransform)
            m_transform = state.transform();
    }
    void drawPixmap(const QRectF &, const QPixmap &, const QRectF &) override { }
    void drawImage(const QRectF &, const QImage &, const QRectF &, Qt::ImageConversionFlags) override { }
    void drawTiledPixmap(const QRectF &, const QPixmap &, const QPointF &) override { }
    void drawPath(const QPainterPath &) override { }
    void drawPolygon(const QPointF *, int, PolygonDrawMode) override { }
    void drawPolygon(const QPoint *, int, PolygonDrawMode) override { }
    void drawTextItem(const QPointF &at, const QTextItem &item) override
    {
        if (item.text().trimmed().isEmpty())
            return;
        const double up = item.ascent() * lettersShare;
        const QRectF rect = m_transform.mapRect(QRectF(at.x(), at.y() - up, item.width(), up));
        // Scripts and fonts change within a line: what begins where the last piece ended goes on with it.
        if (!std::exchange(m_another, false) && !texts.isEmpty() && std::abs(texts.back().rect.bottom() - rect.bottom()) < 1
            && std::abs(texts.back().rect.right() - rect.left()) < m_gap) {
            texts.back().text += item.text();
            texts.back().rect |= rect;
        } else {
            texts.append({ item.text(), rect });
        }
    }
    QVector<PaintedText> texts;

private:
    static constexpr double m_gap = 6; ///< px: a blank between two scripts is not reported as text
    QTransform m_transform;
    bool m_another = true;
};

class RecordingDevice : public QPaintDevice {
public:
    explicit RecordingDevice(QWidget &widget)
        : m_widget(widget)
    {
    }
    QPaintEngine *paintEngine() const override { return &engine; }
    int metric(PaintDeviceMetric what) const override
    {
        switch (what) {
        case PdmWidth:
            return m_widget.width();
        case PdmHeight:
            return m_widget.height();
        case PdmDevicePixelRatio:
            return 1;
        case PdmDevicePixelRatioScaled:
            return int(devicePixelRatioFScale());
        case PdmDpiX:
        case PdmPhysicalDpiX:
            return m_widget.logicalDpiX();
        case PdmDpiY:
        case PdmPhysicalDpiY:
            return m_widget.logicalDpiY();
        case PdmDepth:
            return 32;
        case PdmNumColors:
            return 1 << 24;
        case PdmWidthMM:
            return m_widget.widthMM();
        case PdmHeightMM:
            return m_widget.heightMM();
        }
        return QPaintDevice::metric(what);
    }
    mutable RecordingEngine engine;

private:
    QWidget &m_widget;
};

/// Charts keep their axes as a picture: these texts are asked for from the scene.
void addScene(const QGraphicsView &view, QVector<PaintedText> &texts)
{
    if (!view.scene())
        return;
    const QList<QGraphicsItem *> items = view.scene()->items();
    for (const QGraphicsItem *item : items) {
        QString text;
        if (const auto *rich = dynamic_cast<const QGraphicsTextItem *>(item))
            text = rich->toPlainText();
        else if (const auto *simple = dynamic_cast<const QGraphicsSimpleTextItem *>(item))
            text = simple->text();
        if (text.trimmed().isEmpty() || !item->isVisible() || item->opacity() <= 0)
            continue;
        QRectF rect = view.mapFromScene(item->sceneBoundingRect()).boundingRect();
        texts.append({ text, rect.adjusted(4, 6, -4, -6) }); // a text document has its margin
    }
}

} // namespace

QVector<PaintedText> paintedTexts(QWidget &widget)
{
    RecordingDevice device(widget);
    widget.render(&device, QPoint(), QRegion(), QWidget::RenderFlags());
    QVector<PaintedText> texts = device.engine.texts;
    if (const auto *view = qobject_cast<const QGraphicsView *>(widget.parentWidget()); view && view->viewport() == &widget)
        addScene(*view, texts);
    return texts;
}

} // namespace torchdeck::audit

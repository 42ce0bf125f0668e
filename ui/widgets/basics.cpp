// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/basics.h"

#include "ui/theme.h"

#include <QtCore/QEvent>
#include <QtGui/QPainter>
#include <QtGui/QPainterPath>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QStyle>
#include <QtWidgets/QVBoxLayout>

namespace torchdeck::ui {

void setStyleProperty(QWidget *widget, const char *name, const QVariant &value)
{
    if (widget->property(name) == value)
        return;
    widget->setProperty(name, value);
    widget->style()->unpolish(widget);
    widget->style()->polish(widget);
    widget->update();
}

void setLook(QWidget *widget, const char *look)
{
    setStyleProperty(widget, "look", QString::fromLatin1(look));
}

Card::Card(QWidget *parent)
    : QFrame(parent)
    , m_body(new QVBoxLayout(this))
{
    setLook(this, "card");
    m_body->setContentsMargins(space::l, space::m, space::l, space::m);
    m_body->setSpacing(space::s);
}

ElidedLabel::ElidedLabel(QWidget *parent, Qt::TextElideMode mode)
    : QLabel(parent)
    , m_mode(mode)
{
    setTextFormat(Qt::PlainText);
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
}

void ElidedLabel::setFullText(const QString &text)
{
    if (text == m_full)
        return;
    m_full = text;
    setAccessibleName(text);
    elide();
    updateGeometry();
}

QSize ElidedLabel::minimumSizeHint() const { return { 24, fontMetrics().height() }; }

QSize ElidedLabel::sizeHint() const
{
    return { fontMetrics().horizontalAdvance(m_full) + 2, fontMetrics().height() };
}

void ElidedLabel::resizeEvent(QResizeEvent *event)
{
    QLabel::resizeEvent(event);
    elide();
}

void ElidedLabel::elide()
{
    const QString shown = fontMetrics().elidedText(m_full, m_mode, width());
    setText(shown);
    setToolTip(shown == m_full ? QString() : m_full);
}

TextLine::TextLine(QColor Theme::*color, double scale, QFont::Weight weight, QWidget *parent)
    : QWidget(parent)
    , m_color(color)
    , m_scale(scale)
    , m_weight(weight)
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

void TextLine::setText(const QString &text)
{
    if (text == m_text)
        return;
    m_text = text;
    const int width = QFontMetrics(scaledFont(font(), m_scale, m_weight)).horizontalAdvance(text) + 1;
    if (width > m_widest) {
        m_widest = width;
        updateGeometry();
    }
    update();
}

void TextLine::reserve(const QString &longest)
{
    m_widest = std::max(m_widest,
                        QFontMetrics(scaledFont(font(), m_scale, m_weight)).horizontalAdvance(longest) + 1);
    updateGeometry();
}

QSize TextLine::sizeHint() const
{
    return { m_widest, QFontMetrics(scaledFont(font(), m_scale, m_weight)).height() };
}

QSize TextLine::minimumSizeHint() const { return { std::min(m_widest, 20), sizeHint().height() }; }

void TextLine::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setFont(scaledFont(font(), m_scale, m_weight));
    painter.setPen(themeFor(palette()).*m_color);
    const QString shown = painter.fontMetrics().elidedText(m_text, Qt::ElideRight, width());
    painter.drawText(rect(), Qt::AlignLeft | Qt::AlignVCenter, shown);
    setToolTip(shown == m_text ? QString() : m_text); // here: the width may have changed, not only the text
}

void TextLine::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        updateGeometry();
}

ToggleSwitch::ToggleSwitch(const QString &text, QWidget *parent)
    : QAbstractButton(parent)
{
    setText(text);
    setCheckable(true);
    setAccessibleName(text);
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::PointingHandCursor);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

QSize ToggleSwitch::sizeHint() const
{
    const int textWidth = text().isEmpty() ? 0 : fontMetrics().horizontalAdvance(text()) + space::s;
    return { 38 + textWidth, qMax(24, fontMetrics().height() + 4) };
}

void ToggleSwitch::paintEvent(QPaintEvent *)
{
    const Theme &theme = themeFor(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF track(1, (height() - 20) / 2.0, 36, 20);
    QColor fill = isChecked() ? theme.accent : (underMouse() ? theme.textFaint : theme.borderStrong);
    if (!isEnabled())
        fill = theme.border;
    painter.setPen(Qt::NoPen);
    painter.setBrush(fill);
    painter.drawRoundedRect(track, 10, 10);
    painter.setBrush(isEnabled() ? QColor(Qt::white) : theme.surface);
    const double x = isChecked() ? track.right() - 17 : track.left() + 3;
    painter.drawEllipse(QRectF(x, track.top() + 3, 14, 14));
    if (hasFocus()) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(theme.text, 1.5));
        painter.drawRoundedRect(track.adjusted(-0.5, -0.5, 0.5, 0.5), 10.5, 10.5);
    }
    if (!text().isEmpty()) {
        painter.setPen(isEnabled() ? theme.text : theme.textFaint);
        painter.drawText(QRect(38 + space::s, 0, width(), height()), Qt::AlignVCenter | Qt::AlignLeft,
                         text());
    }
}

void ToggleSwitch::enterEvent(QEnterEvent *event)
{
    QAbstractButton::enterEvent(event);
    update();
}

void ToggleSwitch::leaveEvent(QEvent *event)
{
    QAbstractButton::leaveEvent(event);
    update();
}

QColor toneColor(const QPalette &palette, Tone tone)
{
    const Theme &theme = themeFor(palette);
    switch (tone) {
    case Tone::Neutral:
        return theme.textMuted;
    case Tone::Accent:
        return theme.accent;
    case Tone::Success:
        return theme.success;
    case Tone::Warning:
        return theme.warning;
    case Tone::Danger:
        return theme.danger;
    }
    return theme.textMuted;
}

QColor toneSoftColor(const QPalette &palette, Tone tone)
{
    const Theme &theme = themeFor(palette);
    switch (tone) {
    case Tone::Neutral:
        return theme.hover;
    case Tone::Accent:
        return theme.accentSoft;
    case Tone::Success:
        return theme.successSoft;
    case Tone::Warning:
        return theme.warningSoft;
    case Tone::Danger:
        return theme.dangerSoft;
    }
    return theme.hover;
}

StateBadge::StateBadge(QWidget *parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void StateBadge::setState(const QString &text, Tone tone)
{
    if (m_text == text && m_tone == tone)
        return;
    m_text = text;
    m_tone = tone;
    setAccessibleName(text);
    updateGeometry();
    update();
}

QSize StateBadge::sizeHint() const
{
    if (m_text.isEmpty())
        return { 0, 0 };
    return { fontMetrics().horizontalAdvance(m_text) + 32, fontMetrics().height() + 6 };
}

void StateBadge::paintEvent(QPaintEvent *)
{
    if (m_text.isEmpty())
        return;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(toneSoftColor(palette(), m_tone));
    painter.drawRoundedRect(rect(), height() / 2.0, height() / 2.0);
    painter.setBrush(toneColor(palette(), m_tone));
    painter.drawEllipse(QPointF(13, height() / 2.0), 3.5, 3.5);
    painter.setPen(toneColor(palette(), m_tone));
    painter.drawText(rect().adjusted(22, 0, -8, 0), Qt::AlignVCenter | Qt::AlignLeft, m_text);
}

IconButton::IconButton(const QString &icon, const QString &name, QWidget *parent)
    : QAbstractButton(parent)
    , m_icon(icon)
{
    setAccessibleName(name);
    setToolTip(name);
    setFocusPolicy(Qt::TabFocus);
    setCursor(Qt::PointingHandCursor);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void IconButton::setIconName(const QString &icon)
{
    m_icon = icon;
    update();
}

void IconButton::paintEvent(QPaintEvent *)
{
    const Theme &theme = themeFor(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const bool active = isEnabled() && (underMouse() || isDown() || isChecked());
    if (active || hasFocus()) {
        painter.setPen(hasFocus() ? QPen(theme.accent, 1.2) : QPen(Qt::NoPen));
        painter.setBrush(active ? (isChecked() ? theme.accentSoft : theme.hover) : QColor(Qt::transparent));
        painter.drawRoundedRect(QRectF(rect()).adjusted(0.6, 0.6, -0.6, -0.6), 6, 6);
    }
    if (!isEnabled())
        painter.setOpacity(0.4);
    const int size = 18;
    const QPixmap pixmap =
        themedPixmap(m_icon, underMouse() ? theme.text : theme.textMuted, size, devicePixelRatioF());
    painter.drawPixmap((width() - size) / 2, (height() - size) / 2, pixmap);
}

void IconButton::enterEvent(QEnterEvent *event)
{
    QAbstractButton::enterEvent(event);
    update();
}

void IconButton::leaveEvent(QEvent *event)
{
    QAbstractButton::leaveEvent(event);
    update();
}

IconLabel::IconLabel(const QString &icon, Tone tone, int size, QWidget *parent)
    : QWidget(parent)
    , m_icon(icon)
    , m_tone(tone)
    , m_size(size)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void IconLabel::setIcon(const QString &icon, Tone tone)
{
    m_icon = icon;
    m_tone = tone;
    update();
}

void IconLabel::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.drawPixmap((width() - m_size) / 2, (height() - m_size) / 2,
                       themedPixmap(m_icon, toneColor(palette(), m_tone), m_size, devicePixelRatioF()));
}

QLabel *makeLabel(const QString &text, const char *look, double scale, QFont::Weight weight)
{
    auto *label = new QLabel(text);
    label->setTextFormat(Qt::PlainText);
    if (look)
        setLook(label, look);
    if (scale != 1.0 || weight != QFont::Normal)
        label->setFont(scaledFont(label->font(), scale, weight));
    return label;
}

QPushButton *makeButton(const QString &text, const char *look)
{
    auto *button = new QPushButton(text);
    if (look)
        setLook(button, look);
    button->setCursor(Qt::PointingHandCursor);
    return button;
}

void setButtonIcon(QPushButton *button, const QString &icon, const QColor &color)
{
    button->setIcon(themedIcon(icon, color));
    button->setIconSize({ 16, 16 });
}

} // namespace torchdeck::ui

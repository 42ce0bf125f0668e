// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Small building blocks of the window's look.

#include "ui/theme.h"

#include <QtWidgets/QAbstractButton>
#include <QtWidgets/QFrame>
#include <QtWidgets/QLabel>

class QHBoxLayout;
class QPushButton;
class QToolButton;
class QVBoxLayout;

namespace torchdeck::ui {

/// Sets the style sheet's "look" property and repolishes, so that it takes effect at once.
void setLook(QWidget *widget, const char *look);
/// The same for any boolean or text property a selector asks for.
void setStyleProperty(QWidget *widget, const char *name, const QVariant &value);

/// A rounded surface with the card spacing.
class Card : public QFrame {
    Q_OBJECT
public:
    explicit Card(QWidget *parent = nullptr);
    [[nodiscard]] QVBoxLayout *body() const { return m_body; }

private:
    QVBoxLayout *m_body;
};

/// Text that is cut with "..." when there is no room, with the whole text as a tool tip.
class ElidedLabel : public QLabel {
    Q_OBJECT
public:
    explicit ElidedLabel(QWidget *parent = nullptr, Qt::TextElideMode mode = Qt::ElideRight);
    void setFullText(const QString &text);
    [[nodiscard]] QString fullText() const { return m_full; }
    [[nodiscard]] QSize minimumSizeHint() const override;
    [[nodiscard]] QSize sizeHint() const override;

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    void elide();
    QString m_full;
    Qt::TextElideMode m_mode;
};

/// One line of text that changes many times a second: painted, cut with "..." when there is no room. Unlike a QLabel it
/// never has the window laid out anew, except when a text is wider than any before.
class TextLine : public QWidget {
    Q_OBJECT
public:
    explicit TextLine(QColor Theme::*color, double scale = 1.0, QFont::Weight weight = QFont::Normal,
                      QWidget *parent = nullptr);
    void setText(const QString &text);
    [[nodiscard]] QString text() const { return m_text; }
    void reserve(const QString &longest); ///< room for this text from the start
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    QString m_text;
    QColor Theme::*m_color;
    double m_scale;
    QFont::Weight m_weight;
    int m_widest = 0;
};

/// An on/off switch with a label, told apart by position as well as colour.
class ToggleSwitch : public QAbstractButton {
    Q_OBJECT
public:
    explicit ToggleSwitch(const QString &text, QWidget *parent = nullptr);
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent *event) override;
    void enterEvent(QEnterEvent *event) override;
    void leaveEvent(QEvent *event) override;
};

enum class Tone { Neutral, Accent, Success, Warning, Danger };

/// A rounded state word with a dot: "Training", "Finished".
class StateBadge : public QWidget {
    Q_OBJECT
public:
    explicit StateBadge(QWidget *parent = nullptr);
    void setState(const QString &text, Tone tone);
    [[nodiscard]] QString text() const { return m_text; }
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QString m_text;
    Tone m_tone = Tone::Neutral;
};

/// A button that shows an icon of the set and follows light and dark.
class IconButton : public QAbstractButton {
    Q_OBJECT
public:
    IconButton(const QString &icon, const QString &name, QWidget *parent = nullptr);
    void setIconName(const QString &icon);
    [[nodiscard]] QSize sizeHint() const override { return { 30, 30 }; }
    [[nodiscard]] QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent *event) override;
    void enterEvent(QEnterEvent *event) override;
    void leaveEvent(QEvent *event) override;

private:
    QString m_icon;
};

/// Shows one icon of the set in a tone.
class IconLabel : public QWidget {
    Q_OBJECT
public:
    IconLabel(const QString &icon, Tone tone, int size = 20, QWidget *parent = nullptr);
    void setIcon(const QString &icon, Tone tone);
    [[nodiscard]] QSize sizeHint() const override { return { m_size, m_size }; }
    [[nodiscard]] QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QString m_icon;
    Tone m_tone;
    int m_size;
};

[[nodiscard]] QColor toneColor(const QPalette &palette, Tone tone);
[[nodiscard]] QColor toneSoftColor(const QPalette &palette, Tone tone);

/// A label in the given look ("muted", "problem" ...), optionally scaled.
[[nodiscard]] QLabel *makeLabel(const QString &text, const char *look = nullptr, double scale = 1.0,
                                QFont::Weight weight = QFont::Normal);
[[nodiscard]] QPushButton *makeButton(const QString &text, const char *look = nullptr);
/// Sets a button's icon to one of the set, coloured for the button's look; call again after a theme change.
void setButtonIcon(QPushButton *button, const QString &icon, const QColor &color);

} // namespace torchdeck::ui

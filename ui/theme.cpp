// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/theme.h"

#include <QtCore/QFile>
#include <QtCore/QHash>
#include <QtGui/QFontDatabase>
#include <QtGui/QGuiApplication>
#include <QtGui/QPainter>
#include <QtGui/QPixmapCache>
#include <QtSvg/QSvgRenderer>
#include <QtWidgets/QWidget>

#include <cmath>

// Resources of a static library must be registered by hand, outside any namespace.
static void registerResources() { Q_INIT_RESOURCE(torchdeck); }

namespace torchdeck::ui {

namespace {

QColor mixed(const QColor &a, const QColor &b, double part)
{
    return QColor::fromRgbF(static_cast<float>(a.redF() + (b.redF() - a.redF()) * part),
                            static_cast<float>(a.greenF() + (b.greenF() - a.greenF()) * part),
                            static_cast<float>(a.blueF() + (b.blueF() - a.blueF()) * part));
}

Theme makeLight()
{
    Theme t;
    t.window = QColor(0xf3f4f7);
    t.surface = QColor(0xffffff);
    t.field = QColor(0xffffff);
    t.hover = QColor(0xeef1f5);
    t.border = QColor(0xe2e5ea);
    t.borderStrong = QColor(0xc6ccd5);
    t.text = QColor(0x191d24);
    t.textMuted = QColor(0x59626f);
    t.textFaint = QColor(0x8a93a0);
    t.accent = QColor(0x1f66cc);
    t.accentHover = QColor(0x1a58b2);
    t.accentText = QColor(0xffffff);
    t.success = QColor(0x15785a);
    t.warning = QColor(0x9a5b00);
    t.danger = QColor(0xbe3427);
    t.info = t.accent;
    t.grid = QColor(0xe9ecf0);
    t.series = { QColor(0x0067ac), QColor(0xd98200), QColor(0x008a66),
                 QColor(0xb3568f), QColor(0x3b9fd8), QColor(0xcc5500) };
    return t;
}

Theme makeDark()
{
    Theme t;
    t.dark = true;
    t.window = QColor(0x13161b);
    t.surface = QColor(0x1b1f26);
    t.field = QColor(0x14181e);
    t.hover = QColor(0x262c35);
    t.border = QColor(0x2c323c);
    t.borderStrong = QColor(0x434b58);
    t.text = QColor(0xe7ebf0);
    t.textMuted = QColor(0xa3adba);
    t.textFaint = QColor(0x75808e);
    t.accent = QColor(0x5c9dff);
    t.accentHover = QColor(0x79afff);
    t.accentText = QColor(0x0b1523);
    t.success = QColor(0x4cc79a);
    t.warning = QColor(0xf0ad4e);
    t.danger = QColor(0xff7b6b);
    t.info = t.accent;
    t.grid = QColor(0x282e37);
    t.series = { QColor(0x58a6f5), QColor(0xf2a93b), QColor(0x2fc29a),
                 QColor(0xdd8fc0), QColor(0x86cdf2), QColor(0xff8a4c) };
    return t;
}

void addSofts(Theme &t)
{
    const double part = t.dark ? 0.18 : 0.10;
    t.accentSoft = mixed(t.surface, t.accent, part);
    t.successSoft = mixed(t.surface, t.success, part);
    t.warningSoft = mixed(t.surface, t.warning, part);
    t.dangerSoft = mixed(t.surface, t.danger, part);
    t.infoSoft = mixed(t.surface, t.info, part);
}

QString readResource(const QString &path)
{
    registerResources();
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

} // namespace

bool isDark(const QPalette &palette)
{
    return palette.color(QPalette::Active, QPalette::Window).lightnessF()
        < palette.color(QPalette::Active, QPalette::WindowText).lightnessF();
}

const Theme &lightTheme()
{
    static const Theme theme = [] {
        Theme t = makeLight();
        addSofts(t);
        return t;
    }();
    return theme;
}

const Theme &darkTheme()
{
    static const Theme theme = [] {
        Theme t = makeDark();
        addSofts(t);
        return t;
    }();
    return theme;
}

const Theme &themeFor(const QPalette &palette) { return isDark(palette) ? darkTheme() : lightTheme(); }

QPalette themePalette(const Theme &t)
{
    QPalette p;
    p.setColor(QPalette::Window, t.window);
    p.setColor(QPalette::WindowText, t.text);
    p.setColor(QPalette::Base, t.field);
    p.setColor(QPalette::AlternateBase, t.hover);
    p.setColor(QPalette::Text, t.text);
    p.setColor(QPalette::Button, t.surface);
    p.setColor(QPalette::ButtonText, t.text);
    p.setColor(QPalette::BrightText, t.danger);
    p.setColor(QPalette::Highlight, t.accent);
    p.setColor(QPalette::HighlightedText, t.accentText);
    p.setColor(QPalette::Link, t.accent);
    p.setColor(QPalette::LinkVisited, t.accent);
    p.setColor(QPalette::PlaceholderText, t.textFaint);
    p.setColor(QPalette::ToolTipBase, t.surface);
    p.setColor(QPalette::ToolTipText, t.text);
    p.setColor(QPalette::Light, t.surface);
    p.setColor(QPalette::Midlight, t.hover);
    p.setColor(QPalette::Mid, t.borderStrong);
    p.setColor(QPalette::Dark, t.borderStrong);
    p.setColor(QPalette::Shadow, t.dark ? QColor(0, 0, 0) : t.borderStrong);
    for (const auto role : { QPalette::WindowText, QPalette::Text, QPalette::ButtonText })
        p.setColor(QPalette::Disabled, role, t.textFaint);
    p.setColor(QPalette::Disabled, QPalette::Highlight, t.borderStrong);
    return p;
}

QString styleSheet(const Theme &t)
{
    static const QString source = readResource(QStringLiteral(":/torchdeck/theme.qss"));
    QString sheet = source;
    const std::pair<const char *, QColor> tokens[] = {
        { "@window@", t.window },
        { "@surface@", t.surface },
        { "@field@", t.field },
        { "@hover@", t.hover },
        { "@border@", t.border },
        { "@borderStrong@", t.borderStrong },
        { "@text@", t.text },
        { "@muted@", t.textMuted },
        { "@faint@", t.textFaint },
        { "@accent@", t.accent },
        { "@accentHover@", t.accentHover },
        { "@accentText@", t.accentText },
        { "@accentSoft@", t.accentSoft },
        { "@success@", t.success },
        { "@warning@", t.warning },
        { "@danger@", t.danger },
        { "@successSoft@", t.successSoft },
        { "@warningSoft@", t.warningSoft },
        { "@dangerSoft@", t.dangerSoft },
    };
    for (const auto &[token, color] : tokens)
        sheet.replace(QLatin1String(token), color.name());
    sheet.replace(QLatin1String("@mode@"), t.dark ? QStringLiteral("dark") : QStringLiteral("light"));
    return sheet;
}

void applyTheme(QWidget &window)
{
    const Theme &theme = themeFor(QGuiApplication::palette());
    window.setPalette(themePalette(theme));
    window.setStyleSheet(styleSheet(theme));
}

QPixmap themedPixmap(const QString &name, const QColor &color, int size, qreal ratio)
{
    // Buttons ask for their icon at every paint: rendering an SVG each time would be felt.
    const QString key = QStringLiteral("torchdeck/%1/%2/%3/%4").arg(name, color.name()).arg(size).arg(ratio);
    QPixmap pixmap;
    if (QPixmapCache::find(key, &pixmap))
        return pixmap;
    static QHash<QString, QString> sources;
    QString &source = sources[name];
    if (source.isEmpty())
        source = readResource(QStringLiteral(":/torchdeck/icons/%1.svg").arg(name));
    QString colored = source;
    colored.replace(QLatin1String("currentColor"), color.name());
    QSvgRenderer renderer(colored.toUtf8());
    const int pixels = qMax(1, static_cast<int>(std::lround(size * ratio)));
    pixmap = QPixmap(pixels, pixels);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    renderer.render(&painter, QRectF(0, 0, pixels, pixels));
    painter.end();
    pixmap.setDevicePixelRatio(ratio);
    QPixmapCache::insert(key, pixmap);
    return pixmap;
}

QIcon themedIcon(const QString &name, const QColor &color)
{
    QIcon icon;
    for (const int size : { 16, 20, 24 }) {
        for (const qreal ratio : { 1.0, 2.0 }) {
            icon.addPixmap(themedPixmap(name, color, size, ratio));
            const QPixmap solid = themedPixmap(name, color, size, ratio);
            QPixmap disabled(solid.size());
            disabled.fill(Qt::transparent);
            QPainter painter(&disabled);
            painter.setOpacity(0.4);
            painter.drawPixmap(QRect(QPoint(0, 0), solid.size()), solid, QRect(QPoint(0, 0), solid.size()));
            painter.end();
            disabled.setDevicePixelRatio(ratio);
            icon.addPixmap(disabled, QIcon::Disabled);
        }
    }
    return icon;
}

QFont scaledFont(const QFont &base, double factor, QFont::Weight weight)
{
    QFont font(base);
    if (base.pointSizeF() > 0)
        font.setPointSizeF(base.pointSizeF() * factor);
    else
        font.setPixelSize(qMax(1, static_cast<int>(std::lround(base.pixelSize() * factor))));
    font.setWeight(weight);
    return font;
}

QFont monospaceFont(const QFont &base, double factor)
{
    QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    if (base.pointSizeF() > 0)
        font.setPointSizeF(base.pointSizeF() * factor);
    return font;
}

} // namespace torchdeck::ui

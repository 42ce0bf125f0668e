// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/text_audit.h"

#include "tests/ui/text_recorder.h"
#include "torchdeck/engine/train_config.h"

#include <QtCore/QRegularExpression>
#include <QtCore/QSet>
#include <QtGui/QAction>
#include <QtGui/QHelpEvent>
#include <QtWidgets/QAbstractItemView>
#include <QtWidgets/QApplication>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QHeaderView>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QPlainTextEdit>
#include <QtWidgets/QScrollBar>
#include <QtWidgets/QStyleOptionComboBox>
#include <QtWidgets/QTabBar>
#include <QtWidgets/QToolButton>

namespace torchdeck::audit {

namespace {

constexpr double slack = 1.5; ///< px: italics and rounding
constexpr int headerPadding = 8; ///< px, of resources/theme.qss: it clips
constexpr double overlap = 2.5; ///< px in both directions before two texts count as lying on each other

QList<QWidget *> shownWidgets(QWidget &top)
{
    QList<QWidget *> all { &top };
    for (QWidget *child : top.findChildren<QWidget *>()) {
        if (child->window() == top.window() && child->isVisible() && !child->size().isEmpty())
            all << child;
    }
    return all;
}

const QAbstractScrollArea *scrollAreaOf(const QWidget &widget)
{
    const auto *area = qobject_cast<const QAbstractScrollArea *>(widget.parentWidget());
    return area && area->viewport() == &widget ? area : nullptr;
}

/// What a pointer resting there would be told.
QString tipAt(QWidget &widget, QPoint at)
{
    if (const auto *header = qobject_cast<const QHeaderView *>(widget.parentWidget())) {
        const int section =
            header->logicalIndexAt(header->orientation() == Qt::Horizontal ? at.x() : at.y());
        return header->model()->headerData(section, header->orientation(), Qt::ToolTipRole).toString();
    }
    if (const auto *view = qobject_cast<const QAbstractItemView *>(widget.parentWidget()))
        return view->indexAt(at).data(Qt::ToolTipRole).toString() + view->toolTip();
    if (!widget.toolTip().isEmpty())
        return widget.toolTip();
    QHelpEvent help(QEvent::ToolTip, at, widget.mapToGlobal(at)); // a widget that answers by the place
    help.accept();
    QApplication::sendEvent(&widget, &help);
    return help.isAccepted() ? QStringLiteral("by the place") : QString();
}

/// The part of the widget that its surroundings let through; what can be scrolled to counts as shown.
QRect roomOf(const QWidget &widget)
{
    QRect room = widget.rect();
    QPoint offset;
    const auto scrolling = [](const QWidget &at) {
        return scrollAreaOf(at) && !scrollAreaOf(at)->inherits("QGraphicsView");
    };
    for (const QWidget *at = &widget; at->parentWidget() && !at->isWindow() && !scrolling(*at); at = at->parentWidget()) {
        if (scrolling(*at->parentWidget()) && at->parentWidget()->parentWidget()->inherits("QScrollArea"))
            break;
        offset += at->pos();
        room &= at->parentWidget()->rect().translated(-offset);
    }
    return room;
}

bool scrolls(const QWidget &widget, Qt::Orientation direction)
{
    const QAbstractScrollArea *area = scrollAreaOf(widget);
    if (!area || area->inherits("QGraphicsView"))
        return false;
    if (direction == Qt::Vertical || area->inherits("QHeaderView"))
        return true;
    return area->horizontalScrollBar()->maximum() > 0;
}

QString complaint(const QWidget &widget, const PaintedText &text, const QString &why)
{
    return QStringLiteral("%1: \"%2\" %3").arg(placeOf(widget), text.text.simplified(), why);
}

/// Editable fields move with the cursor; what only shows must show it all or have a tool tip.
bool mayRunOver(const QWidget &widget)
{
    const auto *edit = qobject_cast<const QLineEdit *>(&widget);
    return edit && !edit->text().isEmpty() && (!edit->isReadOnly() || !edit->toolTip().isEmpty());
}

void checkFits(QWidget &widget, const QVector<PaintedText> &texts, QStringList &found)
{
    const QRectF room = roomOf(widget);
    for (const PaintedText &text : texts) {
        const bool inScene = scrollAreaOf(widget) && scrollAreaOf(widget)->inherits("QGraphicsView");
        const bool shortened = text.text.contains(QChar(0x2026)) || (inScene && text.text.endsWith(QLatin1String("...")));
        if (shortened && tipAt(widget, text.rect.center().toPoint()).isEmpty()) {
            found << complaint(widget, text, QStringLiteral("is shortened and has no tool tip"));
            continue;
        }
        if (!mayRunOver(widget) && !scrolls(widget, Qt::Horizontal)
            && (text.rect.left() < room.left() - slack || text.rect.right() > room.right() + 1 + slack))
            found << complaint(widget, text, QStringLiteral("spans %1 to %2 px, there is room from %3 to %4")
                                   .arg(text.rect.left()).arg(text.rect.right()).arg(room.left()).arg(room.right()));
        else if (!scrolls(widget, Qt::Vertical)
                 && (text.rect.top() < room.top() - slack || text.rect.bottom() > room.bottom() + 1 + slack))
            found << complaint(widget, text, QStringLiteral("is cut above or below: %1 to %2 of %3 to %4 px")
                                   .arg(text.rect.top()).arg(text.rect.bottom()).arg(room.top()).arg(room.bottom()));
    }
}

struct Placed {
    const QWidget *widget;
    PaintedText text; ///< in the coordinates of the window
};

void checkOverlaps(const QVector<Placed> &placed, QStringList &found)
{
    for (qsizetype i = 0; i < placed.size(); ++i) {
        for (qsizetype j = i + 1; j < placed.size(); ++j) {
            const QRectF both = placed[i].text.rect & placed[j].text.rect;
            if (both.width() > overlap && both.height() > overlap)
                found << complaint(*placed[i].widget, placed[i].text,
                                   QStringLiteral("and \"%1\" lie on each other").arg(placed[j].text.text));
        }
    }
}

/// Titles of columns are not shortened by Qt when they stand to the right: they are cut.
void checkHeader(const QHeaderView &header, QWidget &viewport, const QVector<PaintedText> &texts, QStringList &found)
{
    if (header.orientation() != Qt::Horizontal)
        return;
    for (const PaintedText &text : texts) {
        for (int section = 0; section < header.count(); ++section) {
            const QString title = header.model()->headerData(section, Qt::Horizontal).toString();
            if (header.isSectionHidden(section) || title != text.text)
                continue;
            const int left = header.sectionViewportPosition(section), right = left + header.sectionSize(section);
            const bool mine = text.rect.right() > left && text.rect.left() < right;
            if (mine && text.rect.width() > header.sectionSize(section) - 2 * headerPadding + slack)
                found << complaint(viewport, text, QStringLiteral("is wider than its column"));
        }
    }
}

void checkCombo(const QComboBox &box, QStringList &found)
{
    QStyleOptionComboBox option;
    option.initFrom(&box);
    option.editable = box.isEditable();
    const QRect room = box.style()->subControlRect(QStyle::CC_ComboBox, &option, QStyle::SC_ComboBoxEditField, &box);
    if (!box.isEditable() && box.fontMetrics().horizontalAdvance(box.currentText()) > room.width() + 1
        && box.toolTip().isEmpty())
        found << QStringLiteral("%1: \"%2\" does not fit its box").arg(placeOf(box), box.currentText());
}

void checkTabs(const QTabBar &bar, QStringList &found)
{
    for (const QToolButton *button : bar.findChildren<QToolButton *>()) {
        if (button->isVisible() && !button->isHidden() && button->objectName().startsWith(QLatin1String("Scroll")))
            found << placeOf(bar) + QStringLiteral(": not all tabs fit, the bar scrolls");
    }
}

QSet<QString> wordsOfTheField()
{
    QSet<QString> words;
    for (const char *word :
         { "HUB", "CPU", "GPU", "RAM", "CUDA", "NVIDIA", "AMD", "EPYC", "API", "URL", "HTTP", "HTTPS", "CSV", "PNG", "SVG",
           "PDF", "JSON", "HTML", "PEM", "CA", "ID", "YOLO", "YAML", "Torchdeck", "torchdeck", "LibTorch", "Qt", "GNU", "GPL",
           "Ultralytics", "PyTorch", "mAP", "mAP50", "AP", "AP50", "IoU", "F1", "P", "R", "box", "cls", "dfl", "val", "train",
           "pg0", "pg1", "pg2", "px", "MB", "GB", "KB", "kB", "MiB", "GiB", "KiB", "ms", "img", "img/s", "GFLOPs", "AdamW", "Adam", "SGD",
           "MuSGD", "lr", "momentum", "epoch", "epochs", "yaml", "detect", "model", "data", "Ctrl", "Shift", "Alt", "Esc", "Enter",
           "Return", "Del", "PgUp", "PgDown", "Tab", "HOST", "PORT", "MODEL", "POST", "GET", "http", "https", "socks5", "true", "false",
           "auto", "none", "null" })
        words.insert(QString::fromLatin1(word));
    for (const engine::ArgumentInfo &info : engine::trainArguments())
        words.insert(QString::fromUtf8(info.name.data(), qsizetype(info.name.size())));
    return words;
}

/// English words in a text: not names of the field, not files, addresses, numbers or arguments.
bool readsEnglish(const QString &text)
{
    static const QSet<QString> known = wordsOfTheField();
    static const QRegularExpression chinese(QStringLiteral("[\\x{3400}-\\x{9fff}]"));
    static const QRegularExpression breaks(QStringLiteral("[\\s\\(\\)\\[\\],:;\"'&|\\x{00b7}\\x{2192}]+"));
    static const QRegularExpression value(QStringLiteral("[\\d/_.@=<>%\\-+*\\\\#]"));
    static const QRegularExpression word(QStringLiteral("^[A-Za-z]{2,}[!?…]*$"));
    if (text.contains(chinese))
        return false;
    for (const QString &token : text.split(breaks, Qt::SkipEmptyParts)) {
        QString bare = token;
        while (bare.endsWith(QLatin1Char('.')))
            bare.chop(1);
        if (bare.contains(value) || known.contains(bare))
            continue;
        if (bare.contains(word))
            return true;
    }
    return false;
}

class Words {
public:
    Words(const QStringList &data, QStringList &found)
        : m_data(data)
        , m_found(found)
    {
    }
    void check(const QWidget &where, const char *what, const QString &text)
    {
        if (!readsEnglish(text))
            return;
        const QString plain = QString(text).remove(QChar(0x2026)).simplified();
        for (const QString &known : m_data) {
            if (known.contains(plain) || (known.size() > 3 && plain.contains(known)))
                return;
        }
        const QString line = QStringLiteral("%1: %2 \"%3\"").arg(placeOf(where), QString::fromLatin1(what), plain);
        if (!m_found.contains(line))
            m_found << line;
    }

private:
    const QStringList &m_data;
    QStringList &m_found;
};

} // namespace

QString placeOf(const QWidget &widget)
{
    QStringList path;
    for (const QWidget *at = &widget; at && path.size() < 5; at = at->parentWidget()) {
        const QString name = QString::fromLatin1(at->metaObject()->className()).section(QStringLiteral("::"), -1);
        if (name != QLatin1String("QWidget") || at == &widget)
            path.prepend(at->objectName().isEmpty() || at->objectName().startsWith(QLatin1String("qt_"))
                             ? name
                             : name + QLatin1Char('#') + at->objectName());
        if (at->isWindow())
            break;
    }
    return path.join(QStringLiteral(" > "));
}

QStringList cutTexts(QWidget &top)
{
    QStringList found;
    QVector<Placed> placed;
    for (QWidget *widget : shownWidgets(top)) {
        const QVector<PaintedText> texts = paintedTexts(*widget);
        checkFits(*widget, texts, found);
        if (const auto *bar = qobject_cast<const QTabBar *>(widget))
            checkTabs(*bar, found);
        if (const auto *box = qobject_cast<const QComboBox *>(widget))
            checkCombo(*box, found);
        if (const auto *header = qobject_cast<const QHeaderView *>(widget->parentWidget()))
            checkHeader(*header, *widget, texts, found);
        const QRegion seen = widget->visibleRegion();
        for (PaintedText text : texts) {
            text.rect &= QRectF(seen.boundingRect());
            if (text.rect.isEmpty() || !seen.contains(text.rect.center().toPoint()))
                continue;
            text.rect.translate(widget->mapTo(&top, QPoint()));
            placed.append({ widget, text });
        }
    }
    checkOverlaps(placed, found);
    return found;
}

QStringList untranslatedTexts(QWidget &top, const QStringList &data)
{
    QStringList found;
    Words words(data, found);
    words.check(top, "title", top.windowTitle());
    for (QWidget *widget : shownWidgets(top)) {
        const auto *shown = qobject_cast<const QPlainTextEdit *>(widget->parentWidget()); // what is sent, word for word
        const bool log = placeOf(*widget).contains(QLatin1String("LogView")) || (shown && shown->isReadOnly());
        for (const PaintedText &text : paintedTexts(*widget)) {
            if (!log) // what the engine writes is English in files and in the log alike
                words.check(*widget, "text", text.text);
        }
        words.check(*widget, "tool tip", widget->toolTip());
        words.check(*widget, "accessible name", widget->accessibleName());
        words.check(*widget, "accessible description", widget->accessibleDescription());
        if (const auto *edit = qobject_cast<const QLineEdit *>(widget))
            words.check(*widget, "placeholder", edit->placeholderText());
        for (const QAction *action : widget->actions())
            words.check(*widget, "action", QString(action->text()).remove(QLatin1Char('&')));
    }
    return found;
}

} // namespace torchdeck::audit

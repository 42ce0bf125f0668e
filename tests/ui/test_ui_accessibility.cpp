// SPDX-License-Identifier: GPL-3.0-or-later
// Every screen for those who use no mouse or no eyes: names for all that can be used, Tab or a shortcut to reach it, no
// trap on the way, and each chart as a table.
#include "tests/ui/screens.h"
#include "tests/ui/text_audit.h"
#include "ui/charts/chart_card.h"
#include "ui/main_window.h"

#include <QtGui/QAccessible>
#include <QtGui/QAction>
#include <QtTest/QTest>
#include <QtWidgets/QAbstractButton>
#include <QtWidgets/QAbstractItemView>
#include <QtWidgets/QAbstractSlider>
#include <QtWidgets/QAbstractSpinBox>
#include <QtWidgets/QApplication>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QDialog>
#include <QtWidgets/QHeaderView>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QMenu>
#include <QtWidgets/QMenuBar>
#include <QtWidgets/QPlainTextEdit>
#include <QtWidgets/QRadioButton>
#include <QtWidgets/QScrollBar>
#include <QtWidgets/QTabBar>
#include <QtWidgets/QTableView>
#include <QtWidgets/QTextEdit>

#include <algorithm>
#include <memory>
#include <set>

using namespace torchdeck;

namespace {

constexpr int mostTabs = 400; ///< presses before a circle counts as a trap

/// Parts of another control: its box is what is used.
bool isPart(const QWidget &widget)
{
    for (const QWidget *up = widget.parentWidget(); up && !up->isWindow(); up = up->parentWidget()) {
        if (qobject_cast<const QAbstractSpinBox *>(up) || qobject_cast<const QComboBox *>(up)
            || qobject_cast<const QTabBar *>(up) || qobject_cast<const QHeaderView *>(up)
            || qobject_cast<const QLineEdit *>(up) || qobject_cast<const QMenuBar *>(up))
            return true;
        if (qobject_cast<const QAbstractItemView *>(up) || qobject_cast<const ui::LineChart *>(up))
            return true; // corner buttons, viewports and the like
    }
    return false;
}

bool isInteractive(const QWidget &widget)
{
    if (widget.focusProxy()) // a tab widget hands the keys to its bar
        return false;
    if (isPart(widget) || qobject_cast<const QScrollBar *>(&widget) || qobject_cast<const QHeaderView *>(&widget)
        || qobject_cast<const QMenuBar *>(&widget) || qobject_cast<const QMenu *>(&widget))
        return false;
    return qobject_cast<const QAbstractButton *>(&widget) || qobject_cast<const QLineEdit *>(&widget)
        || qobject_cast<const QComboBox *>(&widget) || qobject_cast<const QAbstractSpinBox *>(&widget)
        || qobject_cast<const QAbstractSlider *>(&widget) || qobject_cast<const QTabBar *>(&widget)
        || qobject_cast<const QAbstractItemView *>(&widget) || qobject_cast<const QPlainTextEdit *>(&widget)
        || qobject_cast<const QTextEdit *>(&widget) || qobject_cast<const ui::LineChart *>(&widget)
        || widget.focusPolicy() & Qt::TabFocus;
}

QList<QWidget *> interactive(QWidget &top)
{
    QList<QWidget *> found;
    for (QWidget *child : top.findChildren<QWidget *>()) {
        if (child->window() == top.window() && child->isVisible() && isInteractive(*child))
            found << child;
    }
    return found;
}

QString nameOf(QWidget &widget)
{
    QAccessibleInterface *access = QAccessible::queryAccessibleInterface(&widget);
    return access ? access->text(QAccessible::Name).trimmed() : QString();
}

/// Where Tab leads, round and round; what swallows the key comes last and is told.
std::set<QWidget *> tabCircle(QWidget &top, bool alone, QString &trap)
{
    std::set<QWidget *> seen;
    QWidget *first = nullptr;
    int without = 0; // presses that led nowhere new
    for (int i = 0; i < mostTabs && without < 3; ++i) {
        QWidget *now = QApplication::focusWidget();
        QTest::keyClick(now ? now : &top, Qt::Key_Tab);
        QWidget *next = QApplication::focusWidget();
        if (!next) {
            ++without;
            continue;
        }
        if (next == now) {
            if (alone)
                return { now };
            trap = audit::placeOf(*next);
            return seen;
        }
        if (!first)
            first = next;
        else if (next == first)
            return seen;
        without = seen.insert(next).second ? 0 : without + 1;
        seen.insert(first);
    }
    return seen;
}

/// A group of radio buttons is one stop: the arrows go on.
bool reachedByItsGroup(const QWidget &widget, const std::set<QWidget *> &reached)
{
    if (!qobject_cast<const QRadioButton *>(&widget))
        return false;
    for (const QWidget *other : reached) {
        if (qobject_cast<const QRadioButton *>(other))
            return true;
    }
    return false;
}

} // namespace

class TestUiAccessibility : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyScreen_data()
    {
        QTest::addColumn<int>("number");
        const auto screens = screens::all();
        for (int i = 0; i < int(screens.size()); ++i) {
            if (!screens[std::size_t(i)].name.startsWith(QLatin1String("menu-"))) // menus have their own keys
                QTest::newRow(qPrintable(screens[std::size_t(i)].name)) << i;
        }
    }

    void everyScreen()
    {
        QFETCH(const int, number);
        const auto screens = screens::all();
        ui::MainWindow window;
        screens::fill(window);
        window.resize(1440, 900);
        window.show();
        window.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&window));
        QWidget *top = screens[std::size_t(number)].prepare(window);
        QVERIFY(top);
        screens::settle(120);
        top->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(top));
        QStringList problems;
        const QList<QWidget *> used = interactive(*top);
        QVERIFY(!used.isEmpty());
        for (QWidget *widget : used) {
            if (nameOf(*widget).isEmpty())
                problems << audit::placeOf(*widget) + QStringLiteral(" has no name");
        }
        QString trap;
        const auto enabled = std::count_if(used.begin(), used.end(), [](const QWidget *widget) { return widget->isEnabled(); });
        const std::set<QWidget *> reached = tabCircle(*top, enabled == 1, trap);
        if (!trap.isEmpty())
            problems << trap + QStringLiteral(" does not let Tab go");
        for (QWidget *widget : used) {
            if (widget->isEnabled() && trap.isEmpty() && !reached.count(widget) && !reachedByItsGroup(*widget, reached))
                problems << audit::placeOf(*widget) + QStringLiteral(" \"") + nameOf(*widget)
                        + QStringLiteral("\" is not reached by Tab");
        }
        QVERIFY2(problems.isEmpty(), qPrintable(QStringLiteral("\n    ") + problems.join(QStringLiteral("\n    "))));
    }

    void chartsAreTablesToo()
    {
        int charts = 0, tables = 0;
        for (const screens::Screen &screen : screens::all()) {
            if (screen.name.startsWith(QLatin1String("menu-")))
                continue;
            ui::MainWindow window;
            screens::fill(window);
            window.resize(1440, 900);
            window.show();
            QWidget *top = screen.prepare(window);
            screens::settle(120);
            for (ui::LineChart *chart : top->findChildren<ui::LineChart *>()) {
                if (!chart->isVisible())
                    continue;
                ++charts;
                QWidget *card = chart->parentWidget();
                while (card && !qobject_cast<ui::ChartCard *>(card))
                    card = card->parentWidget();
                QVERIFY2(card, qPrintable(screen.name + ": " + audit::placeOf(*chart) + " offers no table"));
                bool drawn = false;
                for (int line = 0; line < chart->lineCount(); ++line)
                    drawn = drawn || !chart->points(line).empty();
                QAction *table = nullptr;
                for (QMenu *menu : card->findChildren<QMenu *>(QString(), Qt::FindDirectChildrenOnly)) {
                    for (QAction *action : menu->actions()) {
                        if (action->objectName() == QLatin1String("chartTable"))
                            table = action;
                    }
                }
                QVERIFY2(table, qPrintable(screen.name + ": " + audit::placeOf(*chart) + " offers no table"));
                if (!drawn)
                    continue;
                table->trigger();
                QTableView *view = nullptr;
                QDialog *shown = nullptr;
                for (QDialog *dialog : top->window()->findChildren<QDialog *>()) {
                    if (auto *inside = dialog->findChild<QTableView *>(); inside && dialog->isVisible()) {
                        view = inside;
                        shown = dialog;
                    }
                }
                QVERIFY2(view && view->model()->rowCount() > 0 && view->model()->columnCount() > 1, qPrintable(screen.name));
                QVERIFY(!nameOf(*view).isEmpty());
                ++tables;
                delete shown;
            }
        }
        QVERIFY2(charts > 20 && tables > 10, qPrintable(QStringLiteral("%1 charts, %2 tables").arg(charts).arg(tables)));
    }
};

QTEST_MAIN(TestUiAccessibility)
#include "test_ui_accessibility.moc"

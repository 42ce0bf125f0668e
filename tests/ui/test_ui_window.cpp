// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/fixtures.h"
#include "ui/launch_panel.h"
#include "ui/main_window.h"
#include "ui/notice_bar.h"
#include "ui/run_panel.h"
#include "ui/theme.h"

#include <QtGui/QAction>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>
#include <QtWidgets/QApplication>
#include <QtWidgets/QMenuBar>
#include <QtWidgets/QPushButton>

using namespace torchdeck;
using namespace torchdeck::ui;

namespace {

double brightness(const QImage &image, QPoint at) { return QColor(image.pixel(at)).lightnessF(); }

QAction *actionFor(const MainWindow &window, const QKeySequence &keys)
{
    for (QAction *action : window.findChildren<QAction *>()) {
        if (action->shortcuts().contains(keys))
            return action;
    }
    return nullptr;
}

} // namespace

class TestUiWindow : public QObject {
    Q_OBJECT
private:
    QPalette m_system;

private Q_SLOTS:
    void initTestCase() { m_system = QApplication::palette(); }
    void cleanup() { QApplication::setPalette(m_system); }

    void lightAndDarkSwitchLive()
    {
        QApplication::setPalette(themePalette(lightTheme()));
        MainWindow window;
        window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&window));
        fixtures::feedRun(window, 5, 2);
        QVERIFY(!isDark(window.palette()));
        const QImage light = window.grab().toImage();
        QApplication::setPalette(themePalette(darkTheme()));
        QTRY_VERIFY(isDark(window.palette()));
        const QImage dark = window.grab().toImage();
        for (const QPoint &at : { QPoint(20, 700), QPoint(window.width() - 20, window.height() - 30) }) {
            QVERIFY(brightness(light, at) > 0.8);
            QVERIFY(brightness(dark, at) < 0.3);
        }
        const auto *panel = window.findChild<RunPanel *>();
        QVERIFY(isDark(panel->palette())); // the parts ask their own palette
        QApplication::setPalette(themePalette(lightTheme()));
        QTRY_VERIFY(!isDark(window.palette()));
    }

    void themesHaveContrast()
    {
        const auto luminance = [](const QColor &c) {
            const auto part = [](double v) {
                return v <= 0.03928 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
            };
            return 0.2126 * part(c.redF()) + 0.7152 * part(c.greenF()) + 0.0722 * part(c.blueF());
        };
        const auto contrast = [&](const QColor &a, const QColor &b) { // WCAG 2.1
            const double x = luminance(a), y = luminance(b);
            return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
        };
        for (const Theme *t : { &lightTheme(), &darkTheme() }) {
            QVERIFY(contrast(t->text, t->surface) >= 7);
            for (const QColor &c : { t->textMuted, t->accent, t->danger, t->warning, t->success })
                QVERIFY2(contrast(c, t->surface) >= 4.5, qPrintable(c.name()));
            QVERIFY(contrast(t->accentText, t->accent) >= 4.5);
            QVERIFY(contrast(t->danger, t->dangerSoft) >= 4.5);
            QVERIFY(contrast(t->warning, t->warningSoft) >= 4.5);
            for (const QColor &c : { t->series.blue, t->series.orange, t->series.green, t->series.purple })
                QVERIFY2(contrast(c, t->surface) >= 2.5, qPrintable(c.name()));
        }
    }

    void shortcutsAreThereOnce()
    {
        MainWindow window;
        QStringList seen;
        for (const QAction *action : window.findChildren<QAction *>()) {
            for (const QKeySequence &keys : action->shortcuts()) {
                if (action->shortcutContext() == Qt::WidgetShortcut)
                    continue;
                QVERIFY2(!seen.contains(keys.toString()), qPrintable(keys.toString()));
                seen << keys.toString();
            }
        }
        for (const char *keys : { "Ctrl+N", "Ctrl+Return", "Ctrl+.", "Ctrl+,", "Ctrl+Shift+U", "Ctrl+Q" })
            QVERIFY2(seen.contains(QString::fromLatin1(keys)), keys);
    }

    void startAndStopByMenu()
    {
        MainWindow window;
        window.show();
        window.setLaunchConfig(fixtures::config(5));
        QSignalSpy starts(&window, &MainWindow::startRequested);
        QSignalSpy stops(&window, &MainWindow::stopRequested);
        QAction *start = actionFor(window, QKeySequence(QStringLiteral("Ctrl+Return")));
        QAction *stop = actionFor(window, QKeySequence(QStringLiteral("Ctrl+.")));
        QVERIFY(start->isEnabled() && !stop->isEnabled());
        start->trigger();
        QCOMPARE(starts.count(), 1);
        QVERIFY(!start->isEnabled() && stop->isEnabled());
        fixtures::feedRun(window, 5, 1);
        QVERIFY(stop->isEnabled());
        stop->trigger();
        QCOMPARE(stops.count(), 1);
        QVERIFY(!stop->isEnabled() && !start->isEnabled());
        window.onStopped({ fixtures::run, fixtures::trainEnd(1) });
        QVERIFY(start->isEnabled() && !stop->isEnabled());
    }

    void aStopBeforeTheFirstEventStaysAStop()
    {
        MainWindow window;
        window.setLaunchConfig(fixtures::config(5));
        auto *panel = window.findChild<LaunchPanel *>();
        panel->start();
        panel->stop();
        window.onPretrainRoutineStart(fixtures::pretrainStart(5));
        QCOMPARE(panel->state(), LaunchPanel::State::Stopping);
    }

    void refusedInputReturnsToTheForm()
    {
        MainWindow window;
        window.show();
        window.setLaunchConfig(fixtures::config(5));
        auto *panel = window.findChild<LaunchPanel *>();
        panel->start();
        window.onFailed({ fixtures::run, "There is no model nosuch.yaml.", "model", {}, true });
        QCOMPARE(panel->state(), LaunchPanel::State::Idle);
        QCOMPARE(panel->problemOf(QStringLiteral("model")), QStringLiteral("There is no model nosuch.yaml."));
        const auto *notice = window.findChild<NoticeBar *>();
        QVERIFY(notice->isVisible());
        QCOMPARE(notice->text(), QStringLiteral("There is no model nosuch.yaml."));
    }

    void theHubSwitchesMoveTogether()
    {
        MainWindow window;
        window.setSettings(fixtures::settings());
        QSignalSpy toggles(&window, &MainWindow::hubToggled);
        QVERIFY(window.launchConfig().hub);
        for (QAction *action : window.findChildren<QAction *>()) {
            if (action->text() == QStringLiteral("&Sync runs with HUB"))
                action->trigger();
        }
        QCOMPARE(toggles.count(), 1);
        QCOMPARE(toggles[0][0].toBool(), false);
        QVERIFY(!window.launchConfig().hub);
    }

    void closingAsksTheApp()
    {
        MainWindow window;
        window.show();
        QSignalSpy asks(&window, &MainWindow::closeRequested);
        window.close();
        QCOMPARE(asks.count(), 1);
        QVERIFY(window.isVisible()); // not before the app agrees
        QEvent quit(QEvent::Quit);
        qApp->notify(qApp, &quit); // what QCoreApplication::quit() sends
        QVERIFY(!window.isVisible());
        QCOMPARE(asks.count(), 1);
    }

    void everythingFitsASmallWindow()
    {
        MainWindow window;
        window.resize(1100, 700);
        window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&window));
        fixtures::feedRun(window, 5, 5);
        window.setHubStatus(fixtures::waitingForServer({}));
        window.setUploads(fixtures::failingUploads({}));
        window.onFinished({ fixtures::run, fixtures::trainEnd(5) });
        window.onRunConfirmed(fixtures::run, QStringLiteral("m"), QUrl(QStringLiteral("http://h/models/m")));
        QTest::qWait(50);
        QCOMPARE(window.size(), QSize(1100, 700));
        for (const QPushButton *button : window.findChildren<QPushButton *>()) {
            if (button->isVisible())
                QVERIFY2(button->width() >= button->minimumSizeHint().width(), qPrintable(button->text()));
        }
    }

    void interactiveWidgetsHaveNames()
    {
        MainWindow window;
        window.openSettings();
        for (const QAbstractButton *button : window.findChildren<QAbstractButton *>()) {
            const bool ours =
                button->focusPolicy() != Qt::NoFocus && button->metaObject()->className()[0] != '\0';
            if (ours && !QByteArray(button->metaObject()->className()).startsWith("QLineEdit")
                && !QByteArray(button->metaObject()->className()).startsWith("QTable"))
                QVERIFY2(!button->text().isEmpty() || !button->accessibleName().isEmpty(),
                         button->metaObject()->className());
        }
    }
};

QTEST_MAIN(TestUiWindow)
#include "test_ui_window.moc"

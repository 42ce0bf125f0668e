// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/fixtures.h"
#include "ui/main_window.h"
#include "ui/network_card.h"
#include "ui/sent_page.h"
#include "ui/settings_dialog.h"
#include "ui/widgets/basics.h"

#include <QtCore/QTemporaryDir>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>
#include <QtWidgets/QDialogButtonBox>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QPlainTextEdit>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QTabBar>
#include <QtWidgets/QTabWidget>

using namespace torchdeck;
using namespace torchdeck::ui;

namespace {

void verifySame(const SettingsValues &a, const SettingsValues &b)
{
    QCOMPARE(a.hubEnabled, b.hubEnabled);
    QCOMPARE(a.useLocalHub, b.useLocalHub);
    QCOMPARE(a.apiRoot, b.apiRoot);
    QCOMPARE(a.webRoot, b.webRoot);
    QCOMPARE(a.apiKey, b.apiKey);
    QCOMPARE(a.usageEvents, b.usageEvents);
    QCOMPARE(a.runsFolder, b.runsFolder);
    QCOMPARE(a.uploadLimit, b.uploadLimit);
    QCOMPARE(a.queueLimit, b.queueLimit);
    QCOMPARE(a.caFile, b.caFile);
    QCOMPARE(a.proxy, b.proxy);
}

} // namespace

class TestUiSettings : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void valuesMakeTheRoundTrip()
    {
        SettingsDialog dialog;
        QVERIFY(!dialog.values().usageEvents); // off by default
        SettingsValues values = fixtures::settings();
        values.hubEnabled = false;
        values.usageEvents = true;
        values.uploadLimit = 300;
        values.queueLimit = 2000;
        values.caFile = QStringLiteral("/etc/ssl/own.pem");
        values.proxy = QStringLiteral("socks5://localhost:1080");
        dialog.setValues(values);
        verifySame(dialog.values(), values);
        values = {};
        dialog.setValues(values);
        verifySame(dialog.values(), values);
    }

    void theTabsStandInLineWithTheCards()
    {
        MainWindow window; // its style sheet
        window.openSettings();
        auto *dialog = window.findChild<SettingsDialog *>();
        QTabWidget *pages = dialog->pages();
        QTRY_VERIFY(pages->isVisible());
        auto *card = pages->widget(0)->findChild<Card *>();
        QVERIFY(card);
        const QTabBar *bar = pages->tabBar();
        QCOMPARE(bar->mapTo(dialog, bar->tabRect(0).topLeft()).x(), card->mapTo(dialog, QPoint()).x());
    }

    void theKeyIsNeverShownAsText()
    {
        MainWindow window;
        window.setSettings(fixtures::settings());
        window.openSettings();
        auto *dialog = window.findChild<SettingsDialog *>();
        QVERIFY(dialog);
        window.setTestResult({ false, false, 0, QStringLiteral("The server does not answer.") });
        const QString key = fixtures::settings().apiKey;
        QCOMPARE(dialog->keyField()->echoMode(), QLineEdit::Password);
        QCOMPARE(dialog->keyField()->text(), key);
        QVERIFY(!dialog->keyField()->displayText().contains(key));
        for (const QWidget *widget : window.findChildren<QWidget *>()) {
            QVERIFY(!widget->toolTip().contains(key));
            QVERIFY(!widget->accessibleDescription().contains(key));
            QVERIFY(!widget->accessibleName().contains(key));
            if (const auto *label = qobject_cast<const QLabel *>(widget))
                QVERIFY(!label->text().contains(key));
            if (const auto *edit = qobject_cast<const QLineEdit *>(widget);
                edit && edit != dialog->keyField())
                QVERIFY(!edit->text().contains(key));
        }
    }

    void showingTheKeyEndsWithTheDialog()
    {
        SettingsDialog dialog;
        dialog.setValues(fixtures::settings());
        for (IconButton *button : dialog.findChildren<IconButton *>()) {
            if (button->isCheckable())
                button->setChecked(true);
        }
        QCOMPARE(dialog.keyField()->echoMode(), QLineEdit::Normal);
        dialog.reject();
        QCOMPARE(dialog.keyField()->echoMode(), QLineEdit::Password);
    }

    void applyKeepsItOpenAndOkCloses()
    {
        SettingsDialog dialog;
        dialog.setValues(fixtures::settings());
        dialog.show();
        QSignalSpy applied(&dialog, &SettingsDialog::applied);
        dialog.buttons()->button(QDialogButtonBox::Apply)->click();
        QCOMPARE(applied.count(), 1);
        QVERIFY(dialog.isVisible());
        verifySame(applied[0][0].value<SettingsValues>(), fixtures::settings());
        dialog.buttons()->button(QDialogButtonBox::Ok)->click();
        QCOMPARE(applied.count(), 2);
        QVERIFY(!dialog.isVisible());
        dialog.show();
        dialog.buttons()->button(QDialogButtonBox::Cancel)->click();
        QCOMPARE(applied.count(), 2);
    }

    void brokenAddressesAreRefused()
    {
        SettingsDialog dialog;
        SettingsValues values = fixtures::settings();
        values.apiRoot = QStringLiteral("not an address");
        dialog.setValues(values);
        dialog.show();
        QSignalSpy applied(&dialog, &SettingsDialog::applied);
        dialog.buttons()->button(QDialogButtonBox::Ok)->click();
        QCOMPARE(applied.count(), 0);
        QVERIFY(dialog.isVisible());
        values.useLocalHub = true; // then the address does not matter
        dialog.setValues(values);
        dialog.buttons()->button(QDialogButtonBox::Ok)->click();
        QCOMPARE(applied.count(), 1);
    }

    void theEnvironmentLocksFields()
    {
        SettingsDialog dialog;
        SettingsValues values = fixtures::settings();
        values.apiRootLockedBy = QStringLiteral("ULTRALYTICS_HUB_API");
        values.apiKeyLockedBy = QStringLiteral("HUB_API_KEY");
        dialog.setValues(values);
        bool said = false, saidKey = false;
        for (const QLabel *label : dialog.findChildren<QLabel *>()) {
            said = said || label->text().contains(QStringLiteral("ULTRALYTICS_HUB_API"));
            saidKey = saidKey || label->text().contains(QStringLiteral("HUB_API_KEY"));
        }
        QVERIFY(said);
        QVERIFY(saidKey);
        QVERIFY(dialog.keyField()->isReadOnly());
        values = fixtures::settings();
        dialog.setValues(values);
        QVERIFY(!dialog.keyField()->isReadOnly());
    }

    void theTestButtonAsksWithTheEditedValues()
    {
        MainWindow window;
        window.setSettings(fixtures::settings());
        window.openSettings();
        auto *dialog = window.findChild<SettingsDialog *>();
        QSignalSpy tests(&window, &MainWindow::testConnectionRequested);
        dialog->keyField()->setText(QStringLiteral("another"));
        dialog->testButton()->click();
        QCOMPARE(tests.count(), 1);
        QCOMPARE(tests[0][0].value<SettingsValues>().apiKey, QStringLiteral("another"));
        QVERIFY(!dialog->testButton()->isEnabled());
        window.setTestResult({ true, false, 401, QStringLiteral("HUB refuses the key.") });
        QVERIFY(dialog->testButton()->isEnabled());
        QCOMPARE(dialog->testText(), QStringLiteral("HUB refuses the key."));
    }

    void wrongNetworkSettingsAreRefused()
    {
        QTemporaryDir dir;
        const QString file = dir.filePath("ca.pem");
        QFile out(file);
        QVERIFY(out.open(QIODevice::WriteOnly));
        out.write("no certificate");
        out.close();
        SettingsDialog dialog;
        SettingsValues values = fixtures::settings();
        values.caFile = file;
        values.proxy = QStringLiteral("ftp://somewhere:21");
        dialog.setValues(values);
        dialog.pages()->setCurrentIndex(1);
        QSignalSpy applied(&dialog, &SettingsDialog::applied);
        dialog.buttons()->button(QDialogButtonBox::Apply)->click();
        QCOMPARE(applied.count(), 0);
        QCOMPARE(dialog.pages()->currentIndex(), 0);
        dialog.network()->caFile()->clear();
        dialog.network()->proxy()->setText(QStringLiteral("http://proxy.example.org:3128"));
        dialog.buttons()->button(QDialogButtonBox::Apply)->click();
        QCOMPARE(applied.count(), 1);
    }

    void whatIsSentComesFromTheApp()
    {
        SettingsDialog dialog;
        dialog.setSentExamples({ { "A run", "POST https://h/v1/models", "{}", false },
                                 { "A command", "POST https://h/v1/usage", "{\"client_id\": 1}", true } },
                               "As the run train sends it.");
        QVERIFY(dialog.sentPage()->text().contains("client_id"));
        QVERIFY(!dialog.sentPage()->usageSwitch()->isChecked());
        int blocks = 0;
        for (const QPlainTextEdit *text : dialog.findChildren<QPlainTextEdit *>())
            blocks += text->isReadOnly();
        QCOMPARE(blocks, 2);
    }
};

QTEST_MAIN(TestUiSettings)
#include "test_ui_settings.moc"

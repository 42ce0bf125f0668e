// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/types.h"
#include "ui/settings_values.h"

#include <QtWidgets/QDialog>

class QDialogButtonBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QRadioButton;
class QTabWidget;

namespace torchdeck::ui {

class FormField;
class IconButton;
class NetworkCard;
class SentPage;
class ToggleSwitch;

/// Edits SettingsValues. Not modal: the app answers Apply and OK by storing the values and calling setValues
/// again.
class SettingsDialog : public QDialog {
    Q_OBJECT
public:
    explicit SettingsDialog(QWidget *parent = nullptr);

    void setValues(const SettingsValues &values);
    [[nodiscard]] SettingsValues values() const;
    void setTestResult(const hub::TestResult &result);
    /// What the page "What is sent" shows; `about` says which run it is of.
    void setSentExamples(const QVector<hub::SentExample> &examples, const QString &about);

    [[nodiscard]] QString testText() const;
    [[nodiscard]] QLineEdit *keyField() const { return m_key; }
    [[nodiscard]] QDialogButtonBox *buttons() const { return m_buttons; }
    [[nodiscard]] QPushButton *testButton() const { return m_test; }
    [[nodiscard]] NetworkCard *network() const { return m_network; }
    [[nodiscard]] SentPage *sentPage() const { return m_sent; }
    [[nodiscard]] QTabWidget *pages() const { return m_pages; }

Q_SIGNALS:
    void applied(const torchdeck::ui::SettingsValues &values);
    void testRequested(const torchdeck::ui::SettingsValues &values);
    void supportBundleRequested(const QString &file);

protected:
    void accept() override;

private:
    [[nodiscard]] QWidget *buildServerCard();
    [[nodiscard]] QWidget *buildKeyCard();
    [[nodiscard]] QWidget *buildRunsCard();
    [[nodiscard]] QWidget *buildSupportCard();
    void askBundleFile();
    void connectFields();
    void apply();
    void updateEnabled();
    [[nodiscard]] bool check(); ///< shows what is wrong; false when something is

    SettingsValues m_shown;
    ToggleSwitch *m_hub;
    QRadioButton *m_local;
    QRadioButton *m_other;
    QLineEdit *m_apiRoot;
    QLineEdit *m_webRoot;
    FormField *m_apiField = nullptr;
    FormField *m_webField = nullptr;
    QLineEdit *m_key;
    IconButton *m_showKey;
    FormField *m_keyField = nullptr;
    NetworkCard *m_network;
    SentPage *m_sent;
    QTabWidget *m_pages;
    QLineEdit *m_runs;
    QPushButton *m_bundle;
    QPushButton *m_test;
    QLabel *m_testResult;
    QDialogButtonBox *m_buttons;
};

} // namespace torchdeck::ui

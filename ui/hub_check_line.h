// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/types.h"
#include "ui/settings_values.h"
#include "ui/widgets/basics.h"

#include <optional>

class QLabel;
class QPushButton;

namespace torchdeck::ui {

/// What is known about syncing the run of the form. Nothing is asked for it: the session's own state, and a test where
/// the user wanted one.
struct HubCheck {
    bool wanted = false; ///< the form's switch
    bool local = true; ///< the HUB that this program runs
    bool hasKey = false;
    QString host; ///< of the server
    hub::SessionState state = hub::SessionState::Off;
    QString model; ///< the id of the model that the run goes on with, given as its address
    bool resumes = false; ///< an interrupted run: it keeps its model
    bool testing = false;
    std::optional<hub::TestResult> test; ///< of these settings
};

struct HubCheckWords {
    QString text;
    Tone tone = Tone::Neutral;
};
/// Where the run is synced to and what stands in the way. Pure.
[[nodiscard]] HubCheckWords hubCheckWords(const HubCheck &check);

/// Those words below the form's switch, with the ways to test them and to change them.
class HubCheckLine : public QWidget {
    Q_OBJECT
public:
    explicit HubCheckLine(QWidget *parent = nullptr);
    void setWanted(bool on);
    void setStatus(const hub::SessionStatus &status);
    void setSettings(const SettingsValues &values); ///< others make an earlier test void
    void setRun(const QString &model, bool resumes); ///< the form's arguments
    void setTestResult(const hub::TestResult &result); ///< counts when this line asked for it

    [[nodiscard]] QString text() const;
    [[nodiscard]] QPushButton *testButton() const { return m_test; }
    [[nodiscard]] QPushButton *settingsButton() const { return m_settings; }

Q_SIGNALS:
    void testRequested();
    void settingsRequested();

private:
    void showWords();
    HubCheck m_check;
    QString m_tested; ///< server and a sign of the key that the test was of
    QUrl m_server;
    QLabel *m_words;
    QPushButton *m_test;
    QPushButton *m_settings;
};

} // namespace torchdeck::ui

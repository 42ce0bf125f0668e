// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/hub_check_line.h"

#include "ui/model_note.h"
#include "ui/theme.h"

#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QVBoxLayout>

namespace torchdeck::ui {

namespace {

QString hostOf(const QUrl &url)
{
    return url.port() > 0 ? QStringLiteral("%1:%2").arg(url.host()).arg(url.port()) : url.host();
}

const char *lookOf(Tone tone)
{
    return tone == Tone::Danger ? "problem" : tone == Tone::Warning ? "warning" : "muted";
}

/// What keeps the server from taking the run just now; empty when nothing is known of it.
HubCheckWords obstacle(const HubCheck &check, const QString &host)
{
    using S = hub::SessionState;
    if (!check.local && check.host.isEmpty())
        return { HubCheckLine::tr("No HUB server is set: the run waits in the upload queue."), Tone::Danger };
    if (!check.local && !check.hasKey)
        return { HubCheckLine::tr("The key for %1 is missing: the run waits in the upload queue until there is one.").arg(host),
                 Tone::Danger };
    switch (check.state) {
    case S::BadKey:
        return { HubCheckLine::tr("%1 refused the key: the run waits in the upload queue until there is another.").arg(host),
                 Tone::Danger };
    case S::Offline:
        return { HubCheckLine::tr("No network: the run is sent to %1 when it is back.").arg(host), Tone::Warning };
    case S::WaitingForServer:
        return { HubCheckLine::tr("%1 does not answer: the run is sent when it does.").arg(host), Tone::Warning };
    case S::RateLimited:
        return { HubCheckLine::tr("%1 asked to wait: the run is sent a little later.").arg(host), Tone::Warning };
    default:
        return {};
    }
}

} // namespace

HubCheckWords hubCheckWords(const HubCheck &check)
{
    if (!check.wanted)
        return { HubCheckLine::tr("Not synced: the run stays on this machine."), Tone::Neutral };
    const QString host = check.local ? HubCheckLine::tr("the HUB on this machine") : check.host;
    if (check.testing)
        return { HubCheckLine::tr("Asking %1...").arg(host), Tone::Neutral };
    if (const HubCheckWords words = obstacle(check, host); !words.text.isEmpty())
        return words;
    if (check.test && !(check.test->reachable && check.test->keyAccepted))
        return { check.test->message, check.test->reachable ? Tone::Danger : Tone::Warning };
    QString words = !check.model.isEmpty() ? HubCheckLine::tr("Goes on with model %1 on %2.").arg(check.model, host)
        : check.resumes                    ? HubCheckLine::tr("Synced with %1, as the model that the run has there.").arg(host)
                                           : HubCheckLine::tr("Synced with %1, as a new model.").arg(host);
    if (check.test)
        words += QLatin1Char(' ') + HubCheckLine::tr("It answers and takes the key.");
    return { words, check.test ? Tone::Success : Tone::Neutral };
}

HubCheckLine::HubCheckLine(QWidget *parent)
    : QWidget(parent)
    , m_words(makeLabel({}, "muted", 0.92))
    , m_test(makeButton(tr("Test HUB"), "link"))
    , m_settings(makeButton(tr("HUB settings"), "link"))
{
    m_words->setWordWrap(true);
    m_test->setToolTip(tr("Asks the server once whether it is there and takes the key"));
    auto *buttons = new QHBoxLayout;
    buttons->setSpacing(space::m);
    buttons->addWidget(m_test);
    buttons->addWidget(m_settings);
    buttons->addStretch(1);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(space::xs);
    layout->addWidget(m_words);
    layout->addLayout(buttons);
    connect(m_settings, &QPushButton::clicked, this, &HubCheckLine::settingsRequested);
    connect(m_test, &QPushButton::clicked, this, [this] {
        m_check.testing = true;
        m_check.test.reset();
        showWords();
        Q_EMIT testRequested();
    });
    showWords();
}

void HubCheckLine::setWanted(bool on)
{
    m_check.wanted = on;
    showWords();
}

void HubCheckLine::setStatus(const hub::SessionStatus &status)
{
    m_check.state = status.state;
    m_server = status.apiRoot;
    if (!m_check.local && !m_server.host().isEmpty())
        m_check.host = hostOf(m_server);
    showWords();
}

void HubCheckLine::setSettings(const SettingsValues &values)
{
    m_check.local = values.useLocalHub && values.apiRootLockedBy.isEmpty();
    m_check.hasKey = !values.apiKey.isEmpty();
    const QUrl written(values.apiRoot);
    m_check.host = m_check.local ? QString() : hostOf(written.host().isEmpty() ? m_server : written);
    const QString now = QStringLiteral("%1 %2 %3").arg(m_check.local).arg(values.apiRoot).arg(qHash(values.apiKey));
    if (now != m_tested) {
        m_tested = now;
        m_check.test.reset();
        m_check.testing = false;
    }
    showWords();
}

void HubCheckLine::setRun(const QString &model, bool resumes)
{
    const QString address = model.section(QLatin1Char('?'), 0, 0);
    m_check.model = isModelAddress(address) ? address.section(QStringLiteral("/models/"), 1).section(QLatin1Char('/'), 0, 0)
                                            : QString();
    m_check.resumes = resumes;
    showWords();
}

void HubCheckLine::setTestResult(const hub::TestResult &result)
{
    if (!m_check.testing)
        return; // the settings dialog tries out what is not in use yet
    m_check.testing = false;
    m_check.test = result;
    showWords();
}

void HubCheckLine::showWords()
{
    const HubCheckWords words = hubCheckWords(m_check);
    setLook(m_words, lookOf(words.tone));
    m_words->setText(words.text);
    m_test->setVisible(m_check.wanted);
    m_test->setEnabled(!m_check.testing);
    m_settings->setVisible(m_check.wanted);
}

QString HubCheckLine::text() const { return m_words->text(); }

} // namespace torchdeck::ui

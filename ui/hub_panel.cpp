// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/hub_panel.h"

#include "ui/theme.h"

#include <QtGui/QClipboard>
#include <QtGui/QGuiApplication>
#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QPushButton>

namespace torchdeck::ui {

QString sessionWords(hub::SessionState state)
{
    switch (state) {
    case hub::SessionState::Off:
        return HubPanel::tr("Off");
    case hub::SessionState::Idle:
        return HubPanel::tr("Ready");
    case hub::SessionState::Connecting:
        return HubPanel::tr("Connecting");
    case hub::SessionState::Syncing:
        return HubPanel::tr("Syncing");
    case hub::SessionState::Finishing:
        return HubPanel::tr("Sending the rest");
    case hub::SessionState::Done:
        return HubPanel::tr("All synced");
    case hub::SessionState::WaitingForServer:
        return HubPanel::tr("Waiting for HUB");
    case hub::SessionState::RateLimited:
        return HubPanel::tr("HUB asked to wait");
    case hub::SessionState::Offline:
        return HubPanel::tr("No network");
    case hub::SessionState::BadKey:
        return HubPanel::tr("Key refused");
    }
    return {};
}

Tone sessionTone(hub::SessionState state)
{
    switch (state) {
    case hub::SessionState::Off:
    case hub::SessionState::Idle:
        return Tone::Neutral;
    case hub::SessionState::Connecting:
    case hub::SessionState::Finishing:
        return Tone::Accent;
    case hub::SessionState::Syncing:
    case hub::SessionState::Done:
        return Tone::Success;
    case hub::SessionState::WaitingForServer:
    case hub::SessionState::RateLimited:
    case hub::SessionState::Offline:
        return Tone::Warning;
    case hub::SessionState::BadKey:
        return Tone::Danger;
    }
    return Tone::Neutral;
}

HubPanel::HubPanel(CountdownClock &clock, QWidget *parent)
    : Card(parent)
    , m_clock(clock)
    , m_toggle(new ToggleSwitch({}))
    , m_badge(new StateBadge)
    , m_message(makeLabel({}, "muted"))
    , m_facts(new ElidedLabel)
    , m_link(makeButton(tr("View model on HUB"), "link"))
    , m_copy(new IconButton(QStringLiteral("copy"), tr("Copy the model's link")))
{
    m_toggle->setAccessibleName(tr("Sync with HUB"));
    m_toggle->setToolTip(tr("Sync runs with HUB. Takes effect at once; earlier epochs follow."));
    auto *head = new QHBoxLayout;
    head->addWidget(makeLabel(tr("HUB"), nullptr, 1.1, QFont::DemiBold));
    head->addSpacing(space::s);
    head->addWidget(m_badge);
    head->addStretch(1);
    head->addWidget(m_toggle);
    body()->addLayout(head);
    m_message->setWordWrap(true);
    body()->addWidget(m_message);
    setLook(m_facts, "faint");
    m_facts->setFont(scaledFont(m_facts->font(), 0.9));
    body()->addWidget(m_facts);
    auto *link = new QHBoxLayout;
    link->setSpacing(space::xs);
    link->addWidget(m_link);
    link->addWidget(m_copy);
    link->addStretch(1);
    body()->addLayout(link);
    auto *rule = new QFrame;
    setLook(rule, "rule");
    body()->addWidget(rule);
    for (const CountdownKind kind :
         { CountdownKind::Metrics, CountdownKind::Checkpoint, CountdownKind::Heartbeat }) {
        auto *ring = new CountdownRing(kind);
        m_rings[static_cast<std::size_t>(kind)] = ring;
        body()->addWidget(ring);
    }
    connect(&m_clock, &CountdownClock::tick, this, &HubPanel::sample);
    connect(m_toggle, &QAbstractButton::clicked, this, [this](bool on) { Q_EMIT hubToggled(on); });
    connect(m_link, &QPushButton::clicked, this, [this] { Q_EMIT openUrlRequested(m_url); });
    connect(m_copy, &QAbstractButton::clicked, this,
            [this] { QGuiApplication::clipboard()->setText(m_url.toString()); });
    setStatus({});
}

void HubPanel::setStatus(const hub::SessionStatus &status)
{
    m_status = status;
    if (!status.modelUrl.isEmpty() || status.state == hub::SessionState::Idle
        || status.state == hub::SessionState::Off)
        m_url = status.modelUrl;
    m_badge->setState(sessionWords(status.state), sessionTone(status.state));
    m_toggle->setChecked(status.state != hub::SessionState::Off);
    const bool quietOff = status.message.isEmpty() && status.state == hub::SessionState::Off;
    m_message->setText(quietOff ? tr("Runs stay on this computer. Switch on to follow them in the browser.")
                                : status.message);
    m_message->setVisible(!m_message->text().isEmpty());
    QStringList facts;
    if (!status.apiRoot.isEmpty()) {
        const int port = status.apiRoot.port();
        facts << (port > 0 ? QStringLiteral("%1:%2").arg(status.apiRoot.host()).arg(port)
                           : status.apiRoot.host());
    }
    if (status.epochsSynced > 0)
        facts << tr("%n epoch(s) synced", nullptr, status.epochsSynced);
    m_facts->setFullText(facts.join(QStringLiteral("  \u00b7  ")));
    m_facts->setVisible(!facts.isEmpty());
    updateLink();
    ring(CountdownKind::Metrics)->setCountdown(status.metrics, m_clock.now());
    ring(CountdownKind::Checkpoint)->setCountdown(status.checkpoint, m_clock.now());
    ring(CountdownKind::Heartbeat)->setCountdown(status.heartbeat, m_clock.now());
    sample();
}

void HubPanel::setModel(const QUrl &modelUrl)
{
    m_url = modelUrl;
    updateLink();
}

void HubPanel::setHubEnabled(bool enabled) { m_toggle->setChecked(enabled); }

void HubPanel::updateLink()
{
    const bool known = !m_url.isEmpty();
    m_link->setVisible(known);
    m_copy->setVisible(known);
    m_link->setToolTip(m_url.toString());
}

void HubPanel::sample()
{
    bool counting = false;
    for (CountdownRing *ring : m_rings) {
        ring->sample(m_clock.now());
        counting = counting || ring->counting();
    }
    m_clock.setCounting(this, counting);
}

} // namespace torchdeck::ui

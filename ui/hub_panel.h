// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/countdown_clock.h"
#include "ui/countdown_ring.h"
#include "ui/widgets/basics.h"

#include <array>

namespace torchdeck::ui {

/// A session state as a headline, and the tone of its dot.
[[nodiscard]] QString sessionWords(hub::SessionState state);
[[nodiscard]] Tone sessionTone(hub::SessionState state);

/// State of the HUB session: words with a dot, the model's link, three countdowns, the on/off switch.
class HubPanel : public Card {
    Q_OBJECT
public:
    explicit HubPanel(CountdownClock &clock, QWidget *parent = nullptr);

    void setStatus(const hub::SessionStatus &status);
    void setModel(const QUrl &modelUrl); ///< before the next status brings it
    void setHubEnabled(bool enabled); ///< shows the switch; emits nothing

    [[nodiscard]] QString headline() const { return m_badge->text(); }
    [[nodiscard]] QString message() const { return m_message->text(); }
    [[nodiscard]] CountdownRing *ring(CountdownKind kind) const
    {
        return m_rings[static_cast<std::size_t>(kind)];
    }
    [[nodiscard]] ToggleSwitch *toggle() const { return m_toggle; }
    [[nodiscard]] QUrl modelUrl() const { return m_url; }

Q_SIGNALS:
    void hubToggled(bool enabled);
    void openUrlRequested(const QUrl &url);

private:
    void sample();
    void updateLink();

    CountdownClock &m_clock;
    hub::SessionStatus m_status;
    QUrl m_url;
    ToggleSwitch *m_toggle;
    StateBadge *m_badge;
    QLabel *m_message;
    ElidedLabel *m_facts;
    QPushButton *m_link;
    IconButton *m_copy;
    std::array<CountdownRing *, 3> m_rings {};
};

} // namespace torchdeck::ui

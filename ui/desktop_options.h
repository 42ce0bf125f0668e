// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace torchdeck::ui {

/// How the window behaves on the desktop; edited in the View menu, stored by the app.
struct DesktopOptions {
    bool keepAwake = true; ///< no sleep while a run is going on (not while it is paused)
    bool notifications = true; ///< when a run ends and nobody looks at the window
    bool tray = false;
    bool reducedMotion = false;
    friend bool operator==(const DesktopOptions &, const DesktopOptions &) = default;
};

} // namespace torchdeck::ui

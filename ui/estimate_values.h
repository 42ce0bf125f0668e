// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QMetaType>
#include <QtCore/QString>

namespace torchdeck::ui {

/// What a run with the form's arguments will need, as far as it is known.
struct RunEstimate {
    enum class Source {
        None, ///< never measured here
        Probe, ///< some batches, measured on purpose
        Runs ///< earlier runs on this machine
    };
    Source source = Source::None;
    int runs = 0; ///< earlier runs it rests on
    double freeMemory = 0; ///< bytes, now; 0 = unknown
    double peakMemory = 0; ///< bytes; 0 = unknown
    bool tried = true; ///< false: `peakMemory` is worked out from small batches, it was too much to try
    int batch = 0; ///< the one given, or what batch=-1 came to
    int epochs = 0;
    double epochSeconds = 0, epochSpread = 0; ///< most likely, +-; 0 = unknown
    double totalSeconds = 0, totalSpread = 0; ///< all epochs and the last validation; patience may end it earlier

    [[nodiscard]] bool tooLarge() const { return freeMemory > 0 && peakMemory > freeMemory; }
    [[nodiscard]] bool tight() const { return freeMemory > 0 && peakMemory > 0.85 * freeMemory; }
};

} // namespace torchdeck::ui

Q_DECLARE_METATYPE(torchdeck::ui::RunEstimate)

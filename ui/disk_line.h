// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QMetaType>
#include <QtCore/QString>
#include <QtWidgets/QLabel>

namespace torchdeck::ui {

/// What the run of the form's arguments writes, and the room there is. Bytes.
struct DiskEstimate {
    double checkpoint = 0; ///< one of them; 0 = unknown, nothing is said
    int kept = 0; ///< of them, by save_period
    double certain = 0, likely = 0; ///< cannot do without; with all that usually comes
    double free = -1; ///< -1 = unknown
    QString folder; ///< that has the room
    double imageCache = 0; ///< cache=disk, at most; 0 = none
    double cacheFree = -1;
    QString cacheFolder;
    bool sameDisk = false; ///< cache and run share their room

    [[nodiscard]] bool known() const { return checkpoint > 0 && free >= 0; }
    [[nodiscard]] bool tooLarge() const { return known() && certain > free; }
    [[nodiscard]] bool tight() const;
    /// The engine leaves the cache out where a tenth would not stay free.
    [[nodiscard]] bool cacheFits() const { return cacheFree < 0 || imageCache <= 0.9 * cacheFree; }
};

/// One line under memory and time: nothing while there is room enough, a warning when it gets tight, a problem when the
/// run cannot fit.
class DiskLine : public QLabel {
    Q_OBJECT
public:
    explicit DiskLine(QWidget *parent = nullptr);
    void setEstimate(const DiskEstimate &estimate); ///< of the arguments as they are now; {} = not known (yet)
    [[nodiscard]] const DiskEstimate &estimate() const { return m_estimate; }
    /// Why nothing may start; empty when it may.
    [[nodiscard]] static QString refusal(const DiskEstimate &estimate);
    [[nodiscard]] static QString words(const DiskEstimate &estimate);

private:
    DiskEstimate m_estimate;
};

} // namespace torchdeck::ui

Q_DECLARE_METATYPE(torchdeck::ui::DiskEstimate)

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/types.h"

#include <QtWidgets/QWidget>

class QLabel;
class QVBoxLayout;

namespace torchdeck::ui {

class ToggleSwitch;

/// "What is sent": every request of a run word for word, and the usage event with its switch.
class SentPage : public QWidget {
    Q_OBJECT
public:
    explicit SentPage(QWidget *parent = nullptr);

    /// `about`: which run the examples are of.
    void setExamples(const QVector<hub::SentExample> &examples, const QString &about);
    [[nodiscard]] ToggleSwitch *usageSwitch() const { return m_usage; }
    [[nodiscard]] QString text() const; ///< everything shown, for search and tests

private:
    [[nodiscard]] QWidget *block(const hub::SentExample &example) const;

    QLabel *m_about;
    ToggleSwitch *m_usage;
    QVBoxLayout *m_runBlocks;
    QVBoxLayout *m_usageBlocks;
    QVector<hub::SentExample> m_examples;
};

} // namespace torchdeck::ui

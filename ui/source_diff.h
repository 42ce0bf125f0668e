// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/train_config.h"

#include <QtWidgets/QFrame>

#include <vector>

class QGridLayout;
class QLabel;
class QVBoxLayout;

namespace torchdeck::ui {

class ElidedLabel;

/// What the form's arguments were before the user changed them: the run they were copied from, or the queue's entry they
/// are of. One line an argument that differs, each with its way back. Hidden without such a source.
class SourceDiff : public QFrame {
    Q_OBJECT
public:
    enum class Kind { None, Copy, Queued };
    struct Change {
        QString argument, before, now;
        [[nodiscard]] bool operator==(const Change &) const = default;
    };

    explicit SourceDiff(QWidget *parent = nullptr);
    /// `config`: as the form shows it, so that what the form itself rounds is no change.
    void setSource(Kind kind, const QString &name, const engine::TrainConfig &config);
    void forget();
    void compare(const engine::TrainConfig &now);
    [[nodiscard]] Kind kind() const { return m_kind; }
    [[nodiscard]] const engine::TrainConfig &config() const { return m_config; }
    [[nodiscard]] const std::vector<Change> &changes() const { return m_changes; }

Q_SIGNALS:
    void undoRequested(const QString &argument);
    void forgotten();

private:
    void show(const std::vector<Change> &changes);
    void addRow(QGridLayout &rows, const Change &change);

    Kind m_kind = Kind::None;
    engine::TrainConfig m_config;
    std::vector<Change> m_changes;
    ElidedLabel *m_title;
    QLabel *m_words;
    QWidget *m_rows = nullptr;
    QVBoxLayout *m_body;
};

} // namespace torchdeck::ui

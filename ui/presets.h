// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "torchdeck/engine/train_config.h"

#include <QtCore/QString>
#include <QtCore/QStringList>
#include <QtWidgets/QMenu>

#include <functional>

namespace torchdeck::ui {

/// args.yaml of a configuration: every argument, one a line, as Ultralytics reads it.
[[nodiscard]] QByteArray argsYaml(const engine::TrainConfig &config);

/// Writes it by rename. An error sentence, or empty.
[[nodiscard]] QString saveArgs(const engine::TrainConfig &config, const QString &file);

/// What an args.yaml (ours or Ultralytics') says, over the defaults. `refused` gets a sentence for each argument that
/// cannot be taken; `problem` is set when the file cannot be read at all.
[[nodiscard]] engine::TrainConfig loadArgs(const QString &file, QStringList *refused, QString *problem);

/// Presets that come with the program: a name, what for, and what they change.
struct BuiltinPreset {
    QString name, help;
    std::function<void(engine::TrainConfig &)> apply;
};
[[nodiscard]] std::vector<BuiltinPreset> builtinPresets();

/// Choosing, saving and removing presets (args.yaml files in one folder), import and export of args.yaml, reset.
class PresetMenu : public QMenu {
    Q_OBJECT
public:
    /// `current` gives what the form holds.
    explicit PresetMenu(std::function<engine::TrainConfig()> current, QWidget *parent = nullptr);
    void setFolder(const QString &folder) { m_folder = folder; }
    [[nodiscard]] QStringList names() const; ///< of the saved ones
    /// "" and a problem when the name or the folder does not do.
    [[nodiscard]] QString save(const QString &name);
    void load(const QString &name);
    void importFrom(const QString &file);
    void exportTo(const QString &file);

Q_SIGNALS:
    void chosen(const torchdeck::engine::TrainConfig &config);
    void notice(const QString &sentence, bool error);

private:
    void rebuild();
    void askName();
    void askImport();
    void askExport();
    [[nodiscard]] QString fileOf(const QString &name) const;

    std::function<engine::TrainConfig()> m_current;
    QString m_folder;
};

} // namespace torchdeck::ui

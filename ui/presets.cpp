// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/presets.h"

#include "ui/runs/run_reader.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QSaveFile>
#include <QtWidgets/QFileDialog>
#include <QtWidgets/QInputDialog>

namespace torchdeck::ui {

namespace {

constexpr qint64 largestArgs = 1 << 20;

struct Presets {
    Q_DECLARE_TR_FUNCTIONS(Presets)
};

/// Texts that YAML would read as something else are quoted.
QString yamlValue(const QString &text)
{
    if (text.isEmpty())
        return QStringLiteral("null");
    const bool list = text.startsWith(QLatin1Char('[')) && text.endsWith(QLatin1Char(']'));
    const bool plain = !text.contains(QLatin1String(": ")) && !text.contains(QLatin1String(" #"))
        && !QStringLiteral("-?:,{}#&*!|>'\"%@`").contains(text.front()) && text.trimmed() == text;
    bool number = false;
    text.toDouble(&number);
    if (list || plain || number)
        return text;
    return QLatin1Char('\'') + QString(text).replace(QLatin1String("'"), QLatin1String("''")) + QLatin1Char('\'');
}

} // namespace

QByteArray argsYaml(const engine::TrainConfig &config)
{
    QString text = QStringLiteral("task: detect\nmode: train\n");
    for (const engine::ArgumentInfo &info : engine::trainArguments()) {
        const QString name = QString::fromUtf8(info.name.data(), static_cast<qsizetype>(info.name.size()));
        const QString value = QString::fromStdString(engine::trainArgumentText(config, info.name));
        text += name + QStringLiteral(": ") + yamlValue(value) + QLatin1Char('\n');
    }
    return text.toUtf8();
}

QString saveArgs(const engine::TrainConfig &config, const QString &path)
{
    QSaveFile file(path);
    const QByteArray text = argsYaml(config);
    if (file.open(QIODevice::WriteOnly) && file.write(text) == text.size() && file.commit())
        return {};
    return Presets::tr("%1 cannot be written: %2. Choose another folder.").arg(path, file.errorString());
}

engine::TrainConfig loadArgs(const QString &path, QStringList *refused, QString *problem)
{
    QFile file(path);
    if (file.size() > largestArgs || !file.open(QIODevice::ReadOnly)) {
        *problem = Presets::tr("%1 cannot be read: %2.")
                       .arg(path, file.size() > largestArgs ? Presets::tr("it is too large") : file.errorString());
        return {};
    }
    const auto arguments = parseArgs(file.readAll());
    if (arguments.isEmpty())
        *problem = Presets::tr("%1 holds no \"argument: value\" lines: choose an args.yaml.").arg(path);
    return configOf(arguments, refused);
}

std::vector<BuiltinPreset> builtinPresets()
{
    return {
        { Presets::tr("Quick look"), Presets::tr("10 epochs at 320 px: does the data set work at all?"),
          [](engine::TrainConfig &c) {
              c.epochs = 10;
              c.imgsz = 320;
          } },
        { Presets::tr("Small data set"), Presets::tr("Strong augmentation and early stopping, for a few hundred images"),
          [](engine::TrainConfig &c) {
              c.epochs = 200;
              c.patience = 40;
              c.mixup = 0.1;
              c.degrees = 5;
              c.scale = 0.7;
          } },
        { Presets::tr("Small objects"), Presets::tr("1280 px, small batches"),
          [](engine::TrainConfig &c) {
              c.imgsz = 1280;
              c.batch = 4;
          } },
        { Presets::tr("Fine-tune"), Presets::tr("From a checkpoint: low learning rate, first layers frozen"),
          [](engine::TrainConfig &c) {
              c.optimizer = "AdamW";
              c.lr0 = 0.001;
              c.freeze = 10;
              c.epochs = 50;
          } },
    };
}

PresetMenu::PresetMenu(std::function<engine::TrainConfig()> current, QWidget *parent)
    : QMenu(parent)
    , m_current(std::move(current))
{
    setToolTipsVisible(true);
    connect(this, &QMenu::aboutToShow, this, &PresetMenu::rebuild);
    rebuild();
}

QString PresetMenu::fileOf(const QString &name) const { return m_folder + QLatin1Char('/') + name + QStringLiteral(".yaml"); }

QStringList PresetMenu::names() const
{
    QStringList names;
    if (m_folder.isEmpty())
        return names;
    const auto files = QDir(m_folder).entryInfoList({ QStringLiteral("*.yaml") }, QDir::Files, QDir::Name);
    for (const QFileInfo &file : files)
        names << file.completeBaseName();
    return names;
}

void PresetMenu::rebuild()
{
    clear();
    for (const BuiltinPreset &preset : builtinPresets()) {
        QAction *action = addAction(preset.name);
        action->setToolTip(preset.help);
        connect(action, &QAction::triggered, this, [this, apply = preset.apply] {
            engine::TrainConfig config = m_current();
            apply(config);
            Q_EMIT chosen(config);
        });
    }
    addSeparator();
    const QStringList saved = names();
    for (const QString &name : saved)
        connect(addAction(name), &QAction::triggered, this, [this, name] { load(name); });
    connect(addAction(tr("Save as preset...")), &QAction::triggered, this, &PresetMenu::askName);
    QMenu *remove = addMenu(tr("Remove preset"));
    remove->setEnabled(!saved.isEmpty());
    for (const QString &name : saved)
        connect(remove->addAction(name), &QAction::triggered, this, [this, name] { QFile::moveToTrash(fileOf(name)); });
    addSeparator();
    connect(addAction(tr("Import args.yaml...")), &QAction::triggered, this, &PresetMenu::askImport);
    connect(addAction(tr("Export args.yaml...")), &QAction::triggered, this, &PresetMenu::askExport);
    addSeparator();
    QAction *reset = addAction(tr("Reset all arguments"));
    reset->setToolTip(tr("Everything but data set, model and HUB"));
    connect(reset, &QAction::triggered, this, [this] {
        const engine::TrainConfig current = m_current();
        engine::TrainConfig config;
        config.data = current.data;
        config.model = current.model;
        config.hub = current.hub;
        Q_EMIT chosen(config);
    });
}

QString PresetMenu::save(const QString &name)
{
    const QString clean = name.trimmed();
    if (clean.isEmpty() || clean.contains(QLatin1Char('/')) || clean.startsWith(QLatin1Char('.')))
        return tr("A preset's name is a file name: no slash, no dot in front.");
    if (m_folder.isEmpty() || !QDir().mkpath(m_folder))
        return tr("The folder for presets cannot be made: %1").arg(m_folder);
    return saveArgs(m_current(), fileOf(clean));
}

/// What a preset says, except for the things that belong to one run: data, names of folders, HUB.
void PresetMenu::load(const QString &name)
{
    QStringList refused;
    QString problem;
    engine::TrainConfig config = loadArgs(fileOf(name), &refused, &problem);
    if (!problem.isEmpty()) {
        Q_EMIT notice(problem, true);
        return;
    }
    const engine::TrainConfig current = m_current();
    if (!current.data.empty())
        config.data = current.data;
    config.hub = current.hub;
    config.resume = false;
    Q_EMIT chosen(config);
}

void PresetMenu::importFrom(const QString &file)
{
    QStringList refused;
    QString problem;
    engine::TrainConfig config = loadArgs(file, &refused, &problem);
    if (!problem.isEmpty()) {
        Q_EMIT notice(problem, true);
        return;
    }
    config.hub = m_current().hub;
    Q_EMIT chosen(config);
    if (!refused.isEmpty())
        Q_EMIT notice(tr("Taken over, except: %1").arg(refused.join(QLatin1Char(' '))), true);
    else
        Q_EMIT notice(tr("The form holds the arguments of %1.").arg(file), false);
}

void PresetMenu::exportTo(const QString &file)
{
    const QString problem = saveArgs(m_current(), file);
    Q_EMIT notice(problem.isEmpty() ? tr("Saved %1").arg(file) : problem, !problem.isEmpty());
}

void PresetMenu::askName()
{
    auto *dialog = new QInputDialog(window());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Save as preset"));
    dialog->setLabelText(tr("Name"));
    connect(dialog, &QInputDialog::textValueSelected, this, [this](const QString &name) {
        const QString problem = save(name);
        Q_EMIT notice(problem.isEmpty() ? tr("Preset %1 saved.").arg(name.trimmed()) : problem, !problem.isEmpty());
    });
    dialog->open();
}

void PresetMenu::askImport()
{
    auto *dialog = new QFileDialog(window(), tr("Import args.yaml"), {}, tr("Arguments (*.yaml *.yml)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, &PresetMenu::importFrom);
    dialog->open();
}

void PresetMenu::askExport()
{
    auto *dialog = new QFileDialog(window(), tr("Export args.yaml"), QStringLiteral("args.yaml"),
                                   tr("Arguments (*.yaml)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("yaml"));
    connect(dialog, &QFileDialog::fileSelected, this, &PresetMenu::exportTo);
    dialog->open();
}

} // namespace torchdeck::ui

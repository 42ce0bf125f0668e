// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QList>
#include <QtCore/QMap>
#include <QtCore/QPair>
#include <QtCore/QString>
#include <QtCore/QStringList>

#include <functional>
#include <optional>

namespace torchdeck::app::cli {

/// Something the user typed is wrong: one sentence, exit code 2, nothing was written.
struct UsageError {
    QString sentence;
};

enum class ValueKind { Text, Int, Float, Bool };

/// One `name=value` of a command.
struct OptionSpec {
    QString name;
    ValueKind kind = ValueKind::Text;
    QString fallback; ///< used when not given; also shown by --help
    QString help;
    std::optional<double> minimum, maximum; ///< inclusive
};

/// One `--name` or, with a `value` placeholder, `--name=VALUE`.
struct FlagSpec {
    QString name; ///< "--json"
    QString value; ///< "SECONDS", or empty
    QString help;
};

struct CommandSpec {
    QString name; ///< "hub serve"
    QString usage; ///< what follows the name
    QString summary; ///< one line
    QList<OptionSpec> options;
    QList<FlagSpec> flags; ///< besides --help
    QStringList positionals; ///< names of the accepted bare words, in order
    QString notes; ///< further lines of the help
    /// What to say to an argument that Ultralytics has and `options` lacks: nothing (an empty text) at a
    /// value that changes nothing here, else one sentence that refuses it; no value at all for a name nobody
    /// knows.
    std::function<std::optional<QString>(const QString &name, const QString &value)> foreign;
};

/// The words of a command line, told apart but not yet judged by name. Keeps the order of `name=value` pairs.
struct RawArguments {
    QList<QPair<QString, QString>> pairs;
    QMap<QString, QString> flags; ///< "--json" -> "", "--hub-wait" -> "15"
    QStringList positionals;
};

/// Throws UsageError for: an unknown flag (with the nearest), a flag with a missing or unwanted value, a name
/// given twice, an empty name, too many bare words.
[[nodiscard]] RawArguments splitArguments(const CommandSpec &spec, const QStringList &words);

/// `name=value` pairs and flags of a command with a table of its own, checked.
class Arguments {
public:
    /// Throws UsageError for an unknown name (with the nearest), a wrong type or a value out of range.
    Arguments(const CommandSpec &spec, const QStringList &words);

    [[nodiscard]] bool given(const QString &name) const { return m_values.contains(name); }
    [[nodiscard]] QString text(const QString &name) const;
    [[nodiscard]] int integer(const QString &name) const { return int(number(name)); }
    [[nodiscard]] double number(const QString &name) const { return text(name).toDouble(); }
    [[nodiscard]] bool boolean(const QString &name) const;
    [[nodiscard]] bool flag(const QString &name) const { return m_raw.flags.contains(name); }
    [[nodiscard]] const QMap<QString, QString> &flags() const { return m_raw.flags; }
    [[nodiscard]] QString positional(int index) const { return m_raw.positionals.value(index); }

private:
    CommandSpec m_spec;
    RawArguments m_raw;
    QMap<QString, QString> m_values;
};

/// The nearest of `names` by edit distance, or empty when none is near.
[[nodiscard]] QString nearest(const QString &name, const QStringList &names);
[[nodiscard]] std::optional<bool> parseBool(const QString &text);
/// "--help", "-h" or the word "help" first.
[[nodiscard]] bool asksForHelp(const QStringList &words);
[[nodiscard]] QString helpText(const CommandSpec &spec);
/// Value of --hub-wait in seconds; throws UsageError.
[[nodiscard]] double hubWaitSeconds(const QMap<QString, QString> &flags, double fallback);

} // namespace torchdeck::app::cli

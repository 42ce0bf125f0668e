// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/arguments.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace torchdeck::app::cli {

namespace {

qsizetype editDistance(const QString &a, const QString &b)
{
    std::vector<qsizetype> row(size_t(b.size()) + 1);
    for (size_t j = 0; j < row.size(); ++j)
        row[j] = qsizetype(j);
    for (qsizetype i = 1; i <= a.size(); ++i) {
        qsizetype diagonal = row[0];
        row[0] = i;
        for (qsizetype j = 1; j <= b.size(); ++j) {
            const qsizetype above = row[size_t(j)];
            const qsizetype change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[size_t(j)] = std::min({ above + 1, row[size_t(j) - 1] + 1, change });
            diagonal = above;
        }
    }
    return row.back();
}

QString didYouMean(const QString &name, const QStringList &names, const QString &command)
{
    const QString near = nearest(name, names);
    return near.isEmpty() ? QStringLiteral("; see `torchdeck %1 --help`.").arg(command)
                          : QStringLiteral("; did you mean '%1'?").arg(near);
}

void addFlag(const CommandSpec &spec, const QString &word, RawArguments &raw)
{
    const qsizetype equals = word.indexOf(u'=');
    const QString name = equals < 0 ? word : word.left(equals);
    const auto found = std::find_if(spec.flags.begin(), spec.flags.end(),
                                    [&name](const FlagSpec &flag) { return flag.name == name; });
    if (found == spec.flags.end()) {
        QStringList names { QStringLiteral("--help") };
        for (const FlagSpec &flag : spec.flags)
            names << flag.name;
        throw UsageError {
            QStringLiteral("Unknown option '%1'%2").arg(name, didYouMean(name, names, spec.name))
        };
    }
    const QString value = equals < 0 ? QString() : word.mid(equals + 1);
    if (!found->value.isEmpty() && value.isEmpty())
        throw UsageError { QStringLiteral("%1 needs a value: write %1=%2.").arg(name, found->value) };
    if (found->value.isEmpty() && equals >= 0)
        throw UsageError { QStringLiteral("%1 takes no value.").arg(name) };
    if (raw.flags.contains(name))
        throw UsageError { QStringLiteral("%1 is given twice.").arg(name) };
    raw.flags.insert(name, value);
}

QString rangeText(const OptionSpec &option)
{
    if (option.minimum && option.maximum)
        return QStringLiteral(" from %1 to %2").arg(*option.minimum).arg(*option.maximum);
    return option.minimum ? QStringLiteral(" of at least %1").arg(*option.minimum) : QString();
}

void check(const OptionSpec &option, const QString &value)
{
    const auto fail = [&](const QString &wanted) {
        throw UsageError { QStringLiteral("%1=%2 is not valid: give %3.").arg(option.name, value, wanted) };
    };
    if (option.kind == ValueKind::Text)
        return;
    if (option.kind == ValueKind::Bool) {
        if (!parseBool(value))
            fail(QStringLiteral("true or false"));
        return;
    }
    bool valid = false;
    const double number = value.toDouble(&valid);
    const bool whole = option.kind == ValueKind::Int;
    valid = valid && std::isfinite(number) && (!whole || number == std::floor(number))
        && (!option.minimum || number >= *option.minimum) && (!option.maximum || number <= *option.maximum);
    if (!valid)
        fail((whole ? QStringLiteral("a whole number") : QStringLiteral("a number")) + rangeText(option));
}

} // namespace

QString nearest(const QString &name, const QStringList &names)
{
    QString best;
    qsizetype bestDistance = std::max<qsizetype>(2, name.size() / 2) + 1;
    for (const QString &candidate : names) {
        const qsizetype distance = editDistance(name.toLower(), candidate.toLower());
        if (distance < bestDistance) {
            bestDistance = distance;
            best = candidate;
        }
    }
    return best;
}

std::optional<bool> parseBool(const QString &text)
{
    const QString word = text.trimmed().toLower();
    if (word == u"true" || word == u"1" || word == u"yes" || word == u"on")
        return true;
    if (word == u"false" || word == u"0" || word == u"no" || word == u"off")
        return false;
    return std::nullopt;
}

bool asksForHelp(const QStringList &words)
{
    return words.contains(QStringLiteral("--help")) || words.contains(QStringLiteral("-h"));
}

RawArguments splitArguments(const CommandSpec &spec, const QStringList &words)
{
    RawArguments raw;
    for (const QString &word : words) {
        if (word.startsWith(u'-') && word.size() > 1) {
            addFlag(spec, word, raw);
            continue;
        }
        const qsizetype equals = word.indexOf(u'=');
        // A path may hold '=' too: a bare word that a command expects and that looks like a path stays whole.
        const bool path = word.startsWith(u'/') || word.startsWith(u'.');
        if (equals < 0 || (path && raw.positionals.size() < spec.positionals.size())) {
            if (raw.positionals.size() >= spec.positionals.size())
                throw UsageError { QStringLiteral(
                                       "'%1' is not understood: arguments are written name=value; see "
                                       "`torchdeck %2 --help`.")
                                       .arg(word, spec.name) };
            raw.positionals << word;
            continue;
        }
        const QString name = word.left(equals);
        if (name.isEmpty())
            throw UsageError {
                QStringLiteral("'%1' has no name: arguments are written name=value.").arg(word)
            };
        const auto same = [&name](const QPair<QString, QString> &pair) { return pair.first == name; };
        if (std::any_of(raw.pairs.begin(), raw.pairs.end(), same))
            throw UsageError { QStringLiteral("%1= is given twice: give it once.").arg(name) };
        raw.pairs.append({ name, word.mid(equals + 1) });
    }
    return raw;
}

Arguments::Arguments(const CommandSpec &spec, const QStringList &words)
    : m_spec(spec)
    , m_raw(splitArguments(spec, words))
{
    for (const auto &[name, value] : m_raw.pairs) {
        const auto found =
            std::find_if(spec.options.begin(), spec.options.end(),
                         [&name = name](const OptionSpec &option) { return option.name == name; });
        if (found == spec.options.end()) {
            if (const auto answer = spec.foreign ? spec.foreign(name, value) : std::nullopt) {
                if (answer->isEmpty())
                    continue;
                throw UsageError { *answer };
            }
            QStringList names;
            for (const OptionSpec &option : spec.options)
                names << option.name;
            throw UsageError {
                QStringLiteral("Unknown argument '%1'%2").arg(name, didYouMean(name, names, spec.name))
            };
        }
        check(*found, value);
        m_values.insert(name, value);
    }
}

QString Arguments::text(const QString &name) const
{
    if (m_values.contains(name))
        return m_values.value(name);
    for (const OptionSpec &option : m_spec.options) {
        if (option.name == name)
            return option.fallback;
    }
    return {};
}

bool Arguments::boolean(const QString &name) const { return parseBool(text(name)).value_or(false); }

QString helpText(const CommandSpec &spec)
{
    QString text = QStringLiteral("Usage: torchdeck %1 %2\n\n%3\n").arg(spec.name, spec.usage, spec.summary);
    if (!spec.options.isEmpty())
        text += QStringLiteral("\nArguments (name=value):\n");
    for (const OptionSpec &option : spec.options) {
        const QString shown =
            option.fallback.isEmpty() ? QString() : QStringLiteral(" [%1]").arg(option.fallback);
        text += QStringLiteral("  %1 %2%3\n").arg(option.name, -16).arg(option.help, shown);
    }
    text += QStringLiteral("\nOptions:\n");
    for (const FlagSpec &flag : spec.flags) {
        const QString name = flag.value.isEmpty() ? flag.name : flag.name + u'=' + flag.value;
        text += QStringLiteral("  %1 %2\n").arg(name, -20).arg(flag.help);
    }
    text += QStringLiteral("  %1 %2\n").arg(QStringLiteral("--help"), -20).arg(QStringLiteral("this text"));
    if (!spec.notes.isEmpty())
        text += u'\n' + spec.notes + u'\n';
    return text;
}

double hubWaitSeconds(const QMap<QString, QString> &flags, double fallback)
{
    const QString text = flags.value(QStringLiteral("--hub-wait"));
    if (text.isEmpty())
        return fallback;
    bool number = false;
    const double seconds = text.toDouble(&number);
    if (!number || !(seconds >= 0) || seconds > 86'400)
        throw UsageError {
            QStringLiteral("--hub-wait=%1 is not valid: give seconds from 0 to 86400.").arg(text)
        };
    return seconds;
}

} // namespace torchdeck::app::cli

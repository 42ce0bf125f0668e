// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/console.h"

#include <QtCore/QJsonDocument>

#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace torchdeck::app::cli {

namespace {

void put(std::FILE *stream, const QByteArray &text)
{
    std::fwrite(text.constData(), 1, size_t(text.size()), stream);
    std::fflush(stream);
}

} // namespace

bool Console::terminal() const { return ::isatty(::fileno(m_progress)) == 1; }

int Console::columns() const
{
    winsize size {};
    if (::ioctl(::fileno(m_progress), TIOCGWINSZ, &size) == 0 && size.ws_col > 20)
        return size.ws_col;
    return 100;
}

void Console::clearStatus()
{
    if (std::exchange(m_statusShown, false))
        put(m_progress, "\r\x1b[K");
}

void Console::line(const QString &text)
{
    clearStatus();
    put(m_progress, text.toUtf8() + '\n');
}

void Console::status(const QString &text)
{
    if (!terminal())
        return;
    put(m_progress, "\r" + text.left(columns() - 1).toUtf8() + "\x1b[K");
    m_statusShown = true;
}

void Console::error(const QString &sentence)
{
    clearStatus();
    put(stderr, sentence.toUtf8() + '\n');
}

void Console::json(const QJsonObject &object)
{
    clearStatus();
    put(stdout, QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n');
}

void Console::fail(const QString &sentence, const QString &field)
{
    error(sentence);
    if (!m_json)
        return;
    QJsonObject object { { QStringLiteral("error"), sentence } };
    if (!field.isEmpty())
        object.insert(QStringLiteral("field"), field);
    json(object);
}

double peakRssMiB()
{
    rusage usage {};
    ::getrusage(RUSAGE_SELF, &usage);
    return double(usage.ru_maxrss) / 1024.0;
}

} // namespace torchdeck::app::cli

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QString>

#include <stdexcept>

namespace torchdeck::hub::server {

/// Ends a request with an HTTP status and one sentence for the person at the other end.
class ApiError : public std::runtime_error {
public:
    ApiError(int status, const QString &message)
        : std::runtime_error(message.toStdString())
        , m_status(status)
    {
    }
    [[nodiscard]] int status() const { return m_status; }
    [[nodiscard]] QString message() const { return QString::fromUtf8(what()); }

private:
    int m_status;
};

/// The same words for what is not there and for what is another user's: nobody learns which ids there are. `word`: "model".
[[nodiscard]] inline ApiError noSuchRecord(const QString &word, const QString &id)
{
    return ApiError(404, QStringLiteral("This HUB has no %1 %2.").arg(word, id));
}

} // namespace torchdeck::hub::server

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QByteArray>
#include <QtCore/QString>

#include <functional>
#include <optional>

namespace torchdeck::hub::server {

/// Streaming reader of multipart/form-data (RFC 7578): constant memory whatever the parts' sizes; part
/// headers bounded.
class MultipartReader {
public:
    struct Part {
        QByteArray name;
        QByteArray fileName;
        bool isFile = false; ///< a filename was given
    };
    struct Sink {
        std::function<void(const Part &)> begin;
        std::function<void(const char *, size_t)> data; ///< of the part begun last
        std::function<void()> end;
    };

    MultipartReader(const QByteArray &boundary, Sink sink);

    /// False: malformed, error() says what. Lets the sink's exceptions through.
    [[nodiscard]] bool feed(const char *data, size_t size);
    [[nodiscard]] bool complete() const { return m_state == State::Done; } ///< the closing boundary was seen
    [[nodiscard]] QString error() const { return m_error; }

    /// The boundary of a Content-Type; nothing when it is not a usable multipart/form-data.
    [[nodiscard]] static std::optional<QByteArray> boundaryOf(const QByteArray &contentType);

private:
    enum class State { Preamble, AfterBoundary, Headers, Body, Done };
    bool step(); ///< true: made progress
    bool skipPreamble();
    bool afterBoundary();
    bool readHeaders();
    bool readBody();
    bool fail(const char *why);

    const QByteArray m_delimiter; ///< CRLF "--" boundary
    const Sink m_sink;
    State m_state = State::Preamble;
    QByteArray m_pending;
    int m_parts = 0;
    QString m_error;
};

} // namespace torchdeck::hub::server

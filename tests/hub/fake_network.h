// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QThread>
#include <QtCore/QTimer>
#include <QtCore/QUrl>
#include <QtNetwork/QNetworkAccessManager>
#include <QtNetwork/QNetworkReply>

#include <cstring>
#include <functional>
#include <optional>

struct FakeRequest {
    QByteArray verb;
    QUrl url;
    QString path;
    QByteArray key, idempotencyKey, sha256;
    QByteArray body;
    [[nodiscard]] QJsonObject json() const { return QJsonDocument::fromJson(body).object(); }
};

struct FakeAnswer {
    int status = 200;
    QByteArray body = "{}";
    QList<std::pair<QByteArray, QByteArray>> headers = {};
    QNetworkReply::NetworkError error = QNetworkReply::NoError; ///< below HTTP; status 0 then
    bool silent = false; ///< never answers
    bool half = false; ///< breaks off in the middle of the body
};

class FakeReply final : public QNetworkReply {
public:
    FakeReply(QNetworkAccessManager::Operation op, const QNetworkRequest &request, FakeAnswer answer,
              int *open, QObject *parent)
        : QNetworkReply(parent)
        , m_answer(std::move(answer))
        , m_open(open)
    {
        setOperation(op);
        setRequest(request);
        setUrl(request.url());
        QIODevice::open(QIODevice::ReadOnly);
        if (!m_answer.silent) {
            ++*m_open;
            QTimer::singleShot(0, this, [this] { deliver(); });
        }
    }
    ~FakeReply() override
    {
        if (!m_answer.silent && !isFinished())
            --*m_open;
    }
    void abort() override
    {
        if (isFinished())
            return;
        if (!m_answer.silent)
            --*m_open;
        setError(OperationCanceledError, QStringLiteral("aborted"));
        setFinished(true);
        Q_EMIT finished();
    }
    [[nodiscard]] qint64 bytesAvailable() const override
    {
        return m_answer.body.size() - m_at + QNetworkReply::bytesAvailable();
    }
    [[nodiscard]] bool isSequential() const override { return true; }

protected:
    qint64 readData(char *data, qint64 max) override
    {
        const auto n = std::min<qint64>(max, m_answer.body.size() - m_at);
        std::memcpy(data, m_answer.body.constData() + m_at, size_t(n));
        m_at += n;
        return n == 0 ? -1 : n;
    }

private:
    void deliver()
    {
        if (isFinished())
            return;
        --*m_open;
        if (m_answer.error != NoError) {
            setError(m_answer.error, QStringLiteral("fake"));
            m_answer.body.clear();
        } else {
            setAttribute(QNetworkRequest::HttpStatusCodeAttribute, m_answer.status);
            setHeader(QNetworkRequest::ContentLengthHeader, m_answer.body.size());
            for (const auto &[name, value] : m_answer.headers)
                setRawHeader(name, value);
            if (m_answer.half) {
                m_answer.body.truncate(m_answer.body.size() / 2);
                setError(RemoteHostClosedError, QStringLiteral("half"));
            } else if (m_answer.status >= 400) {
                setError(UnknownContentError, QStringLiteral("status"));
            }
        }
        setFinished(true);
        Q_EMIT finished();
    }

    FakeAnswer m_answer;
    int *m_open;
    qint64 m_at = 0;
};

/// A body whose file another thread reads: what is not there yet is waited for.
inline QByteArray allOf(QIODevice &body)
{
    QByteArray all = body.readAll();
    for (int idle = 0; idle < 2000 && !body.atEnd(); ++idle) {
        const QByteArray more = body.readAll();
        if (more.isEmpty())
            QThread::msleep(1);
        else
            idle = 0;
        all += more;
    }
    return all;
}

/// Answers asynchronously through `handler`, keeps every request; what the handler does not know is an error.
class FakeNetwork : public QNetworkAccessManager {
public:
    std::function<std::optional<FakeAnswer>(const FakeRequest &)> handler;
    QList<FakeRequest> requests;
    QStringList unknown; ///< must stay empty
    int open = 0; ///< answers on their way

    [[nodiscard]] qsizetype count(const QString &pathStart = {}) const
    {
        qsizetype n = 0;
        for (const auto &r : requests)
            n += r.path.startsWith(pathStart) ? 1 : 0;
        return n;
    }

protected:
    QNetworkReply *createRequest(Operation op, const QNetworkRequest &request, QIODevice *outgoing) override
    {
        FakeRequest seen;
        seen.verb = op == GetOperation ? QByteArray("GET")
            : op == PostOperation      ? QByteArray("POST")
                                  : request.attribute(QNetworkRequest::CustomVerbAttribute).toByteArray();
        seen.url = request.url();
        seen.path = request.url().path();
        seen.key = request.rawHeader("x-api-key");
        seen.idempotencyKey = request.rawHeader("Idempotency-Key");
        seen.sha256 = request.rawHeader("x-checksum-sha256");
        if (outgoing)
            seen.body = allOf(*outgoing);
        requests.append(seen);
        auto answer = handler ? handler(seen) : std::nullopt;
        if (!answer) {
            unknown.append(QString::fromLatin1(seen.verb) + QLatin1Char(' ') + seen.url.toString());
            answer = FakeAnswer { .status = 404 };
        }
        return new FakeReply(op, request, *answer, &open, this);
    }
};

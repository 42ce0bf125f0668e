// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/clock.h"
#include "hub/wire.h"

#include <QtCore/QObject>
#include <QtCore/QPointer>
#include <QtNetwork/QSslCertificate>

#include <memory>
#include <optional>

class QIODevice;
class QNetworkAccessManager;
class QNetworkReply;
class QNetworkRequest;

namespace torchdeck::hub {

/// How requests travel. TLS is verified in every case.
struct Transport {
    qint64 bytesPerSecond = 0; ///< of file bodies; 0 = no limit
    QList<QSslCertificate> authorities; ///< trusted besides the system's
};

/// One request under way. Emits finished() exactly once, never from inside HubClient::send(), then deletes
/// itself.
class HubCall : public QObject {
    Q_OBJECT
public:
    ~HubCall() override;
    void abort(Failure why = Failure::Cancelled);

Q_SIGNALS:
    void progress(qint64 sent, qint64 total); ///< body bytes handed to the network
    void finished(const torchdeck::hub::WireAnswer &answer);
    void recorded(const torchdeck::hub::RequestRecord &record); ///< just before finished()

private:
    friend class HubClient;
    HubCall(WireRequest request, QNetworkAccessManager *network, std::shared_ptr<Clock> clock,
            const Transport &transport, std::chrono::milliseconds stall, QObject *parent);
    void start();
    void startMultipart(QNetworkRequest request);
    void watch();
    void sawBytes();
    void checkStall();
    void read();
    void replyFinished();
    bool followRedirect(WireAnswer &answer);
    void finish(WireAnswer answer);
    void finishLater(const WireAnswer &answer);
    [[nodiscard]] RequestRecord record(const WireAnswer &answer) const;

    WireRequest m_request;
    QNetworkAccessManager *m_network;
    std::shared_ptr<Clock> m_clock;
    Transport m_transport;
    std::chrono::milliseconds m_stall;
    QPointer<QNetworkReply> m_reply;
    QByteArray m_body;
    TimePoint m_lastByte;
    std::optional<TimePoint> m_started;
    QDateTime m_startedWall;
    qint64 m_sent = 0, m_received = 0; ///< over all redirects
    qint64 m_sentHere = 0; ///< of the reply at hand
    Failure m_aborted = Failure::None;
    int m_redirects = 0;
    bool m_done = false;
};

/// Thin layer over QNetworkAccessManager: streams files from disk, follows redirects only within the same
/// server (the key never leaves for another one), verifies TLS always, and gives up when no byte moves for
/// the stall time (not when a long upload simply takes long). Lives on the thread of its network manager.
class HubClient : public QObject {
    Q_OBJECT
public:
    HubClient(QNetworkAccessManager *network, std::shared_ptr<Clock> clock, QObject *parent = nullptr);

    /// Empty, or one sentence that says why the CA file or the proxy cannot be used. What cannot be used is
    /// left out, and the requests then fail rather than go another way.
    QString setTransport(qint64 bytesPerSecond, const QString &caFile, const QUrl &proxy);
    [[nodiscard]] QList<QSslCertificate> authorities() const { return m_transport.authorities; }
    void setStallTime(std::chrono::milliseconds stall) { m_stall = stall; }
    /// Made before this returns: an answer that comes meanwhile may close the account's gate, and a request decided
    /// on before must not go out after. Connect to the returned call at once: finished() comes from the event loop.
    HubCall *send(WireRequest request);

Q_SIGNALS:
    void requestEnded(const torchdeck::hub::RequestRecord &record); ///< every request, once

private:
    QNetworkAccessManager *m_network;
    std::shared_ptr<Clock> m_clock;
    Transport m_transport;
    QString m_caFile;
    std::chrono::milliseconds m_stall { 60'000 };
};

} // namespace torchdeck::hub

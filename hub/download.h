// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/digest/sha256.h"

#include <QtCore/QByteArray>
#include <QtCore/QObject>
#include <QtCore/QPointer>
#include <QtCore/QSaveFile>
#include <QtCore/QUrl>
#include <QtNetwork/QSslCertificate>

class QNetworkAccessManager;
class QNetworkReply;

namespace torchdeck::hub {

/// One file from an address that carries its own permission (a signed link): no key is ever sent along. Streams to
/// disk, follows redirects to equally safe addresses only, verifies TLS, is bounded in size, and appears under its
/// name only when it is whole. One object, one download; lives on the thread of `network`.
class Download : public QObject {
    Q_OBJECT
public:
    struct Wish {
        QUrl url;
        QString file; ///< its folder exists
        qint64 mostBytes = 0;
        QByteArray sha256; ///< lower-case hex; empty = not known
        QList<QSslCertificate> authorities; ///< trusted besides the system's
        int stallMs = 60'000; ///< given up when no byte comes for so long
    };
    Download(QNetworkAccessManager *network, Wish wish, QObject *parent = nullptr);
    ~Download() override; ///< an unfinished one leaves nothing behind

    void start(); ///< answered by finished(), never from inside
    void cancel(); ///< finished() does not come any more

Q_SIGNALS:
    void progress(qint64 received, qint64 total); ///< total 0 = not known
    void finished(const QString &problem); ///< empty = the file is there

private:
    void gotHead();
    void read();
    void ended();
    void fail(const QString &problem);

    QNetworkAccessManager *m_network;
    Wish m_wish;
    QSaveFile m_out;
    Sha256 m_hash;
    QPointer<QNetworkReply> m_reply;
    qint64 m_received = 0;
    qint64 m_total = 0;
    bool m_done = false;
};

} // namespace torchdeck::hub

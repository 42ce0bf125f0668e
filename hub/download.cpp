// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/download.h"

#include <QtCore/QFileInfo>
#include <QtCore/QLocale>
#include <QtCore/QStorageInfo>
#include <QtNetwork/QNetworkAccessManager>
#include <QtNetwork/QNetworkReply>
#include <QtNetwork/QNetworkRequest>
#include <QtNetwork/QSslConfiguration>

namespace torchdeck::hub {

namespace {

constexpr qint64 spareBytes = 64 << 20; ///< a disk is never filled to the brim

QString size(qint64 bytes) { return QLocale().formattedDataSize(bytes, 1, QLocale::DataSizeSIFormat); }

} // namespace

Download::Download(QNetworkAccessManager *network, Wish wish, QObject *parent)
    : QObject(parent)
    , m_network(network)
    , m_wish(std::move(wish))
    , m_out(m_wish.file)
{
}

Download::~Download() { cancel(); }

void Download::start()
{
    if (!m_out.open(QIODevice::WriteOnly)) {
        const QString why = m_out.errorString();
        QMetaObject::invokeMethod(
            this, [this, why] { fail(tr("%1 cannot be written: %2").arg(m_wish.file, why)); }, Qt::QueuedConnection);
        return;
    }
    QNetworkRequest request(m_wish.url);
    request.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::NoLessSafeRedirectPolicy);
    request.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::CacheSaveControlAttribute, false);
    request.setRawHeader("User-Agent", "torchdeck/" TORCHDECK_VERSION);
    request.setRawHeader("Accept-Encoding", "identity"); // the length on the wire is the file's
    request.setTransferTimeout(m_wish.stallMs);
    if (!m_wish.authorities.isEmpty()) {
        auto tls = QSslConfiguration::defaultConfiguration();
        tls.addCaCertificates(m_wish.authorities);
        request.setSslConfiguration(tls);
    }
    m_reply = m_network->get(request);
    m_reply->setReadBufferSize(4 << 20); // the disk sets the pace, not the memory
    connect(m_reply, &QNetworkReply::metaDataChanged, this, &Download::gotHead);
    connect(m_reply, &QNetworkReply::readyRead, this, &Download::read);
    connect(m_reply, &QNetworkReply::finished, this, &Download::ended);
}

void Download::cancel()
{
    m_done = true;
    if (m_reply) {
        m_reply->disconnect(this);
        m_reply->abort();
        m_reply->deleteLater();
        m_reply = nullptr;
    }
    m_out.cancelWriting();
}

void Download::gotHead()
{
    if (m_done || !m_reply)
        return;
    m_total = m_reply->header(QNetworkRequest::ContentLengthHeader).toLongLong();
    if (m_total > m_wish.mostBytes)
        return fail(tr("The file is too large: %1, at most %2 are taken.").arg(size(m_total), size(m_wish.mostBytes)));
    const qint64 room = QStorageInfo(QFileInfo(m_wish.file).absolutePath()).bytesAvailable();
    if (m_total > 0 && room >= 0 && m_total + spareBytes > room)
        fail(tr("The disk has room for %1, the file needs %2: free some space.").arg(size(room), size(m_total)));
}

void Download::read()
{
    if (m_done || !m_reply || m_reply->error() != QNetworkReply::NoError)
        return;
    const int status = m_reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    if (status < 200 || status > 299)
        return; // the words of an error are no part of the file
    const QByteArray part = m_reply->readAll();
    m_received += part.size();
    if (m_received > m_wish.mostBytes)
        return fail(tr("The file is too large: at most %1 are taken.").arg(size(m_wish.mostBytes)));
    m_hash.add(part);
    if (m_out.write(part) != part.size())
        return fail(tr("%1 cannot be written: %2").arg(m_wish.file, m_out.errorString()));
    Q_EMIT progress(m_received, m_total);
}

void Download::ended()
{
    if (m_done || !m_reply)
        return;
    const int status = m_reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    const QString host = m_reply->url().host();
    if (m_reply->error() != QNetworkReply::NoError || status != 200) {
        fail(status >= 300 ? tr("%1 does not give the file (%2).").arg(host).arg(status)
                           : tr("The download from %1 broke off: try again.").arg(host));
        return;
    }
    read();
    if (m_done)
        return;
    if (m_total > 0 && m_received != m_total)
        return fail(tr("The download from %1 broke off: try again.").arg(host));
    if (!m_wish.sha256.isEmpty() && m_hash.takeHex() != m_wish.sha256)
        return fail(tr("The file from %1 is not the one that the server names (its check sum differs): try again.")
                        .arg(host));
    if (!m_out.commit())
        return fail(tr("%1 cannot be written: %2").arg(m_wish.file, m_out.errorString()));
    m_done = true;
    m_reply->deleteLater();
    m_reply = nullptr;
    Q_EMIT finished({});
}

void Download::fail(const QString &problem)
{
    cancel();
    Q_EMIT finished(problem);
}

} // namespace torchdeck::hub

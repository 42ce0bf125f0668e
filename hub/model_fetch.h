// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/client.h"
#include "hub/download.h"
#include "hub/hub_protocol.h"

namespace torchdeck::hub {

/// Reads a model that exists and fetches its files, with the account's key for the API and without it for the files.
/// One step at a time; cancel() ends the one under way without a further signal. Main thread.
class ModelFetch : public QObject {
    Q_OBJECT
public:
    ModelFetch(HubClient &client, QNetworkAccessManager *network, std::shared_ptr<const HubProtocol> protocol,
               Account account, QObject *parent = nullptr);

    void readModel(const QString &model); ///< answered by modelRead() or failed()
    /// Answered by downloaded() or failed(). `file`'s folder exists.
    void download(const QUrl &url, const QString &file, qint64 mostBytes, const QByteArray &sha256 = {});
    void cancel();
    [[nodiscard]] const Account &account() const { return m_account; }

Q_SIGNALS:
    void modelRead(const torchdeck::hub::ModelFacts &facts);
    void progress(qint64 received, qint64 total);
    void downloaded(const QString &file);
    void failed(const QString &sentence); ///< without the key, also where the server repeats it

private:
    void answered(const QString &model, const WireAnswer &answer);

    HubClient &m_client;
    QNetworkAccessManager *m_network;
    std::shared_ptr<const HubProtocol> m_protocol;
    Account m_account;
    QPointer<HubCall> m_call;
    std::unique_ptr<Download> m_download;
};

} // namespace torchdeck::hub

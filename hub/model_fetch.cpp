// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/model_fetch.h"

#include <QtNetwork/QNetworkAccessManager>

namespace torchdeck::hub {

ModelFetch::ModelFetch(HubClient &client, QNetworkAccessManager *network, std::shared_ptr<const HubProtocol> protocol,
                       Account account, QObject *parent)
    : QObject(parent)
    , m_client(client)
    , m_network(network)
    , m_protocol(std::move(protocol))
    , m_account(std::move(account))
{
}

void ModelFetch::readModel(const QString &model)
{
    auto *call = m_client.send(m_protocol->readModel(m_account, model));
    m_call = call;
    connect(call, &HubCall::finished, this, [this, model](const WireAnswer &answer) { answered(model, answer); });
}

void ModelFetch::answered(const QString &model, const WireAnswer &answer)
{
    const QString host = m_account.apiRoot.authority();
    if (answer.ok()) {
        if (const auto facts = m_protocol->modelFacts(answer.body))
            Q_EMIT modelRead(*facts);
        else
            Q_EMIT failed(tr("%1 answers, but not as a HUB does: is the address right?").arg(host));
        return;
    }
    if (answer.failure != Failure::None)
        Q_EMIT failed(tr("%1 cannot be reached: check the network and the address, then start again.").arg(host));
    else if (answer.status == 401 || answer.status == 403)
        Q_EMIT failed(tr("%1 does not accept the API key for this model (%2): set another key.")
                          .arg(host)
                          .arg(answer.status));
    else if (answer.status == 404 || answer.status == 410)
        Q_EMIT failed(tr("%1 knows no model %2: check the address.").arg(host, model));
    else
        Q_EMIT failed(tr("%1 does not answer as it should (%2): start again later.").arg(host).arg(answer.status));
}

void ModelFetch::download(const QUrl &url, const QString &file, qint64 mostBytes, const QByteArray &sha256)
{
    Download::Wish wish;
    wish.url = url;
    wish.file = file;
    wish.mostBytes = mostBytes;
    wish.sha256 = sha256;
    wish.authorities = m_client.authorities();
    m_download = std::make_unique<Download>(m_network, wish);
    connect(m_download.get(), &Download::progress, this, &ModelFetch::progress);
    connect(m_download.get(), &Download::finished, this, [this, file](const QString &problem) {
        m_download.release()->deleteLater();
        if (problem.isEmpty())
            Q_EMIT downloaded(file);
        else
            Q_EMIT failed(problem);
    });
    m_download->start();
}

void ModelFetch::cancel()
{
    if (m_call) {
        m_call->disconnect(this);
        m_call->abort();
    }
    if (m_download) {
        m_download->cancel();
        m_download.reset();
    }
}

} // namespace torchdeck::hub

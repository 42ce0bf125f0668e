// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hub/types.h"
#include "hub/wire.h"

#include <QtCore/QMap>
#include <QtCore/QSet>

#include <memory>

namespace torchdeck::hub {

/// Whom to ask, and as whom.
struct Account {
    QUrl apiRoot, webRoot;
    QString key; ///< "Bearer TOKEN" goes out as authorization, anything else as x-api-key
};

/// A frozen weights file on its way to the server.
struct WeightsUpload {
    UploadKind kind = UploadKind::Checkpoint; ///< Checkpoint (last.pt) or FinalModel (best.pt)
    QString filePath;
    QByteArray sha256; ///< lower-case hex
    int epoch = 0; ///< checkpoint only, 0-based
    bool isBest = false; ///< checkpoint only
    double map = 0; ///< final model only: mAP50-95 of the boxes
};

/// What the server says of a model. Fields it does not name stay empty.
struct ModelFacts {
    QString id;
    QString name; ///< meta.name
    QString status; ///< "trained" once the final model is there
    QByteArray weightsSha256; ///< of the final model, lower-case hex
    std::optional<qint64> weightsSize;
    // For going on with a model that exists (protocol: "existing model").
    QUrl resumeFrom; ///< its last weights; empty = it has none
    QUrl startFrom; ///< weights to start from: the parent's, or a pretrained model's; empty = none
    QString architecture; ///< `cfg`: what to build when there are no weights
    QUrl dataset; ///< zip
    QJsonObject trainArgs;
};

struct UsageRecord {
    QString name; ///< the mode: train, val, predict, export
    QJsonObject params;
};

/// The wire adapter: builds requests and reads answers; knows no queue, no clock and no socket. One
/// implementation per protocol (HUB v1 below); queue, limiter and journal are shared by all of them.
class HubProtocol {
public:
    virtual ~HubProtocol() = default;

    [[nodiscard]] virtual WireRequest checkKey(const Account &account) const = 0;
    /// `once`: key under which a server that remembers it answers a repeated creation with the first model.
    [[nodiscard]] virtual WireRequest createModel(const Account &account, const RunDescription &run,
                                                  const QByteArray &once) const = 0;
    [[nodiscard]] virtual WireRequest readModel(const Account &account, const QString &model) const = 0;
    [[nodiscard]] virtual WireRequest readMetrics(const Account &account, const QString &model) const = 0;
    /// `texts`: JSON text by 0-based epoch.
    [[nodiscard]] virtual WireRequest metrics(const Account &account, const QString &model,
                                              const QMap<int, QByteArray> &texts) const = 0;
    [[nodiscard]] virtual WireRequest upload(const Account &account, const QString &model,
                                             const WeightsUpload &weights) const = 0;
    [[nodiscard]] virtual WireRequest heartbeat(const Account &account, const QString &model,
                                                const QString &agent, const QString &agentId) const = 0;
    [[nodiscard]] virtual WireRequest usage(const Account &account, const QString &clientId,
                                            const QVector<UsageRecord> &events) const = 0;
    [[nodiscard]] virtual QUrl modelPage(const Account &account, const QString &model) const = 0;

    // Answers; nothing = the body is not what this protocol answers.
    [[nodiscard]] virtual std::optional<bool> keyAccepted(const QByteArray &body) const = 0;
    [[nodiscard]] virtual std::optional<QString> createdModel(const QByteArray &body) const = 0;
    [[nodiscard]] virtual std::optional<ModelFacts> modelFacts(const QByteArray &body) const = 0;
    [[nodiscard]] virtual std::optional<QSet<int>> epochs(const QByteArray &body) const = 0;
    [[nodiscard]] virtual QString agentId(const QByteArray &body) const = 0; ///< empty = unchanged
    /// The answer to a heartbeat asks to end the run: `data.stop` true, or `data.command` "stop".
    [[nodiscard]] virtual bool stopAsked(const QByteArray &body) const = 0;
    /// A 2xx body that a server of this protocol may send: guards against a portal's page with status 200.
    [[nodiscard]] virtual bool plausible(const QByteArray &body) const = 0;
    /// The server's own words of an error, shortened; empty when there are none.
    [[nodiscard]] virtual QString serverMessage(const QByteArray &body) const = 0;
};

/// HUB v1, as docs/architecture.md describes it.
[[nodiscard]] std::unique_ptr<HubProtocol> makeHubV1();

/// Same server as far as models and keys go: host and port, where all loopback addresses are one server (the
/// local HUB takes any free port).
[[nodiscard]] bool sameServer(const QUrl &a, const QUrl &b);

/// On this machine: reached without any network.
[[nodiscard]] bool isLoopback(const QUrl &url);

/// Copy with every NaN and infinity replaced by null: strict servers refuse the JSON otherwise.
[[nodiscard]] QJsonObject finiteJson(const QJsonObject &object);

} // namespace torchdeck::hub

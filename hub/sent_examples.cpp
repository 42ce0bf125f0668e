// SPDX-License-Identifier: GPL-3.0-or-later
#include "hub/sent_examples.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QJsonDocument>

namespace torchdeck::hub {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(torchdeck::hub::SentExamples)
};

QString bodyOf(const WireRequest &request)
{
    if (request.fileName.isEmpty()) {
        const auto document = QJsonDocument::fromJson(request.json);
        return document.isNull() ? QString::fromUtf8(request.json)
                                 : QString::fromUtf8(document.toJson(QJsonDocument::Indented)).trimmed();
    }
    QStringList lines;
    for (const auto &field : request.fields)
        lines << QString::fromUtf8(field.name + " = " + field.value);
    lines << Words::tr("file %1 (the weights)").arg(QString::fromUtf8(request.fileName));
    return lines.join(QLatin1Char('\n'));
}

} // namespace

SentExample sentExample(const QString &title, const WireRequest &request)
{
    QStringList head { QString::fromLatin1(request.verb + ' ') + request.url.toString(QUrl::RemoveUserInfo) };
    for (const auto &header : request.headers) {
        const bool key = header.name == "x-api-key" || header.name == "authorization";
        head << QString::fromUtf8(header.name + ": ")
                + (key ? Words::tr("(your key)") : QString::fromUtf8(header.value));
    }
    return { title, head.join(QLatin1Char('\n')), bodyOf(request), false };
}

QVector<SentExample> sentExamples(const HubProtocol &protocol, const Account &account, const RunDescription &run,
                                  int epoch, const QJsonObject &metrics, const QString &agent)
{
    const auto model = QStringLiteral("MODEL");
    const auto text = QJsonDocument(finiteJson(metrics)).toJson(QJsonDocument::Compact);
    WeightsUpload last { UploadKind::Checkpoint, {}, "(sha256)", epoch, true, 0 };
    WeightsUpload best { UploadKind::FinalModel, {}, "(sha256)", 0, false,
                         metrics.value(QLatin1String("metrics/mAP50-95(B)")).toDouble() };
    return {
        sentExample(Words::tr("When a run starts: its model"), protocol.createModel(account, run, "(random)")),
        sentExample(Words::tr("After an epoch: its metrics"), protocol.metrics(account, model, { { epoch, text } })),
        sentExample(Words::tr("A checkpoint, at most every 15 minutes"), protocol.upload(account, model, last)),
        sentExample(Words::tr("At the end: the best model"), protocol.upload(account, model, best)),
        sentExample(Words::tr("Then the model is read back"), protocol.readModel(account, model)),
        sentExample(Words::tr("Every 5 minutes: a heartbeat"), protocol.heartbeat(account, model, agent, {})),
    };
}

} // namespace torchdeck::hub

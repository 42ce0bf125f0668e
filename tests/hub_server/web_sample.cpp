// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/hub_server/web_sample.h"

#include <QtCore/QRandomGenerator>

#include <cmath>

namespace torchdeck::test {

QJsonObject sampleEpoch(const SampleRun &run, int epoch)
{
    QRandomGenerator random(static_cast<quint32>(run.seed * 1009 + epoch));
    const auto noise = [&](double size) { return size * (random.generateDouble() - 0.5); };
    const double part = 1.0 - std::exp(-3.5 * (epoch + 1) / std::max(1, run.planned));
    const double map = std::clamp(run.level * part + noise(0.03), 0.0, 1.0);
    const double loss = 1.6 * std::exp(-2.2 * epoch / std::max(1, run.planned)) + 1.1 - 0.4 * run.level;
    const double rate = 0.01 * (1.0 - 0.99 * epoch / std::max(1, run.planned));
    QJsonObject values { { "train/box_loss", loss + noise(0.05) },
                         { "train/cls_loss", 1.3 * loss + noise(0.08) },
                         { "train/dfl_loss", 0.7 * loss + noise(0.03) },
                         { "val/box_loss", loss * 1.08 + noise(0.09) },
                         { "val/cls_loss", 1.35 * loss + noise(0.1) },
                         { "val/dfl_loss", 0.74 * loss + noise(0.05) },
                         { "metrics/precision(B)", std::min(1.0, map * 1.25 + 0.1 + noise(0.06)) },
                         { "metrics/recall(B)", std::min(1.0, map * 1.1 + 0.12 + noise(0.06)) },
                         { "metrics/mAP50(B)", std::min(1.0, map * 1.32 + noise(0.02)) },
                         { "metrics/mAP50-95(B)", map },
                         { "lr/pg0", rate },
                         { "lr/pg1", rate },
                         { "lr/pg2", rate } };
    if (epoch == 0) {
        values.insert("model/parameters", 3011043);
        values.insert("model/GFLOPs", 8.194);
        values.insert("model/speed_PyTorch(ms)", 21.37);
    }
    return values;
}

bool sendEpochs(HttpClient &client, const QByteArray &id, const SampleRun &run, int from, int to)
{
    QJsonObject metrics;
    for (int epoch = from; epoch < to; ++epoch)
        metrics.insert(
            QString::number(epoch),
            QString::fromUtf8(QJsonDocument(sampleEpoch(run, epoch)).toJson(QJsonDocument::Compact)));
    const QJsonObject body { { "type", "metrics" }, { "metrics", metrics } };
    return client.post("/v1/models/" + id, QJsonDocument(body).toJson(QJsonDocument::Compact)).status == 200;
}

QByteArray send(HttpClient &client, const SampleRun &run)
{
    QJsonObject config { { "batchSize", 16 },   { "epochs", run.planned }, { "imageSize", 640 },
                         { "patience", 100 },   { "device", "cpu" },       { "cache", "ram" },
                         { "optimizer", "SGD" } };
    for (auto it = run.config.begin(); it != run.config.end(); ++it)
        config.insert(it.key(), it.value());
    QJsonObject body { { "meta", QJsonObject { { "name", run.name } } },
                       { "config", config },
                       { "dataset", QJsonObject { { "name", run.dataset } } },
                       { "lineage",
                         QJsonObject { { "architecture", QJsonObject { { "name", run.architecture } } } } } };
    if (!run.project.isEmpty())
        body.insert("projectId", run.project);
    const QByteArray id =
        client.post("/v1/models", QJsonDocument(body).toJson()).data()["id"].toString().toLatin1();
    if (id.isEmpty() || (run.epochs > 0 && !sendEpochs(client, id, run, 0, run.epochs)))
        return {};
    if (run.epochs > 0) {
        const QByteArray last = QByteArray::number(run.epochs - 1);
        const Headers fields { { "epoch", last }, { "type", "epoch" }, { "isBest", "True" } };
        const QByteArray weights = "weights of " + id;
        const auto upload = [&](const Headers &with, const char *name) {
            return client
                .post("/v1/models/" + id + "/upload", multipart(with, name, weights.repeated(70'000)),
                      { kMultipart })
                .status;
        };
        if (upload(fields, "last.pt") != 200
            || (run.finished
                && upload({ { "type", "final" }, { "map", QByteArray::number(run.level) } }, "best.pt")
                    != 200))
            return {};
    }
    return id;
}

} // namespace torchdeck::test

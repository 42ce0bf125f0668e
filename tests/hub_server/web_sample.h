// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/hub_server/running_hub.h"

#include <QtCore/QJsonArray>

namespace torchdeck::test {

/// What a training client would send for one run; the curves are made from `seed`.
struct SampleRun {
    QString name, dataset = QStringLiteral("bccd"), architecture = QStringLiteral("yolov8n"), project;
    QJsonObject config; ///< over the usual one
    int planned = 60;
    int epochs = 60; ///< sent
    double level = 0.6; ///< mAP50-95 that it goes towards
    int seed = 1;
    bool finished = true; ///< best.pt was sent as the final model
};

/// The metrics of one epoch, as JSON.
[[nodiscard]] QJsonObject sampleEpoch(const SampleRun &run, int epoch);
/// Creates the model, sends its epochs and checkpoints over HTTP; its id, empty on failure.
[[nodiscard]] QByteArray send(HttpClient &client, const SampleRun &run);
/// Sends epochs `from`..`to` (exclusive) of a run that exists.
[[nodiscard]] bool sendEpochs(HttpClient &client, const QByteArray &id, const SampleRun &run, int from,
                              int to);

} // namespace torchdeck::test

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// The formulas and digests of make_reference.py, in C++.

#include "engine/nn/model_state.h"

#include <ATen/ops/arange.h>

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QtTest>

#include <cmath>

namespace torchdeck::tests {

inline at::Tensor pattern(std::int64_t entry, std::int64_t count)
{
    const at::Tensor i = at::arange(count, at::kLong);
    return ((i * i).remainder(10007) * 31 + i * 7919 + entry * 104729).remainder(1000).to(at::kDouble) / 1000
        - 0.5;
}

inline void fillByFormula(torch::nn::Module &model)
{
    at::NoGradGuard noGrad;
    std::int64_t entry = -1;
    for (auto &[name, tensor] : engine::nn::stateEntries(model)) {
        ++entry;
        const QString key = QString::fromStdString(name);
        if (key.endsWith("num_batches_tracked") || key.contains(".dfl."))
            continue;
        at::Tensor value = pattern(entry, tensor.numel()).view(tensor.sizes());
        if (tensor.dim() == 4)
            value = value * (3.0 / std::sqrt(double(tensor[0].numel())));
        else if (key.endsWith("running_var"))
            value = value + 1;
        else if (key.endsWith("bn.weight"))
            value = value * 0.4 + 1;
        else
            value = value * 0.4;
        tensor.copy_(value);
    }
}

inline QJsonObject referenceObject()
{
    QFile file(QStringLiteral(NN_REFERENCE_DIR "/reference.json"));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    return QJsonDocument::fromJson(file.readAll()).object();
}

/// Empty when `tensor` agrees with the digest, else what differs. `tolerance` is relative to the mean
/// magnitude.
inline QString difference(const at::Tensor &tensor, const QJsonObject &digest, double tolerance)
{
    const QJsonArray shape = digest["shape"].toArray();
    if (shape.size() != tensor.dim())
        return QStringLiteral("other number of dimensions");
    for (int i = 0; i < shape.size(); ++i) {
        if (shape[i].toInteger() != tensor.size(i))
            return QStringLiteral("dimension %1 is %2").arg(i).arg(tensor.size(i));
    }
    const at::Tensor flat = tensor.detach().to(at::kDouble).contiguous().view(-1);
    const double magnitude = digest["absSum"].toDouble();
    const double mean = magnitude / double(flat.numel());
    const double sum = flat.sum().item<double>(), absolute = flat.abs().sum().item<double>();
    if (!(std::abs(absolute - magnitude) <= tolerance * magnitude))
        return QStringLiteral("sum of magnitudes %1, expected %2").arg(absolute).arg(magnitude);
    if (!(std::abs(sum - digest["sum"].toDouble()) <= tolerance * magnitude))
        return QStringLiteral("sum %1, expected %2").arg(sum).arg(digest["sum"].toDouble());
    const QJsonArray picks = digest["picks"].toArray(), values = digest["values"].toArray();
    for (int i = 0; i < picks.size(); ++i) {
        const double have = flat[picks[i].toInteger()].item<double>(), want = values[i].toDouble();
        if (!(std::abs(have - want) <= tolerance * (mean + std::abs(want))))
            return QStringLiteral("value %1 is %2, expected %3")
                .arg(picks[i].toInteger())
                .arg(have)
                .arg(want);
    }
    return {};
}

} // namespace torchdeck::tests

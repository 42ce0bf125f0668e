// SPDX-License-Identifier: GPL-3.0-or-later
// Replays a real run of the reference (golden/generate.py) from its first weights on its batches: forward,
// loss, backward, clipping, warm-up, optimizer and average together end at its weights.
#include "engine/core/checkpoint.h"
#include "engine/core/ema.h"
#include "engine/core/layer_freeze.h"
#include "engine/core/optimizer.h"
#include "engine/loss/detection_loss.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/tensor.h>

#include <opencv2/imgcodecs.hpp>

#include <QtCore/QFile>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtTest/QtTest>

using namespace torchdeck::engine;

namespace {

/// The generator's start values.
void drawWaves(torch::nn::Module &model)
{
    at::NoGradGuard noGrad;
    for (auto &item : model.named_parameters()) {
        at::Tensor &p = item.value();
        if (p.dim() != 4 || item.key().find(".dfl.") != std::string::npos)
            continue;
        std::vector<float> wave(static_cast<std::size_t>(p.numel()));
        for (std::size_t k = 0; k < wave.size(); ++k) {
            const auto i = static_cast<double>(k);
            wave[k] = static_cast<float>(std::sin(0.5 + 1.3 * i + 0.001 * i * i)
                                         * std::sqrt(3.0 / static_cast<double>(p[0].numel())));
        }
        p.copy_(at::tensor(wave).view(p.sizes()));
    }
}

NamedTensors copyOf(const torch::nn::Module &model)
{
    NamedTensors copy;
    for (const auto &[name, tensor] : stateOf(model))
        copy[name] = tensor.detach().clone();
    return copy;
}

/// How far samples of two states are apart, as a part of the way the reference went; -1: they do not fit.
double distance(const NamedTensors &ours, const QJsonObject &theirs, const NamedTensors &start)
{
    double apart = 0, way = 0;
    for (const auto &[name, tensor] : ours) {
        if (!tensor.is_floating_point())
            continue;
        const QJsonArray samples = theirs[QString::fromStdString(name)].toArray();
        const at::Tensor values = tensor.contiguous().flatten(),
                         before = start.at(name).contiguous().flatten();
        const std::int64_t step = std::max<std::int64_t>(values.numel() / 9, 1);
        if (samples.isEmpty())
            return -1;
        for (qsizetype i = 0; i < samples.size(); ++i) {
            const double end = samples[i].toDouble();
            apart += std::pow(values[i * step].item<double>() - end, 2);
            way += std::pow(before[i * step].item<double>() - end, 2);
        }
    }
    return std::sqrt(apart / way);
}

at::Tensor imagesOf(const QJsonObject &batch)
{
    const QByteArray bytes = QByteArray::fromBase64(batch["images"].toString().toLatin1());
    const cv::Mat stacked =
        cv::imdecode(std::vector<std::uint8_t>(bytes.begin(), bytes.end()), cv::IMREAD_COLOR);
    const std::int64_t count = batch["size"].toInteger();
    const std::vector<std::int64_t> shape { count, stacked.rows / count, stacked.cols, 3 };
    const at::Tensor bgr = at::from_blob(stacked.data, shape, at::kByte);
    return bgr.flip(3).permute({ 0, 3, 1, 2 }).to(at::kFloat).div_(255.0);
}

DetectionTargets targetsOf(const QJsonObject &batch)
{
    std::vector<double> index, classes, boxes;
    for (const auto &value : batch["index"].toArray())
        index.push_back(value.toDouble());
    for (const auto &value : batch["classes"].toArray())
        classes.push_back(value.toDouble());
    for (const auto &box : batch["boxes"].toArray()) {
        for (const auto &value : box.toArray())
            boxes.push_back(value.toDouble());
    }
    return { at::tensor(index).to(at::kLong), at::tensor(classes).to(at::kLong),
             at::tensor(boxes).to(at::kFloat).view({ -1, 4 }) };
}

} // namespace

class TestTrainingSteps : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void endsAtTheSameWeights_data();
    void endsAtTheSameWeights();

private:
    QJsonArray m_cases;
};

void TestTrainingSteps::endsAtTheSameWeights_data()
{
    QFile file(QStringLiteral(TORCHDECK_TEST_FOLDER "/golden/golden.json"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    m_cases = QJsonDocument::fromJson(file.readAll()).object()["whole_steps"].toArray();
    QTest::addColumn<int>("index");
    for (int i = 0; i < m_cases.size(); ++i)
        QTest::addRow("%s", qPrintable(m_cases[i].toObject()["arguments"].toObject()["optimizer"].toString()))
            << i;
}

void TestTrainingSteps::endsAtTheSameWeights()
{
    QFETCH(int, index);
    const QJsonObject expected = m_cases[index].toObject();
    TrainConfig config;
    const QJsonObject arguments = expected["arguments"].toObject();
    for (const QString &key : arguments.keys())
        QVERIFY(!setTrainArgument(config, key.toStdString(), arguments[key].toString().toStdString()));
    const auto model = std::make_shared<nn::DetectionModel>(
        nn::parseModelSpec(expected["spec"].toString().toStdString(), "tiny"), 3);
    drawWaves(*model);
    const NamedTensors start = copyOf(*model);
    FrozenLayers(config).freeze(*model);
    const auto images = expected["images"].toInteger();
    const QJsonArray batches = expected["batches"].toArray();
    const auto perEpoch = static_cast<int>(batches.size()) / config.epochs;
    const OptimizerChoice choice = chooseOptimizer(config, images, 3);
    Schedule schedule(config, perEpoch);
    if (choice.automatic)
        schedule.setWarmupBiasLr(0);
    Optimizer optimizer(*model, choice, schedule.weightDecay());
    const DetectionLoss loss(3, model->regMax(), {});
    Ema average(*model);
    model->train();
    std::int64_t lastStep = -1;
    for (int i = 0; i < batches.size(); ++i) {
        for (Optimizer::Group &group : optimizer.groups()) {
            group.learningRate =
                schedule.learningRate(i, i / perEpoch, group.initialLearningRate, group.name == "bias");
            if (optimizer.usesMomentum())
                group.momentum = schedule.momentum(i, choice.momentum);
        }
        const QJsonObject batch = batches[i].toObject();
        const at::Tensor pixels = imagesOf(batch);
        const LossOutput output =
            loss(model->forward(pixels), targetsOf(batch), pixels.size(2), pixels.size(3));
        output.total.backward();
        for (int k = 0; k < 3; ++k) {
            const double ours = output.items[k].item<double>(), theirs = batch["loss"][k].toDouble();
            QVERIFY2(std::abs(ours - theirs) < 2e-3 * theirs,
                     qPrintable(QStringLiteral("batch %1: %2 is not %3").arg(i).arg(ours).arg(theirs)));
        }
        if (i - lastStep >= schedule.accumulate(i)) {
            optimizer.step();
            average.update();
            lastStep = i;
        }
    }
    for (const auto &[state, key] :
         { std::pair(stateOf(*model), "end"), std::pair(stateOf(average.model()), "average") }) {
        const double far = distance(state, expected[QLatin1String(key)].toObject(), start);
        QVERIFY2(far >= 0 && far < 5e-3,
                 qPrintable(QStringLiteral("%1: %2").arg(QLatin1String(key)).arg(far)));
    }
}

QTEST_APPLESS_MAIN(TestTrainingSteps)
#include "tst_training_steps.moc"

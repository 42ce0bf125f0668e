// SPDX-License-Identifier: GPL-3.0-or-later
// Steps of every optimizer against those the real package builds (golden/generate.py).
#include "engine/core/optimizer.h"

#include <ATen/ops/tensor.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>

#include <QtCore/QFile>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtTest/QtTest>

using namespace torchdeck::engine;

namespace {

/// One parameter of each kind.
class TwoLayers : public torch::nn::Module {
public:
    TwoLayers()
    {
        register_module("0", torch::nn::Conv2d(torch::nn::Conv2dOptions(1, 2, 1)));
        register_module("1", torch::nn::BatchNorm2d(2));
    }
};

at::Tensor tensorOf(const QJsonValue &values, const at::Tensor &like)
{
    std::vector<double> numbers;
    for (const auto &value : values.toArray())
        numbers.push_back(value.toDouble());
    return at::tensor(numbers).to(at::kFloat).view(like.sizes());
}

} // namespace

class TestOptimizerReference : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void steps_data();
    void steps();

private:
    QJsonArray m_cases;
};

void TestOptimizerReference::steps_data()
{
    QFile file(QStringLiteral(TORCHDECK_TEST_FOLDER "/golden/golden.json"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    m_cases = QJsonDocument::fromJson(file.readAll()).object()["steps"].toArray();
    QVERIFY(m_cases.size() >= 7);
    QTest::addColumn<int>("index");
    for (int i = 0; i < m_cases.size(); ++i)
        QTest::addRow("%s", qPrintable(m_cases[i].toObject()["name"].toString())) << i;
}

void TestOptimizerReference::steps()
{
    QFETCH(int, index);
    const QJsonObject expected = m_cases[index].toObject();
    TwoLayers model;
    auto named = model.named_parameters();
    const std::vector<at::Tensor> parameters { named["0.weight"], named["0.bias"], named["1.weight"],
                                               named["1.bias"] };
    {
        at::NoGradGuard noGrad;
        for (std::size_t i = 0; i < parameters.size(); ++i)
            at::Tensor(parameters[i])
                .copy_(tensorOf(expected["start"][static_cast<qsizetype>(i)], parameters[i]));
    }
    const OptimizerChoice choice { expected["name"].toString().toStdString(), expected["lr"].toDouble(),
                                   expected["momentum"].toDouble(), false };
    Optimizer optimizer(model, choice, expected["decay"].toDouble());
    for (const auto &value : expected["steps"].toArray()) {
        const QJsonObject step = value.toObject();
        for (std::size_t i = 0; i < parameters.size(); ++i)
            at::Tensor(parameters[i]).mutable_grad() =
                tensorOf(step["gradients"][static_cast<qsizetype>(i)], parameters[i]);
        optimizer.step();
        for (std::size_t i = 0; i < parameters.size(); ++i) {
            const at::Tensor theirs = tensorOf(step["parameters"][static_cast<qsizetype>(i)], parameters[i]);
            const double far = (parameters[i].detach() - theirs).abs().max().item<double>();
            QVERIFY2(far < 2e-6, qPrintable(QStringLiteral("%1 off in tensor %2").arg(far).arg(i)));
        }
    }
}

QTEST_APPLESS_MAIN(TestOptimizerReference)
#include "tst_optimizer_reference.moc"

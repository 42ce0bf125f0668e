// SPDX-License-Identifier: GPL-3.0-or-later
// MuSGD against the real package (golden/musgd.py): who belongs to which group, and whole steps.
#include "engine/core/muon.h"
#include "engine/core/optimizer.h"

#include <ATen/ops/equal.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include <QtCore/QFile>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtTest/QtTest>

using namespace torchdeck::engine;

namespace {

using torch::nn::BatchNorm2d;
using torch::nn::Conv2d;
using torch::nn::Conv2dOptions;
using torch::nn::ModuleList;

class Head : public torch::nn::Module {
public:
    Head()
    {
        register_module("cv2", ModuleList(Conv2d(Conv2dOptions(6, 4, 1))));
        ModuleList classes; // ModuleList(ModuleList(...)) would be a copy, not a nested one
        classes->push_back(ModuleList(Conv2d(Conv2dOptions(6, 3, 1)), BatchNorm2d(3)));
        register_module("cv3", classes);
        register_module("one2one_cv3", ModuleList(Conv2d(Conv2dOptions(6, 2, 1))));
    }
};

/// The model of golden/musgd.py.
class Tiny : public torch::nn::Module {
public:
    Tiny()
    {
        register_module("model",
                        ModuleList(Conv2d(Conv2dOptions(2, 6, 3).bias(false)), BatchNorm2d(6),
                                   Conv2d(Conv2dOptions(6, 12, 1)),
                                   Conv2d(Conv2dOptions(12, 12, 3).groups(12).bias(false)),
                                   torch::nn::Linear(3, 8), std::make_shared<Head>()));
    }
};

at::Tensor tensorOf(const QJsonValue &values, const at::Tensor &like)
{
    std::vector<double> numbers;
    for (const auto &value : values.toArray())
        numbers.push_back(value.toDouble());
    return at::tensor(numbers).to(at::kFloat).view(like.sizes());
}

QJsonObject golden()
{
    QFile file(QStringLiteral(TORCHDECK_TEST_FOLDER "/golden/musgd.json"));
    return file.open(QIODevice::ReadOnly) ? QJsonDocument::fromJson(file.readAll()).object() : QJsonObject();
}

void channelsLast(torch::nn::Module &module)
{
    for (at::Tensor &p : module.parameters()) {
        if (p.dim() == 4)
            p.set_data(p.detach().contiguous(at::MemoryFormat::ChannelsLast));
    }
}

/// Largest distance of the parameters from the written ones.
double farthest(const torch::nn::Module &model, const QJsonObject &wanted)
{
    double far = 0;
    for (const auto &item : model.named_parameters()) {
        const at::Tensor theirs = tensorOf(wanted[QString::fromStdString(item.key())], item.value());
        far = std::max(far, (item.value().detach() - theirs).abs().max().item<double>());
    }
    return far;
}

} // namespace

class TestMuSgd : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        m_golden = golden();
        QVERIFY(!m_golden.isEmpty());
    }
    void groups();
    void steps_data();
    void steps();
    void stateGoesOnBitEqual();
    void singularValuesComeToOne();

private:
    [[nodiscard]] OptimizerChoice choice() const
    {
        return { "MuSGD", m_golden["lr"].toDouble(), m_golden["momentum"].toDouble(), false };
    }
    void takeStep(torch::nn::Module &model, Optimizer &optimizer, qsizetype step) const;

    QJsonObject m_golden;
};

void TestMuSgd::takeStep(torch::nn::Module &model, Optimizer &optimizer, qsizetype step) const
{
    const QJsonObject gradients = m_golden["gradients"].toArray()[step].toObject();
    for (auto &item : model.named_parameters()) {
        at::Tensor &p = item.value();
        p.mutable_grad() =
            tensorOf(gradients[QString::fromStdString(item.key())], p)
                .contiguous(p.dim() == 4 ? p.suggest_memory_format() : at::MemoryFormat::Contiguous);
    }
    optimizer.step();
}

void TestMuSgd::groups()
{
    Tiny model;
    Optimizer optimizer(model, choice(), m_golden["decay"].toDouble());
    const QJsonArray wanted = m_golden["groups"].toArray();
    QCOMPARE(qsizetype(optimizer.groups().size()), wanted.size());
    for (qsizetype i = 0; i < wanted.size(); ++i) {
        const QJsonObject theirs = wanted[i].toObject();
        Optimizer::Group &ours = optimizer.groups()[std::size_t(i)];
        QCOMPARE(QString::fromStdString(ours.name), theirs["name"].toString());
        QCOMPARE(ours.initialLearningRate, theirs["lr"].toDouble());
        QCOMPARE(ours.weightDecay, theirs["decay"].toDouble());
        std::sort(ours.names.begin(), ours.names.end());
        const QJsonArray names = theirs["parameters"].toArray();
        QCOMPARE(qsizetype(ours.names.size()), names.size());
        for (qsizetype n = 0; n < names.size(); ++n)
            QCOMPARE(QString::fromStdString(ours.names[std::size_t(n)]), names[n].toString());
    }
    QVERIFY(optimizer.usesMomentum());
    QCOMPARE(optimizer.learningRate(), m_golden["lr"].toDouble());
}

void TestMuSgd::steps_data()
{
    QTest::addColumn<bool>("last");
    QTest::newRow("contiguous") << false;
    QTest::newRow("channels last") << true;
}

void TestMuSgd::steps()
{
    QFETCH(bool, last);
    Tiny model;
    if (last)
        channelsLast(model);
    {
        at::NoGradGuard noGrad;
        for (auto &item : model.named_parameters())
            item.value().copy_(
                tensorOf(m_golden["start"].toObject()[QString::fromStdString(item.key())], item.value()));
    }
    Optimizer optimizer(model, choice(), m_golden["decay"].toDouble());
    const QJsonArray wanted = m_golden["parameters"].toArray();
    QCOMPARE(wanted.size(), qsizetype(5));
    for (qsizetype step = 0; step < wanted.size(); ++step) {
        takeStep(model, optimizer, step);
        const double far = farthest(model, wanted[step].toObject());
        QVERIFY2(far < 3e-6, qPrintable(QStringLiteral("%1 off after step %2").arg(far).arg(step)));
    }
    // The package rounds the products to bfloat16: moves of 0.05 to 0.4 then differ in the third digit.
    QVERIFY(farthest(model, m_golden["bfloat16"].toObject()) < 5e-4);
}

void TestMuSgd::stateGoesOnBitEqual()
{
    Tiny whole, resumed;
    Optimizer first(whole, choice(), 0.01);
    for (qsizetype step = 0; step < 3; ++step)
        takeStep(whole, first, step);
    {
        at::NoGradGuard noGrad;
        auto to = resumed.named_parameters();
        for (const auto &item : whole.named_parameters())
            to[item.key()].copy_(item.value());
    }
    Optimizer second(resumed, choice(), 0.01);
    second.restore(first.state());
    takeStep(whole, first, 3);
    takeStep(resumed, second, 3);
    const auto to = resumed.named_parameters();
    for (const auto &item : whole.named_parameters())
        QVERIFY2(at::equal(item.value(), to[item.key()]), item.key().c_str());
}

void TestMuSgd::singularValuesComeToOne()
{
    torch::manual_seed(4);
    const std::vector<at::Tensor> updates { at::randn({ 12, 40 }), at::randn({ 40, 12 }),
                                            at::randn({ 16, 4, 3, 3 }), at::randn({ 12, 40 }) };
    const std::vector<at::Tensor> result = orthogonalised(updates);
    for (std::size_t i = 0; i < updates.size(); ++i) {
        QCOMPARE(result[i].sizes(), updates[i].sizes());
        const double stretch = i == 1 ? std::sqrt(40.0 / 12) : 1;
        const at::Tensor squares =
            at::matmul(result[i].flatten(1), result[i].flatten(1).t()) / (stretch * stretch);
        const double rank = double(std::min(result[i].size(0), result[i].flatten(1).size(1)));
        const double mean = squares.trace().item<double>() / rank; // of the squared singular values
        QVERIFY2(mean > 0.5 && mean < 1.5, qPrintable(QString::number(mean)));
        QVERIFY((result[i] * updates[i]).sum().item<double>() > 0); // the same direction
    }
}

QTEST_APPLESS_MAIN(TestMuSgd)
#include "tst_musgd.moc"

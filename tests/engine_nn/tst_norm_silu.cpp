// SPDX-License-Identifier: GPL-3.0-or-later
// The fused BatchNorm + SiLU against LibTorch's separate operators, its gradients against central differences.
#include "engine/nn/norm_silu.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/utils.h>

#include <QtTest/QtTest>

using namespace torchdeck::engine::nn;

namespace {

constexpr double momentum = 0.03, epsilon = 1e-3;

struct Case {
    Case(at::IntArrayRef shape, at::ScalarType type)
        : x(at::randn(shape, type).contiguous(at::MemoryFormat::ChannelsLast) * 2 + 3)
        , weight(at::randn({ shape[1] }, type) * 0.5 + 1)
        , bias(at::randn({ shape[1] }, type))
        , mean(at::randn({ shape[1] }, type))
        , variance(at::rand({ shape[1] }, type) + 0.5)
    {
    }
    at::Tensor fused() { return fusedNormSilu(x, weight, bias, mean, variance, momentum, epsilon); }
    at::Tensor separate()
    {
        return at::silu(at::batch_norm(x, weight, bias, mean, variance, true, momentum, epsilon, false));
    }
    at::Tensor x, weight, bias, mean, variance;
};

double gap(const at::Tensor &a, const at::Tensor &b)
{
    return ((a - b).abs().max() / b.abs().max().clamp_min(1e-12)).item<double>();
}

} // namespace

class TestNormSilu : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { at::manual_seed(11); }
    void agreesWithSeparateOperators_data();
    void agreesWithSeparateOperators();
    void bf16IsFloatRounded();
    void gradientsInDoublePrecision();
    void largeMeansAndExtremeValues();
    void sameForAnyNumberOfThreads();
    void whatItTakes();
};

void TestNormSilu::agreesWithSeparateOperators_data()
{
    QTest::addColumn<QList<qint64>>("shape");
    QTest::newRow("an image, few channels") << QList<qint64> { 1, 3, 5, 7 };
    QTest::newRow("a map") << QList<qint64> { 4, 16, 40, 40 };
    QTest::newRow("more channels than a block") << QList<qint64> { 2, 80, 20, 20 };
    QTest::newRow("odd channels") << QList<qint64> { 2, 131, 9, 9 };
    QTest::newRow("deep and small") << QList<qint64> { 3, 512, 2, 2 };
    QTest::newRow("one pixel an image") << QList<qint64> { 8, 32, 1, 1 };
}

void TestNormSilu::agreesWithSeparateOperators()
{
    QFETCH(QList<qint64>, shape);
    Case a(std::vector<std::int64_t>(shape.begin(), shape.end()), at::kFloat);
    QVERIFY(canFuseNormSilu(a.x));
    Case b = a;
    b.mean = a.mean.clone();
    b.variance = a.variance.clone();
    const at::Tensor weights = at::randn_like(a.x);
    std::vector<at::Tensor> gradients[2];
    at::Tensor outputs[2];
    for (int i = 0; i < 2; ++i) {
        Case &c = i == 0 ? a : b;
        for (at::Tensor *t : { &c.x, &c.weight, &c.bias })
            *t = t->detach().clone().requires_grad_();
        outputs[i] = i == 0 ? c.fused() : c.separate();
        (outputs[i] * weights).sum().backward();
        gradients[i] = { c.x.grad(), c.weight.grad(), c.bias.grad() };
    }
    QVERIFY(gap(outputs[0], outputs[1]) < 2e-6);
    for (int g = 0; g < 3; ++g)
        QVERIFY2(gap(gradients[0][g], gradients[1][g]) < 1e-4, qPrintable(QString::number(g)));
    QVERIFY(gap(a.mean, b.mean) < 1e-6);
    QVERIFY(gap(a.variance, b.variance) < 1e-5);
}

/// Values in bf16 give what the same values in float give, rounded once: forward to half a unit in the last place (2^-9),
/// backward a little more, since the gradient is rounded before its mean is taken out.
void TestNormSilu::bf16IsFloatRounded()
{
    for (const std::vector<std::int64_t> &shape : { std::vector<std::int64_t> { 4, 16, 40, 40 }, { 2, 131, 9, 9 }, { 1, 3, 5, 7 } }) {
        Case a(shape, at::kFloat);
        const at::Tensor values = a.x.to(at::kBFloat16), weights = at::randn_like(a.x).to(at::kBFloat16);
        Case b = a;
        b.mean = a.mean.clone();
        b.variance = a.variance.clone();
        a.x = values.clone().requires_grad_();
        b.x = values.to(at::kFloat).requires_grad_();
        for (Case *c : { &a, &b }) {
            c->weight = c->weight.detach().clone().requires_grad_();
            c->bias = c->bias.detach().clone().requires_grad_();
        }
        const at::Tensor low = a.fused(), high = b.fused();
        QCOMPARE(low.scalar_type(), at::kBFloat16);
        QVERIFY(at::allclose(low.to(at::kFloat), high, 1.0 / 256, 1e-5));
        QVERIFY(gap(a.mean, b.mean) < 1e-5 && gap(a.variance, b.variance) < 1e-5);
        low.backward(weights);
        high.backward(weights.to(at::kFloat));
        QCOMPARE(a.weight.grad().scalar_type(), at::kFloat);
        QVERIFY(gap(a.x.grad().to(at::kFloat), b.x.grad()) < 0.01);
        QVERIFY(gap(a.weight.grad(), b.weight.grad()) < 1e-5 && gap(a.bias.grad(), b.bias.grad()) < 1e-5);
    }
}

void TestNormSilu::gradientsInDoublePrecision()
{
    Case c({ 2, 5, 3, 4 }, at::kDouble);
    const at::Tensor weights = at::randn_like(c.x);
    at::Tensor inputs[] = { c.x.clone(at::MemoryFormat::Preserve).requires_grad_(), c.weight.clone().requires_grad_(),
                            c.bias.clone().requires_grad_() };
    const auto value = [&] {
        return (fusedNormSilu(inputs[0], inputs[1], inputs[2], c.mean, c.variance, momentum, epsilon) * weights).sum();
    };
    value().backward();
    for (at::Tensor &input : inputs) {
        const at::Tensor analytic = input.grad().clone();
        const torch::NoGradGuard noGrad;
        double *data = input.mutable_data_ptr<double>();
        const double *gradient = analytic.const_data_ptr<double>();
        QCOMPARE(analytic.strides().vec(), input.strides().vec());
        for (std::int64_t i = 0; i < input.numel(); ++i) {
            const double kept = data[i], step = 1e-5;
            data[i] = kept + step;
            const double above = value().item<double>();
            data[i] = kept - step;
            const double below = value().item<double>();
            data[i] = kept;
            QVERIFY(std::abs((above - below) / (2 * step) - gradient[i]) < 1e-7);
        }
    }
}

void TestNormSilu::largeMeansAndExtremeValues()
{
    Case c({ 2, 16, 32, 32 }, at::kFloat);
    c.x = c.x * 0.01 + 1000; // sums of squares would lose the variance
    const at::Tensor exact =
        at::silu(at::batch_norm(c.x.to(at::kDouble), c.weight.to(at::kDouble), c.bias.to(at::kDouble), {}, {}, true,
                                momentum, epsilon, false)).to(at::kFloat);
    const double ours = gap(c.fused(), exact), theirs = gap(c.separate(), exact);
    QVERIFY2(ours < std::max(2 * theirs, 1e-3), qPrintable(QStringLiteral("%1, separate %2").arg(ours).arg(theirs)));
    c.weight = c.weight * 1e4; // sigmoids at their ends
    const at::Tensor x = c.x.detach().clone().requires_grad_();
    const at::Tensor y = fusedNormSilu(x, c.weight, c.bias, c.mean, c.variance, momentum, epsilon);
    y.sum().backward();
    QVERIFY(y.isfinite().all().item<bool>());
    QVERIFY(x.grad().isfinite().all().item<bool>());
    // A value that is no number stays one: the run's guard must see it.
    at::Tensor broken = c.x.clone();
    broken.mutable_data_ptr<float>()[7] = std::numeric_limits<float>::quiet_NaN();
    QVERIFY(fusedNormSilu(broken, c.weight, c.bias, c.mean, c.variance, momentum, epsilon).isnan().any().item<bool>());
}

void TestNormSilu::sameForAnyNumberOfThreads()
{
    Case c({ 4, 24, 64, 64 }, at::kFloat);
    const int threads = at::get_num_threads();
    at::Tensor results[2];
    for (int i = 0; i < 2; ++i) {
        at::set_num_threads(i == 0 ? 1 : 3);
        const at::Tensor x = c.x.detach().clone().requires_grad_();
        fusedNormSilu(x, c.weight, c.bias, c.mean.clone(), c.variance.clone(), momentum, epsilon).square().sum().backward();
        results[i] = x.grad();
    }
    at::set_num_threads(threads);
    QVERIFY(at::equal(results[0], results[1]));
}

void TestNormSilu::whatItTakes()
{
    const at::Tensor map = at::randn({ 2, 8, 4, 4 });
    QVERIFY(!canFuseNormSilu(map)); // rows of pixels
    const at::Tensor last = map.contiguous(at::MemoryFormat::ChannelsLast);
    QVERIFY(canFuseNormSilu(last));
    QVERIFY(canFuseNormSilu(last.to(at::kBFloat16)));
    QVERIFY(!canFuseNormSilu(last.to(at::kHalf)));
    QVERIFY(!canFuseNormSilu(last.narrow(1, 0, 4)));
    QVERIFY(!canFuseNormSilu(at::randn({ 1, 8, 1, 1 }))); // no variance in one value a channel
}

QTEST_APPLESS_MAIN(TestNormSilu)
#include "tst_norm_silu.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// The loss terms against plain loops in double precision, their gradients against central differences.
#include "engine/loss/loss_terms.h"

#include <ATen/ATen.h>

#include <QTest>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numbers>
#include <vector>

using namespace torchdeck::engine;

namespace {

constexpr int kAnchors = 6, kClasses = 3, kBins = 5, kForeground = 4;
constexpr double kEps = 1e-7;

using Box = std::array<double, 4>;

Assignment assignment()
{
    Assignment result;
    result.images = at::tensor({ 0, 0, 1, 1 }, at::kLong);
    result.anchors = at::tensor({ 1, 4, 0, 5 }, at::kLong);
    result.classes = at::tensor({ 2, 0, 0, 1 }, at::kLong);
    result.boxes =
        at::tensor({ 3., 2., 21., 19., 8., 5., 30., 22., 1., 1., 14., 17., 30., 9., 52., 33. }, at::kFloat)
            .view({ 4, 4 });
    result.scores = at::tensor({ 0.9, 0.25, 0.6, 0.4 }, at::kFloat);
    return result;
}

at::Tensor anchors()
{
    return at::tensor({ 0.5, 0.5, 1.5, 1.5, 0.5, 1.5, 1.5, 0.5, 1.0, 0.8, 2.5, 1.5 }, at::kDouble)
        .view({ 6, 2 });
}

at::Tensor strides() { return at::tensor({ 8., 8., 8., 8., 16., 16. }, at::kDouble).view({ 6, 1 }); }

/// Trade-off weight of CIoU and CIoU itself; with `frozen` the weight is taken as given.
struct Ciou {
    double weight = 0, value = 0;
};

Ciou ciou(const Box &a, const Box &b, const double *frozen)
{
    const double aw = a[2] - a[0], ah = a[3] - a[1] + kEps, bw = b[2] - b[0], bh = b[3] - b[1] + kEps;
    const double inter = std::max(std::min(a[2], b[2]) - std::max(a[0], b[0]), 0.0)
        * std::max(std::min(a[3], b[3]) - std::max(a[1], b[1]), 0.0);
    const double iou = inter / (aw * ah + bw * bh - inter + kEps);
    const double cw = std::max(a[2], b[2]) - std::min(a[0], b[0]),
                 ch = std::max(a[3], b[3]) - std::min(a[1], b[1]);
    const double dx = (a[0] + a[2] - b[0] - b[2]) / 2, dy = (a[1] + a[3] - b[1] - b[3]) / 2;
    const double turn = std::atan(bw / bh) - std::atan(aw / ah);
    const double v = 4 / (std::numbers::pi * std::numbers::pi) * turn * turn;
    const double weight = frozen ? *frozen : v / (1 - iou + v + kEps);
    return { weight, iou - (dx * dx + dy * dy) / (cw * cw + ch * ch + kEps) - v * weight };
}

struct Plain {
    double iou = 0, distances = 0;
    std::vector<double> weights;
};

/// Box terms in loops; distance logits as [foreground][side][bin].
Plain plainTerms(const std::vector<double> &logits, const std::vector<double> *weights)
{
    const Assignment truth = assignment();
    const at::Tensor places = anchors(), cells = strides();
    Plain result;
    for (int n = 0; n < kForeground; ++n) {
        const auto anchor = truth.anchors[n].item<std::int64_t>();
        const double stride = cells[anchor][0].item<double>(), score = truth.scores[n].item<double>();
        const double x = places[anchor][0].item<double>(), y = places[anchor][1].item<double>();
        Box goal {}, distance {};
        for (int k = 0; k < 4; ++k)
            goal[k] = truth.boxes[n][k].item<double>() / stride;
        const Box wanted { x - goal[0], y - goal[1], goal[2] - x, goal[3] - y };
        double focal = 0;
        for (int side = 0; side < 4; ++side) {
            const double *row = logits.data() + (n * 4 + side) * kBins;
            double sum = 0;
            for (int bin = 0; bin < kBins; ++bin)
                sum += std::exp(row[bin]);
            for (int bin = 0; bin < kBins; ++bin)
                distance[side] += bin * std::exp(row[bin]) / sum;
            const double place = std::clamp(wanted[side], 0.0, kBins - 1 - 0.01);
            const int left = static_cast<int>(place);
            focal -= (row[left] - std::log(sum)) * (left + 1 - place)
                + (row[left + 1] - std::log(sum)) * (place - left);
        }
        const Box predicted { x - distance[0], y - distance[1], x + distance[2], y + distance[3] };
        const Ciou overlap = ciou(predicted, goal, weights ? &(*weights)[n] : nullptr);
        result.weights.push_back(overlap.weight);
        result.iou += (1 - overlap.value) * score;
        result.distances += focal / 4 * score;
    }
    return result;
}

std::vector<double> values(const at::Tensor &tensor)
{
    const at::Tensor flat = tensor.detach().to(at::kDouble).contiguous();
    return { flat.const_data_ptr<double>(), flat.const_data_ptr<double>() + flat.numel() };
}

/// Largest gap between `analytic` and central differences of f.
double gradientGap(std::vector<double> at, const std::vector<double> &analytic,
                   const std::function<double(const std::vector<double> &)> &f)
{
    double gap = 0;
    for (std::size_t i = 0; i < at.size(); ++i) {
        const double step = 1e-5, kept = at[i];
        at[i] = kept + step;
        const double above = f(at);
        at[i] = kept - step;
        const double below = f(at);
        at[i] = kept;
        gap = std::max(gap, std::abs((above - below) / (2 * step) - analytic[i]));
    }
    return gap;
}

} // namespace

class LossGradientTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { at::manual_seed(5); }

    void boxTermsAndTheirGradients()
    {
        at::Tensor logits = at::randn({ kForeground, 4 * kBins }, at::kDouble).requires_grad_();
        const BoxTerms terms = boxTerms(logits, assignment(), anchors(), strides(), kBins, 64, 64);
        const std::vector<double> base = values(logits);
        const Plain plain = plainTerms(base, nullptr);
        QVERIFY(std::abs(terms.iou.item<double>() - plain.iou) < 1e-7);
        QVERIFY(std::abs(terms.distances.item<double>() - plain.distances) < 1e-7);

        terms.iou.backward({}, /*retain_graph=*/true);
        const std::vector<double> iouGradient = values(logits.grad());
        logits.mutable_grad() = at::Tensor();
        terms.distances.backward();
        const std::vector<double> distanceGradient = values(logits.grad());
        QVERIFY(
            gradientGap(base, iouGradient, [&](const auto &x) { return plainTerms(x, &plain.weights).iou; })
            < 1e-6);
        QVERIFY(gradientGap(base, distanceGradient,
                            [&](const auto &x) { return plainTerms(x, &plain.weights).distances; })
                < 1e-6);
        QVERIFY(*std::max_element(iouGradient.begin(), iouGradient.end()) > 1e-3);
    }

    void classificationAndItsGradient_data()
    {
        QTest::addColumn<bool>("weighted");
        QTest::newRow("all classes count the same") << false;
        QTest::newRow("weights by class") << true;
    }

    void classificationAndItsGradient()
    {
        QFETCH(bool, weighted);
        const std::vector<double> weight = weighted ? std::vector<double> { 0.3, 2.1, 0.6 } : std::vector<double>(3, 1.0);
        at::Tensor scores = (at::randn({ 2, kClasses, kAnchors }, at::kDouble) * 3).requires_grad_();
        const Assignment truth = assignment();
        at::Tensor goal = at::zeros_like(scores);
        for (int n = 0; n < kForeground; ++n)
            goal.index_put_({ truth.images[n], truth.classes[n], truth.anchors[n] },
                            truth.scores[n].to(at::kDouble));
        const std::vector<double> base = values(scores), wanted = values(goal);
        const auto plain = [&](const std::vector<double> &x) {
            double sum = 0;
            for (std::size_t i = 0; i < x.size(); ++i) {
                const double p = 1 / (1 + std::exp(-x[i]));
                sum -= weight[i / kAnchors % kClasses] * (wanted[i] * std::log(p) + (1 - wanted[i]) * std::log(1 - p));
            }
            return sum;
        };
        const at::Tensor sum = classificationSum(scores, truth, weighted ? at::tensor(weight, at::kDouble) : at::Tensor());
        QVERIFY(std::abs(sum.item<double>() - plain(base)) < 1e-6);
        sum.backward();
        QVERIFY(gradientGap(base, values(scores.grad()), plain) < 1e-6);
    }

    void sureScoresDoNotOverflow()
    {
        at::Tensor scores = at::full({ 2, kClasses, kAnchors }, 200.f).requires_grad_();
        const at::Tensor sum = classificationSum(scores, assignment());
        sum.backward();
        QVERIFY(std::isfinite(sum.item<float>()));
        QVERIFY(scores.grad().isfinite().all().item<bool>());
    }

    void pickedColumnsCarryTheirGradientBack()
    {
        at::Tensor data = at::randn({ 2, 8, kAnchors }, at::kDouble).requires_grad_();
        const Assignment truth = assignment();
        const at::Tensor picked = pickAnchors(data, truth);
        QCOMPARE(picked.size(0), std::int64_t { kForeground });
        const at::Tensor factor = at::randn(picked.sizes(), at::kDouble);
        (picked * factor).sum().backward();
        at::Tensor wanted = at::zeros_like(data);
        for (int n = 0; n < kForeground; ++n) {
            const auto image = truth.images[n].item<std::int64_t>(),
                       anchor = truth.anchors[n].item<std::int64_t>();
            QVERIFY(at::equal(picked[n], data[image].select(1, anchor)));
            wanted[image].select(1, anchor).copy_(factor[n]);
        }
        QVERIFY(at::equal(data.grad(), wanted));
    }

    void completeIouByHand()
    {
        const auto row = [](std::initializer_list<double> list) {
            const at::Tensor t = at::tensor(std::vector<double>(list), at::kDouble);
            return Corners { t[0], t[1], t[2], t[3] };
        };
        const auto close = [](const at::Tensor &got, double wanted) {
            return std::abs(got.item<double>() - wanted) < 1e-6;
        };
        QVERIFY(close(completeIou(row({ 0, 0, 4, 4 }), row({ 0, 0, 4, 4 })), 1.0));
        // Side by side: no overlap, centres 4 apart, enclosing box 8 by 4.
        QVERIFY(close(completeIou(row({ 0, 0, 4, 4 }), row({ 4, 0, 8, 4 })), -16.0 / 80));
        // Same centre, 4 by 4 in 8 by 2: overlap 4 * 2, union 16 + 16 - 8.
        const double iou = 8.0 / 24, turn = std::atan(4.0) - std::atan(1.0);
        const double v = 4 / (std::numbers::pi * std::numbers::pi) * turn * turn;
        QVERIFY(close(completeIou(row({ 2, 2, 6, 6 }), row({ 0, 3, 8, 5 })), iou - v * v / (1 - iou + v)));
    }
};

QTEST_APPLESS_MAIN(LossGradientTest)
#include "loss_gradient_test.moc"

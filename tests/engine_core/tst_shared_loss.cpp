// SPDX-License-Identifier: GPL-3.0-or-later
// A batch split over two ranks: the mean of their gradients is the gradient of one process with all of it.
#include "engine/loss/detection_loss.h"

#include <QtTest/QtTest>

#include <ATen/ATen.h>

using namespace torchdeck::engine;

namespace {

constexpr std::int64_t classes = 3, bins = 8, side = 64, images = 3;
constexpr int ranks = 2;

nn::HeadOutput headOf(const at::Tensor &boxes, const at::Tensor &scores, const std::vector<std::int64_t> &which)
{
    std::vector<at::Tensor> anchors, strides;
    for (const std::int64_t stride : { 8, 16, 32 }) {
        const std::int64_t n = side / stride;
        const at::Tensor centres = at::arange(n, at::kFloat) + 0.5;
        const auto grid = at::meshgrid({ centres, centres }, "ij");
        anchors.push_back(at::stack({ grid[1].flatten(), grid[0].flatten() }, 1));
        strides.push_back(at::full({ n * n, 1 }, double(stride), at::kFloat));
    }
    const at::Tensor index = at::tensor(which, at::kLong);
    nn::HeadOutput head;
    head.boxes = boxes.index_select(0, index);
    head.scores = scores.index_select(0, index);
    head.anchors = at::cat(anchors);
    head.strides = at::cat(strides);
    head.oneToOneBoxes = head.boxes * 0.9;
    head.oneToOneScores = head.scores * 0.8;
    return head;
}

/// Unequal on purpose: two objects in image 0, one in image 1, none in image 2.
DetectionTargets truthOf(const std::vector<std::int64_t> &which)
{
    const float boxes[3][4] = { { 0.3f, 0.3f, 0.4f, 0.5f }, { 0.7f, 0.6f, 0.3f, 0.3f }, { 0.5f, 0.5f, 0.6f, 0.4f } };
    const std::int64_t image[3] = { 0, 0, 1 };
    std::vector<std::int64_t> indices, kinds;
    std::vector<at::Tensor> rows;
    for (std::size_t i = 0; i < 3; ++i) {
        const auto place = std::find(which.begin(), which.end(), image[i]);
        if (place == which.end())
            continue;
        indices.push_back(place - which.begin());
        kinds.push_back(std::int64_t(i));
        rows.push_back(at::tensor(at::ArrayRef<float>(boxes[i], 4)));
    }
    return { at::tensor(indices, at::kLong), at::tensor(kinds, at::kLong),
             rows.empty() ? at::zeros({ 0, 4 }) : at::stack(rows) };
}

} // namespace

class TestSharedLoss : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void meanGradientIsThatOfOneProcess()
    {
        at::manual_seed(3);
        const std::int64_t anchors = 64 + 16 + 4;
        const at::Tensor boxes = at::randn({ images, 4 * bins, anchors }).requires_grad_(true);
        const at::Tensor scores = at::randn({ images, classes, anchors }).requires_grad_(true);
        DetectionLoss loss(classes, bins, {});
        const std::vector<std::int64_t> all { 0, 1, 2 };
        const LossOutput one = loss(headOf(boxes, scores, all), truthOf(all), side, side);
        one.total.backward();
        const at::Tensor wantBoxes = boxes.grad().clone(), wantScores = scores.grad().clone();
        QVERIFY(wantBoxes.abs().max().item<double>() > 0);

        const std::vector<std::int64_t> parts[ranks] = { { 0, 2 }, { 1 } };
        std::vector<at::Tensor> sums(2); // of each head
        for (const auto &part : parts) {
            std::size_t call = 0;
            loss.shareOverRanks(ranks, [&](const at::Tensor &mine) {
                at::Tensor &sum = sums.at(call++);
                sum = sum.defined() ? sum + mine.detach() : mine.detach().clone();
            });
            (void)loss(headOf(boxes, scores, part), truthOf(part), side, side);
            QCOMPARE(call, std::size_t(2));
        }
        boxes.mutable_grad().reset();
        scores.mutable_grad().reset();
        at::Tensor items = at::zeros({ 3 });
        for (const auto &part : parts) {
            std::size_t call = 0;
            loss.shareOverRanks(ranks, [&](const at::Tensor &mine) {
                at::NoGradGuard noGrad;
                mine.detach().copy_(sums.at(call++));
            });
            const LossOutput output = loss(headOf(boxes, scores, part), truthOf(part), side, side);
            output.total.backward();
            items = items + output.items;
        }
        QVERIFY(at::allclose(items, one.items, 1e-5, 1e-6));
        QVERIFY(at::allclose(boxes.grad() / ranks, wantBoxes, 1e-4, 1e-6));
        QVERIFY(at::allclose(scores.grad() / ranks, wantScores, 1e-4, 1e-6));
    }
};

QTEST_GUILESS_MAIN(TestSharedLoss)
#include "tst_shared_loss.moc"

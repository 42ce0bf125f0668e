// SPDX-License-Identifier: GPL-3.0-or-later
// How networks are built: seeds, image sizes, the registry of modules, architectures of a user's own.
#include "engine/core/checkpoint_model.h"
#include "engine/core/weight_transfer.h"
#include "engine/nn/block_builders.h"
#include "engine/nn/model.h"
#include "engine/nn/model_state.h"
#include "engine/nn/start_weights.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/rand.h>
#include <torch/utils.h>

#include <QtTest/QtTest>

#include <atomic>
#include <thread>

using namespace torchdeck::engine;
using namespace torchdeck::engine::nn;

namespace {

std::shared_ptr<DetectionModel> makeModel(const std::string &name, std::int64_t nc)
{
    return std::make_shared<DetectionModel>(loadModelSpec(name), nc);
}

} // namespace

class TestModelBuild : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void sameSeedSameWeights();
    void othersModelsDoNotMoveTheSeedsWeights();
    void anchorsFollowTheSize();
    void everyRuleHasABuilder();
    void otherArchitectures();
};

void TestModelBuild::sameSeedSameWeights()
{
    const auto weights = [](std::uint64_t seed) {
        torch::manual_seed(seed);
        std::vector<at::Tensor> flat;
        for (const auto &[name, tensor] : stateEntries(*makeModel("yolov8n", 2)))
            flat.push_back(tensor.detach().to(at::kFloat).flatten());
        return at::cat(flat);
    };
    QVERIFY(at::equal(weights(1), weights(1)));
    QVERIFY(!at::equal(weights(1), weights(2)));
}

/// A prediction, or the HUB's, makes models in the process in which a training begins.
void TestModelBuild::othersModelsDoNotMoveTheSeedsWeights()
{
    const auto weights = [] {
        std::shared_ptr<DetectionModel> model;
        {
            const StartWeights drawn(7);
            model = makeModel("yolov8n", 2);
        }
        std::vector<at::Tensor> flat;
        for (const auto &[name, tensor] : stateEntries(*model))
            flat.push_back(tensor.detach().to(at::kFloat).flatten());
        return at::cat(flat);
    };
    const at::Tensor alone = weights();
    const auto state = [] { return at::detail::getDefaultCPUGenerator().get_state(); };
    const at::Tensor before = state();
    const auto source = makeModel("yolov8n", 2);
    at::Generator random = at::detail::getDefaultCPUGenerator();
    random.set_state(before);
    (void)cloneModel(*source);
    Checkpoint checkpoint;
    checkpoint.specName = source->spec().name;
    checkpoint.specYaml = source->spec().yaml;
    checkpoint.classNames = { "a", "b" };
    checkpoint.ema = stateOf(*source);
    (void)modelOf(checkpoint);
    QVERIFY(at::equal(state(), before));

    std::atomic<bool> enough { false };
    std::thread predicting([&] {
        while (!enough)
            (void)modelOf(checkpoint);
    });
    bool equal = true;
    for (int i = 0; i < 10; ++i)
        equal = equal && at::equal(weights(), alone);
    enough = true;
    predicting.join();
    QVERIFY(equal);
}

void TestModelBuild::anchorsFollowTheSize()
{
    auto model = makeModel("yolov8n", 2);
    model->eval();
    at::NoGradGuard noGrad;
    for (int round = 0; round < 2; ++round) {
        for (const auto &[h, w] : { std::pair(64, 96), std::pair(96, 64), std::pair(32, 32) }) {
            const HeadOutput o = model->forward(at::rand({ 1, 3, h, w }));
            const std::int64_t anchors = (h / 8) * (w / 8) + (h / 16) * (w / 16) + (h / 32) * (w / 32);
            QCOMPARE(o.anchors.sizes(), (at::IntArrayRef { anchors, 2 }));
            QCOMPARE(o.strides.sizes(), (at::IntArrayRef { anchors, 1 }));
            QCOMPARE(o.boxes.size(2), anchors);
            QCOMPARE(o.anchors[1][0].item<double>(), 1.5); // second cell of the first row
            QCOMPARE(o.anchors[1][1].item<double>(), 0.5);
            QCOMPARE(o.strides[anchors - 1][0].item<double>(), 32.0);
            const at::Tensor last = o.anchors[anchors - 1] * 32 + 16;
            QCOMPARE(last[0].item<double>(), double(w));
            QCOMPARE(last[1].item<double>(), double(h));
        }
    }
}

void TestModelBuild::everyRuleHasABuilder()
{
    std::vector<std::string> names = knownModules();
    std::erase(names, "Detect"); // the head is built by the model itself
    QCOMPARE(buildableModules(), names);
}

void TestModelBuild::otherArchitectures()
{
    // All modules and options that YOLOv8 does not use: no bins, four levels, stacked copies, other
    // activation
    const char *yaml = "nc: 2\nreg_max: 1\nactivation: nn.LeakyReLU(0.1)\n"
                       "backbone:\n"
                       "  - [-1, 1, Conv, [16, 3, 2]]\n"
                       "  - [-1, 2, Bottleneck, [16, True]]\n"
                       "  - [-1, 1, DWConv, [32, 3, 2]]\n"
                       "  - [-1, 1, SPPF, [32, 5, 2, True]]\n"
                       "head:\n"
                       "  - [-1, 1, nn.Upsample, [None, 2, bilinear]]\n"
                       "  - [[-1, -4], 1, Concat, [1]]\n"
                       "  - [[5, 3], 1, Detect, [nc]]\n";
    auto model = std::make_shared<DetectionModel>(parseModelSpec(yaml, "own"), 2);
    QCOMPARE(model->strides(), (std::vector<std::int64_t> { 2, 4 }));
    model->eval();
    at::NoGradGuard noGrad;
    const at::Tensor decoded = model->decode(model->forward(at::rand({ 1, 3, 32, 32 })));
    QCOMPARE(decoded.sizes(), (at::IntArrayRef { 1, 6, 16 * 16 + 8 * 8 }));
    QVERIFY(decoded.isfinite().all().item<bool>());
    QVERIFY(model->summary().gflops > 0);
}

QTEST_GUILESS_MAIN(TestModelBuild)
#include "tst_model_build.moc"

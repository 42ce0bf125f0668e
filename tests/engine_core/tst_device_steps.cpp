// SPDX-License-Identifier: GPL-3.0-or-later
// What a GPU's training step consists of, as far as it can be shown without one: batches fed ahead, losses read late, passes
// recorded and repeated. A recorder for the CPU repeats by calling again: memory that a repeat must read and write is the same.
#include "engine/core/batch_feed.h"
#include "engine/core/evaluation.h"
#include "engine/core/late_losses.h"
#include "engine/core/optimizer.h"
#include "engine/core/step_graph.h"
#include "engine/nn/start_weights.h"
#include "tests/engine_data/scratch_set.h"

#include <QtTest/QtTest>

#include <ATen/ATen.h>

using namespace torchdeck::engine;

namespace {

class CallAgain : public Recorder {
public:
    explicit CallAgain(int &replays)
        : m_replays(replays)
    {
    }
    void record(const std::function<void()> &work) override { m_work = work; }
    void replay() override
    {
        ++m_replays;
        m_work();
    }

private:
    std::function<void()> m_work;
    int &m_replays;
};

class CannotRecord : public CallAgain {
public:
    using CallAgain::CallAgain;
    void record(const std::function<void()> & /*work*/) override { throw std::runtime_error("no such thing\nstack"); }
};

std::shared_ptr<nn::DetectionModel> smallModel(const char *spec)
{
    const nn::StartWeights drawn(3);
    auto model = std::make_shared<nn::DetectionModel>(nn::loadModelSpec(spec), 3);
    model->train();
    return model;
}

at::Tensor imagesOf(int step, std::int64_t side = 64) { return at::sin(at::arange(2 * 3 * side * side) * (0.01 + 0.003 * step)).view({ 2, 3, side, side }); }

/// Some scalar of every output that changes with the step.
at::Tensor totalOf(const nn::HeadOutput &output, int step)
{
    at::Tensor total = output.boxes.square().mean() + output.scores.sigmoid().mean() * (1 + step);
    if (output.hasOneToOne())
        total = total + output.oneToOneBoxes.square().mean() + output.oneToOneScores.sigmoid().mean();
    return total;
}

} // namespace

class TestDeviceSteps : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void batchesFedAhead();
    void lossesComeInOrder();
    void recordedSteps_data();
    void recordedSteps();
    void whatCannotBeRecorded();
    void droppedIsRecordedAnew();

private:
    static std::unique_ptr<StepGraph> graphOf(nn::DetectionModel &model, int &replays)
    {
        return std::make_unique<StepGraph>(
            model.parameters(),
            StepGraph::Hooks { [&model](const at::Tensor &images) { return model.forward(images); },
                               [&replays](const Recorder *) { return std::make_unique<CallAgain>(replays); },
                               [](const std::string &why) { QFAIL(why.c_str()); } });
    }
};

void TestDeviceSteps::batchesFedAhead()
{
    const ScratchSet set;
    for (int i = 0; i < 7; ++i) {
        const std::string name = "i" + std::to_string(i);
        set.image("images/train/" + name + ".png", cv::Mat(50 + i, 60, CV_8UC3, cv::Scalar(30 * i, 90, 10)));
        set.text("labels/train/" + name + ".txt", "1 0.5 0.5 0.4 0.4\n");
    }
    set.text("data.yaml", "train: images/train\nval: images/train\nnames: [a, b, c]\n");
    LoaderOptions options;
    options.batch = 3;
    options.imgsz = 64;
    const auto data = indexSplit(readDataYaml(set.yaml()), "train", {}, {});
    Loader plain(data, options), loader(data, options);
    BatchFeed feed(loader, c10::kCPU, /*ahead=*/true);
    for (int epoch = 0; epoch < 2; ++epoch) {
        plain.startEpoch(epoch);
        loader.startEpoch(epoch);
        feed.restart();
        int batches = 0;
        while (auto fed = feed.next()) {
            feed.stage(); // the batch in hand must not change by it
            feed.stage(); // at most one is
            const auto wanted = plain.next();
            QVERIFY(wanted.has_value());
            QVERIFY(at::equal(fed->images, imagesToTensor(*wanted, c10::kCPU)));
            QCOMPARE(fed->batch.labelImage, wanted->labelImage);
            ++batches;
            if (epoch == 0 && batches == 2) // an epoch that is left early: what was staged must not come again
                break;
        }
        QCOMPARE(batches, epoch == 0 ? 2 : 3);
        QVERIFY(epoch == 0 || !feed.next().has_value());
    }
}

void TestDeviceSteps::lossesComeInOrder()
{
    LateLosses late;
    for (int i = 0; i < 3; ++i)
        late.push(at::tensor({ 1.0F + float(i), 2.0F, 3.0F }), { i, 4, 5, 64, i == 1 });
    std::vector<std::int64_t> seen;
    while (const auto losses = late.take(1)) {
        QCOMPARE(losses->items[0], 1.0 + double(losses->note.index));
        QCOMPARE(losses->note.stepped, losses->note.index == 1);
        seen.push_back(losses->note.index);
    }
    QCOMPARE(seen, (std::vector<std::int64_t> { 0, 1 }));
    QCOMPARE(late.take(0)->note.index, std::int64_t { 2 });
    QVERIFY(!late.take(0));
}

void TestDeviceSteps::recordedSteps_data()
{
    QTest::addColumn<QByteArray>("spec");
    QTest::newRow("yolov8n") << QByteArray("yolov8n.yaml");
    QTest::newRow("yolo26n, two heads") << QByteArray("yolo26n.yaml");
}

void TestDeviceSteps::recordedSteps()
{
    QFETCH(QByteArray, spec);
    const auto model = smallModel(spec.constData()), plain = smallModel(spec.constData());
    int replays = 0;
    const auto graph = graphOf(*model, replays);
    Optimizer optimizer(*model, { "SGD", 0.01, 0.9, false }, 5e-4), plainOptimizer(*plain, { "SGD", 0.01, 0.9, false }, 5e-4);
    constexpr int steps = StepGraph::passesBefore + 5, odd = StepGraph::passesBefore + 2;
    for (int step = 0; step < steps; ++step) {
        const at::Tensor images = imagesOf(step, step == odd ? 96 : 64); // once another size: the last batch, multi_scale
        const at::Tensor total = totalOf(graph->forward(images), step);
        graph->backward(total);
        const at::Tensor wanted = totalOf(plain->forward(images), step);
        wanted.backward();
        QVERIFY(at::allclose(total, wanted, 1e-5, 1e-6));
        if (step % 2 == 1) { // gradients of two batches add up
            optimizer.step(graph->active() ? Optimizer::Gradients::Zero : Optimizer::Gradients::Drop);
            plainOptimizer.step();
        }
    }
    QVERIFY(graph->active());
    QCOMPARE(replays, 2 * (steps - StepGraph::passesBefore - 1)); // forward and backward of all but the odd one
    const auto wanted = plain->named_parameters();
    for (const auto &item : model->named_parameters())
        QVERIFY2(at::allclose(item.value(), wanted[item.key()], 1e-4, 1e-6), item.key().c_str());
    const auto statistics = plain->named_buffers();
    for (const auto &item : model->named_buffers())
        QVERIFY2(at::allclose(item.value().to(at::kFloat), statistics[item.key()].to(at::kFloat), 1e-4, 1e-6), item.key().c_str());
}

void TestDeviceSteps::whatCannotBeRecorded()
{
    QVERIFY(deviceRecorder(c10::kCPU, nullptr) == nullptr);
    const auto model = smallModel("yolov8n.yaml");
    int replays = 0, told = 0;
    std::string why;
    StepGraph graph(model->parameters(),
                    { [&](const at::Tensor &images) { return model->forward(images); },
                      [&](const Recorder *) { return std::make_unique<CannotRecord>(replays); },
                      [&](const std::string &text) {
                          why = text;
                          ++told;
                      } });
    for (int step = 0; step < StepGraph::passesBefore + 3; ++step) {
        graph.backward(totalOf(graph.forward(imagesOf(step)), step));
        QVERIFY(!graph.active());
    }
    QCOMPARE(told, 1);
    QCOMPARE(why, std::string("no such thing"));
    QVERIFY(model->parameters().front().grad().abs().sum().item<double>() > 0);
}

void TestDeviceSteps::droppedIsRecordedAnew()
{
    const auto model = smallModel("yolov8n.yaml"), plain = smallModel("yolov8n.yaml");
    int replays = 0;
    const auto graph = graphOf(*model, replays);
    const auto run = [&](int step) {
        graph->backward(totalOf(graph->forward(imagesOf(step)), step));
        totalOf(plain->forward(imagesOf(step)), step).backward();
    };
    for (int step = 0; step <= StepGraph::passesBefore; ++step)
        run(step);
    QVERIFY(graph->active());
    for (const auto &which : { model, plain }) { // as after going back to a checkpoint
        for (at::Tensor parameter : which->parameters())
            parameter.mutable_grad().reset();
    }
    graph->drop();
    QVERIFY(!graph->active());
    for (int step = 0; step <= StepGraph::passesBefore; ++step)
        run(step);
    QVERIFY(graph->active());
    const auto wanted = plain->named_parameters();
    for (const auto &item : model->named_parameters()) {
        if (!wanted[item.key()].grad().defined()) { // no pass reaches it
            QVERIFY(!item.value().grad().defined() || item.value().grad().abs().max().item<float>() == 0);
            continue;
        }
        QVERIFY2(at::allclose(item.value().grad(), wanted[item.key()].grad(), 1e-3, 1e-6), item.key().c_str());
    }
}

QTEST_GUILESS_MAIN(TestDeviceSteps)
#include "tst_device_steps.moc"

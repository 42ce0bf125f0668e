// SPDX-License-Identifier: GPL-3.0-or-later
// The networks against the reference implementation: names, shapes, counts, start values and outputs.
#include "engine/nn/block_builders.h"
#include "nn_reference.h"
#include "torchdeck/engine/error.h"

#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <torch/utils.h>

using namespace torchdeck::engine;
using namespace torchdeck::engine::nn;
using namespace torchdeck::tests;

Q_DECLARE_METATYPE(QJsonObject)

namespace {

std::shared_ptr<DetectionModel> makeModel(const std::string &name, std::int64_t nc = 80)
{
    return std::make_shared<DetectionModel>(loadModelSpec(name), nc);
}

at::Tensor caseImage(const QJsonObject &reference)
{
    const std::int64_t b = reference["batch"].toInteger(), h = reference["height"].toInteger(),
                       w = reference["width"].toInteger();
    return (pattern(1000, b * 3 * h * w).view({ b, 3, h, w }) + 0.5).to(at::kFloat);
}

void channelsLast(torch::nn::Module &model)
{
    for (at::Tensor &p : model.parameters()) {
        if (p.dim() == 4)
            p.set_data(p.detach().contiguous(at::MemoryFormat::ChannelsLast));
    }
}

} // namespace

class TestModel : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void summary_data();
    void summary();
    void stateNames();
    void startValues();
    void forward_data();
    void forward();
    void halfPrecision();
    void gradientsReachEverything();
    void fused();
    void cloneIsEqualAndSeparate();
    void copyStateChecksNames();
    void sameSeedSameWeights();
    void anchorsFollowTheSize();
    void everyRuleHasABuilder();
    void otherArchitectures();

private:
    QJsonObject m_reference;
};

void TestModel::initTestCase()
{
    m_reference = referenceObject();
    QVERIFY(!m_reference.isEmpty());
}

void TestModel::summary_data()
{
    QTest::addColumn<QJsonObject>("want");
    for (const auto &row : m_reference["summaries"].toArray())
        QTest::newRow(qPrintable(row.toObject()["name"].toString())) << row.toObject();
}

void TestModel::summary()
{
    QFETCH(QJsonObject, want);
    auto model = makeModel(want["name"].toString().toStdString());
    ModelSummary s = model->summary();
    QCOMPARE(QString::fromStdString(s.name), want["name"].toString());
    QCOMPARE(s.layers, want["layers"].toInteger());
    QCOMPARE(s.parameters, want["parameters"].toInteger());
    QCOMPARE(s.gradients, want["gradients"].toInteger());
    QVERIFY2(std::abs(s.gflops - want["gflops"].toDouble()) < 1e-9,
             qPrintable(QString::number(s.gflops, 'g', 12)));
    fuseConvBn(*model);
    s = model->summary();
    QCOMPARE(s.layers, want["fusedLayers"].toInteger());
    QCOMPARE(s.parameters, want["fusedParameters"].toInteger());
    QVERIFY(std::abs(s.gflops - want["fusedGflops"].toDouble()) < 1e-9);
}

void TestModel::stateNames()
{
    QFile file(QStringLiteral(NN_REFERENCE_DIR "/yolov8n_state.txt"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QStringList want = QString::fromUtf8(file.readAll()).trimmed().split('\n');
    const auto entries = stateEntries(*makeModel("yolov8n"));
    QCOMPARE(qsizetype(entries.size()), want.size());
    for (qsizetype i = 0; i < want.size(); ++i) {
        QStringList sizes;
        for (const std::int64_t size : entries[std::size_t(i)].second.sizes())
            sizes << QString::number(size);
        const QString shape = sizes.isEmpty() ? QStringLiteral("scalar") : sizes.join('x');
        QCOMPARE(QString::fromStdString(entries[std::size_t(i)].first) + ' ' + shape, want[i]);
    }
}

void TestModel::startValues()
{
    torch::manual_seed(3);
    auto model = makeModel("yolov8n");
    const QJsonArray biases = m_reference["headBiases"].toArray();
    const auto parameters = model->named_parameters();
    for (int level = 0; level < 3; ++level) {
        const std::string key = std::to_string(level) + ".2.bias";
        const at::Tensor &box = parameters["model.22.cv2." + key], &cls = parameters["model.22.cv3." + key];
        QVERIFY(at::allclose(box, at::full_like(box, biases[level].toArray()[0].toDouble())));
        QVERIFY(at::allclose(cls, at::full_like(cls, biases[level].toArray()[1].toDouble())));
    }
    // Uniform in +-1/sqrt(fan in): bounds reached, variance a third of their square
    for (const auto &item : parameters) {
        const at::Tensor &w = item.value();
        if (w.dim() != 4 || item.key().find("dfl") != std::string::npos || w.numel() < 4096)
            continue;
        const double bound = 1 / std::sqrt(double(w[0].numel()));
        const double largest = w.abs().max().item<double>(), variance = w.var().item<double>();
        QVERIFY2(largest <= bound * 1.0001 && largest > bound * 0.99, item.key().c_str());
        QVERIFY2(std::abs(variance / (bound * bound / 3) - 1) < 0.1, item.key().c_str());
    }
    const auto *conv = model->modules()[0].get();
    QVERIFY(conv);
    QVERIFY(!parameters["model.22.dfl.conv.weight"].requires_grad());
}

void TestModel::forward_data()
{
    QTest::addColumn<QJsonObject>("reference");
    QTest::addColumn<bool>("last");
    for (const auto &row : m_reference["cases"].toArray()) {
        const QString name = row.toObject()["name"].toString();
        QTest::newRow(qPrintable(name + " contiguous")) << row.toObject() << false;
        QTest::newRow(qPrintable(name + " channels last")) << row.toObject() << true;
    }
}

void TestModel::forward()
{
    QFETCH(QJsonObject, reference);
    QFETCH(bool, last);
    auto model = makeModel(reference["name"].toString().toStdString(), reference["nc"].toInteger());
    fillByFormula(*model);
    at::Tensor image = caseImage(reference);
    if (last) {
        channelsLast(*model);
        image = image.contiguous(at::MemoryFormat::ChannelsLast);
    }
    const QJsonObject eval = reference["eval"].toObject(), train = reference["train"].toObject();
    model->eval();
    {
        at::NoGradGuard noGrad;
        const HeadOutput output = model->forward(image);
        QCOMPARE(difference(output.boxes, eval["boxes"].toObject(), 2e-4), QString());
        QCOMPARE(difference(output.scores, eval["scores"].toObject(), 2e-4), QString());
        QCOMPARE(difference(model->decode(output), eval["decoded"].toObject(), 2e-4), QString());
    }
    model->train();
    const HeadOutput output = model->forward(image);
    QCOMPARE(difference(output.boxes, train["boxes"].toObject(), 1e-3), QString());
    QCOMPARE(difference(output.scores, train["scores"].toObject(), 1e-3), QString());
    std::vector<at::Tensor> running;
    for (const auto &[name, tensor] : stateEntries(*model)) {
        if (name.find("running_") != std::string::npos)
            running.push_back(tensor.flatten());
        if (name.ends_with("num_batches_tracked"))
            QCOMPARE(tensor.item<std::int64_t>(), std::int64_t(1));
    }
    QCOMPARE(difference(at::cat(running), train["running"].toObject(), 1e-4), QString());
}

void TestModel::halfPrecision()
{
    auto model = makeModel("yolov8n", 4);
    fillByFormula(*model);
    model->eval();
    at::NoGradGuard noGrad;
    const at::Tensor image = at::rand({ 1, 3, 64, 64 });
    const at::Tensor full = model->decode(model->forward(image));
    model->to(at::kBFloat16);
    const HeadOutput output = model->forward(image.to(at::kBFloat16));
    QCOMPARE(output.anchors.scalar_type(), at::kFloat);
    const at::Tensor half = model->decode(output);
    QCOMPARE(half.scalar_type(), at::kFloat);
    QVERIFY((half - full).abs().max().item<double>() < 4.0); // pixels, of boxes up to 200 wide
    QVERIFY((half - full).abs().mean().item<double>() < 0.5);
}

void TestModel::gradientsReachEverything()
{
    auto model = makeModel("yolov8n", 3);
    model->train();
    const HeadOutput output = model->forward(at::rand({ 2, 3, 64, 64 }));
    (output.boxes.square().mean() + output.scores.square().mean()).backward();
    for (const auto &item : model->named_parameters()) {
        if (!item.value().requires_grad())
            continue;
        QVERIFY2(item.value().grad().defined(), item.key().c_str());
        QVERIFY2(item.value().grad().isfinite().all().item<bool>(), item.key().c_str());
        QVERIFY2(item.value().grad().abs().sum().item<double>() > 0, item.key().c_str());
    }
}

void TestModel::fused()
{
    for (const at::ScalarType type : { at::kDouble, at::kFloat }) {
        auto model = makeModel("yolov8n", 5);
        fillByFormula(*model);
        model->to(type);
        channelsLast(*model);
        model->eval();
        at::NoGradGuard noGrad;
        const at::Tensor image =
            at::rand({ 2, 3, 64, 64 }).to(type).contiguous(at::MemoryFormat::ChannelsLast);
        const at::Tensor before = model->decode(model->forward(image));
        auto copy = cloneModel(*model);
        fuseConvBn(*copy);
        fuseConvBn(*copy); // a second time changes nothing
        const at::Tensor after = copy->decode(copy->forward(image));
        // The scale is rounded to single precision, whatever the weights
        QVERIFY(at::allclose(before, after, 1e-4, 1e-3));
        QVERIFY(at::equal(after, [&] {
            auto again = cloneModel(*copy); // a fused model can be copied too
            return again->decode(again->forward(image));
        }()));
    }
}

void TestModel::cloneIsEqualAndSeparate()
{
    auto model = makeModel("yolov8n", 3);
    channelsLast(*model);
    model->train();
    static_cast<void>(model->forward(at::rand({ 1, 3, 64, 64 }))); // moves the running statistics
    torch::manual_seed(11);
    const at::Tensor expected = at::rand({ 4 });
    torch::manual_seed(11);
    auto copy = cloneModel(*model);
    QVERIFY2(at::equal(at::rand({ 4 }), expected), "the random numbers have moved");
    const auto a = stateEntries(*model), b = stateEntries(*copy);
    QCOMPARE(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        QVERIFY2(at::equal(a[i].second, b[i].second), a[i].first.c_str());
        QVERIFY2(a[i].second.data_ptr() != b[i].second.data_ptr(), a[i].first.c_str());
        QCOMPARE(a[i].second.strides(), b[i].second.strides());
        QCOMPARE(a[i].second.requires_grad(), b[i].second.requires_grad());
    }
    QVERIFY(copy->is_training());
}

void TestModel::copyStateChecksNames()
{
    auto three = makeModel("yolov8n", 3), other = makeModel("yolov8n", 3), four = makeModel("yolov8n", 4);
    copyState(*three, *other);
    QVERIFY(at::equal(three->parameters()[0], other->parameters()[0]));
    QVERIFY_EXCEPTION_THROWN(copyState(*three, *four), EngineError);
    fuseConvBn(*other);
    QVERIFY_EXCEPTION_THROWN(copyState(*three, *other), EngineError);
}

void TestModel::sameSeedSameWeights()
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

void TestModel::anchorsFollowTheSize()
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

void TestModel::everyRuleHasABuilder()
{
    std::vector<std::string> names = knownModules();
    std::erase(names, "Detect"); // the head is built by the model itself
    QCOMPARE(buildableModules(), names);
}

void TestModel::otherArchitectures()
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

QTEST_GUILESS_MAIN(TestModel)
#include "tst_model.moc"

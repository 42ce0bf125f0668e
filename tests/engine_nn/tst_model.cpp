// SPDX-License-Identifier: GPL-3.0-or-later
// The networks against the reference implementation: names, shapes, counts, start values and outputs.
#include "engine/loss/detection_loss.h"
#include "engine/nn/block_builders.h"
#include "engine/ops/nms.h"
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

/// The model of a reference case: a built-in one or a text of its own.
std::shared_ptr<DetectionModel> caseModel(const QJsonObject &reference)
{
    const std::string name = reference["name"].toString().toStdString();
    const std::int64_t nc = reference["nc"].toInteger();
    auto model = reference.contains("yaml") ? std::make_shared<DetectionModel>(
                     parseModelSpec(reference["yaml"].toString().toStdString(), name), nc)
                                            : makeModel(name, nc);
    fillByFormula(*model);
    return model;
}

void addCases(const QJsonObject &reference)
{
    QTest::addColumn<QJsonObject>("reference");
    for (const auto &row : reference["cases"].toArray())
        QTest::newRow(qPrintable(row.toObject()["name"].toString())) << row.toObject();
}

/// What differs between a head's output and its digests, one-to-one part included.
QString outputDifference(const HeadOutput &output, const QJsonObject &digests, double tolerance)
{
    if (output.hasOneToOne() != digests.contains("oneToOneBoxes"))
        return QStringLiteral("other heads");
    std::vector<std::pair<QString, at::Tensor>> parts { { "boxes", output.boxes },
                                                        { "scores", output.scores } };
    if (output.hasOneToOne()) {
        parts.emplace_back("oneToOneBoxes", output.oneToOneBoxes);
        parts.emplace_back("oneToOneScores", output.oneToOneScores);
    }
    for (const auto &[key, tensor] : parts) {
        const QString gap = difference(tensor, digests[key].toObject(), tolerance);
        if (!gap.isEmpty())
            return key + ": " + gap;
    }
    return {};
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
    void stateNames_data();
    void stateNames();
    void startValues();
    void bothHeadsStartEqual();
    void forward_data();
    void forward();
    void topDetections_data();
    void topDetections();
    void lossAndGradients_data();
    void lossAndGradients();
    void onlyTheHeadAskedFor();
    void halfPrecision();
    void gradientsReachEverything();
    void fused();
    void cloneIsEqualAndSeparate();
    void copyStateChecksNames();

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
    auto oneToOne = want.contains("oneToOneParameters") ? cloneModel(*model) : nullptr;
    fuseConvBn(*model);
    s = model->summary();
    QCOMPARE(s.layers, want["fusedLayers"].toInteger());
    QCOMPARE(s.parameters, want["fusedParameters"].toInteger());
    QVERIFY(std::abs(s.gflops - want["fusedGflops"].toDouble()) < 1e-9);
    if (!oneToOne)
        return;
    fuseConvBn(*oneToOne, Heads::OneToOne);
    s = oneToOne->summary();
    QCOMPARE(s.parameters, want["oneToOneParameters"].toInteger());
    QVERIFY(std::abs(s.gflops - want["oneToOneGflops"].toDouble()) < 1e-9);
}

void TestModel::stateNames_data()
{
    QTest::addColumn<QString>("model");
    for (const char *name : { "yolov8n", "yolo11n", "yolo26n" })
        QTest::newRow(name) << name;
}

void TestModel::stateNames()
{
    QFETCH(QString, model);
    QFile file(QStringLiteral(NN_REFERENCE_DIR "/%1_state.txt").arg(model));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QStringList want = QString::fromUtf8(file.readAll()).trimmed().split('\n');
    const auto entries = stateEntries(*makeModel(model.toStdString()));
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

void TestModel::bothHeadsStartEqual()
{
    auto model = makeModel("yolo26n", 7);
    int compared = 0;
    const auto entries = stateEntries(*model);
    std::map<std::string, at::Tensor> byName(entries.begin(), entries.end());
    for (const auto &[name, tensor] : entries) {
        const std::size_t at = name.find("one2one_");
        if (at == std::string::npos)
            continue;
        const at::Tensor &first = byName.at(std::string(name).erase(at, 8));
        QVERIFY2(at::equal(first, tensor) && first.data_ptr() != tensor.data_ptr(), name.c_str());
        ++compared;
    }
    QCOMPARE(compared, 3 * (2 * 6 + 2) + 3 * (4 * 6 + 2));
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
    auto model = caseModel(reference);
    if (reference.contains("layers")) {
        const ModelSummary summary = model->summary();
        QCOMPARE(summary.layers, reference["layers"].toInteger());
        QCOMPARE(summary.parameters, reference["parameters"].toInteger());
        QVERIFY(std::abs(summary.gflops - reference["gflops"].toDouble()) < 1e-9);
    }
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
        QCOMPARE(outputDifference(output, eval, 2e-4), QString());
        QCOMPARE(difference(model->decode(output), eval["decoded"].toObject(), 2e-4), QString());
    }
    model->to(at::kDouble); // the batch statistics of a few values amplify the rounding of single precision
    model->train();
    const HeadOutput output = model->forward(image.to(at::kDouble));
    QCOMPARE(outputDifference(output, train, 1e-6), QString());
    std::vector<at::Tensor> running;
    for (const auto &[name, tensor] : stateEntries(*model)) {
        if (name.find("running_") != std::string::npos)
            running.push_back(tensor.flatten());
        if (name.ends_with("num_batches_tracked"))
            QCOMPARE(tensor.item<std::int64_t>(), std::int64_t(1));
    }
    QCOMPARE(difference(at::cat(running), train["running"].toObject(), 1e-6), QString());
}

void TestModel::topDetections_data() { addCases(m_reference); }

/// The best of the one-to-one head: every row of the reference has its like here, in the order of the scores.
void TestModel::topDetections()
{
    QFETCH(QJsonObject, reference);
    if (!reference.contains("top"))
        QSKIP("no one-to-one head");
    auto model = caseModel(reference);
    model->eval();
    at::NoGradGuard noGrad;
    const at::Tensor decoded =
        model->decode(model->forward(caseImage(reference), Heads::OneToOne))[0].contiguous();
    NmsOptions options;
    options.conf = 0;
    const auto got =
        torchdeck::engine::topDetections(decoded.const_data_ptr<float>(), int(decoded.size(0)) - 4,
                                         int(decoded.size(1)), options.maxDet, options);
    const QJsonArray want = reference["top"].toArray();
    QVERIFY(want.size() >= 20 && got.size() >= std::size_t(want.size()));
    const auto isClose = [](const QJsonArray &row, const Detection &d) {
        const float values[] { d.x1, d.y1, d.x2, d.y2 };
        for (int i = 0; i < 4; ++i) {
            if (std::abs(row[i].toDouble() - double(values[i])) > 0.02)
                return false;
        }
        return std::abs(row[4].toDouble() - double(d.confidence)) < 1e-5 && row[5].toInt() == d.classId;
    };
    int missed = 0; // the last ones may tie with others behind them
    for (qsizetype i = 0; i < want.size(); ++i) {
        const QJsonArray row = want[i].toArray();
        QVERIFY(std::abs(row[4].toDouble() - double(got[std::size_t(i)].confidence)) < 1e-5);
        missed += std::ranges::none_of(got, [&](const Detection &d) { return isClose(row, d); });
    }
    QCOMPARE(missed, 0);
}

void TestModel::lossAndGradients_data() { addCases(m_reference); }

/// One training step in double precision: loss, its items, gradients of parameters all over the network.
void TestModel::lossAndGradients()
{
    QFETCH(QJsonObject, reference);
    auto model = caseModel(reference);
    model->to(at::kDouble);
    fillByFormula(*model);
    model->train();
    const QJsonObject learning = reference["learning"].toObject();
    std::vector<std::int64_t> images, classes;
    std::vector<float> boxes;
    for (int image = 0; image < reference["batch"].toInt(); ++image) {
        for (const auto &value : learning["truth"].toArray()) {
            const QJsonArray row = value.toArray();
            images.push_back(image);
            classes.push_back(row[1].toInteger());
            for (int i = 2; i < 6; ++i)
                boxes.push_back(float(row[i].toDouble()));
        }
    }
    const DetectionTargets targets { at::tensor(images, at::kLong), at::tensor(classes, at::kLong),
                                     at::tensor(boxes, at::kFloat).view({ -1, 4 }) };
    DetectionLoss loss(model->classes(), model->regMax(), {});
    const HeadOutput output = model->forward(caseImage(reference).to(at::kDouble));
    for (const auto &value : learning["steps"].toArray()) {
        const QJsonObject step = value.toObject();
        loss.setEpoch(step["epoch"].toInt(), 10);
        model->zero_grad();
        const LossOutput result =
            loss(output, targets, reference["height"].toInteger(), reference["width"].toInteger());
        const auto near = [](double a, double b) { return std::abs(a - b) <= 1e-4 * std::abs(b); };
        QVERIFY2(near(result.total.item<double>(), step["total"].toDouble()),
                 qPrintable(QString::number(result.total.item<double>())));
        const QJsonObject items = step["items"].toObject();
        QVERIFY(near(result.items[0].item<double>(), items["box_loss"].toDouble()));
        QVERIFY(near(result.items[1].item<double>(), items["cls_loss"].toDouble()));
        QVERIFY(near(result.items[2].item<double>(),
                     items[model->regMax() > 1 ? "dfl_loss" : "l1_loss"].toDouble()));
        result.total.backward({}, /*retain_graph=*/true);
        std::vector<at::Tensor> norms;
        for (const auto &item : model->named_parameters()) {
            if (item.value().grad().defined())
                norms.push_back(item.value().grad().norm());
        }
        QVERIFY(near(at::stack(norms).norm().item<double>(), step["norm"].toDouble()));
        const QJsonObject gradients = step["gradients"].toObject();
        QVERIFY(gradients.size() > 10);
        for (auto it = gradients.begin(); it != gradients.end(); ++it) {
            const at::Tensor gradient = model->named_parameters()[it.key().toStdString()].grad();
            // What BatchNorm cancels (a bias before it) is rounding on both sides.
            const double noise = 1e-9 * step["norm"].toDouble();
            if (it.value().toObject()["absSum"].toDouble() < noise) {
                QVERIFY2(gradient.abs().sum().item<double>() < 10 * noise, qPrintable(it.key()));
                continue;
            }
            const QString gap = difference(gradient, it.value().toObject(), 1e-3);
            QVERIFY2(gap.isEmpty(), qPrintable(it.key() + ": " + gap));
        }
    }
}

void TestModel::onlyTheHeadAskedFor()
{
    auto model = makeModel("yolo26n", 3);
    fillByFormula(*model);
    model->eval();
    at::NoGradGuard noGrad;
    const at::Tensor image = at::rand({ 1, 3, 64, 64 });
    const HeadOutput all = model->forward(image);
    const HeadOutput many = model->forward(image, Heads::OneToMany),
                     one = model->forward(image, Heads::OneToOne);
    QVERIFY(!many.hasOneToOne() && !one.hasOneToOne());
    QVERIFY(at::equal(many.boxes, all.boxes) && at::equal(many.scores, all.scores));
    QVERIFY(at::equal(one.boxes, all.oneToOneBoxes) && at::equal(one.scores, all.oneToOneScores));
    QVERIFY(!at::allclose(one.scores, many.scores));
    for (const Heads wanted : { Heads::OneToMany, Heads::OneToOne }) {
        auto fused = cloneModel(*model);
        fuseConvBn(*fused, wanted);
        QVERIFY(fused->heads() == wanted);
        const HeadOutput &expected = wanted == Heads::OneToOne ? one : many;
        for (const auto &candidate : { fused, cloneModel(*fused) }) {
            const HeadOutput output = candidate->forward(image);
            QVERIFY(!output.hasOneToOne());
            QVERIFY(at::allclose(output.scores, expected.scores, 1e-3, 1e-3));
        }
    }
    auto plain = makeModel("yolo11n", 3);
    QVERIFY(plain->heads() == Heads::OneToMany);
    QVERIFY(plain->forward(image, Heads::OneToOne).boxes.defined()); // has only the one
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

QTEST_GUILESS_MAIN(TestModel)
#include "tst_model.moc"

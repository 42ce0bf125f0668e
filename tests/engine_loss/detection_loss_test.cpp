// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/autocast.h"
#include "engine/loss/batch_assignment.h"
#include "engine/loss/loss_terms.h"
#include "tests/engine_eval/reference_file.h"
#include "tests/engine_loss/loss_case.h"

#include <ATen/ATen.h>

#include <QTest>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

using namespace torchdeck::engine;
using torchdeck::engine::nn::HeadOutput;
using torchdeck::test::LossCase;
using torchdeck::test::tensorOf;

namespace {

double largestDifference(const at::Tensor &a, const at::Tensor &b)
{
    return a.numel() == 0 ? 0.0 : (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

/// Largest difference over the largest wanted value.
double relativeDifference(const at::Tensor &got, const at::Tensor &wanted)
{
    const double scale = wanted.numel() == 0 ? 0.0 : wanted.to(at::kDouble).abs().max().item<double>();
    return largestDifference(got, wanted) / std::max(scale, 1e-12);
}

#define VERIFY_BELOW(value, limit)                                                                           \
    QVERIFY2((value) <= (limit), qPrintable(QStringLiteral("%1 is over %2").arg(value).arg(limit)))

TruthByImage truthOf(const LossCase &data)
{
    return collectTruth(data.targets, data.images, data.classes, data.height, data.width);
}

void addCases()
{
    QTest::addColumn<QJsonObject>("item");
    const QJsonArray cases = torchdeck::test::referenceFile()["cases"].toArray();
    QVERIFY(!cases.isEmpty());
    for (const QJsonValue &value : cases)
        QTest::newRow(qPrintable(value.toObject()["name"].toString())) << value.toObject();
}

QJsonObject caseNamed(const QString &name)
{
    for (const QJsonValue &value : torchdeck::test::referenceFile()["cases"].toArray()) {
        if (value.toObject()["name"].toString() == name)
            return value.toObject();
    }
    throw std::runtime_error("no such case: " + name.toStdString());
}

} // namespace

class DetectionLossTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void noiseEqualsThePythonSide()
    {
        const at::Tensor wanted = tensorOf(torchdeck::test::referenceFile()["noise"]);
        QVERIFY(at::equal(torchdeck::test::noise(wanted.numel(), 3), wanted));
    }

    /// Also a matter of memory: oneDNN keeps a kernel for every number of rows that it sees in bf16.
    void autocastDoesNotReachTheLoss_data() { addCases(); }

    void autocastDoesNotReachTheLoss()
    {
        QFETCH(QJsonObject, item);
        const auto computed = [&item](bool bf16) {
            LossCase data(item);
            data.output.boxes.requires_grad_();
            data.output.scores.requires_grad_();
            LossOutput loss;
            {
                const Autocast autocast(c10::kCPU, bf16);
                loss = data.loss()(data.output, data.targets, data.height, data.width);
            }
            loss.total.backward();
            return std::vector<at::Tensor> { loss.items, data.output.boxes.grad(), data.output.scores.grad() };
        };
        const auto plain = computed(false), under = computed(true);
        for (std::size_t i = 0; i < plain.size(); ++i)
            QVERIFY(under[i].defined() == plain[i].defined() && (!plain[i].defined() || at::equal(under[i], plain[i])));
    }

    void itemsAndGradients_data() { addCases(); }

    void itemsAndGradients()
    {
        QFETCH(QJsonObject, item);
        LossCase data(item);
        data.output.boxes.requires_grad_();
        data.output.scores.requires_grad_();
        const LossOutput loss = data.loss()(data.output, data.targets, data.height, data.width);
        QVERIFY(!loss.items.requires_grad());
        VERIFY_BELOW(relativeDifference(loss.items, tensorOf(item["items"])), 1e-5);
        VERIFY_BELOW(std::abs(loss.total.item<double>() / item["total"].toDouble() - 1), 1e-5);

        loss.total.backward();
        const at::Tensor boxes = data.output.boxes.grad(), scores = data.output.scores.grad();
        const auto norms = torchdeck::test::numbers<double>(item["gradientNorms"]);
        VERIFY_BELOW(std::abs(boxes.norm().item<double>() - norms[0]), 1e-4 * norms[0]);
        VERIFY_BELOW(std::abs(scores.norm().item<double>() - norms[1]), 1e-4 * norms[1]);
        if (!item.contains("scoreGradient"))
            return;
        VERIFY_BELOW(relativeDifference(scores, tensorOf(item["scoreGradient"]).view_as(scores)), 1e-4);
        at::Tensor wanted = at::zeros_like(boxes);
        const at::Tensor columns = tensorOf(item["boxGradient"]).view({ -1, 4 * data.regMax });
        const QJsonArray assigned = item["assigned"].toArray();
        QCOMPARE(columns.size(0), assigned.size());
        for (qsizetype n = 0; n < assigned.size(); ++n) {
            const QJsonArray row = assigned[n].toArray();
            wanted.select(0, row[0].toInt()).select(1, row[1].toInt()).copy_(columns[n]);
        }
        VERIFY_BELOW(relativeDifference(boxes, wanted), 1e-4);
    }

    void assignment_data() { addCases(); }

    void assignment()
    {
        QFETCH(QJsonObject, item);
        const LossCase data(item);
        const TruthByImage truth = truthOf(data);
        for (const AssignWith with : { AssignWith::DeviceChoice, AssignWith::Tensors }) {
            const Assignment got = assignBatch(data.output, truth, data.regMax, data.options, with);
            QCOMPARE(got.anchors.size(0), item["foreground"].toInteger());
            VERIFY_BELOW(std::abs(got.scores.sum().item<double>() - item["scoreSum"].toDouble()),
                         1e-5 * item["scoreSum"].toDouble());
            const QJsonArray assigned = item["assigned"].toArray();
            for (qsizetype n = 0; n < assigned.size(); ++n) {
                const QJsonArray row = assigned[n].toArray();
                QCOMPARE(got.images[n].item<std::int64_t>(), row[0].toInteger());
                QCOMPARE(got.anchors[n].item<std::int64_t>(), row[1].toInteger());
                QCOMPARE(got.classes[n].item<std::int64_t>(), row[2].toInteger());
                for (int k = 0; k < 4; ++k)
                    VERIFY_BELOW(std::abs(got.boxes[n][k].item<double>() - row[3 + k].toDouble()), 1e-4);
                VERIFY_BELOW(std::abs(got.scores[n].item<double>() - row[7].toDouble()),
                             1e-5 + 1e-4 * row[7].toDouble());
            }
        }
    }

    void fixedSizeAssignment_data() { addCases(); }

    /// What a GPU uses: the count of foreground anchors is never asked for, and the loss must not notice.
    void fixedSizeAssignment()
    {
        QFETCH(QJsonObject, item);
        const LossCase data(item);
        const TruthByImage truth = truthOf(data);
        const auto anchors = data.output.boxes.size(2);
        const auto terms = [&](AssignWith with) {
            const Assignment found = assignBatch(data.output, truth, data.regMax, data.options, with);
            const at::Tensor places = found.images * anchors + found.anchors;
            const at::Tensor real = found.scores.gt(0);
            const at::Tensor sorted = std::get<0>(places.masked_select(real).sort());
            const at::Tensor boxes = data.output.boxes.detach().requires_grad_(), scores = data.output.scores.detach().requires_grad_();
            const BoxTerms box = boxTerms(pickAnchors(boxes, found), found, data.output.anchors,
                                          data.output.strides.view({ -1, 1 }), data.regMax, data.height, data.width);
            const at::Tensor total = box.iou + box.distances + classificationSum(scores, found);
            total.backward();
            const bool unique = std::get<0>(at::_unique(places)).numel() == places.numel();
            return std::tuple(sorted, total.detach(), boxes.grad(), scores.grad(), places.numel(), unique);
        };
        const auto [places, total, boxes, scores, count, unique] = terms(AssignWith::TensorsOfFixedSize);
        const auto [places0, total0, boxes0, scores0, count0, unique0] = terms(AssignWith::Tensors);
        QVERIFY(at::equal(places, places0));
        QVERIFY(unique); // an anchor twice would be overwritten in the gradient
        if (count0 > 0)
            QVERIFY(count >= count0);
        VERIFY_BELOW(relativeDifference(total, total0), 1e-6);
        VERIFY_BELOW(relativeDifference(boxes, boxes0), 1e-5);
        VERIFY_BELOW(relativeDifference(scores, scores0), 1e-5);
    }

    void balanceOfTheTwoHeads()
    {
        const QJsonArray runs = torchdeck::test::referenceFile()["balance"].toArray();
        QCOMPARE(runs.size(), 3);
        for (const QJsonValue &run : runs) {
            const auto epochs = static_cast<int>(run.toArray().size());
            for (int epoch = 0; epoch < epochs; ++epoch) {
                const QJsonArray pair = run.toArray()[epoch].toArray();
                VERIFY_BELOW(std::abs(oneToManyWeight(epoch, epochs) - pair[0].toDouble()), 1e-12);
                VERIFY_BELOW(std::abs(1 - oneToManyWeight(epoch, epochs) - pair[1].toDouble()), 1e-12);
            }
        }
    }

    /// Of two heads: the weighted sum of their losses, each with its own assignment; the second one's items.
    void twoHeads()
    {
        LossCase data(caseNamed(QStringLiteral("one anchor a box"))), other = data;
        other.output.boxes = data.output.boxes.flip(2).contiguous();
        other.output.scores = data.output.scores.flip(2).contiguous();
        HeadOutput both = other.output;
        both.oneToOneBoxes = data.output.boxes;
        both.oneToOneScores = data.output.scores;
        DetectionLoss loss(data.classes, data.regMax, {});
        loss.setEpoch(3, 7);
        const double weight = oneToManyWeight(3, 7);
        const LossOutput many =
            DetectionLoss(data.classes, data.regMax, {})(other.output, data.targets, data.height, data.width);
        const LossOutput one = data.loss()(data.output, data.targets, data.height, data.width);
        const LossOutput sum = loss(both, data.targets, data.height, data.width);
        QVERIFY(at::equal(sum.items, one.items));
        VERIFY_BELOW(
            std::abs(sum.total.item<double>()
                     - (weight * many.total.item<double>() + (1 - weight) * one.total.item<double>())),
            1e-4);
    }

    void fewImagesAtATimeGiveTheSame()
    {
        const LossCase data(caseNamed(QStringLiteral("full size")));
        const TruthByImage truth = truthOf(data);
        const Assignment whole = assignBatch(data.output, truth, data.regMax, {}, AssignWith::Tensors);
        for (const std::int64_t pairs : { 1, 2 * 25 * 2100 }) { // one image at a time, two
            const Assignment parts =
                assignBatch(data.output, truth, data.regMax, {}, AssignWith::Tensors, pairs);
            QVERIFY(at::equal(parts.images, whole.images));
            QVERIFY(at::equal(parts.anchors, whole.anchors));
            QVERIFY(at::equal(parts.classes, whole.classes));
            QVERIFY(at::equal(parts.boxes, whole.boxes));
            VERIFY_BELOW(relativeDifference(parts.scores, whole.scores), 1e-6);
        }
    }

    /// Heads may hand over permuted memory (channels last); values and gradients must not change.
    void memoryLayoutDoesNotMatter()
    {
        LossCase plain(caseNamed(QStringLiteral("middle image without labels"))), permuted = plain;
        const auto layout = [](const at::Tensor &t) {
            return t.permute({ 0, 2, 1 }).contiguous().permute({ 0, 2, 1 }).detach().requires_grad_();
        };
        permuted.output.boxes = layout(plain.output.boxes);
        permuted.output.scores = layout(plain.output.scores);
        plain.output.boxes.requires_grad_();
        plain.output.scores.requires_grad_();
        const LossOutput a = plain.loss()(plain.output, plain.targets, plain.height, plain.width);
        const LossOutput b = plain.loss()(permuted.output, plain.targets, plain.height, plain.width);
        VERIFY_BELOW(relativeDifference(b.items, a.items), 1e-6);
        a.total.backward();
        b.total.backward();
        VERIFY_BELOW(relativeDifference(permuted.output.boxes.grad(), plain.output.boxes.grad()), 1e-5);
        VERIFY_BELOW(relativeDifference(permuted.output.scores.grad(), plain.output.scores.grad()), 1e-5);
    }

    void halfPrecisionIsSummedInFloat()
    {
        LossCase data(caseNamed(QStringLiteral("full size")));
        const LossOutput whole = data.loss()(data.output, data.targets, data.height, data.width);
        data.output.boxes = data.output.boxes.to(at::kBFloat16).requires_grad_();
        data.output.scores = data.output.scores.to(at::kBFloat16).requires_grad_();
        const LossOutput reduced = data.loss()(data.output, data.targets, data.height, data.width);
        QCOMPARE(reduced.items.scalar_type(), at::kFloat);
        VERIFY_BELOW(relativeDifference(reduced.items, whole.items), 0.01);
        reduced.total.backward();
        QCOMPARE(data.output.scores.grad().scalar_type(), at::kBFloat16);
    }

    void truthOrderBetweenImagesDoesNotMatter()
    {
        const LossCase data(caseNamed(QStringLiteral("full size")));
        DetectionTargets shuffled = data.targets;
        const at::Tensor order = at::arange(data.targets.classes.numel(), at::kLong).flip(0);
        shuffled.imageIndex = shuffled.imageIndex.index_select(0, order);
        shuffled.classes = shuffled.classes.index_select(0, order);
        shuffled.boxes = shuffled.boxes.index_select(0, order);
        const LossOutput a = data.loss()(data.output, data.targets, data.height, data.width);
        const LossOutput b = data.loss()(data.output, shuffled, data.height, data.width);
        VERIFY_BELOW(relativeDifference(b.items, a.items), 1e-6);
    }

    void emptyTruthKeepsTheGraphWhole()
    {
        LossCase data(caseNamed(QStringLiteral("no labels at all")));
        data.output.boxes.requires_grad_();
        data.output.scores.requires_grad_();
        data.loss()(data.output, data.targets, data.height, data.width).total.backward();
        QVERIFY(data.output.boxes.grad().defined());
        QCOMPARE(data.output.boxes.grad().abs().max().item<float>(), 0.f);
        QVERIFY(data.output.scores.grad().abs().min().item<float>() > 0.f);
    }

    void unusableTruthIsRefusedInOneSentence_data()
    {
        QTest::addColumn<int>("image");
        QTest::addColumn<int>("classId");
        QTest::addColumn<QString>("word");
        QTest::newRow("class too high") << 0 << 3 << "class 3";
        QTest::newRow("class below zero") << 0 << -1 << "class -1";
        QTest::newRow("image beyond the batch") << 7 << 0 << "image 7";
    }

    void unusableTruthIsRefusedInOneSentence()
    {
        QFETCH(int, image);
        QFETCH(int, classId);
        QFETCH(QString, word);
        LossCase data(caseNamed(QStringLiteral("middle image without labels")));
        data.targets.imageIndex[0] = image;
        data.targets.classes[0] = classId;
        try {
            (void)data.loss()(data.output, data.targets, data.height, data.width);
            QFAIL("no exception");
        } catch (const std::invalid_argument &error) {
            QVERIFY2(QString::fromStdString(error.what()).contains(word), error.what());
        }
    }

    void wrongShapesAreRefused()
    {
        const LossCase data(caseNamed(QStringLiteral("middle image without labels")));
        QVERIFY_EXCEPTION_THROWN((void)DetectionLoss(5, 16, {})(data.output, data.targets, 64, 64),
                                 std::invalid_argument);
        QVERIFY_EXCEPTION_THROWN((void)DetectionLoss(3, 8, {})(data.output, data.targets, 64, 64),
                                 std::invalid_argument);
        QVERIFY_EXCEPTION_THROWN(DetectionLoss(0, 16, {}), std::invalid_argument);
    }

    /// Broken labels and broken predictions must neither crash nor hang; the guards of the loop see the NaN.
    void numbersThatAreNoneDoNotCrash()
    {
        LossCase data(caseNamed(QStringLiteral("middle image without labels")));
        data.targets.boxes[0] = std::nan("");
        const LossOutput kept = data.loss()(data.output, data.targets, data.height, data.width);
        QVERIFY(std::isfinite(kept.total.item<float>()));
        data.output.boxes.fill_(std::nan(""));
        data.output.scores.fill_(std::nan(""));
        const TruthByImage truth = truthOf(data);
        for (const AssignWith with : { AssignWith::DeviceChoice, AssignWith::Tensors })
            QCOMPARE(assignBatch(data.output, truth, data.regMax, {}, with).anchors.size(0),
                     std::int64_t { 0 });
        QVERIFY(
            std::isnan(data.loss()(data.output, data.targets, data.height, data.width).total.item<float>()));
    }
};

QTEST_APPLESS_MAIN(DetectionLossTest)
#include "detection_loss_test.moc"

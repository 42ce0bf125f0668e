// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/loss/detection_loss.h"

#include "engine/loss/batch_assignment.h"
#include "engine/loss/device_copy.h"
#include "engine/loss/loss_terms.h"

#include <ATen/ATen.h>
#include <c10/core/impl/LocalDispatchKeySet.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace torchdeck::engine {
namespace {

constexpr double firstOneToMany = 0.8, lastOneToMany = 0.1;
constexpr int oneToOneCandidates = 7;

[[noreturn]] void fail(const std::string &sentence)
{
    throw std::invalid_argument("Detection loss: " + sentence);
}

void checkOutput(const nn::HeadOutput &output, std::int64_t classes, std::int64_t regMax)
{
    const auto text = [](const at::Tensor &tensor) { return c10::str(tensor.sizes()); };
    if (output.boxes.dim() != 3 || output.boxes.size(1) != 4 * regMax)
        fail("the head's boxes have shape " + text(output.boxes) + ", expected [images, "
             + std::to_string(4 * regMax) + ", anchors]; build the loss with the head's regMax.");
    if (output.scores.dim() != 3 || output.scores.size(1) != classes
        || output.scores.size(0) != output.boxes.size(0) || output.scores.size(2) != output.boxes.size(2))
        fail("the head's scores have shape " + text(output.scores) + " beside boxes " + text(output.boxes)
             + ", expected [images, " + std::to_string(classes)
             + ", anchors]; build the loss with the head's classes.");
    if (output.anchors.dim() != 2 || output.anchors.size(0) != output.boxes.size(2)
        || output.anchors.size(1) != 2 || output.strides.numel() != output.anchors.size(0))
        fail("anchors " + text(output.anchors) + " and strides " + text(output.strides) + " do not fit boxes "
             + text(output.boxes) + ".");
}

bool isReduced(const at::Tensor &tensor)
{
    return tensor.scalar_type() == at::kHalf || tensor.scalar_type() == at::kBFloat16;
}

} // namespace

DetectionLoss::DetectionLoss(std::int64_t classes, std::int64_t regMax, DetectionLossOptions options)
    : m_classes(classes)
    , m_regMax(regMax)
    , m_options(std::move(options))
{
    if (classes < 1 || regMax < 1 || m_options.topk < 1)
        fail("classes, regMax and topk must be at least 1, given " + std::to_string(classes) + ", "
             + std::to_string(regMax) + " and " + std::to_string(m_options.topk) + ".");
    const std::vector<float> &weights = m_options.classWeights;
    if (!weights.empty() && static_cast<std::int64_t>(weights.size()) != classes)
        fail(std::to_string(weights.size()) + " class weights for " + std::to_string(classes) + " classes.");
    if (!weights.empty())
        m_classWeights = at::tensor(weights, at::kFloat);
}

double oneToManyWeight(int epoch, int epochs)
{
    const double left = std::max(1 - double(epoch) / std::max(epochs - 1, 1), 0.0);
    return left * (firstOneToMany - lastOneToMany) + lastOneToMany;
}

LossOutput DetectionLoss::operator()(const nn::HeadOutput &output, const DetectionTargets &targets,
                                     std::int64_t height, std::int64_t width) const
{
    checkOutput(output, m_classes, m_regMax);
    const TruthByImage truth = collectTruth(targets, output.boxes.size(0), m_classes, height, width);
    LossOutput result = ofHead(output, truth, m_options, height, width);
    if (!output.hasOneToOne())
        return result;
    const nn::HeadOutput head = output.oneToOne();
    checkOutput(head, m_classes, m_regMax);
    DetectionLossOptions options = m_options;
    options.topk = oneToOneCandidates;
    options.keep = 1;
    const LossOutput one = ofHead(head, truth, options, height, width);
    return { result.total * m_oneToMany + one.total * std::max(1 - m_oneToMany, 0.0), one.items };
}

LossOutput DetectionLoss::ofHead(const nn::HeadOutput &output, const TruthByImage &truth,
                                 const DetectionLossOptions &options, std::int64_t height,
                                 std::int64_t width) const
{
    // Fp32 also where the forward pass is under autocast. Its products have another number of rows in every batch: in bf16 oneDNN
    // would write and keep a kernel for each, some 0.3 MiB a batch.
    const c10::impl::ExcludeDispatchKeyGuard plain(c10::autocast_dispatch_keyset);
    nn::HeadOutput head = output;
    if (isReduced(head.boxes) || isReduced(head.scores)) { // sums over a whole batch need the range of float
        head.boxes = head.boxes.to(at::kFloat);
        head.scores = head.scores.to(at::kFloat);
    }
    const Assignment assignment = assignBatch(head, truth, m_regMax, options);
    at::Tensor weight = assignment.scores.sum();
    at::Tensor scale; // of the items
    if (m_sumOverRanks) {
        // One process divides by the assigned scores of the whole batch and multiplies by its images, so both
        // are added up over the ranks; times the ranks, because their gradients are averaged, not added. (DDP
        // users who divide by their own part's scores get another gradient than one process.)
        const at::Tensor images = at::full({}, head.boxes.size(0), weight.options().dtype(at::kFloat));
        const at::Tensor sums = at::stack({ weight.to(at::kFloat), images });
        m_sumOverRanks(sums);
        weight = sums[0];
        scale = sums[1] * m_ranks;
    }
    weight = weight.clamp_min(1);
    if (m_classWeights.defined() && m_classWeights.device() != head.scores.device())
        m_classWeights = toDevice(m_classWeights, head.scores.device());
    const at::Tensor cls = classificationSum(head.scores, assignment, m_classWeights);
    const BoxTerms box = boxTerms(pickAnchors(head.boxes, assignment), assignment, head.anchors,
                                  head.strides.view({ -1, 1 }), m_regMax, height, width);
    const at::Tensor items =
        at::stack({ box.iou * options.box, cls * options.cls, box.distances * options.dfl }) / weight;
    if (scale.defined())
        return { items.sum() * scale, items.detach() };
    return { items.sum() * static_cast<double>(head.boxes.size(0)), items.detach() };
}

void DetectionLoss::joinEmpty(bool oneToOne, const c10::Device &device) const
{
    for (int head = 0; head < (oneToOne ? 2 : 1); ++head)
        m_sumOverRanks(at::zeros({ 2 }, at::TensorOptions(device).dtype(at::kFloat)));
}

} // namespace torchdeck::engine

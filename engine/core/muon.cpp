// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/muon.h"

#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/baddbmm.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/stack.h>

#include <algorithm>
#include <cmath>

namespace torchdeck::engine {

namespace {

constexpr double muonShare = 0.2;
constexpr int newtonSteps = 5;
constexpr double linear = 3.4445, cubic = -4.7750, quintic = 2.0315;
constexpr double normEpsilon = 1e-7;

bool isChannelsLast(const at::Tensor &t)
{
    return t.dim() == 4 && !t.is_contiguous() && t.is_contiguous(at::MemoryFormat::ChannelsLast);
}

/// [out, the rest] in the order of the memory: which order the columns have does not matter, so no copy.
at::Tensor asMatrix(const at::Tensor &t)
{
    return isChannelsLast(t) ? t.permute({ 0, 2, 3, 1 }).flatten(1) : t.flatten(1);
}

at::Tensor asBefore(const at::Tensor &matrix, const at::Tensor &like)
{
    if (!isChannelsLast(like))
        return matrix.reshape(like.sizes());
    return matrix.reshape({ like.size(0), like.size(2), like.size(3), like.size(1) }).permute({ 0, 3, 1, 2 });
}

/// [n, rows, columns]
at::Tensor newtonSchulz(const at::Tensor &batch)
{
    at::Tensor x = batch.to(batch.is_cpu() ? at::kFloat : at::kBFloat16);
    x = x / (x.norm(2, { 1, 2 }, /*keepdim=*/true) + normEpsilon); // no singular value over 1
    const bool tall = x.size(1) > x.size(2);
    if (tall)
        x = x.transpose(1, 2);
    for (int i = 0; i < newtonSteps; ++i) {
        const at::Tensor a = at::bmm(x, x.transpose(1, 2));
        const at::Tensor b = at::baddbmm(a, a, a, cubic, quintic);
        x = at::baddbmm(x, b, x, linear, 1);
    }
    return (tall ? x.transpose(1, 2) : x).to(batch.scalar_type());
}

/// Tall matrices make longer steps; of convolution weights the field takes the kernel's sides.
double stretch(const at::Tensor &t)
{
    return std::sqrt(std::max(1.0, double(t.size(-2)) / double(t.size(-1))));
}

} // namespace

std::vector<at::Tensor> orthogonalised(const std::vector<at::Tensor> &updates)
{
    std::vector<at::Tensor> matrices, result(updates.size());
    std::map<std::pair<std::int64_t, std::int64_t>, std::vector<std::size_t>> equal; // one product for all
    for (std::size_t i = 0; i < updates.size(); ++i) {
        matrices.push_back(asMatrix(updates[i]));
        equal[{ matrices[i].size(0), matrices[i].size(1) }].push_back(i);
    }
    for (const auto &[shape, places] : equal) {
        std::vector<at::Tensor> parts;
        for (const std::size_t place : places)
            parts.push_back(matrices[place]);
        const at::Tensor batch = newtonSchulz(at::stack(parts));
        for (std::size_t n = 0; n < places.size(); ++n) {
            const at::Tensor &update = updates[places[n]];
            const at::Tensor matrix = batch[static_cast<std::int64_t>(n)];
            result[places[n]] = asBefore(matrix * stretch(update), update);
        }
    }
    return result;
}

void stepMuon(Optimizer::Group &group, const std::vector<at::Tensor> &gradients)
{
    at::_foreach_mul_(group.first, group.momentum);
    at::_foreach_add_(group.first, gradients, 1 - group.momentum);
    std::vector<at::Tensor> updates = at::_foreach_mul(group.first, group.momentum);
    at::_foreach_add_(updates, gradients, 1 - group.momentum);
    at::_foreach_add_(group.parameters, orthogonalised(updates), -group.learningRate * muonShare);
}

} // namespace torchdeck::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/nn/norm_silu.h"

#include "engine/ops/norm_silu_kernels.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <vector>

namespace torchdeck::engine::nn {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

constexpr std::int64_t valuesAPart = 1 << 15; ///< of a tensor: enough to be worth a thread's attention
constexpr std::int64_t mostParts = 64;

/// A map as rows of channels, and its split into parts that does not depend on the number of threads.
struct Rows {
    explicit Rows(const at::Tensor &x)
        : channels(x.size(1))
        , count(x.numel() / std::max<std::int64_t>(channels, 1))
        , parts(std::clamp<std::int64_t>(x.numel() / valuesAPart, 1, mostParts))
    {
    }
    [[nodiscard]] std::int64_t begin(std::int64_t part) const { return count * part / parts; }

    std::int64_t channels, count, parts;
};

/// Calls work(part, first row, rows) for every part, on several threads.
template <typename Work>
void forParts(const Rows &rows, const Work &work)
{
    at::parallel_for(0, rows.parts, 1, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t part = first; part < last; ++part)
            work(part, rows.begin(part), static_cast<std::size_t>(rows.begin(part + 1) - rows.begin(part)));
    });
}

/// Two sums a channel, each part's apart, then added in their order.
class PartSums {
public:
    explicit PartSums(const Rows &rows)
        : m_channels(static_cast<std::size_t>(rows.channels))
        , m_values(2 * m_channels * static_cast<std::size_t>(rows.parts))
    {
    }
    [[nodiscard]] double *first(std::int64_t part) { return m_values.data() + 2 * m_channels * std::size_t(part); }
    [[nodiscard]] double *second(std::int64_t part) { return first(part) + m_channels; }
    void add()
    {
        for (std::size_t i = 2 * m_channels; i < m_values.size(); ++i)
            m_values[i % (2 * m_channels)] += m_values[i];
    }

private:
    std::size_t m_channels;
    std::vector<double> m_values;
};

/// What both directions need of a channel: z = scale * x + shift.
template <typename T>
struct Affine {
    Affine(const at::Tensor &weight, const at::Tensor &bias, const at::Tensor &mean, const at::Tensor &rstd)
        : scale(static_cast<std::size_t>(mean.numel()))
        , shift(scale.size())
    {
        const T *w = weight.const_data_ptr<T>(), *b = bias.const_data_ptr<T>();
        const T *m = mean.const_data_ptr<T>(), *r = rstd.const_data_ptr<T>();
        for (std::size_t c = 0; c < scale.size(); ++c) {
            scale[c] = w[c] * r[c];
            shift[c] = b[c] - m[c] * scale[c];
        }
    }
    std::vector<T> scale, shift;
};

/// A tensor's values as the kernels read them.
template <typename S> const S *valuesOf(const at::Tensor &t)
{
    if constexpr (std::is_same_v<S, ops::Bf16>)
        return reinterpret_cast<const S *>(t.const_data_ptr<at::BFloat16>());
    else
        return t.const_data_ptr<S>();
}

template <typename S> S *writableOf(at::Tensor &t)
{
    if constexpr (std::is_same_v<S, ops::Bf16>)
        return reinterpret_cast<S *>(t.mutable_data_ptr<at::BFloat16>());
    else
        return t.mutable_data_ptr<S>();
}

template <typename S>
void statistics(const at::Tensor &x, const Rows &rows, double momentum, double epsilon, at::Tensor &mean,
                at::Tensor &rstd, const at::Tensor &runningMean, const at::Tensor &runningVar)
{
    using T = ops::Computed<S>;
    const S *data = valuesOf<S>(x);
    PartSums sums(rows);
    const auto channels = static_cast<std::size_t>(rows.channels);
    // The first row is a good origin: it is about as large as the mean.
    const at::Tensor firstRow = x.flatten(2)[0].select(1, 0).to(mean.scalar_type()).contiguous();
    const T *origin = firstRow.const_data_ptr<T>();
    forParts(rows, [&](std::int64_t part, std::int64_t first, std::size_t count) {
        ops::addMoments(data + first * rows.channels, count, channels, origin, sums.first(part), sums.second(part));
    });
    sums.add();
    const double n = double(rows.count);
    T *m = mean.mutable_data_ptr<T>(), *r = rstd.mutable_data_ptr<T>();
    T *rm = runningMean.mutable_data_ptr<T>(), *rv = runningVar.mutable_data_ptr<T>();
    for (std::size_t c = 0; c < channels; ++c) {
        const double offset = sums.first(0)[c] / n;
        const double variance = std::max(sums.second(0)[c] / n - offset * offset, 0.0);
        m[c] = static_cast<T>(double(origin[c]) + offset);
        r[c] = static_cast<T>(1 / std::sqrt(variance + epsilon));
        rm[c] = static_cast<T>((1 - momentum) * double(rm[c]) + momentum * (double(origin[c]) + offset));
        rv[c] = static_cast<T>((1 - momentum) * double(rv[c]) + momentum * variance * n / (n - 1));
    }
}

template <typename S>
void forwardRows(const at::Tensor &x, const Rows &rows, const Affine<ops::Computed<S>> &affine, at::Tensor &y)
{
    const S *data = valuesOf<S>(x);
    S *out = writableOf<S>(y);
    forParts(rows, [&](std::int64_t, std::int64_t first, std::size_t count) {
        const std::int64_t at = first * rows.channels;
        ops::normSilu(data + at, count, static_cast<std::size_t>(rows.channels), affine.scale.data(),
                      affine.shift.data(), out + at);
    });
}

template <typename S>
variable_list backwardRows(const at::Tensor &x, const at::Tensor &dy, const Rows &rows,
                           const Affine<ops::Computed<S>> &affine, const at::Tensor &mean, const at::Tensor &rstd)
{
    using T = ops::Computed<S>;
    const S *data = valuesOf<S>(x), *gradient = valuesOf<S>(dy);
    const T *m = mean.const_data_ptr<T>(), *r = rstd.const_data_ptr<T>();
    const auto channels = static_cast<std::size_t>(rows.channels);
    at::Tensor dx = at::empty_like(x), dWeight = at::empty_like(mean), dBias = at::empty_like(mean);
    S *out = writableOf<S>(dx);
    PartSums sums(rows);
    forParts(rows, [&](std::int64_t part, std::int64_t first, std::size_t count) {
        const std::int64_t at = first * rows.channels;
        ops::addGradientSums(data + at, gradient + at, count, channels, affine.scale.data(), affine.shift.data(), m,
                             sums.first(part), sums.second(part), out + at);
    });
    sums.add();
    std::vector<T> offset(channels), slope(channels);
    const double n = double(rows.count);
    T *dw = dWeight.mutable_data_ptr<T>(), *db = dBias.mutable_data_ptr<T>();
    for (std::size_t c = 0; c < channels; ++c) {
        const double sum = sums.first(0)[c], product = sums.second(0)[c], inverse = double(r[c]);
        const double scale = double(affine.scale[c]), tilt = scale * product * inverse * inverse / n;
        db[c] = static_cast<T>(sum);
        dw[c] = static_cast<T>(product * inverse);
        slope[c] = static_cast<T>(-tilt);
        offset[c] = static_cast<T>(tilt * double(m[c]) - scale * sum / n);
    }
    forParts(rows, [&](std::int64_t, std::int64_t first, std::size_t count) {
        const std::int64_t at = first * rows.channels;
        ops::inputGradient(data + at, count, channels, affine.scale.data(), offset.data(), slope.data(), out + at);
    });
    return { dx, dWeight, dBias, {}, {}, {}, {} };
}

/// work(S()) for the type that `x` stores.
template <typename Work> void dispatch(const at::Tensor &x, const Work &work)
{
    switch (x.scalar_type()) {
    case at::kBFloat16:
        return work(ops::Bf16());
    case at::kDouble:
        return work(double());
    default:
        return work(float());
    }
}

class NormSilu : public Function<NormSilu> {
public:
    static at::Tensor forward(AutogradContext *context, const at::Tensor &x, const at::Tensor &weight,
                              const at::Tensor &bias, const at::Tensor &runningMean, const at::Tensor &runningVar,
                              double momentum, double epsilon)
    {
        const Rows rows(x);
        at::Tensor mean = at::empty({ rows.channels }, weight.options()), rstd = at::empty_like(mean);
        at::Tensor y = at::empty_like(x);
        dispatch(x, [&](auto stored) {
            using S = decltype(stored);
            statistics<S>(x, rows, momentum, epsilon, mean, rstd, runningMean, runningVar);
            forwardRows<S>(x, rows, Affine<ops::Computed<S>>(weight, bias, mean, rstd), y);
        });
        context->save_for_backward({ x, weight, bias, mean, rstd });
        return y;
    }

    static variable_list backward(AutogradContext *context, const variable_list &gradients)
    {
        const variable_list saved = context->get_saved_variables();
        const at::Tensor &x = saved[0], &mean = saved[3], &rstd = saved[4];
        const at::Tensor dy = gradients[0].to(x.scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
        variable_list result;
        dispatch(x, [&](auto stored) {
            using S = decltype(stored);
            const Affine<ops::Computed<S>> affine(saved[1], saved[2], mean, rstd);
            result = backwardRows<S>(x, dy, Rows(x), affine, mean, rstd);
        });
        return result;
    }
};

} // namespace

bool canFuseNormSilu(const at::Tensor &x)
{
    const auto type = x.scalar_type();
    return x.device().is_cpu() && (type == at::kFloat || type == at::kBFloat16 || type == at::kDouble) && x.dim() == 4
        && x.is_contiguous(at::MemoryFormat::ChannelsLast) && x.numel() > x.size(1);
}

at::Tensor fusedNormSilu(const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias,
                         const at::Tensor &runningMean, const at::Tensor &runningVar, double momentum, double epsilon)
{
    return NormSilu::apply(x, weight, bias, runningMean, runningVar, momentum, epsilon);
}

} // namespace torchdeck::engine::nn

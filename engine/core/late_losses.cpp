// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/late_losses.h"

#include <ATen/ops/empty.h>
#include <c10/core/impl/VirtualGuardImpl.h>

namespace torchdeck::engine {

void LateLosses::push(const at::Tensor &items, const BatchNote &note)
{
    UnderWay entry { note, {}, {} };
    const c10::Device device = items.device();
    if (device.is_cpu()) {
        entry.host = items.to(at::kDouble).contiguous();
    } else {
        entry.host = at::empty({ items.numel() }, at::TensorOptions(at::kDouble).pinned_memory(true));
        entry.host.copy_(items, /*non_blocking=*/true);
        entry.copied = std::make_unique<c10::Event>(device.type());
        entry.copied->record(c10::impl::VirtualGuardImpl(device.type()).getStream(device));
    }
    m_underWay.push_back(std::move(entry));
}

std::optional<BatchLosses> LateLosses::take(std::size_t mayWait)
{
    if (m_underWay.size() <= mayWait)
        return std::nullopt;
    const UnderWay entry = std::move(m_underWay.front());
    m_underWay.pop_front();
    if (entry.copied)
        entry.copied->synchronize();
    const double *values = entry.host.const_data_ptr<double>();
    return BatchLosses { entry.note, { values[0], values[1], values[2] } };
}

} // namespace torchdeck::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/side_stream.h"

#include <ATen/ops/record_stream.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

namespace torchdeck::engine {

SideStream::SideStream(const c10::Device &device)
{
    if (device.is_cpu())
        return;
    m_stream = c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device);
    m_done = std::make_unique<c10::Event>(device.type());
}

void SideStream::run(const std::function<void()> &work)
{
    if (!m_stream)
        return work();
    const c10::StreamGuard there(*m_stream);
    work();
    m_done->record(*m_stream);
}

void SideStream::join(const std::vector<at::Tensor> &made)
{
    if (!m_stream)
        return;
    const c10::Stream current = c10::impl::VirtualGuardImpl(m_stream->device_type()).getStream(m_stream->device());
    m_done->block(current);
    for (at::Tensor tensor : made)
        tensor.record_stream(current); // its memory is not given out again before that stream is done with it
}

} // namespace torchdeck::engine

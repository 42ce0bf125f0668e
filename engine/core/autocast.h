// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/autocast_mode.h>
#include <c10/core/Device.h>

namespace torchdeck::engine {

/// bf16 autocast for the lifetime of the object: bf16 needs no loss scaling.
class Autocast {
public:
    Autocast(const c10::Device &device, bool enabled)
        : m_type(device.type())
        , m_active(enabled && (device.is_cuda() || device.is_cpu()))
    {
        if (!m_active)
            return;
        m_wasEnabled = at::autocast::is_autocast_enabled(m_type);
        at::autocast::set_autocast_enabled(m_type, true);
        at::autocast::set_autocast_dtype(m_type, at::kBFloat16);
        at::autocast::increment_nesting();
    }
    ~Autocast()
    {
        if (!m_active)
            return;
        if (at::autocast::decrement_nesting() == 0)
            at::autocast::clear_cache();
        at::autocast::set_autocast_enabled(m_type, m_wasEnabled);
    }
    Autocast(const Autocast &) = delete;
    Autocast &operator=(const Autocast &) = delete;

private:
    c10::DeviceType m_type;
    bool m_active;
    bool m_wasEnabled = false;
};

} // namespace torchdeck::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/step_graph.h"

#include <ATen/core/GraphImplInterface.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/csrc/autograd/autograd.h>

#include <utility>

namespace torchdeck::engine {

namespace {

class DeviceRecorder final : public Recorder {
public:
    DeviceRecorder(const c10::Device &device, std::unique_ptr<at::GraphImplInterface> graph, const DeviceRecorder *beside)
        : m_device(device)
        , m_graph(std::move(graph))
        , m_pool(beside ? beside->m_graph->pool() : at::MempoolId_t { 0, 0 })
        , m_stream(beside ? beside->m_stream : c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device))
    {
    }

    void record(const std::function<void()> &work) override
    {
        const c10::impl::VirtualGuardImpl device(m_device.type());
        device.synchronizeDevice(m_device.index());
        const c10::StreamGuard side(m_stream);
        m_graph->capture_begin(m_pool, at::GraphCaptureMode::ThreadLocal);
        try {
            work();
        } catch (...) {
            abandon();
            throw;
        }
        m_graph->capture_end();
    }

    void replay() override { m_graph->replay(); }

private:
    void abandon() noexcept
    {
        try {
            m_graph->capture_end();
        } catch (...) { // says that the recording is of no use
        }
        try {
            m_graph->reset();
        } catch (...) {
        }
    }

    c10::Device m_device;
    std::unique_ptr<at::GraphImplInterface> m_graph;
    at::MempoolId_t m_pool;
    c10::Stream m_stream; ///< the default one cannot be recorded; autograd runs a backward pass on its forward pass's
};

std::vector<at::Tensor> partsOf(const nn::HeadOutput &output)
{
    std::vector<at::Tensor> parts { output.boxes, output.scores };
    if (output.hasOneToOne())
        parts.insert(parts.end(), { output.oneToOneBoxes, output.oneToOneScores });
    return parts;
}

} // namespace

std::unique_ptr<Recorder> deviceRecorder(const c10::Device &device, const Recorder *beside)
{
    if (device.is_cpu() || !at::has_graph_impl(device.type()))
        return nullptr;
    return std::make_unique<DeviceRecorder>(device, at::create_graph_impl(device.type()),
                                            static_cast<const DeviceRecorder *>(beside));
}

StepGraph::StepGraph(std::vector<at::Tensor> parameters, Hooks hooks)
    : m_parameters(std::move(parameters))
    , m_hooks(std::move(hooks))
{
    std::erase_if(m_parameters, [](const at::Tensor &parameter) { return !parameter.requires_grad(); });
}

bool StepGraph::readyFor(const at::Tensor &images)
{
    if (active())
        return images.sizes() == c10::IntArrayRef(m_shape);
    if (m_failed)
        return false;
    if (images.sizes() != c10::IntArrayRef(m_shape)) {
        m_shape = images.sizes().vec();
        m_passes = 0;
    }
    if (m_passes++ < passesBefore)
        return false;
    try {
        record(images);
    } catch (const std::exception &error) {
        drop();
        m_failed = true;
        const std::string text = error.what();
        m_hooks.onFailure(text.substr(0, text.find('\n')));
    }
    return active();
}

nn::HeadOutput StepGraph::forward(const at::Tensor &images)
{
    m_leaves.clear();
    if (readyFor(images)) {
        m_images.copy_(images);
        m_forward->replay();
        return leaves();
    }
    nn::HeadOutput output = m_hooks.forward(images);
    if (!active() && !m_failed) {
        m_like = output;
        for (at::Tensor *part : { &m_like.boxes, &m_like.scores, &m_like.oneToOneBoxes, &m_like.oneToOneScores }) {
            if (part->defined())
                *part = part->detach(); // or the whole pass would stay in memory
        }
    }
    return output;
}

nn::HeadOutput StepGraph::leaves()
{
    for (const at::Tensor &output : m_outputs)
        m_leaves.push_back(output.detach().requires_grad_());
    nn::HeadOutput output { m_leaves[0], m_leaves[1], m_like.anchors, m_like.strides, {}, {} };
    if (m_leaves.size() > 2) {
        output.oneToOneBoxes = m_leaves[2];
        output.oneToOneScores = m_leaves[3];
    }
    return output;
}

void StepGraph::record(const at::Tensor &images)
{
    m_forward = m_hooks.recorder(nullptr);
    if (!m_forward) {
        m_failed = true;
        return;
    }
    m_images = images.clone();
    for (at::Tensor &parameter : m_parameters) {
        if (!parameter.grad().defined())
            parameter.mutable_grad() = at::zeros_like(parameter.detach()); // of the parameter's own layout
    }
    m_outputs.clear();
    m_gradients.clear();
    for (const at::Tensor &part : partsOf(m_like)) {
        m_outputs.push_back(at::empty_like(part));
        m_gradients.push_back(at::zeros_like(part));
    }
    m_forward->record([this] {
        m_fresh = partsOf(m_hooks.forward(m_images));
        const at::NoGradGuard noGrad;
        for (std::size_t i = 0; i < m_fresh.size(); ++i)
            m_outputs[i].copy_(m_fresh[i]);
    });
    std::unique_ptr<Recorder> backward = m_hooks.recorder(m_forward.get());
    backward->record([this] { torch::autograd::backward(std::exchange(m_fresh, {}), m_gradients); });
    m_backward = std::move(backward);
}

void StepGraph::backward(const at::Tensor &total)
{
    if (m_leaves.empty()) {
        total.backward();
        return;
    }
    const auto gradients = torch::autograd::grad({ total }, m_leaves, {}, std::nullopt, false, /*allow_unused=*/true);
    for (std::size_t i = 0; i < gradients.size(); ++i) {
        if (gradients[i].defined())
            m_gradients[i].copy_(gradients[i]);
        else
            m_gradients[i].zero_();
    }
    m_backward->replay();
}

void StepGraph::drop()
{
    m_backward.reset();
    m_forward.reset();
    m_fresh.clear();
    m_leaves.clear();
    m_passes = 0;
}

} // namespace torchdeck::engine

// SPDX-License-Identifier: GPL-3.0-or-later
// CUDA graphs behind LibTorch's own interface for recorded work, which has no CUDA half yet. A module of its own: the engine
// needs no CUDA headers, and this is loaded after libtorch_cuda.so on machines that have a GPU (devices.cpp).
#include <ATen/core/GraphImplInterface.h>
#include <ATen/cuda/CUDAGraph.h>

namespace torchdeck::engine {

namespace {

class CudaGraph final : public at::GraphImplInterface {
public:
    explicit CudaGraph(const at::GraphImplArgs &arguments)
        : m_graph(arguments.keep_graph)
    {
    }

    void capture_begin(at::MempoolId_t pool, at::GraphCaptureMode mode) override { m_graph.capture_begin(pool, modeOf(mode)); }
    void capture_end() override { m_graph.capture_end(); }
    void instantiate() override { m_graph.instantiate(); }
    void replay() override { m_graph.replay(); }
    void reset() override { m_graph.reset(); }
    [[nodiscard]] at::MempoolId_t pool() const override { return m_graph.pool(); }
    void enable_debug_mode() override { m_graph.enable_debug_mode(); }
    void debug_dump(const std::string & /*path*/) override { TORCH_CHECK(false, "CUDA graphs are not written to files here."); }

private:
    static cudaStreamCaptureMode modeOf(at::GraphCaptureMode mode)
    {
        switch (mode) {
        case at::GraphCaptureMode::ThreadLocal:
            return cudaStreamCaptureModeThreadLocal;
        case at::GraphCaptureMode::Relaxed:
            return cudaStreamCaptureModeRelaxed;
        case at::GraphCaptureMode::Default:
        case at::GraphCaptureMode::Global:
            break;
        }
        return cudaStreamCaptureModeGlobal;
    }

    mutable at::cuda::CUDAGraph m_graph; ///< pool() is not const there
};

} // namespace

} // namespace torchdeck::engine

extern "C" __attribute__((visibility("default"))) void torchdeckOfferCudaGraphs()
{
    if (!at::has_graph_impl(c10::DeviceType::CUDA)) // a LibTorch that has its own is left alone
        at::GraphImplRegistry()->Register(
            c10::DeviceTypeName(c10::DeviceType::CUDA, false),
            [](at::GraphImplArgs arguments) -> std::unique_ptr<at::GraphImplInterface> {
                return std::make_unique<torchdeck::engine::CudaGraph>(arguments);
            });
}

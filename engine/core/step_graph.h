// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/nn/model.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace torchdeck::engine {

/// Records a device's work once and repeats it: the same operations on the same memory, queued in one call.
class Recorder {
public:
    Recorder() = default;
    virtual ~Recorder() = default;
    Recorder(const Recorder &) = delete;
    Recorder &operator=(const Recorder &) = delete;

    /// Calls `work` and keeps what it would have done; nothing is done yet. `work` stays valid as long as this. Throws what
    /// `work` does or the device does not let record.
    virtual void record(const std::function<void()> &work) = 0;
    virtual void replay() = 0;
};

/// A recorder of the device's kind that shares the memory of `beside`, or null: none there (the CPU; a program without its
/// CUDA module). Work on the device must not go on in other threads while it records.
[[nodiscard]] std::unique_ptr<Recorder> deviceRecorder(const c10::Device &device, const Recorder *beside);

/// A training step's forward and backward pass through the network as recorded work ("CUDA graphs"): small models spend their
/// time queueing kernels. The loss lies between and is not recorded, for its sizes follow the truth. The first passes of a
/// size run as they are, then they are recorded; passes of other sizes always run as they are. Where recording fails,
/// onFailure is told once and everything runs as it is. Autograd adds into the gradients' memory: once active() they must be
/// set to zero in place, not dropped. One thread.
class StepGraph {
public:
    struct Hooks {
        std::function<nn::HeadOutput(const at::Tensor &images)> forward;
        std::function<std::unique_ptr<Recorder>(const Recorder *beside)> recorder;
        std::function<void(const std::string &)> onFailure;
    };
    StepGraph(std::vector<at::Tensor> parameters, Hooks hooks);
    StepGraph(const StepGraph &) = delete;
    StepGraph &operator=(const StepGraph &) = delete;

    [[nodiscard]] nn::HeadOutput forward(const at::Tensor &images);
    /// Of a scalar of the last forward()'s output: adds to the parameters' gradients.
    void backward(const at::Tensor &total);
    /// Somebody replaced the gradients' or the parameters' memory: recorded anew when the time has come.
    void drop();
    [[nodiscard]] bool active() const { return m_backward != nullptr; }

    static constexpr int passesBefore = 3; ///< libraries choose their kernels in the first ones

private:
    [[nodiscard]] bool readyFor(const at::Tensor &images);
    void record(const at::Tensor &images);
    [[nodiscard]] nn::HeadOutput leaves();

    std::vector<at::Tensor> m_parameters;
    Hooks m_hooks;
    std::vector<std::int64_t> m_shape; ///< of the passes counted, or recorded
    int m_passes = 0;
    bool m_failed = false;
    at::Tensor m_images; ///< memory the recorded passes read
    nn::HeadOutput m_like; ///< the last output of a pass that ran as it is
    std::vector<at::Tensor> m_outputs, m_gradients; ///< memory the recorded passes write and read
    std::vector<at::Tensor> m_fresh; ///< the network's own outputs, for its backward pass
    std::vector<at::Tensor> m_leaves; ///< empty: the last pass ran as it is
    std::unique_ptr<Recorder> m_forward, m_backward;
};

} // namespace torchdeck::engine

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/core/schedule.h"

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <map>

namespace torchdeck::engine {

/// SGD (Nesterov), Adam, AdamW or one of their kin over three parameter groups: weights (decayed),
/// normalisation weights, biases. MuSGD has a fourth, "muon" (matrices and convolutions, decayed), which both
/// Muon and SGD move, and each group twice: first the class branches of the head at three times the rate.
/// Steps by LibTorch's fused kernels where there are any. Parameters without requires_grad are left out.
class Optimizer {
public:
    struct Group {
        std::string name; ///< "weight", "bn", "bias", "muon"
        std::vector<std::string> names; ///< state_dict names of `parameters`
        std::vector<at::Tensor> parameters;
        double learningRate = 0;
        double initialLearningRate = 0;
        double momentum = 0; ///< SGD momentum or beta1
        double weightDecay = 0;
        std::vector<at::Tensor> first; ///< momentum buffer or first moment
        std::vector<at::Tensor> second; ///< second moment (Adam family, RMSProp); SGD's momentum under Muon
        std::vector<at::Tensor> steps; ///< step counts (Adam family)
        bool started = false;
    };

    Optimizer(const torch::nn::Module &model, const OptimizerChoice &choice, double weightDecay);

    [[nodiscard]] std::vector<Group> &groups() { return m_groups; }
    [[nodiscard]] bool usesMomentum() const
    {
        return m_choice.name == "SGD" || m_choice.name == "MuSGD" || m_choice.name == "RMSProp";
    } ///< warm-up moves momentum only there
    /// Of the weights at the usual rate, for display.
    [[nodiscard]] double learningRate() const;
    [[nodiscard]] std::string description() const;

    enum class Gradients { Drop, Zero }; ///< Zero: their memory stays, for somebody who adds into it

    /// Clips the gradients' global norm to 10, steps, and drops the gradients.
    void step(Gradients then = Gradients::Drop);

    /// Tensors to keep in a checkpoint, by "GROUP/FIELD/PARAMETER".
    [[nodiscard]] std::map<std::string, at::Tensor> state() const;
    /// Throws EngineError (Storage) when `state` does not fit the parameters.
    void restore(const std::map<std::string, at::Tensor> &state);

private:
    void addGroups(double weightDecay);
    void addParameter(const std::string &name, const at::Tensor &parameter, bool boosted);
    void makeState();
    [[nodiscard]] bool isMuSgd() const { return m_choice.name == "MuSGD"; }
    void stepGroup(Group &group);
    static void clear(Group &group, Gradients then);

    OptimizerChoice m_choice;
    std::vector<Group> m_groups;
};

} // namespace torchdeck::engine

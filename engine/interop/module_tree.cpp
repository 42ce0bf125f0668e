// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/interop/module_tree.h"

#include "engine/interop/model_yaml.h"
#include "engine/interop/module_table.h"

#include <torch/nn/modules/batchnorm.h>

#include <algorithm>
#include <set>

namespace torchdeck::engine::interop {

namespace {

class TreeWriter {
public:
    TreeWriter(PickleWriter &out, TensorWriter &tensors, const nn::DetectionModel &model,
               const NamedTensors &weights)
        : m_out(out)
        , m_tensors(tensors)
        , m_model(model)
        , m_weights(weights)
        , m_plan(nn::planNetwork(model.spec(), model.classes(), model.channels()))
    {
    }

    void write(const std::vector<std::string> &classNames, const std::function<void()> &trainArgs)
    {
        beginObject("ultralytics.nn.tasks", "DetectionModel");
        writeNoTensors();
        m_out.key("_modules");
        m_out.emptyDict();
        m_out.mark();
        m_out.key("model");
        writeLayers();
        m_out.setItems();
        const nn::ModelSpec &spec = m_model.spec();
        m_out.key("yaml");
        writeModelYaml(m_out, spec.yaml, m_model.classes(), spec.scaleName, spec.name + ".yaml");
        m_out.key("save");
        writeSaved();
        m_out.key("names");
        m_out.emptyDict();
        m_out.mark();
        for (std::size_t i = 0; i < classNames.size(); ++i) {
            m_out.integer(static_cast<std::int64_t>(i));
            m_out.text(classNames[i]);
        }
        m_out.setItems();
        m_out.key("inplace");
        m_out.boolean(true);
        m_out.key("nc");
        m_out.integer(m_model.classes());
        m_out.key("task");
        m_out.text("detect");
        m_out.key("stride");
        m_tensors.tensor(strideTensor(m_model));
        m_out.key("args");
        trainArgs();
        endObject();
    }

private:
    void beginObject(std::string_view module, std::string_view name)
    {
        m_out.name(module, name);
        m_out.emptyTuple();
        m_out.newObject();
        m_out.emptyDict();
        m_out.mark();
        m_out.key("training");
        m_out.boolean(false);
        m_out.key("_non_persistent_buffers_set");
        m_out.emptySet();
        for (const char *hooks :
             { "_backward_pre_hooks", "_backward_hooks", "_forward_hooks", "_forward_hooks_with_kwargs",
               "_forward_hooks_always_called", "_forward_pre_hooks", "_forward_pre_hooks_with_kwargs",
               "_state_dict_hooks", "_state_dict_pre_hooks", "_load_state_dict_pre_hooks",
               "_load_state_dict_post_hooks" }) {
            m_out.key(hooks);
            m_out.orderedDict();
        }
        m_out.key("_is_full_backward_hook");
        m_out.none();
    }

    void endObject()
    {
        m_out.setItems();
        m_out.build();
    }

    void writeNoTensors()
    {
        for (const char *tensors : { "_parameters", "_buffers" }) {
            m_out.key(tensors);
            m_out.emptyDict();
        }
    }

    const at::Tensor &weight(const std::string &name) const
    {
        const auto it = m_weights.find(name);
        if (it == m_weights.end())
            throw FormatError("the tensor " + name + " is missing");
        return it->second;
    }

    void writeTensors(const torch::nn::Module &module, const std::string &path)
    {
        m_out.key("_parameters");
        m_out.emptyDict();
        m_out.mark();
        for (const auto &item : module.named_parameters(/*recurse=*/false)) {
            m_out.key(item.key());
            m_tensors.parameter(weight(path + item.key()));
        }
        if (isConvolution(module) && !hasBias(module)) {
            m_out.key("bias");
            m_out.none();
        }
        m_out.setItems();
        m_out.key("_buffers");
        m_out.emptyDict();
        m_out.mark();
        for (const auto &item : module.named_buffers(/*recurse=*/false)) {
            m_out.key(item.key());
            m_tensors.tensor(weight(path + item.key()));
        }
        m_out.setItems();
    }

    void writeLayers()
    {
        beginObject("torch.nn.modules.container", "Sequential");
        writeNoTensors();
        m_out.key("_modules");
        m_out.emptyDict();
        m_out.mark();
        const auto layers = m_model.named_children()["model"]->named_children();
        for (const nn::LayerPlan &layer : m_plan.layers) {
            const std::string index = std::to_string(layer.index);
            m_out.key(index);
            m_layer = &layer;
            writeModule(*layers[index], "model." + index + ".", nullptr, index);
        }
        m_out.setItems();
        endObject();
    }

    /// `parent` is null for a layer of the network.
    void writeModule(const torch::nn::Module &module, const std::string &path, const ModuleRow *parent,
                     const std::string &name)
    {
        const ModuleContext context { module, m_model, *m_layer, m_plan.activation, parent, name };
        const ModuleRow &row = moduleRow(context);
        const auto shared = m_shared.find(&module);
        if (shared != m_shared.end()) {
            m_out.get(shared->second);
            return;
        }
        beginObject(row.module, row.name);
        writeTensors(module, path);
        m_out.key("_modules");
        m_out.emptyDict();
        m_out.mark();
        for (const auto &child : module.named_children()) {
            m_out.key(child.key());
            writeModule(*child.value(), path + child.key() + ".", &row, child.key());
        }
        m_out.setItems();
        if (row.attributes)
            row.attributes(context, m_out, m_tensors);
        if (!parent)
            writeLayerAttributes(module, row);
        endObject();
        if (row.isShared)
            m_shared.emplace(&module, m_out.put());
    }

    void writeLayerAttributes(const torch::nn::Module &module, const ModuleRow &row)
    {
        std::int64_t count = 0;
        for (const at::Tensor &p : module.parameters())
            count += p.numel();
        m_out.key("np");
        m_out.integer(count);
        m_out.key("i");
        m_out.integer(m_layer->index);
        m_out.key("f");
        writeFrom(*m_layer);
        m_out.key("type");
        m_out.text(std::string(row.module) + '.' + std::string(row.name));
    }

    /// As in the YAML: -1 for the layer before.
    void writeFrom(const nn::LayerPlan &layer)
    {
        const auto relative = [&](int from) { return from == layer.index - 1 ? -1 : from; };
        if (layer.from.size() == 1 && m_layer != &m_plan.layers.back()) {
            m_out.integer(relative(layer.from[0]));
            return;
        }
        m_out.emptyList();
        m_out.mark();
        for (const int from : layer.from)
            m_out.integer(m_layer == &m_plan.layers.back() ? from : relative(from));
        m_out.appends();
    }

    /// Layers whose output is read by others than the next one.
    void writeSaved()
    {
        std::set<int> saved;
        for (const nn::LayerPlan &layer : m_plan.layers) {
            for (const int from : layer.from) {
                if (from >= 0 && (from != layer.index - 1 || &layer == &m_plan.layers.back()))
                    saved.insert(from);
            }
        }
        m_out.emptyList();
        m_out.mark();
        for (const int index : saved)
            m_out.integer(index);
        m_out.appends();
    }

    PickleWriter &m_out;
    TensorWriter &m_tensors;
    const nn::DetectionModel &m_model;
    const NamedTensors &m_weights;
    nn::NetworkPlan m_plan;
    const nn::LayerPlan *m_layer = nullptr;
    std::map<const torch::nn::Module *, std::uint32_t> m_shared;
};

void collect(const torch::nn::Module &module, const std::string &prefix,
             std::vector<OrderedParameter> &parameters)
{
    const bool norm = module.as<torch::nn::BatchNorm2dImpl>() != nullptr;
    for (const auto &item : module.named_parameters(/*recurse=*/false)) {
        const std::string name = prefix + item.key();
        const bool bias = name.find("bias") != std::string::npos;
        parameters.push_back({ name, bias ? "bias" : norm ? "bn" : "weight" });
    }
    for (const auto &child : module.named_children())
        collect(*child.value(), prefix + child.key() + ".", parameters);
}

} // namespace

void writeModuleTree(PickleWriter &out, TensorWriter &tensors, const nn::DetectionModel &model,
                     const NamedTensors &weights, const std::vector<std::string> &classNames,
                     const std::function<void()> &trainArgs)
{
    TreeWriter(out, tensors, model, weights).write(classNames, trainArgs);
}

std::vector<OrderedParameter> orderedParameters(const nn::DetectionModel &model)
{
    std::vector<OrderedParameter> parameters;
    collect(model, "", parameters);
    return parameters;
}

} // namespace torchdeck::engine::interop

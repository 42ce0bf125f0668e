// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/checkpoint_model.h"
#include "engine/core/weight_transfer.h"
#include "engine/interop/checkpoint_format.h"
#include "engine/interop/model_yaml.h"
#include "engine/interop/optimizer_layout.h"
#include "engine/interop/python_args.h"

#include <algorithm>

namespace torchdeck::engine::interop {

namespace {

constexpr int deepestModule = 32;
constexpr std::size_t mostModules = 100'000;
constexpr std::size_t mostClasses = 20'000;

/// A module's tensors under their state_dict names, from the attributes of the pickled objects.
class StateCollector {
public:
    explicit StateCollector(TensorReader &tensors)
        : m_tensors(tensors)
    {
    }

    NamedTensors collect(const Value &model)
    {
        visit(model, "", 0);
        return std::move(m_state);
    }

private:
    void visit(const Value &module, const std::string &prefix, int depth)
    {
        if (depth > deepestModule || ++m_modules > mostModules)
            throw FormatError("its modules are nested too deeply");
        for (const char *kind : { "_parameters", "_buffers" }) {
            forEach(module.find(kind), [&](const std::string &name, const Value &value) {
                if (value.is(Kind::Tensor))
                    m_state[prefix + name] = m_tensors.read(value);
            });
        }
        forEach(module.find("_modules"), [&](const std::string &name, const Value &value) {
            if (value.is(Kind::Object))
                visit(value, prefix + name + ".", depth + 1);
        });
    }

    template <typename Use> static void forEach(const Value *dict, const Use &use)
    {
        if (!dict || !dict->is(Kind::Dict))
            return;
        for (std::size_t i = 0; i + 1 < dict->items.size(); i += 2)
            use(dict->items[i]->toText(), *dict->items[i + 1]);
    }

    TensorReader &m_tensors;
    NamedTensors m_state;
    std::size_t m_modules = 0;
};

/// A dict whose values are all tensors, at least one.
bool isStateDict(const Value &value)
{
    if (!value.is(Kind::Dict) || value.items.empty())
        return false;
    for (std::size_t i = 0; i + 1 < value.items.size(); i += 2) {
        if (!value.items[i]->is(Kind::Text) || !value.items[i + 1]->is(Kind::Tensor))
            return false;
    }
    return true;
}

NamedTensors namedTensors(const Value *dict, TensorReader &tensors)
{
    NamedTensors named;
    if (!dict || !dict->is(Kind::Dict))
        return named;
    for (std::size_t i = 0; i + 1 < dict->items.size(); i += 2)
        named[dict->items[i]->toText()] = tensors.read(*dict->items[i + 1]);
    return named;
}

std::string shortClass(const std::string &name) { return name.substr(name.rfind('.') + 1); }

/// {0: "person", ...} or a list.
std::vector<std::string> classNames(const Value &model)
{
    const Value &names = model.at("names");
    std::vector<std::string> result;
    if (names.items.size() > 2 * mostClasses)
        throw FormatError("it has too many classes");
    if (!names.is(Kind::Dict)) {
        for (const Value *name : names.items)
            result.push_back(name->toText());
    } else {
        result.resize(names.items.size() / 2);
        for (std::size_t i = 0; i + 1 < names.items.size(); i += 2) {
            const std::int64_t id = names.items[i]->toInt();
            if (id < 0 || id >= static_cast<std::int64_t>(result.size()))
                throw FormatError("its class numbers have gaps");
            result[static_cast<std::size_t>(id)] = names.items[i + 1]->toText();
        }
    }
    if (result.empty())
        throw FormatError("its model has no class names");
    return result;
}

void readModel(const Value &model, TensorReader &tensors, Checkpoint &c)
{
    const std::string kind = shortClass(model.text);
    if (kind != "DetectionModel" && kind != "YOLOv10DetectionModel")
        throw FormatError("it holds a " + kind + "; only detection models can be used");
    c.classNames = classNames(model);
    const Value &description = model.at("yaml");
    const Value *channels =
        description.find("channels") ? description.find("channels") : description.find("ch");
    if (channels && channels->is(Kind::Int) && channels->integer != 3)
        throw FormatError("its model takes images of " + std::to_string(channels->integer)
                          + " channels, only 3 are possible");
    c.specYaml = modelYamlText(description);
    const Value *file = description.find("yaml_file");
    std::string name = file && file->is(Kind::Text) ? std::filesystem::path(file->text).filename().string()
                                                    : std::string("model.yaml");
    if (!name.ends_with(".yaml") && !name.ends_with(".yml"))
        name += ".yaml";
    c.specName = nn::parseModelSpec(c.specYaml, name).name;
    c.ema = StateCollector(tensors).collect(model);
}

/// Metrics of the epoch, results.csv's columns and how long the run took.
void readReports(const Value &root, Checkpoint &c)
{
    const auto isNumber = [](const Value &value) { return value.is(Kind::Float) || value.is(Kind::Int); };
    if (const Value *metrics = root.find("train_metrics"); metrics && metrics->is(Kind::Dict)) {
        for (std::size_t i = 0; i + 1 < metrics->items.size(); i += 2) {
            const Value &value = *metrics->items[i + 1];
            if (metrics->items[i]->is(Kind::Text) && metrics->items[i]->text != "fitness" && isNumber(value))
                c.metrics.emplace_back(metrics->items[i]->text, value.toDouble());
        }
    }
    const Value *results = root.find("train_results");
    if (!results || !results->is(Kind::Dict))
        return;
    for (std::size_t i = 0; i + 1 < results->items.size(); i += 2) {
        std::vector<double> column;
        for (const Value *value : results->items[i + 1]->items)
            column.push_back(isNumber(*value) ? value->toDouble() : 0);
        if (results->items[i]->is(Kind::Text))
            c.results.emplace_back(results->items[i]->text, std::move(column));
    }
    for (const auto &[name, column] : c.results) {
        if (name == "time" && !column.empty())
            c.elapsedSeconds = column.back();
    }
}

/// Fills in zeros for parameters that never had a gradient, which our optimizer keeps too.
void completeOptimizer(NamedTensors &state, const std::vector<OrderedParameter> &parameters,
                       const NamedTensors &weights)
{
    const bool adam = std::ranges::any_of(
        state, [](const auto &entry) { return entry.first.find("/step/") != std::string::npos; });
    const bool second = std::ranges::any_of(
        state, [](const auto &entry) { return entry.first.find("/second/") != std::string::npos; });
    for (const OrderedParameter &parameter : parameters) {
        const auto weight = weights.find(parameter.name);
        if (weight == weights.end())
            continue;
        const auto fill = [&](const char *part, bool scalar) {
            state.try_emplace(parameter.group + part + parameter.name,
                              at::zeros(scalar ? at::IntArrayRef {} : weight->second.sizes(), at::kFloat));
        };
        fill("/first/", false);
        if (second)
            fill("/second/", false);
        if (adam)
            fill("/step/", true);
    }
}

/// A run of Ultralytics to be continued: from its EMA weights, as there.
void readForeignRun(const Value &root, TensorReader &tensors, Checkpoint &c)
{
    const Value *epoch = root.find("epoch");
    const Value *optimizer = root.find("optimizer");
    c.epoch = epoch && epoch->is(Kind::Int)
        ? static_cast<int>(std::clamp<std::int64_t>(epoch->integer, -1, 10'000'000))
        : -1;
    if (c.epoch < 0 || !optimizer || !optimizer->is(Kind::Dict))
        return;
    c.resumable = true;
    c.model = c.ema;
    if (const Value *best = root.find("best_fitness"); best && best->is(Kind::Float))
        c.bestFitness = best->real;
    c.bestEpoch = c.epoch;
    if (const Value *stopper = root.find("stopper")) {
        if (const Value *best = stopper->find("best_epoch"); best && best->is(Kind::Int))
            c.bestEpoch = static_cast<int>(std::clamp<std::int64_t>(best->integer, 0, c.epoch));
    }
    if (const Value *updates = root.find("updates"))
        c.emaUpdates = updates->toInt();
    const auto structure = modelOf(c);
    const std::vector<OrderedParameter> parameters = orderedParameters(*structure);
    c.optimizerName = c.config.optimizer;
    c.optimizer = readOptimizer(*optimizer, tensors, parameters, c.optimizerName);
    if (!c.optimizer.empty())
        completeOptimizer(c.optimizer, parameters, c.ema);
    // What an automatic choice came to is only in the groups.
    const Value &groups = optimizer->at("param_groups");
    const Value *group = groups.items.empty() ? nullptr : groups.items.front();
    const Value *initial = group ? group->find("initial_lr") : nullptr;
    if (initial && c.config.optimizer == "auto") {
        c.config.lr0 = initial->toDouble();
        const Value *betas = group->find("betas");
        if (betas && betas->items.size() == 2)
            c.config.momentum = betas->items[0]->toDouble();
    }
    if (findOptimizerLayout(c.optimizerName))
        c.config.optimizer = c.optimizerName;
}

void readOwn(const Value &own, TensorReader &tensors, Checkpoint &c)
{
    if (own.at("format").toInt() > ownFormat)
        throw FormatError("it was written by a newer version of Torchdeck");
    c.specName = own.at("spec_name").toText();
    c.specYaml = own.at("spec_yaml").toText();
    const Value &args = own.at("train_args");
    for (std::size_t i = 0; i + 1 < args.items.size(); i += 2)
        (void)setTrainArgument(c.config, args.items[i]->toText(), args.items[i + 1]->toText());
    c.epoch = static_cast<int>(own.at("epoch").toInt());
    c.resumable = own.at("resumable").toBool();
    c.optimizerName = own.at("optimizer_name").toText();
    for (const Value *group : own.at("optimizer_groups").items)
        c.optimizerGroups.push_back({ group->at("name").toText(), group->at("lr").toDouble(),
                                      group->at("initial_lr").toDouble(), group->at("momentum").toDouble(),
                                      group->at("weight_decay").toDouble() });
    if (!c.resumable)
        return;
    c.batchesDone = own.at("batches_done").toInt();
    c.lastStepIteration = own.at("last_step").toInt();
    c.bestFitness = own.at("best_fitness").toDouble();
    c.bestEpoch = static_cast<int>(own.at("best_epoch").toInt());
    c.elapsedSeconds = own.at("elapsed").toDouble();
    c.emaUpdates = own.at("updates").toInt();
    for (const Value *sum : own.at("loss_sums").items)
        c.lossSums.push_back(sum->toDouble());
    c.model = namedTensors(own.find("model"), tensors);
    c.optimizer = namedTensors(own.find("optimizer"), tensors);
    c.gradients = namedTensors(own.find("gradients"), tensors);
}

/// Ours, unless Python has saved the file again since.
const Value *ownEntry(const Value &root)
{
    const Value *own = root.find(ownKey), *date = root.find("date");
    const Value *stamp = own && own->is(Kind::Dict) ? own->find("stamp") : nullptr;
    const bool valid = date && stamp && date->is(Kind::Text) && stamp->is(Kind::Text)
        && stamp->text == stampStart + date->text;
    return valid ? own : nullptr;
}

} // namespace

Checkpoint readCheckpoint(const std::filesystem::path &path)
{
    PtFile file(path);
    TensorReader tensors(file);
    const Value &root = file.root();
    Checkpoint c;
    const auto isObject = [](const Value *value) { return value && value->is(Kind::Object); };
    const Value *ema = root.is(Kind::Dict) ? root.find("ema") : nullptr;
    const Value *model = root.is(Kind::Dict) ? root.find("model") : &root;
    if (isObject(ema) || isObject(model)) {
        readModel(isObject(ema) ? *ema : *model, tensors, c);
        if (!root.is(Kind::Dict))
            return c;
        readReports(root, c);
        const Value *args = root.find("train_args");
        const Value *saveDir = args && args->is(Kind::Dict) ? args->find("save_dir") : nullptr;
        if (saveDir && saveDir->is(Kind::Text))
            c.saveDir = saveDir->text;
        if (const Value *own = ownEntry(root)) {
            readOwn(*own, tensors, c);
            return c;
        }
        if (args)
            c.config = readTrainArgs(*args);
        readForeignRun(root, tensors, c);
        return c;
    }
    for (const char *key : { "ema", "model", "state_dict", "" }) {
        const Value *weights = *key != '\0' ? root.find(key) : &root;
        if (weights && isStateDict(*weights)) {
            c.ema = namedTensors(weights, tensors);
            return c;
        }
    }
    throw FormatError("it holds neither a model nor weights");
}

} // namespace torchdeck::engine::interop

// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/weight_transfer.h"
#include "engine/interop/checkpoint_format.h"
#include "engine/interop/optimizer_layout.h"
#include "engine/interop/python_args.h"
#include "engine/nn/start_weights.h"

#include <caffe2/serialize/inline_container.h>

#include <chrono>
#include <cstdio>
#include <ctime>

namespace torchdeck::engine::interop {

namespace {

/// As Python's datetime.isoformat(), in UTC.
std::string dateNow()
{
    const auto now = std::chrono::system_clock::now();
    const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
    const auto micros =
        std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count() % 1'000'000;
    std::tm parts {};
    gmtime_r(&seconds, &parts);
    char day[40], text[64];
    std::strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &parts);
    std::snprintf(text, sizeof text, "%s.%06d+00:00", day, static_cast<int>(micros));
    return text;
}

/// A model with the checkpoint's modules; its weights do not matter, and no random number is used up.
std::shared_ptr<const nn::DetectionModel> structureOf(const Checkpoint &c)
{
    if (c.structure)
        return c.structure;
    const nn::StartWeights unused;
    return std::make_shared<nn::DetectionModel>(specOf(c), static_cast<std::int64_t>(c.classNames.size()));
}

class CheckpointWriter {
public:
    explicit CheckpointWriter(const Checkpoint &checkpoint)
        : m_checkpoint(checkpoint)
        , m_tensors(m_out)
        , m_date(dateNow())
    {
    }

    std::string write()
    {
        const Checkpoint &c = m_checkpoint;
        const auto structure = structureOf(c);
        m_out.emptyDict();
        m_out.mark();
        m_out.key("epoch");
        m_out.integer(c.resumable ? c.epoch : -1);
        writeProgress();
        m_out.key("train_args");
        writeTrainArgs(m_out, c);
        m_args = m_out.put();
        m_out.key(c.resumable ? "model" : "ema");
        m_out.none();
        m_out.key(c.resumable ? "ema" : "model");
        writeModuleTree(m_out, m_tensors, *structure, c.ema, c.classNames, [this] { m_out.get(m_args); });
        m_out.key("optimizer");
        if (c.resumable)
            writeOptimizer(m_out, m_tensors, c, orderedParameters(*structure));
        else
            m_out.none();
        writeMetrics();
        m_out.key("date");
        m_out.text(m_date);
        m_out.key("version");
        m_out.text("torchdeck " TORCHDECK_VERSION);
        m_out.key("license");
        m_out.text("GPL-3.0-or-later (Torchdeck)");
        m_out.key("docs");
        m_out.none();
        m_out.key(ownKey);
        writeOwn();
        m_out.setItems();
        return archive(m_out.take());
    }

private:
    void integer(const char *key, std::int64_t value)
    {
        m_out.key(key);
        m_out.integer(value);
    }

    void real(const char *key, double value)
    {
        m_out.key(key);
        m_out.real(value);
    }

    void writeText(const char *key, const std::string &value)
    {
        m_out.key(key);
        m_out.text(value);
    }

    void writeProgress()
    {
        const Checkpoint &c = m_checkpoint;
        for (const char *key : { "best_fitness", "updates", "scaler", "stopper" }) {
            m_out.key(key);
            const std::string_view name = key;
            if (!c.resumable || name == "scaler") {
                m_out.none();
            } else if (name == "best_fitness") {
                m_out.real(c.bestFitness);
            } else if (name == "updates") {
                m_out.integer(c.emaUpdates);
            } else {
                m_out.emptyDict();
                m_out.mark();
                real("best_fitness", c.bestFitness);
                integer("best_epoch", c.bestEpoch);
                m_out.setItems();
            }
        }
    }

    void writeMetrics()
    {
        const Checkpoint &c = m_checkpoint;
        m_out.key("train_metrics");
        m_out.emptyDict();
        m_out.mark();
        for (const auto &[name, value] : c.metrics) {
            m_out.key(name);
            m_out.real(value);
        }
        if (!c.metrics.empty() && metricValue(c.metrics, "fitness") == 0)
            real("fitness", metricValue(c.metrics, "metrics/mAP50-95(B)"));
        m_out.setItems();
        m_out.key("train_results");
        m_out.emptyDict();
        m_out.mark();
        for (const auto &[name, values] : c.results) {
            m_out.key(name);
            m_out.emptyList();
            m_out.mark();
            for (const double value : values)
                m_out.real(value);
            m_out.appends();
        }
        m_out.setItems();
    }

    void writeTensors(const char *key, const NamedTensors &named)
    {
        m_out.key(key);
        m_out.emptyDict();
        m_out.mark();
        for (const auto &[name, tensor] : named) {
            m_out.key(name);
            m_tensors.tensor(tensor);
        }
        m_out.setItems();
    }

    /// What Ultralytics has no place for.
    void writeOwn()
    {
        const Checkpoint &c = m_checkpoint;
        m_out.emptyDict();
        m_out.mark();
        integer("format", ownFormat);
        writeText("stamp", stampStart + m_date);
        writeText("spec_name", c.specName);
        writeText("spec_yaml", c.specYaml);
        m_out.key("train_args");
        m_out.emptyDict();
        m_out.mark();
        for (const ArgumentInfo &info : trainArguments())
            writeText(std::string(info.name).c_str(), trainArgumentText(c.config, info.name));
        m_out.setItems();
        integer("epoch", c.epoch);
        m_out.key("resumable");
        m_out.boolean(c.resumable);
        writeText("optimizer_name", c.optimizerName);
        writeGroups();
        if (c.resumable) {
            integer("batches_done", c.batchesDone);
            integer("last_step", c.lastStepIteration);
            real("best_fitness", c.bestFitness);
            integer("best_epoch", c.bestEpoch);
            real("elapsed", c.elapsedSeconds);
            integer("updates", c.emaUpdates);
            m_out.key("loss_sums");
            m_out.emptyList();
            m_out.mark();
            for (const double value : c.lossSums)
                m_out.real(value);
            m_out.appends();
            writeTensors("model", c.model);
            writeTensors("optimizer", c.optimizer);
            writeTensors("gradients", c.gradients);
        }
        m_out.setItems();
    }

    void writeGroups()
    {
        m_out.key("optimizer_groups");
        m_out.emptyList();
        m_out.mark();
        for (const Checkpoint::OptimizerGroup &group : m_checkpoint.optimizerGroups) {
            m_out.emptyDict();
            m_out.mark();
            writeText("name", group.name);
            real("lr", group.learningRate);
            real("initial_lr", group.initialLearningRate);
            real("momentum", group.momentum);
            real("weight_decay", group.weightDecay);
            m_out.setItems();
        }
        m_out.appends();
    }

    std::string archive(const std::string &pickle)
    {
        std::string bytes;
        {
            caffe2::serialize::PyTorchStreamWriter zip([&](const void *data, std::size_t size) {
                bytes.append(static_cast<const char *>(data), size);
                return size;
            });
            zip.writeRecord("data.pkl", pickle.data(), pickle.size());
            zip.writeRecord("byteorder", "little", 6);
            const auto &storages = m_tensors.storages();
            for (std::size_t i = 0; i < storages.size(); ++i)
                zip.writeRecord("data/" + std::to_string(i), storages[i].const_data_ptr(),
                                storages[i].nbytes());
            zip.writeEndOfFile();
        }
        return bytes;
    }

    const Checkpoint &m_checkpoint;
    PickleWriter m_out;
    TensorWriter m_tensors;
    std::string m_date;
    std::uint32_t m_args = 0;
};

} // namespace

std::string writeCheckpoint(const Checkpoint &checkpoint) { return CheckpointWriter(checkpoint).write(); }

} // namespace torchdeck::engine::interop

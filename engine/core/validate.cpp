// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/devices.h"
#include "engine/core/tensor_memory.h"
#include "engine/core/evaluation.h"
#include "engine/core/inference.h"
#include "engine/core/run_folder.h"
#include "engine/core/validation_outputs.h"
#include "torchdeck/engine/error.h"
#include "torchdeck/engine/validator.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace torchdeck::engine {

namespace {

constexpr int kDefaultMaxDet = 300;

void checkRange(bool ok, const char *argument, const std::string &value, const char *wanted)
{
    if (!ok)
        throw EngineError(ErrorKind::Argument,
                          std::string(argument) + "=" + value + " is not valid: give " + wanted + ".",
                          argument);
}

void check(const ValConfig &config)
{
    checkRange(!config.model.empty(), "model", "", "the path of a checkpoint (best.pt)");
    checkRange(config.batch >= 1 && config.batch <= 4096, "batch", std::to_string(config.batch), "1 to 4096");
    checkRange(config.imgsz == 0 || (config.imgsz >= 32 && config.imgsz <= 8192), "imgsz",
               std::to_string(config.imgsz), "32 to 8192");
    checkRange(config.conf >= 0 && config.conf <= 1, "conf", std::to_string(config.conf), "0 to 1");
    checkRange(config.iou >= 0 && config.iou <= 1, "iou", std::to_string(config.iou), "0 to 1");
    checkRange(config.maxDet >= 1, "max_det", std::to_string(config.maxDet), "at least 1");
    checkRange(config.fraction > 0 && config.fraction <= 1, "fraction", std::to_string(config.fraction),
               "more than 0, up to 1");
    checkRange(config.split == "train" || config.split == "val" || config.split == "test", "split",
               config.split, "train, val or test");
}

class Validation {
public:
    Validation(const ValConfig &config, TrainObserver &observer)
        : m_config(config)
        , m_observer(observer)
        , m_loaded(loadModel(config.model, config.device))
        , m_singleCls(config.singleCls || m_loaded.trainedWith.singleCls)
    {
    }

    ValResult run(const std::stop_token &stop)
    {
        readDataset(stop);
        LoaderOptions options = loaderOptions();
        Loader batches(m_dataset, options);
        std::unique_ptr<ValidationOutputs> outputs = makeOutputs(options.imgsz);
        m_observer.onValStart({ 0, true, m_config.model, m_datasetName });
        nn::fuseConvBn(*m_loaded.model);
        const Evaluation evaluation = evaluate(
            *m_loaded.model, batches, *m_dataset, nullptr, m_loaded.device, evaluationOptions(),
            [this](std::int64_t batch, std::int64_t total) {
                m_observer.onValProgress({ 0, 0, batch, total });
            },
            stop, outputs.get());
        for (const std::string &problem : batches.problems())
            warn(problem);
        if (outputs && !evaluation.stopped)
            outputs->finish(evaluation.scores.curves, evaluation.confusion);
        return resultOf(evaluation);
    }

private:
    void warn(const std::string &text) { m_observer.onLog({ 0, LogLevel::Warning, text }); }

    void readDataset(const std::stop_token &stop)
    {
        const std::string data = m_config.data.empty() ? m_loaded.trainedWith.data : m_config.data;
        if (data.empty())
            throw EngineError(ErrorKind::Argument, "No data set given: add data=PATH/data.yaml.", "data");
        DataYaml yaml = readDataYaml(data);
        m_datasetName = yaml.name;
        DatasetOptions options;
        options.singleCls = m_singleCls;
        options.fraction = m_config.split == "train" ? m_config.fraction : 1.0;
        options.classes = m_config.classes;
        const std::size_t known = m_loaded.names.size(), asked = m_singleCls ? 1 : yaml.names.size();
        for (const int id : m_config.classes) {
            const auto count = static_cast<int>(yaml.names.size());
            checkRange(id >= 0 && id < count, "classes", std::to_string(id),
                       ("class numbers from 0 to " + std::to_string(count - 1)).c_str());
        }
        m_dataset = indexSplit(yaml, m_config.split, options, stop);
        if (asked > known)
            warn("The model knows " + std::to_string(known) + " classes, " + data + " has "
                 + std::to_string(asked) + ": objects of the others are left out.");
        keepTruth(static_cast<int>(known));
        raiseMaxDet();
    }

    /// Leaves labels of classes from `known` on out. The set is shared and immutable: a copy takes its place.
    void keepTruth(int known)
    {
        const auto unknown = [known](const BoxLabel &label) { return label.classId >= known; };
        const bool any = std::ranges::any_of(m_dataset->samples, [&](const Sample &sample) {
            return std::ranges::any_of(sample.labels, unknown);
        });
        if (!any)
            return;
        auto filtered = std::make_shared<Dataset>(*m_dataset);
        filtered->instances = 0;
        for (Sample &sample : filtered->samples) {
            std::erase_if(sample.labels, unknown);
            sample.outlines.clear();
            filtered->instances += static_cast<std::int64_t>(sample.labels.size());
        }
        m_dataset = std::move(filtered);
    }

    /// An image with more objects than max_det could never be found whole.
    void raiseMaxDet()
    {
        std::size_t most = 0;
        for (const Sample &sample : m_dataset->samples)
            most = std::max(most, sample.labels.size());
        if (most <= static_cast<std::size_t>(m_maxDet))
            return;
        const bool raise = m_maxDet == kDefaultMaxDet;
        warn("An image holds " + std::to_string(most) + " objects, more than max_det="
             + std::to_string(m_maxDet) + (raise ? "; it is raised to that." : "; recall cannot reach 1."));
        if (raise)
            m_maxDet = static_cast<int>(most);
    }

    [[nodiscard]] LoaderOptions loaderOptions() const
    {
        LoaderOptions options;
        options.batch = m_config.batch;
        options.imgsz = m_loaded.imageSize(m_config.imgsz);
        options.stride = static_cast<int>(m_loaded.model->strides().back());
        options.threads = std::clamp(m_config.workers, 1,
                                     std::max(1, static_cast<int>(std::thread::hardware_concurrency()) / 2));
        options.training = false;
        options.rect = m_config.rect;
        options.cache = m_config.cache;
        return options;
    }

    [[nodiscard]] EvaluationOptions evaluationOptions() const
    {
        EvaluationOptions options;
        options.conf = m_config.conf;
        options.iou = m_config.iou;
        options.maxDet = m_maxDet;
        options.agnostic = m_config.agnosticNms;
        options.endToEnd = m_config.endToEnd;
        options.halfPrecision = m_config.half;
        options.singleCls = m_singleCls;
        options.names = m_loaded.names;
        return options;
    }

    std::unique_ptr<ValidationOutputs> makeOutputs(int imgsz)
    {
        if (!m_config.plots && !m_config.saveTxt && !m_config.saveJson)
            return nullptr;
        m_saveDir = RunFolder::nextOutput(m_config.project, m_config.name, "val", m_config.existOk);
        return std::make_unique<ValidationOutputs>(
            m_dataset,
            ValidationOutputOptions { m_saveDir, imgsz, m_loaded.names, m_config.plots, m_config.saveTxt,
                                      m_config.saveConf, m_config.saveJson });
    }

    [[nodiscard]] ValResult resultOf(const Evaluation &evaluation) const
    {
        ValResult result;
        result.metrics = evaluation.metrics;
        result.metrics.emplace_back("fitness", evaluation.scores.fitness);
        result.classes = evaluation.scores.classes;
        result.curves = evaluation.scores.curves;
        result.confusion = evaluation.confusion;
        result.dataset.name = m_datasetName;
        result.dataset.classNames = m_loaded.names;
        result.dataset.valImages = static_cast<std::int64_t>(m_dataset->samples.size());
        result.dataset.valInstances = m_dataset->instances;
        result.dataset.corruptImages = m_dataset->corrupt;
        result.dataset.backgroundImages = m_dataset->background;
        result.saveDir = m_saveDir;
        result.speed = evaluation.speed;
        result.images = evaluation.images;
        result.stopped = evaluation.stopped;
        return result;
    }

    const ValConfig &m_config;
    TrainObserver &m_observer;
    LoadedModel m_loaded;
    bool m_singleCls;
    int m_maxDet = m_config.maxDet;
    std::string m_datasetName;
    std::shared_ptr<const Dataset> m_dataset;
    std::filesystem::path m_saveDir;
};

} // namespace

ValResult validate(const ValConfig &config, TrainObserver &observer, std::stop_token stop)
{
    check(config);
    tuneProcessMemory();
    const auto started = std::chrono::steady_clock::now();
    if (config.half && chooseDevice(config.device).is_cpu())
        observer.onLog(
            { 0, LogLevel::Info, "half=true has no effect on the CPU, which computes in single precision." });
    ValResult result = Validation(config, observer).run(stop);
    releaseTensorMemory();
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    return result;
}

} // namespace torchdeck::engine

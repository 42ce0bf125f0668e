// SPDX-License-Identifier: GPL-3.0-or-later
#include "torchdeck/engine/trainer.h"

#include "engine/core/devices.h"
#include "engine/core/tensor_memory.h"
#include "engine/core/training_session.h"
#include "torchdeck/engine/error.h"

#include <ATen/Parallel.h>
#include <c10/core/Allocator.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cstdlib>
#include <new>

namespace torchdeck::engine {

struct Trainer::Impl {
    TrainConfig config;
    RunId run;
    Ranks ranks;
};

Trainer::Trainer(TrainConfig config, RunId run, Ranks ranks)
    : m_impl(std::make_unique<Impl>(Impl { std::move(config), run, std::move(ranks) }))
{
}

Trainer::~Trainer() = default;

namespace {

constexpr const char *memoryAdvice =
    "use a smaller batch= or imgsz=; the last saved checkpoint can be resumed.";

/// Runs `work` and words whatever it throws.
template <typename Work> std::optional<Failed> guarded(RunId run, const Work &work)
{
    Failed failed;
    failed.run = run;
    try {
        work();
        return std::nullopt;
    } catch (const EngineError &error) {
        failed.sentence = error.what();
        failed.field = error.field();
        failed.badInput = error.kind() == ErrorKind::Argument || error.kind() == ErrorKind::Dataset
            || error.field() == "project"; // a folder that cannot be made: nothing was begun
    } catch (const c10::OutOfMemoryError &error) {
        failed.sentence = std::string("The device ran out of memory: ") + memoryAdvice;
        failed.detail = error.what_without_backtrace();
    } catch (const std::bad_alloc &) {
        failed.sentence = std::string("The machine ran out of memory: ") + memoryAdvice;
    } catch (const c10::Error &error) {
        failed.detail = error.what_without_backtrace();
        const bool memory = failed.detail.find("allocate memory") != std::string::npos;
        failed.sentence = memory ? std::string("The machine ran out of memory: ") + memoryAdvice
                                 : "Training failed inside LibTorch: " + failed.detail.substr(0, 200);
    } catch (const std::exception &error) {
        failed.sentence = std::string("Training failed: ") + error.what();
        failed.detail = error.what();
    } catch (...) {
        failed.sentence = "Training failed for an unknown reason.";
    }
    return failed;
}

/// While several processes of device=cpu,cpu train on this machine, each takes its part of the cores.
class CoreShare {
public:
    explicit CoreShare(const std::vector<std::string> &devices)
        : m_all(at::get_num_threads())
    {
        if (devices.size() > 1 && devices.front() == "cpu" && !std::getenv("OMP_NUM_THREADS"))
            at::set_num_threads(std::max(1, m_all / int(devices.size())));
    }
    ~CoreShare() { at::set_num_threads(m_all); }
    CoreShare(const CoreShare &) = delete;
    CoreShare &operator=(const CoreShare &) = delete;

private:
    int m_all;
};

} // namespace

void Trainer::run(TrainObserver &observer, std::stop_token stop)
{
    RunControl nobody;
    run(observer, std::move(stop), nobody);
}

void Trainer::run(TrainObserver &observer, std::stop_token stop, RunControl &control)
{
    tuneProcessMemory();
    const CoreShare cores(m_impl->ranks.size > 1 ? deviceList(m_impl->config.device) : std::vector<std::string>());
    TrainEnd end;
    end.run = m_impl->run;
    std::unique_ptr<DataParallel> ranks;
    RunInputs inputs;
    std::optional<Failed> failed = guarded(m_impl->run, [&] {
        if (m_impl->ranks.size > 1)
            ranks = std::make_unique<DataParallel>(m_impl->ranks);
        inputs = ranks ? settleOnRanks(m_impl->config, stop, *ranks) : settleInputs(m_impl->config, stop);
    });
    if (!failed && stop.stop_requested()) {
        end.stopped = true;
    } else if (!failed) {
        failed = guarded(m_impl->run, [&] {
            TrainingSession session(std::move(inputs), m_impl->run, observer, stop, control, ranks.get());
            end = session.run();
        });
        releaseTensorMemory(); // the process may live on, as the window does
        if (failed) // anything later: something is on disk already
            failed->badInput = failed->field == "project";
    }
    if (failed)
        observer.onFailed(*failed);
    else if (end.stopped)
        observer.onStopped({ m_impl->run, end });
    else
        observer.onFinished({ m_impl->run, end });
}

std::vector<ArgumentError> checkBeforeTraining(const TrainConfig &config)
{
    try {
        std::vector<ArgumentError> errors = checkTrainConfig(config);
        if (errors.empty())
            (void)settleInputs(config, {}, deviceList(config.device).size() > 1 ? 0 : -1);
        return errors;
    } catch (const EngineError &error) {
        return { { error.field(), error.what() } };
    } catch (const std::exception &error) {
        return { { "", error.what() } };
    }
}

} // namespace torchdeck::engine

// SPDX-License-Identifier: GPL-3.0-or-later
// The program's side: the engine's public functions, which load the module at their first call. Thread-safe; the first
// call takes as long as LibTorch takes to load, so it is none for the main thread.
#include "engine/loader/engine_table.h"
#include "torchdeck/engine/error.h"

#include <dlfcn.h>
#include <mutex>
#include <system_error>

namespace torchdeck::engine {

namespace {

constexpr const char *moduleName = "torchdeck_torch.so";

struct Loaded {
    const EngineTable *table = nullptr;
    std::string problem; ///< a sentence, without a table
};

/// Beside the program in a build folder as well as installed.
std::vector<std::filesystem::path> places()
{
    std::error_code error;
    const std::filesystem::path folder = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
    return { folder / "../lib/torchdeck" / moduleName, folder / ".." / TORCHDECK_INSTALL_LIBDIR / "torchdeck" / moduleName };
}

Loaded load()
{
    std::string tried;
    for (const std::filesystem::path &place : places()) {
        std::error_code missing;
        if (!std::filesystem::exists(place, missing)) {
            tried = place.lexically_normal().string() + " is not there";
            continue;
        }
        // Global and lazy, as it would be if it were linked: LibTorch's CUDA libraries look for its symbols.
        // And by its own names first: OpenCV's libraries bring a plain BLAS into the program, which would otherwise take the
        // place of the one inside LibTorch, at a fraction of its speed.
        void *module = ::dlopen(place.c_str(), RTLD_LAZY | RTLD_GLOBAL | RTLD_DEEPBIND);
        if (!module) {
            const char *why = ::dlerror();
            return { nullptr, std::string("LibTorch cannot be loaded (") + (why ? why : "no reason given") + "): install Torchdeck anew." };
        }
        const auto entry = reinterpret_cast<decltype(&torchdeckEngineTable)>(::dlsym(module, "torchdeckEngineTable"));
        const EngineTable *table = entry ? entry() : nullptr;
        if (table && table->version == engineTableVersion)
            return { table, {} };
        return { nullptr, place.lexically_normal().string() + " is of another version of Torchdeck: install it anew." };
    }
    return { nullptr, "The engine cannot be loaded (" + tried + "): install Torchdeck anew." };
}

const Loaded &loaded()
{
    static const Loaded once = load();
    return once;
}

const EngineTable &table()
{
    if (!loaded().table)
        throw EngineError(ErrorKind::Internal, loaded().problem);
    return *loaded().table;
}

} // namespace

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

void Trainer::run(TrainObserver &observer, std::stop_token stop)
{
    RunControl nobody;
    run(observer, std::move(stop), nobody);
}

void Trainer::run(TrainObserver &observer, std::stop_token stop, RunControl &control)
{
    if (loaded().table)
        return loaded().table->train(m_impl->config, m_impl->run, m_impl->ranks, observer, std::move(stop), control);
    Failed failed;
    failed.run = m_impl->run;
    failed.sentence = loaded().problem;
    observer.onFailed(failed);
}

ValResult validate(const ValConfig &config, TrainObserver &observer, std::stop_token stop)
{
    return table().validate(config, observer, std::move(stop));
}

PredictResult predict(const PredictConfig &config, TrainObserver &observer,
                      const std::function<void(const ImagePredictions &)> &onImage, std::stop_token stop)
{
    return table().predict(config, observer, onImage, std::move(stop));
}

void convertCheckpoint(const std::filesystem::path &from, const std::filesystem::path &to, PythonVersion version)
{
    table().convert(from, to, version);
}

const std::vector<DeviceInfo> &devices()
{
    if (loaded().table)
        return loaded().table->devices();
    static const std::vector<DeviceInfo> none { { "cpu", "no engine", false, loaded().problem } };
    return none;
}

RunProbe probeRun(const TrainConfig &config, const ProbeProgress &progress, const std::stop_token &stop)
{
    return table().probeRun(config, progress, stop);
}

DeviceFacts deviceFacts(const std::string &device) { return table().deviceFacts(device); }

std::int64_t modelParameters(const TrainConfig &config, int classes) { return table().modelParameters(config, classes); }

struct ImagePredictor::Impl {
    ImagePredictor *real; ///< the module's
};

ImagePredictor::ImagePredictor(const std::filesystem::path &checkpoint, const std::string &device)
    : m_impl(std::make_unique<Impl>(Impl { table().openPredictor(checkpoint, device) }))
{
}

ImagePredictor::~ImagePredictor() { table().closePredictor(m_impl->real); }

int ImagePredictor::trainedSize() const { return table().trainedSize(*m_impl->real); }

ImagePredictions ImagePredictor::predict(const std::filesystem::path &image, const PredictConfig &how,
                                         std::stop_token stop)
{
    return table().predictImage(*m_impl->real, image, how, std::move(stop));
}

std::string torchVersion() { return loaded().table ? loaded().table->torchVersion() : "not loaded"; }

} // namespace torchdeck::engine

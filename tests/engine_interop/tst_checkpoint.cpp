// SPDX-License-Identifier: GPL-3.0-or-later
// Checkpoints as Ultralytics has them: round trip, bare weights, hostile and damaged files.
#include "engine/core/atomic_file.h"
#include "engine/core/checkpoint.h"
#include "engine/interop/checkpoint_format.h"
#include "engine/interop/module_tree.h"
#include "engine/interop/pt_file.h"
#include "engine/nn/model.h"
#include "torchdeck/engine/checkpoint_convert.h"
#include "torchdeck/engine/error.h"

#include <ATen/ops/equal.h>
#include <ATen/ops/randn.h>
#include <torch/utils.h>

#include <QtCore/QTemporaryDir>
#include <QtTest/QtTest>

#include <random>

using namespace torchdeck::engine;
namespace fs = std::filesystem;

namespace {

/// Every block of YOLOv8, a few thousand parameters.
constexpr const char *smallYaml = R"(nc: 3
scales:
  n: [0.33, 0.25, 64]
backbone:
  - [-1, 1, Conv, [32, 3, 2]]
  - [-1, 1, Conv, [32, 3, 2]]
  - [-1, 3, C2f, [32, True]]
  - [-1, 1, Conv, [64, 3, 2]]
  - [-1, 1, SPPF, [64, 5]]
head:
  - [-1, 1, nn.Upsample, [None, 2, "nearest"]]
  - [[-1, 2], 1, Concat, [1]]
  - [-1, 3, C2f, [32]]
  - [[7, 4], 1, Detect, [nc]]
)";

fs::path golden(const char *name) { return fs::path(TORCHDECK_TEST_FOLDER) / "golden" / name; }

/// As a run leaves it in the middle of an epoch.
Checkpoint sample()
{
    torch::manual_seed(3);
    Checkpoint c;
    c.specName = "smallyolov8n";
    c.specYaml = smallYaml;
    c.classNames = { "red", "green \u00e9", "blue" };
    const auto model = std::make_shared<nn::DetectionModel>(nn::parseModelSpec(smallYaml, c.specName), 3);
    c.structure = model;
    c.config.epochs = 9;
    c.config.imgsz = 96;
    c.config.data = "/data/x.yaml";
    c.config.lr0 = 0.02;
    c.metrics = { { "metrics/mAP50(B)", 0.5 }, { "metrics/mAP50-95(B)", 0.25 } };
    c.results = { { "epoch", { 1, 2 } }, { "train/box_loss", { 2.5, 2.25 } } };
    c.saveDir = "/runs/train";
    c.resumable = true;
    c.epoch = 1;
    c.batchesDone = 2;
    c.lastStepIteration = 7;
    c.bestFitness = 0.3;
    c.bestEpoch = 1;
    c.elapsedSeconds = 12.5;
    c.emaUpdates = 6;
    c.optimizerName = "AdamW";
    c.lossSums = { 1, 2, 3 };
    c.optimizerGroups = { { "weight", 0.01, 0.02, 0.9, 5e-4 },
                          { "bn", 0.01, 0.02, 0.9, 0 },
                          { "bias", 0.03, 0.02, 0.9, 0 } };
    c.ema = stateOf(*model);
    for (const interop::OrderedParameter &parameter : interop::orderedParameters(*model)) {
        const at::Tensor weight = c.ema.at(parameter.name);
        c.gradients[parameter.name] = at::randn_like(weight);
        if (parameter.name.find(".dfl.") != std::string::npos)
            continue;
        c.optimizer[parameter.group + "/first/" + parameter.name] = at::randn_like(weight);
        c.optimizer[parameter.group + "/second/" + parameter.name] = at::rand_like(weight);
        c.optimizer[parameter.group + "/step/" + parameter.name] = at::full({}, 6.0);
    }
    for (const auto &[name, tensor] : c.ema)
        c.model[name] = tensor + 1;
    return c;
}

void compareTensors(const NamedTensors &actual, const NamedTensors &expected)
{
    QCOMPARE(actual.size(), expected.size());
    for (const auto &[name, tensor] : expected) {
        QVERIFY2(actual.contains(name), name.c_str());
        QVERIFY2(at::equal(actual.at(name), tensor), name.c_str());
    }
}

/// As the pickle has a text of its own, not one that is a part of another.
std::string wholeText(const std::string &text)
{
    return std::string("X") + static_cast<char>(text.size()) + std::string(3, '\0') + text;
}

/// `bytes` with the first `from` of the pickle replaced by a text of the same length, and the checksum right.
std::string edited(std::string bytes, const std::string &from, const std::string &to)
{
    const auto *begin = reinterpret_cast<const std::uint8_t *>(bytes.data());
    interop::MemorySource source({ begin, bytes.size() });
    const interop::ZipReader zip(source);
    const interop::ZipReader::Record record = *zip.find(zip.folder() + "/data.pkl");
    bytes.replace(bytes.find(from), from.size(), to);
    const std::uint32_t crc = interop::crc32({ begin + record.offset, std::size_t(record.size) });
    const std::string before(reinterpret_cast<const char *>(&record.crc), 4);
    for (std::size_t at = bytes.find(before); at != std::string::npos; at = bytes.find(before, at + 4))
        bytes.replace(at, 4, reinterpret_cast<const char *>(&crc), 4);
    return bytes;
}

std::string complaint(const fs::path &file, const std::string &field = "model")
{
    try {
        (void)loadCheckpoint(file, field);
        return {};
    } catch (const EngineError &error) {
        return error.what();
    }
}

} // namespace

class TestCheckpoint : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everythingComesBack();
    void strippedIsSmallAndHalf();
    void tensorsAreStoredOnce();
    void pythonsViewHoldsTheSame();
    void withoutOurEntryItIsUltralytics_data();
    void withoutOurEntryItIsUltralytics();
    void convertedForOldPython();
    void pythonSavedItAgain();
    void bareWeights();
    void codeIsRefused();
    void mutatedCheckpoints();

private:
    [[nodiscard]] fs::path file(const char *name) const
    {
        return fs::path((m_dir.path() + u'/').toStdString()) / name;
    }
    QTemporaryDir m_dir;
};

void TestCheckpoint::everythingComesBack()
{
    const Checkpoint c = sample();
    saveCheckpoint(file("last.pt"), c);
    const Checkpoint r = loadCheckpoint(file("last.pt"));
    QCOMPARE(r.specName, c.specName);
    QCOMPARE(r.specYaml, c.specYaml);
    QCOMPARE(r.classNames, c.classNames);
    for (const ArgumentInfo &info : trainArguments())
        QCOMPARE(trainArgumentText(r.config, info.name), trainArgumentText(c.config, info.name));
    QVERIFY(r.metrics == c.metrics);
    QVERIFY(r.results == c.results);
    QVERIFY(r.resumable);
    QCOMPARE(r.epoch, c.epoch);
    QCOMPARE(r.batchesDone, c.batchesDone);
    QCOMPARE(r.lastStepIteration, c.lastStepIteration);
    QCOMPARE(r.bestFitness, c.bestFitness);
    QCOMPARE(r.bestEpoch, c.bestEpoch);
    QCOMPARE(r.elapsedSeconds, c.elapsedSeconds);
    QCOMPARE(r.emaUpdates, c.emaUpdates);
    QCOMPARE(r.optimizerName, c.optimizerName);
    QCOMPARE(r.lossSums, c.lossSums);
    QCOMPARE(r.optimizerGroups.size(), std::size_t(3));
    QCOMPARE(r.optimizerGroups[2].learningRate, 0.03);
    compareTensors(r.ema, c.ema);
    compareTensors(r.model, c.model);
    compareTensors(r.optimizer, c.optimizer);
    compareTensors(r.gradients, c.gradients);
}

void TestCheckpoint::strippedIsSmallAndHalf()
{
    const Checkpoint c = sample();
    saveCheckpoint(file("best.pt"), c);
    const auto before = fs::file_size(file("best.pt"));
    stripCheckpoint(file("best.pt"));
    QVERIFY(fs::file_size(file("best.pt")) < before / 3);
    const Checkpoint r = loadCheckpoint(file("best.pt"));
    QVERIFY(!r.resumable);
    QCOMPARE(r.epoch, c.epoch);
    QVERIFY(r.metrics == c.metrics);
    QVERIFY(r.results == c.results);
    QVERIFY(r.model.empty() && r.optimizer.empty());
    for (const auto &[name, tensor] : c.ema)
        QVERIFY2(at::equal(r.ema.at(name), tensor.is_floating_point() ? tensor.to(at::kHalf) : tensor),
                 name.c_str());
    const interop::PtFile pt(file("best.pt"));
    QCOMPARE(pt.root().at("epoch").toInt(), std::int64_t(-1));
    QCOMPARE(pt.root().at("ema").kind, interop::Kind::None);
    QCOMPARE(pt.root().at("optimizer").kind, interop::Kind::None);
}

void TestCheckpoint::tensorsAreStoredOnce()
{
    const Checkpoint c = sample();
    std::size_t bytes = 0;
    for (const NamedTensors *part : { &c.ema, &c.model, &c.optimizer, &c.gradients }) {
        for (const auto &[name, tensor] : *part)
            bytes += tensor.nbytes();
    }
    const std::string file = interop::writeCheckpoint(c);
    // Names, module tree and the zip's padding come to less than this for 500 tensors.
    QVERIFY2(file.size() < bytes + 400'000, qPrintable(QString::number(file.size() - bytes)));
}

void TestCheckpoint::pythonsViewHoldsTheSame()
{
    saveCheckpoint(file("last.pt"), sample());
    const interop::PtFile pt(file("last.pt"));
    const interop::Value &root = pt.root();
    const interop::Value &model = root.at("ema");
    QCOMPARE(model.text, std::string("ultralytics.nn.tasks.DetectionModel"));
    QCOMPARE(model.at("yaml").at("nc").toInt(), std::int64_t(3));
    QCOMPARE(model.at("yaml").at("scale").toText(), std::string("n"));
    const interop::Value &layers = model.at("_modules").at("model");
    QCOMPARE(layers.text, std::string("torch.nn.modules.container.Sequential"));
    const interop::Value &block = layers.at("_modules").at("2");
    QCOMPARE(block.text, std::string("ultralytics.nn.modules.block.C2f"));
    QCOMPARE(block.at("c").toInt(), std::int64_t(4));
    QCOMPARE(block.at("_modules").at("m").text, std::string("torch.nn.modules.container.ModuleList"));
    QVERIFY(block.at("_modules").at("m").at("_modules").at("0").at("add").toBool());
    const interop::Value &second = layers.at("_modules").at("7").at("_modules").at("m");
    QVERIFY(!second.at("_modules").at("0").at("add").toBool());
    const interop::Value &head = layers.at("_modules").at("8");
    QCOMPARE(head.at("f").items.size(), std::size_t(2));
    QCOMPARE(head.at("no").toInt(), std::int64_t(67));
    QCOMPARE(pt.document().tensor(head.at("stride")).shape, (std::vector<std::int64_t> { 2 }));
    QCOMPARE(model.at("save").items.size(), std::size_t(3)); // 2, 4, 7
    QCOMPARE(root.at("train_args").at("imgsz").toInt(), std::int64_t(96));
    QCOMPARE(root.at("train_args").at("optimizer").toText(), std::string("AdamW")); // what auto came to
    QCOMPARE(root.at("train_args").at("cache").kind, interop::Kind::Bool);
    QCOMPARE(root.at("train_metrics").at("fitness").toDouble(), 0.25);
    QCOMPARE(root.at("optimizer").at("param_groups").items.size(), std::size_t(3));
}

/// The field's own reading of the same file: what Python would have written.
void TestCheckpoint::withoutOurEntryItIsUltralytics_data()
{
    QTest::addColumn<bool>("old");
    QTest::newRow("form of 8.4") << false;
    QTest::newRow("form of 8.3") << true;
}

void TestCheckpoint::withoutOurEntryItIsUltralytics()
{
    QFETCH(bool, old);
    Checkpoint c = sample();
    c.forOldPython = old;
    const std::string bytes = interop::writeCheckpoint(c);
    QCOMPARE(bytes.find(wholeText("param_group")) == std::string::npos, old);
    writeFileAtomically(file("theirs.pt"), edited(bytes, wholeText(interop::ownKey), wholeText("someother")));
    const Checkpoint r = loadCheckpoint(file("theirs.pt"));
    QVERIFY(r.resumable);
    QCOMPARE(r.epoch, 1);
    QCOMPARE(r.lastStepIteration, std::int64_t(-1));
    QCOMPARE(r.bestFitness, 0.3);
    QCOMPARE(r.optimizerName, std::string("AdamW"));
    QCOMPARE(r.config.optimizer, std::string("AdamW"));
    QCOMPARE(r.config.lr0, 0.02);
    QCOMPARE(r.config.epochs, 9);
    QCOMPARE(r.classNames, c.classNames);
    compareTensors(r.ema, c.ema);
    compareTensors(r.model, c.ema); // as there, a resumed run starts from the average
    NamedTensors optimizer = r.optimizer;
    std::erase_if(optimizer, [](const auto &e) { return e.first.find(".dfl.") != std::string::npos; });
    compareTensors(optimizer, c.optimizer);
    // The description comes back as a text of its own and means the same model.
    const nn::ModelSpec spec = nn::parseModelSpec(r.specYaml, r.specName);
    QCOMPARE(stateOf(nn::DetectionModel(spec, 3)).size(), c.ema.size());
}

void TestCheckpoint::convertedForOldPython()
{
    Checkpoint c = sample();
    saveCheckpoint(file("ours.pt"), c);
    convertCheckpoint(file("ours.pt"), file("old.pt"), PythonVersion::Before84);
    convertCheckpoint(file("old.pt"), file("back.pt"), PythonVersion::Since84);
    for (const char *name : { "old.pt", "back.pt" }) {
        const Checkpoint r = loadCheckpoint(file(name));
        QVERIFY(r.resumable);
        QCOMPARE(r.batchesDone, c.batchesDone);
        QCOMPARE(r.saveDir, c.saveDir);
        compareTensors(r.model, c.model);
        compareTensors(r.optimizer, c.optimizer);
        compareTensors(r.gradients, c.gradients);
    }
    c.optimizerName = "MuSGD";
    saveCheckpoint(file("muon.pt"), c);
    QVERIFY_THROWS_EXCEPTION(EngineError,
                             convertCheckpoint(file("muon.pt"), file("never.pt"), PythonVersion::Before84));
    QVERIFY(!fs::exists(file("never.pt")));
}

/// Ultralytics' `model.save()` keeps keys it does not know beside weights that may have changed.
void TestCheckpoint::pythonSavedItAgain()
{
    const std::string bytes = interop::writeCheckpoint(sample());
    const std::size_t date = bytes.find("as of ") + 6;
    const std::string text = bytes.substr(date, 10);
    writeFileAtomically(file("again.pt"), edited(bytes, text, "2020-01-01"));
    QCOMPARE(loadCheckpoint(file("again.pt")).lastStepIteration, std::int64_t(-1));
}

void TestCheckpoint::bareWeights()
{
    for (const char *name : { "state_dict.pt", "weights.safetensors" }) {
        const Checkpoint c = loadCheckpoint(golden(name), "pretrained");
        QCOMPARE(c.ema.size(), std::size_t(2));
        QVERIFY(c.specYaml.empty());
        const std::string what = complaint(golden(name));
        QVERIFY2(what.find("pretrained=") != std::string::npos, what.c_str());
    }
    QCOMPARE(
        loadCheckpoint(golden("weights.safetensors"), "pretrained").ema.at("a.weight")[1][2].item<float>(),
        5.f);
}

void TestCheckpoint::codeIsRefused()
{
    const std::string what = complaint(golden("os_system.pt"));
    QVERIFY2(what.find("posix.system is not allowed") != std::string::npos, what.c_str());
    QVERIFY2(what.find("os_system.pt") != std::string::npos, what.c_str());
    QVERIFY(!fs::exists("torchdeck-was-run"));
}

void TestCheckpoint::mutatedCheckpoints()
{
    const std::string whole = interop::writeCheckpoint(sample());
    const std::size_t pickleEnd = whole.find("PK\x03\x04", 4);
    QVERIFY(pickleEnd != std::string::npos);
    std::mt19937 random(4);
    int refused = 0;
    for (int i = 0; i < 1000; ++i) {
        std::string mutated = whole;
        for (unsigned n = 1 + random() % 6; n-- > 0;)
            mutated[random() % (n % 2 == 0 ? whole.size() : pickleEnd)] = static_cast<char>(random());
        if (random() % 5 == 0)
            mutated.resize(random() % mutated.size());
        writeFileAtomically(file("mutated.pt"), mutated);
        refused += complaint(file("mutated.pt")).empty() ? 0 : 1; // and nothing but EngineError comes out
    }
    QVERIFY(refused > 600);
}

QTEST_APPLESS_MAIN(TestCheckpoint)
#include "tst_checkpoint.moc"

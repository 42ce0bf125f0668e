// SPDX-License-Identifier: GPL-3.0-or-later
// Images composed by a device against those that the loader makes with OpenCV, on the CPU and, where there is one, a GPU.
#include "engine/core/device_images.h"
#include "engine/core/devices.h"
#include "engine/core/evaluation.h"
#include "engine/core/memory_budget.h"
#include "engine/core/training_loaders.h"
#include "engine/core/validation_outputs.h"
#include "engine/data/rng.h"
#include "tests/engine_data/scratch_set.h"

#include <ATen/record_function.h>

#include <cmath>
#include <set>

using namespace torchdeck::engine;

namespace {

constexpr int kImages = 9;

/// Coarse patches with noise on top: half a pixel off, or a channel off, is far off. Outlines, so that objects can be pasted.
void fill(const ScratchSet &set, const std::string &split)
{
    for (int i = 0; i < kImages; ++i) {
        Rng rng(9, static_cast<std::uint64_t>(i), 0);
        const cv::Size size(70 + 23 * i, 230 - 17 * i);
        cv::Mat image(5, 5, CV_8UC3);
        for (int k = 0; k < 75; ++k)
            image.data[k] = static_cast<std::uint8_t>(rng.below(256));
        cv::resize(image, image, size, 0, 0, cv::INTER_NEAREST);
        for (std::size_t k = 0; k < image.total() * 3; ++k)
            image.data[k] = static_cast<std::uint8_t>(std::clamp(image.data[k] + rng.between(-40, 40), 0, 255));
        const std::string name = "i" + std::to_string(i);
        set.image("images/" + split + "/" + name + ".png", image);
        set.text("labels/" + split + "/" + name + ".txt",
                 std::to_string(i % 3) + (i % 2 ? " 0.3 0.3 0.6 0.3 0.6 0.7 0.3 0.6\n" : " 0.2 0.2 0.5 0.3 0.4 0.5\n"));
    }
}

std::vector<Batch> epochOf(const std::shared_ptr<const Dataset> &data, LoaderOptions options, bool later)
{
    options.composeLater = later;
    Loader loader(data, options);
    loader.startEpoch(2);
    std::vector<Batch> batches;
    while (auto batch = loader.next())
        batches.push_back(std::move(*batch));
    return batches;
}

bool sameLabels(const Batch &a, const Batch &b)
{
    const auto bits = [](const Batch &batch) {
        std::vector<float> values;
        for (const BoxLabel &label : batch.labels)
            values.insert(values.end(), { static_cast<float>(label.classId), label.x, label.y, label.w, label.h });
        for (const ImageGeometry &g : batch.geometry)
            values.insert(values.end(), { static_cast<float>(g.index), g.gain, g.padX, g.padY });
        return values;
    };
    return a.size == b.size && a.width == b.width && a.height == b.height && a.labelImage == b.labelImage
        && bits(a) == bits(b);
}

struct Difference {
    double mean = 0; ///< levels
    double beyond = 0; ///< share of pixels that differ by more than 3 levels
    int most = 0;
};

Difference differenceOf(const at::Tensor &made, const std::vector<std::uint8_t> &pixels)
{
    const at::Tensor bytes = made.cpu().contiguous();
    const std::uint8_t *ours = bytes.const_data_ptr<std::uint8_t>();
    Difference d;
    if (static_cast<std::size_t>(bytes.numel()) != pixels.size())
        return { 256, 1, 256 };
    for (std::size_t i = 0; i < pixels.size(); ++i) {
        const int by = std::abs(ours[i] - pixels[i]);
        d.mean += by;
        d.beyond += by > 3;
        d.most = std::max(d.most, by);
    }
    d.mean /= static_cast<double>(pixels.size());
    d.beyond /= static_cast<double>(pixels.size());
    return d;
}

/// With OpenCV 4.6 hardly a level differs: the same fixed-point arithmetic, the same way to HSV and back. The bounds leave room
/// for one that rounds on the way back from HSV instead of cutting off (one level in a third of all values, as its scalar code
/// does) and for one whose warp is not in 1/32 pixel any more (from 4.11; half a step is 1/64 of the contrast of neighbours).
bool close(const Difference &d) { return d.mean < 0.5 && d.beyond < 0.005; }

} // namespace

class TestDeviceImages : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void matchesTheLoader_data();
    void matchesTheLoader();
    void letterboxes();
    void noticesWhatIsWrong();
    void batchesInParts();
    void staysWithinItsBudget();
    void isWhatTheNetworkGets();
    void neverWaits();
    void picturesOfValidation();
    void onlyDevicesCompose();

private:
    [[nodiscard]] LoaderOptions options() const;
    ScratchSet m_set;
    std::shared_ptr<const Dataset> m_train;
};

void TestDeviceImages::initTestCase()
{
    fill(m_set, "train");
    m_set.text("data.yaml", "train: images/train\nval: images/train\nnames: [a, b, c]\n");
    m_train = indexSplit(readDataYaml(m_set.yaml()), "train", {}, {});
}

LoaderOptions TestDeviceImages::options() const
{
    LoaderOptions options;
    options.batch = 5;
    options.imgsz = 128;
    options.seed = 4;
    return options;
}

void TestDeviceImages::matchesTheLoader_data()
{
    QTest::addColumn<AugmentOptions>("augment");
    AugmentOptions usual;
    QTest::addRow("usual") << usual;
    AugmentOptions all = usual;
    all.degrees = 30;
    all.shear = 10;
    all.flipud = all.bgr = 0.5;
    QTest::addRow("everything affine") << all;
    AugmentOptions plain = all;
    plain.hsvH = plain.hsvS = plain.hsvV = 0;
    QTest::addRow("no colours") << plain;
    AugmentOptions single = all;
    single.mosaic = 0;
    QTest::addRow("no mosaic") << single;
    AugmentOptions small = usual;
    small.scale = 0.95;
    QTest::addRow("scales") << small;
    AugmentOptions strong = usual;
    strong.hsvH = strong.hsvS = strong.hsvV = 1;
    QTest::addRow("strong colours") << strong;
    AugmentOptions mixed = usual;
    mixed.mixup = mixed.cutmix = 0.7;
    mixed.copyPaste = 0.7;
    QTest::addRow("mixed") << mixed;
    mixed.copyPasteMixup = true;
    mixed.perspective = 0.0005;
    QTest::addRow("mixed, perspective") << mixed;
}

void TestDeviceImages::matchesTheLoader()
{
    QFETCH(AugmentOptions, augment);
    LoaderOptions with = options();
    with.augment = augment;
    const std::vector<Batch> expected = epochOf(m_train, with, false), later = epochOf(m_train, with, true);
    QCOMPARE(later.size(), expected.size());
    QCOMPARE(later.size(), std::size_t { 2 });
    for (const c10::Device device : { c10::Device(c10::kCPU), chooseDevice("") }) {
        for (std::size_t i = 0; i < later.size(); ++i) {
            QVERIFY(later[i].pixels.empty());
            QVERIFY(sameLabels(expected[i], later[i]));
            const Difference d = differenceOf(composeOnDevice(later[i], device), expected[i].pixels);
            if (!close(d))
                qInfo("mean %.5f, beyond 3 levels %.5f %%, most %d", d.mean, 100 * d.beyond, d.most);
            QVERIFY(close(d));
        }
    }
}

void TestDeviceImages::letterboxes()
{
    for (const bool rect : { true, false }) {
        LoaderOptions with = options();
        with.training = false;
        with.rect = rect;
        const std::vector<Batch> expected = epochOf(m_train, with, false);
        std::vector<Batch> later = epochOf(m_train, with, true);
        for (std::size_t i = 0; i < later.size(); ++i) {
            QVERIFY(sameLabels(expected[i], later[i]));
            for (const bool generic : { false, true }) {
                if (generic) // mirrored twice: not a mere copy any more
                    later[i].unfinished[0].toSource = { -1, 0, later[i].width - 1.0 + later[i].unfinished[0].toSource[2],
                                                        0, 1, later[i].unfinished[0].toSource[5] };
                later[i].unfinished[0].finish.flipHorizontal = generic;
                QCOMPARE(differenceOf(composeOnDevice(later[i], c10::kCPU), expected[i].pixels).most, 0);
            }
        }
    }
}

/// Each of these would be a bug that the comparison has to see.
void TestDeviceImages::noticesWhatIsWrong()
{
    LoaderOptions with = options();
    with.augment.degrees = 5;
    const std::vector<Batch> expected = epochOf(m_train, with, false), later = epochOf(m_train, with, true);
    const auto changed = [&](const std::function<void(UnfinishedImage &)> &change) {
        Batch batch = later[0];
        for (UnfinishedImage &image : batch.unfinished)
            change(image);
        return close(differenceOf(composeOnDevice(batch, c10::kCPU), expected[0].pixels));
    };
    QVERIFY(changed([](UnfinishedImage &) {}));
    QVERIFY(!changed([](UnfinishedImage &i) { i.finish.flipHorizontal = !i.finish.flipHorizontal; }));
    QVERIFY(!changed([](UnfinishedImage &i) { i.finish.flipVertical = true; }));
    QVERIFY(!changed([](UnfinishedImage &i) { i.finish.swapChannels = true; }));
    QVERIFY(!changed([](UnfinishedImage &i) { i.finish.hsv.clear(); }));
    QVERIFY(!changed([](UnfinishedImage &i) { i.toSource[2] += 0.125; })); // an eighth of a pixel
    QVERIFY(!changed([](UnfinishedImage &i) { i.toSource[5] -= 0.125; }));
    QVERIFY(!changed([](UnfinishedImage &i) { std::swap(i.toSource[1], i.toSource[3]); }));
}

void TestDeviceImages::batchesInParts()
{
    LoaderOptions with = options();
    with.augment.bgr = 0.5;
    for (const Batch &batch : epochOf(m_train, with, true)) {
        const at::Tensor whole = composeOnDevice(batch, c10::kCPU);
        const std::int64_t two = 2 * composeTemporaries * 128 * 128;
        for (const ComposeLimits limits : { ComposeLimits { 1 }, ComposeLimits { two }, ComposeLimits { two, 100'000 } })
            QVERIFY(composeOnDevice(batch, c10::kCPU, limits).equal(whole));
    }
}

/// What is alive at once: the images, what was sent, and for the images made together what composeTemporaries says.
void TestDeviceImages::staysWithinItsBudget()
{
    LoaderOptions with = options();
    with.imgsz = 256;
    with.augment.bgr = 0.5;
    const Batch batch = epochOf(m_train, with, true)[0];
    std::int64_t held = std::int64_t { 3 } * 256 * 256 * batch.size;
    for (const UnfinishedImage &image : batch.unfinished)
        held += std::int64_t { 3 } * (image.width + 2) * (image.height + 2) + 4 * (4 * 256 + 3 * 256 + 8);
    const std::int64_t together = 2 * composeTemporaries * 256 * 256, tables = 1 << 14;
    const EngineError refusal(ErrorKind::Resources, "too much");
    const MemoryBudget most(held + together + tables, refusal);
    (void)composeOnDevice(batch, c10::kCPU, { together });
    QVERIFY_THROWS_EXCEPTION(EngineError, (void)composeOnDevice(batch, c10::kCPU, { 2 * together })); // the check sees it
}

void TestDeviceImages::isWhatTheNetworkGets()
{
    LoaderOptions with = options();
    with.augment.hsvH = with.augment.hsvS = with.augment.hsvV = 0;
    const std::vector<Batch> expected = epochOf(m_train, with, false), later = epochOf(m_train, with, true);
    for (std::size_t i = 0; i < later.size(); ++i) {
        const at::Tensor first = imagesToTensor(expected[i], c10::kCPU), second = imagesToTensor(later[i], c10::kCPU);
        QVERIFY(first.sizes() == second.sizes());
        QVERIFY(first.strides() == second.strides());
        QVERIFY(second.is_contiguous(at::MemoryFormat::ChannelsLast));
        QVERIFY((first - second).abs().mean().item<double>() < 0.5 / 255);
    }
}

/// Nothing that needs a value from the device, and no more operations for more images.
void TestDeviceImages::neverWaits()
{
    static std::multiset<std::string> *seen = nullptr;
    const auto handle = at::addThreadLocalCallback(
        at::RecordFunctionCallback([](const at::RecordFunction &function) -> std::unique_ptr<at::ObserverContext> {
            if (seen)
                seen->insert(function.name());
            return nullptr;
        }).scopes({ at::RecordScope::FUNCTION }));
    std::vector<std::size_t> counts;
    for (const int images : { 1, 5 }) {
        LoaderOptions with = options();
        with.batch = images;
        with.augment.bgr = 1;
        const std::vector<Batch> batches = epochOf(m_train, with, true);
        std::multiset<std::string> names;
        seen = &names;
        (void)composeOnDevice(batches[0], c10::kCPU);
        seen = nullptr;
        QVERIFY(names.contains("aten::index_select"));
        for (const char *waits : { "aten::item", "aten::_local_scalar_dense", "aten::nonzero", "aten::index",
                                   "aten::masked_select", "aten::is_nonzero", "aten::equal", "aten::unique" })
            QVERIFY2(!names.contains(waits), waits);
        counts.push_back(names.size());
    }
    at::removeCallback(handle);
    qInfo("%zu operations", counts[0]);
    QCOMPARE(counts[0], counts[1]);
}

void TestDeviceImages::picturesOfValidation()
{
    LoaderOptions with = options();
    with.training = false;
    std::vector<std::string> files;
    for (const bool later : { false, true }) {
        QTemporaryDir folder;
        ValidationOutputOptions wanted;
        wanted.folder = folder.path().toStdString();
        wanted.imgsz = with.imgsz;
        wanted.names = m_train->names;
        ValidationOutputs outputs(m_train, wanted);
        const std::vector<Batch> batches = epochOf(m_train, with, later);
        outputs.onBatch(batches[0], 0, std::vector<std::vector<Detection>>(std::size_t(batches[0].size)));
        files.push_back(fileBytes(wanted.folder / "val_batch0_labels.jpg"));
    }
    QVERIFY(files[0].size() > 1000);
    QVERIFY(files[0] == files[1]);
}

void TestDeviceImages::onlyDevicesCompose()
{
    TrainConfig config;
    config.imgsz = 128;
    config.batch = 4;
    for (const bool training : { true, false }) {
        for (const bool onCpu : { true, false }) {
            const auto loader = makeLoader(config, m_train, training, 32, onCpu);
            loader->startEpoch(0);
            const auto batch = loader->next();
            QVERIFY(batch.has_value());
            QCOMPARE(batch->pixels.empty(), !onCpu);
            QCOMPARE(batch->unfinished.empty(), onCpu);
        }
    }
}

QTEST_GUILESS_MAIN(TestDeviceImages)
#include "tst_device_images.moc"

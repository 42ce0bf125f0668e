// SPDX-License-Identifier: GPL-3.0-or-later
// A file that describes more than it holds is refused before it takes the machine's memory.
#include "engine/core/checkpoint_model.h"
#include "engine/core/memory_budget.h"
#include "torchdeck/engine/error.h"
#include "torchdeck/engine/image_predictor.h"

#include <ATen/ops/empty.h>

#include <QtCore/QTemporaryDir>
#include <QtTest/QtTest>

#include <opencv2/imgcodecs.hpp>

using namespace torchdeck::engine;

namespace {

QByteArray yaml(const QByteArray &channels)
{
    return "nc: 3\nscales:\n  n: [1.0, 1.0, 16384]\nbackbone:\n  - [-1, 1, Conv, [" + channels
        + ", 3, 2]]\n  - [-1, 1, Conv, [" + channels + ", 3, 2]]\n  - [-1, 1, Conv, [64, 3, 2]]\nhead:\n  - [[1, 2], 1, Detect, [nc]]\n";
}

/// The weights of a model of `held`, described as `told`.
Checkpoint checkpoint(const QByteArray &held, const QByteArray &told)
{
    Checkpoint c;
    c.specName = "smallyolov8n";
    c.specYaml = told.toStdString();
    c.classNames = { "a", "b", "c" };
    c.config.imgsz = 96;
    const auto model = std::make_shared<nn::DetectionModel>(nn::parseModelSpec(held.toStdString(), c.specName), 3);
    c.structure = model;
    c.ema = stateOf(*model);
    return c;
}

std::string refusalOf(const std::function<void()> &work)
{
    try {
        work();
    } catch (const EngineError &error) {
        return error.what();
    }
    return {};
}

} // namespace

class TestMemoryBudget : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void countsWhatIsHeld()
    {
        const EngineError refusal(ErrorKind::Resources, "too much");
        {
            const MemoryBudget budget(1 << 20, refusal);
            for (int i = 0; i < 100; ++i)
                (void)at::empty({ 200'000 }); // given back each time
            const at::Tensor held = at::empty({ 200'000 });
            QVERIFY_EXCEPTION_THROWN((void)at::empty({ 200'000 }), EngineError);
            QVERIFY_EXCEPTION_THROWN((void)at::empty({ 1'000'000'000'000 }), std::exception);
        }
        QCOMPARE(at::empty({ 1'000'000 }).numel(), std::int64_t { 1'000'000 });
    }

    void endsAtTheNextTensorWhenStopped()
    {
        std::stop_source source;
        const EngineError refusal(ErrorKind::Resources, "too much"), stopped(ErrorKind::Resources, "stopped");
        {
            const MemoryBudget budget(1 << 20, refusal, source.get_token(), stopped);
            at::Tensor held = at::empty({ 1'000 });
            source.request_stop();
            held.reset(); // giving back goes on
            QCOMPARE(refusalOf([] { (void)at::empty({ 1'000 }); }), std::string("stopped"));
        }
        QCOMPARE(at::empty({ 1'000 }).numel(), std::int64_t { 1'000 });
    }

    void aStoppedPredictionEndsAndTheModelGoesOn()
    {
        QTemporaryDir dir;
        const std::string file = dir.filePath("best.pt").toStdString(), image = dir.filePath("a.png").toStdString();
        saveCheckpoint(file, checkpoint(yaml("32"), yaml("32")));
        QVERIFY(cv::imwrite(image, cv::Mat(96, 96, CV_8UC3, cv::Scalar(10, 20, 30))));
        ImagePredictor predictor(file, "cpu");
        PredictConfig how;
        how.imgsz = 96;
        std::stop_source source;
        source.request_stop();
        const std::string said = refusalOf([&] { (void)predictor.predict(image, how, source.get_token()); });
        QCOMPARE(said, std::string("The prediction was stopped."));
        QCOMPARE(predictor.predict(image, how).width, 96);
    }

    void aDescriptionLargerThanItsWeightsIsRefused()
    {
        QCOMPARE(refusalOf([] { (void)modelOf(checkpoint(yaml("32"), yaml("32"))); }), std::string());
        const std::string said = refusalOf([] { (void)modelOf(checkpoint(yaml("32"), yaml("16384"))); });
        QVERIFY2(said.find("far larger") != std::string::npos, said.c_str());
    }

    void inAFileToo()
    {
        QTemporaryDir dir;
        const std::string file = dir.filePath("best.pt").toStdString();
        saveCheckpoint(file, checkpoint(yaml("32"), yaml("16384")));
        const std::string said = refusalOf([&] { ImagePredictor predictor(file, "cpu"); });
        QVERIFY2(said.find("far larger") != std::string::npos, said.c_str());
    }

    /// Few weights, but maps of many channels in the picture's own size.
    void aPredictionHasABudget()
    {
        QTemporaryDir dir;
        const std::string file = dir.filePath("best.pt").toStdString();
        const QByteArray maps = "nc: 3\nscales:\n  n: [1.0, 1.0, 16384]\nbackbone:\n  - [-1, 1, Conv, [2048, 1, 1]]\n"
                                "  - [-1, 1, Conv, [32, 1, 8]]\n  - [-1, 1, Conv, [64, 3, 2]]\n"
                                "head:\n  - [[1, 2], 1, Detect, [nc]]\n";
        saveCheckpoint(file, checkpoint(maps, maps));
        ImagePredictor predictor(file, "cpu");
        const std::string image = dir.filePath("a.png").toStdString();
        QVERIFY(cv::imwrite(image, cv::Mat(1280, 1280, CV_8UC3, cv::Scalar(10, 20, 30))));
        PredictConfig how;
        how.imgsz = 1280;
        const std::string said = refusalOf([&] { (void)predictor.predict(image, how); });
        QVERIFY2(said.find("4 GiB") != std::string::npos, said.c_str());
        how.imgsz = 96;
        QCOMPARE(predictor.predict(image, how).width, 1280); // and goes on working
    }
};

QTEST_GUILESS_MAIN(TestMemoryBudget)
#include "tst_memory_budget.moc"

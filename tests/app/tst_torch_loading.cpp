// SPDX-License-Identifier: GPL-3.0-or-later
// LibTorch is loaded when it is first needed, on the thread that needs it, and not by the program's start.
#include "torchdeck/engine/device_info.h"
#include "torchdeck/engine/error.h"
#include "torchdeck/engine/trainer.h"
#include "torchdeck/engine/validator.h"

#include <QtCore/QFile>
#include <QtTest/QTest>

#include <thread>

using namespace torchdeck::engine;

namespace {

bool torchIsMapped()
{
    QFile maps(QStringLiteral("/proc/self/maps"));
    return maps.open(QIODevice::ReadOnly) && maps.readAll().contains("/libtorch_cpu.so");
}

struct Silent : TrainObserver {
    void onFailed(const Failed &event) override { failed = event; }
    Failed failed;
};

} // namespace

class TestTorchLoading : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void itIsLoadedWhenNeeded()
    {
        QVERIFY(!torchIsMapped());
        std::string version;
        std::vector<DeviceInfo> found;
        std::thread first([&] { version = torchVersion(); });
        std::thread second([&] { found = devices(); }); // at the same time
        first.join();
        second.join();
        QVERIFY(torchIsMapped());
        QVERIFY2(QString::fromStdString(version).contains('.'), version.c_str());
        QVERIFY(!found.empty() && found.back().id == "cpu" && found.back().available);
    }

    /// What the module throws is caught here by its type, and its run reports here.
    void errorsComeThrough()
    {
        Silent observer;
        ValConfig config;
        config.model = "/no/such/model.pt";
        try {
            (void)validate(config, observer, {});
            QFAIL("it found a model");
        } catch (const EngineError &error) {
            QVERIFY2(QByteArray(error.what()).contains("/no/such/model.pt"), error.what());
            QCOMPARE(error.field(), std::string("model"));
        }
        TrainConfig run;
        run.data = "/no/such/data.yaml";
        Trainer(run, 5).run(observer, {});
        QCOMPARE(observer.failed.run, RunId(5));
        QVERIFY(observer.failed.badInput);
        QCOMPARE(observer.failed.field, std::string("data"));
    }
};

QTEST_GUILESS_MAIN(TestTorchLoading)
#include "tst_torch_loading.moc"
